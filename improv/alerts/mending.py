"""The words that fill a flag's reason and its mending command: numbers as people say them, kinds from the playbook."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from improv.dates import days_between
from improv.playbook import Charter, EventKind, Playbook, Stage, offered
from improv.reader import Reader

# What mends an opportunity past its close date, by the setting of the charter, and what it asks for.
_PAST_CLOSE: Final = {
    "flag": ("opp edit {ref} --close-on …", "the day it should close now"),
    "close": ("opp no-decision {ref} --because …", "the reason why nobody decided"),
}


class Words(dict[str, Any]):
    """Words by name; one that is not known stands as its own name, as in `improv opp move REF STAGE`."""

    def __missing__(self, name: str) -> str:
        return name.upper()


def words_for(ref: str, row: Mapping[str, Any], reader: Reader) -> Words:
    """Return the words for one row that was found about the record `ref`."""
    book = reader.playbook
    stage = _stage(book, row.get("stage"))
    kind = _key_event(book, stage)
    past_close = _PAST_CLOSE[(book.charter or Charter).past_close_date]
    words = Words({f"limit_{name}": value for name, value in book.limits.items()})
    words.update(row)
    words.update(
        ref=ref,
        contact=_contact(book),
        call=_contact(book, "call"),
        past_close=past_close[0].format(ref=ref),
        past_close_asks=past_close[1],
        key_event="KIND" if kind is None else kind.key,
        soon=_soon(kind),
        visit_soon=_soon(next((each for each in offered(book.event_kinds) if each.visit), None)),
        onward=_onward(book, ref, stage, kind),
    )
    if "days" in row:
        words["days"] = counted(row["days"], "day")
    if "scheduled_for" in row:
        words["rebook"] = _rebook(book, ref, row, reader.today)
    return words


def counted(number: int, what: str) -> str:
    """Return a number with its noun, as in 1 day and 2 days."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _stage(book: Playbook, key: str | None) -> Stage | None:
    """Return the stage of a record; a lead is about to enter the first one."""
    stages = book.sale_stages
    if key is None:
        return stages[0] if stages else None
    return next((each for each in stages if each.key == key), None)


def _key_event(book: Playbook, stage: Stage | None) -> EventKind | None:
    """Return the event a stage turns on, else the first of the playbook that belongs to a sale."""
    wanted = None if stage is None else stage.key_event
    kinds = offered(book.event_kinds)
    own = [each for each in kinds if each.key == wanted]
    return next((each for each in (*own, *kinds) if not each.visit), None)


def _soon(kind: EventKind | None) -> str:
    """Return a day that keeps the kind's own target."""
    return "tomorrow" if kind is None or kind.gap is None else f"+{kind.gap[0]}d"


def _contact(book: Playbook, channel: str | None = None) -> str:
    """Return the plainest kind of activity that reaches somebody, by a channel: the one that earns the fewest points."""
    reaching = [
        each for each in offered(book.activity_kinds) if each.contact and channel in {None, each.channel}
    ]
    trying = [each for each in reaching if each.attempt] or reaching
    return min(trying, key=lambda each: each.points).key if trying else "KIND"


def _onward(book: Playbook, ref: str, stage: Stage | None, kind: EventKind | None) -> str:
    """Return the step that ends a stay: to the next stage, or the event that closes the last one."""
    known = {each.key for each in book.sale_stages}
    following = () if stage is None else (key for key in stage.advances_to if key in known)
    onward = next(iter(following), None)
    if onward is not None:
        return f"opp move {ref} {onward}"
    return f"event schedule {ref} {'KIND' if kind is None else kind.key} {_soon(kind)}"


def _rebook(book: Playbook, ref: str, row: Mapping[str, Any], today: date) -> str:
    """Return what mends a booking: a nearer day, or its outcome once its day has passed."""
    left = days_between(today, date.fromisoformat(row["scheduled_for"]))
    if left < 0:
        return f"done {ref}"
    kind = next((each for each in book.event_kinds if each.key == row["kind"]), None)
    target = left if kind is None or kind.gap is None else kind.gap[0]
    return f"move {ref} +{min(left, target)}d"
