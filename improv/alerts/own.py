"""Red flags of the user's own: an entry of the playbook made into a flag like ours, a query over the views finds whom it is about.

Whatever does not fit is told where the flag is asked for, and by `faults`; what cannot be judged is never taken for
cleared.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final

from improv.alerts.flag import Flag
from improv.alerts.mending import OURS
from improv.dates import days_between
from improv.errors import ImprovError, Usage
from improv.money import money
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.playbook import PLACEHOLDER, OwnFlag, Playbook, mending
from improv.query import Query, checked, rows
from improv.reader import Reader
from improv.views import VIEWS, kinds

# The columns that mean something, and the words that a text may name beside them.
_TOLD: Final = ("id", "name", "owner", "since", "days", "worse")
_WORDS: Final = (
    "ref",
    "name",
    "owner",
    "since",
    "days",
    "contact",
    "key_event",
    "soon",
    "visit_soon",
    "onward",
)
_LIMIT: Final = re.compile(r":limit_([a-z_]+)")


class _Known(NamedTuple):
    """Where a record's name, owner and client stand."""

    view: str
    name: str = "name"
    owner: str = "owner"
    client: str = "NULL"


_KNOWN: Final = {
    "lead": _Known("leads"),
    "opportunity": _Known("opportunities", name="title", client="client_number"),
    "client": _Known("clients", client="number"),
    "referral": _Known("referrals", owner="NULL", client="client_number"),
    "event": _Known("events", client="client_number"),
    "quota": _Known("quotas"),
}


@lru_cache(maxsize=64)
def own(code: str, playbook: Playbook) -> Flag:
    """Return a flag that the playbook declares; refused, in words, where its declaration does not fit."""
    entry = playbook.flags[code]
    assert isinstance(entry, OwnFlag)  # noqa: S101 - its `own_flags` are
    try:
        return _flag(entry, playbook)
    except ImprovError as error:
        raise _of(code, error) from error


def fitting(playbook: Playbook) -> Iterator[Flag]:
    """Yield the flags of the playbook's own that fit."""
    for code in playbook.own_flags:
        try:
            yield own(code, playbook)
        except ImprovError:
            continue


def faults(playbook: Playbook, reader: Reader | None = None) -> Iterator[tuple[str, ImprovError]]:
    """Yield the code of every flag of the playbook's own that cannot be judged, and why; with a reader it is tried."""
    for code in playbook.own_flags:
        if playbook.flags[code].off:
            continue
        try:
            flag = own(code, playbook)
            if reader is not None:
                list(flag.rows(reader))
        except ImprovError as error:
            yield code, error


def _of(code: str, error: ImprovError) -> ImprovError:
    error.what = f"[flag.{code}] of the playbook: {error.what}"
    return error


def _flag(entry: OwnFlag, playbook: Playbook) -> Flag:
    query = checked(entry.sql, playbook, entry.limit)
    if "id" not in query.columns:
        raise Usage(
            "the query of a flag needs a column `id`", ", ".join(query.columns), "SELECT id FROM leads …"
        )
    title = entry.title or f"Own flag {entry.key}"
    told = "since" in query.columns or "days" in query.columns
    flag = Flag(
        code=entry.key,
        title=title,
        sentence=entry.sentence or f"{title}, as the playbook declares it.",
        why=entry.why or "The playbook says so.",
        kind=entry.about,
        find=partial(_found, entry, query),
        limits=tuple(dict.fromkeys(_LIMIT.findall(entry.sql))),
        given=entry.limit,
        reason=entry.reason or (f"{title}: {{days}}" if told else title),
        mend=entry.mend or "improv show {ref}",
    )
    known = {*_WORDS, *query.columns, *entry.limit, *(f"limit_{name}" for name in playbook.limits)}
    for field, text in (("reason", flag.reason), ("mend", flag.mend)):
        _refuse_placeholders(field, text, known)
    return flag


def _refuse_placeholders(field: str, text: str, known: set[str]) -> None:
    """Refuse a text that names what the query does not have, or has a bracket of no word."""
    for word in re.findall(PLACEHOLDER, text):
        if word not in known:
            raise Usage(
                f"`{field}` names no column of the query", f"{{{word}}}", mending(word, sorted(known))
            )
    if set("{}") & set(re.sub(PLACEHOLDER, "", text)):
        raise Usage(
            f"`{field}` has a bracket without its other one", text, "{name} stands for the record's name"
        )


def _found(entry: OwnFlag, query: Query, reader: Reader) -> Iterator[Mapping[str, Any]]:
    """Yield a row for each record the flag is true of, as a flag's own SQL would."""
    noun, shown = BY_TABLE[entry.about], kinds(query.views)
    found = [dict(row) for row in rows(reader, query, entry.limit)]
    numbers = [_number(entry, noun.letter, row["id"]) for row in found]
    about = _about(reader, entry.about, numbers)
    for number, row in zip(numbers, found, strict=True):
        if number in about:
            name, owner, client = about[number]
            words = {
                key: _word(shown.get(key), value)
                for key, value in row.items()
                if key not in _TOLD and key not in OURS
            }
            yield {
                **entry.limit,
                **words,
                "id": number,
                "letter": noun.letter,
                "name": str(row.get("name") or name or ""),
                "owner": _text(row.get("owner", owner)),
                "client_id": client,
                "worse": bool(row.get("worse")),
                **_age(entry, row, reader.today),
            }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(entry: OwnFlag, letter: str, found: object) -> int:
    """Return the number in a record's id."""
    if not isinstance(found, str) or not re.fullmatch(rf"{letter}[0-9]{{1,15}}", found):
        wrong = Usage(
            f"the query's `id` is no {entry.about}'s",
            str(found),
            f"the id of a {entry.about}, such as {letter}12",
        )
        raise _of(entry.key, wrong)
    return int(found[1:])


def _about(reader: Reader, table: str, numbers: list[int]) -> dict[int, tuple[str, str | None, int | None]]:
    """Return the name, the owner and the client of each of these records."""
    known = _KNOWN[table]
    sql = f"""SELECT v.number, v.{known.name} AS name, {known.owner} AS owner, {known.client} AS client
        FROM ({VIEWS[known.view].sql}) AS v WHERE v.number IN (SELECT j.value FROM json_each(:numbers) AS j)"""
    found = reader.rows(sql, {"numbers": json.dumps(numbers)})
    return {row["number"]: (row["name"], row["owner"], row["client"]) for row in found}


def _age(entry: OwnFlag, row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return since when the flag is up, and for how many days, as far as the query says."""
    since, days = row.get("since"), row.get("days")
    if since is None:
        return {"since": None, "days": days if isinstance(days, int) else 0}
    try:
        return {"since": since, "days": max(0, days_between(date.fromisoformat(since), today))}
    except (TypeError, ValueError) as error:
        raise _of(
            entry.key, Usage("the query's `since` is no day", str(since), "a day, such as 2026-11-23")
        ) from error


def _word(kind: str | None, value: object) -> str:
    """Return a value as the reason tells it."""
    if value is None:
        return "–"
    return money(value) if kind == "money" and isinstance(value, int) else str(value)
