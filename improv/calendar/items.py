"""What a calendar holds: the events, visits and tasks of a period, each as it stands, and how often it changed.

A booking that was moved is one item from its first booking to its last, so that a calendar moves it instead of
showing two. What was removed or undone stays as cancelled: a calendar that has read it would keep it otherwise. The
journal says when an item changed last, and by how many commands.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from sqlite3 import Row
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from improv import journal
from improv.dates import Period, days_between
from improv.fragments import JOIN_WHOM, WHOM, called
from improv.history import HISTORY
from improv.named import NamedTuple
from improv.nouns import BY_LETTER, ref
from improv.reader import Reader
from improv.report import Column, Table
from improv.text import folded

State = Literal["scheduled", "done", "no-show", "cancelled", "open"]


class Item(NamedTuple):
    """One item of a calendar.

    `number` is the record as it stands, `first` the one that a calendar knows it by: the first of the bookings that
    moved. `start` is a day where no time is known, and nothing for a task that is due on no day. `changes` counts the
    commands after the first that changed what stands here.
    """

    noun: str
    first: int
    number: int
    title: str
    state: State
    start: date | datetime | None
    end: datetime | None = None
    place: str | None = None
    who: str | None = None
    reminder: int | None = None
    done_on: date | None = None
    notes: tuple[str, ...] = ()
    made: str = ""
    changed: str = ""
    changes: int = 0


class Diary(NamedTuple):
    """The items of a calendar, the id of the store they are from, and the time zone their times are told in."""

    store: str
    zone: ZoneInfo
    items: tuple[Item, ...]


# Rows of the tables that an item is made of: table → the numbers of its rows, the item's own table first.
Parts = dict[str, set[int]]

# The columns that an item shows: a change of another one is none of the item.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "event": (
        *("kind", "subject", "lead_id", "opportunity_id", "client_id", "set_on", "scheduled_for"),
        *("scheduled_time", "ends_time", "place", "reminder_minutes", "visit_kind", "assigned_to"),
        *("anticipated_stage", "status", "closed_on", "moved_from_id"),
    ),
    "visit": ("client_id", "event_id", "kind", "held_on", "owner"),
    "task": ("what", "lead_id", "opportunity_id", "client_id", "assigned_to", "done_on"),
    "reading": ("task_id", "kind", "on_day", "text"),
    "opportunity": ("title",),
    "client": ("name",),
    "lead": ("name",),
}


def _ever(table: str) -> str:
    """Return the SQL of every row a table holds, and of those it held once and that are `gone`."""
    day = HISTORY[table].by
    columns = tuple(dict.fromkeys(("id", day, *_SHOWN[table])))
    listed = ", ".join(columns)
    return (
        f"(SELECT {listed}, 0 AS gone FROM {table} UNION ALL SELECT {listed}, 1 AS gone "
        f"FROM ({journal.gone_select(table, columns)}) AS once WHERE {day} <= COALESCE(:as_of, {day}))"
    )


# A chain is a booking and those it was moved to; its rows come in order, the one that stands last.
_EVENTS: Final = f"""
WITH booking AS {_ever("event")},
chain AS (SELECT id, id AS root FROM booking WHERE moved_from_id IS NULL
    UNION ALL SELECT b.id, chain.root FROM booking AS b JOIN chain ON b.moved_from_id = chain.id)
SELECT x.*, chain.root AS root, {WHOM}, {called("playbook_stage", "x.anticipated_stage")} AS stage,
    COALESCE({called("playbook_visit_kind", "x.visit_kind")}, {called("playbook_event_kind", "x.kind")}) AS what
FROM booking AS x JOIN chain ON chain.id = x.id {JOIN_WHOM}
WHERE chain.root IN (SELECT chain.root FROM booking AS y JOIN chain ON chain.id = y.id WHERE {{which}})
ORDER BY chain.root, x.gone DESC, x.id"""
_IN_PERIOD: Final = """y.scheduled_for BETWEEN :first AND :last
    OR (y.status = 'done' AND y.closed_on BETWEEN :first AND :last)"""

# A visit that was booked is the event that booked it.
_VISITS: Final = f"""
SELECT x.*, c.name AS name, 'C' AS letter, c.id AS number, {called("playbook_visit_kind", "x.kind")} AS what
FROM {_ever("visit")} AS x LEFT JOIN client AS c ON c.id = x.client_id
WHERE x.event_id IS NULL AND x.held_on BETWEEN :first AND :last
ORDER BY x.id"""

# Without a period of one's own, what is still to be done belongs to every day.
_TASKS: Final = f"""
SELECT x.*, d.text AS due, {WHOM}
FROM {_ever("task")} AS x {JOIN_WHOM}
LEFT JOIN (SELECT task_id, text, gone, ROW_NUMBER() OVER (PARTITION BY task_id, gone ORDER BY on_day DESC, id DESC) AS place
    FROM {_ever("reading")} AS r WHERE r.kind = 'due' AND r.on_day <= :today) AS d
    ON d.task_id = x.id AND d.gone = x.gone AND d.place = 1
