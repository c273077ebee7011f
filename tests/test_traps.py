"""The traps of the method's definitions: each is a figure that is easily told wrong, and how wrong it would be."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from improv import measure, reports
from improv.commands.desk import Desk
from improv.dates import month_of, parse_period
from improv.metrics import find
from improv.models import Campaign, CampaignResult, Lead, Opportunity
from improv.show import render
from tests.book import TODAY, Book
from tests.files import EXAMPLES, Importer
from tests.session import must
from tests.test_metrics import event, lead, measured, opportunity, outcome, stays, terms

pytest_plugins = ("tests.importing",)

NOVEMBER = month_of(TODAY)
FOUND = "mutual-discovery"


def lines(book: Book, report: str, period: str = "2026-11") -> list[str]:
    """Return the lines of a report."""
    reader = book.reader()
    made = reports.make(report, reader, parse_period(period, reader.today))
    return render(made, "plain").splitlines()


def begun(book: Book, on: str, stage: str, until: str | None = None, how: str | None = None) -> int:
    """Write an opportunity that began in a stage, and how it ended there."""
    deal = opportunity(book, on)
    stays(book, deal, (stage, on, until))
    if how and until:
        outcome(book, deal, until, how, stage=stage)
    return deal


# Shares.


def test_both_win_rates_stand_under_their_own_names(book: Book) -> None:
    """Of five discoveries two are open: 1 of 5 was won, may end at 3 of 5; of those decided it was 1 of 2."""
    for how in ("won", "lost", "no decision"):
        begun(book, "2026-11-02", FOUND, "2026-11-09", how)
    begun(book, "2026-11-03", FOUND)
    begun(book, "2026-11-04", FOUND)
    rate, cohort = measured(book, "win_rate"), measured(book, "win_rate_from_discovery")
    assert (rate.hits, rate.n, rate.left_out) == (1, 2, {"no decision": 1})
    assert (cohort.hits, cohort.n, cohort.worst, cohort.best) == (1, 5, 1 / 5, 3 / 5)
    assert cohort.states == {"won": 1, "lost": 1, "no decision": 1, "open": 2}
    shown = [line.split("\t")[:2] for line in lines(book, "weekly", "2026-11") if line.startswith("Win rate")]
    assert shown == [
        ["Win rate", "50.0000% (1 of 2)"],
        ["Win rate from discovery", "20.0000% (1 of 5)"],
    ]


def test_a_conversion_belongs_to_the_month_its_lead_came_in(book: Book) -> None:
    """A lead of September whose sale was opened in November is a success of September."""
    opportunity(book, "2026-11-03", lead_id=lead(book, "Anna", "2026-09-10"))
    lead(book, "Ben", "2026-11-05")
    by_month = {month: measured(book, "lead_to_opportunity", month) for month in ("2026-09", "2026-11")}
    assert {month: (it.hits, it.n) for month, it in by_month.items()} == {
        "2026-09": (1, 1),
        "2026-11": (0, 1),
    }


def test_what_is_not_mature_is_listed_and_not_failed(book: Book) -> None:
    """Nine of ten sales are under way: 0 of 10 is not below a target that they may still reach."""
    begun(book, "2026-11-02", FOUND, "2026-11-09", "lost")
    deals = [begun(book, "2026-11-03", FOUND) for _ in range(9)]
    told = measure.explain(book.reader(), find("win_rate_from_discovery"), NOVEMBER)
    assert [row.ref for row in told.counted if row.state == "open"] == [f"O{deal}" for deal in deals]
    assert (told.reading.hits, told.reading.n, told.reading.still_open) == (0, 10, 9)
    assert told.reading.verdict == "too few to tell"


def test_a_window_is_open_until_it_is_over_whatever_happened_already(book: Book) -> None:
    """Four in ten convert within 60 days, and leads come ever faster: counted at once the young ones make it 0.57."""
    luck = random.Random(4)  # noqa: S311 - a book to test with, not a secret
    early = []
    for _ in range(1500):
        age = int(120 * luck.random() ** 2)
        converts = int(60 * luck.random()) if luck.random() < 0.4 else None
        came = TODAY - timedelta(days=age)
        who = book.add(Lead, name="Ann", name_folded="ann", received_on=came).id
        if converts is not None and converts <= age:
            day = came + timedelta(days=converts)
            book.add(Opportunity, title="deal", title_folded="deal", opened_on=day, lead_id=who)
            early.append(True)
        elif age > 60:
            early.append(False)
    told = measured(book, "lead_to_opportunity_within_60", "all")
    assert told.value == pytest.approx(0.40, abs=0.04)
    assert sum(early) / len(early) == pytest.approx(0.57, abs=0.04)
    assert (told.left_out or {})["window still open"] == 1500 - told.n


def test_within_30_60_90_days_and_in_all_are_four_figures(book: Book) -> None:
    """Leads of May whose sales were opened after 30, 31, 60, 61, 90, 91 and 150 days, and one without."""
    for days in (30, 31, 60, 61, 90, 91, 150, None):
        who = lead(book, "Anna", "2026-05-01")
        if days is not None:
            opportunity(book, str(date(2026, 5, 1) + timedelta(days=days)), lead_id=who)
    names = [f"lead_to_opportunity_within_{window}" for window in (30, 60, 90)]
    told = [measured(book, name, "2026-05") for name in (*names, "lead_to_opportunity")]
    assert [(it.hits, it.n, it.still_open) for it in told] == [(1, 8, 0), (3, 8, 0), (5, 8, 0), (7, 8, 1)]


def test_which_stage_was_misread_as_which_is_told_beside_the_share(book: Book) -> None:
    """Two of three were right; a Proposal was anticipated and a Realign came."""
    deal = opportunity(book, "2026-11-01")
    for anticipated, actual in ((FOUND, FOUND), ("proposal", "realign"), ("overcome", "overcome")):
        held = {"status": "done", "closed_on": "2026-11-09", "opportunity_id": deal}
        event(
            book,
            "discovery-meeting",
            "2026-11-02",
            "2026-11-09",
            anticipated_stage=anticipated,
            actual_stage=actual,
            **held,
        )
    rate = measured(book, "anticipation_accuracy")
    assert (rate.hits, rate.n) == (2, 3)
    shown = lines(book, "anticipation")
    matrix = shown.index("Anticipated\tMutual discovery\tRealign\tOvercome")
    assert shown[matrix + 1 : matrix + 4] == [
        "Mutual discovery\t1\t0\t0",
        "Proposal\t0\t1\t0",
        "Overcome\t0\t0\t1",
    ]
    assert "2026-11-09\tE2 deal\tdiscovery meeting\tProposal\tRealign" in shown


# Lengths.


def test_a_stay_that_has_not_ended_counts_as_at_least_so_long(book: Book) -> None:
    """Three quick ones of 2 days ended, five go on since 30 and 40: the finished alone would say 2 days."""
    for _ in range(3):
        begun(book, "2026-11-02", FOUND, "2026-11-04", "lost")
    for since in ("2026-10-13", "2026-10-23", "2026-10-23", "2026-10-23", "2026-10-23"):
        begun(book, since, FOUND)
    told = measured(book, "time_in_stage", "last 90 days").survival
    assert told is not None
    assert (told.finished_mean, told.finished_median, told.finished) == (2, 2, 3)
    assert (told.median, told.lower_quartile, told.upper_quartile) == (None, 2, None)
    assert (told.inside, told.longest_inside) == (5, 40)


def test_first_passes_and_re_entries_are_told_apart(book: Book) -> None:
    """Ten days in Proposal at first, and two when it came back from Realign."""
    deal = opportunity(book, "2026-10-01")
    stays(
        book,
        deal,
        ("proposal", "2026-10-01", "2026-10-11"),
        ("realign", "2026-10-11", "2026-10-14"),
        ("proposal", "2026-10-14", "2026-10-16"),
        ("overcome", "2026-10-16", None),
    )
    reader = book.reader()
    parts = measure.by(reader, find("time_in_stage"), month_of(date(2026, 10, 1)), "stage", "entry")
    medians = {key: part.value for key, part in parts if part.survival and part.survival.finished}
    assert medians == {("proposal", "first"): 10, ("proposal", "again"): 2, ("realign", "first"): 3}


def test_the_cycle_is_told_by_closing_stage_and_its_clock_is_printed(book: Book) -> None:
    """A win after 10 days at Proposal and one after 30 at Overcome; a loss has no cycle. The mean of all is 20."""
    begun(book, "2026-11-01", "proposal", "2026-11-11", "won")
    begun(book, "2026-10-10", "overcome", "2026-11-09", "won")
    begun(book, "2026-11-01", "proposal", "2026-11-02", "lost")
    shown = lines(book, "sales-cycle")
    table = shown.index("# By closing stage")
    assert [line.split("\t")[:3] for line in shown[table + 2 : table + 6]] == [
        ["Proposal", "1", "10.000000"],
        ["Overcome", "1", "30.000000"],
        ["all", "2", "20.000000"],
        ["By day won."],
    ]
    assert measured(book, "sales_cycle", "2026-10").n == 0


# Sums and stocks.


def test_a_ratio_is_of_sums_and_never_a_mean_of_ratios(book: Book) -> None:
    """100.00 for one lead and 100.00 for 99 leads: a lead costs 2.00, where the mean of 100.00 and 1.01 is 50.51."""
    for name, leads in (("Letters", 1), ("Posters", 99)):
        ads = book.add(Campaign, name=name, name_folded=name.lower(), starts_on="2026-11-01").id
        book.add(CampaignResult, campaign_id=ads, on_day="2026-11-05", spend=10000, platform_leads=leads)
    assert measured(book, "cost_per_lead").value == 200
    reader = book.reader()
    parts = measure.by(reader, find("cost_per_lead"), NOVEMBER, "campaign")
    assert [(key, part.value) for key, part in parts] == [(("Letters",), 10000), (("Posters",), 10000 / 99)]


def test_a_missing_probability_is_listed_and_not_guessed(book: Book) -> None:
    """1,000.00 at 40% by hand; who set none is left out by name, and no default stands in."""
    for probability in (40, None):
        terms(
            book, begun(book, "2026-11-01", "proposal"), "2026-11-01", value=100000, probability=probability
        )
    told = measure.explain(book.reader(), find("weighted_pipeline_by_hand"), NOVEMBER)
    assert told.reading.value == 40000
    assert [(row.ref, row.why) for row in told.left_out] == [("O2", "no probability set by hand")]


def test_the_probability_of_today_is_never_applied_to_the_past(book: Book) -> None:
    """On 15 October it stood in Proposal at 20%, today in Overcome at 90%; what was won since is no history of then."""
    deal = opportunity(book, "2026-10-01")
    stays(book, deal, ("proposal", "2026-10-01", "2026-11-10"), ("overcome", "2026-11-10", None))
    terms(book, deal, "2026-10-01", value=100000, probability=20)
    terms(book, deal, "2026-11-10", value=100000, probability=90)
    begun(book, "2026-10-01", "proposal", "2026-11-15", "won")
    weighted = ("weighted_pipeline_by_hand", "weighted_pipeline", "weighted_pipeline_by_history")
    for then in (
        [measured(book, name, "2026-10-15").value for name in weighted],
        [measured(book, name, as_of="2026-10-15").value for name in weighted],
    ):
        assert then == [20000, 63000, 63000]
    assert [measured(book, name).value for name in weighted[:2]] == [90000, 88000]


# Clocks.


def test_two_days_of_one_figure_are_calendar_days_of_one_clock(bring: Importer, book: Book) -> None:
    """Booked at 18:38 for the same day, written as its midnight: no day before, as the instants would say."""
    rows = (
        "AppointmentID,ScheduledDay,AppointmentDay,Neighbourhood,No-show\n"
        "1,2026-11-03T18:38:08Z,2026-11-03T00:00:00Z,Centro,No\n"
        "2,2026-11-03T23:59:59Z,2026-11-04T00:00:00Z,Centro,No\n"
    )
    bring("events", rows, (EXAMPLES / "noshow" / "appointments.toml").read_text("utf-8"))
    told = measure.explain(book.reader(), find("event_gap_all"), NOVEMBER)
    assert [row.days for row in told.counted] == [0, 1]


def test_a_day_is_the_users_own_at_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past midnight in Berlin is half past eleven of the day before in UTC: set and due on the 18th is no day."""
    db = tmp_path / "improv.db"
    monkeypatch.setattr(Desk, "now", lambda _: datetime(2026, 11, 17, 23, 30, tzinfo=UTC))
    for command in ("lead add Ada", "event schedule Ada introductory-call 2026-11-18"):
        must(command, db, today="")
    shown = must("metric event-gap --for 2026-11 --format plain", db, today="").out
    assert "Set-to-scheduled gap\t0.000000\t" in shown


def test_what_is_typed_in_late_has_the_days_on_which_it_happened(book: Book) -> None:
    """A sale of October typed in today has a cycle of 20 days in October, and none from today."""
    begun(book, "2026-10-01", "proposal", "2026-10-21", "won")
    assert (measured(book, "sales_cycle", "2026-10").value, measured(book, "sales_cycle", "2026-11").n) == (
        20,
        0,
    )
    assert measured(book, "won_deals", as_of="2026-10-31").n == 1
