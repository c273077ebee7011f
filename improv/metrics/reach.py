"""The metrics of reaching people: web leads and cold calling, each step, the ratios between them and their cost."""

from typing import Final

from improv.metrics.fragments import (
    ACTIVITY,
    CAMPAIGN,
    CAMPAIGN_KEYS,
    JOIN_CAMPAIGN,
    NOT_QUALIFIED,
    OUTCOMES,
    QUALIFIED,
    REOPENED,
    is_of_sales,
    of_kinds,
)
from improv.metrics.metric import Kind, Metric, Unit

_WEB: Final = "[B] web leads"
_CALLING: Final = "[B] cold calling"
_TRACKED: Final = "[D] campaigns"
_WON: Final = f"SELECT o.id AS id, o.id AS about, x.since AS day, {CAMPAIGN}"


def _per(name: str, title: str, of: str, per: str, source: str, unit: Unit = "percent") -> Metric:
    """Return the ratio of two figures of one period."""
    above, below = (part.replace("_", " ") for part in (of, per))
    return Metric(
        name=name,
        title=title,
        sentence=f"{above.capitalize()} over {below}, both of the period.",
        kind="ratio",
        clock="the clock of each",
        source=source,
        in_words=f"{above} / {below}",
        unit=unit,
        of=of,
        per=per,
    )


def _cost(name: str, title: str, per: str, source: str) -> Metric:
    return _per(name, title, "campaign_spend", per, source, unit="money")


def _calls(name: str, title: str, sentence: str, condition: str) -> Metric:
    """Return how many times a step of calling was logged as an activity."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="total",
        clock="day the activity was done",
        source=_CALLING,
        in_words=f"sum of the times of the {title.lower()} in the period",
        label="A",
        keys=("owner", "campaign"),
        sql=f"{ACTIVITY} WHERE {condition}",
    )


def _first_appointments(what: str, sentence: str, day: str, only: str) -> Metric:
    """Return the first sales events: one for each lead, or for each opportunity that came from none."""
    # The plus: a year of events is read faster as it lies in the store than by the index of days.
    at = "+e.closed_on" if day == "closed_on" else f"e.{day}"
    return Metric(
        name=f"first_appointments_{what}",
        title=f"First appointments {what}",
        sentence=sentence,
        kind="count",
        clock=f"day the event was {'done' if what == 'held' else what}",
        source=_CALLING,
        in_words=f"number of first appointments {what} in the period",
        about="opportunity",
        label="E",
        keys=("kind", "assigned_to"),
        sql=f"""SELECT e.id AS id, e.opportunity_id AS about, {at} AS day, e.kind AS kind, e.assigned_to AS assigned_to
            FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id WHERE {is_of_sales()}{only.format("e")}
            {" ".join(_none_earlier(day, only.format("y"), *with_them) for with_them in _WITH_SOMEBODY)}""",
    )


# The events `y` with the same as an event `e`, whose opportunity is `o`: with its lead, with another opportunity of that
# lead, and where there is no lead, with its opportunity or else its client. The plus keeps to the index of whose they are:
# those without a lead may be nearly all there are.
_WITH_SOMEBODY: Final = (
    ("event AS y", "y.lead_id = COALESCE(e.lead_id, o.lead_id)"),
    (
        "opportunity AS p JOIN event AS y ON y.opportunity_id = p.id",
        "p.lead_id = COALESCE(e.lead_id, o.lead_id) AND +y.lead_id IS NULL",
    ),
    (
        "event AS y",
        "y.opportunity_id = e.opportunity_id AND +y.lead_id IS NULL AND COALESCE(e.lead_id, o.lead_id) IS NULL",
    ),
    (
        "event AS y",
        """y.client_id = e.client_id AND +y.lead_id IS NULL AND +y.opportunity_id IS NULL
              AND e.lead_id IS NULL AND e.opportunity_id IS NULL""",
    ),
)


def _none_earlier(day: str, only: str, events: str, with_them: str) -> str:
    """Return the SQL of whether none of some sales events `y` came before an event `e`."""
    return f"""AND NOT EXISTS (SELECT 1 FROM {events} WHERE {with_them} AND {is_of_sales("y")}{only}
              AND (y.{day} < e.{day} OR (y.{day} = e.{day} AND y.id < e.id)))"""


def _campaign_wins(name: str, title: str, sentence: str, kind: Kind, value: str) -> Metric:
    """Return a figure of the opportunities won whose own campaign, or their lead's, is known."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind=kind,
        clock="day won",
        source=_TRACKED,
        in_words=f"{'number' if kind == 'count' else 'sum'} of the {title.lower()} in the period",
        unit="number" if kind == "count" else "money",
        about="opportunity",
        label="O",
        keys=CAMPAIGN_KEYS,
        sql=f"{_WON}, {value} {OUTCOMES} {JOIN_CAMPAIGN} {_PROFIT} WHERE x.outcome = 'won'",
    )


