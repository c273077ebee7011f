"""The metrics of the way through the funnel: worked by hand, and the edges of what came next."""

import pytest

from improv import measure
from improv.metrics import CATALOGUE, find
from improv.models import Activity, Qualification
from improv.models import Reading as DatedValue
from tests import (
    test_campaigns,
    test_metrics,
    test_metrics_clients,
    test_metrics_leads,
    test_metrics_reach,
    test_metrics_revenue,
    test_metrics_surveys,
    test_metrics_touches,
    test_metrics_tracks,
)
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
    sell,
    stays,
    wrong,
)

WINDOWS: Worked = {
    "lead_to_opportunity_within_30": (1, 5, 0),
    "lead_to_opportunity_within_60": (2, 5, 0),
    "lead_to_opportunity_within_90": (2, 3, 0),
    "qualified_to_opportunity": (1, 2, 0),
}
SOLD: Worked = {
    "stage_conversion": 8,
    "advance_rate": (4, 8, 2),  # two from intro, one from discovery, one win
    "close_by_stage": (1, 8, 2),
    "referral_to_win": (1, 3, 1),
    "time_to_close": 16,  # received on the 2nd, won on the 18th
}
REACHED: Worked = {
    "days_to_first_contact": 5,  # after 3 and 7 days, and one waits since 2: half are left from 3 to 7
    "days_since_last_contact": 29 / 3,  # 17 + 10 + 2
    "lead_score": 70,
}


def went(book: Book) -> dict[tuple[object, ...], float | None]:
    """Return the matrix from stage to stage."""
    parts = measure.by(book.reader(), find("stage_conversion"), NOVEMBER, "stage", "went_to")
    return {key: part.value for key, part in parts}


def test_every_metric_has_an_example_worked_by_hand() -> None:
    worked = [
        test_metrics.WORKED,
        WINDOWS,
        SOLD,
        REACHED,
        test_metrics_reach.WORKED,
        test_metrics_revenue.WORKED,
        test_metrics_surveys.WORKED,
        test_metrics_touches.WORKED,
        test_metrics_leads.WORKED,
        test_metrics_clients.WORKED,
        test_campaigns.WORKED,
        test_metrics_tracks.WORKED,
    ]
    assert {name for each in worked for name in each} == CATALOGUE.keys()


def test_a_lead_counts_when_its_window_is_over_and_not_before(book: Book) -> None:
    """The last two leads came 90 days ago: within 90 days neither counts, though one has its opportunity."""
    for name, day, opened, verdict in (
        ("Anna", "2026-08-01", "2026-08-31", "yes"),
        ("Ben", "2026-08-01", "2026-09-01", "no"),
        ("Cem", "2026-08-01", None, "yes"),
        ("Dora", "2026-08-24", None, "no"),
        ("Eve", "2026-08-24", "2026-11-22", "yes"),
    ):
        who = lead(book, name, day)
        book.add(Qualification, lead_id=who, decided_on=day, verdict=verdict)
        if opened:
            opportunity(book, opened, lead_id=who)
    assert wrong({name: measured(book, name, "2026-08") for name in WINDOWS}, WINDOWS) == {}
    longest = measured(book, "lead_to_opportunity_within_90", "2026-08")
    assert longest.states == {"opportunity in time": 2, "no opportunity": 1}
    assert longest.left_out == {"window still open": 2}


def test_what_came_after_each_stage_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    account = client(book, "Acme", "2026-10-24")
    sell(book, account)
    test_metrics.referral(book, account, "2026-11-10")
    test_metrics.referral(book, account, "2026-11-12", declined_on="2026-11-13")
    assert wrong({name: measured(book, name) for name in SOLD}, SOLD) == {}
    assert went(book) == {
        ("intro", "mutual-discovery"): 2,
        ("intro", "no decision"): 1,
        ("intro", "still there"): 1,
        ("mutual-discovery", "lost"): 1,
        ("mutual-discovery", "proposal"): 1,
        ("mutual-discovery", "still there"): 1,
        ("proposal", "won"): 1,
    }


