"""Planning backwards: worked by hand, told with its interval, and silent where little or nothing is underneath."""

import json
import math
from pathlib import Path

import pytest

from improv import playbook
from improv.dates import parse_period
from improv.errors import Usage
from improv.models import Activity, Lead, Opportunity, OpportunityOutcome, OpportunityTerms, Qualification
from improv.playbook import Playbook
from improv.report import Notes, Table
from improv.reports.plan import plan, wins_for
from improv.show import FORMATS, render
from improv.statistics import Estimate, count_per, product, tries, wilson
from tests.book import TODAY, Book, open_book
from tests.run import run
from tests.test_metrics import client, event

# The arithmetic.


def test_a_hit_takes_as_many_tries_as_its_share_says() -> None:
    """Half of 20: Wilson's 29.93% to 70.07% are 1.43 to 3.34 tries for each hit."""
    assert tries(10, 20) == pytest.approx((2, 1.4272, 3.3412), abs=5e-4)
    assert tries(4, 4) == pytest.approx((1, 1, 1 / wilson(4, 4)[0]))
    assert tries(0, 0) is None


def test_without_a_hit_there_is_only_a_lower_end() -> None:
    """0 of 20 may still be 16.11%: at least 6.2 tries."""
    assert tries(0, 20) == pytest.approx((None, 6.207, None), abs=5e-3)


def test_a_count_for_each_hit_is_a_share_of_all_that_happened() -> None:
    """30 for 10: of 40 a quarter are hits, Wilson's 14.19% to 40.19%, so 1.49 to 6.05 for each."""
    assert count_per(30, 10) == pytest.approx((3, 1.488, 6.049), abs=5e-3)
    assert count_per(0, 0) is None
    assert count_per(5, 0) == pytest.approx((None, 1 / wilson(0, 5)[1] - 1, None))


def test_a_product_squares_and_adds_the_distances_on_the_logarithmic_scale() -> None:
    """Twice 1 of 2: from 1.1043 to 10.5885 each, so 4 / e^0.840 to 4 x e^2.357."""
    once = tries(1, 2)
    assert once is not None
    assert product([once]) == pytest.approx(once)
    assert product([once, once]) == pytest.approx((4, 1.7269, 42.25), rel=5e-3)
    assert product([once, Estimate(None, 5, None)]) == pytest.approx((None, 5 * once.low, None))


@pytest.mark.parametrize(
    ("first", "second"), [((51, 0.4), (41, 0.66)), ((30, 0.35), (80, 0.33)), ((20, 0.5), (20, 0.5))]
)
def test_the_interval_of_a_product_covers_the_truth_95_times_in_100(
    first: tuple[int, float], second: tuple[int, float]
) -> None:
    """By adding up every outcome there is: never less than 94%, nor a blanket over everything."""
    truth = 1 / (first[1] * second[1])
    covered = 0.0
    for hits in range(first[0] + 1):
        for other in range(second[0] + 1):
            chance = binomial(hits, *first) * binomial(other, *second)
            told = product([it for it in (tries(hits, first[0]), tries(other, second[0])) if it])
            if told.low <= truth <= (told.high or math.inf):
                covered += chance
    assert 0.94 < covered < 0.98


@pytest.mark.parametrize(("count", "hits"), [(60, 20), (25, 12)])
def test_the_interval_of_a_count_for_each_hit_covers_the_truth_95_times_in_100(count: int, hits: int) -> None:
    """Both come at random, so many on average."""
    covered = 0.0
    for found in range(4 * count):
        for hit in range(4 * hits):
            told = count_per(found, hit)
            if told and told.low <= count / hits <= (told.high or math.inf):
                covered += poisson(found, count) * poisson(hit, hits)
    assert 0.93 < covered < 0.98


def binomial(hits: int, of: int, share: float) -> float:
    return math.comb(of, hits) * share**hits * (1 - share) ** (of - hits)


def poisson(count: int, mean: float) -> float:
    return math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))


# A half year of one consultant.


def work(book: Book) -> None:
    """40 leads on 1 June, 25 of them qualified, 20 with an opportunity: 10 won for 500.00 each, 6 lost, 4 undecided."""
    for number in range(40):
        who = book.add(Lead, name="Ann", name_folded="ann", received_on="2026-06-01").id
        if number < 25:
            book.add(Qualification, lead_id=who, decided_on="2026-06-03", verdict="yes")
        if number < 20:
            outcome = "won" if number < 10 else "lost" if number < 16 else "no decision"
            close(book, outcome, lead_id=who)
    for _ in range(30):
        kept = {"status": "done", "closed_on": "2026-07-10"}
        event(book, "discovery-meeting", "2026-07-06", "2026-07-10", **kept)
    book.add(Activity, kind="connected-call", times=60, minutes=6, done_on="2026-07-10")
    book.add(Activity, kind="connected-call", times=60, minutes=5, done_on="2026-07-10")


