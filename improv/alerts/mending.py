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


class _Told(Words):
    """The words about one record: what was found of it, and whatever else a text names, looked up when it does."""

    __slots__ = ("vocabulary",)

    def __init__(self, vocabulary: "Vocabulary", row: Mapping[str, Any]) -> None:
        super().__init__(row)
        self.vocabulary = vocabulary

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - a word, or the number of a limit
        return self.vocabulary.word(name, self)


class Vocabulary:
    """The words of a day: what is the same for every record is looked up once, and what no text names is not."""

    def __init__(self, reader: Reader) -> None:
        book = self._book = reader.playbook
        self._today = reader.today
        visit = next((each for each in offered(book.event_kinds) if each.visit), None)
        past_close, asks = _PAST_CLOSE[(book.charter or Charter).past_close_date]
        self._past_close = past_close
        self._same: dict[str, Any] = {
            **{f"limit_{name}": value for name, value in book.limits.items()},
            "contact": _contact(book),
            "call": _contact(book, "call"),
            "past_close_asks": asks,
            "visit_soon": _soon(visit),
        }
        self._steps: dict[str | None, tuple[Stage | None, EventKind | None]] = {}

    def about(self, ref: str, row: Mapping[str, Any]) -> Words:
        """Return the words for one row that was found about the record `ref`."""
        words = _Told(self, row)
        words["ref"] = ref
        if "days" in words:
            words["days"] = counted(words["days"], "day")
        return words

    def word(self, name: str, words: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a word, or the number of a limit
        """Return a word that was not found of the record itself."""
        if name in self._same:
            return self._same[name]
        ref = words["ref"]
        if name == "past_close":
            return self._past_close.format(ref=ref)
        if name == "rebook" and "scheduled_for" in words:
            return _rebook(self._book, ref, words, self._today)
        if name in {"key_event", "soon", "onward"}:
            stage, kind = self._step(words.get("stage"))
            if name == "onward":
                return _onward(self._book, ref, stage, kind)
            return _soon(kind) if name == "soon" else "KIND" if kind is None else kind.key
        return name.upper()

    def _step(self, key: str | None) -> tuple[Stage | None, EventKind | None]:
        if key not in self._steps:
            stage = _stage(self._book, key)
            self._steps[key] = stage, _key_event(self._book, stage)
        return self._steps[key]


# Words that are told by the program, whatever a query calls its columns.
OURS: Final = frozenset(
    (
        "ref",
        "contact",
        "call",
        "past_close",
        "past_close_asks",
        "key_event",
        "soon",
        "visit_soon",
        "onward",
        "rebook",
    )
)


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
