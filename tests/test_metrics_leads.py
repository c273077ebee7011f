"""The metrics of how leads are worked: calls and emails, what precedes an opportunity, time set aside, who buys."""

import pytest

from improv import measure
from improv.metrics import find
from improv.models import Activity, Campaign, CampaignResult, Lead, Qualification
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
    "calls": 11,
    "calls_with_outcome": 3,
    "emails": 5,
    "opportunities_with_time_set_aside": (1, 3, 0),
    "lead_spend": 10000,
    "return_on_lead_spend": 3,
}


def by(book: Book, name: str, *keys: str) -> dict[tuple[object, ...], float | None]:
    return {key: part.value for key, part in measure.by(book.reader(), find(name), NOVEMBER, *keys)}


def work(book: Book) -> None:
    """Log calls and emails; book three events, one with a beginning and an end; win one deal that a campaign brought."""
    for kind, times, said in (
        ("dial", 6, {}),
        ("dial", 1, {"response": "no"}),
        ("connected-call", 2, {"outcome": "call again"}),
        ("lead-follow-up-call", 2, {}),
        ("email", 4, {"response": "yes"}),
        ("value-add-email", 1, {}),
        ("follow-up", 3, {}),  # a call or an email: nobody knows which
    ):
        book.add(Activity, kind=kind, times=times, done_on="2026-11-09", **said)
    ads, idle = (
        book.add(Campaign, name=name, name_folded=name, starts_on="2026-11-01").id for name in ("ads", "idle")
    )
    for campaign, spend in ((ads, 4000), (ads, 6000), (ads, None), (idle, 500)):
        book.add(CampaignResult, campaign_id=campaign, on_day="2026-11-05", spend=spend)
    people = (("Anna", "web", "female"), ("Ben", "web", "male"), ("Cem", "event", None))
    for name, source, gender in people:
        who = lead(book, name, "2026-11-02", source)
        book.work.change(book.work.get(Lead, who), campaign_id=ads, gender=gender)
        deal = opportunity(book, "2026-11-03", lead_id=who)
        terms(book, deal, "2026-11-03", value=30000, close_on="2026-12-01" if name == "Cem" else None)
        clock = {"scheduled_time": "10:00"} if name != "Cem" else {}
        clock |= {"ends_time": "11:00"} if name == "Anna" else {}
        event(book, "discovery-meeting", "2026-11-20", "2026-11-25", opportunity_id=deal, **clock)
    sold = opportunity(book, "2026-11-03", lead_id=1)
    terms(book, sold, "2026-11-03", value=30000)
    outcome(book, sold, "2026-11-20", "won")


def test_working_leads_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    work(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}


def test_the_spend_of_a_campaign_is_shared_to_the_cent(book: Book) -> None:
    """100.00 for three leads: 33.33, 33.34 and 33.33; the campaign without a lead is in no source."""
    work(book)
    assert by(book, "lead_spend", "source") == {("web",): 6667, ("event",): 3333}
    assert by(book, "return_on_lead_spend", "source") == {("web",): 30000 / 6667, ("event",): 0}
    assert measured(book, "lead_spend", "2026-10").value == 0


def test_sales_are_told_by_who_buys_and_when(book: Book) -> None:
    """By the person behind the lead, how warm they are, and the day the sale should close."""
    work(book)
    book.add(DatedValue, lead_id=1, kind="temperature", on_day="2026-11-05", text="hot")
    again = client(book, "Anna's", "2026-11-20")
    book.work.connection.execute("UPDATE client SET lead_id = 1 WHERE id = ?", (again,))
    opportunity(book, "2026-11-21", client_id=again)
    assert by(book, "won_value", "gender") == {("female",): 30000}
    assert by(book, "pipeline_count", "gender") == {("female",): 2, ("male",): 1, (None,): 1}
    assert by(book, "pipeline_count", "temperature") == {("hot",): 2, (None,): 2}
    assert by(book, "pipeline_count", "close_on") == {("2026-12-01",): 1, (None,): 3}
    assert by(book, "pipeline_count", "campaign_day") == {("2026-11-01",): 3, (None,): 1}
    assert by(book, "active_clients", "gender") == {("female",): 1}


def test_the_last_contact_up_to_the_opportunity_precedes_it(book: Book) -> None:
    """One on the day itself counts, a later one does not; its campaign's type stands before the lead's."""
    letter, show = (
        book.add(Campaign, name=name, name_folded=name, starts_on="2026-10-01", type=name).id
        for name in ("email", "webinar")
    )
    for day, kinds in (
        ("2026-11-10", (("connected-call", "2026-11-09", None), ("email", "2026-11-10", letter))),
        ("2026-11-10", (("email", "2026-11-08", letter), ("connected-call", "2026-11-09", None))),
        ("2026-11-10", (("email", "2026-11-11", letter), ("dial", "2026-11-09", letter))),
        ("2026-10-31", (("email", "2026-10-01", letter),)),
    ):
        who = lead(book, "Anna", "2026-10-01")
        book.work.change(book.work.get(Lead, who), campaign_id=show)
        opportunity(book, day, lead_id=who)
        opportunity(book, "2026-11-20", lead_id=who)
        for kind, done, campaign in kinds:
            book.add(Activity, kind=kind, done_on=done, lead_id=who, campaign_id=campaign)
    assert by(book, "contact_before_opportunity", "contact", "nurture") == {
        ("email", "email"): 1,
        ("connected-call", "webinar"): 1,
        (None, "webinar"): 1,
    }


@pytest.mark.parametrize(
    ("verdicts", "opened", "state"),
    [
        (("yes",), False, {"waiting": 1}),
        (("yes", "no"), False, {"no longer qualified": 1}),
        (("yes", "no"), True, {"opportunity opened": 1}),
        (("no", "yes"), True, {"opportunity opened": 1}),
        (("no",), True, {}),
    ],
)
def test_a_qualified_lead_waits_until_it_has_an_opportunity_or_is_found_otherwise(
    book: Book, verdicts: tuple[str, ...], opened: object, state: dict[str, int]
) -> None:
    who = lead(book, "Anna", "2026-11-01")
    for number, verdict in enumerate(verdicts, start=2):
        book.add(Qualification, lead_id=who, decided_on=f"2026-11-0{number}", verdict=verdict)
    if opened:
        opportunity(book, "2026-11-09", lead_id=who)
    reading = measured(book, "qualified_lead_to_opportunity")
    assert (reading.states, reading.still_open) == (state, state.get("waiting", 0))


def test_a_moved_or_cancelled_event_is_not_scheduled_any_more(book: Book) -> None:
    for status in ("scheduled", "done", "no-show", "moved", "cancelled"):
        closed = None if status == "scheduled" else "2026-11-20"
        event(book, "discovery-meeting", "2026-11-02", "2026-11-30", status=status, closed_on=closed)
    assert by(book, "events_scheduled", "state") == {("done",): 1, ("no-show",): 1, ("scheduled",): 1}
    assert measured(book, "events_scheduled", "2026-12").value == 0
