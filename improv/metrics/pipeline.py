"""The metrics of open opportunities: what the pipeline holds on a day, and what is due to close."""

from typing import Final

from improv.metrics.fragments import CLOSED_STAGES, OPEN_OPPORTUNITIES, events_ahead
from improv.metrics.metric import Metric

_ON_THE_DAY: Final = "last day of the period"
_OPEN: Final = "SELECT o.id AS id, o.id AS about, :on AS since, NULL AS until, s.stage AS stage"
_WEIGHT: Final = ":limit_history_weight"
_NO_VALUE: Final = "CASE WHEN t.value IS NULL THEN 'no value' END AS left_out"

PIPELINE: Final = (
    Metric(
        name="pipeline_count",
        title="Open opportunities",
        sentence="Opportunities that are open on the day: the deals on the board.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] report 2",
        in_words="number of open opportunities",
        about="opportunity",
        label="O",
        keys=("stage", "close_on"),
        sql=f"{_OPEN}, t.close_on AS close_on {OPEN_OPPORTUNITIES}",
    ),
    Metric(
        name="days_in_current_stage",
        title="Days in current stage",
        sentence="The mean days that the open opportunities have been in the stage they are in.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] daily",
        in_words="days since the stage was entered / open opportunities",
        unit="days",
        about="opportunity",
        label="O",
        keys=("stage",),
        shows="mean",
        sql=f"""{_OPEN}, days(s.since, :on) AS value, CASE WHEN s.stage IS NULL THEN 'no stage' END AS left_out
            {OPEN_OPPORTUNITIES}""",
    ),
    Metric(
        name="pipeline_value",
        title="Pipeline value",
        sentence="The value of the open opportunities on the day, by the terms that held then.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] monthly scorecard",
        in_words="sum of the values of the open opportunities",
        unit="money",
        about="opportunity",
        label="O",
        keys=("stage", "close_on"),
        shows="sum",
        sql=f"{_OPEN}, t.close_on AS close_on, t.value AS value, {_NO_VALUE} {OPEN_OPPORTUNITIES}",
    ),
    Metric(
        name="weighted_pipeline",
        title="Weighted pipeline",
        sentence="The value of each open opportunity times the probability its stage has by default.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] monthly scorecard",
        in_words="sum of value times the stage's probability in percent / 100",
        unit="money",
        about="opportunity",
        label="O",
        keys=("stage",),
        shows="sum",
        divisor=100,
        sql=f"""{_OPEN}, t.value * k.probability AS value,
            CASE WHEN t.value IS NULL THEN 'no value' WHEN s.stage IS NULL THEN 'no stage'
            WHEN k.probability IS NULL THEN 'no probability for its stage' END AS left_out {OPEN_OPPORTUNITIES}""",
    ),
    Metric(
        name="weighted_pipeline_by_history",
        title="Weighted pipeline, by history",
        sentence="The value of each open opportunity times how often its stage led to a win, among those closed by the "
        "day; the less history a stage has, the nearer to its default probability.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] monthly scorecard",
        in_words="sum of value times (won + weight times the stage's probability) / (closed + weight)",
        unit="money",
        about="opportunity",
        label="O",
        keys=("stage",),
        shows="sum",
        divisor=100,
        # In hundredths of a minor unit, so that what the division leaves over is nothing that anyone can see.
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until, q.stage AS stage,
            q.worth * (100 * COALESCE(h.won, 0) + {_WEIGHT} * q.probability)
              / NULLIF(COALESCE(h.closed, 0) + {_WEIGHT}, 0) AS value,
            CASE WHEN q.worth IS NULL THEN 'no value' WHEN q.stage IS NULL THEN 'no stage'
            WHEN q.probability IS NULL THEN 'no probability for its stage'
            WHEN COALESCE(h.closed, 0) + {_WEIGHT} = 0 THEN 'no history of its stage' END AS left_out
            FROM (SELECT o.id AS id, s.stage AS stage, t.value AS worth, k.probability AS probability
                  {OPEN_OPPORTUNITIES}) AS q
            LEFT JOIN (SELECT c.stage AS stage, COUNT(*) AS closed,
                              SUM(CASE WHEN c.outcome = 'won' THEN 1 ELSE 0 END) AS won
                       FROM ({CLOSED_STAGES}) AS c GROUP BY c.stage) AS h ON h.stage = q.stage""",
    ),
    Metric(
        name="weighted_pipeline_by_hand",
        title="Weighted pipeline, by hand",
        sentence="The value of each open opportunity times the probability somebody gave it.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] monthly scorecard",
        in_words="sum of value times the probability set by hand in percent / 100",
        unit="money",
        about="opportunity",
        label="O",
        keys=("stage",),
        shows="sum",
        divisor=100,
        sql=f"""{_OPEN}, t.value * t.probability AS value,
            CASE WHEN t.value IS NULL THEN 'no value'
            WHEN t.probability IS NULL THEN 'no probability set by hand' END AS left_out {OPEN_OPPORTUNITIES}""",
    ),
    Metric(
        name="closing_this_period",
        title="Due to close",
        sentence="Open opportunities whose close date falls in the period.",
        kind="count",
        clock="close date",
        source="[A] Monday",
        in_words="number of open opportunities with a close date in the period",
        about="opportunity",
        label="O",
        keys=("stage",),
        sql=f"SELECT o.id AS id, o.id AS about, t.close_on AS day, s.stage AS stage {OPEN_OPPORTUNITIES}",
    ),
    Metric(
        name="closing_value",
        title="Value due to close",
        sentence="The value of the open opportunities whose close date falls in the period.",
        kind="total",
        clock="close date",
        source="[A] Monday",
        in_words="sum of the values of the open opportunities with a close date in the period",
        unit="money",
        about="opportunity",
        label="O",
        keys=("stage",),
        sql=f"""SELECT o.id AS id, o.id AS about, t.close_on AS day, s.stage AS stage, t.value AS value, {_NO_VALUE}
            {OPEN_OPPORTUNITIES}""",
    ),
    Metric(
        name="opportunities_with_next_event",
        title="Opportunities with a next event",
        sentence="Open opportunities that have a booked event ahead on the day.",
        kind="share",
        clock=_ON_THE_DAY,
        source="[A] daily",
        in_words="open opportunities with an event ahead / open opportunities",
        unit="percent",
        about="opportunity",
        label="O",
        keys=("stage",),
        hits=("event ahead",),
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS day, q.stage AS stage,
            CASE WHEN e.owner_id IS NULL THEN 'no event' ELSE 'event ahead' END AS state
            FROM (SELECT o.id AS id, s.stage AS stage {OPEN_OPPORTUNITIES}) AS q
            LEFT JOIN ({events_ahead("opportunity_id")}) AS e ON e.owner_id = q.id""",
    ),
    Metric(
        name="opportunities_with_anticipated_stage",
        title="Opportunities with an anticipated stage",
        sentence="Open opportunities whose events ahead say which stage is anticipated next.",
        kind="share",
        clock=_ON_THE_DAY,
        source="[A] goals, first week",
        in_words="open opportunities with an anticipated stage / open opportunities",
        unit="percent",
        about="opportunity",
        label="O",
        keys=("stage",),
        hits=("anticipated",),
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS day, q.stage AS stage,
            CASE WHEN e.anticipated = 1 THEN 'anticipated' ELSE 'not anticipated' END AS state
            FROM (SELECT o.id AS id, s.stage AS stage {OPEN_OPPORTUNITIES}) AS q
            LEFT JOIN ({events_ahead("opportunity_id")}) AS e ON e.owner_id = q.id""",
    ),
    Metric(
        name="opportunities_with_time_set_aside",
        title="Opportunities with time set aside",
        sentence="Open opportunities with an event ahead that has a beginning and an end on the calendar.",
        kind="share",
        clock=_ON_THE_DAY,
        source="[D] dashboard",
        in_words="open opportunities with time set aside / open opportunities",
        unit="percent",
        about="opportunity",
        label="O",
        keys=("stage",),
        hits=("time set aside",),
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS day, q.stage AS stage,
            CASE WHEN e.set_aside = 1 THEN 'time set aside' ELSE 'no time set aside' END AS state
            FROM (SELECT o.id AS id, s.stage AS stage {OPEN_OPPORTUNITIES}) AS q
            LEFT JOIN ({events_ahead("opportunity_id")}) AS e ON e.owner_id = q.id""",
    ),
    Metric(
        name="slipped",
        title="Slipped",
        sentence="Opportunities whose close date fell in the period and was moved later, or passed while open; not those closed by then.",
        kind="count",
        clock="close date that did not hold",
        source="[A] Friday",
        in_words="number of close dates in the period that were moved later or passed",
        about="opportunity",
        label="O",
        keys=("state",),
        sql="""SELECT t.opportunity_id AS id, t.opportunity_id AS about, t.close_on AS day,
            MIN(CASE WHEN t.next_close > t.close_on THEN 'moved later' ELSE 'passed' END) AS state
            FROM (SELECT opportunity_id, close_on, LEAD(close_on) OVER w AS next_close, LEAD(on_day) OVER w AS next_day
                  FROM opportunity_terms WINDOW w AS (PARTITION BY opportunity_id ORDER BY on_day, id)) AS t
            LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = t.opportunity_id AND x.since <= t.close_on
                 AND (x.until IS NULL OR x.until > t.close_on)
            WHERE x.id IS NULL AND (t.next_close > t.close_on
               OR (t.close_on < :today AND (t.next_day IS NULL OR t.next_day > t.close_on)))
            GROUP BY t.opportunity_id, t.close_on""",
    ),
)