WHERE COALESCE(x.done_on, d.text) BETWEEN :first AND :last
    OR (:open = 1 AND x.done_on IS NULL AND (d.text IS NULL OR x.gone = 0))
ORDER BY x.id"""
_DUE: Final = f"""
SELECT r.id AS id, r.task_id AS task FROM {_ever("reading")} AS r
WHERE r.kind = 'due' AND r.task_id IN (SELECT value FROM json_each(:tasks))"""


def diary(
    reader: Reader, period: Period, *, open_tasks: bool = True, owners: Collection[str] | None = None
) -> Diary:
    """Return what a calendar holds of a period.

    With `open_tasks` also what is to be done on any other day; `owners` are the people it is about, an empty name
    for what nobody was given.
    """
    bound = {"first": period.first.isoformat(), "last": period.last.isoformat(), "open": int(open_tasks)}
    found = [*_events(reader, _IN_PERIOD, bound), *_visits(reader, bound), *_tasks(reader, bound)]
    if owners is not None:
        wanted = {folded(name) for name in owners}
        found = [(item, parts) for item, parts in found if folded(item.who or "") in wanted]
    return _diary(reader, found)


def event(reader: Reader, number: int) -> Diary:
    """Return the calendar that holds one event alone."""
    return _diary(reader, list(_events(reader, "y.id = :number", {"number": number})))


def _diary(reader: Reader, found: Sequence[tuple[Item, Parts]]) -> Diary:
    items = tuple(_with_changes(reader, found))
    return Diary(_setting(reader, "id"), ZoneInfo(_setting(reader, "timezone")), items)


def _setting(reader: Reader, key: str) -> str:
    return str(reader.value("SELECT value FROM store_setting WHERE key = :key", {"key": key}))


def _events(reader: Reader, which: str, bound: Mapping[str, Any]) -> Iterator[tuple[Item, Parts]]:
    rows = reader.rows(_EVENTS.format(which=which), bound)
    zone = ZoneInfo(_setting(reader, "timezone"))
    minutes = timedelta(minutes=reader.playbook.limits["event_minutes"])
    for _, bookings in groupby(rows, key=lambda row: int(row["root"])):
        chain = list(bookings)
        yield _event(chain, zone, minutes), {"event": {row["id"] for row in chain}, **_whom(chain[-1])}


def _event(chain: Sequence[Row], zone: ZoneInfo, minutes: timedelta) -> Item:
    """Return the item of a booking and those it was moved to, the last as it stands."""
    row = chain[-1]
    planned, closed = _day(row["scheduled_for"]), _day(row["closed_on"])
    assert planned is not None  # noqa: S101 - the table says so
    # One whose next booking was removed is moved to nowhere.
    state: State = "cancelled" if row["gone"] or row["status"] == "moved" else row["status"]
    start, end = _span(planned, row["scheduled_time"], row["ends_time"], zone, minutes)
    if state == "done" and closed is not None and closed != planned:
        start, end = closed, None  # at what time is not known
    gap = days_between(date.fromisoformat(row["set_on"]), planned)
    return Item(
        noun="event",
        first=row["root"],
        number=row["id"],
        title=_title(row),
        state=state,
        start=start,
        end=end,
        place=row["place"],
        who=row["assigned_to"],
        reminder=row["reminder_minutes"] if state == "scheduled" else None,
        notes=_notes(
            f"{ref('event', row['id'])} {row['what']}" + _joined(" with ", _named(row)),
            _joined("anticipated stage: ", row["stage"]),
            f"gap {gap} {'day' if abs(gap) == 1 else 'days'} from set to scheduled",
            _joined("for ", row["assigned_to"]),
            _joined("held " if state == "done" else f"{state} ", row["closed_on"]),
        ),
    )


def _title(row: Row) -> str:
    """Return what a calendar calls an event: what it is about, else its kind, and whom it is with, said once."""
    title: str = row["subject"] or row["what"]
    return title if (row["name"] or "") in title else f"{title} with {row['name']}"


def _visits(reader: Reader, bound: Mapping[str, Any]) -> Iterator[tuple[Item, Parts]]:
    for row in reader.rows(_VISITS, bound):
        item = Item(
            noun="visit",
            first=row["id"],
            number=row["id"],
            title=(row["what"] or "visit") + _joined(" at ", row["name"]),
            state="cancelled" if row["gone"] else "done",
            start=_day(row["held_on"]),
            who=row["owner"],
            notes=_notes(
                ref("visit", row["id"]) + _joined(" at ", _named(row)), _joined("for ", row["owner"])
            ),
        )
        yield item, {"visit": {row["id"]}, **_whom(row)}


def _tasks(reader: Reader, bound: Mapping[str, Any]) -> Iterator[tuple[Item, Parts]]:
    rows = reader.rows(_TASKS, bound)
    due: defaultdict[int, set[int]] = defaultdict(set)
    for said in reader.each(_DUE, {"tasks": _listed(row["id"] for row in rows)}):
        due[said["task"]].add(said["id"])
    for row in rows:
        item = Item(
            noun="task",
            first=row["id"],
            number=row["id"],
            title=row["what"],
            state="cancelled" if row["gone"] else "done" if row["done_on"] else "open",
            start=_day(row["due"]),
            who=row["assigned_to"],
            done_on=_day(row["done_on"]),
            notes=_notes(
                ref("task", row["id"]) + _joined(" about ", _named(row)), _joined("for ", row["assigned_to"])
            ),
        )
        yield item, {"task": {row["id"]}, "reading": due[row["id"]], **_whom(row)}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _notes(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _joined(before: str, text: str | None) -> str:
    """Return a text behind words that say nothing without it."""
    return f"{before}{text}" if text else ""


def _named(row: Row) -> str | None:
    """Return the record that a row is with, as it is written."""
    return f"{row['letter']}{row['number']} {row['name']}" if row["number"] else None


def _whom(row: Row) -> Parts:
    """Return the record that a row is with, whose name is shown."""
    return {BY_LETTER[row["letter"]].table: {row["number"]}} if row["number"] else {}


def _listed(numbers: Iterable[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


def _span(
    day: date, starts: str | None, ends: str | None, zone: ZoneInfo, minutes: timedelta
) -> tuple[date | datetime, datetime | None]:
    """Return when an event starts and ends; with no end told, or none after its start, it takes so many minutes."""
    if starts is None:
        return day, None
    start = _by_the_clock(datetime.combine(day, time.fromisoformat(starts), zone))
    end = _by_the_clock(datetime.combine(day, time.fromisoformat(ends), zone)) if ends else start
    return start, end if end > start else _by_the_clock(start + minutes)


def _by_the_clock(moment: datetime) -> datetime:
    """Return a moment as clocks show it: what they skip in spring is an hour later."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _with_changes(reader: Reader, found: Sequence[tuple[Item, Parts]]) -> Iterator[Item]:
    """Return the items with what the journal says of their parts since they were made."""
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for _, parts in found:
        for table, numbers in parts.items():
            asked[table] |= numbers
    changed: defaultdict[tuple[str, int], dict[int, str]] = defaultdict(dict)
    for table, numbers in asked.items():
        shown = _SHOWN[table]
        for number, entry, at in journal.revisions(reader.connection, table, shown, numbers, reader.known_on):
            changed[table, number][entry] = at
    for item, parts in found:
        first = min(entry for number in parts[item.noun] for entry in changed[item.noun, number])
        since = {
            entry: at
            for table, numbers in parts.items()
            for number in numbers
            for entry, at in changed[table, number].items()
            if entry >= first
        }
        # A clock that was set back must not make the last change an old one.
        yield item._replace(made=since[first], changed=max(since.values()), changes=len(since) - 1)


_COLUMNS: Final = (
    Column("id", "ID", "ref"),
    Column("day", "Day", "day"),
    Column("time", "Time"),
    Column("what", "What"),
    Column("who", "Who"),
    Column("status", "Status"),
)


def table(diary: Diary) -> Table:
    """Return the calendar for a person to read: by day and time, what is due on no day last."""
    rows = [
        (ref(item.noun, item.number), _on(item), _at(item), item.title, item.who, item.state)
        for item in diary.items
    ]
    rows.sort(key=lambda row: (row[1] or date.max, row[2] or ""))
    return Table(
        "calendar",
        "Calendar",
        _COLUMNS,
        rows,
        empty="Nothing is in the calendar.",
        note="for a calendar program: improv calendar -o improv.ics" if rows else "",
    )


def _on(item: Item) -> date | None:
    return item.start.date() if isinstance(item.start, datetime) else item.start


def _at(item: Item) -> str | None:
    return f"{item.start:%H:%M}" if isinstance(item.start, datetime) else None
