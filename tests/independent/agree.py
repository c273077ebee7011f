"""Ask for every metric twice: as the program measures it, and in plain Python."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from improv import measure
from improv.dates import parse_period
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from tests.independent import opinions
from tests.independent.figure import Figure
from tests.independent.seen import Seen, as_of, recorded

PERIODS = ("this month", "last quarter", "last 365 days", "all", "+1d..+30d")

Numbers = list[float | None]


class Answer(NamedTuple):
    """One question and its two answers: value, n, hits, open and left out; of lengths also what is told of them."""

    metric: str
    period: str
    ours: Numbers
    theirs: Numbers

    @property
    def agree(self) -> bool:
        """Whether the numbers are the same, as exactly as a float can hold them; nothing is only nothing."""
        return all(
            one == other
            or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-12))
            for one, other in zip(self.ours, self.theirs, strict=True)
        )


def answers(reader: Reader, method: Mapping[str, Any], periods: Sequence[str] = PERIODS) -> Iterator[Answer]:
    """Ask for every metric in every period."""
    tables = recorded(reader.connection)
    if reader.as_of:
        tables = as_of(tables, reader.as_of)
    for typed in periods:
        period = parse_period(typed, reader.today)
        method = {**method, "hour_costs": reader.playbook.hour_costs}
        seen = Seen(tables, method, reader.today, (period.first, period.last))
        for name, calculate in opinions().items():
            ours = measure.measure(reader, CATALOGUE[name], period)
            yield Answer(name, typed, _told_by_us(ours), _told_by_them(calculate(seen)))


def disagreements(asked: Iterator[Answer]) -> list[Answer]:
    """Return where the two differ."""
    return [answer for answer in asked if not answer.agree]


def _told_by_us(it: Reading) -> Numbers:
    told: Numbers = [it.value, it.n, it.hits, it.still_open, sum((it.left_out or {}).values())]
    if (lengths := it.survival) is None:
        return told
    mean, median = lengths.finished_mean, lengths.finished_median
    return [*told, lengths.finished, lengths.inside, mean, median, lengths.median]


def _told_by_them(it: Figure) -> Numbers:
    numbers = [it.value, it.n, it.hits, it.still_open, it.left_out]
    if (lengths := it.lengths) is not None:
        numbers += [lengths.finished, lengths.inside, lengths.mean, lengths.median, lengths.product_limit]
    return [None if number is None else float(number) for number in numbers]
