"""The playbook: the method's stages, kinds, targets and limits as data, with the user's overrides merged in.

A playbook is a TOML file. `load` reads one, merges what it extends and what the user overrides key by key, and
returns a frozen `Playbook`. What may stand in one is in `entries.py` and, of what users declare themselves, in `own.py`;
how one is read is in `file.py`, a single field in `values.py`, what does not fit together in `faults.py`; `check.py`
computes which of its numbers cannot hold together.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from improv.errors import Usage
from improv.playbook.entries import (
    FLAGS,
    LIMITS,
    MESSAGES,
    PLACEHOLDER,
    PLACEHOLDERS,
    ActivityKind,
    Bonus,
    CampaignType,
    Charter,
    Closing,
    EventKind,
    Flag,
    Funnel,
    Goal,
    Message,
    Moment,
    Named,
    Page,
    Part,
    Points,
    Reason,
    Record,
    Recorded,
    Severity,
    Source,
    Stage,
    Step,
    Target,
    Team,
    Track,
    TrackMessage,
    VisitKind,
    Wanted,
)
from improv.playbook.own import (
    CustomField,
    OwnFlag,
    OwnMetric,
    OwnReport,
    ReportPart,
)
from improv.playbook.words import folded, meant, mending, offered, pick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "FLAGS",
    "LIMITS",
    "MESSAGES",
    "PLACEHOLDER",
    "PLACEHOLDERS",
    "ActivityKind",
    "Bonus",
    "CampaignType",
    "Charter",
    "CustomField",
    "EventKind",
    "Flag",
    "Goal",
    "Message",
    "Moment",
    "Named",
    "OwnFlag",
    "OwnMetric",
    "OwnReport",
    "Page",
    "Part",
    "Playbook",
    "Reason",
    "Recorded",
    "ReportPart",
    "Severity",
    "Source",
    "Stage",
    "Step",
    "Target",
    "Track",
    "TrackMessage",
    "VisitKind",
    "Wanted",
    "folded",
    "load",
    "meant",
    "mending",
    "offered",
]

Cell = int | str | None
Table = tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]


class Playbook(Record):
    """The method as this user runs it: typed, frozen, complete.

    `hour_costs` is what an hour of the user's own costs, in minor units: no file of a playbook says it.
    """

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
    track_messages: Mapping[str, TrackMessage] = MappingProxyType({})
    reasons: tuple[Reason, ...] = ()
    opportunity_types: tuple[Named, ...] = ()
    contact_roles: tuple[Named, ...] = ()
    product_types: tuple[Named, ...] = ()
    goals: tuple[Goal, ...] = ()
    pages: tuple[Page, ...] = ()
    points: Points | None = None
    funnel: Funnel | None = None
    charter: Charter | None = None
    closing: Closing = Closing()
    team: Team | None = None
    formulas: Mapping[str, tuple[Part, ...]] = MappingProxyType({})
    hour_costs: int | None = None
    fields: Mapping[str, tuple[CustomField, ...]] = MappingProxyType({})
    metrics: Mapping[str, OwnMetric] = MappingProxyType({})
    reports: Mapping[str, OwnReport] = MappingProxyType({})

    def fields_of(self, noun: str) -> tuple[CustomField, ...]:
        """Return the custom fields of a noun that are in use."""
        return tuple(one for one in self.fields.get(noun, ()) if not one.off)

    def without_fields(self) -> Playbook:
        """Return the same playbook without any custom field."""
        return Playbook(**{**vars(self), "fields": {}})

    def field(self, column: str) -> CustomField | None:
        """Return the custom field of a column, whosever it is: one key is one kind of value everywhere."""
        every = (one for fields in self.fields.values() for one in fields)
        return next((one for one in every if one.column == column and not one.off), None)

    @property
    def sale_stages(self) -> tuple[Stage, ...]:
        """The stages an open opportunity can be in, in order."""
        return tuple(stage for stage in offered(self.stages) if not stage.after_sale)

    @property
    def own_flags(self) -> list[str]:
        """The codes of the flags that it declares itself."""
        return [code for code, flag in self.flags.items() if isinstance(flag, OwnFlag)]

    def entry(self, table: str, key: str | None) -> Recorded | None:
        """Return the entry of a list that a record names, by the key it has or was called by; none it does not know."""
        entries: tuple[Recorded, ...] = getattr(self, f"{table}s")
        return next((one for one in entries if key == one.key or key in one.was), None)

    def name_of(self, table: str, key: str) -> str:
        """Return what such an entry is called; one that the playbook does not know stands for itself."""
        found = self.entry(table, key)
        return key if found is None else found.name

    def renamed(self, table: str) -> dict[str, str]:
        """Return the keys that entries of a list were called by, each with the one it has now."""
        entries: tuple[Recorded, ...] = getattr(self, f"{table}s")
        return {was: one.key for one in entries for was in one.was}

    def event_of(self, stage: Stage | None, held: str | None = None) -> str:
        """Return the kind of event to book in a stage: the one after what was held there, its key event, else any of a sale."""
        kinds = offered(self.event_kinds)
        own = [kind.key for kind in kinds if stage is not None and kind.stage == stage.key]
        after = own[own.index(held) + 1 :] if held in own else []
        key = [kind.key for kind in kinds if stage is not None and kind.key == stage.key_event]
        return next(iter([*after, *key, *(kind.key for kind in kinds if not kind.visit)]), "KIND")

    def by_when(self, kind: str) -> str:
        """Return the last day that keeps an event's own target, as it is typed; a week ahead where it has none."""
        gap = next((one.gap for one in self.event_kinds if one.key == kind), None)
        return f"+{gap[1]}d" if gap else "+1w"

    @property
    def marketing(self) -> str:
        """What marketing is called where it owns a lead."""
        return (self.team or Team).marketing

    @property
    def visit_event(self) -> EventKind:
        """The kind of event that books a visit; refused when the playbook has none."""
        for kind in offered(self.event_kinds):
            if kind.visit:
                return kind
        raise Usage(
            "the playbook has no kind of event for visits", self.key, "give an event kind `visit = true`"
        )

    def stage(self, typed: str, *, retired: bool = False) -> Stage:
        """Return the stage that people mean by what they typed; a retired one only where it is looked for."""
        return pick("stage", self.stages, typed, retired=retired)

    def event_kind(self, typed: str) -> EventKind:
        """Return the event kind that people mean by what they typed."""
        return pick("event kind", self.event_kinds, typed)

    def source(self, typed: str, *, retired: bool = False) -> Source:
        """Return the source that people mean by what they typed; a retired one only where it is looked for."""
        return pick("source", self.sources, typed, retired=retired)

    def visit_kind(self, typed: str) -> VisitKind:
        """Return the visit kind that people mean by what they typed."""
        return pick("visit kind", self.visit_kinds, typed)

    def activity_kind(self, typed: str) -> ActivityKind:
        """Return the activity kind that people mean by what they typed."""
        return pick("activity kind", self.activity_kinds, typed)

    def campaign_type(self, typed: str) -> CampaignType:
        """Return the campaign type that people mean by what they typed."""
        return pick("campaign type", self.campaign_types, typed)

    def campaign_subtype(self, of: str | None, typed: str) -> str:
        """Return the sub-type that people mean, of a type by its key: the pair is what a campaign is."""
        known = next((kind.subtypes for kind in self.campaign_types if kind.key == of), ())
        found = next((word for word in known if folded(word) == folded(typed)), None)
        if found is None:
            mend = "--subtype, one of: " + ", ".join(known) if known else "--type, or --subtype ''"
            raise Usage("this sub-type is none of its type", f"{of or 'no type'} / {typed}", mend)
        return found

    def track(self, typed: str) -> Track:
        """Return the track that people mean by what they typed."""
        return pick("track", self.tracks, typed)

    def reason(self, of: str, typed: str) -> Reason:
        """Return the reason that people mean, among those that may answer the question."""
        return pick("reason", [reason for reason in self.reasons if of in reason.of], typed)

    def tables(self) -> Mapping[str, Table]:
        """Return the lists that queries join, as table name → (columns, rows)."""
        return {name: self.table(name) for name in TABLES}

    def table(self, name: str) -> Table:
        """Return one of the lists that queries join: its columns and its rows."""
        match name.removeprefix("playbook_"):
            case "part":
                return self._parts()
            case "earning":
                return self._earning()
            case "field":
                return self._fields()
            case "member":
                return ("name",), tuple((member,) for member in (self.team or Team).members)
            case "team":
                return ("marketing",), ((self.marketing,),)
            case listed:
                return _table(getattr(self, f"{listed}s"), _COLUMNS[listed])

    def _earning(self) -> Table:
        """Return what is an activity by itself: events and visits of a kind, and every lead."""
        named = (("event", self.event_kinds), ("visit", self.visit_kinds))
        rows: list[tuple[Cell, ...]] = [
            (how, kind.key, kind.activity) for how, kinds in named for kind in kinds if kind.activity
        ]
        rows += [("lead", None, kind.key) for kind in self.activity_kinds if kind.lead]
        return ("how", "what", "activity"), tuple(rows)

    def _fields(self) -> Table:
        """Return the custom fields that are in use."""
        rows = (
            (one.noun, one.key, one.name, one.kind) for noun in self.fields for one in self.fields_of(noun)
        )
        return ("noun", "key", "name", "kind"), tuple(rows)

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
    "page": "key name path",
    "track": "key name",
    "activity_kind": "key name points plan grp=group attempt contact channel calling",
}
# Every list that queries join.
TABLES: Final = tuple(
    f"playbook_{name}" for name in (*_COLUMNS, "part", "earning", "field", "member", "team")
)
_PART: Final = "fact=key name worst best weight optional"


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


def load(
    use: str | Path = "improv",
    overrides: Mapping[str, object] | None = None,
    *,
    where: str = "the configuration file",
) -> Playbook:
    """Return the playbook of a name or a file, with the overrides merged in key by key.

    `where` says in messages where the overrides were written.
    """
    # Both build the records above, so they import this module.
    if isinstance(use, str) and not overrides:
        from improv.playbook.compiled import book  # noqa: PLC0415 - as said

        if (known := book(use)) is not None:
            return known
    from improv.playbook.file import merged  # noqa: PLC0415 - as said

    return merged(use, overrides, where)
