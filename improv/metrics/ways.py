"""The metrics of the way through the funnel: what follows on each stage, how far leads get, and how soon."""

from typing import Final

from improv.formulas import ACTIVE
from improv.metrics.fragments import CLOSINGS, ENTRY, QUALIFIED, REOPENED, contacts_of, rated
from improv.metrics.metric import Metric, OwnTarget

_RECEIVED: Final = "day the lead was received"
_ENTERED: Final = "day the stage was entered"
_ON_THE_DAY: Final = "last day of the period"

# What came after a stay `s`: the stage it went to, how the opportunity ended, or nothing yet. An outcome follows the stay
# it ended, not an earlier one: before a next stay it must have been reopened. Looked up for each stay, as a period has
# few of all that ever were.
_WENT_TO: Final = (
    """CASE WHEN s.until IS NULL THEN 'still there' ELSE COALESCE(x.outcome, n.stage, 'not known') END"""
)
_JOIN_NEXT: Final = """
LEFT JOIN stage_stay AS n ON n.id = (
  SELECT y.id FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id
  AND y.sequence >= s.sequence AND (y.sequence > s.sequence OR y.id > s.id) ORDER BY y.sequence, y.id LIMIT 1)
LEFT JOIN opportunity_outcome AS x ON x.id = (
  SELECT y.id FROM opportunity_outcome AS y
  WHERE y.opportunity_id = s.opportunity_id AND y.since >= s.until AND COALESCE(y.stage, s.stage) = s.stage
  AND (n.id IS NULL OR y.until <= n.since) ORDER BY y.since, y.id LIMIT 1)"""
_STAY: Final = (
    f"SELECT s.id AS id, s.opportunity_id AS about, s.since AS day, s.stage AS stage, {ENTRY} AS entry"
)
_STAYS: Final = f"{_STAY}, {_WENT_TO} AS went_to FROM stage_stay AS s {_JOIN_NEXT}"
_STAY_KEYS: Final = ("stage", "went_to", "entry")
# The first stage that each one advances to. A sale advances by winning, or by going there, or past that.
_GOALS: Final = """(SELECT k.key AS key, MIN(z.position) AS position FROM playbook_stage AS k
    JOIN playbook_stage AS z ON k.advances_to LIKE '% ' || z.key || ' %' GROUP BY k.key)"""

# The last contact on or before the day `f` of a lead's first opportunity.
_LAST_BEFORE: Final = f"""(SELECT c.{{}} FROM ({contacts_of("f.lead_id")}) AS c WHERE c.day <= f.day
    ORDER BY c.day DESC, c.kind, c.campaign_id LIMIT 1)"""
_ACTIVE_LEADS: Final = f"FROM lead AS x WHERE {ACTIVE['lead']}"


def _reached(which: str, leads: str, when: str = "") -> str:
    """Return the SQL of leads `x` with the first (`MIN`) or last (`MAX`) `day` they were reached.

    They are distinct anyway: saying so has the day looked up once, and not wherever it is used.
    """
    day = f"SELECT {which}(c.day) FROM ({contacts_of('x.id')}) AS c {when}"
    return f"(SELECT DISTINCT x.id AS id, x.received_on AS received_on, ({day}) AS day FROM {leads})"


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
        # How many there are is known without what came next.
        sql=f"""{_STAY}, (SELECT w.went_to FROM ({_STAYS}) AS w WHERE w.id = s.id) AS went_to FROM stage_stay AS s""",
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
        sql=f"""{_STAY}, {_WENT_TO} AS went_to,
            CASE WHEN {_WENT_TO} = 'won' OR k.position >= g.position THEN 'advanced'
            WHEN k.key IS NOT NULL THEN 'went elsewhere' ELSE {_WENT_TO} END AS state
            FROM stage_stay AS s {_JOIN_NEXT} LEFT JOIN {_GOALS} AS g ON g.key = +s.stage
            LEFT JOIN playbook_stage AS k ON k.key = {_WENT_TO}""",
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
        sql=f"""{_STAY}, {_WENT_TO} AS went_to, CASE WHEN s.until IS NULL OR x.id IS NOT NULL THEN {_WENT_TO}
            ELSE 'went on' END AS state FROM stage_stay AS s {_JOIN_NEXT}""",
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
            {CLOSINGS} LEFT JOIN lead AS l ON l.id = o.lead_id WHERE x.outcome = 'won'""",
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
        sql=f"""SELECT f.id AS id, f.id AS about, f.received_on AS day,
            days(f.received_on, COALESCE(f.day, :today)) AS days, CASE WHEN f.day IS NULL THEN 0 ELSE 1 END AS ended,
            CASE WHEN f.day < f.received_on THEN 'reached before it was received'
            WHEN f.received_on > :today THEN 'received after today' END AS left_out
            FROM {_reached("MIN", "lead AS x")} AS f""",
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
        sql=f"""SELECT l.id AS id, l.id AS about, f.day AS day, {_LAST_BEFORE.format("kind")} AS contact,
            COALESCE((SELECT m.type FROM campaign AS m WHERE m.id = {_LAST_BEFORE.format("campaign_id")}),
              (SELECT m.type FROM campaign AS m WHERE m.id = l.campaign_id)) AS nurture
            FROM (SELECT lead_id, MIN(opened_on) AS day FROM opportunity WHERE lead_id IS NOT NULL GROUP BY lead_id) AS f
            JOIN lead AS l ON l.id = f.lead_id""",
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
        sql=f"""SELECT f.id AS id, f.id AS about, :on AS since, NULL AS until,
            days(COALESCE(f.day, f.received_on), :on) AS value
            FROM {_reached("MAX", f"lead AS x WHERE {ACTIVE['lead']}", "WHERE c.day <= :on")} AS f""",
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
