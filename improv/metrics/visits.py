"""The metrics of visits and their yield: testimonials, stories and referrals, asked for and received."""

from typing import Final

from improv.metrics.fragments import OUTCOMES, REOPENED
from improv.metrics.metric import Metric

_HELD: Final = "day the visit was held"
_VISIT: Final = "SELECT v.id AS id, v.client_id AS about, v.held_on AS day, v.kind AS kind"


def _yield_of(table: str) -> str:
    return f"FROM visit AS v LEFT JOIN (SELECT visit_id FROM {table} GROUP BY visit_id) AS y ON y.visit_id = v.id"


def _asks(what: str, plural: str) -> tuple[Metric, Metric]:
    """Return the two metrics of asking for something: how often we ask, and how often that succeeds."""
    return (
        Metric(
            name=f"{what}_ask_rate",
            title=f"{what.title()} asks",
            sentence=f"Visits at which a {what} was asked for, of all visits held.",
            kind="share",
            clock=_HELD,
            source="[A] asks",
            in_words=f"visits that asked for a {what} / visits",
            unit="percent",
            about="client",
            label="V",
            keys=("kind",),
            hits=("asked",),
            sql=f"""{_VISIT}, CASE WHEN v.asked_{what} = 1 THEN 'asked' ELSE 'not asked' END AS state
                FROM visit AS v""",
        ),
        Metric(
            name=f"{what}_ask_success",
            title=f"{what.title()} asks that succeeded",
            sentence=f"Visits that yielded a {what}, of those at which one was asked for.",
            kind="share",
            clock=_HELD,
            source="[A] asks",
            in_words=f"asking visits with {plural} / visits that asked for a {what}",
            unit="percent",
            about="client",
            label="V",
            keys=("kind",),
            hits=("received",),
            matures=True,
            sql=f"""{_VISIT}, CASE WHEN y.visit_id IS NULL THEN 'not received' ELSE 'received' END AS state
                {_yield_of(what)} WHERE v.asked_{what} = 1""",
        ),
    )


