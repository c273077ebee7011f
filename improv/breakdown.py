"""A metric broken down by one key or two, as a table: each part with its figure, its target and its verdict."""

from collections import Counter
from collections.abc import Sequence

from improv import measure
from improv.dates import Period
from improv.measure import Key, Word
from improv.metrics import Metric
from improv.metrics.reading import Reading
from improv.naming import called
from improv.reader import Reader
from improv.report import Cell, Column, Days, Share, Table
from improv.scores import KINDS, cell, interval_words, target_words

Part = tuple[Key, Reading]


def tables_by(reader: Reader, metric: Metric, period: Period, keys: Sequence[str]) -> tuple[Table, ...]:
    """Return a metric broken down by one key or two; first the verdicts, where parts have targets of their own."""
    parts = measure.by(reader, metric, period, *keys)
    judged = (_verdicts(reader, metric, parts, keys),) if any(part.limits for _, part in parts) else ()
    return *judged, _parts(reader, metric, period, parts, keys)


def _verdicts(reader: Reader, metric: Metric, parts: Sequence[Part], keys: Sequence[str]) -> Table:
    """Return each part against the target of its own; of a count its share of all is judged."""
    counted = metric.kind == "count"
    has_intervals = any(part.interval for _, part in parts)
    return Table(
        f"{metric.name}_verdicts",
        "Each against its own target",
        (
            *_key_columns(keys),
            *(_extra_columns(metric) if counted else (_figure_column(metric),)),
            *((Column("open", "Open", "number"),) if metric.open else ()),
            *((Column("interval", "95% interval"),) if has_intervals else ()),
            Column("target", "Target"),
            Column("verdict", "Verdict"),
        ),
        [
            (
                *_names(reader, keys, key),
                *(_extra(metric, part) if counted else (cell(part),)),
                *((part.still_open,) if metric.open else ()),
                *((interval_words(part),) if has_intervals else ()),
                target_words(part) or None,
                part.verdict,
            )
            for key, part in parts
        ],
    )


def _parts(
    reader: Reader, metric: Metric, period: Period, parts: Sequence[Part], keys: Sequence[str]
) -> Table:
    """Return each part with what it is made of; the last row is the whole."""
    whole = measure.measure(reader, metric, period)
    states = list(whole.states or ()) if metric.kind == "share" else []
    matrix = metric.kind == "count" and len(keys) > 1
    lines = [
        (_names(reader, keys, key), part)
        for key, part in (_in_shares_of_the_first(parts) if matrix else parts)
    ]
    if lines:
        lines.append((["all", *[None] * (len(keys) - 1)], whole))
    by_words = " and ".join(map(_titled, keys))
    return Table(
        f"{metric.name}_by_{'_'.join(keys)}",
        f"{metric.title} by {by_words}",
        (
            *_key_columns(keys),
            _figure_column(metric),
            *(Column(state.replace(" ", "_"), state.capitalize(), "number") for state in states),
            *(
                column._replace(key=f"of_{keys[0]}", title=f"Of {_titled(keys[0])}") if matrix else column
                for column in _extra_columns(metric)
            ),
            Column("left_out", "Left out", "number"),
        ),
        [
            (
                *names,
                cell(reading),
                *((reading.states or {}).get(state, 0) for state in states),
                *_extra(metric, reading),
                sum((reading.left_out or {}).values()),
            )
            for names, reading in lines
        ],
        empty=f"Nothing is recorded for {period.label}.",
        note=f"By {metric.clock}.",
    )


def _in_shares_of_the_first(parts: Sequence[Part]) -> list[Part]:
    """Return the parts of a count by two keys, each as a share of all under its first: a matrix whose rows add up."""
    rows = Counter[Word]()
    for key, part in parts:
        rows[key[0]] += part.n
    return [(key, part._replace(of_all=rows[key[0]])) for key, part in parts]


def _titled(key: str) -> str:
    return key.replace("_", " ")


def _key_columns(keys: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(key, _titled(key).capitalize()) for key in keys)


def _figure_column(metric: Metric) -> Column:
    """Return the column of the figure; of a length it says whether that is the mean or the median."""
    heading = metric.shows.capitalize() if metric.kind == "duration" else metric.title
    return Column(metric.name, heading, KINDS[metric.unit])


def _extra_columns(metric: Metric) -> tuple[Column, ...]:
    """Return what else is told of each part: what a sum is made of, the other ways to see a length."""
    if metric.kind == "count":
        return (Column("of_all", "Of all", "share"),)
    if metric.kind == "duration" and metric.can_last:
        return (
            Column("finished", "Finished", "number"),
            Column("finished_mean", "Their mean", "days"),
            Column("finished_median", "Their median", "days"),
            Column("inside", "Inside", "number"),
        )
    if metric.kind == "duration":
        return (Column("rows", "Rows", "number"), Column("finished_median", "Median", "days"))
    sums = metric.kind == "total" or (metric.is_level and metric.shows != "count")
    return (Column("rows", "Rows", "number"),) if sums else ()


def _extra(metric: Metric, reading: Reading) -> tuple[Cell, ...]:
    lengths = reading.survival
    if metric.kind == "count":
        return (Share(reading.n, reading.n if reading.of_all is None else reading.of_all),)
    if lengths is None:
        return (reading.n,) if _extra_columns(metric) else ()
    median = _days(lengths.finished_median)
    if metric.can_last:
        return lengths.finished, _days(lengths.finished_mean), median, lengths.inside
    return reading.n, median


def _days(value: float | None) -> Days | None:
    return None if value is None else Days(value)


def _names(reader: Reader, keys: Sequence[str], words: Key) -> list[str | None]:
    """Return what the words of a breakdown are called."""
    return [
        None if word is None else called(reader.playbook, key, word)
        for key, word in zip(keys, words, strict=True)
    ]
