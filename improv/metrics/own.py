"""Metrics of the user's own: an entry of the playbook made into a metric like ours, its population a query over the views.

Whatever does not fit is told where the metric is asked for, and by `faults`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from improv import metrics
from improv.errors import ImprovError, Usage
from improv.metrics.metric import Metric, Unit
from improv.nouns import BY_TABLE, Noun
from improv.playbook import OwnMetric, Playbook, mending
from improv.query import Query, checked
from improv.views import before

GIVEN: Final = ("first", "last", "on", "year_began")
_NAME: Final = r"[a-z][a-z0-9_]*"
# The columns that a population must have, by its kind.
_NEEDED: Final = {
    "count": ("day",),
    "total": ("day", "value"),
    "share": ("day", "state"),
    "duration": ("day", "days"),
    "level": ("since",),
}
# Those that mean something wherever they stand, and how each is read: what is no day or number counts as none.
_READ: Final = {
    **dict.fromkeys(("day", "since", "until"), "date({0})"),
    **dict.fromkeys(("value", "days"), "CAST(ROUND({0}) AS INTEGER)"),
    **dict.fromkeys(("state", "left_out"), "CAST({0} AS TEXT)"),
    "ended": "CASE WHEN {0} THEN 1 ELSE 0 END",
}
_TOLD: Final = tuple(_READ)
_UNITS: Final[dict[str, Unit]] = {"share": "percent", "duration": "days"}
_PARTIES: Final = ("lead", "opportunity", "client")


@lru_cache(maxsize=64)
def own(name: str, playbook: Playbook) -> Metric:
    """Return a metric that the playbook declares; refused, in words, where its declaration does not fit."""
    entry = playbook.metrics[name]
    try:
        _refuse_name(name)
        return _ratio(entry, playbook) if entry.kind == "ratio" else _counted(entry, playbook)
    except ImprovError as error:
        error.what = f"[metric.{name}] of the playbook: {error.what}"
        raise


def faults(playbook: Playbook) -> Iterator[ImprovError]:
    """Yield what is wrong with the metrics that the playbook declares itself."""
    for name in playbook.metrics:
        try:
            own(name, playbook)
        except ImprovError as error:
            yield error


def _refuse_name(name: str) -> None:
    if name in metrics.CATALOGUE:
        raise Usage("a metric of the catalogue has this name", name, "give it another one")
    if not re.fullmatch(_NAME, name):
        raise Usage("a metric's name is written small, with underscores", name, "as in big_wins")


def _ratio(entry: OwnMetric, playbook: Playbook) -> Metric:
    """Return one metric over another; neither is a ratio of the user's own, so that none is made of itself."""
    known = [
        name
        for name in metrics.names(playbook)
        if name not in playbook.metrics or _is_no_ratio(name, playbook)
    ]
    for field in ("of", "per"):
        if getattr(entry, field) not in known:
            raise Usage(
                f"`{field}` names no metric",
                getattr(entry, field) or "''",
                mending(getattr(entry, field), known),
            )
    of, per = (metrics.named(name, playbook) for name in (entry.of, entry.per))
    return _metric(
        entry,
        # Money over money is no amount.
        unit=entry.unit or ("number" if of.unit == per.unit else of.unit),
        of=of.name,
        per=per.name,
        parts=(of, per),
        times=entry.times,
        in_words=entry.in_words or f"{of.title} / {per.title}",
        clock=entry.clock or "the clock of each",
    )


def _is_no_ratio(name: str, playbook: Playbook) -> bool:
    return playbook.metrics[name].kind != "ratio"


def _counted(entry: OwnMetric, playbook: Playbook) -> Metric:
    query = checked(entry.sql, playbook, GIVEN)
    noun = BY_TABLE.get(entry.counts)
    if noun is None:
        raise Usage("`counts` names no kind of record", entry.counts or "''", mending(entry.counts, BY_TABLE))
    about = entry.about or next((party for party in _PARTIES if party == noun.table), None)
    _refuse_columns(entry, query, needs_about=about is not None and about != noun.table)
    keys = entry.keys if entry.keys is not None else _further(query)
    if missing := next((key for key in keys if key not in query.columns), None):
        raise Usage("`keys` names no column of the query", missing, mending(missing, query.columns))
    columns = _columns(entry, query, noun)
    shown = {
        "id": _number("q.id"),
        "about": _about(about, query),
        **{key: f"q.{key}" for key in keys},
        **columns,
    }
    return _metric(
        entry,
        unit=entry.unit or _UNITS.get(entry.kind, "number"),
        about=about,
        label=noun.letter,
        keys=keys,
        hits=entry.hits,
        open=entry.open,
        shows=entry.shows or ("median" if entry.kind == "duration" else "count"),
        sql=f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in shown.items())} "
        f"FROM ({before(query.text, query.views)}) AS q",
        query=query.text,
        columns=tuple(columns),
        clock=entry.clock or ("on the day" if entry.kind == "level" else "the day its query gives"),
        in_words=entry.in_words or "what its query finds",
    )


def _further(query: Query) -> tuple[str, ...]:
    """Return the columns that mean nothing else: the metric can be broken down by them."""
    return tuple(
        name for name in query.columns if name.isidentifier() and name not in {"id", "about", *_TOLD}
    )


def _columns(entry: OwnMetric, query: Query, noun: Noun) -> dict[str, str]:
    """Return the columns of the population that mean something, each as what it must be: a day, a number, a word.

    A row whose id is no record's of the noun is left out, and `improv explain` lists it.
    """
    found = {name: _READ[name].format(f"q.{name}") for name in _TOLD if name in query.columns}
    if entry.kind == "level":
        found.setdefault("until", "NULL")
    if entry.kind == "duration":
        found.setdefault("ended", "1")
    wrong = f"q.id IS NULL OR (typeof(q.id) = 'text' AND q.id NOT GLOB '{noun.letter}[0-9]*')"
    why = f"'its id is of no {noun.singular}'"
    found["left_out"] = f"CASE WHEN {wrong} THEN {why} ELSE {found.get('left_out', 'NULL')} END"
    return found


def _refuse_columns(entry: OwnMetric, query: Query, *, needs_about: bool) -> None:
    """Refuse a population that lacks a column, or a share that says not what hits."""
    needed = ("id", *_NEEDED[entry.kind], *(["about"] if needs_about else []))
    for column in needed:
        if column not in query.columns:
            raise Usage(
                f"the query of a {entry.kind} needs a column `{column}`",
                ", ".join(query.columns),
                f"SELECT {', '.join(needed)} …",
            )
    if entry.kind == "share" and not entry.hits:
        raise Usage("a share says which states are its `hits`", "hits", 'hits = ["won"]')


def _about(about: str | None, query: Query) -> str:
    """Return the SQL of the record whose source, owner and the like break the metric down."""
    if about is None:
        return "NULL"
    return _number("q.about" if "about" in query.columns else "q.id")


def _number(column: str) -> str:
    """Return the SQL of a record's number: an id, such as O7, ends with it."""
    return f"CASE WHEN typeof({column}) = 'text' THEN CAST(substr({column}, 2) AS INTEGER) ELSE {column} END"


def _metric(entry: OwnMetric, **given: Any) -> Metric:  # noqa: ANN401 - the fields of a metric
    title = entry.title or entry.key.replace("_", " ").capitalize()
    said: dict[str, Any] = {
        "name": entry.key,
        "title": title,
        "sentence": entry.sentence or f"{title}, as the playbook declares it.",
        "kind": entry.kind,
        "source": "the playbook's own",
    }
    return Metric(**{**said, **given})
