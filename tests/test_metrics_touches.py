"""The metrics of touches: a month worked by hand, and what comes before a sale."""

from itertools import pairwise

import pytest

from improv import measure
from improv.metrics import find
from improv.models import (
    Activity,
    Campaign,
    CampaignResult,
    Client,
    Lead,
    Lifecycle,
    Referral,
    Touch,
    Visitor,
)
from tests.book import Book
from tests.test_metrics import NOVEMBER, Worked, client, lead, measured, opportunity, outcome, wrong

# Three pages, a mail opened and a click in November; Anna was won, Bob was not. She came back after 35 and 15 days.
WORKED: Worked = {
    "touches": 5,
    "interest": 2,
    "pages_with_utm": (1, 3, 0),
    "returns": 2,
    "new_visitors": (0, 1, 1),
    "unknown_visitors": 1,
    "conversion_by_contact": (3, 4, 1),
    "conversion_by_nurture": (1, 2, 1),
    "wins_by_contact": 1,
    "lead_to_customer": (1, 2, 1),
    "referrals_given": 2,
}


def campaign(book: Book, kind: str) -> int | None:
    return book.add(Campaign, name=kind, name_folded=kind, starts_on="2026-09-01", type=kind).id


def touch(book: Book, kind: str, on: str, page: str | None = None, **fields: object) -> None:
    book.add(Touch, kind=kind, on_day=on, page=page, **fields)


def touched(book: Book) -> None:
    """Anna was a stranger in October, was recognised on 5 November and won on the 20th; Bob clicked in a mail."""
    mailing, show = campaign(book, "email"), campaign(book, "webinar")
    anna, bob = lead(book, "Anna", "2026-11-02"), lead(book, "Bob", "2026-11-03")
    book.work.change(book.work.get(Lead, anna), campaign_id=show)
    seen = book.add(
        Visitor,
        known_as="a",
        seen_on="2026-10-01",
        lead_id=anna,
        attributed_on="2026-11-05",
        because="by hand",
    )
    stranger = book.add(Visitor, known_as="s", seen_on="2026-11-10")
    touch(book, "page", "2026-10-01", "/", visitor_id=seen.id)
    touch(book, "page", "2026-11-05", "/pricing", visitor_id=seen.id, utm_source="feed")
    touch(book, "email open", "2026-11-06", visitor_id=seen.id)
    touch(book, "page", "2026-11-21", "/thanks", visitor_id=seen.id)
    touch(book, "click", "2026-11-04", lead_id=bob, campaign_id=mailing)
    touch(book, "page", "2026-11-10", "/about", visitor_id=stranger.id)
    book.add(Activity, kind="connected-call", done_on="2026-11-07", lead_id=anna)
    deal = opportunity(book, "2026-11-08", lead_id=anna)
    outcome(book, deal, "2026-11-20", "won")
    for who, state in ((anna, "customer"), (bob, "lead")):
        book.add(Lifecycle, lead_id=who, state=state, since="2026-11-03")
    acme, _ = client(book, "Acme", "2026-01-01"), client(book, "Beta", "2026-01-01")
    book.work.change(book.work.get(Client, acme), referrals_before=3)
    book.add(Referral, client_id=acme, name="Cid", name_folded="cid", received_on="2026-11-01")


def test_touches_agree_with_a_month_worked_by_hand(book: Book) -> None:
    touched(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}


def test_what_came_before_a_win_is_told_by_kind_and_by_type_of_campaign(book: Book) -> None:
    """What Anna did after she was won precedes nothing; the page of October counts once, with that of November."""
    touched(book)
    reader = book.reader()

    def told(name: str, *keys: str) -> dict[tuple[object, ...], tuple[int, int]]:
        found = measure.by(reader, find(name), NOVEMBER, *keys)
        return {key: (part.hits, part.n) for key, part in found}

    assert told("conversion_by_contact", "contact") == {
        ("page",): (1, 1),
        ("email open",): (1, 1),
        ("connected-call",): (1, 1),
        ("click",): (0, 1),
    }
    assert told("conversion_by_nurture", "nurture") == {("webinar",): (1, 1), ("email",): (0, 1)}
    assert [key for key, _ in measure.by(reader, find("wins_by_contact"), NOVEMBER, "first_contact")] == [
        ("page",)
    ]
    assert [key for key, _ in measure.by(reader, find("wins_by_contact"), NOVEMBER, "last_contact")] == [
        ("connected-call",)
    ]


def test_nobody_knew_a_visitor_before_they_were_recognised(book: Book) -> None:
    """As of the day before, Anna's pages were a stranger's, and she had not returned."""
    touched(book)
    assert measured(book, "unknown_visitors", as_of="2026-11-04").value == 1
    assert measured(book, "returns", as_of="2026-11-05").value == 1
    assert measured(book, "conversion_by_contact", as_of="2026-11-04").n == 1  # Bob's click


@pytest.mark.parametrize("as_of", [None, "2026-11-30"])
def test_a_score_of_touches_looks_up_a_lead_s_visitors_on_any_day(book: Book, as_of: str | None) -> None:
    """By an index, and not through all visitors for each lead, which takes as many steps as one times the other."""
    touched(book)
    reader = book.reader(as_of)
    days = {"as_of": as_of, "on": "2026-11-30", "only": None, "among": None}
    sql = reader.prepared("SELECT f.lead_id AS id, f.value AS value FROM rated_score AS f")
    plan = [step[3] for step in reader.connection.execute(f"EXPLAIN QUERY PLAN {sql}", reader._bound | days)]
    whose = [before for before, step in pairwise(plan) if "touches_of_visitor" in step]
    assert [step for step in whose if "(lead_id=?)" not in step] == []
    assert whose


def test_an_empty_store_has_no_touches(book: Book) -> None:
    """Counts are none, shares have nothing underneath."""
    assert [
        measured(book, name).value for name in ("touches", "interest", "returns", "unknown_visitors")
    ] == [0] * 4
    assert [
        measured(book, name).value for name in ("pages_with_utm", "new_visitors", "conversion_by_contact")
    ] == [None] * 3


def test_what_results_of_a_campaign_say_is_not_counted_again_from_its_touches(book: Book) -> None:
    """Two opens are counted until somebody types in how many mails were opened; clicks nobody typed in go on counting."""
    mailing, ada = campaign(book, "email"), lead(book, "Ada", "2026-11-01")
    for kind in ("email open", "email open", "click"):
        touch(book, kind, "2026-11-05", lead_id=ada, campaign_id=mailing)
    touch(book, "email open", "2026-11-05", lead_id=ada)
    assert measured(book, "campaign_emails_opened").value == 2
    book.add(CampaignResult, campaign_id=mailing, on_day="2026-11-06", emails_opened=40)
    opened = measured(book, "campaign_emails_opened")
    assert (opened.value, opened.left_out) == (40, {"counted in its results": 2})
    assert measured(book, "campaign_links_clicked").value == 1
