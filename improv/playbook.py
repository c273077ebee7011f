"""The playbook: the method's stages, kinds, targets and limits as data, with the user's overrides merged in.

A playbook is a TOML file. `load` reads one, merges what it extends and what the user overrides key by key, and
returns a frozen `Playbook`. The record classes below are the schema: a field without a default is required, its
annotation says what may stand there, and whatever is no field is refused by name and place.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, dataclass_transform

from improv.errors import Ambiguous, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Percent = int
Severity = Literal["warning", "critical"]
Per = Literal["day", "week", "month", "year"]
Asks = Literal["client", "event", "platform"]
Channel = Literal["call", "email"]
Calling = Literal["dialled", "reached", "presented", "demonstrated", "proposed"]
Wanted = Literal["testimonial", "story", "referral"]
Occasion = Literal["visit", "testimonial", "renewal", "win"]
Cell = int | str | None
Table = tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]

LIMITS: Final = (
    "lead_uncontacted_after",
    "lead_last_contact_after",
    "qualified_without_meeting_after",
    "score_falls",
    "attempts_without_response",
    "gap_after",
    "gap_goal_below",
    "stage_over_average_percent",
    "finished_stays_needed",
    "history_weight",
    "anticipation_misses",
    "anticipation_of",
    "backward_moves",
    "no_visit_after",
    "no_visit_critical_after",
    "health_below",
    "health_goal_above",
    "engagement_falls",
    "rating_known_percent",
    "renewal_within",
    "referral_contact_within_hours",
    "visits_within",
    "visits_a_year",
    "ask_within",
    "lapsed_after",
    "conversion_short",
    "conversion_middle",
    "conversion_long",
    "task_overdue_after",
    "client_call_after",
    "clients_per_owner",
    "conversation_minutes",
    "reasons_shown",
    "accounts_shown",
    "kpis_fewest",
    "kpis_most",
    "baseline_days",
    "industry_tracks",
    "quota_pace_below_percent",
    "quota_pace_after_percent",
    "event_minutes",
)
FLAGS: Final = (
    *("L1", "L2", "L3", "L4", "L5"),
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"),
    *("C1", "C2", "C3", "C4", "C5", "C6", "C7"),
    *("R1", "Q1"),
)
# The messages to the other side of an event, and what their texts may say of it.
MESSAGES: Final = ("invitation", "confirmation")
PLACEHOLDER: Final = r"\{([^{}]*)\}"
PLACEHOLDERS: Final = ("name", "me", "what", "about", "when", "place")
BOUNDS: Final = ("at_least", "more_than", "at_most", "less_than", "band")


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """A frozen record whose annotations are its schema.

    A dataclass to its readers and to the type checker. A real one costs two milliseconds a class at every start
    (it compiles its methods), and this module has many: together more than Python itself needs to start.
    """

    schema: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        cls.schema = MappingProxyType({**cls.schema, **cls.__annotations__})

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - the reader of the file has checked them
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"
        )


class Named(Record):
    """An entry of one of the playbook's lists: its key, its name, and other words people type for it."""

    key: str
    name: str
    also: tuple[str, ...] = ()


class Stage(Named):
    """One step of the funnel: its days, its goals, and where an opportunity goes from it."""

    position: int
    focus: str = ""
    key_event: str | None = None
    days: tuple[int, int] | None = None
    warning_after: int | None = None
    critical_after: int | None = None
    slow_after: int | None = None
    advance_goal: Percent | None = None
    advances_to: tuple[str, ...] = ()
    may_close: bool = False
    close_goal: Percent | None = None
    probability: Percent | None = None
    optional: bool = False
    discovery: bool = False
    after_sale: bool = False


class EventKind(Named):
    """A kind of event: the days it may take from set to scheduled, and the stage it belongs to."""

    gap: tuple[int, int] | None = None
    sales: bool = False
    visit: bool = False
    stage: str | None = None
    activity: str | None = None


class Source(Named):
    """Where a lead comes from, and what is asked beside it."""

    asks: Asks | None = None
    from_client: bool = False


class VisitKind(Named):
    """A kind of client visit: what it is for, how often a year, whether a problem called for it, the moment it makes."""

    purposes: tuple[str, ...] = ()
    a_year: int | None = None
    problem: bool = False
    moment: str | None = None


class Moment(Named):
    """A good moment to ask a client for something.

    It is made by whatever is recorded as `after` says, and by visits whose kind names it; `satisfaction` is the least
    it takes. One that nothing makes is only known to whoever was there.
    """

    asks_for: tuple[Wanted, ...]
    after: Occasion | None = None
    satisfaction: int | None = None


