"""The report of the charter: its counts for each owner, what lies ahead by date, and its rules that are broken."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from sqlite3 import Row
from typing import Final

from improv import measure
from improv.alerts import CATALOGUE as FLAGS
from improv.alerts import Raised, alerts
from improv.dates import Period
from improv.measure import Key
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Cell, Column, Section, Table
from improv.reports.catalogue import COUNTS
from improv.reports.parts import breakdown, day, money, on_day
from improv.reports.rankings import worked_at

# A course, or whatever else is for sale from a day on, is a campaign that starts that day.
_AHEAD: Final = """SELECT m.starts_on AS day, GROUP_CONCAT(m.name, ', ') AS names
FROM (SELECT c.name AS name, c.starts_on AS starts_on FROM campaign AS c ORDER BY c.id) AS m
WHERE m.starts_on >= :from_day GROUP BY m.starts_on ORDER BY m.starts_on"""


def charter(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the counts of each owner, what each works at, what lies ahead by date, and the rules that are broken."""
    return (
        Section("By owner", (breakdown(reader, COUNTS["Work"], period, ("owner",)),)),
        Section("What each works at", (worked_at(reader, period),)),
        Section("Upcoming dates", (_upcoming(reader, period),)),
        Section("Rules", (_rules(alerts(reader, of="charter").awake()),)),
    )


def _upcoming(reader: Reader, period: Period) -> Table:
    """Return the SQLs and the open opportunities of each course or product date that lies ahead."""
    on = on_day(reader, period)
    ahead = reader.rows(_AHEAD, {"from_day": on.last.isoformat()})
    return Table(
        "upcoming",
        "Upcoming dates",
        (
            Column("day", "Date", "day"),
            Column("campaigns", "Course or product"),
            Column("sql", "SQL", "number"),
            Column("opportunities", "Open opportunities", "number"),
            Column("value", "Their value", "money"),
        ),
        tuple(_waiting(reader, on, ahead)) if ahead else (),
        empty='No course or product date lies ahead: improv campaign add "Spring course" --starts "1 mar".',
    )


def _waiting(reader: Reader, on: Period, ahead: Sequence[Row]) -> Iterator[tuple[Cell, ...]]:
    """Yield each date with what waits for it."""
    states = measure.by(reader, CATALOGUE["leads_in_lifecycle"], on, "campaign_day", "state")
    waiting = {key[:1]: part for key, part in states if key[1] == "sql"}
    running, value = (
        dict(measure.by(reader, CATALOGUE[name], on, "campaign_day"))
        for name in ("pipeline_count", "pipeline_value")
    )
    for row in ahead:
        counted = (_count(parts, row["day"]) for parts in (waiting, running))
        yield day(row["day"]), row["names"], *counted, money(value.get((row["day"],)))


def _count(parts: dict[Key, Reading], on: str) -> int:
    return parts[on,].n if (on,) in parts else 0


def _rules(up: Raised) -> Table:
    """Return how many rules are broken in each row of the charter, and on how many records."""
    broken: Counter[str] = Counter()
    critical: Counter[str] = Counter()
    records: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    codes: set[str] = set()
    for flag, severity, record in up.records():
        broken[flag.group] += 1
        critical[flag.group] += severity == "critical"
        records[flag.group].add(record)
        codes.add(flag.code)
    groups = dict.fromkeys(flag.group for flag in FLAGS.values() if flag.group)
    return Table(
        "rules",
        "Rules broken",
        (
            Column("rule", "Rule"),
            Column("broken", "Broken", "number"),
            Column("critical", "Critical", "number"),
            Column("records", "Records", "number"),
            Column("codes", "Codes"),
        ),
        tuple(
            (
                group,
                broken[group],
                critical[group],
                len(records[group]),
                ", ".join(code for code, flag in FLAGS.items() if flag.group == group and code in codes)
                or None,
            )
            for group in groups
        ),
        empty="The charter has no rule.",
        note="each with its record and what mends it: improv check" if len(up) else "",
    )