VISITS: Final = (
    Metric(
        name="visits",
        title="Visits",
        sentence="Visits held.",
        kind="count",
        clock=_HELD,
        source="[A] report 7",
        in_words="number of visits held in the period",
        about="client",
        label="V",
        keys=("kind", "satisfaction"),
        sql=f"{_VISIT}, v.satisfaction AS satisfaction FROM visit AS v",
    ),
    Metric(
        name="visits_with_outcomes",
        title="Visits with outcomes",
        sentence="Visits whose outcomes are written down, of all visits held.",
        kind="share",
        clock=_HELD,
        source="[A] daily",
        in_words="visits with outcomes / visits",
        unit="percent",
        about="client",
        label="V",
        keys=("kind",),
        hits=("written down",),
        sql=f"""{_VISIT}, CASE WHEN v.outcomes IS NULL THEN 'not written down' ELSE 'written down' END AS state
            FROM visit AS v""",
    ),
    Metric(
        name="visits_not_logged",
        title="Visits not logged",
        sentence="Visits that were booked for a day that is over, and of which nothing is logged.",
        kind="level",
        clock="last day of the period",
        source="[A] Friday",
        in_words="number of visits booked and not logged",
        about="client",
        label="E",
        keys=("assigned_to",),
        sql="""SELECT e.id AS id, e.client_id AS about, :on AS since, NULL AS until, e.assigned_to AS assigned_to
            FROM event AS e JOIN playbook_event_kind AS k ON k.key = e.kind AND k.visit = 1
            WHERE e.set_on <= :on AND e.scheduled_for < :on AND (e.closed_on IS NULL OR e.closed_on > :on)""",
    ),
    Metric(
        name="visits_rated",
        title="Visits rated",
        sentence="Visits held whose satisfaction is known.",
        kind="count",
        clock=_HELD,
        source="[A] report 7",
        in_words="number of visits with a satisfaction",
        about="client",
        label="V",
        keys=("kind",),
        sql=f"{_VISIT} FROM visit AS v WHERE v.satisfaction IS NOT NULL",
    ),
    Metric(
        name="visit_ratings",
        title="Ratings of visits",
        sentence="How satisfied clients were at the visits held, from 1 to 5 each, added up.",
        kind="total",
        clock=_HELD,
        source="[A] report 7",
        in_words="sum of the satisfaction of the visits in the period",
        about="client",
        label="V",
        keys=("kind",),
        sql=f"""{_VISIT}, v.satisfaction AS value, CASE WHEN v.satisfaction IS NULL THEN 'not rated' END AS left_out
            FROM visit AS v""",
    ),
    Metric(
        name="visit_satisfaction",
        title="Satisfaction at visits",
        sentence="How satisfied clients were at the visits held, from 1 to 5.",
        kind="ratio",
        clock=_HELD,
        source="[A] report 7",
        in_words="ratings of visits / visits rated",
        of="visit_ratings",
        per="visits_rated",
    ),
    Metric(
        name="testimonial_collection",
        title="Testimonial collection",
        sentence="Visits that yielded a testimonial, of all visits held.",
        kind="share",
        clock=_HELD,
        source="[A] monthly scorecard",
        in_words="visits with a testimonial / visits",
        unit="percent",
        about="client",
        label="V",
        keys=("kind",),
        hits=("received",),
        matures=True,
        sql=f"""{_VISIT}, CASE WHEN y.visit_id IS NULL THEN 'not received' ELSE 'received' END AS state
            {_yield_of("testimonial")}""",
    ),
    *_asks("testimonial", "testimonials"),
    *_asks("story", "stories"),
    *_asks("referral", "referrals"),
    Metric(
        name="testimonials",
        title="Testimonials",
        sentence="Testimonials given by clients.",
        kind="count",
        clock="day the testimonial was given",
        source="[A] report 8",
        in_words="number of testimonials given in the period",
        about="client",
        label="T",
        keys=("kind",),
        sql="SELECT t.id AS id, t.client_id AS about, t.given_on AS day, t.kind AS kind FROM testimonial AS t",
    ),
    Metric(
        name="stories",
        title="Stories",
        sentence="Stories told by clients.",
        kind="count",
        clock="day the story was told",
        source="[A] asks",
        in_words="number of stories told in the period",
        about="client",
        label="S",
        sql="SELECT t.id AS id, t.client_id AS about, t.told_on AS day FROM story AS t",
    ),
    Metric(
        name="referrals",
        title="Referrals",
        sentence="Referrals received from clients.",
        kind="count",
        clock="day the referral was received",
        source="[A] report 9",
        in_words="number of referrals received in the period",
        about="client",
        label="R",
        keys=("kind",),
        sql="SELECT r.id AS id, r.client_id AS about, r.received_on AS day, r.kind AS kind FROM referral AS r",
    ),
    Metric(
        name="referral_estimate",
        title="Estimated value of referrals",
        sentence="What the referrals received may be worth, as estimated.",
        kind="total",
        clock="day the referral was received",
        source="[A] report 9",
        in_words="sum of the estimated values of the referrals received in the period",
        unit="money",
        about="client",
        label="R",
        keys=("kind",),
        sql="""SELECT r.id AS id, r.client_id AS about, r.received_on AS day, r.kind AS kind, r.estimated_value AS value,
            CASE WHEN r.estimated_value IS NULL THEN 'no estimate' END AS left_out FROM referral AS r""",
    ),
    Metric(
        name="referral_won_value",
        title="Value won by referrals",
        sentence="The value of the opportunities won with leads that a client referred; it counts for the first who did.",
        kind="total",
        clock="day won",
        source="[A] report 9",
        in_words="sum of the values of the referred opportunities won in the period",
        unit="money",
        about="client",
        label="O",
        sql=f"""SELECT o.id AS id, r.client_id AS about, x.since AS day, t.value AS value,
            CASE {REOPENED} WHEN t.value IS NULL THEN 'no value' END AS left_out {OUTCOMES}
            JOIN (SELECT lead_id, MIN(id) AS id FROM referral GROUP BY lead_id) AS f ON f.lead_id = o.lead_id
            JOIN referral AS r ON r.id = f.id WHERE x.outcome = 'won'""",
    ),
    Metric(
        name="referral_to_intro",
        title="Referral to opportunity",
        sentence="Referrals whose lead has an opportunity, of all received in the period; without one, and not "
        "declined, a referral is still open.",
        kind="share",
        clock="day the referral was received",
        source="[A] conversion goals",
        in_words="referrals with an opportunity / referrals received",
        unit="percent",
        about="client",
        label="R",
        keys=("kind",),
        hits=("opportunity opened",),
        open=("waiting",),
        sql="""SELECT r.id AS id, r.client_id AS about, r.received_on AS day, r.kind AS kind,
            CASE WHEN f.lead_id IS NOT NULL THEN 'opportunity opened'
            WHEN r.declined_on IS NOT NULL THEN 'declined' ELSE 'waiting' END AS state
            FROM referral AS r
            LEFT JOIN (SELECT lead_id FROM opportunity GROUP BY lead_id) AS f ON f.lead_id = r.lead_id""",
    ),
)
