"""What is unfilled: each gap shown with the command that fills it, and gone once it is filled."""

from typing import Any

import pytest

from improv import models
from improv.models import Client, ClientStatus, Event, Lead, Opportunity, OpportunityOutcome, OpportunityTerms
from improv.report import Cell, Ref, Table
from improv.todo import todo
from tests.book import Book

FULL_LEAD = {
    "name": "Ada",
    "name_folded": "ada",
    "received_on": "2026-11-01",
    "source": "web",
    "phone": "1",
    "city": "Ulm",
}


def rows(book: Book, as_of: str | None = None) -> list[tuple[Cell, ...]]:
    (table,) = todo(book.reader(as_of)).sections[0].blocks
    assert isinstance(table, Table)
    return list(table.rows)


def a_client(book: Book) -> int:
    client = book.add(Client, name="Acme", name_folded="acme", since_on="2026-01-05")
    book.add(ClientStatus, client_id=client.id, status="active", since="2026-01-05")
    assert client.id
    return client.id


def an_event(book: Book, day: str, **fields: Any) -> Event:
    known = {"kind": "discovery-meeting", "set_on": "2026-11-10", "first_set_on": "2026-11-10"}
    return book.add(Event, **{**known, "scheduled_for": day, **fields})


def a_full_opportunity(book: Book) -> int:
    number = book.add(Opportunity, title="Big sale", title_folded="big sale", opened_on="2026-11-01").id
    book.add(OpportunityTerms, opportunity_id=number, on_day="2026-11-01", value=500, close_on="2026-12-01")
    an_event(book, "2026-11-25", opportunity_id=number, anticipated_stage="proposal")
    assert number
    return number


def test_an_empty_book_has_nothing_to_fill(book: Book) -> None:
    page = todo(book.reader())
    assert (page.title, page.subtitle, rows(book)) == ("Still unfilled", "", [])


@pytest.mark.parametrize(
    ("field", "missing", "command"),
    [
        ("source", "source", "improv lead edit L1 --source …"),
        ("phone", "contact details", "improv lead edit L1 --email …"),
        ("city", "city", "improv lead edit L1 --city …"),
    ],
)
def test_what_is_not_known_of_a_lead_is_asked_for(book: Book, field: str, missing: str, command: str) -> None:
    lead = book.add(Lead, **{**FULL_LEAD, field: None})
    assert rows(book) == [(Ref("L1", "Ada"), missing, command)]
    book.work.change(lead, **{field: FULL_LEAD[field]})
    assert rows(book) == []


def test_a_lead_that_was_disqualified_or_lost_is_asked_nothing(book: Book) -> None:
    for _ in range(2):
        book.add(Lead, **{**FULL_LEAD, "city": None})
    book.add(models.Qualification, lead_id=1, verdict="no", decided_on="2026-11-03")
    sale = book.add(Opportunity, title="Gone", title_folded="gone", opened_on="2026-11-02", lead_id=2)
    book.add(OpportunityOutcome, opportunity_id=sale.id, outcome="lost", since="2026-11-04", reason="price")
    assert rows(book) == []
    assert [row[0] for row in rows(book, "2026-11-01")] == [Ref("L1", "Ada"), Ref("L2", "Ada")]


@pytest.mark.parametrize(
    ("terms", "missing", "command"),
    [
        ({"value": None}, "value", "improv opp edit O1 --value …"),
        ({"close_on": None}, "close date", "improv opp edit O1 --close-on …"),
    ],
)
def test_the_latest_terms_of_an_open_opportunity_are_complete(
    book: Book, terms: dict[str, Any], missing: str, command: str
) -> None:
    number = a_full_opportunity(book)
    assert rows(book) == []
    latest = {"value": 600, "close_on": "2026-12-02", **terms}
    book.add(OpportunityTerms, opportunity_id=number, on_day="2026-11-02", **latest)
    assert rows(book) == [(Ref("O1", "Big sale"), missing, command)]
    book.add(OpportunityOutcome, opportunity_id=number, outcome="won", since="2026-11-20")
    assert rows(book) == []


def test_an_open_opportunity_has_a_next_event_with_an_anticipated_stage(book: Book) -> None:
    number = a_full_opportunity(book)
    book.add(models.StageStay, opportunity_id=number, stage="proposal", since="2026-11-01", sequence=1)
    event = book.work.get(Event, 1)
    book.work.change(event, anticipated_stage=None)
    assert rows(book) == [
        (
            Ref("E1", "Big sale, discovery meeting 2026-11-25"),
            "anticipated stage",
            "improv event edit E1 --anticipated-stage …",
        )
    ]
    book.work.change(event, status="cancelled", closed_on="2026-11-22")
    command = "improv event schedule O1 proposal-presentation +7d"
    assert rows(book) == [(Ref("O1", "Big sale"), "next event", command)]


def test_an_event_is_unlogged_from_the_day_after_it(book: Book) -> None:
    number = a_full_opportunity(book)
    event = an_event(book, "2026-11-22", opportunity_id=number, anticipated_stage="proposal")
    assert rows(book) == []
    book.work.change(event, scheduled_for="2026-11-21")
    said = Ref("E2", "Big sale, discovery meeting 2026-11-21")
    assert rows(book) == [(said, "outcome", "improv event done E2 --outcome …")]
    book.work.change(event, status="no-show", closed_on="2026-11-21")
    assert rows(book) == []


def test_a_client_has_a_next_visit_and_a_visit_that_passed_is_logged(book: Book) -> None:
    client = a_client(book)
    assert rows(book) == [(Ref("C1", "Acme"), "next visit", "improv visit schedule C1 +7d")]
    an_event(book, "2026-11-25", kind="client-visit", client_id=client)
    assert rows(book) == []
    event = an_event(book, "2026-11-21", kind="client-visit", client_id=client)
    said = Ref("E2", "Acme, client visit 2026-11-21")
    assert rows(book) == [(said, "log of the visit", "improv visit log C1")]
    book.work.change(event, status="done", closed_on="2026-11-21")
    assert rows(book) == []


def test_a_lost_sale_has_its_reason_and_a_testimonial_its_permission(book: Book) -> None:
    client = a_client(book)
    an_event(book, "2026-11-25", kind="client-visit", client_id=client)
    praise = book.add(models.Testimonial, client_id=client, given_on="2026-11-20")
    number = a_full_opportunity(book)
    book.add(OpportunityOutcome, opportunity_id=number, outcome="lost", since="2026-11-20")
    assert rows(book) == [
        (
            Ref("O1", "Big sale"),
            "reason why it was lost",
            "improv opp reopen O1 --on 2026-11-20 && improv opp lost O1 --on 2026-11-20 --because …",
        ),
        (Ref("T1", "Acme, 2026-11-20"), "permission to publish", "improv testimonial edit T1 --permission …"),
    ]
    book.work.change(praise, permission="no")
    book.work.change(book.work.get(OpportunityOutcome, 1), reason="price")
    assert rows(book) == []


def test_a_name_with_braces_and_quotes_stays_a_name(book: Book) -> None:
    name = "{ref}'; DROP TABLE lead; --"
    book.add(Lead, **{**FULL_LEAD, "name": name, "city": None})
    assert rows(book) == [(Ref("L1", name), "city", "improv lead edit L1 --city …")]


def test_the_count_to_fill_stands_under_the_title(book: Book) -> None:
    book.add(Lead, name="Ada", name_folded="ada", received_on="2026-11-01")
    assert todo(book.reader()).subtitle == "3 to fill"
