"""What users may declare themselves in a playbook: the schema of their fields, metrics, red flags and reports."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from improv.playbook.entries import Flag, Named, Record, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

FieldKind = Literal["text", "number", "money", "day", "choice", "yes-no"]
MetricKind = Literal["count", "total", "share", "duration", "level", "ratio"]
MetricUnit = Literal["number", "money", "days", "percent"]
Figure = Literal["count", "sum", "mean", "median"]
About = Literal["lead", "opportunity", "client"]
Flagged = Literal["lead", "opportunity", "client", "referral", "event", "quota"]
# The codes of flags that users declare themselves.
OWN_FLAG: Final = r"U[1-9][0-9]{0,3}"


class CustomField(Named):
    """A field of the user's own: whose it is, the kind of its values, and the stage from which on it must be filled.

    One that is `off` keeps its values out of sight.
    """

    noun: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    help: str = ""
    required_from: str | None = None
    asked: bool = False
    off: bool = False

    @property
    def column(self) -> str:
        """How it is called where a hyphen cannot stand: a column, a key of `--by`."""
        return self.key.replace("-", "_")


class OwnMetric(Record):
    """A metric that users declare themselves: its population is a query over the views, or it is a ratio of two metrics.

    What is missing or does not fit is said where the metric is asked for (`improv.metrics.own`): a metric that cannot
    be measured stops nothing else.
    """

    key: str
    title: str = ""
    sentence: str = ""
    kind: MetricKind = "count"
    clock: str = ""
    in_words: str = ""
    unit: MetricUnit | None = None
    counts: str = ""
    about: About | None = None
    keys: tuple[str, ...] | None = None
    hits: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    shows: Figure | None = None
    of: str = ""
    per: str = ""
    times: int = 1
    sql: str = ""


class OwnFlag(Flag):
    """A red flag that users declare themselves: a query over the views finds whom it is true of."""

    key: str
    severity: Severity = "warning"
    about: Flagged = "lead"
    title: str = ""
    sentence: str = ""
    why: str = ""
    reason: str = ""
    mend: str = ""
    limit: Mapping[str, int] = MappingProxyType({})
    sql: str = ""


class ReportPart(Record):
    """A part of a report of one's own: metrics by keys, metrics over time, or a query."""

    title: str = ""
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    trend: tuple[str, ...] = ()
    query: str = ""


class OwnReport(Record):
    """A report that users declare themselves: scorecards of metrics, then tables and charts."""

    key: str
    title: str = ""
    sentence: str = ""
    rhythm: str = "any time"
    period: str = "this month"
    scorecard: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    table: tuple[ReportPart, ...] = ()
