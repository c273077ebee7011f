"""The metrics of clients: how well they are, and how often they are visited."""

from typing import Final

from improv.metrics.fragments import ACTIVE_CLIENTS, RATED_CLIENTS, active_clients, events_ahead, rated
from improv.metrics.metric import DAYS_IN_YEAR, Metric

_ON_THE_DAY: Final = "last day of the period"
_YEAR: Final = "the 365 days up to the last day of the period"
_LOW: Final = "h.value < :limit_health_below"
_UNVISITED: Final = "days(COALESCE(v.held_on, c.since_on), :on) > :limit_no_visit_after"
# How many days of the year each span of a client's activity has.
_ACTIVE_DAYS: Final = """SELECT q.client_id AS client_id,
    CASE WHEN q.until IS NULL OR q.until > :on THEN days(q.since, :on) + 1 ELSE days(q.since, q.until) END AS lived
    FROM (SELECT client_id, until, CASE WHEN since < :year_began THEN :year_began ELSE since END AS since
          FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :year_began)) AS q"""

CLIENTS: Final = (
    Metric(
        name="active_clients",
        title="Active clients",
        sentence="Clients whose status is active on the day.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] report 2",
        in_words="number of active clients",
        about="client",
        label="C",
        sql="""SELECT a.client_id AS id, a.client_id AS about, a.since AS since, a.until AS until
            FROM client_status AS a WHERE a.status = 'active'""",
    ),
    Metric(
        name="client_health",
        title="Client health",
        sentence="The mean of the health of active clients: as somebody rated it last, else by the playbook's formula.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] monthly scorecard",
        in_words="sum of the health of active clients / active clients whose health is known",
        about="client",
        label="C",
        keys=("state",),
        shows="mean",
        sql=rated("health", f"SELECT c.id AS id {active_clients()}"),
    ),
    Metric(
        name="days_since_last_visit",
        title="Days since last visit",
        sentence="The mean days since active clients were last visited; before the first visit, since client since.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] daily",
        in_words="days since the last visit / active clients",
        unit="days",
        about="client",
        label="C",
        shows="mean",
        sql=f"""SELECT c.id AS id, c.id AS about, :on AS since, NULL AS until,
            days(COALESCE(v.held_on, c.since_on), :on) AS value {ACTIVE_CLIENTS}""",
    ),
    Metric(
        name="at_risk_clients",
        title="At-risk clients",
        sentence="Active clients whose health is low, or who were not visited for too long; before the first visit, "
        "counted from client since.",
        kind="level",
        clock=_ON_THE_DAY,
        source="[A] report 10",
        in_words="number of active clients below the health limit or past the visit limit",
        about="client",
        label="C",
        keys=("state",),
        sql=f"""SELECT c.id AS id, c.id AS about, :on AS since, NULL AS until,
            CASE WHEN {_LOW} AND {_UNVISITED} THEN 'low health and no visit'
            WHEN {_LOW} THEN 'low health' ELSE 'no visit' END AS state
            {RATED_CLIENTS} AND ({_LOW} OR {_UNVISITED})""",
    ),
    Metric(
        name="clients_with_next_visit",
        title="Clients with a next visit",
        sentence="Active clients who have a visit booked ahead on the day.",
        kind="share",
        clock=_ON_THE_DAY,
        source="[A] goals, first week",
        in_words="active clients with a visit ahead / active clients",
        unit="percent",
        about="client",
        label="C",
        hits=("visit ahead",),
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS day,
            CASE WHEN e.owner_id IS NULL THEN 'no visit' ELSE 'visit ahead' END AS state
            FROM (SELECT c.id AS id {active_clients()}) AS q
            LEFT JOIN ({events_ahead("client_id", "JOIN playbook_event_kind AS k ON k.key = e.kind AND k.visit = 1")})
            AS e ON e.owner_id = q.id""",
    ),
    Metric(
        name="clients_with_high_health",
        title="Clients with high health",
        sentence="Active clients whose health is above the goal for every client, of all; where it is not known, a "
        "client may be either.",
        kind="share",
        clock=_ON_THE_DAY,
        source="[A] goals, 90 days",
        in_words="active clients with high health / active clients",
        unit="percent",
        about="client",
        label="C",
        keys=("state",),
        hits=("high",),
        open=("not known",),
        sql=f"""SELECT c.id AS id, c.id AS about, :on AS day, CASE WHEN h.value IS NULL THEN 'not known'
            WHEN h.value > :limit_health_goal_above THEN 'high' ELSE 'not high' END AS state {RATED_CLIENTS}""",
    ),
    Metric(
        name="clients_on_visit_plan",
        title="Clients on a plan of visits",
        sentence="Active clients who were visited as often as the visits of a year ask for by now: by the share of the "
        "last 365 days they were active, in whole visits.",
        kind="share",
        clock=_YEAR,
        source="[A] goals, 90 days",
        in_words="active clients visited often enough / active clients",
        unit="percent",
        about="client",
        label="C",
        keys=("state",),
        hits=("on plan",),
        sql=f"""SELECT q.id AS id, q.id AS about, :on AS day,
            CASE WHEN COALESCE(v.visits, 0) >= :limit_visits_a_year * d.lived / {DAYS_IN_YEAR} THEN 'on plan'
            ELSE 'too few visits' END AS state
            FROM (SELECT c.id AS id {active_clients()}) AS q
            JOIN (SELECT d.client_id AS client_id, SUM(d.lived) AS lived FROM ({_ACTIVE_DAYS}) AS d GROUP BY d.client_id)
            AS d ON d.client_id = q.id
            LEFT JOIN (SELECT client_id, COUNT(*) AS visits FROM visit WHERE held_on BETWEEN :year_began AND :on
                       GROUP BY client_id) AS v ON v.client_id = q.id""",
    ),
    Metric(
        name="client_days_of_year",
        title="Client-days of a year",
        sentence="The days that clients were active, over a year.",
        kind="total",
        clock=_YEAR,
        source="[A] definitions",
        in_words="sum of the days each client was active in the last 365",
        about="client",
        label="C",
        sql=f"SELECT d.client_id AS id, d.client_id AS about, :on AS day, d.lived AS value FROM ({_ACTIVE_DAYS}) AS d",
    ),
    Metric(
        name="visits_of_year",
        title="Visits of a year",
        sentence="Visits held over a year.",
        kind="count",
        clock=_YEAR,
        source="[A] definitions",
        in_words="number of visits held in the last 365 days",
        about="client",
        label="V",
        sql="""SELECT v.id AS id, v.client_id AS about, :on AS day
            FROM visit AS v WHERE v.held_on BETWEEN :year_began AND :on""",
    ),
    Metric(
        name="referrals_of_year",
        title="Referrals of a year",
        sentence="Referrals received over a year.",
        kind="count",
        clock=_YEAR,
        source="[A] definitions",
        in_words="number of referrals received in the last 365 days",
        about="client",
        label="R",
        sql="""SELECT r.id AS id, r.client_id AS about, :on AS day
            FROM referral AS r WHERE r.received_on BETWEEN :year_began AND :on""",
    ),
    Metric(
        name="visits_per_client",
        title="Visits per client",
        sentence="Visits a client and year: those of the last 365 days over the years clients were active in them.",
        kind="ratio",
        clock=_YEAR,
        source="[A] monthly scorecard",
        in_words="visits times 365 / client-days, over the last 365 days",
        of="visits_of_year",
        per="client_days_of_year",
        times=DAYS_IN_YEAR,
    ),
    Metric(
        name="referrals_per_client",
        title="Referrals per client",
        sentence="Referrals a client and year: those of the last 365 days over the years clients were active in them.",
        kind="ratio",
        clock=_YEAR,
        source="[A] monthly scorecard",
        in_words="referrals times 365 / client-days, over the last 365 days",
        of="referrals_of_year",
        per="client_days_of_year",
        times=DAYS_IN_YEAR,
    ),
    Metric(
        name="referrals_given",
        title="Referrals given per client",
        sentence="The mean of the referrals that clients, active or former, gave so far: those received here, and those "
        "given before somebody kept count.",
        kind="level",
        clock="last day of the period",
        source="[A] what is recorded",
        in_words="referrals given / clients",
        about="client",
        label="C",
        shows="mean",
        sql="""SELECT c.id AS id, c.id AS about, c.since_on AS since, NULL AS until,
            COALESCE(c.referrals_before, 0) + COALESCE(r.given, 0) AS value FROM client AS c
            LEFT JOIN (SELECT client_id, COUNT(*) AS given FROM referral WHERE received_on <= :on GROUP BY client_id)
            AS r ON r.client_id = c.id""",
    ),
)
