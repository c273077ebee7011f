"""The metrics of revenue: new and recurring, per account and salesperson, what leaves, and how fast it comes in."""

from typing import Final

from improv.metrics.fragments import ACTIVE_CLIENTS, CLOSINGS, OUTCOMES, REOPENED, active_clients, rated
from improv.metrics.metric import Metric, Unit

_REVENUE: Final = "[B] revenue"
_TRACKING: Final = "[E] tracking"
_ON_THE_DAY: Final = "last day of the period"
_MONTHS: Final = 12

# The client a sale `o` was made to: its own, or the one its lead became. As a number, so that it is found by an index.
_BUYER: Final = "CAST(COALESCE(o.client_id, b.client_id) AS INTEGER)"
_JOIN_BUYER: Final = """LEFT JOIN (SELECT lead_id, MIN(id) AS client_id FROM client WHERE lead_id IS NOT NULL
    GROUP BY lead_id) AS b ON b.lead_id = o.lead_id"""
_STANDS: Final = "x.outcome = 'won' AND x.until IS NULL"
# Each win that stands, by its place among the wins of its client.
_WINS: Final = f"""
FROM (SELECT o.id AS id, x.since AS day, x.stage AS stage, x.reason AS reason, t.value AS amount, {_BUYER} AS buyer,
             ROW_NUMBER() OVER (PARTITION BY {_BUYER} ORDER BY x.since, x.id) AS place
      {OUTCOMES} {_JOIN_BUYER} WHERE {_STANDS}) AS w
LEFT JOIN client AS c ON c.id = w.buyer"""
# The same where nothing is asked of the place: only those of the period are looked at.
_WINS_OF_ANY_PLACE: Final = f"""
FROM (SELECT o.id AS id, x.since AS day, x.stage AS stage, x.reason AS reason, {_BUYER} AS buyer
      {CLOSINGS} {_JOIN_BUYER} WHERE {_STANDS}) AS w"""
_NEW: Final = "(w.place = 1 AND c.since_on >= w.day)"
_LATER: Final = "(w.place > 1 OR c.since_on < w.day)"
_WIN: Final = "SELECT w.id AS id, w.id AS about, w.day AS day, w.stage AS stage, w.reason AS reason"

# Whether a campaign `m` is for clients: no lead came by it, and it was used at a client.
_FOR_CLIENTS: Final = """(m.id IN (SELECT n.id FROM campaign AS n
    WHERE NOT EXISTS (SELECT 1 FROM lead AS l WHERE l.campaign_id = n.id)
    AND (EXISTS (SELECT 1 FROM activity AS a WHERE a.campaign_id = n.id AND a.client_id IS NOT NULL)
    OR EXISTS (SELECT 1 FROM opportunity AS o WHERE o.campaign_id = n.id AND +o.client_id IS NOT NULL
    AND +o.lead_id IS NULL))))"""

# Each time a client left, with the reason and the yearly revenue it had until then.
_LEAVERS: Final = """
FROM (SELECT a.client_id AS client_id, a.until AS day, f.reason AS reason, (
        SELECT y.value FROM reading AS y WHERE y.client_id = a.client_id AND y.kind = 'revenue' AND y.on_day <= a.until
        ORDER BY y.on_day DESC, y.id DESC LIMIT 1) AS revenue
      FROM client_status AS a
      LEFT JOIN client_status AS f ON f.client_id = a.client_id AND f.status = 'former' AND f.since = a.until
      WHERE a.status = 'active' AND a.until IS NOT NULL) AS q"""
_LEFT: Final = "SELECT q.client_id AS id, q.client_id AS about, q.day AS day, q.reason AS reason"


_REVENUE_THEN: Final = """(SELECT y.value FROM reading AS y WHERE y.client_id = c.id AND y.kind = 'revenue'
    AND y.on_day <= :on ORDER BY y.on_day DESC, y.id DESC LIMIT 1)"""


