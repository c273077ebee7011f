"""How any metric is measured: in a period, by a key, over time, against its target, and row by row.

A query groups the metric's population; its rows are added up in a `Tally`, and a `Reading` is made of that. Value,
breakdown and trend differ only in what the rows are grouped by.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from improv import metrics, statistics
from improv.dates import Period
from improv.errors import Usage
from improv.grouping import counts, cuts_of, each, grouped
from improv.metrics import Metric
from improv.metrics.dimensions import DIMENSIONS, custom_keys
from improv.metrics.reading import (
    Group,
    Reading,
    Tally,
    added_up,
    is_running,
    own_targets,
    part_of_count,
    ratio,
    reading_of,
)
from improv.named import NamedTuple
from improv.naming import is_in_time, places
from improv.nouns import BY_LETTER, BY_TABLE
from improv.playbook import Playbook, Target, mending
from improv.reader import Reader

Word = str | int | None
Key = tuple[Word, ...]

# What a page has read of a metric: the span, and its grouped rows.
_Read = list[tuple[Period, list[Group]]]
# What it has read of it ahead: the keys it is cut by, before the day.
_ReadAhead = list[tuple[tuple[str, ...], Period, list[Group]]]

_MOST_KEYS: Final = 2
_LAST: Final = 2


def measure(reader: Reader, metric: Metric, period: Period) -> Reading:
    """Return what a metric is in a period."""
    if metric.kind == "ratio":
        of, per = (measure(reader, part, period) for part in _parts(metric))
        return ratio(metric, of, per, _target(reader, metric))
    tally = _tally(reader, metric, period)
    return reading_of(reader.today, metric, period, tally, _target(reader, metric))


def _tally(reader: Reader, metric: Metric, period: Period) -> Tally:
    """Add up what counts in a period: out of its parts, or of a trend it lies in, if the page has read these."""
    for read, rows in reader.kept(("parts", metric.name), _Read):
        if (read.first, read.last) == (period.first, period.last):
            return added_up(rows)
    rows_by_day = _read_by_day(reader, metric, period)
    if rows_by_day is None:
        return added_up(grouped(reader, metric, period))
    (tally,) = _fold(reader, metric, rows_by_day, [period])
    return tally


def by(reader: Reader, metric: Metric, period: Period, *keys: str) -> list[tuple[Key, Reading]]:
    """Return what a metric is for each value of one key or two, in order; they add up to the whole.

    The target of the whole is none of its parts': each is judged by its own, if it has one.
    """
    _check(reader, metric, keys)
    if metric.kind == "ratio":
        of, per = (dict(by(reader, part, period, *keys)) for part in _parts(metric))
        empty = [_nothing(reader, part, period) for part in _parts(metric)]
        readings = {
            key: ratio(metric, of.get(key, empty[0]), per.get(key, empty[1])) for key in {**of, **per}
        }
    else:
        readings = _parted(reader, metric, period, keys)
    return sorted(readings.items(), key=_order(reader, keys, readings))


def _parted(reader: Reader, metric: Metric, period: Period, keys: Sequence[str]) -> dict[Key, Reading]:
    """Return the reading of each part, judged by the target of its own."""
    tallies: dict[Key, Tally] = {}
    read = _parts_read(reader, metric, period, keys)
    had, rows = read or (keys, grouped(reader, metric, period, *cuts_of(reader, metric, keys)))
    reader.kept(("parts", metric.name), _Read).append((period, rows))
    cuts = [f"cut_{had.index(key)}" for key in keys]
    for row in rows:
        tallies.setdefault(tuple(row[cut] for cut in cuts), Tally()).add(row)
    own = own_targets(reader.playbook, metric, keys)
    targets = {key: own.get(key[0]) for key in tallies}
    if metric.kind != "count":
        return {
            key: reading_of(reader.today, metric, period, tally, targets[key])
            for key, tally in tallies.items()
        }
    counts = {key: reading_of(reader.today, metric, period, tally) for key, tally in tallies.items()}
    of_all = sum(part.n for part in counts.values())
    unplaced = sum(part.n for key, part in counts.items() if None in key)
    return {
        key: part_of_count(part, of_all, 0 if None in key else unplaced, targets[key])
        for key, part in counts.items()
    }


def read_ahead(reader: Reader, metric: Metric, span: Period, *keys: str) -> None:
    """Read what happened in a span once, of which a page will ask `by` some of these keys, or in several periods."""
    if metric.kind == "ratio":
        for part in _parts(metric):
            read_ahead(reader, part, span, *keys)
        return
    kept = reader.kept(("parts by day", metric.name), _ReadAhead)
    if (keys, span) not in ((had, read) for had, read, _ in kept):
        cuts, joins = cuts_of(reader, metric, keys)
        kept.append((keys, span, grouped(reader, metric, span, [*cuts, "p.day"], joins)))


def _parts_read(
    reader: Reader, metric: Metric, period: Period, keys: Sequence[str]
) -> tuple[Sequence[str], list[Group]] | None:
    """Return the rows of a period out of what this page has read ahead, and the keys of their cuts, if it has."""
    first, last = period.first.isoformat(), period.last.isoformat()
    for had, read, rows in reader.kept(("parts by day", metric.name), _ReadAhead):
        if set(keys) <= set(had) and read.first <= period.first and period.last <= read.last:
            day = f"cut_{len(had)}"
            return had, [row for row in rows if first <= row[day] <= last]
    return None


def trend(
    reader: Reader, metric: Metric, periods: Sequence[Period], also: Sequence[Period] = ()
) -> list[Reading]:
    """Return what a metric was in each of several periods, from one query where its population allows it.

    Of `also` the same page will ask next: that query reads their days, too.
    """
    if metric.kind == "ratio":
        of, per = (trend(reader, part, periods, also) for part in _parts(metric))
        return [ratio(metric, *pair, _target(reader, metric)) for pair in zip(of, per, strict=True)]
    if metric.is_read_on_the_day or not periods:
        return [measure(reader, metric, period) for period in periods]
    read = (*periods, *also)
    span = Period(min(period.first for period in read), max(period.last for period in read), "")
    rows = _read_by_day(reader, metric, span)
    if rows is None:
        cuts = ["p.since", "p.until"] if metric.is_level else ["p.day"]
        rows = grouped(reader, metric, span, cuts, everything=metric.is_level)
        reader.kept(("by day", metric.name), _Read).append((span, rows))
    return [
        reading_of(reader.today, metric, period, tally, _target(reader, metric))
        for period, tally in zip(periods, _fold(reader, metric, rows, periods), strict=True)
    ]


def _read_by_day(reader: Reader, metric: Metric, span: Period) -> list[Group] | None:
    """Return the rows by day of a trend on this page that covers so many days, if there is one."""
    for read, rows in reader.kept(("by day", metric.name), _Read):
        if metric.is_level or (read.first <= span.first and span.last <= read.last):
            return rows
    return None


def _fold(
    reader: Reader, metric: Metric, rows: Sequence[Group], periods: Sequence[Period]
) -> Iterator[Tally]:
    return (_running if metric.is_level else _fallen)(reader, rows, periods)


def compared_with(reader: Reader, period: Period, against: Period | None = None) -> Period:
    """Return the period before, or another: of it as many days as have gone by, while the period is running."""
    earlier = against or period.previous()
    if not is_running(period, reader.today):
        return earlier
    gone = earlier.first + (reader.today - period.first)
    return earlier._replace(last=min(earlier.last, gone), unit=None)


class Change(NamedTuple):
    """A reading less the one of an earlier period, and whether that is more than chance.

    While the period is running, `before` covers as many days of the earlier period as have gone by in this one. Of a
    share `interval` is the 95% interval of the difference, whatever becomes of its open rows; of a count `times` is
    how many times as many there were a day, with its 95% interval. Sums, means, levels and ratios have no verdict.
    What matures is compared with the same hindsight: `before` is then as it stood on the day `seen_on`.
    """

    before: Reading
    difference: float | None
    interval: tuple[float, float] | None = None
    times: tuple[float, float, float] | None = None
    verdict: str | None = None
    seen_on: date | None = None


def change(
    reader: Reader,
    metric: Metric,
    period: Period,
    now: Reading | None = None,
    against: Period | None = None,
) -> Change:
    """Return how a metric changed against the period before, or another; `now` saves measuring it again."""
    now = now or measure(reader, metric, period)
    earlier = compared_with(reader, period, against)
    seen_on = None
    if metric.matures:
        since_then = reader.today - min(period.last, reader.today)
        seen_on = min(earlier.last + since_then, reader.today)
        reader = reader.looking(seen_on)
    before = measure(reader, metric, earlier)
    difference = None if now.value is None or before.value is None else now.value - before.value
    if metric.kind == "share":
        # What matures is as young on both sides: how much of it is open is a part of what is compared.
        hits = (
            statistics.Hits(one.hits, 0 if metric.matures else one.still_open, one.n) for one in (now, before)
        )
        interval, verdict = statistics.shares_differ(*hits)
        return Change(before, difference, interval, verdict=verdict, seen_on=seen_on)
    if metric.kind == "count" and not metric.is_read_on_the_day and period.first <= reader.today:
        days = (min(period.last, reader.today) - period.first).days + 1
        times, verdict = statistics.counts_differ(now.n, days, before.n, earlier.days)
        return Change(before, difference, times=times, verdict=verdict)
    if metric.kind == "duration" and metric.shows == "median":
        return Change(before, difference, verdict=statistics.intervals_differ(now.interval, before.interval))
    return Change(before, difference)


class Counted(NamedTuple):
    """A row of a population: whom it counts (`id`), the record to look at, and what it adds.

    `why` says why it is left out.
    """

    id: int | str
    ref: str
    name: str | None
    day: str | None
    until: str | None
    state: str | None
    value: int | None
    days: int | None
    ended: bool
    why: str | None


class Explanation(NamedTuple):
    """A figure with every row behind it: those counted, and those left out and why. A ratio has two parts."""

    reading: Reading
    counted: tuple[Counted, ...]
    left_out: tuple[Counted, ...]
    parts: tuple["Explanation", ...] = ()


def explain(reader: Reader, metric: Metric, period: Period) -> Explanation:
    """Return a metric with the rows it is made of: added up again they give the figure."""
    reading = measure(reader, metric, period)
    if metric.kind == "ratio":
        return Explanation(reading, (), (), tuple(explain(reader, part, period) for part in _parts(metric)))
    ref, name = _named(metric)
    dated = "p.since AS day, p.until AS until" if metric.is_level else "p.day AS day, NULL AS until"
    columns = ", ".join(
        f"p.{column} AS {column}" if metric.has(column) else f"NULL AS {column}"
        for column in ("state", "value", "days", "ended", "left_out")
    )
    sql = f"""SELECT {ref} AS ref, {name} AS name, {dated}, {columns}, p.id AS id FROM ({metric.sql}) AS p
        WHERE {counts(metric)} ORDER BY 3, substr({ref}, 1, 1), CAST(substr({ref}, 2) AS INTEGER)"""
    rows = [
        Counted(
            id=row["id"],
            ended=bool(row["ended"]),
            why=row["left_out"],
            **{column: row[column] for column in ("ref", "name", "day", "until", "state", "value", "days")},
        )
        for row in each(reader, metric, sql, period)
    ]
    return Explanation(
        reading, tuple(row for row in rows if not row.why), tuple(row for row in rows if row.why)
    )


def _named(metric: Metric) -> tuple[str, str]:
    """Return the SQL of the record that a row names, such as `L12`, and of what a person calls it."""
    nouns = [BY_LETTER[letter] for letter in metric.label] or [BY_TABLE[metric.about or ""]]
    if len(nouns) > 1:
        ref, number = "p.id", "CAST(substr(p.id, 2) AS INTEGER)"
    else:
        number = "p.id" if metric.label else "p.about"
        ref = f"'{nouns[0].letter}' || {number}"
    names = [f"(SELECT {noun.label} FROM {noun.table} AS x WHERE x.id = {number})" for noun in nouns]
    if len(nouns) == 1:
        return ref, names[0]
    told = " ".join(f"WHEN '{noun.letter}' THEN {name}" for noun, name in zip(nouns, names, strict=True))
    return ref, f"CASE substr(p.id, 1, 1) {told} END"


def keys_of(metric: Metric, playbook: Playbook | None = None) -> tuple[str, ...]:
    """Return the keys a metric can be broken down by: the program's own, and the custom fields of a playbook."""
    if metric.kind == "ratio":
        of, per = (keys_of(part, playbook) for part in _parts(metric))
        return tuple(key for key in of if key in per)
    month = () if metric.is_level else ("month",)
    custom = custom_keys(metric, playbook) if playbook else ()
    return tuple(dict.fromkeys((*metric.keys, *DIMENSIONS.get(metric.about or "", ()), *month, *custom)))