def close(book: Book, outcome: str, **about: object) -> None:
    deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on="2026-06-10", **about).id
    book.add(OpportunityTerms, opportunity_id=deal, on_day="2026-06-10", value=50000)
    book.add(OpportunityOutcome, opportunity_id=deal, since="2026-07-15", outcome=outcome)


def planned(
    book: Book,
    wins: float = 2,
    per: str = "month",
    period: str = "last 365 days",
    use: Playbook | None = None,
) -> dict[str, list[str]]:
    """Return the lines of the plan's tables by their first word, `needed` and `rates` one after the other."""
    reader = book.reader(playbook=use)
    page = plan(reader, wins, per, parse_period(period, reader.today))
    tables = [block for part in page.sections for block in part.blocks if isinstance(block, Table)]
    lines = {str(row[0]): row[1:] for table in tables for row in table.rows}
    look = render(page, "plain").splitlines()
    return {
        name: next(line for line in look if line.startswith(f"{name}\t")).split("\t")[1:] for name in lines
    }


def notes(book: Book, period: str = "last 365 days", use: Playbook | None = None) -> list[str]:
    reader = book.reader(playbook=use)
    page = plan(reader, 2, "month", parse_period(period, reader.today))
    return [
        line
        for part in page.sections
        for block in part.blocks
        if isinstance(block, Notes)
        for line in block.lines
    ]


def test_a_plan_worked_by_hand(book: Book) -> None:
    """Two wins take 4 opportunities at 10 of 20; these 5 qualified leads at 20 of 25, or 8 leads at 20 of 40.

    30 appointments and 60 conversations for 10 wins are 6 and 12. It is 175 days since the first record: 10 wins in
    them are 1.738 a month. The funnel: 2 x 45 / 16 = 5.6 and 2 x 100 / 16 = 12.5. The charter: 2 x 3 / 2 and 3 times
    that. Its targets: 40, 40 and 120 for 20.
    """
    work(book)
    assert planned(book) == {
        "won deals": ["2", "–", "1.738095", "2", "2", "2"],
        "opportunities": ["4", "3–7", "3.476190", "6", "3", "4"],
        "qualified leads": ["5", "4–9", "4.345238", "–", "9", "–"],
        "new leads": ["8", "6–15", "6.952381", "13", "–", "–"],
        "appointments": ["6", "3–13", "5.214286", "–", "–", "4"],
        "conversations": ["12", "7–24", "10.428571", "–", "–", "12"],
        "won of closed": ["50.0000% (10 of 20)", "29.9–70.1%", "35.5556%", "66.6667%", "50.0000%"],
        "qualified to opportunity": ["80.0000% (20 of 25)", "60.9–91.1%", "–", "33.3333%", "–"],
        "lead to opportunity within 90": ["50.0000% (20 of 40)", "35.2–64.8%", "45.0000%", "–", "–"],
        "appointments per win": ["3.000000", "1.5–6.0", "–", "–", "2.000000"],
        "conversations per win": ["6.000000", "3.1–11.6", "–", "–", "6.000000"],
    }


def test_a_plan_scales_with_its_wins_and_its_pace(book: Book) -> None:
    """Twice as many wins take twice as many; a week is 7 days of the pace, a quarter 91.25."""
    work(book)
    four, week, quarter = planned(book, 4), planned(book, 2, "week"), planned(book, 2, "quarter")
    assert [four[name][0] for name in ("opportunities", "new leads", "conversations")] == ["8", "16", "24"]
    assert [it["won deals"][2] for it in (week, quarter)] == ["0.400000", "5.214286"]
    assert week["new leads"][0] == quarter["new leads"][0] == "8"


def test_leads_whose_window_is_open_do_not_count_yet(book: Book) -> None:
    """Received 91 days ago one counts; a day later it does not, whether an opportunity came of it or not."""
    work(book)
    for day in ("2026-08-23", "2026-08-24"):
        who = book.add(Lead, name="Bob", name_folded="bob", received_on=day).id
        book.add(Opportunity, title="deal", title_folded="deal", opened_on="2026-08-25", lead_id=who)
    assert planned(book)["lead to opportunity within 90"][0] == "51.2195% (21 of 41)"
    assert (
        "A lead is followed for 90 days, so that only those up to 2026-08-23 say how many lead on."
        in notes(book)
    )
    assert (
        notes(book)[-1]
        == "Behind a rate: improv explain qualified-to-opportunity --for 2025-11-23..2026-08-23"
    )


def test_of_a_period_whose_windows_are_all_open_no_lead_says_anything(book: Book) -> None:
    """Then there is no rate, and no command to look behind it."""
    work(book)
    said = notes(book, "last 30 days")
    assert "A lead is followed for 90 days, so that none of these says yet how many lead on." in said
    assert said[-1] == "Behind a rate: improv explain won-of-closed --for 2026-10-24..2026-11-22"
    assert planned(book, period="last 30 days")["new leads"][:2] == ["–", "–"]