def _wins(name: str, title: str, sentence: str, which: str, *, money: bool, wins: str = _WINS) -> Metric:
    """Return the number or the value of the wins of one sort; whose they are must be known to tell."""
    no_value = "WHEN w.amount IS NULL THEN 'no value' " if money else ""
    left_out = f"CASE WHEN w.buyer IS NULL THEN 'no client' {no_value}END AS left_out"
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="total" if money else "count",
        clock="day won",
        source=_TRACKING,
        in_words=f"{'sum of the values' if money else 'number'} of the wins in the period: {title.lower()}",
        unit="money" if money else "number",
        about="opportunity",
        label="O",
        keys=("stage", "reason"),
        sql=f"{_WIN}, {'w.amount AS value, ' if money else ''}{left_out} {wins} WHERE w.buyer IS NULL OR {which}",
    )


def _spend(name: str, title: str, sentence: str, condition: str) -> Metric:
    """Return what campaigns of one sort cost."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="total",
        clock="day of the campaign's result",
        source=_TRACKING,
        in_words="sum of the spend of these campaigns in the period",
        unit="money",
        label="M",
        keys=("campaign", "type", "subtype"),
        sql=f"""SELECT r.campaign_id AS id, NULL AS about, r.on_day AS day, r.spend AS value, m.name AS campaign,
            m.type AS type, m.subtype AS subtype, CASE WHEN r.spend IS NULL THEN 'not given' END AS left_out
            FROM campaign_result AS r JOIN campaign AS m ON m.id = r.campaign_id WHERE {condition}""",
    )


def _ratio(name: str, title: str, sentence: str, of: str, per: str, unit: Unit) -> Metric:
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="ratio",
        clock="the clock of each",
        source=_REVENUE,
        in_words=f"{of.replace('_', ' ')} / {per.replace('_', ' ')}",
        unit=unit,
        of=of,
        per=per,
    )


def _sellers(name: str, title: str, sentence: str, key: str, sql: str, label: str) -> Metric:
    """Return how many different ones had a win in the period; it is not cut by day, as one may have many."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="level",
        clock="day won",
        source=_REVENUE,
        in_words=f"number of {title.lower()} in the period",
        label=label,
        keys=(key,),
        sql=sql,
    )


_IN_PERIOD: Final = f"{_STANDS} AND x.since BETWEEN :first AND :on"

