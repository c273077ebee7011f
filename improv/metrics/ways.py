"""The metrics of the way through the funnel: what follows on each stage, how far leads get, and how soon."""

from typing import Final

from improv.formulas import ACTIVE
from improv.metrics.fragments import CONTACTS, ENTRY, OUTCOMES, QUALIFIED, REOPENED, rated
from improv.metrics.metric import Metric, OwnTarget

_RECEIVED: Final = "day the lead was received"
_ENTERED: Final = "day the stage was entered"
_ON_THE_DAY: Final = "last day of the period"

# Each stay with what came next: the stage it went to, how the opportunity ended, or nothing yet. An outcome follows
# the stay it ended, not an earlier one: before a next stay it must have been reopened.
_STAYS: Final = f"""(
  SELECT s.*, CASE WHEN s.until IS NULL THEN 'still there' ELSE COALESCE((
      SELECT x.outcome FROM opportunity_outcome AS x
      WHERE x.opportunity_id = s.opportunity_id AND x.since >= s.until AND COALESCE(x.stage, s.stage) = s.stage
      AND (s.next_since IS NULL OR x.until <= s.next_since) ORDER BY x.since, x.id LIMIT 1), s.next_stage, 'not known')
    END AS went_to
  FROM (SELECT s.id AS id, s.opportunity_id AS opportunity_id, s.stage AS stage, s.since AS since, s.until AS until,
               {ENTRY} AS entry, LEAD(s.stage) OVER w AS next_stage, LEAD(s.since) OVER w AS next_since
        FROM stage_stay AS s WINDOW w AS (PARTITION BY s.opportunity_id ORDER BY s.sequence, s.id)) AS s) AS s"""
_STAY: Final = "SELECT s.id AS id, s.opportunity_id AS about, s.since AS day, s.stage AS stage, s.entry AS entry, s.went_to AS went_to"
_STAY_KEYS: Final = ("stage", "went_to", "entry")
# A sale advances by winning, or by going to a stage that its own advances to, or past that.
_ADVANCED: Final = """s.went_to = 'won' OR n.position >= (
  SELECT MIN(z.position) FROM playbook_stage AS z WHERE k.advances_to LIKE '% ' || z.key || ' %')"""

_ACTIVE_LEADS: Final = f"FROM lead AS x WHERE {ACTIVE['lead']}"


def _within(days: int, window: str) -> Metric:
    """Return the share of leads with an opportunity within a window that the playbook gives in days."""
    return Metric(
        name=f"lead_to_opportunity_within_{days}",
        title=f"Lead to opportunity, {window} window",
        sentence=f"Leads whose first opportunity was opened within the {window} window of the playbook ({days} days "
        "unless yours says otherwise), of those received whose window is over; until then a lead is listed and not "
        "counted, whatever happened already.",
        kind="share",
        clock=_RECEIVED,
        source="[A] conversion goals",
        in_words=f"leads with an opportunity in the {window} window / leads received whose window is over",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("opportunity in time",),
        # Early hits would count at once and early misses only later: the young leads would look too good.
        sql=f"""SELECT l.id AS id, l.id AS about, l.received_on AS day,
            CASE WHEN days(l.received_on, f.opened_on) <= :limit_conversion_{window} THEN 'opportunity in time'
            WHEN f.opened_on IS NULL THEN 'no opportunity' ELSE 'opportunity later' END AS state,
            CASE WHEN days(l.received_on, :today) <= :limit_conversion_{window} THEN 'window still open' END AS left_out
            FROM lead AS l LEFT JOIN (SELECT lead_id, MIN(opened_on) AS opened_on FROM opportunity GROUP BY lead_id)
            AS f ON f.lead_id = l.id""",
    )


