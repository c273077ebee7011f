"""Figures as hand-written SQL: what `bench/sql` holds, and whether one of our readings says the same.

A file has a block for each figure: a heading, `-- new_leads`, and the statements below it up to the next one. A
heading is the name of a metric, or the words of a command that shows a page, such as `-- report weekly`; under
`-- scan NAME` stands what a metric of lengths is timed against, a bare scan of the rows it needs, and under
`-- days NAME` what gives a whole trend at one look, where each of its periods would need a look of its own: a row for
each `day`, to be added up. `-- as well: NAME` says that a page shows what another block finds, too; what stands below
`-- part NAME` is put where a statement says `@NAME`. The columns of a metric's one row are named as what a reading says
(`n`, `hits`, `value`, …); `:first` and `:last` are the period, `:on` is its last day or today if that comes first, and
`:today` is today. The numbers of the playbook are written out.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from improv.dates import Period
from improv.metrics.reading import Reading
from improv.reader import Reader

SQL: Final = Path(__file__).parent / "sql"
SCAN: Final = "scan "
DAYS: Final = "days "
PART: Final = "part "
_HEADING: Final = re.compile(r"^-- ([a-z][\w-]*(?: [a-z][\w-]*)?)$", re.MULTILINE)
_AS_WELL: Final = re.compile(r"^-- as well: (.+)$", re.MULTILINE)
_PUT: Final = re.compile(r"@([a-z]+)")
_END: Final = re.compile(r";[ \t]*(?:--.*)?$", re.MULTILINE)

Row = Mapping[str, Any]

# What a column of a metric's row must be the same as; of lengths also what is told of the finished ones.
_TOLD: Final[Mapping[str, Callable[[Reading], float | None]]] = {
    "value": lambda it: it.value,
    "n": lambda it: it.n,
    "hits": lambda it: it.hits,
    "still_open": lambda it: it.still_open,
    "left_out": lambda it: sum((it.left_out or {}).values()),
    "total": lambda it: 0 if it.value is None else it.value * it.metric.divisor,
    "finished": lambda it: it.survival.finished if it.survival else None,
    "finished_mean": lambda it: it.survival.finished_mean if it.survival else None,
    "finished_median": lambda it: it.survival.finished_median if it.survival else None,
    "median": lambda it: it.survival.median if it.survival else None,
}


def blocks() -> dict[str, list[str]]:
    """Return the statements of every block, by its heading."""
    bodies: dict[str, str] = {}
    for file in sorted(SQL.glob("*.sql")):
        _, *parts = _HEADING.split(file.read_text("utf-8"))
        for heading, body in zip(parts[::2], parts[1::2], strict=True):
            if heading in bodies:
                raise ValueError(f"{file.name}: a second block is called {heading}")
            bodies[heading] = body
    pages = (heading for heading in bodies if not heading.startswith(PART))
    return {heading: list(_statements(bodies, heading)) for heading in pages}


def _statements(bodies: Mapping[str, str], heading: str) -> Iterator[str]:
    for other in _AS_WELL.findall(bodies[heading]):
        yield from _statements(bodies, other)
    own = _PUT.sub(lambda put: bodies[PART + put[1]].strip(), _AS_WELL.sub("", bodies[heading]))
    yield from filter(None, map(str.strip, _END.split(own)))


def added_up(rows: Iterable[Row], period: Period) -> Row:
    """Return what the days of a period add up to."""
    days = [row for row in rows if period.first.isoformat() <= row["day"] <= period.last.isoformat()]
    columns = {column for row in days for column in row if column != "day"}
    return {column: sum(row[column] for row in days) for column in columns}


def parameters(reader: Reader, period: Period) -> dict[str, str | int | None]:
    """Return what the statements have bound in a period."""
    days = {"first": period.first, "last": period.last, "on": min(period.last, reader.today)}
    days["today"] = reader.today
    return {**{name: day.isoformat() for name, day in days.items()}, "hour_costs": reader.playbook.hour_costs}


def differences(reading: Reading, row: Row) -> list[str]:
    """Return where a metric's row says something else than a reading does."""
    told = ((column, _TOLD[column](reading), theirs) for column, theirs in row.items())
    return [
        f"{column}: ours {ours}, SQL {theirs}" for column, ours, theirs in told if not _same(ours, theirs)
    ]


def _same(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=1e-9)
