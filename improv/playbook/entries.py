"""What an entry of a playbook may say: the schema of every table, and the names that are the program's own.

The annotations of a record class are its schema: a field without a default is required, its annotation says what may
stand there, and whatever is no field is refused by name and place (`improv.playbook.values`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Mapping


Percent = int
Severity = Literal["warning", "critical"]
Per = Literal["day", "week", "month", "year"]
Asks = Literal["client", "event", "platform"]
Channel = Literal["call", "email"]
Calling = Literal["dialled", "reached", "presented", "demonstrated", "proposed"]
Wanted = Literal["testimonial", "story", "referral"]
Occasion = Literal["visit", "testimonial", "renewal", "win"]
PastClose = Literal["flag", "close"]
# What puts somebody on a track, the gravest first, and what takes them off it.
Cause = Literal["won", "lost", "no-decision", "stagnant", "met-at-event", "new"]
Exit = Literal["reply", "booking", "won", "unsubscribed", "not-qualified", "left", "form", "click"]

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
    "enrol_within",
    "quota_pace_below_percent",
    "quota_pace_after_percent",
    "event_minutes",
    "session_minutes",
    "returned_after",
    "touch_news_within",
    "client_ask_after",
    "deal_unlogged_after",
)
FLAGS: Final = (
    *("L1", "L2", "L3", "L4", "L5", "L6", "L7"),
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"),
    *("C1", "C2", "C3", "C4", "C5", "C6", "C7"),
    *("R1", "Q1"),
    *(f"H{number}" for number in range(1, 27)),
)
# The messages to the other side of an event, and what their texts may say of it.
MESSAGES: Final = ("invitation", "confirmation")
PLACEHOLDER: Final = r"\{([^{}]*)\}"
PLACEHOLDERS: Final = ("name", "me", "what", "about", "when", "place")
# Whose fields an opportunity can be held up by, and its column that names them.
REQUIRED_OF: Final = {"opportunity": "id", "lead": "lead_id", "client": "client_id"}
# What the message of a track may say of whom it goes to.
TRACK_PLACEHOLDERS: Final = ("name", "first_name", "me", "company", "industry", "met_at")
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


class Recorded(Named):
    """An entry whose key is kept in records: the keys it `was` called by, and whether it is `retired`.

    One that is retired is not offered any more and names no new record; what was recorded under it keeps its name.
    """

    was: tuple[str, ...] = ()
    retired: bool = False


class Stage(Recorded):
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


class EventKind(Recorded):
    """A kind of event: the days it may take from set to scheduled, and the stage it belongs to."""

    gap: tuple[int, int] | None = None
    sales: bool = False
    visit: bool = False
    stage: str | None = None
    activity: str | None = None


class Source(Recorded):
    """Where a lead comes from, and what is asked beside it."""

    asks: Asks | None = None
    from_client: bool = False


class VisitKind(Recorded):
    """A kind of client visit: what it is for, how often a year, whether a problem called for it, the moment it makes.

    `activity` is the kind of activity it is, whose points it earns.
    """

    purposes: tuple[str, ...] = ()
    a_year: int | None = None
    problem: bool = False
    moment: str | None = None
    activity: str | None = None


class Moment(Named):
    """A good moment to ask a client for something.

    It is made by whatever is recorded as `after` says, and by visits whose kind names it; `satisfaction` is the least
    it takes. One that nothing makes is only known to whoever was there.
    """

    asks_for: tuple[Wanted, ...]
    after: Occasion | None = None
    satisfaction: int | None = None


class ActivityKind(Recorded):
    """A kind of activity: points, plan for a month, whether it tries to reach or reaches somebody, by call or email.

    `calling` is the step of cold calling it is, if any.
    `answered` is the kind it turns out to be when there was a response, and `lead` marks the kind that a new lead is.
    """

    points: int = 0
    plan: int | None = None
    group: str | None = None
    attempt: bool = False
    contact: bool = False
    answered: str | None = None
    channel: Channel | None = None
    calling: Calling | None = None
    lead: bool = False


class CampaignType(Recorded):
    """A type of campaign and its sub-types."""

    subtypes: tuple[str, ...] = ()


class Reason(Recorded):
    """A reason, and the questions it may answer."""

    of: tuple[str, ...]


class Page(Named):
    """A page whose visit is news: its path, where `*` stands for anything and `?` for one character."""

    path: str


class Step(Record):
    """One step of a track: due so many days after its start; `message` is what is written, if anything is."""

    after: int
    activity: str
    what: str
    message: str | None = None


class Track(Recorded):
    """A series of touches over time, for whom it is, and the track that follows.

    `enrol_when` is what puts somebody on it by itself, those of an `industry` alone where one is named; `exits` is what
    takes them off it.
    """

    audience: str
    steps: tuple[Step, ...]
    then: str | None = None
    enrol_when: tuple[Cause, ...] = ()
    exits: tuple[Exit, ...] = ()
    industry: tuple[str, ...] = ()


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


class Bonus(Record):
    """What so many points in a month bring, in percent of what was agreed on."""

    at: int
    percent: Percent


class TrackMessage(Record):
    """What a step of a track writes: its subject and its text."""

    subject: str
    text: str


class Points(Record):
    """The points to earn in a month, and what many points bring."""

    quota: int
    bonus: tuple[Bonus, ...] = ()


class Funnel(Record):
    """How many of so many leads enter the pipeline and are won."""

    leads: int
    entered: int
    won: int


class Charter(Record):
    """The charter's shares, each as k of n, and what is proposed for an opportunity past its close date."""

    qualified_lead_converts: tuple[int, int] | None = None
    opportunity_wins: tuple[int, int] | None = None
    past_close_date: PastClose = "flag"


class Team(Record):
    """Who works the records: the names of the current team (none: nobody is checked), and what marketing is called."""

    members: tuple[str, ...] = ()
    marketing: str = "marketing"


class Closing(Record):
    """When a sale may be closed: a lost one only with its reason, a won one only from a stage that `may_close`."""

    lost_needs_reason: bool = False
    won_only_where_it_may_close: bool = False


class Part(Named):
    """One part of a formula: its key is a fact of `improv.formulas`; nothing at `worst`, in full at `best`.

    An `optional` one is a part of the formula only where something is known of it.
    """

    worst: int
    best: int
    weight: int
    optional: bool = False