WAYS: Final = (
    _within(30, "short"),
    _within(60, "middle"),
    _within(90, "long"),
    Metric(
        name="qualified_to_opportunity",
        title="Qualified lead to opportunity, long window",
        sentence="Leads found qualified whose first opportunity was opened within the long window of the playbook (90 days "
        "unless yours says otherwise), of those found qualified whose window is over, each from the first day it was; "
        "until then a lead is listed and not counted, whatever happened already.",
        kind="share",
        clock="first day the lead was found qualified",
        source="[C] planning backwards",
        in_words="qualified leads with an opportunity in the long window / leads found qualified whose window is over",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("opportunity in time",),
        sql=f"""SELECT y.lead_id AS id, y.lead_id AS about, y.day AS day,
            CASE WHEN days(y.day, f.opened_on) <= :limit_conversion_long THEN 'opportunity in time'
            WHEN z.verdict = 'no' THEN 'no longer qualified'
            WHEN f.opened_on IS NULL THEN 'no opportunity' ELSE 'opportunity later' END AS state,
            CASE WHEN days(y.day, :today) <= :limit_conversion_long THEN 'window still open' END AS left_out
            {QUALIFIED} LEFT JOIN (SELECT lead_id, MIN(opened_on) AS opened_on FROM opportunity GROUP BY lead_id)
            AS f ON f.lead_id = y.lead_id""",
    ),
    Metric(
        name="stage_conversion",
        title="Stage conversion",
        sentence="Stays in a stage by what came next: another stage, won, lost, no decision, or still there.",
        kind="count",
        clock=_ENTERED,
        source="[A] conversion goals",
        in_words="number of stays begun in the period; by stage and went_to it is the matrix from stage to stage",
        about="opportunity",
        keys=_STAY_KEYS,
        sql=f"{_STAY} FROM {_STAYS}",
    ),
    Metric(
        name="advance_rate",
        title="Advance rate",
        sentence="Stays in a stage that ended in a win, in a stage it advances to or in a later one, of all begun.",
        kind="share",
        clock=_ENTERED,
        source="[A] conversion goals",
        in_words="stays that advanced / stays begun",
        unit="percent",
        about="opportunity",
        keys=_STAY_KEYS,
        hits=("advanced",),
        open=("still there",),
        own_target=OwnTarget(key="stage", entries="stages", field="advance_goal", bound="at_least"),
        sql=f"""{_STAY}, CASE WHEN {_ADVANCED} THEN 'advanced' WHEN n.key IS NOT NULL THEN 'went elsewhere'
            ELSE s.went_to END AS state
            FROM {_STAYS} LEFT JOIN playbook_stage AS k ON k.key = s.stage
            LEFT JOIN playbook_stage AS n ON n.key = s.went_to""",
    ),
    Metric(
        name="close_by_stage",
        title="Close by stage",
        sentence="Stays in a stage that ended in a win there, of all begun.",
        kind="share",
        clock=_ENTERED,
        source="[A] stages",
        in_words="stays that ended in a win / stays begun",
        unit="percent",
        about="opportunity",
        keys=_STAY_KEYS,
        hits=("won",),
        open=("still there",),
        sql=f"""{_STAY}, CASE WHEN s.went_to IN ('won', 'lost', 'no decision', 'still there') THEN s.went_to
            ELSE 'went on' END AS state FROM {_STAYS}""",
    ),
    Metric(
        name="referral_to_win",
        title="Referral to win",
        sentence="Referrals whose lead has an opportunity won, of all received in the period.",
        kind="share",
        clock="day the referral was received",
        source="[A] report 9",
        in_words="referrals with a won opportunity / referrals received",
        unit="percent",
        about="client",
        label="R",
        keys=("kind", "state"),
        hits=("won",),
        open=("under way", "waiting"),
        sql="""SELECT r.id AS id, r.client_id AS about, r.received_on AS day, r.kind AS kind,
            CASE WHEN f.wins > 0 THEN 'won' WHEN f.running > 0 THEN 'under way' WHEN f.lead_id IS NOT NULL THEN 'not won'
            WHEN r.declined_on IS NOT NULL THEN 'declined' ELSE 'waiting' END AS state
            FROM referral AS r LEFT JOIN (
              SELECT o.lead_id AS lead_id, SUM(CASE WHEN x.outcome = 'won' THEN 1 ELSE 0 END) AS wins,
                     SUM(CASE WHEN x.outcome IS NULL THEN 1 ELSE 0 END) AS running
              FROM opportunity AS o
              LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
              GROUP BY o.lead_id) AS f ON f.lead_id = r.lead_id""",
    ),
    Metric(
        name="time_to_close",
        title="Time to close",
        sentence="Days from receiving a lead to winning its opportunity; won ones only.",
        kind="duration",
        clock="day won",
        source="[E] average time to close",
        in_words="days from lead to win / opportunities won that came from a lead",
        unit="days",
        about="opportunity",
        label="O",
        keys=("stage",),
        shows="mean",
        sql=f"""SELECT o.id AS id, o.id AS about, x.since AS day, x.stage AS stage,
            days(l.received_on, x.since) AS days, 1 AS ended,
            CASE {REOPENED} WHEN l.id IS NULL THEN 'no lead'
            WHEN x.since < l.received_on THEN 'won before its lead was received' END AS left_out
            {OUTCOMES} LEFT JOIN lead AS l ON l.id = o.lead_id WHERE x.outcome = 'won'""",
    ),
    Metric(
        name="days_to_first_contact",
        title="Days to first contact",
        sentence="Days from receiving a lead to first reaching it; who is not reached yet waits at least so long.",
        kind="duration",
        clock=_RECEIVED,
        source="[A] daily",
        in_words="product-limit median of the days until somebody was reached",
        unit="days",
        about="lead",
        label="L",
        shows="median",
        sql=f"""SELECT l.id AS id, l.id AS about, l.received_on AS day,
            days(l.received_on, COALESCE(f.day, :today)) AS days, CASE WHEN f.day IS NULL THEN 0 ELSE 1 END AS ended,
            CASE WHEN f.day < l.received_on THEN 'reached before it was received'
            WHEN l.received_on > :today THEN 'received after today' END AS left_out
            FROM lead AS l LEFT JOIN (SELECT c.lead_id AS lead_id, MIN(c.day) AS day FROM ({CONTACTS}) AS c
            GROUP BY c.lead_id) AS f ON f.lead_id = l.id""",
    ),
    Metric(
        name="contact_before_opportunity",
        title="First opportunities",
        sentence="Leads whose first opportunity was opened, by the contact that came last before it and by the type of "
        "campaign it belongs to, else that of the lead.",
        kind="count",
        clock="day the first opportunity was opened",
        source="[E] tracking",
        in_words="number of leads with a first opportunity in the period",
        about="lead",
        label="L",
        keys=("contact", "nurture"),
        sql=f"""SELECT q.lead_id AS id, q.lead_id AS about, q.day AS day, q.kind AS contact,
            COALESCE(m.type, n.type) AS nurture
            FROM (SELECT f.lead_id AS lead_id, f.opened_on AS day, c.kind AS kind, c.campaign_id AS campaign_id,
                    ROW_NUMBER() OVER (PARTITION BY f.lead_id ORDER BY c.day DESC, c.kind, c.campaign_id) AS place
                  FROM (SELECT lead_id, MIN(opened_on) AS opened_on FROM opportunity WHERE lead_id IS NOT NULL
                        GROUP BY lead_id) AS f
                  LEFT JOIN ({CONTACTS}) AS c ON c.lead_id = f.lead_id AND c.day <= f.opened_on) AS q
            JOIN lead AS l ON l.id = q.lead_id LEFT JOIN campaign AS m ON m.id = q.campaign_id
            LEFT JOIN campaign AS n ON n.id = l.campaign_id WHERE q.place = 1""",
    ),
    Metric(
        name="active_leads",
        title="Active leads",
        sentence="Leads that are being worked on the day: received, without an opportunity, and not found unqualified.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[E] pipeline",
        in_words="number of active leads",
        about="lead",
        label="L",
        sql=f"SELECT x.id AS id, x.id AS about, :on AS since, NULL AS until {_ACTIVE_LEADS}",
    ),
    Metric(
        name="days_since_last_contact",
        title="Days since last contact",
        sentence="The mean days since active leads were last reached; since they came in, where they never were. "
        "A lead is active until it has an opportunity or is found not qualified.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] daily",
        in_words="days since the last contact / active leads",
        unit="days",
        about="lead",
        label="L",
        shows="mean",
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until,
            days(COALESCE(f.day, q.received_on), :on) AS value
            FROM (SELECT x.id AS id, x.received_on AS received_on {_ACTIVE_LEADS}) AS q
            LEFT JOIN (SELECT c.lead_id AS lead_id, MAX(c.day) AS day FROM ({CONTACTS}) AS c WHERE c.day <= :on
            GROUP BY c.lead_id) AS f ON f.lead_id = q.id""",
    ),
    Metric(
        name="lead_score",
        title="Lead score",
        sentence="The mean of the scores of active leads: as somebody rated them last, else by the playbook's formula.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] what is recorded",
        in_words="sum of the scores of active leads / active leads whose score is known",
        about="lead",
        label="L",
        keys=("state",),
        shows="mean",
        sql=rated("score", f"SELECT x.id AS id {_ACTIVE_LEADS}"),
    ),
)
