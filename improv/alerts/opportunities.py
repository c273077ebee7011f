"""The red flags of opportunities and of the events that carry them."""

from typing import Final

from improv.alerts.current import BOOKING, NEXT_EVENT, OPEN_OPPORTUNITY, opportunity_owner
from improv.alerts.flag import Flag

_HEAD: Final = (
    f"SELECT o.id, 'O' AS letter, o.name, {opportunity_owner('o.id')} AS owner, o.client_id, o.stage"
)

# Finished stays of each stage, and their days together.
_FINISHED: Final = """finished AS MATERIALIZED (
  SELECT j.key AS stage, json_extract(j.value, '$[0]') AS stays, json_extract(j.value, '$[1]') AS total
  FROM json_each(:once_finished_stays) AS j
)"""

_IN_STAGE: Final = (
    f"""{_HEAD}, COALESCE(p.name, o.stage) AS stage_name, o.since, days(o.since, :today) AS days"""
)
_OF_SALE: Final = "FROM open_opportunity o LEFT JOIN playbook_stage p ON p.key = o.stage"

_BOOKED: Final = f"""WITH {BOOKING}
SELECT b.id, 'E' AS letter, b.name, b.owner, b.client_id, b.kind, b.scheduled_for, b.gap_high,
  b.set_on AS since, b.gap AS days, 0 AS worse, b.kind_name AS detail
FROM booking b"""

_S1: Final = f"{_BOOKED} WHERE b.visit = 0 AND b.gap > :limit_gap_after"

_S2: Final = f"""WITH {OPEN_OPPORTUNITY}, {_FINISHED}
{_IN_STAGE}, 0 AS worse, ROUND(f.total * 1.0 / f.stays, 1) AS detail, f.stays
{_OF_SALE} JOIN finished f ON f.stage = o.stage
WHERE COALESCE(p.after_sale, 0) = 0 AND f.stays >= :limit_finished_stays_needed
  AND days(o.since, :today) * f.stays * 100 > f.total * :limit_stage_over_average_percent"""

_S3: Final = f"""WITH {OPEN_OPPORTUNITY}, {NEXT_EVENT}, idle AS MATERIALIZED (
  SELECT o.*, (SELECT MAX(COALESCE(e.closed_on, e.scheduled_for)) FROM event e WHERE e.opportunity_id = o.id) AS on_day
  FROM open_opportunity o WHERE o.id NOT IN (SELECT n.opportunity_id FROM next_event n)
)
{_HEAD}, COALESCE(o.on_day, o.opened_on) AS since, days(COALESCE(o.on_day, o.opened_on), :today) AS days, 0 AS worse,
  CASE WHEN o.on_day IS NULL THEN 'it was opened' ELSE 'the last one' END AS detail
FROM idle o"""

_S4: Final = f"""WITH {OPEN_OPPORTUNITY}, anticipation AS (
  SELECT e.opportunity_id, e.closed_on, CASE WHEN e.anticipated_stage <> e.actual_stage THEN 1 ELSE 0 END AS missed,
    ROW_NUMBER() OVER (PARTITION BY e.opportunity_id ORDER BY e.closed_on DESC, e.id DESC) AS place
  FROM open_opportunity o CROSS JOIN event e
  WHERE e.opportunity_id = o.id AND e.status = 'done' AND e.anticipated_stage IS NOT NULL AND e.actual_stage IS NOT NULL
), judged AS (
  SELECT a.opportunity_id, SUM(a.missed) AS misses, COUNT(*) AS events,
    MAX(CASE WHEN a.missed = 1 THEN a.closed_on END) AS since
  FROM anticipation a WHERE a.place <= :limit_anticipation_of GROUP BY a.opportunity_id
)
{_HEAD}, j.since, days(j.since, :today) AS days, 0 AS worse, j.misses || ' of the last ' || j.events AS detail
FROM open_opportunity o JOIN judged j ON j.opportunity_id = o.id
WHERE j.misses >= :limit_anticipation_misses"""

_S5: Final = f"""WITH {OPEN_OPPORTUNITY}
{_IN_STAGE}, 0 AS worse, p.slow_after AS detail
{_OF_SALE}
WHERE days(o.since, :today) > p.slow_after"""

_S6: Final = f"""WITH {OPEN_OPPORTUNITY}, move AS (
  SELECT s.opportunity_id, s.since,
    CASE WHEN p.position < LAG(p.position) OVER (PARTITION BY s.opportunity_id ORDER BY s.sequence) THEN 1 ELSE 0 END AS back
  FROM open_opportunity o CROSS JOIN stage_stay s CROSS JOIN playbook_stage p
  WHERE s.opportunity_id = o.id AND p.key = s.stage
), backward AS (
  SELECT m.opportunity_id, COUNT(*) AS times, MAX(m.since) AS since FROM move m WHERE m.back = 1 GROUP BY m.opportunity_id
)
{_HEAD}, b.since, days(b.since, :today) AS days, 0 AS worse, b.times AS detail
FROM open_opportunity o JOIN backward b ON b.opportunity_id = o.id
WHERE b.times >= :limit_backward_moves"""

