"""Why a figure changed between two days: the records that moved it, sorted by cause; together they are the difference.

Three snapshots are read: then as it was known then, then as it is known now, and now. What differs between the first
two was typed in, edited or taken back since; what differs between the last two happened since. Rows are matched by
the subject they are about. All is exact: fractions, never rounded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from improv import measure, statistics
from improv.dates import Period
from improv.measure import Counted, Explanation
from improv.metrics import Metric
from improv.metrics.reading import Reading
from improv.named import NamedTuple
from improv.reader import Reader

LATE: Final = "typed in late"
EDITED: Final = "edited since"
TAKEN_BACK: Final = "taken back since"
ENTERED: Final = "entered"
COUNTS_AGAIN: Final = "no longer left out"
MATURED: Final = "matured"
FINISHED: Final = "finished"
CHANGED: Final = "value changed"
LEFT: Final = "left"
AGED: Final = "left the period"
# The order in which causes are told and, for a median, replayed; what is named after states comes between.
_ORDER: Final = (LATE, EDITED, TAKEN_BACK, ENTERED, COUNTS_AGAIN, "", MATURED, FINISHED, CHANGED, LEFT, AGED)
_REPLAYED: Final = (
    "A median has no part for each record: the causes are replayed in this order, each on top of those above it. "
    "One after which no median is reached yet is told with the next."
)
# What became of a record that left a level: how it stands in the later snapshot.
_BECAME: Final = {
    "O": "SELECT outcome FROM opportunity_outcome WHERE opportunity_id = :id AND until IS NULL",
    "C": "SELECT status FROM client_status WHERE client_id = :id AND until IS NULL",
}


class Moved(NamedTuple):
    """A record that moved a figure: how it stood before and after, and what it adds; None where only causes add."""

    ref: str
    name: str | None
    before: tuple[Counted, ...]
    after: tuple[Counted, ...]
    contribution: Fraction | None = None


class Cause(NamedTuple):
    """One reason why a figure changed: the records it concerns, and what they add together.

    `metric` is what the records are counted in: for a ratio, one of its two parts.
    """

    name: str
    metric: Metric
    records: tuple[Moved, ...]
    contribution: Fraction | None


class Why(NamedTuple):
    """The difference between two readings, and the causes that add up to it; None when one end has no figure."""

    before: Reading
    after: Reading
    difference: Fraction | None
    causes: tuple[Cause, ...]
    note: str = ""


class _Sums(NamedTuple):
    """What a figure is made of: `top` alone, or over `bottom`. None is a top that nobody knows."""

    top: Fraction | None
    bottom: Fraction | None = None

    @property
    def figure(self) -> Fraction | None:
        if self.bottom is None or self.top is None:
            return self.top
        return self.top / self.bottom if self.bottom else None


def why(then_known: Reader, then: Reader, now: Reader, metric: Metric, before: Period, after: Period) -> Why:
    """Return why a metric in `after`, as it is now, is not what it was in `before`, as known then."""
    told = [
        measure.explain(reader, metric, period)
        for reader, period in ((then_known, before), (then, before), (now, after))
    ]
    return _why(metric, told, now, after)


def _why(metric: Metric, told: Sequence[Explanation], now: Reader, after: Period) -> Why:
    first, _, last = told
    start, end = _figure(metric, first), _figure(metric, last)
    difference = None if start is None or end is None else end - start
    if metric.kind == "ratio":
        causes: Iterable[Cause] = _of_parts(metric, told, now, after, start)
    else:
        causes = _grouped(metric, _moves(metric, told, now, after))
        if _is_median(metric):
            causes = _replayed(first, causes, start)
        else:
            causes = _shared_out(metric, first, last, causes)
    if difference is None:
        causes = (_without(cause) for cause in causes)
    note = _REPLAYED if _is_median(metric) else ""
    return Why(first.reading, last.reading, difference, tuple(causes), note)


def _without(cause: Cause) -> Cause:
    records = tuple(moved._replace(contribution=None) for moved in cause.records)
    return cause._replace(records=records, contribution=None)


# What moved.

Move = tuple[str, Moved]
_Rows = Mapping[int | str, tuple[Counted, ...]]


def _moves(metric: Metric, told: Sequence[Explanation], now: Reader, after: Period) -> list[Move]:
    """Return every subject that moved the figure, with the cause: first what was typed since, then what happened."""
    counted = [_by_subject(each.counted) for each in told]
    left_out = [_by_subject(each.left_out) for each in told]
    moves = []
    for place in (1, 2):
        for subject in sorted(counted[place - 1].keys() | counted[place].keys(), key=_in_order):
            old, new = (counted[at].get(subject, ()) for at in (place - 1, place))
            if _weight(metric, old) == _weight(metric, new):
                continue
            was_out, is_out = (left_out[at].get(subject, ()) for at in (place - 1, place))
            if place == 1:
                cause = _typed(old or was_out, new or is_out)
            else:
                cause = _happened(metric, old, new, was_out, is_out) or _gone(metric, old, now, after)
            row = (new or old)[0]
            moves.append((cause, Moved(row.ref, row.name, old, new)))
    return moves


def _in_order(subject: int | str) -> tuple[str, int, str]:
    """Return how subjects are sorted: by the letter of a record, its number, and what else tells rows of it apart."""
    ref, _, rest = str(subject).partition(" ")
    letter = "" if ref.isdecimal() else ref[0]
    return letter, int(ref.removeprefix(letter)), rest


def _by_subject(rows: Iterable[Counted]) -> _Rows:
    found = defaultdict[int | str, list[Counted]](list)
    for row in rows:
        found[row.id].append(row)
    return {subject: tuple(listed) for subject, listed in found.items()}


def _typed(old: tuple[Counted, ...], new: tuple[Counted, ...]) -> str:
    if not old:
        return LATE
    return EDITED if new else TAKEN_BACK


def _happened(
    metric: Metric,
    old: tuple[Counted, ...],
    new: tuple[Counted, ...],
    was_out: tuple[Counted, ...],
    is_out: tuple[Counted, ...],
) -> str:
    """Return what happened to a subject since; nothing when it is gone, and where to must be looked up."""
    if not old:
        return COUNTS_AGAIN if was_out else ENTERED
    if not new:
        return f"left out: {is_out[0].why}" if is_out else ""
    if _states(old) != _states(new):
        return f"{_states(old)} → {_states(new)}"
    if metric.kind == "duration":
        return FINISHED if _ended(new) > _ended(old) else MATURED
    return CHANGED


def _gone(metric: Metric, old: tuple[Counted, ...], now: Reader, after: Period) -> str:
    """Return what became of a subject that is not in the figure any more."""
    row = old[-1]
    if not (metric.is_level or metric.is_read_on_the_day) and (row.day or "") < after.first.isoformat():
        return AGED
    asked = _BECAME.get(row.ref[0])
    word = now.value(asked, {"id": int(row.ref[1:])}) if asked else None
    return f"left: {word}" if word else LEFT


def _states(rows: Iterable[Counted]) -> str:
    return " and ".join(sorted({row.state for row in rows if row.state}))


def _ended(rows: Iterable[Counted]) -> int:
    return sum(row.ended for row in rows)


def _grouped(metric: Metric, moves: Iterable[Move]) -> list[Cause]:
    found = defaultdict[str, list[Moved]](list)
    for name, moved in moves:
        found[name].append(moved)
    return [Cause(name, metric, tuple(found[name]), None) for name in sorted(found, key=_rank)]


def _rank(name: str) -> tuple[int, str]:
    known = name if name in _ORDER else LEFT if name.startswith(LEFT) else ""
    return _ORDER.index(known), name


# What each adds.


def _is_median(metric: Metric) -> bool:
    return metric.kind == "duration" and metric.shows == "median"


def _weight(metric: Metric, rows: Iterable[Counted]) -> object:
    """Return what rows weigh in a figure: two that weigh the same move nothing."""
    if _is_median(metric):
        return sorted(map(_length, rows))
    return _sums(metric, tuple(rows))


def _sums(metric: Metric, rows: Sequence[Counted]) -> _Sums:
    if metric.kind == "share":
        return _Sums(Fraction(sum(row.state in metric.hits for row in rows)), Fraction(len(rows)))
    if metric.kind == "duration":
        return _Sums(Fraction(sum(row.days or 0 for row in rows if row.ended)), Fraction(_ended(rows)))
    values = [row.value for row in rows if row.value is not None]
    if metric.shows == "mean":
        return _Sums(Fraction(sum(values)), Fraction(len(values)))
    if metric.kind == "total" or metric.shows == "sum":
        return _Sums(Fraction(sum(values), metric.divisor))
    return _Sums(Fraction(len(rows)))


def _figure(metric: Metric, told: Explanation) -> Fraction | None:
    """Return the exact figure of a snapshot."""
    if told.reading.value is None:
        return None
    if metric.kind == "ratio":
        top, bottom = (_figure(part.reading.metric, part) for part in told.parts)
        return None if top is None or not bottom else metric.times * top / bottom - metric.less
    if _is_median(metric):
        return _median(map(_length, told.counted))
    return _sums(metric, told.counted).figure


def _median(lengths: Iterable[tuple[int, bool]]) -> Fraction | None:
    # Medians of whole days are whole or halves: a float holds them exactly.
    median = statistics.product_limit(lengths).median
    return None if median is None else Fraction(median)


def _shared_out(
    metric: Metric, first: Explanation, last: Explanation, causes: Iterable[Cause]
) -> Iterable[Cause]:
    """Give each record its part: the change of the top, less the old figure times the change of the bottom."""
    start, bottom = _sums(metric, first.counted).figure, _sums(metric, last.counted).bottom

    def part(moved: Moved) -> Fraction | None:
        old, new = _sums(metric, moved.before), _sums(metric, moved.after)
        if old.top is None or new.top is None or start is None:
            return None
        if bottom is None or old.bottom is None or new.bottom is None:
            return new.top - old.top
        return (new.top - old.top - start * (new.bottom - old.bottom)) / bottom if bottom else None

    for cause in causes:
        yield _added(cause, tuple(moved._replace(contribution=part(moved)) for moved in cause.records))


def _added(cause: Cause, records: tuple[Moved, ...]) -> Cause:
    parts = [moved.contribution for moved in records if moved.contribution is not None]
    whole = sum(parts, Fraction(0)) if len(parts) == len(records) else None
    return cause._replace(records=records, contribution=whole)


def _replayed(first: Explanation, causes: Iterable[Cause], start: Fraction | None) -> Iterable[Cause]:
    """Give each cause what the median moves by when it is laid on top of those before it."""
    standing = Counter(map(_length, first.counted))
    told = start
    for cause in causes:
        for moved in cause.records:
            standing.subtract(map(_length, moved.before))
            standing.update(map(_length, moved.after))
        median = _median(standing.elements())
        if median is None or told is None:
            yield cause
        else:
            yield cause._replace(contribution=median - told)
            told = median


def _length(row: Counted) -> tuple[int, bool]:
    return row.days or 0, row.ended


def _of_parts(
    metric: Metric, told: Sequence[Explanation], now: Reader, after: Period, start: Fraction | None
) -> Iterable[Cause]:
    """Give the causes that moved the two metrics of a ratio their parts in it."""
    of, per = (
        _why(part[0].reading.metric, part, now, after)
        for part in zip(*(each.parts for each in told), strict=True)
    )
    bottom = _figure(per.after.metric, told[-1].parts[1])
    lost = None if start is None else -(start + metric.less)
    for part, weight in ((of, Fraction(metric.times)), (per, lost)):
        for cause in part.causes:
            scale = weight / bottom if weight is not None and bottom else None
            records = tuple(
                moved._replace(contribution=_scaled(moved.contribution, scale)) for moved in cause.records
            )
            name = f"{part.after.metric.title}: {cause.name}"
            yield Cause(name, cause.metric, records, _scaled(cause.contribution, scale))


def _scaled(contribution: Fraction | None, scale: Fraction | None) -> Fraction | None:
    return None if contribution is None or scale is None else contribution * scale
