"""The metrics of web leads and cold calling: a month worked by hand."""

from improv import scores
from improv.metrics import find
from improv.models import Activity, Campaign, CampaignResult, Lead, ProductLine, Qualification
from improv.report import Share
from tests.book import Book
from tests.test_metrics import NOVEMBER, Worked, event, lead, measured, opportunity, outcome, terms, wrong

WORKED: Worked = {
    "campaign_emails_opened": 6,
    "campaign_links_clicked": 2,
    "campaign_forms": 3,
    "campaign_own_leads": 2,
    "campaign_prospects": 1,
    "campaign_opportunities": 2,
    "campaign_wins": 2,
    "campaign_won_value": 50000,
    "campaign_gross_profit": 30000,
    "click_through_rate": 40 / 1000,
    "leads_per_click": 4 / 40,
    "customers_per_lead": 2 / 4,
    "own_leads_per_click": 2 / 40,
    "prospects_per_own_lead": 1 / 2,
    "wins_per_prospect": 2,
    "cost_per_click": 250,
    "cost_per_lead": 2500,
    "cost_per_customer": 5000,
    "cost_per_own_lead": 5000,
    "cost_per_prospect": 10000,
    "cost_per_win": 5000,
    "campaign_return": 3,
    "dials": 17,  # 10 + 2 + 1, and 3 + 1 that connected
    "contacts": 5,  # 2 with a response, 3 that connected
    "presentations": 4,
    "first_appointments_set": 2,
    "first_appointments_held": 1,
    "demos": 2,
    "proposals": 4,
    "contacts_per_dial": 5 / 17,
    "presentations_per_contact": 4 / 5,
    "appointments_per_presentation": 2 / 4,
    "appointments_held_per_set": 1 / 2,
    "demos_per_appointment": 2,
    "proposals_per_demo": 2,
    "closes_per_proposal": 2 / 4,
    "closes_per_dial": 2 / 17,
    "cost_per_dial": 10000 / 17,
    "cost_per_contact": 2000,
    "cost_per_presentation": 2500,
    "cost_per_first_appointment": 10000,
    "cost_per_demo": 5000,
    "cost_per_proposal": 2500,
    "cost_per_close": 5000,
}


def advertise(book: Book) -> None:
    """One campaign: what the platform reports, and what became of the leads that name it."""
    ads = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-11-01").id
    book.add(
        CampaignResult,
        campaign_id=ads,
        on_day="2026-11-05",
        spend=10000,
        impressions=1000,
        clicks=40,
        emails_opened=6,
        links_clicked=2,
        forms=3,
        platform_leads=4,
        platform_customers=2,
    )
    anna, ben, cem = (lead(book, name, "2026-11-02") for name in ("Anna", "Ben", "Cem"))
    for who in (anna, ben):
        book.work.change(book.work.get(Lead, who), campaign_id=ads)
    for who, day, verdict in ((anna, "04", "yes"), (ben, "05", "yes"), (ben, "06", "no"), (cem, "06", "yes")):
        book.add(Qualification, lead_id=who, decided_on=f"2026-11-{day}", verdict=verdict)
    sold, unpriced = (
        opportunity(book, "2026-11-06", lead_id=anna),
        opportunity(book, "2026-11-07", campaign_id=ads),
    )
    opportunity(book, "2026-11-07", lead_id=cem)
    terms(book, sold, "2026-11-06", value=50000)
    for amounts in ({"revenue": 50000, "cost": 20000}, {"revenue": 999, "included": False}):
        book.add(ProductLine, opportunity_id=sold, product="day", added_on="2026-11-06", **amounts)
    for deal in (sold, unpriced):
        outcome(book, deal, "2026-11-20", "won")
    call(book, anna, ben, cem, sold)


def call(book: Book, anna: int, ben: int, cem: int, deal: int) -> None:
    """Log calls and first appointments: one held, one missed, one that was first set the month before."""
    for kind, times, response in (
        ("dial", 10, None),
        ("dial", 2, "yes"),
        ("dial", 1, "no"),
        ("connected-call", 3, None),
        ("connected-call", 1, "no"),
        ("presentation", 4, None),
        ("demo", 2, None),
        ("proposal", 4, None),
    ):
        book.add(Activity, kind=kind, times=times, response=response, done_on="2026-11-09")
    for about, set_on, closed_on, status in (
        ({"lead_id": anna}, "2026-11-03", "2026-11-05", "done"),
        ({"opportunity_id": deal}, "2026-11-06", "2026-11-08", "done"),
        ({"lead_id": ben}, "2026-10-30", "2026-11-02", "moved"),
        ({"lead_id": ben}, "2026-11-02", None, "scheduled"),
        ({"lead_id": cem}, "2026-11-10", "2026-11-12", "no-show"),
    ):
        event(book, "discovery-meeting", set_on, "2026-11-12", status=status, closed_on=closed_on, **about)
    event(book, "client-visit", "2026-11-10", "2026-11-12")


def test_reaching_people_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    advertise(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}
    left_out = {name: it for name in WORKED if (it := measured(book, name).left_out)}
    assert left_out == {
        "campaign_prospects": {"no longer qualified": 1},
        "campaign_won_value": {"no value": 1},
        "campaign_gross_profit": {"no product lines": 1},
    }


def test_a_line_without_its_cost_leaves_the_profit_unknown(book: Book) -> None:
    ads = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-11-01").id
    deal = opportunity(book, "2026-11-07", campaign_id=ads)
    for cost in (100, None):
        book.add(
            ProductLine, opportunity_id=deal, product="day", added_on="2026-11-07", revenue=900, cost=cost
        )
    outcome(book, deal, "2026-11-20", "won")
    profit = measured(book, "campaign_gross_profit")
    assert (profit.value, profit.left_out) == (None, {"a line without revenue or cost": 1})


def test_a_cost_with_nothing_to_divide_by_is_nothing(book: Book) -> None:
    ads = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-11-01").id
    book.add(CampaignResult, campaign_id=ads, on_day="2026-11-05", spend=10000, clicks=0)
    assert measured(book, "campaign_spend").value == 10000
    assert [measured(book, name).value for name in ("cost_per_click", "cost_per_lead")] == [None, None]


def test_a_ratio_of_counts_is_shown_as_a_share_and_its_change_in_points(book: Book) -> None:
    ads = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-10-01").id
    for day, clicks in (("2026-10-05", 20), ("2026-11-05", 50)):
        book.add(CampaignResult, campaign_id=ads, on_day=day, impressions=1000, clicks=clicks)
    line = scores.score(book.reader(), find("click_through_rate"), NOVEMBER)
    assert (line.value, line.share, line.change) == (Share(50, 1000), Share(50, 1000), "+3.0 points")
    against = scores.score(book.reader(), find("click_through_rate"), NOVEMBER, (), NOVEMBER.previous())
    assert against.change == "+3.0 points against the first 22 days of Oct 2026: 2.0%, 20 of 1000"
    nothing = scores.score(book.reader(), find("contacts_per_dial"), NOVEMBER)
    assert (nothing.value, nothing.change) == (Share(0, 0), "")
