"""The metrics of visits and their yield: testimonials, stories and referrals, asked for and received."""

from typing import Final

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
        keys=("kind",),
        sql=f"{_VISIT} FROM visit AS v",
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
