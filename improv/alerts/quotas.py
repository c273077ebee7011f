"""The red flag of quotas: a pace that does not lead there."""

from collections.abc import Iterator
from typing import Any, Final

from improv.alerts.flag import Flag
from improv.dates import month_of
from improv.nouns import BY_TABLE
from improv.reader import Reader

# The quota that counts this month for each whom one is set for: the last one that held on the month's first day.
_COUNTING: Final = f"""SELECT x.id, {BY_TABLE["quota"].label} AS name, x.owner, x.unit, x.points, x.per
FROM (SELECT q.*, ROW_NUMBER() OVER (
        PARTITION BY CASE WHEN q.points IS NULL THEN 0 ELSE 1 END, q.owner, q.unit
        ORDER BY q.on_day DESC, q.id DESC) AS place
      FROM quota AS q WHERE q.on_day <= :month_began) AS x
WHERE x.place = 1 AND COALESCE(x.value, x.points) > 0 ORDER BY x.id"""


def _behind(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield each quota whose running month, quarter or year is far enough gone, and goes on too slowly."""
    began = {"month_began": month_of(reader.today).first.isoformat()}
    counting = [dict(row) for row in reader.rows(_COUNTING, began)]
    if not counting:
        return
    from improv.quotas import PERIOD_OF, Quotas, subject  # noqa: PLC0415 - metrics are loaded only where a quota was set

    below, after = (reader.playbook.limits[name] for name in _LIMITS)
    of_value, of_points = Quotas(reader, "value"), Quotas(reader, "points")
    for row in counting:
        quotas, period = of_value if row["points"] is None else of_points, PERIOD_OF[row["per"]](reader.today)
        standing = quotas.standing(period, subject(row["owner"], row["unit"]))
        if standing.is_behind(below) and 100 * standing.gone > after * standing.days:
            yield {
                **row,
                "letter": BY_TABLE["quota"].letter,
                "client_id": None,
                "since": standing.since.isoformat(),
                "days": standing.gone - 1,
                "worse": 0,
                "detail": standing.words,
                "report": "pipeline" if row["points"] is None else "points",
            }


_LIMITS: Final = ("quota_pace_below_percent", "quota_pace_after_percent")

FLAGS: Final = (
    Flag(
        code="Q1",
        title="quota pace below plan",
        sentence="A quota that will not be reached at this pace, once enough of its month, quarter or year is gone.",
        why="What is missing by the middle is seldom made up at the end.",
        kind="quota",
        find=_behind,
        limits=_LIMITS,
        reason="{detail}",
        mend="improv report {report}",
    ),
)