def _target(reader: Reader, metric: Metric) -> Target | None:
    return reader.playbook.targets.get(metric.name)


def _parts(metric: Metric) -> tuple[Metric, Metric]:
    return metric.parts or (metrics.CATALOGUE[metric.of], metrics.CATALOGUE[metric.per])


def _nothing(reader: Reader, metric: Metric, period: Period) -> Reading:
    """Return what a metric is of no rows at all."""
    if metric.kind == "ratio":
        of, per = (_nothing(reader, part, period) for part in _parts(metric))
        return ratio(metric, of, per)
    return reading_of(reader.today, metric, period, Tally())


def _check(reader: Reader, metric: Metric, keys: Sequence[str]) -> None:
    if not 1 <= len(keys) <= _MOST_KEYS:
        raise Usage(
            "a breakdown takes one key or two", ", ".join(keys), "name the one or two that matter most"
        )
    known = keys_of(metric, reader.playbook)
    for key in keys:
        if key not in known:
            raise Usage(f"{metric.name} cannot be broken down by this", key, mending(key, known))


def _fallen(_reader: Reader, rows: Iterable[Group], periods: Sequence[Period]) -> Iterator[Tally]:
    """Fold what happened on each day into the periods."""
    ordered = sorted(rows, key=_first_cut)
    days = [row["cut_0"] for row in ordered]
    for period in periods:
        first, last = period.first.isoformat(), period.last.isoformat()
        yield added_up(ordered[bisect_left(days, first) : bisect_right(days, last)])