# What is left of the lines that were sold: a line without its revenue or its cost leaves the profit unknown.
_PROFIT: Final = """LEFT JOIN (SELECT opportunity_id, SUM(revenue) - SUM(cost) AS amount,
    CASE WHEN COUNT(*) = COUNT(revenue) AND COUNT(*) = COUNT(cost) THEN 1 ELSE 0 END AS known
    FROM product_line WHERE included = 1 GROUP BY opportunity_id) AS g ON g.opportunity_id = o.id"""

# What a campaign's leads cost so far, up to this one, to the nearest cent: what each adds makes up the whole spend.
_SHARED: Final = "(2 * m.spend * {place} + m.leads) / (2 * m.leads)"

REACH: Final = (
    Metric(
        name="lead_spend",
        title="Spend on leads",
        sentence="What campaigns cost in the period, shared out among the leads that name them; that of a campaign "
        "without a lead is not in it.",
        kind="level",
        clock="day of the campaign's result",
        source="[A] report 1",
        in_words="sum of the spend of the campaigns / their leads, for each lead",
        unit="money",
        about="lead",
        label="L",
        shows="sum",
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until,
            {_SHARED.format(place="q.place")} - {_SHARED.format(place="(q.place - 1)")} AS value
            FROM (SELECT id, campaign_id, ROW_NUMBER() OVER (PARTITION BY campaign_id ORDER BY id) AS place
                  FROM lead WHERE campaign_id IS NOT NULL) AS q
            JOIN (SELECT r.campaign_id AS campaign_id, SUM(r.spend) AS spend,
                         (SELECT COUNT(*) FROM lead AS l WHERE l.campaign_id = r.campaign_id) AS leads
                  FROM campaign_result AS r WHERE r.on_day BETWEEN :first AND :on AND r.spend IS NOT NULL
                  GROUP BY r.campaign_id) AS m ON m.campaign_id = q.campaign_id""",
    ),
    _per("return_on_lead_spend", "Return on spend", "won_value", "lead_spend", "[A] report 1", unit="number"),
    Metric(
        name="campaign_own_leads",
        title="Leads of campaigns",
        sentence="Leads received that name their campaign, as recorded here and not as the platform reports them.",
        kind="count",
        clock="day the lead was received",
        source=_WEB,
        in_words="number of leads with a campaign received in the period",
        about="lead",
        label="L",
        keys=CAMPAIGN_KEYS,
        sql=f"""SELECT l.id AS id, l.id AS about, l.received_on AS day, {CAMPAIGN}
            FROM lead AS l JOIN campaign AS m ON m.id = l.campaign_id""",
    ),
    Metric(
        name="campaign_prospects",
        title="Prospects of campaigns",
        sentence="Leads of campaigns found qualified, each on the first day it was, unless the last verdict is no.",
        kind="count",
        clock="first day the lead was found qualified",
        source=_WEB,
        in_words="number of leads with a campaign found qualified in the period",
        about="lead",
        label="L",
        keys=CAMPAIGN_KEYS,
        sql=f"""SELECT y.lead_id AS id, y.lead_id AS about, y.day AS day, {CAMPAIGN}, {NOT_QUALIFIED} {QUALIFIED}
            JOIN lead AS l ON l.id = y.lead_id JOIN campaign AS m ON m.id = l.campaign_id""",
    ),
    Metric(
        name="campaign_opportunities",
        title="Opportunities of campaigns",
        sentence="Opportunities opened that came from a campaign, their own or their lead's.",
        kind="count",
        clock="day the opportunity was opened",
        source=_TRACKED,
        in_words="number of opportunities with a campaign opened in the period",
        about="opportunity",
        label="O",
        keys=CAMPAIGN_KEYS,
        sql=f"SELECT o.id AS id, o.id AS about, o.opened_on AS day, {CAMPAIGN} FROM opportunity AS o {JOIN_CAMPAIGN}",
    ),
    _campaign_wins(
        "campaign_wins",
        "Wins of campaigns",
        "Opportunities won that came from a campaign.",
        "count",
        f"CASE {REOPENED} END AS left_out",
    ),
    _campaign_wins(
        "campaign_won_value",
        "Value won by campaigns",
        "The value of the opportunities won that came from a campaign.",
        "total",
        f"t.value AS value, CASE {REOPENED} WHEN t.value IS NULL THEN 'no value' END AS left_out",
    ),
    _campaign_wins(
        "campaign_gross_profit",
        "Gross profit of campaigns",
        "Revenue less cost of the product lines sold in opportunities won that came from a campaign.",
        "total",
        f"""g.amount AS value, CASE {REOPENED} WHEN g.known IS NULL THEN 'no product lines'
            WHEN g.known = 0 THEN 'a line without revenue or cost' END AS left_out""",
    ),
    _per("click_through_rate", "Click-through rate", "campaign_clicks", "campaign_impressions", _WEB),
    _per("leads_per_click", "Leads per click", "campaign_leads", "campaign_clicks", _WEB),
    _per("customers_per_lead", "Customers per lead", "campaign_customers", "campaign_leads", _WEB),
    _per("own_leads_per_click", "Leads of ours per click", "campaign_own_leads", "campaign_clicks", _WEB),
    _per("prospects_per_own_lead", "Prospects per lead", "campaign_prospects", "campaign_own_leads", _WEB),
    _per("wins_per_prospect", "Wins per prospect", "campaign_wins", "campaign_prospects", _WEB),
    _cost("cost_per_click", "Cost per click", "campaign_clicks", _WEB),
    _cost("cost_per_lead", "Cost per lead", "campaign_leads", _WEB),
    _cost("cost_per_customer", "Cost per customer", "campaign_customers", _WEB),
    _cost("cost_per_own_lead", "Cost per own lead", "campaign_own_leads", _WEB),
    _cost("cost_per_prospect", "Cost per prospect", "campaign_prospects", _WEB),
    _cost("cost_per_win", "Cost per win", "campaign_wins", _WEB),
    _per(
        "campaign_return",
        "Return on campaigns",
        "campaign_gross_profit",
        "campaign_spend",
        _TRACKED,
        unit="number",
    ),
    _calls(
        "dials",
        "Dials",
        "Times the telephone was used: dials, and calls that connected.",
        of_kinds("k.calling IN ('dialled', 'reached')"),
    ),
    _calls(
        "contacts",
        "Contacts",
        "Dials that somebody answered: calls that connected, and dials noted with a response.",
        f"""(({of_kinds("k.calling = 'reached'")} AND COALESCE(a.response, 'yes') = 'yes')
            OR ({of_kinds("k.calling = 'dialled'")} AND a.response = 'yes'))""",
    ),
    _calls(
        "presentations",
        "Presentations",
        "Presentations logged as activities.",
        of_kinds("k.calling = 'presented'"),
    ),
    _first_appointments("set", "Sales events set that were the first with somebody.", "set_on", ""),
    _first_appointments(
        "held",
        "Sales events held that were the first held with somebody.",
        "closed_on",
        " AND {}.status = 'done'",
    ),
    _calls("demos", "Demos", "Demos logged as activities.", of_kinds("k.calling = 'demonstrated'")),
    _calls("proposals", "Proposals", "Proposals logged as activities.", of_kinds("k.calling = 'proposed'")),
    _per("contacts_per_dial", "Contacts per dial", "contacts", "dials", _CALLING),
    _per("presentations_per_contact", "Presentations per contact", "presentations", "contacts", _CALLING),
    _per(
        "appointments_per_presentation",
        "First appointments set per presentation",
        "first_appointments_set",
        "presentations",
        _CALLING,
    ),
    _per(
        "appointments_held_per_set",
        "First appointments held per set",
        "first_appointments_held",
        "first_appointments_set",
        _CALLING,
    ),
    _per(
        "demos_per_appointment", "Demos per first appointment", "demos", "first_appointments_held", _CALLING
    ),
    _per("proposals_per_demo", "Proposals per demo", "proposals", "demos", _CALLING),
    _per("closes_per_proposal", "Closes per proposal", "won_deals", "proposals", _CALLING),
    _per("closes_per_dial", "Closes per dial", "won_deals", "dials", _CALLING),
    _cost("cost_per_dial", "Cost per dial", "dials", _CALLING),
    _cost("cost_per_contact", "Cost per contact", "contacts", _CALLING),
    _cost("cost_per_presentation", "Cost per presentation", "presentations", _CALLING),
    _cost("cost_per_first_appointment", "Cost per first appointment", "first_appointments_held", _CALLING),
    _cost("cost_per_demo", "Cost per demo", "demos", _CALLING),
    _cost("cost_per_proposal", "Cost per proposal", "proposals", _CALLING),
    _cost("cost_per_close", "Cost per close", "won_deals", _CALLING),
)
