"""The metrics of leads: how many come, from where, and what becomes of them."""

from typing import Final

from improv.metrics.fragments import NOT_QUALIFIED, QUALIFIED, last_verdict
from improv.metrics.metric import Metric

_RECEIVED: Final = "day the lead was received"
_LEAD: Final = "SELECT l.id AS id, l.id AS about, l.received_on AS day"
# A lead without an opportunity can still get one, unless it was found unfit: nothing has failed yet.
_WAITING: Final = "CASE WHEN z.verdict = 'no' THEN 'not qualified' ELSE 'waiting' END"
_LAST_VERDICT: Final = f"LEFT JOIN qualification AS z ON z.id = {last_verdict('l.id')}"
_OPENED: Final = "EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = {lead})"
# Whether an opportunity of the lead stands under an outcome, or none.
_STANDS: Final = """EXISTS (SELECT 1 FROM opportunity AS o LEFT JOIN opportunity_outcome AS x
              ON x.opportunity_id = o.id AND x.until IS NULL WHERE o.lead_id = l.id AND x.outcome {})"""


def _became(state: str, name: str, title: str, sentence: str, source: str) -> Metric:
    """Return how many leads came to a state of their lifecycle, each the first time."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="count",
        clock=f"first day the lead was an {state.upper()}",
        source=source,
        in_words=f"number of leads that became {state.upper()} in the period",
        about="lead",
        label="L",
        sql=f"""SELECT y.lead_id AS id, y.lead_id AS about, y.since AS day
            FROM lifecycle AS y WHERE y.state = '{state}' AND NOT EXISTS (
              SELECT 1 FROM lifecycle AS z WHERE z.lead_id = y.lead_id AND z.state = '{state}'
              AND (z.since < y.since OR (z.since = y.since AND z.id < y.id)))""",
    )


LEADS: Final = (
    Metric(
        name="new_leads",
        title="New leads",
        sentence="Leads received.",
        kind="count",
        clock=_RECEIVED,
        source="[A] daily",
        in_words="number of leads received in the period",
        about="lead",
        label="L",
        sql=f"{_LEAD} FROM lead AS l",
    ),
    Metric(
        name="leads_with_source",
        title="Leads with a source",
        sentence="Leads whose source is recorded, of all leads received.",
        kind="share",
        clock=_RECEIVED,
        source="[A] daily",
        in_words="leads with a source / leads received",
        unit="percent",
        about="lead",
        label="L",
        hits=("source known",),
        sql=f"{_LEAD}, CASE WHEN l.source IS NULL THEN 'no source' ELSE 'source known' END AS state FROM lead AS l",
    ),
    Metric(
        name="referral_share",
        title="Referral share",
        sentence="Leads that a client referred, of all leads received; one without a source is no referral.",
        kind="share",
        clock=_RECEIVED,
        source="[A] monthly scorecard",
        in_words="referral leads / leads received",
        unit="percent",
        about="lead",
        label="L",
        hits=("referred",),
        sql=f"""{_LEAD}, CASE WHEN l.source IS NULL THEN 'no source' WHEN l.source IN (
            SELECT k.key FROM playbook_source AS k WHERE k.from_client = 1) THEN 'referred'
            ELSE 'not referred' END AS state FROM lead AS l""",
    ),
    Metric(
        name="qualified_leads",
        title="Qualified leads",
        sentence="Leads found qualified, each on the first day it was, unless the last verdict is no.",
        kind="count",
        clock="first day the lead was found qualified",
        source="[A] monthly scorecard",
        in_words="number of leads found qualified in the period",
        about="lead",
        label="L",
        sql=f"SELECT y.lead_id AS id, y.lead_id AS about, y.day AS day, {NOT_QUALIFIED} {QUALIFIED}",
    ),
    Metric(
        name="lead_qualification",
        title="Leads found qualified",
        sentence="Leads that are qualified by the last verdict, of all leads received; one without a verdict is open.",
        kind="share",
        clock=_RECEIVED,
        source="[A] daily",
        in_words="leads found qualified / leads received",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("qualified",),
        open=("no verdict",),
        sql=f"""{_LEAD}, CASE z.verdict WHEN 'yes' THEN 'qualified' WHEN 'no' THEN 'not qualified' ELSE 'no verdict' END
            AS state FROM lead AS l {_LAST_VERDICT}""",
    ),
    Metric(
        name="qualified_lead_to_opportunity",
        title="Qualified lead to opportunity",
        sentence="Leads with an opportunity opened, of all first found qualified in the period; without one, and not "
        "found otherwise since, a lead is still open.",
        kind="share",
        clock="first day the lead was found qualified",
        source="[C] planning backwards",
        in_words="qualified leads with an opportunity / leads found qualified",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("opportunity opened",),
        open=("waiting",),
        sql=f"""SELECT y.lead_id AS id, y.lead_id AS about, y.day AS day,
            CASE WHEN {_OPENED.format(lead="y.lead_id")} THEN 'opportunity opened'
            WHEN z.verdict = 'no' THEN 'no longer qualified' ELSE 'waiting' END AS state {QUALIFIED}""",
    ),
    _became(
        "mql",
        "marketing_qualified_leads",
        "Marketing-qualified leads",
        "Leads that became MQL, looking at a specific product, each the first time.",
        "[C] planning backwards",
    ),
    _became(
        "sql",
        "sales_qualified_leads",
        "Sales-qualified leads",
        "Leads that became SQL, talking price, place and availability, each the first time.",
        "[C] lifecycle",
    ),
    Metric(
        name="leads_in_lifecycle",
        title="Leads by lifecycle",
        sentence="Leads by the state of their lifecycle on the day, from subscriber to customer.",
        kind="level",
        clock="last day of the period",
        source="[C] lifecycle",
        in_words="number of leads with a state of their lifecycle",
        about="lead",
        label="L",
        keys=("state",),
        sql="""SELECT y.lead_id AS id, y.lead_id AS about, y.since AS since, y.until AS until, y.state AS state
            FROM lifecycle AS y""",
    ),
    Metric(
        name="lead_to_opportunity",
        title="Lead to opportunity",
        sentence="Leads with an opportunity opened since, of all leads received in the period; without one, and not "
        "found unfit, a lead is still open.",
        kind="share",
        clock=_RECEIVED,
        source="[A] monthly scorecard",
        in_words="leads with an opportunity / leads received",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("opportunity opened",),
        open=("waiting",),
        matures=True,
        sql=f"""{_LEAD}, CASE WHEN {_OPENED.format(lead="l.id")} THEN 'opportunity opened' ELSE {_WAITING} END AS state
            FROM lead AS l {_LAST_VERDICT}""",
    ),
    Metric(
        name="lead_to_win",
        title="Lead to win",
        sentence="Leads with an opportunity won since, of all leads received in the period; one with an opportunity "
        "that is open, or without one and not found unfit, is still open.",
        kind="share",
        clock=_RECEIVED,
        source="[A] conversion goals",
        in_words="leads with a won opportunity / leads received",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("won",),
        open=("under way", "waiting"),
        matures=True,
        sql=f"""{_LEAD}, CASE WHEN {_STANDS.format("= 'won'")} THEN 'won' WHEN {_STANDS.format("IS NULL")} THEN 'under way'
            WHEN {_OPENED.format(lead="l.id")} THEN 'not won' ELSE {_WAITING} END AS state
            FROM lead AS l {_LAST_VERDICT}""",
    ),
    Metric(
        name="lead_to_customer",
        title="Lead to customer",
        sentence="Leads that are customers by their lifecycle, of all leads received in the period; the others are still "
        "open, but those found unfit.",
        kind="share",
        clock=_RECEIVED,
        source="[C] lifecycle",
        in_words="leads that became customers / leads received",
        unit="percent",
        about="lead",
        label="L",
        keys=("state",),
        hits=("customer",),
        open=("under way",),
        matures=True,
        sql=f"""{_LEAD}, CASE WHEN f.state = 'customer' THEN 'customer' WHEN z.verdict = 'no' THEN 'not qualified'
            ELSE 'under way' END AS state
            FROM lead AS l LEFT JOIN lifecycle AS f ON f.lead_id = l.id AND f.until IS NULL {_LAST_VERDICT}""",
    ),
)