_S7: Final = f"""WITH {OPEN_OPPORTUNITY}, {_FINISHED}
{_IN_STAGE}, CASE WHEN days(o.since, :today) > p.critical_after THEN 1 ELSE 0 END AS worse,
  CASE WHEN days(o.since, :today) > p.critical_after THEN p.critical_after ELSE p.warning_after END AS allowed,
  CASE WHEN COALESCE(f.stays, 0) < :limit_finished_stays_needed
    THEN 'judged by the stage table alone, finished stays: ' || COALESCE(f.stays, 0)
    ELSE 'average of finished stays: ' || ROUND(f.total * 1.0 / f.stays, 1) END AS detail
{_OF_SALE} LEFT JOIN finished f ON f.stage = o.stage
WHERE COALESCE(p.after_sale, 0) = 0 AND days(o.since, :today) > COALESCE(p.warning_after, p.critical_after)"""

_S8: Final = f"{_BOOKED} WHERE b.gap > b.gap_high"

_NEXT: Final = "improv event schedule {ref} {key_event} {soon}"

FLAGS: Final = (
    Flag(
        code="S1",
        title="booked too far ahead",
        sentence="An event that is scheduled many days after it was set.",
        why="What is far away is easily cancelled, and the sale stands still until then.",
        kind="event",
        sql=_S1,
        reason="{detail} set on {since} for {scheduled_for}, {days} ahead: more than {limit_gap_after}",
        mend="improv event {rebook}",
        covers=("S8",),
    ),
    Flag(
        code="S2",
        title="far slower than average",
        sentence="An opportunity that has been in its stage far longer than finished stays took on average; while these "
        "are too few, S7 judges by the stage's own days alone, and says so.",
        why="What takes so much longer than usual has mostly stopped.",
        kind="opportunity",
        sql=_S2,
        reason="in {stage_name} for {days}, over {limit_stage_over_average_percent}% of the average of "
        "{detail} (finished stays: {stays})",
        mend="improv {onward}",
    ),
    Flag(
        code="S3",
        title="no next event",
        sentence="An open opportunity with no event scheduled today or later.",
        why="A sale without a next date has no next step.",
        kind="opportunity",
        sql=_S3,
        reason="no next event booked since {detail} on {since}, {days} ago",
        mend=_NEXT,
    ),
    Flag(
        code="S4",
        title="anticipation fails",
        sentence="An opportunity whose last events mostly led to another stage than anticipated.",
        why="Whoever is surprised time and again has misread the buyer.",
        kind="opportunity",
        sql=_S4,
        reason="{detail} events led to another stage than anticipated, the latest on {since}",
        mend=_NEXT,
    ),
    Flag(
        code="S5",
        title="stage gone slow",
        sentence="An opportunity that has been too long in a stage where sales are known to die.",
        why="An offer that lies so long is being turned down in silence.",
        kind="opportunity",
        sql=_S5,
        reason="in {stage_name} for {days}, since {since}: more than {detail}",
        mend="improv {onward}",
        covers=("S2", "S7"),
        fields=(("stage", "slow_after"),),
    ),
    Flag(
        code="S6",
        title="moving backward",
        sentence="An opportunity that went back to an earlier stage more than once.",
        why="Going back again says that something was skipped: find it before going on.",
        kind="opportunity",
        sql=_S6,
        reason="moved back {detail} times, the latest on {since}",
        mend=_NEXT,
    ),
    Flag(
        code="S7",
        title="too long in stage",
        sentence="An opportunity that has been in its stage beyond the stage's own days.",
        why="Sales that leave the usual pace are lost more often.",
        kind="opportunity",
        sql=_S7,
        reason="in {stage_name} for {days}, since {since}: more than {allowed} ({detail})",
        mend="improv {onward}",
        covers=("S2",),
        fields=(("stage", "warning_after"), ("stage", "critical_after")),
    ),
    Flag(
        code="S8",
        title="booked beyond its target",
        sentence="An event or visit scheduled more days after it was set than its kind should take.",
        why="Each kind of event has its own pace; beyond it interest fades.",
        kind="event",
        sql=_S8,
        reason="{detail} set on {since} for {scheduled_for}, {days} ahead: its target is {gap_high}",
        mend="improv event {rebook}",
        fields=(("event_kind", "gap"),),
    ),
)
