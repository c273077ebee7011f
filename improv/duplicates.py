"""Who may be recorded twice: leads and clients alike by mail address, phone number, or name and company.

Every record is compared with what was seen before it, by keys and never one by one, so that it takes no longer for each
in a large book than in a small one. Of several alike each is paired with the first.
"""

import re
from collections.abc import Iterator
from typing import Final

from improv.named import NamedTuple
from improv.nouns import ref
from improv.reader import Reader
from improv.register import Register
from improv.report import Column, Ref, Table
from improv.text import folded

TABLES: Final = ("lead", "client")
EMAIL: Final = "same email"
PHONE: Final = "same phone"
NAME: Final = "same name"
NAME_AND_COMPANY: Final = "same name and company"
# Alike by one of these is more than a name that two people may have.
SURE: Final = frozenset((EMAIL, PHONE, NAME_AND_COMPANY))
# What says how a company is owned, and not what it is called.
_OWNED: Final = frozenset(
    [
        "ab",
        "ag",
        "aps",
        "as",
        "asa",
        "bv",
        "bvba",
        "co",
        "company",
        "corp",
        "corporation",
        "cv",
        "ek",
        "eg",
        "eirl",
        "ev",
        "gbr",
        "gmbh",
        "gmbhco",
        "inc",
        "incorporated",
        "kft",
        "kg",
        "kgaa",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "nv",
        "og",
        "ohg",
        "oy",
        "oyj",
        "plc",
        "pty",
        "pvt",
        "sa",
        "sas",
        "sarl",
        "sl",
        "slu",
        "spa",
        "spzoo",
        "srl",
        "srls",
        "sro",
        "ug",
    ]
)
_FEWEST_DIGITS: Final = 7
_COUNTRY: Final = (1, 2, 3)  # how long the prefix of a country may be
_EXTENSION: Final = re.compile(r"\(0\)|(?:ext\.?|x|#|durchwahl|poste).*", re.IGNORECASE)


class Likeness(NamedTuple):
    """What somebody is recognised by."""

    name: str | None
    company: str | None
    email: str | None
    phone: str | None


class Pair(NamedTuple):
    """Two records that may be one: the one seen first, the other, and why."""

    first: int
    second: int
    why: tuple[str, ...]


class _Keys(NamedTuple):
    """Under what somebody is looked for and kept: an address, numbers, a name, and the company it goes with."""

    email: str
    asked: tuple[str, ...]
    numbers: tuple[str, ...]
    name: str
    company: str


class Seen:
    """Who was seen so far: `find` says whom somebody looks like, `learn` adds them."""

    def __init__(self, table: str) -> None:
        # A person's last name may read as what says how a company is owned.
        self._key = company_key if table == "client" else folded
        self._emails, self._numbers, self._names = Register(), Register(), Register()
        self._last: tuple[Likeness, _Keys] | None = None  # who is asked for is mostly learnt next

    def _keys(self, one: Likeness) -> _Keys:
        if self._last is None or self._last[0] != one:
            name = self._key(one.name) if one.name else ""
            company = company_key(one.company) if one.company else ""
            self._last = one, _Keys(email_key(one.email), *phone_keys(one.phone), name, company)
        return self._last[1]

    def find(self, one: Likeness) -> dict[int, tuple[str, ...]]:
        """Return those already seen whom somebody looks like, each with the reasons."""
        found: dict[int, tuple[str, ...]] = {}
        for why, number in self._hits(self._keys(one)):
            if number is not None:
                found[number] = (*found.get(number, ()), why)
        return found

    def _hits(self, keys: _Keys) -> Iterator[tuple[str, int | None]]:
        if keys.email:
            yield EMAIL, self._emails.first(keys.email)
        if keys.asked:
            asked = map(self._numbers.first, keys.asked)
            yield PHONE, next((number for number in asked if number is not None), None)
        both = self._names.first(_of(keys.name, keys.company)) if keys.company else None
        if both is not None:
            yield NAME_AND_COMPANY, both
        elif keys.name:
            # A name alone says something only where the companies do not say otherwise.
            yield NAME, self._names.first(_of(keys.name, "") if keys.company else keys.name)

    def learn(self, number: int, one: Likeness) -> None:
        """Note somebody; who was seen before under the same key stays the first."""
        keys = self._keys(one)
        if keys.email:
            self._emails.add_first(keys.email, number)
        for key in keys.numbers:
            self._numbers.add_first(key, number)
        if keys.name:
            self._names.add_first(keys.name, number)
            self._names.add_first(_of(keys.name, keys.company), number)


def _of(name: str, company: str) -> str:
    return f"{name}\n{company}"


def email_key(email: str | None) -> str:
    """Return a mail address as it is compared; empty for none."""
    plain = folded(email or "")
    return plain if "@" in plain else ""


def phone_keys(phone: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return under which keys a number is looked for and kept: +49 30 123456-7, 0049301234567 and 030 1234567 are one.

    A number with a country is kept as it is and, lest one without it is compared, without the one to three digits that
    may be the country's; one without a country is the same as another where it is all of it, or all but the country.
    """
    if not phone:
        return (), ()
    plain = _EXTENSION.sub("", phone).strip()
    digits = "".join(char for char in plain if char.isdecimal() and char.isascii())
    abroad = plain.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00") if abroad else digits.removeprefix("0")
    if len(digits) < _FEWEST_DIGITS:
        return (), ()
    if not abroad:
        return (f"={digits}", f"~{digits}", f"+{digits}"), (f"={digits}",)
    short = [digits[cut:] for cut in _COUNTRY if len(digits) - cut >= _FEWEST_DIGITS]
    return (f"+{digits}", *(f"={part}" for part in (digits, *short))), (
        f"+{digits}",
        *(f"~{part}" for part in short),
    )


def company_key(name: str | None) -> str:
    """Return a name as it is compared: folded, without marks, and without what says how a company is owned."""
    said = folded(name or "").replace("&", " ").split()
    words = [word if word.isalnum() else "".join(filter(str.isalnum, word)) for word in said]
    words = [word for word in words if word]
    while len(words) > 1 and words[-1] in _OWNED:
        words.pop()
    return " ".join(words)


def likeness_sql(table: str) -> str:
    """Return the query of what every record of a table is recognised by, in their order."""
    company = "company" if table == "lead" else "NULL"
    return f"SELECT id, name, {company}, email, phone FROM {table} ORDER BY id"


def pairs(reader: Reader, table: str) -> Iterator[Pair]:
    """Return the records of a table that may be one, in their order."""
    seen = Seen(table)
    for number, *said in reader.each(likeness_sql(table)):
        one = Likeness(*said)
        for first, why in seen.find(one).items():
            yield Pair(first, number, why)
        seen.learn(number, one)


def table(reader: Reader, tables: tuple[str, ...] = TABLES) -> Table:
    """Return the list of who may be recorded twice, each pair with the command that makes one of them."""
    rows = []
    for noun in tables:
        names = {number: name for number, name, *_ in reader.each(likeness_sql(noun))}
        for first, second, why in pairs(reader, noun):
            a, b = ref(noun, first), ref(noun, second)
            rows.append(
                (Ref(a, names[first]), Ref(b, names[second]), ", ".join(why), f"improv merge {a} {b}")
            )
    columns = (
        Column("keep", "record", "ref"),
        Column("other", "looks like", "ref"),
        Column("why", "because of", "text"),
        Column("merge", "makes them one", "text"),
    )
    return Table("duplicates", "Recorded twice?", columns, rows, empty="nobody looks recorded twice")