REVENUE: Final = (
    _wins(
        "new_revenue",
        "New revenue",
        "The value of the first wins of clients who were none before.",
        _NEW,
        money=True,
    ),
    _wins(
        "recurring_revenue",
        "Recurring revenue",
        "The value of wins from clients who were clients before the win.",
        _LATER,
        money=True,
    ),
    _wins("new_customers", "New customers", "First wins of clients who were none before.", _NEW, money=False),
    _wins(
        "recurring_wins",
        "Recurring wins",
        "Wins from clients who were clients before the win.",
        _LATER,
        money=False,
    ),
    _wins(
        "win_backs",
        "Win-backs",
        "Wins from clients who had left before.",
        """EXISTS (SELECT 1 FROM client_status AS f WHERE f.client_id = w.buyer AND f.status = 'former'
            AND f.since <= w.day AND (f.until IS NULL OR f.until >= w.day))""",
        money=False,
        wins=_WINS_OF_ANY_PLACE,
    ),
    _spend(
        "winning_spend",
        "Spend to win",
        "What campaigns cost that are not for clients alone.",
        f"NOT {_FOR_CLIENTS}",
    ),
    _spend(
        "keeping_spend",
        "Spend to keep",
        "What campaigns cost that are for clients: they brought no lead, and something was done for a client or sold "
        "to one in their name.",
        _FOR_CLIENTS,
    ),
    _ratio(
        "cost_per_new_customer",
        "Cost per new customer",
        "What campaigns cost in the period to win customers, over the customers won in it.",
        "winning_spend",
        "new_customers",
        "money",
    ),
    _ratio(
        "cost_per_kept_client",
        "Cost per client kept",
        "What campaigns for clients cost in the period over the active clients.",
        "keeping_spend",
        "active_clients",
        "money",
    ),
    Metric(
        name="monthly_revenue",
        title="Monthly revenue",
        sentence="A twelfth of the yearly revenue of the active clients.",
        kind="level",
        clock=_ON_THE_DAY,
        source=_REVENUE,
        in_words="sum of the yearly revenue of active clients / 12",
        unit="money",
        about="client",
        label="C",
        shows="sum",
        divisor=_MONTHS,
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until, q.revenue AS value,
            CASE WHEN q.revenue IS NULL THEN 'no yearly revenue' END AS left_out
            FROM (SELECT c.id AS id, {_REVENUE_THEN} AS revenue {active_clients()}) AS q""",
    ),
    Metric(
        name="lost_revenue",
        title="Lost revenue",
        sentence="A twelfth of the yearly revenue of the clients who left: what is lost a month.",
        kind="total",
        clock="day the client left",
        source="[A] definitions",
        in_words="sum of the yearly revenue of the leavers / 12",
        unit="money",
        about="client",
        label="C",
        keys=("reason",),
        divisor=_MONTHS,
        sql=f"""{_LEFT}, q.revenue AS value,
            CASE WHEN q.revenue IS NULL THEN 'no yearly revenue' END AS left_out {_LEAVERS}""",
    ),
    Metric(
        name="lost_clients",
        title="Lost clients",
        sentence="Clients who left.",
        kind="count",
        clock="day the client left",
        source=_TRACKING,
        in_words="number of clients who left in the period",
        about="client",
        label="C",
        keys=("reason",),
        sql=f"{_LEFT} {_LEAVERS}",
    ),
    Metric(
        name="clients_to_win_back",
        title="Clients to win back",
        sentence="Clients who left and have not come back by the day.",
        kind="level",
        clock=_ON_THE_DAY,
        source=_TRACKING,
        in_words="number of former clients",
        about="client",
        label="C",
        keys=("reason",),
        sql="""SELECT a.client_id AS id, a.client_id AS about, a.since AS since, a.until AS until, a.reason AS reason
            FROM client_status AS a WHERE a.status = 'former'""",
    ),
    Metric(
        name="churn",
        title="Churn",
        sentence="Clients who left in the period, of those active when it began.",
        kind="share",
        clock="first day of the period",
        source="[A] definitions",
        in_words="left / active at the start of the period",
        unit="percent",
        about="client",
        label="C",
        hits=("left",),
        sql="""SELECT a.client_id AS id, a.client_id AS about, :first AS day,
            CASE WHEN a.until <= :last THEN 'left' ELSE 'stayed' END AS state
            FROM client_status AS a WHERE a.status = 'active' AND a.since < :first
            AND (a.until IS NULL OR a.until >= :first) AND :first <= :today""",
    ),
    Metric(
        name="lapsed_clients",
        title="Lapsed clients",
        sentence="Active clients without a sale and without a visit for too long; before the first, counted from "
        "client since.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] definitions",
        in_words="number of active clients past the lapse limit",
        about="client",
        label="C",
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until
            FROM (SELECT c.id AS id, COALESCE(v.held_on, c.since_on) AS seen_on, c.since_on AS since_on
                  {ACTIVE_CLIENTS}) AS q
            LEFT JOIN (SELECT {_BUYER} AS buyer, MAX(x.since) AS day {CLOSINGS} {_JOIN_BUYER}
                       WHERE x.outcome = 'won' AND x.since <= :on AND (x.until IS NULL OR x.until > :on)
                       GROUP BY {_BUYER}) AS w ON w.buyer = q.id
            WHERE days(q.seen_on, :on) > :limit_lapsed_after
            AND (w.day IS NULL OR days(w.day, :on) > :limit_lapsed_after)""",
    ),
    Metric(
        name="client_engagement",
        title="Client engagement",
        sentence="The mean of the engagement of active clients: as somebody rated it last, else by the playbook's "
        "formula.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] what is recorded",
        in_words="sum of the engagement of active clients / active clients whose engagement is known",
        about="client",
        label="C",
        keys=("state",),
        shows="mean",
        sql=rated("engagement", f"SELECT c.id AS id {active_clients()}"),
    ),
    Metric(
        name="visits_booked",
        title="Visits booked",
        sentence="Visits that are booked for the days ahead that the daily list looks at.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] daily",
        in_words="number of visits booked within the limit of days ahead",
        about="client",
        label="E",
        sql="""SELECT e.id AS id, e.client_id AS about, :on AS since, NULL AS until
            FROM event AS e JOIN playbook_event_kind AS k ON k.key = e.kind AND k.visit = 1
            WHERE +e.set_on <= :on AND (e.closed_on IS NULL OR e.closed_on > :on) AND e.scheduled_for >= :on
            AND days(:on, e.scheduled_for) <= :limit_visits_within""",
    ),
    _sellers(
        "accounts_won",
        "Accounts won",
        "Different clients with a win in the period.",
        "client",
        f"""SELECT c.id AS id, NULL AS about, :on AS since, NULL AS until, c.name AS client
            FROM (SELECT {_BUYER} AS buyer {CLOSINGS} {_JOIN_BUYER} WHERE {_IN_PERIOD} GROUP BY {_BUYER}) AS w
            JOIN client AS c ON c.id = w.buyer""",
        "C",
    ),
    _sellers(
        "recurring_customers",
        "Recurring customers",
        "Different clients with a win in the period who were clients before it.",
        "client",
        f"""SELECT q.buyer AS id, NULL AS about, :on AS since, NULL AS until, q.name AS client
            FROM (SELECT c.id AS buyer, c.name AS name {_WINS} WHERE c.id IS NOT NULL AND {_LATER}
                  AND w.day BETWEEN :first AND :on GROUP BY c.id, c.name) AS q""",
        "C",
    ),
    _sellers(
        "winning_salespeople",
        "Winning salespeople",
        "Different owners of the opportunities won in the period, each named by the last of them.",
        "owner",
        f"""SELECT MAX(o.id) AS id, NULL AS about, :on AS since, NULL AS until, t.owner AS owner
            {OUTCOMES} WHERE {_IN_PERIOD} AND t.owner IS NOT NULL GROUP BY t.owner""",
        "O",
    ),
    _ratio(
        "average_revenue_per_account",
        "Revenue per account",
        "The value won in the period over the different clients it was won from.",
        "won_value",
        "accounts_won",
        "money",
    ),
    _ratio(
        "average_revenue_per_salesperson",
        "Revenue per salesperson",
        "The value won in the period over the different salespeople who won it.",
        "won_value",
        "winning_salespeople",
        "money",
    ),
    Metric(
        name="won_with_value",
        title="Won with a value",
        sentence="Opportunities won whose value is known.",
        kind="count",
        clock="day won",
        source=_REVENUE,
        in_words="number of opportunities won in the period with a value",
        about="opportunity",
        label="O",
        keys=("stage", "reason"),
        sql=f"""SELECT o.id AS id, o.id AS about, x.since AS day, x.stage AS stage, x.reason AS reason
            {OUTCOMES} WHERE {_STANDS} AND t.value IS NOT NULL""",
    ),
    Metric(
        name="decided",
        title="Decided",
        sentence="Opportunities won or lost, unless they were reopened since.",
        kind="count",
        clock="day closed",
        source="[A] definitions",
        in_words="number of opportunities won or lost in the period",
        about="opportunity",
        label="O",
        keys=("stage", "reason"),
        sql=f"""SELECT o.id AS id, o.id AS about, x.since AS day, x.stage AS stage, x.reason AS reason,
            CASE {REOPENED} END AS left_out {CLOSINGS} WHERE x.outcome IN ('won', 'lost')""",
    ),
    _ratio(
        "average_deal",
        "Average deal",
        "The value won in the period over the wins with a value.",
        "won_value",
        "won_with_value",
        "money",
    ),
    _ratio(
        "decisions_per_win",
        "Decisions per win",
        "How many opportunities are won or lost for each one won.",
        "decided",
        "won_deals",
        "number",
    ),
    _ratio(
        "value_per_decision",
        "Value per decision",
        "What an opportunity is worth on average when it is decided: average deal times win rate.",
        "average_deal",
        "decisions_per_win",
        "money",
    ),
    _ratio(
        "cycle_per_opportunity",
        "Days of cycle per open opportunity",
        "The sales cycle shared out over the open opportunities.",
        "sales_cycle",
        "pipeline_count",
        "days",
    ),
    _ratio(
        "velocity",
        "Velocity",
        "What the pipeline earns a day: open opportunities times win rate times average deal over the sales cycle.",
        "value_per_decision",
        "cycle_per_opportunity",
        "money",
    ),
)
