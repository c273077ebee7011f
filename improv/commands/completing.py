"""What may come next on a command line: commands, options, the words of the playbook, and records, straight from the store.

A shell asks with `improv complete -- WORD…`, the words after `improv` up to the cursor; each answer is a line, the word
and what it means with a tab between, or `:files` where the shell knows better. TAB is felt: Typer is never loaded, and
a desk is only sat down to for words of the playbook and records of the store.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from improv.commands.tree import ALIASES, COMMANDS, METRICS
from improv.named import NamedTuple
from improv.nouns import BY_LETTER, BY_TABLE
from improv.text import folded, shown

if TYPE_CHECKING:
    from improv.commands.desk import Desk
    from improv.playbook import Named, Playbook
    from improv.reader import Reader

Word = tuple[str, str]  # what is typed, and what it means
Sit = Callable[[], "Desk"]  # to sit down at a desk

FILES: Final = ":files"
MOST: Final = 60
_MOST_DIGITS: Final = 15
_OF_FILES: Final = {"FILE", "TOML", "CSV", "NAME|FILE"}
_CLOSED: Final = {
    "SEVERITY": ("warning", "critical"),
    "FORMAT": ("terminal", "plain", "json", "csv", "markdown", "html"),
    "DAY": ("today", "yesterday", "mon", "2026-11-03"),
    "WHEN": ("today", "tomorrow", "fri 15:00", "+3d"),
    "PERIOD": ("today", "this week", "last week", "this month", "last month", "this year"),
}
_RECORD: Final = re.compile(r"([A-Za-z])([0-9]*)$")
# What is known by a name, and not only by its number; the order in which names are offered.
_NAMED: Final = {
    "opportunity": "title_folded",
    "client": "name_folded",
    "lead": "name_folded",
    "referral": "name_folded",
    "campaign": "name_folded",
}


class Place(NamedTuple):
    """Where on a command line the cursor is: the command so far, what an option waits for, how many arguments came."""

    path: str
    waits: str | None
    arguments: int
    only_arguments: bool


def run(words: Sequence[str], sit: Sit) -> int:
    """Print what may come next; whatever goes wrong, a shell is told nothing."""
    try:
        for word, means in found(words, sit):
            sys.stdout.write(f"{shown(word)}\t{shown(means)}\n" if means else f"{shown(word)}\n")
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 - a message would stand in the middle of what somebody types
        return 1
    return 0


def found(words: Sequence[str], sit: Sit) -> list[Word]:
    """Return what may come next after some words; the last one is the beginning of it."""
    *before, typed = [unquoted(word) for word in joined(words)] or [""]
    place = walked(before)
    if place.waits is None and typed.startswith("-") and not place.only_arguments:
        option, is_given, value = typed.partition("=")
        if is_given:
            waits = _options(place.path).get(option)
            return [(f"{option}={word}", means) for word, means in _values(sit, place.path, waits, value)]
        return _beginning(typed, _listed(place.path))
    if place.waits is not None:
        return _values(sit, place.path, place.waits, typed)
    _, arguments, _, below, _ = COMMANDS[place.path]
    if below and not place.arguments:
        names = [(name, COMMANDS[f"{place.path} {name}".strip()][0]) for name in below]
        if not arguments:
            return _beginning(typed, names)
    if place.arguments >= len(arguments):
        return []
    return _values(sit, place.path, arguments[place.arguments], typed)


def joined(words: Sequence[str]) -> list[str]:
    """Return the words as they were typed: bash takes `--option=value` apart."""
    made: list[str] = []
    for word in words:
        if made and (word == "=" or made[-1].endswith("=")) and made[-1].startswith("--"):
            made[-1] += word
        else:
            made.append(word)
    return made


def unquoted(word: str) -> str:
    """Return a word without the quotes and backslashes that a shell would take away; the last quote may be missing."""
    if word[:1] in {'"', "'"}:
        return word[1:].removesuffix(word[0])
    return re.sub(r"\\(.)", r"\1", word)


def walked(words: Iterable[str]) -> Place:
    """Return where the words lead."""
    path, waits, arguments, only = "", None, 0, False
    for word in words:
        if waits is not None:
            waits = None
        elif only or not word.startswith("-"):
            deeper = f"{path} {ALIASES.get(word, word) if not path else word}".strip()
            if deeper in COMMANDS and not arguments and not only:
                path = deeper
            else:
                arguments += 1
        elif word == "--":
            only = True
        elif "=" not in word:
            waits = _options(path).get(word)
    return Place(path, waits, arguments, only)


def _options(path: str) -> dict[str, str | None]:
    """Return the options of a command and of the whole program, each with what its value is called."""
    return {word: takes for at in ("", path) for words, takes, _ in COMMANDS[at][2] for word in words}


def _listed(path: str) -> list[Word]:
    own = [(word, means) for words, _, means in COMMANDS[path][2] for word in words if word.startswith("--")]
    everywhere = [(words[0], means) for words, _, means in COMMANDS[""][2]] if path else []
    return [*own, *everywhere, ("--help", "show the help")]


def _beginning(typed: str, words: Iterable[Word]) -> list[Word]:
    return [(word, means) for word, means in words if word.startswith(typed)]


def _values(sit: Sit, path: str, takes: str | None, typed: str) -> list[Word]:
    """Return the values that something called so may have."""
    if takes in _OF_FILES:
        return [(FILES, "")]
    if takes in _ENTRIES:
        return _entries(_ENTRIES[takes](sit().playbook(), path), typed)
    listed = _words(sit, path, takes or "")
    if listed is not None:
        return _beginning(typed, listed)
    tables = _tables(takes or "", path)
    return list(_records(sit, tables, typed)) if tables else []


def _words(sit: Sit, path: str, takes: str) -> Iterable[Word] | None:
    """Return the words of a closed list; nothing where there is none."""
    if "|" in takes and (takes.islower() or takes == "YES|NO"):
        return [(word, "") for word in takes.lower().split("|")]
    if takes in {"NAME", "NAME …"} and path.split(" ", maxsplit=1)[0] in {"metric", "explain", "kpi"}:
        return list(METRICS.items())
    if takes == "CODE":
        return [(code, flag.severity) for code, flag in sit().playbook().flags.items()]
    return [(word, "") for word in _CLOSED[takes]] if takes in _CLOSED else None


def _entries(entries: Sequence["Named"], typed: str) -> list[Word]:
    """Return the entries of a list by their keys; once something is typed, by the other words for them, too."""
    keys = [(one.key, one.name) for one in entries]
    also = [(word, one.name) for one in entries for word in one.also] if typed else []
    return _beginning(typed, keys + also)


def _tables(takes: str, path: str) -> list[str]:
    """Return whose records are meant: those it names, a command's own noun, or any."""
    if takes in {"RECORD", "WHO", "OTHER"}:
        noun = path.split(" ", maxsplit=1)[0]
        verb = path.rpartition(" ")[2]
        own = noun in BY_TABLE and verb in {"show", "edit", "remove"}
        return [noun] if own else list(_NAMED)
    tables = [word.strip("[].… ").lower() for word in takes.split("|")]
    return tables if all(table in BY_TABLE for table in tables) else []


