"""The metrics of revenue: a month worked by hand, and who counts as new, lapsed and lost."""

import pytest

from improv import measure
from improv.metrics import find
from improv.models import Campaign, CampaignResult, Client, ClientStatus, Opportunity, Visit
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
    "new_revenue": 120000,  # Acme's first, Eve's
    "recurring_revenue": 80000,  # Acme's second, and Beta's: a client for years
    "new_customers": 2,
    "recurring_wins": 3,
    "win_backs": 1,
    "cost_per_new_customer": 30000,
    "monthly_revenue": 30000,  # (240,000 + 120,000) / 12
    "lost_revenue": 10000,  # 120,000 / 12
    "lost_clients": 2,
    "churn": (2, 4, 0),
    "lapsed_clients": 1,
    "client_engagement": 50,
    "visits_booked": 1,
    "accounts_won": 4,
    "winning_salespeople": 2,
    "average_revenue_per_account": 201000 / 4,
    "average_revenue_per_salesperson": 201000 / 2,
    "won_with_value": 5,
    "decided": 7,
    "average_deal": 201000 / 5,
    "decisions_per_win": 7 / 6,
    "value_per_decision": 201000 / 5 * 6 / 7,  # one win has no value: its worth is not known, and not nothing
    "cycle_per_opportunity": 83 / 6 / 2,  # 4 + 14 + 9 + 19 + 20 + 17 days, two opportunities open
    "velocity": 2 * 6 / 7 * 201000 / 5 / (83 / 6),
}


def win(book: Book, on: str, value: int | None, owner: str | None, **fields: object) -> None:
    deal = opportunity(book, "2026-11-01", **fields)
    terms(book, deal, "2026-11-01", value=value, owner=owner)
    outcome(book, deal, on, "won")


def keep(book: Book) -> tuple[int, int]:
    """Clients who stay, who left, who came back, and one who is quiet; two of them are named."""
    acme, beta = client(book, "Acme", "2026-11-05"), client(book, "Beta", "2020-01-01")
    client(book, "Quiet", "2024-01-01")
    gone, _ = (
        client(book, "Gone", "2025-01-01", "2026-11-12"),
        client(book, "Quit", "2026-10-01", "2026-11-15"),
    )
    for who, kind, day, value in (
        (acme, "revenue", "2026-11-06", 240000),
        (beta, "revenue", "2025-11-01", 60000),
        (beta, "revenue", "2026-11-01", 120000),
        (gone, "revenue", "2025-01-01", 120000),
        (acme, "engagement", "2026-11-06", 80),
        (acme, "engagement", "2026-11-16", 60),
        (beta, "engagement", "2026-11-06", 40),
    ):
        book.add(DatedValue, client_id=who, kind=kind, on_day=day, value=value)
    for who, day in ((acme, "2026-12-22"), (beta, "2026-12-23")):
        event(book, "client-visit", "2026-11-20", day, client_id=who)
    return acme, beta


def earn(book: Book) -> None:
    """Six wins and a loss; what campaigns cost."""
    acme, beta = keep(book)
    back = client(book, "Back", "2024-01-01", "2025-06-01")
    (former,) = (span for span in spans(book, back) if span.status == "former")
    book.work.change(former, until="2026-11-20")
    book.add(ClientStatus, client_id=back, status="active", since="2026-11-20")
    eve = lead(book, "Eve", "2026-11-01")
    book.work.change(book.work.get(Client, client(book, "Eve", "2026-11-18")), lead_id=eve)
    win(book, "2026-11-05", 100000, "Ida", client_id=acme)
    win(book, "2026-11-15", 50000, "Jon", client_id=acme)
    win(book, "2026-11-10", 30000, "Ida", client_id=beta)
    win(book, "2026-11-20", None, None, client_id=back)
    win(book, "2026-11-21", 1000, "Jon")
    win(book, "2026-11-18", 20000, "Ida", lead_id=eve)
    outcome(book, opportunity(book, "2026-11-01"), "2026-11-09", "lost")
    for _ in range(2):
        opportunity(book, "2026-11-01")
    ads = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-11-01").id
    book.add(CampaignResult, campaign_id=ads, on_day="2026-11-03", spend=60000)


def spans(book: Book, number: int) -> list[ClientStatus]:
    rows = book.reader().rows("SELECT id FROM client_status WHERE client_id = :id", {"id": number})
    return [book.work.get(ClientStatus, row["id"]) for row in rows]


def test_revenue_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    earn(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}
    left_out = {name: it for name in WORKED if (it := measured(book, name).left_out)}
    assert left_out == {
        "new_revenue": {"no client": 1},
        "recurring_revenue": {"no client": 1, "no value": 1},
        "new_customers": {"no client": 1},
        "recurring_wins": {"no client": 1},
        "win_backs": {"no client": 1},
        "monthly_revenue": {"no yearly revenue": 3},
        "lost_revenue": {"no yearly revenue": 1},
        "client_engagement": {"too little known to rate by": 3},
    }


def test_new_and_recurring_and_the_unknown_add_up_to_what_was_won(book: Book) -> None:
    earn(book)
    new, recurring = measured(book, "new_customers"), measured(book, "recurring_wins")
    assert new.n + recurring.n + (new.left_out or {})["no client"] == measured(book, "won_deals").n


def test_a_win_that_was_reopened_is_not_the_first_any_more(book: Book) -> None:
    acme = client(book, "Acme", "2026-11-05")
    deal = opportunity(book, "2026-11-01", client_id=acme)
    outcome(book, deal, "2026-11-05", "won", until="2026-11-06")
    win(book, "2026-11-05", 500, "Ida", client_id=acme)
    assert (measured(book, "new_customers").n, measured(book, "recurring_wins").n) == (1, 0)


def test_a_client_lapses_the_day_after_the_limit_and_a_visit_or_a_sale_holds_it(book: Book) -> None:
    for last in ("2025-11-22", "2025-11-21"):
        account = client(book, "Acme", "2020-01-01")
        book.add(Visit, client_id=account, held_on=last)
    sold = client(book, "Beta", "2020-01-01")
    deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on="2025-11-01", client_id=sold).id
    outcome(book, deal or 0, "2025-11-22", "won")
    assert measured(book, "lapsed_clients").value == 1


@pytest.mark.parametrize(
    ("since", "until", "churn"),
    [
        ("2026-10-31", "2026-11-01", (1, 1)),  # left on the first day: active when it began
        ("2026-10-01", "2026-10-31", (0, 0)),
        ("2026-11-01", "2026-11-09", (0, 0)),  # came in the period itself
        ("2026-10-01", None, (0, 1)),
    ],
)
def test_churn_is_of_those_active_when_the_period_began(
    book: Book, since: str, until: str | None, churn: tuple[int, int]
) -> None:
    client(book, "Acme", since, until)
    reading = measured(book, "churn")
    assert (reading.hits, reading.n) == churn


def test_lost_clients_are_told_by_reason(book: Book) -> None:
    for reason in ("price", "price", None):
        account = client(book, "Acme", "2026-01-01", "2026-11-09")
        (former,) = (span for span in spans(book, account) if span.status == "former")
        book.work.change(former, reason=reason)
    parts = measure.by(book.reader(), find("lost_clients"), NOVEMBER, "reason")
    assert [(key, part.value) for key, part in parts] == [(("price",), 2), ((None,), 1)]