class ActivityKind(Named):
    """A kind of activity: points, plan for a month, whether it tries to reach or reaches somebody, by call or email.

    `calling` is the step of cold calling it is, if any.
    `answered` is the kind it turns out to be when there was a response.
    """

    points: int = 0
    plan: int | None = None
    group: str | None = None
    attempt: bool = False
    contact: bool = False
    answered: str | None = None
    channel: Channel | None = None
    calling: Calling | None = None


class CampaignType(Named):
    """A type of campaign and its sub-types."""

    subtypes: tuple[str, ...] = ()


class Reason(Named):
    """A reason, and the questions it may answer."""

    of: tuple[str, ...]


class Step(Record):
    """One step of a track: due so many days after its start."""

    after: int
    activity: str
    what: str


class Track(Named):
    """A series of touches over time, for whom it is, and the track that follows."""

    audience: str
    steps: tuple[Step, ...]
    then: str | None = None


class Target(Record):
    """What a metric should reach: one bound, or a band."""

    at_least: int | None = None
    more_than: int | None = None
    at_most: int | None = None
    less_than: int | None = None
    band: tuple[int, int] | None = None
    per: Per | None = None
    origin: str = ""

    @property
    def bound(self) -> int:
        """The number of the target; the lower one of a band."""
        given = [value for name in BOUNDS if (value := getattr(self, name)) is not None]
        number: int = given[0][0] if self.band else given[0]
        return number


class Goal(Named):
    """What should be reached by a time after the start: in words, and as targets."""

    within: int | None = None
    what: tuple[str, ...] = ()
    targets: Mapping[str, Target] = MappingProxyType({})


class Flag(Record):
    """How grave a red flag is, how grave it gets, and whether it is silenced."""

    severity: Severity
    worse: Severity | None = None
    off: bool = False


class Message(Record):
    """A message to the other side: what its event is called in their calendar, its subject, and its text."""

    title: str
    subject: str
    text: str


class Points(Record):
    """The points to earn in a month."""

    quota: int


class Funnel(Record):
    """How many of so many leads enter the pipeline and are won."""

    leads: int
    entered: int
    won: int


class Charter(Record):
    """The charter's shares, each as k of n."""

    qualified_lead_converts: tuple[int, int] | None = None
    opportunity_wins: tuple[int, int] | None = None


class Part(Named):
    """One part of a formula: its key is a fact of `improv.formulas`; nothing at `worst`, in full at `best`."""

    worst: int
    best: int
    weight: int


Entry = TypeVar("Entry", bound=Named)


class Playbook(Record):
    """The method as this user runs it: typed, frozen, complete."""

    key: str
    title: str
    limits: Mapping[str, int]
    flags: Mapping[str, Flag]
    messages: Mapping[str, Message]
    targets: Mapping[str, Target]
    stages: tuple[Stage, ...]
    event_kinds: tuple[EventKind, ...]
    sources: tuple[Source, ...]
    visit_kinds: tuple[VisitKind, ...] = ()
    moments: tuple[Moment, ...] = ()
    activity_groups: tuple[Named, ...] = ()
    activity_kinds: tuple[ActivityKind, ...] = ()
    campaign_types: tuple[CampaignType, ...] = ()
    tracks: tuple[Track, ...] = ()
    reasons: tuple[Reason, ...] = ()
    opportunity_types: tuple[Named, ...] = ()
    contact_roles: tuple[Named, ...] = ()
    product_types: tuple[Named, ...] = ()
    goals: tuple[Goal, ...] = ()
    points: Points | None = None
    funnel: Funnel | None = None
    charter: Charter | None = None
    formulas: Mapping[str, tuple[Part, ...]] = MappingProxyType({})

    @property
    def sale_stages(self) -> tuple[Stage, ...]:
        """The stages an open opportunity can be in, in order."""
        return tuple(stage for stage in self.stages if not stage.after_sale)

    def event_of(self, stage: Stage | None) -> str:
        """Return the kind of event to book in a stage: its key event, else the first kind that is no visit."""
        if stage is not None and stage.key_event is not None:
            return stage.key_event
        return next((kind.key for kind in self.event_kinds if not kind.visit), "KIND")

    @property
    def visit_event(self) -> EventKind:
        """The kind of event that books a visit; refused when the playbook has none."""
        for kind in self.event_kinds:
            if kind.visit:
                return kind
        raise Usage(
            "the playbook has no kind of event for visits", self.key, "give an event kind `visit = true`"
        )

    def stage(self, typed: str) -> Stage:
        """Return the stage that people mean by what they typed."""
        return pick("stage", self.stages, typed)

    def event_kind(self, typed: str) -> EventKind:
        """Return the event kind that people mean by what they typed."""
        return pick("event kind", self.event_kinds, typed)

    def source(self, typed: str) -> Source:
        """Return the source that people mean by what they typed."""
        return pick("source", self.sources, typed)

    def visit_kind(self, typed: str) -> VisitKind:
        """Return the visit kind that people mean by what they typed."""
        return pick("visit kind", self.visit_kinds, typed)

    def activity_kind(self, typed: str) -> ActivityKind:
        """Return the activity kind that people mean by what they typed."""
        return pick("activity kind", self.activity_kinds, typed)

    def campaign_type(self, typed: str) -> CampaignType:
        """Return the campaign type that people mean by what they typed."""
        return pick("campaign type", self.campaign_types, typed)

    def reason(self, of: str, typed: str) -> Reason:
        """Return the reason that people mean, among those that may answer the question."""
        return pick("reason", [reason for reason in self.reasons if of in reason.of], typed)

    def tables(self) -> Mapping[str, Table]:
        """Return the lists that queries join, as table name → (columns, rows)."""
        lists = {f"playbook_{name}": _table(getattr(self, f"{name}s"), cut) for name, cut in _COLUMNS.items()}
        return lists | {"playbook_part": self._parts()}

    def _parts(self) -> Table:
        """Return the parts of all formulas; one without a weight says nothing."""
        columns, _ = _table((), _PART)
        rows = (
            (kind, place, *row)
            for kind, parts in self.formulas.items()
            for place, row in enumerate(_table([part for part in parts if part.weight], _PART)[1])
        )
        return ("formula", "place", *columns), tuple(rows)


