"""Real sales: figures of imported deals, of an export and of bookings, against the same counted in the files.

Besides, every metric is what plain Python makes of the imported rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.book import TODAY, Book
from tests.counted import Rows, cents, day, imported, measured, parts, told
from tests.data import real
from tests.files import EXAMPLES, written
from tests.independent.agree import answers, disagreements
from tests.independent.figure import product_limit
from tests.independent.seen import method

# Each file is imported once, by one worker, for all the tests of this page.
pytestmark = pytest.mark.xdist_group("real sales")

# 500 deals and the history of their stages.

PE_PLAYBOOK = EXAMPLES / "pe_pipeline" / "playbook.toml"
AMBIGUOUS = "D-0500"  # two companies under one number: whose row a row is cannot be told
ENDED = {"Closed - Won": "won", "Closed - Lost": "lost", "Passed": "no decision"}


@pytest.fixture(scope="module")
def pe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    files = [
        (real("pe_pipeline", f"{file}.csv"), EXAMPLES / "pe_pipeline" / f"{mapping}.toml")
        for file, mapping in (("pipeline_deals", "deals"), ("stage_history", "stages"))
    ]
    with imported(tmp_path_factory.mktemp("pe"), *files, use=PE_PLAYBOOK) as book:
        yield book


def pe_deals() -> Rows:
    return told(real("pe_pipeline", "pipeline_deals.csv"))


def pe_paths() -> list[Rows]:
    """Return the history of each deal in order."""
    paths = defaultdict(list)
    for row in told(real("pe_pipeline", "stage_history.csv")):
        if row["deal_id"] != AMBIGUOUS:
            paths[row["deal_id"]].append(row)
    return [sorted(path, key=lambda row: int(row["stage_order"])) for path in paths.values()]


def test_the_win_rate_of_deals_by_source_and_owner(pe: Book) -> None:
    """37 of 97, and the 76 that were passed on are beside it."""
    whole = measured(pe, "win_rate")
    assert (whole.hits, whole.n, whole.left_out) == (37, 97, {"no decision": 76})
    for key, column in (("source", "source"), ("owner", "deal_owner")):
        ended = Counter((row[column], ENDED.get(row["deal_stage"])) for row in pe_deals())
        counted = {word: (ended[word, "won"], ended[word, "won"] + ended[word, "lost"]) for word, _ in ended}
        found = {str(word): (it.hits, it.n) for (word,), it in parts(pe, "win_rate", key).items()}
        names = {source.key: source.name for source in pe.work.playbook.sources} if key == "source" else {}
        assert {names.get(word, word): shares for word, shares in found.items()} == counted


def test_deals_that_are_open_and_what_they_and_the_won_are_worth(pe: Book) -> None:
    """327 are open; what nobody gave a value is left out, not taken for nothing."""
    sizes: dict[str, list[str]] = defaultdict(list)
    for row in pe_deals():
        sizes[ENDED.get(row["deal_stage"], "open")].append(row["deal_size_usd"])
    for name, how in (("pipeline_value", "open"), ("won_value", "won")):
        given = [cents(size) for size in sizes[how] if size != "NA"]
        reading = measured(pe, name)
        assert (reading.value, reading.n) == (sum(given), len(given))
        assert reading.left_out == {"no value": len(sizes[how]) - len(given)}
    assert measured(pe, "pipeline_count").value == len(sizes["open"]) == 327
    won = [cents(size) for size in sizes["won"] if size != "NA"]
    assert measured(pe, "average_deal").value == sum(won) / len(won)


def test_the_days_in_each_stage_with_those_that_are_not_over(pe: Book) -> None:
    """Of the finished the known means and medians; with the unfinished the product-limit median, later or not reached."""
    lengths: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for path in pe_paths():
        for row, following in pairwise([*path, None]):
            if row is not None and row["stage"] not in ENDED:
                until = TODAY if following is None else day(following["stage_date"])
                days = (until - day(row["stage_date"])).days
                lengths[row["stage"].casefold()].append((days, following is not None))
    found = {word: it.survival for (word,), it in parts(pe, "time_in_stage", "stage").items()}
    assert found.keys() == lengths.keys() == {"reviewed", "indication", "offer"}
    for stage, stays in lengths.items():
        told_of = found[stage]
        assert told_of is not None
        finished = [days for days, ended in stays if ended]
        assert (told_of.finished, told_of.inside) == (len(finished), len(stays) - len(finished))
        assert told_of.finished_mean == pytest.approx(sum(finished) / len(finished))
        assert told_of.median == product_limit(stays)
        assert told_of.lower_quartile == product_limit(stays, Fraction(3, 4))
    known = {
        ("reviewed", 342, 19.491228, 19),
        ("indication", 167, 32.694611, 32),
        ("offer", 37, 45.405405, 43),
    }
    assert known == {
        (stage, it.finished, round(it.finished_mean or 0, 6), it.finished_median)
        for stage, it in found.items()
        if it is not None
    }


def test_the_cycle_of_the_deals_won_and_where_each_stage_led(pe: Book) -> None:
    """102.594595 days on average, 100 in the middle; the matrix counts every row of the history but the endings."""
    paths = pe_paths()
    cycles = [
        (day(path[-1]["stage_date"]) - day(path[0]["stage_date"])).days
        for path in paths
        if ENDED.get(path[-1]["stage"]) == "won"
    ]
    cycle = measured(pe, "sales_cycle")
    assert cycle.survival
    assert (cycle.n, cycle.value) == (37, sum(cycles) / len(cycles))
    assert (round(cycle.value or 0, 6), cycle.survival.finished_median) == (102.594595, 100)
    steps = Counter(
        (row["stage"].casefold(), ENDED.get(following["stage"], following["stage"].casefold()))
        for path in paths
        for row, following in pairwise([*path, {"stage": "still there"}])
        if row["stage"] not in ENDED
    )
    found = {words: it.n for words, it in parts(pe, "stage_conversion", "stage", "went_to").items()}
    assert found == steps


def test_every_metric_of_the_deals_agrees(pe: Book) -> None:
    assert disagreements(answers(pe.reader(), method(PE_PLAYBOOK))) == []
    past = pe.reader("2025-03-31")
    assert disagreements(answers(past, method(PE_PLAYBOOK), ("this month", "all"))) == []


# A weekly export of Salesforce.

SF_PLAYBOOK = EXAMPLES / "sf_weekly_export" / "playbook.toml"


@pytest.fixture(scope="module")
def sf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    files = [
        (real("sf_weekly_export", f"{file}.csv"), EXAMPLES / "sf_weekly_export" / f"{mapping}.toml")
        for file, mapping in (
            ("account", "accounts"),
            ("lead", "leads"),
            ("campaign", "campaigns"),
            ("opportunity", "opportunities"),
            ("OpportunityHistory", "history"),
        )
    ]
    with imported(tmp_path_factory.mktemp("sf"), *files, use=SF_PLAYBOOK) as book:
        yield book


def test_what_the_export_says_of_won_and_open_opportunities(sf: Book) -> None:
    """18 won for 3,645,000, by source; 13 open for 2,115,000, weighted by hand 1,094,500."""
    deals = told(real("sf_weekly_export", "opportunity.csv"))
    won = [row for row in deals if row["IsWon"] == "1"]
    running = [row for row in deals if row["IsClosed"] == "0"]
    assert (
        (measured(sf, "won_deals").n, measured(sf, "pipeline_count").n)
        == (len(won), len(running))
        == (18, 13)
    )
    assert measured(sf, "won_value").value == sum(cents(row["Amount"]) for row in won) == 364_500_000
    assert measured(sf, "pipeline_value").value == sum(cents(row["Amount"]) for row in running) == 211_500_000
    weighted = sum(cents(row["Amount"]) * Fraction(row["Probability"]) / 100 for row in running)
    assert measured(sf, "weighted_pipeline_by_hand").value == weighted == 109_450_000
    by_source: dict[str, list[int]] = defaultdict(list)
    for row in won:
        by_source[row["LeadSource"]].append(cents(row["Amount"]))
    names = {source.key: source.name for source in sf.work.playbook.sources}
    found = {
        names.get(str(word), ""): (it.n, it.value) for (word,), it in parts(sf, "won_value", "source").items()
    }
    assert found == {source: (len(values), sum(values)) for source, values in by_source.items()}
    assert found["External Referral"] == (6, 144_500_000)


def test_every_metric_of_the_export_agrees(sf: Book) -> None:
    assert disagreements(answers(sf.reader(), method(SF_PLAYBOOK))) == []


# Appointments: the first bookings; `tests/system` counts all of them.


@pytest.fixture(scope="module")
def bookings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Rows]]:
    folder = tmp_path_factory.mktemp("noshow")
    with real("noshow", "noshow_to_2016-05-15.csv").open(encoding="utf-8") as opened:
        path = written(folder, "".join(line for line, _ in zip(opened, range(4001), strict=False)))
    with imported(folder, (path, EXAMPLES / "noshow" / "appointments.toml")) as book:
        yield book, told(path)


def test_the_gaps_of_bookings_are_calendar_days(bookings: tuple[Book, Rows]) -> None:
    """Mean, median, under five and over ten, and how many were kept at all."""
    book, rows = bookings
    gaps = sorted((day(row["AppointmentDay"]) - day(row["ScheduledDay"])).days for row in rows)
    reading = measured(book, "event_gap_all")
    assert reading.survival
    assert (reading.value, reading.n) == (sum(gaps) / len(gaps), len(gaps))
    assert reading.survival.median == Fraction(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2], 2)
    assert measured(book, "gap_under_goal").hits == sum(gap < 5 for gap in gaps)
    assert measured(book, "gap_over_red_flag").hits == sum(gap > 10 for gap in gaps)
    kept = sum(row["No-show"] == "No" for row in rows)
    assert (measured(book, "events_kept").hits, measured(book, "events_kept").n) == (kept, len(rows))


def test_every_metric_of_the_bookings_agrees(bookings: tuple[Book, Rows]) -> None:
    assert disagreements(answers(bookings[0].reader(), method(), ("all", "2016-05"))) == []
