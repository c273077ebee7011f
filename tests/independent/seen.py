"""What was recorded, as plain rows: as of a day, by rules of its own, and asked about a period."""

import re
import sqlite3
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Row = SimpleNamespace


class Table(list[Row]):
    """The rows of one table, and those that belong to a record."""

    def __init__(self, rows: Iterable[Row]) -> None:
        super().__init__(rows)
        self._found: dict[str, dict[int | None, list[Row]]] = {}

    def of(self, column: str, number: int | None) -> list[Row]:
        """Return the rows that belong to a record; to no record belongs nothing."""
        if column not in self._found:
            found = self._found[column] = defaultdict(list)
            for row in self:
                found[getattr(row, column)].append(row)
        return [] if number is None else self._found[column].get(number, [])


Tables = dict[str, Table]

# The day on which a row comes into the book.
BEGINS = {
    "activity": "done_on",
    "campaign": "starts_on",
    "campaign_result": "on_day",
    "change": "on_day",
    "client": "since_on",
    "client_status": "since",
    "contact": "added_on",
    "enrolment": "since",
    "enrolment_pause": "since",
    "enrolment_step": "made_on",
    "event": "set_on",
    "field_value": "on_day",
    "kpi": "since",
    "lead": "received_on",
    "lifecycle": "since",
    "note": "noted_on",
    "opportunity": "opened_on",
    "opportunity_outcome": "since",
    "opportunity_terms": "on_day",
    "product_line": "added_on",
    "qualification": "decided_on",
    "quota": "on_day",
    "reading": "on_day",
    "referral": "received_on",
    "renewal": "noted_on",
    "stage_stay": "since",
    "story": "told_on",
    "survey_answer": "answered_on",
    "task": "created_on",
    "testimonial": "given_on",
    "touch": "on_day",
    "upsell": "found_on",
    "visit": "held_on",
    "visitor": "seen_on",
    "link": "made_on",
}
# What is told of a row later: the day it is told on, and all that nobody knows before that day.
TOLD_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "client": {"unsubscribed_on": ("unsubscribed_on",)},
    "client_status": {"until": ("until",)},
    "enrolment": {"until": ("until", "ending")},
    "enrolment_pause": {"ended_on": ("ended_on",)},
    "enrolment_step": {"ended_on": ("ended_on", "ending")},
    "event": {
        "closed_on": ("closed_on", "actual_stage", "outcome", "discussion"),
        "confirmation_on": ("confirmation_on",),
    },
    "kpi": {"until": ("until",)},
    "lead": {"unsubscribed_on": ("unsubscribed_on",)},
    "lifecycle": {"until": ("until",)},
    "opportunity_outcome": {"until": ("until",)},
    "referral": {
        "contacted_on": ("contacted_on", "contacted_time"),
        "declined_on": ("declined_on",),
    },
    "renewal": {"discussed_on": ("discussed_on",)},
    "stage_stay": {"until": ("until",)},
    "task": {"done_on": ("done_on",)},
    "testimonial": {"published_on": ("published_on", "published_where"), "used_on": ("used_on",)},
    "visitor": {"attributed_on": ("attributed_on", "lead_id", "client_id", "because")},
    "upsell": {"closed_on": ("closed_on", "opportunity_id", "because")},
}


def recorded(connection: sqlite3.Connection) -> Tables:
    """Read every record table whole; days become dates."""
    tables: Tables = {}
    for table in BEGINS:
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY id")
        names = [column[0] for column in cursor.description]
        tables[table] = Table(
            Row(**{name: _read(name, value) for name, value in zip(names, row, strict=True)})
            for row in cursor.fetchall()
        )
    return tables


def _read(name: str, value: object) -> object:
    # The words of a reading stay words: only some are days.
    if name != "text" and isinstance(value, str) and _A_DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


def as_of(tables: Tables, day: date) -> Tables:
    """Return the book as it was at the end of a day: rows dated later are not there, and what came later is unsaid."""
    return {
        table: Table(_unsaid(table, row, day) for row in rows if getattr(row, BEGINS[table]) <= day)
        for table, rows in tables.items()
    }


def _unsaid(table: str, row: Row, day: date) -> Row:
    then = dict(vars(row))
    for told_on, columns in TOLD_LATER.get(table, {}).items():
        told = getattr(row, told_on)
        if told is None or told > day:
            then |= dict.fromkeys(columns)
            if told_on == "closed_on" and table == "event":
                then["status"] = "scheduled"
    return Row(**then)


def written(tables: Tables, source: sqlite3.Connection) -> sqlite3.Connection:
    """Write rows into a new store in memory, with the tables of another and nothing else of it."""
    store = sqlite3.connect(":memory:")
    for table, rows in tables.items():
        (made,) = source.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        store.execute(made)
        for row in rows:
            values = [str(value) if isinstance(value, date) else value for value in vars(row).values()]
            marks = ", ".join("?" for _ in values)
            store.execute(f"INSERT INTO {table} ({', '.join(vars(row))}) VALUES ({marks})", values)
    return store


def method(own: Path | None = None) -> dict[str, Any]:
    """Read the default playbook as the data it is, with what another one changes in it."""
    read = tomllib.loads((ROOT / "improv" / "playbooks" / "improv.toml").read_text("utf-8"))
    changes = tomllib.loads(own.read_text("utf-8")) if own else {}
    replaced = changes.get("playbook", {}).get("replace", ())
    for table, entries in changes.items():
        held = {} if table in replaced else read.get(table, {})
        read[table] = held | {key: _laid_over(held.get(key), value) for key, value in entries.items()}
    return read


def _laid_over(held: Any, value: Any) -> Any:
    """Return an entry with the fields that a later file gives it."""
    return held | value if isinstance(held, dict) and isinstance(value, dict) else value


class Seen:
    """What was recorded by the end of `today`, asked about the days from `first` to `last`.

    Each table is an attribute: `seen.lead` are the rows of the leads. `on` is the day on which a stock is counted.
    """

    def __init__(
        self, tables: Tables, method: Mapping[str, Any], today: date, period: tuple[date, date]
    ) -> None:
        self.tables = tables
        self.method = method
        self.today = today
        self.first, self.last = period
        self.on = min(self.last, today)

    def __getattr__(self, table: str) -> Table:
        try:
            return self.tables[table]
        except KeyError:
            raise AttributeError(table) from None

    def within(self, day: date | None) -> bool:
        """Tell whether a day falls in the period."""
        return day is not None and self.first <= day <= self.last

    def holds(self, span: Row) -> bool:
        """Tell whether a span holds on the day: from its first day until the day before it ended."""
        return span.since <= self.on and (span.until is None or self.on < span.until)

    def limit(self, name: str) -> int:
        """Return a limit of the method."""
        return int(self.method["limit"][name])

    def listed(self, what: str, key: str | None) -> dict[str, Any]:
        """Return an entry of one of the method's lists; an empty one where it has no such key."""
        found: dict[str, Any] = self.method[what].get(key, {})
        return found


def newest(rows: Iterable[Row], day: str) -> Row | None:
    """Return the row with the latest day; of one day, the one written last."""
    return max(rows, key=_by(day), default=None)


def earliest(rows: Iterable[Row], day: str) -> Row | None:
    """Return the row with the first day; of one day, the one written first."""
    return min(rows, key=_by(day), default=None)


def _by(day: str) -> Callable[[Row], tuple[date, int]]:
    return lambda row: (getattr(row, day), row.id)
