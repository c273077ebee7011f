"""What a metric is: its declaration, from which every answer about it comes."""

from typing import Final, Literal

from improv.formulas import RATED
from improv.named import NamedTuple
from improv.playbook.own import About, Figure, MetricKind, MetricUnit

Kind = MetricKind
Unit = MetricUnit
Entries = Literal["stages", "event_kinds"]

DAYS_IN_YEAR: Final = 365


class OwnTarget(NamedTuple):
    """Where each value of a key has a target of its own: in a field of the playbook's entry of that name.

    Of a pair of days the later one is the bound: sooner is no fault.
    """

    key: str
    entries: Entries
    field: str
    bound: Literal["at_least", "at_most"]


class Metric(NamedTuple):
    """A figure of the method: what is counted, when it counts, and what the figure is called.

    `sql` is the population: one row per subject with `id` and `about`, the `day` it counts on (a flow) or `since`
    and `until` it counts between (a level), and by kind `value`, `state`, or `days` and `ended`. Where `left_out`
    gives a reason the row is shown and not counted. Each column is named with AS; those listed in `keys` are ways
    to break the figure down, besides the dimensions of `about` (None: it has no others).

    A population may use `:first` and `:last` (the period), `:on` (its last day, or today if that comes first) and
    `:year_began` (the first of the 365 days up to `:on`). `label` is the letter of the record that `id` names;
    of several letters `id` says which, as in `E12`; without one, it is the record that `about` names.

    A share says which states are `hits` and which are `open`; it `matures` where what is neither may become a hit one
    day, however late. A ratio has no SQL: it is `times` the metric `of` over the metric `per`, `less` a whole
    number: 1 makes a return of what is left after the cost. `shows` is the figure a
    level or a duration is judged by; sums are divided by `divisor`.

    The playbook's target of the metric's name is for the whole. `own_target` says which key's values have one each,
    for a breakdown by that key alone; that of a count is the percentage of all that should fall there.

    A metric of a user's own has the `query` they wrote, and says which `columns` its population has; their ratio holds
    its two `parts`.
    """

    name: str
    title: str
    sentence: str
    kind: Kind
    clock: str
    source: str
    in_words: str
    unit: Unit = "number"
    about: About | None = None
    sql: str = ""
    label: str = ""
    keys: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    matures: bool = False
    shows: Figure = "count"
    divisor: int = 1
    of: str = ""
    per: str = ""
    times: int = 1
    less: int = 0
    own_target: OwnTarget | None = None
    query: str = ""
    columns: tuple[str, ...] = ()
    parts: tuple["Metric", "Metric"] | None = None

    @property
    def is_level(self) -> bool:
        """Whether it is a stock on a day rather than what happened in a period."""
        return self.kind == "level"

    @property
    def counts_rows(self) -> bool:
        """Whether its figure is the number of its rows."""
        return self.kind == "count" or (self.is_level and self.shows == "count")

    @property
    def is_read_on_the_day(self) -> bool:
        """Whether its population depends on the period, so that each period needs a query of its own."""
        return any(word in self.sql for word in (":on", ":first", ":last", ":year_began"))

    @property
    def can_last(self) -> bool:
        """Whether what it measures may still go on; a gap between two days is known at once."""
        return self.has("ended") and " 1 AS ended" not in self.sql

    @property
    def rating(self) -> str | None:
        """What clients or leads are rated that its population reads: their health, engagement or score."""
        return next((kind for kind in RATED if f"rated_{kind} " in self.sql and not self.query), None)

    def has(self, column: str) -> bool:
        """Tell whether its population has a column."""
        return column in self.columns if self.query else f" AS {column}" in self.sql