def _records(sit: Sit, tables: Sequence[str], typed: str) -> Iterator[Word]:
    """Yield the records that begin so: by number where one is typed, else by name, the latest first."""
    with sit().reading() as reader:
        by_number = _RECORD.fullmatch(typed)
        if by_number and by_number[1].upper() in BY_LETTER:
            table = BY_LETTER[by_number[1].upper()].table
            if table in tables or len(tables) == len(_NAMED):
                yield from _by_number(reader, table, by_number[2])
        for table in tables:
            if table in _NAMED:
                yield from _by_name(reader, table, folded(typed))
            elif not typed:
                yield from _by_number(reader, table, "")


def _by_number(reader: "Reader", table: str, number: str) -> Iterator[Word]:
    noun = BY_TABLE[table]
    sql = f"""SELECT x.id AS id, {noun.label} AS label FROM {table} AS x
        WHERE x.id BETWEEN :first AND :last ORDER BY x.id DESC LIMIT {MOST}"""
    rows = (
        row
        for first, last in _beginning_with(number)
        for row in reader.each(sql, {"first": first, "last": last})
    )
    for row in islice(rows, MOST):
        yield f"{noun.letter}{row['id']}", str(row["label"] or "")


def _beginning_with(digits: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the numbers that begin with some digits, the largest first: a range is found by index."""
    if not digits:
        yield 1, 10**_MOST_DIGITS
    elif digits[0] != "0":
        for more in range(_MOST_DIGITS - len(digits), -1, -1):
            yield int(digits) * 10**more, (int(digits) + 1) * 10**more - 1


def _by_name(reader: "Reader", table: str, typed: str) -> Iterator[Word]:
    noun, folded_name = BY_TABLE[table], _NAMED[table]
    rows = reader.each(
        f"SELECT x.id AS id, {noun.label} AS label FROM {table} AS x "
        f"WHERE x.{folded_name} >= :typed AND x.{folded_name} < :typed || char(1114111) ORDER BY x.id DESC LIMIT :most",
        {"typed": typed, "most": MOST},
    )
    for row in rows:
        yield str(row["label"]), f"{noun.singular} {noun.letter}{row['id']}"


def _kinds(book: "Playbook", path: str) -> Sequence["Named"]:
    """Return the kinds of what a command is about."""
    listed: dict[str, Sequence[Named]] = {
        "event": book.event_kinds,
        "log": book.activity_kinds,
        "activity": book.activity_kinds,
    }
    return listed.get(path.split(" ", maxsplit=1)[0], book.visit_kinds)


# What the entries of a list are called, and where the playbook has them.
_ENTRIES: Final[dict[str, Callable[["Playbook", str], Sequence["Named"]]]] = {
    "STAGE": lambda book, _: book.stages,
    "SOURCE": lambda book, _: book.sources,
    "REASON": lambda book, _: book.reasons,
    "KIND": _kinds,
    "TYPE": lambda book, _: book.campaign_types,
    "TRACK": lambda book, _: book.tracks,
    "ROLE": lambda book, _: book.contact_roles,
}