def test_fewer_rows_than_the_default_is_worth_are_too_few_to_tell(book: Book) -> None:
    """7 closed are too few, 8 are not; what nobody logged is nothing, not none."""
    for _ in range(4):
        close(book, "won")
    for _ in range(3):
        close(book, "lost")
    assert planned(book)["opportunities"][:2] == ["–", "too few to tell"]
    close(book, "lost")
    told = planned(book)
    assert told["opportunities"][:2] == ["4", "3–10"]
    assert told["new leads"][:2] == ["–", "–"]
    assert told["appointments"][:2] == ["–", "–"]


def test_where_nothing_was_won_only_the_least_is_told(book: Book) -> None:
    """0 of 8 may be 32.44%: two wins take at least 6.2 opportunities."""
    for _ in range(8):
        close(book, "lost")
    assert planned(book)["opportunities"][:2] == ["–", "from 7"]
    assert planned(book)["won of closed"][:2] == ["0.0000% (0 of 8)", "0.0–32.4%"]


def test_on_an_empty_store_only_the_playbook_speaks(book: Book) -> None:
    told = planned(book)
    assert told["opportunities"] == ["–", "–", "0.000000", "6", "3", "4"]
    assert told["new leads"] == ["–", "–", "0.000000", "13", "–", "–"]
    assert told["appointments per win"] == ["–", "–", "–", "–", "2.000000"]
    reader = book.reader()
    for fmt in FORMATS:
        assert render(plan(reader, 2, "month", parse_period("this month", reader.today)), fmt)


def test_another_playbook_says_what_it_knows(book: Book) -> None:
    """For one person the targets are of one origin: 3 leads a week for 2 wins a month. A bare one knows nothing."""
    solo = planned(book, use=playbook.load("solo"))
    assert solo["new leads"][-1] == "14"  # 3 x 365 / 12 / 7 = 13.04
    assert solo["opportunities"][-1] == "3"
    assert solo["qualified leads"][-1] == "6"
    loaded = vars(playbook.load())
    bare = planned(book, use=Playbook(**{**loaded, "funnel": None, "charter": None, "targets": {}}))
    assert bare["opportunities"][-3:] == ["–", "–", "–"]


def test_where_the_playbook_disagrees_with_itself_it_is_said(book: Book) -> None:
    said = "The playbook does not agree with itself: 40 opportunities at 2 in 3 bring 27 sales, not 20."
    assert said in notes(book)
    assert said not in notes(book, use=playbook.load("solo"))


def test_opportunities_that_came_from_no_lead_are_told(book: Book) -> None:
    """Leads are reckoned as if each opportunity came from one."""
    work(book)
    assert not [line for line in notes(book) if line.startswith("Reckoned")]
    close(book, "won", client_id=client(book, "Acme", "2026-01-01"))
    assert "Reckoned as if every opportunity came from a lead; of those opened 20 of 21 did." in notes(book)


def test_an_amount_is_planned_by_the_average_deal(book: Book) -> None:
    """1,250.00 at 500.00 a deal are 2.5 wins: 5 opportunities."""
    work(book)
    reader = book.reader()
    period = parse_period("last 365 days", reader.today)
    wins, note = wins_for(reader, 125000, period)
    assert (wins, note) == (2.5, "1,250 is 2.5 wins of 500, the average deal of 10.")
    told = planned(book, wins)
    assert (told["won deals"][0], told["opportunities"][0]) == ("3", "5")
    with pytest.raises(Usage, match="no deal won in 2026-W46 has a value to reckon with"):
        wins_for(reader, 125000, parse_period("last week", reader.today))


# At the door.


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the half year to a store of its own."""
    path = tmp_path_factory.mktemp("plan") / "improv.db"
    with open_book(path, TODAY) as book:
        work(book)
    return path


def test_a_plan_is_a_page_like_any_other(db: Path) -> None:
    """As of a past day, in a format, with the command that shows what is behind it."""
    told = run("plan", "--wins", "2", db=db).out.splitlines()
    assert told[:2] == ["# Plan", "2 wins a month, at the rates of the last 365 days"]
    behind = next(line for line in told if line.startswith("Behind a rate: improv "))
    command = behind.partition("improv ")[2].split()
    assert "50.0000% (10 of 20)" in run(*command, db=db).out
    past = run("plan", "--wins", "2", "--as-of", "2026-07-14", db=db).out.splitlines()
    assert "opportunities\t–\t–\t13.825758\t6\t3\t4" in past
    page = json.loads(run("plan", "--value", "1k", "--per", "quarter", "--format", "json", db=db).out)
    assert (page["report"], page["subtitle"]) == (
        "plan",
        "2 wins a quarter, at the rates of the last 365 days",
    )


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ((), "a plan begins with --wins or with --value"),
        (("--wins", "2", "--value", "5k"), "a plan begins with --wins or with --value"),
        (("--wins", "2", "--per", "day"), "a plan is for a week, month, quarter or year"),
        (("--value", "lots"), "this is not understood as an amount"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(words: tuple[str, ...], first: str, db: Path) -> None:
    result = run("plan", *words, db=db)
    assert (result.code, result.told[0]) == (2, f"improv: {first}")
    assert result.told[2].startswith("  to mend:")