def _running(reader: Reader, rows: Iterable[Group], periods: Sequence[Period]) -> Iterator[Tally]:
    """Fold entries and exits into one running total, read on the last day of each period before it goes on to the next."""
    steps: list[tuple[str, int, Group]] = []
    for row in rows:
        since, until = row["cut_0"], row["cut_1"]
        if until is None or until > since:
            steps.append((since, 1, row))
            steps += [] if until is None else [(until, -1, row)]
    steps.sort(key=_day_of_step)
    days = [day for day, _, _ in steps]
    tally, counted = Tally(), 0
    for period in periods:
        place = bisect_right(days, min(period.last, reader.today).isoformat())
        for _, sign, row in steps[counted:place]:
            tally.add(row, sign)
        for _, sign, row in steps[place:counted]:  # an earlier day than before
            tally.add(row, -sign)
        counted = place
        yield tally


def _first_cut(row: Group) -> str:
    return str(row["cut_0"])


def _day_of_step(step: tuple[str, int, Group]) -> str:
    return step[0]


def _order(
    reader: Reader, keys: Sequence[str], readings: Mapping[Key, Reading]
) -> Callable[[tuple[Key, Reading]], Any]:
    """Return the order of a breakdown: stages and choices as in the playbook, months and days in time, numbers in order, all else by size; none comes last."""
    ordered = [places(reader.playbook, key) for key in keys]
    in_time = [is_in_time(reader.playbook, key) for key in keys]
    sizes = [Counter[Word]() for _ in keys]
    for key, reading in readings.items():
        for size, word in zip(sizes, key, strict=True):
            size[word] += reading.n

    def rank(place: int, word: Word) -> tuple[int, int, str]:
        if word is None:
            return _LAST, 0, ""
        if word in ordered[place]:
            return 0, ordered[place][word], ""
        if isinstance(word, int):
            return 0, word, ""
        return 1, 0 if in_time[place] else -sizes[place][word], str(word)

    return lambda item: tuple(rank(place, word) for place, word in enumerate(item[0]))