# Column of a query's table → the field it shows; `.0` and `.1` are the ends of a pair.
_COLUMNS: Final = {
    "stage": "key name position probability warning_after critical_after slow_after days_low=days.0 days_high=days.1 "
    "advance_goal after_sale discovery advances_to",
    "event_kind": "key name gap_low=gap.0 gap_high=gap.1 visit sales",
    "source": "key name from_client",
    "visit_kind": "key name problem moment",
    "moment": "key after satisfaction",
    "reason": "key name",
    "activity_kind": "key name points plan grp=group attempt contact channel calling",
}
_PART: Final = "fact=key name worst best weight"


def _table(entries: Sequence[Named], cut: str) -> Table:
    columns = [column.partition("=") for column in cut.split()]
    rows = tuple(tuple(_cell(entry, shown or name) for name, _, shown in columns) for entry in entries)
    return tuple(name for name, _, _ in columns), rows


def _cell(entry: Named, shown: str) -> Cell:
    name, _, end = shown.partition(".")
    value = getattr(entry, name)
    if end and value is not None:
        value = value[int(end)]
    if isinstance(value, tuple):  # words with a space on either side of each, to look one up by
        return f" {' '.join(value)} "
    return int(value) if isinstance(value, bool) else value


def pick(what: str, entries: Iterable[Entry], typed: str) -> Entry:
    """Return the one entry that is meant: by key, name or other name, else by their start, else by a word's start."""
    said = folded(typed)
    known = {
        entry.key: (entry, {folded(word) for word in (entry.key, entry.name, *entry.also)})
        for entry in entries
    }
    tests: list[Callable[[str], bool]] = [
        lambda word: word == said,
        lambda word: word.startswith(said),
        lambda word: f"-{said}" in word,
    ]
    if said in known:
        return known[said][0]
    for test in tests if said else []:
        found = [entry for entry, words in known.values() if any(test(word) for word in words)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                f"more than one {what} begins so", typed, "use one of " + _listed(e.key for e in found)
            )
    raise Usage(f"no {what} is called so", typed, mending(said, known))


def folded(text: str) -> str:
    """Return a word as keys are written: small, with hyphens."""
    return "-".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none: the playbook has none"


def mending(said: str, known: Iterable[str]) -> str:
    """Say which words there are, and which one was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    words = list(known)
    close = get_close_matches(said, words, n=1)
    return (f"did you mean `{close[0]}`? " if close else "") + "use one of " + _listed(words)


def load(
    use: str | Path = "improv",
    overrides: Mapping[str, object] | None = None,
    *,
    where: str = "the configuration file",
) -> Playbook:
    """Return the playbook of a name or a file, with the overrides merged in key by key.

    `where` says in messages where the overrides were written.
    """
    from improv.playbook_file import merged  # noqa: PLC0415 - it builds the records above, so it imports this module

    return merged(use, overrides, where)
