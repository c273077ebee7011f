"""The metrics of keeping clients: what visits yield, who is on plan, what keeping costs, who may come back."""

import pytest

from improv import measure
from improv.metrics import find
from improv.models import Activity, Campaign, CampaignResult, ClientStatus, Referral, Visit
from improv.models import Reading as DatedValue
from tests.book import Book
from tests.test_metrics import (
    NOVEMBER,
    Worked,
    client,
    event,
    lead,
    measured,
    opportunity,
    outcome,
    terms,
    wrong,
)

WORKED: Worked = {
    "visits_with_outcomes": (2, 3, 0),
    "visits_not_logged": 1,
    "visits_rated": 2,
    "visit_ratings": 8,
    "visit_satisfaction": 4,
    "referral_estimate": 70000,
    "referral_won_value": 50000,
    "clients_with_high_health": (1, 3, 1),
    "clients_on_visit_plan": (2, 3, 0),
    "recurring_customers": 1,
    "clients_to_win_back": 1,
    "winning_spend": 3500,
    "keeping_spend": 900,
    "cost_per_kept_client": 300,
}


def keep(book: Book) -> None:
    """Three clients and one who left; visits, referrals, repeat sales, and campaigns to win and to keep."""
    acme, beta, quiet = (
        client(book, name, since)
        for name, since in (("Acme", "2026-11-01"), ("Beta", "2020-01-01"), ("Quiet", "2026-08-01"))
    )
    client(book, "Gone", "2020-01-01", "2026-06-01")
    for who, health in ((acme, 86), (beta, 85)):
        book.add(DatedValue, client_id=who, kind="health", on_day="2026-11-01", value=health)
    for day, rating, outcomes in (("11-05", 5, "well"), ("11-06", 3, None), ("11-07", None, "well")):
        held = {"held_on": f"2026-{day}", "satisfaction": rating, "outcomes": outcomes}
        book.add(Visit, client_id=beta, **held)
    book.add(Visit, client_id=beta, held_on="2025-11-23")  # the first day of the year
    for scheduled in ("2026-11-21", "2026-11-22"):
        event(book, "client-visit", "2026-11-10", scheduled, client_id=quiet)
    refer(book, beta)
    for _ in range(2):
        deal = opportunity(book, "2026-11-01", client_id=beta)
        terms(book, deal, "2026-11-01", value=100)
        outcome(book, deal, "2026-11-12", "won")
    spend(book, acme)


def refer(book: Book, account: int) -> None:
    """Two referrals of one lead, which was won, and one without an estimate."""
    who = lead(book, "Zoe", "2026-11-03")
    for estimate in (30000, 40000, None):
        referred = {"lead_id": who} if estimate else {}
        book.add(
            Referral,
            client_id=account,
            name="Zoe",
            name_folded="zoe",
            received_on="2026-11-03",
            estimated_value=estimate,
            **referred,
        )
    deal = opportunity(book, "2026-11-04", lead_id=who)
    terms(book, deal, "2026-11-04", value=50000)
    outcome(book, deal, "2026-11-15", "won")


def spend(book: Book, account: int) -> None:
    """One campaign brought a lead, one was used at a client, one at both, and one at nobody yet."""
    for name, cost, of_lead, of_client in (
        ("ads", 1000, True, False),
        ("letter", 900, False, True),
        ("show", 2000, True, True),
        ("new", 500, False, False),
    ):
        campaign = book.add(Campaign, name=name, name_folded=name, starts_on="2026-11-01").id
        book.add(CampaignResult, campaign_id=campaign, on_day="2026-11-05", spend=cost)
        if of_lead:
            who = lead(book, "Eve", "2026-11-02")
            book.work.connection.execute("UPDATE lead SET campaign_id = ? WHERE id = ?", (campaign, who))
        if of_client:
            done = {"client_id": account, "campaign_id": campaign}
            book.add(Activity, kind="email", done_on="2026-11-05", **done)


def test_keeping_clients_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    keep(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}
    left_out = {name: it for name in WORKED if (it := measured(book, name).left_out)}
    assert left_out == {"visit_ratings": {"not rated": 1}, "referral_estimate": {"no estimate": 1}}


def test_what_is_spent_to_win_and_to_keep_is_all_that_is_spent(book: Book) -> None:
    keep(book)
    won, kept = measured(book, "winning_spend").value, measured(book, "keeping_spend").value
    assert won is not None
    assert kept is not None
    assert won + kept == measured(book, "campaign_spend").value


@pytest.mark.parametrize(
    ("since", "visits", "state"),
    [
        ("2026-08-24", 0, "on plan"),  # 91 days, 22 November included: the first is due after 91.25
        ("2026-08-23", 0, "too few visits"),
        ("2026-08-23", 1, "on plan"),
        ("2025-11-24", 3, "on plan"),  # 364 days
        ("2025-11-23", 3, "too few visits"),
        ("2020-01-01", 4, "on plan"),
    ],
)
def test_a_client_is_on_plan_with_the_visits_that_its_days_call_for(
    book: Book, since: str, visits: int, state: str
) -> None:
    account = client(book, "Acme", since)
    for _ in range(visits):
        book.add(Visit, client_id=account, held_on="2026-11-20")
    book.add(Visit, client_id=account, held_on="2025-11-22")  # a day too early
    assert measured(book, "clients_on_visit_plan").states == {state: 1}


def test_who_came_back_need_not_be_won_back(book: Book) -> None:
    """From the day they left to the day they came back, and by the reason they gave."""
    account = client(book, "Acme", "2026-01-01", "2026-11-05")
    book.work.connection.execute(
        "UPDATE client_status SET until = '2026-11-10', reason = 'price' WHERE status = 'former'"
    )
    book.add(ClientStatus, client_id=account, status="active", since="2026-11-10")
    days = [measured(book, "clients_to_win_back", f"2026-11-{day}").value for day in ("04", "05", "09", "10")]
    assert days == [0, 1, 1, 0]
    on_the_sixth = measure.by(book.reader("2026-11-06"), find("clients_to_win_back"), NOVEMBER, "reason")
    assert [(key, part.value) for key, part in on_the_sixth] == [(("price",), 1)]


def test_a_booked_visit_is_not_logged_from_the_day_after(book: Book) -> None:
    account = client(book, "Acme", "2026-01-01")
    event(
        book,
        "client-visit",
        "2026-11-02",
        "2026-11-10",
        client_id=account,
        status="done",
        closed_on="2026-11-12",
    )
    days = [measured(book, "visits_not_logged", f"2026-11-{day}").value for day in ("10", "11", "12")]
    assert days == [0, 1, 0]