def test_leads_that_are_reached_agree_with_a_month_worked_by_hand(book: Book) -> None:
    anna, ben = lead(book, "Anna", "2026-11-02"), lead(book, "Ben", "2026-11-05")
    lead(book, "Cem", "2026-11-20")
    book.add(Activity, kind="connected-call", done_on="2026-11-05", lead_id=anna)
    book.add(Activity, kind="dial", done_on="2026-11-06", lead_id=ben)
    event(
        book,
        "introductory-call",
        "2026-11-06",
        "2026-11-12",
        lead_id=ben,
        status="done",
        closed_on="2026-11-12",
    )
    for who, day, score in ((anna, "2026-11-03", 40), (anna, "2026-11-09", 60), (ben, "2026-11-09", 80)):
        book.add(DatedValue, lead_id=who, kind="score", on_day=day, value=score)
    refused, opened = lead(book, "Dora", "2026-10-01"), lead(book, "Eve", "2026-10-01")
    book.add(Qualification, lead_id=refused, decided_on="2026-10-02", verdict="no")
    opportunity(book, "2026-10-02", lead_id=opened)
    assert wrong({name: measured(book, name) for name in REACHED}, REACHED) == {}
    assert measured(book, "lead_score").left_out == {"too little known to rate by": 1}


def test_a_lead_that_may_still_convert_is_open_and_one_found_unfit_is_not(book: Book) -> None:
    """Until somebody says no, nothing has failed; a later yes takes the no back."""
    waiting, unfit, again, lost = (lead(book, name, "2026-11-02") for name in ("Anna", "Ben", "Cem", "Dora"))
    for who, day, verdict in ((unfit, 3, "no"), (again, 3, "no"), (again, 4, "yes"), (waiting, 5, "yes")):
        book.add(Qualification, lead_id=who, decided_on=f"2026-11-0{day}", verdict=verdict)
    outcome(book, opportunity(book, "2026-11-05", lead_id=lost), "2026-11-09", "lost")
    states = {"opportunity opened": 1, "not qualified": 1, "waiting": 2}
    assert measured(book, "lead_to_opportunity").states == states
    assert measured(book, "lead_to_win").states == {"not won": 1, "not qualified": 1, "waiting": 2}


def test_what_reached_an_opportunity_reached_its_lead(book: Book) -> None:
    """A call about one after 3 days, an imported meeting about another after 5."""
    deals = [
        opportunity(book, "2026-11-02", lead_id=lead(book, name, "2026-11-02")) for name in ("Anna", "Ben")
    ]
    book.add(Activity, kind="connected-call", done_on="2026-11-05", opportunity_id=deals[0])
    held = {"status": "done", "closed_on": "2026-11-07", "opportunity_id": deals[1]}
    event(book, "discovery-meeting", "2026-11-02", "2026-11-07", **held)
    assert measured(book, "days_to_first_contact").value == 4


@pytest.mark.parametrize(
    ("stage", "to", "state"),
    [
        ("intro", "mutual-discovery", "advanced"),
        ("intro", "proposal", "advanced"),  # past the stage it advances to
        ("mutual-discovery", "realign", "advanced"),
        ("mutual-discovery", "intro", "went elsewhere"),
        ("proposal", "realign", "went elsewhere"),  # later in the funnel, yet no step towards closing
        ("proposal", "overcome", "advanced"),
        ("overcome", "proposal", "went elsewhere"),
    ],
)
def test_a_sale_advances_to_where_its_stage_leads_or_past_it(
    book: Book, stage: str, to: str, state: str
) -> None:
    deal = opportunity(book, "2026-11-01")
    stays(book, deal, (stage, "2026-11-01", "2026-11-05"), (to, "2026-11-05", None))
    assert measured(book, "advance_rate").states == {state: 1, "still there": 1}


def test_a_move_and_a_win_on_one_day_are_told_apart(book: Book) -> None:
    deal = opportunity(book, "2026-11-01")
    stays(book, deal, ("intro", "2026-11-01", "2026-11-05"), ("proposal", "2026-11-05", "2026-11-05"))
    outcome(book, deal, "2026-11-05", "won", stage="proposal")
    assert went(book) == {("intro", "proposal"): 1, ("proposal", "won"): 1}


def test_a_stay_that_ended_lost_stays_lost_when_the_sale_is_reopened(book: Book) -> None:
    deal = opportunity(book, "2026-11-01")
    stays(book, deal, ("proposal", "2026-11-01", "2026-11-05"), ("proposal", "2026-11-09", None))
    outcome(book, deal, "2026-11-05", "lost", stage="proposal", until="2026-11-09")
    assert went(book) == {("proposal", "lost"): 1, ("proposal", "still there"): 1}
    for name in ("stage_conversion", "time_in_stage"):
        parts = measure.by(book.reader(), find(name), NOVEMBER, "entry")
        assert [(key, part.n) for key, part in parts] == [(("again",), 1), (("first",), 1)]
