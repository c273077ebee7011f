"""Quotas: what is to be reached and how it stands, by month, quarter and year to date; each figure worked by hand."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from improv.actions import quotas
from improv.alerts import alerts
from improv.dates import Period, month_of, parse_period
from improv.errors import Refused, Usage
from improv.models import Activity, Opportunity, OpportunityOutcome, OpportunityTerms
from improv.playbook import Playbook
from improv.quotas import Quotas, Standing, months_of, subject
from improv.reports import make
from improv.show import render
from tests.book import TODAY, Book
from tests.run import run
from tests.session import must

NOV = month_of(date(2026, 11, 1))


def a_quota(book: Book, day: str, per: str = "month", owner: str | None = None, **amount: object) -> None:
    """Set a quota: `value` in whole units, or `points`; perhaps for a `unit`."""
    if "value" in amount:
        amount["value"] = 100 * int(str(amount["value"]))
    quotas.set_from(book.work, date.fromisoformat(day), {"per": per, "owner": owner, **amount})


def a_win(book: Book, day: str, value: int | None, owner: str | None = None, unit: str | None = None) -> None:
    """Win an opportunity on a day, by its owner in the last terms."""
    sale = book.add(Opportunity, title="x", title_folded="x", opened_on=day, business_unit=unit)
    minor = None if value is None else 100 * value
    book.add(OpportunityTerms, opportunity_id=sale.id, on_day=day, value=minor, owner="Somebody before")
    book.add(OpportunityTerms, opportunity_id=sale.id, on_day=day, value=minor, owner=owner)
    book.add(OpportunityOutcome, opportunity_id=sale.id, outcome="won", since=day)


def cards(book: Book, times: int, owner: str | None = None, day: str = "2026-11-10") -> None:
    """Send cards, each worth a point."""
    book.add(Activity, kind="thank-you-card", times=times, owner=owner, done_on=day)


def stands(
    book: Book, period: str, owner: str | None = None, unit: str | None = None, as_of: str | None = None
) -> Standing:
    """Tell how somebody's value won stands."""
    reader = book.reader(as_of)
    return Quotas(reader, "value").standing(parse_period(period, reader.today), subject(owner, unit))


def to_win(book: Book, period: str, owner: str | None = None, unit: str | None = None) -> float | None:
    """Return what is to be won, in whole units."""
    quota = stands(book, period, owner, unit).quota
    return None if quota is None else quota / 100


def earned(book: Book, owner: str | None = None, period: Period = NOV, *, points: bool = True) -> Standing:
    """Tell how somebody's points stand, under the method's playbook or under one that asks for none."""
    asked = book.work.playbook if points else Playbook(**{**vars(book.work.playbook), "points": None})
    return Quotas(book.reader(playbook=asked), "points").standing(period, subject(owner, None))


def page(book: Book, period: str = "this month", as_of: str | None = None) -> list[str]:
    """Return the lines of the report."""
    reader = book.reader(as_of)
    return render(make("quota", reader, parse_period(period, reader.today)), "plain").splitlines()


def part(lines: list[str], section: str, table: str) -> list[str]:
    """Return the rows of one table in one section, without its titles."""
    begins = lines.index(f"## {table}", lines.index(f"# {section}")) + 2
    return lines[begins : lines.index("", begins)]


# As a user types it.


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the method's own example: Sam won 2,895 for managed services, Kim 48,861 for the cloud; Sam has 315 points."""
    db = tmp_path_factory.mktemp("dashboard") / "improv.db"
    for command in (
        "lead add House --on 2026-10-30",
        "opp add L1 --title House --value 2895 --owner Sam --business-unit managed --on 2026-11-02",
        "opp won O1 --on 2026-11-10",
        "opp add L1 --title Cloud --value 48861 --owner Kim --business-unit cloud --on 2026-11-02",
        "opp won O2 --on 2026-11-12",
        "log thank-you-card --times 315 --owner Sam --on 2026-11-10",
        "quota set 4k --owner Sam",
        "quota set 40k --per month --owner Kim",
        "quota set 120k --per quarter --unit cloud",
        "quota set 500 --points --owner Sam",
    ):
        must(command, db, TODAY)
    return db


def test_the_method_s_examples_come_out(dashboard: Path) -> None:
    """2,895 of 4,000 is 72%; 48,861 of 40,000 is 122%; on day 22 of 30, 315 points lead to 430 of 500."""
    told = must("report quota", dashboard, TODAY).out.splitlines()
    assert part(told, "Nov 2026, day 22 of 30", "Value won by salesperson") == [
        "Kim\t48861.00\t40000.00\t122%\t0.00\t66629.00\ton target",
        "Sam\t2895.00\t4000.00\t72%\t1105.00\t3948.00\t–",
        "all\t51756.00\t44000.00\t118%\t0.00\t70576.00\ton target",
    ]
    assert part(told, "Nov 2026, day 22 of 30", "Value won by business unit") == [
        "cloud\t48861.00\t40000.00\t122%\t0.00\t66629.00\ton target",
        "managed\t2895.00\t–\t–\t–\t–\t–",
        "all\t51756.00\t44000.00\t118%\t0.00\t70576.00\ton target",
    ]
    points = ["Sam\t315\t500\t63%\t185\t430\t–", "all\t315\t500\t63%\t185\t430\t–"]
    assert part(told, "Nov 2026, day 22 of 30", "Points by salesperson") == points
    assert "All: day 22 of 30; at this pace 430 of 500.\n" in must("report points", dashboard, TODAY).out


def test_the_quarter_and_the_year_to_date_compare_the_months_with_a_quota(dashboard: Path) -> None:
    """Kim's began in November: 61 days of the quarter, 30 of the year; the cloud's with the quarter."""
    told = must("report quota", dashboard, TODAY).out.splitlines()
    quarter = part(told, "2026-Q4, day 53 of 92", "Value won by salesperson")
    assert quarter[0] == "Kim\t48861.00\t80000.00\t61%\t31139.00\t135478.00\t–"
    assert quarter[-1] == "Compared in the months with a quota: Kim 2 of 3, Sam 2 of 3, all 2 of 3."
    unit = part(told, "2026-Q4, day 53 of 92", "Value won by business unit")[0]
    assert unit == "cloud\t48861.00\t120000.00\t41%\t71139.00\t84815.00\t–"
    year = part(told, "2026 up to Nov, day 326 of 334", "Value won by salesperson")
    assert year[0] == "Kim\t48861.00\t40000.00\t122%\t0.00\t66629.00\ton target"
    assert "Kim 1 of 11" in year[-1]


def test_past_pages_stay_as_they_were(dashboard: Path, tmp_path: Path) -> None:
    """Dropped and set anew: the page of that day, the one known then, and what November asks for stay the same."""
    db = tmp_path / "improv.db"
    db.write_bytes(dashboard.read_bytes())
    looks = ("--as-of 2026-11-22", "--known-on '#10'", "--for 2026-11")
    before = [must(f"report quota {look}", db, TODAY).out for look in looks]
    for command in ("quota drop --owner Kim --from tomorrow", "quota set 5k --owner Sam --from '1 dec'"):
        must(command, db, TODAY)
    after = [must(f"report quota {look}", db, TODAY).out for look in looks]
    assert after[:2] == before[:2]
    november = [text.partition("# 2026-Q4")[0] for text in (before[2], after[2])]
    assert november[0] == november[1]
    assert "Kim\t48861.00\t40000.00\t122%\t0.00\t66629.00" in after[2].partition("# 2026-Q4")[2]


def test_undo_takes_a_quota_back(dashboard: Path, tmp_path: Path) -> None:
    """The one before holds again."""
    db = tmp_path / "improv.db"
    db.write_bytes(dashboard.read_bytes())
    must("quota set 9k --owner Sam", db, TODAY)
    must("undo", db, TODAY)
    assert "Sam\t2895.00\t4000.00\t72%" in must("report quota", db, TODAY).out


# What is to be reached.


def test_a_quota_of_one_period_gives_the_others_by_months(book: Book) -> None:
    """4,000 a month is 12,000 a quarter and 44,000 up to November; 10,000 a quarter is 3,333.33 a month, and 10,000."""
    a_quota(book, "2026-01-01", owner="Sam", value=4000)
    a_quota(book, "2026-01-01", "quarter", owner="Kim", value=10_000)
    a_quota(book, "2026-01-01", "year", unit="cloud", value=100)
    assert [to_win(book, span, "Sam") for span in ("nov", "2026-Q4", "2026-01..2026-11", "2026")] == [
        *(4000, 12_000, 44_000, 48_000)
    ]
    assert [to_win(book, span, "Kim") for span in ("nov", "2026-Q4", "2026-01..2026-11", "2026")] == [
        *(3333.33, 10_000, 36_666.67, 40_000)
    ]
    assert [to_win(book, span, unit="cloud") for span in ("nov", "2026-Q4", "2026")] == [8.33, 25, 100]


def test_a_month_counts_the_quota_that_held_on_its_first_day(book: Book) -> None:
    """Raised on 15 November: October and November go by the old one, December by the new one."""
    a_quota(book, "2026-10-01", value=4000)
    a_quota(book, "2026-11-15", value=5000)
    assert [to_win(book, month) for month in ("2026-09", "2026-10", "2026-11", "2026-12")] == [
        *(None, 4000, 4000, 5000)
    ]
    assert to_win(book, "2026-Q4") == 13_000


def test_the_last_one_set_holds_whatever_its_period(book: Book) -> None:
    """A quarterly quota after a monthly one takes its place, also in the months; and of one day the last counts."""
    a_quota(book, "2026-10-01", "month", value=4000)
    a_quota(book, "2026-11-01", "quarter", value=9000)
    assert [to_win(book, span) for span in ("2026-10", "2026-11", "2026-Q4")] == [4000, 3000, 10_000]
    a_quota(book, "2026-11-01", "month", value=2000)
    assert to_win(book, "2026-Q4") == 8000


def test_everyone_has_a_quota_of_their_own_or_the_sum_of_the_salespeople_s(book: Book) -> None:
    """4,000 and 2,000 make 6,000; a quota for everyone stands before the sum, and once it ends the sum is back."""
    a_quota(book, "2026-01-01", owner="Sam", value=4000)
    a_quota(book, "2026-01-01", owner="Kim", value=2000)
    assert to_win(book, "2026-11") == 6000
    a_quota(book, "2026-10-01", value=9000)
    assert to_win(book, "2026-11") == 9000
    a_quota(book, "2026-11-01", value=0)
    assert [to_win(book, month) for month in ("2026-10", "2026-11")] == [9000, 6000]


def test_there_is_no_sum_where_somebody_who_won_has_no_quota(book: Book) -> None:
    """What Ida won would count towards what she was never asked for; who won nothing is not in the way."""
    a_quota(book, "2026-01-01", owner="Sam", value=4000)
    a_win(book, "2026-10-05", 500, "Ida")
    a_win(book, "2026-11-05", 800, None)
    assert [to_win(book, month) for month in ("2026-10", "2026-11")] == [None, 4000]
    assert stands(book, "2026-11").reached == 80_000


def test_a_quota_for_a_person_in_a_unit_has_a_table_of_its_own(book: Book) -> None:
    """It is neither the person's nor the unit's."""
    a_quota(book, "2026-01-01", owner="Sam", unit="cloud", value=1000)
    a_win(book, "2026-11-05", 400, "Sam", "cloud")
    a_win(book, "2026-11-06", 300, "Sam")
    told = page(book)
    assert part(told, "Nov 2026, day 22 of 30", "Value won by salesperson and business unit") == [
        "Sam\tcloud\t400.00\t1000.00\t40%\t600.00\t545.00\t–",
        "Sam\tno business unit\t300.00\t–\t–\t–\t–\t–",
        "all\t–\t700.00\t–\t–\t–\t–\t–",
    ]
    assert part(told, "Nov 2026, day 22 of 30", "Value won by salesperson")[0] == "Sam\t700.00\t–\t–\t–\t–\t–"


# How it stands.


def test_who_won_nothing_stands_at_nought_and_who_has_no_quota_has_nothing_to_divide_by(book: Book) -> None:
    """Sam with a quota and no sale, Kim with a sale and no quota, a sale of nobody's, and one of unknown value."""
    a_quota(book, "2026-11-01", owner="Sam", value=4000)
    a_win(book, "2026-11-05", 100, "Kim")
    a_win(book, "2026-11-05", 50, None)
    a_win(book, "2026-11-05", None, "Ida")
    told = page(book)
    assert part(told, "Nov 2026, day 22 of 30", "Value won by salesperson") == [
        "Kim\t100.00\t–\t–\t–\t–\t–",
        "Ida\t–\t–\t–\t–\t–\t–",
        "Sam\t0.00\t4000.00\t0%\t4000.00\t0.00\t–",
        "no owner\t50.00\t–\t–\t–\t–\t–",
        "all\t150.00\t–\t–\t–\t–\t–",
    ]
    assert any(line.startswith("Value won\t") and line.endswith("1 left out: no value") for line in told)


def test_a_month_without_a_quota_is_not_compared(book: Book) -> None:
    """500 won in September, 300 in October, 100 in November; the quota of 200 held in the first and the last."""
    a_quota(book, "2026-09-01", owner="Sam", value=200)
    a_quota(book, "2026-10-01", owner="Sam", value=0)
    a_quota(book, "2026-11-01", owner="Sam", value=200)
    for day, value in (("2026-09-03", 500), ("2026-10-03", 300), ("2026-11-03", 100)):
        a_win(book, day, value, "Sam")
    stand = stands(book, "2026-01..2026-11", "Sam")
    assert (stand.reached, stand.quota, stand.compared, stand.months) == (60_000, 40_000, 2, 11)
    assert (stand.since, stand.days, stand.gone) == (date(2026, 9, 1), 60, 52)


def test_standings_agree_with_a_count_over_the_rows(book: Book) -> None:
    """Sixty quotas and two hundred wins at random: each month's last quota and its wins, added up in plain Python."""
    chance = Random(11)  # noqa: S311 - a book to test with, not a secret
    set_ones, wins = [], []
    for _ in range(60):
        day, owner = date(2025, 1, 1) + timedelta(chance.randrange(700)), chance.choice(["Sam", "Kim", None])
        amount, per = chance.choice([100, 2500, 7777, 10_000]), chance.choice(["month", "quarter", "year"])
        set_ones.append((day, owner, Fraction(100 * amount, {"month": 1, "quarter": 3, "year": 12}[per])))
        a_quota(book, day.isoformat(), per, owner, value=amount)
    for _ in range(200):
        day, owner = date(2025, 1, 1) + timedelta(chance.randrange(680)), chance.choice(["Sam", "Kim"])
        wins.append((day, owner, chance.randrange(5000)))
        a_win(book, day.isoformat(), wins[-1][2], owner)
    for year in (2025, 2026):
        for owner in ("Sam", "Kim"):
            asked, won = Fraction(), 0
            for month in range(1, 13):
                held = [one for one in set_ones if one[1] == owner and one[0] <= date(year, month, 1)]
                if held:
                    asked += max(held, key=lambda one: (one[0], set_ones.index(one)))[2]
                    of_month = [
                        win for win in wins if win[1] == owner and win[0].timetuple()[:2] == (year, month)
                    ]
                    won += 100 * sum(win[2] for win in of_month)
            stand = stands(book, str(year), owner)
            assert (stand.reached, stand.quota) == (won, round(asked))


@pytest.mark.parametrize(
    ("as_of", "verdict", "pace"),
    [
        ("2026-10-31", None, None),  # not begun
        ("2026-11-05", "too few to tell", 0),
        ("2026-11-29", "too few to tell", 399_900 * 30 // 29),
        ("2026-11-30", "below target", None),
        ("2026-12-20", "below target", None),
    ],
)
def test_a_quota_is_missed_only_when_its_period_is_over(
    book: Book, as_of: str, verdict: str | None, pace: int | None
) -> None:
    """3,999 of 4,000, won on the 10th; a pace is told while the period runs, in whole units."""
    a_quota(book, "2026-10-01", value=4000)
    a_win(book, "2026-11-10", 3999)
    stand = stands(book, "2026-11", as_of=as_of)
    assert (stand.verdict, stand.pace) == (verdict, None if pace is None else round(pace, -2))


def test_a_quota_is_met_as_soon_as_it_is_reached(book: Book) -> None:
    """To the cent, on any day."""
    a_quota(book, "2026-11-01", value=4000)
    a_win(book, "2026-11-02", 4000)
    stand = stands(book, "2026-11", as_of="2026-11-02")
    assert (stand.verdict, stand.percent, stand.missing) == ("on target", 100, 0)


def test_a_part_of_a_month_has_its_part_of_the_quota(book: Book) -> None:
    """A week of November is 7 days of 30; one over its end is 6 of 30 and 1 of 31."""
    a_quota(book, "2026-11-01", value=3100)
    assert to_win(book, "2026-W47") == 723.33
    assert months_of(parse_period("2026-11-25..2026-12-01", TODAY)) == Fraction(6, 30) + Fraction(1, 31)
    assert to_win(book, "2026-11-25..2026-12-01") == 720


@pytest.mark.parametrize(
    ("asked", "sections"),
    [
        ("this month", ["Nov 2026, day 22 of 30", "2026-Q4, day 53 of 92", "2026 up to Nov, day 326 of 334"]),
        ("2026", ["Nov 2026, day 22 of 30", "2026-Q4, day 53 of 92", "2026 up to Nov, day 326 of 334"]),
        ("2026-Q1", ["Mar 2026", "2026-Q1", "2026 up to Mar"]),
        ("2025-W02", ["Jan 2025", "2025-Q1", "2025 up to Jan"]),
        ("next month", ["Dec 2026", "2026-Q4, day 53 of 92", "2026 up to Dec, day 326 of 365"]),
    ],
)
def test_the_report_is_about_the_month_its_period_ends_in(
    asked: str, sections: list[str], book: Book
) -> None:
    """With that month's quarter, and the year up to its end."""
    titles = [line.removeprefix("# ") for line in page(book, asked) if line.startswith("# ")]
    assert titles == ["Quotas", "Scorecard", *sections, "How to read it"]


# Points.


def test_who_has_no_quota_of_points_has_the_playbook_s_from_their_first_month_on(book: Book) -> None:
    """Kim began in October; Sam has a quota of 300 since November, and before it the playbook's since September."""
    cards(book, 10, "Kim", "2026-10-20")
    cards(book, 10, "Sam", "2026-09-30")
    a_quota(book, "2026-11-01", owner="Sam", points=300)
    year = parse_period("2026-01..2026-11", TODAY)
    assert [earned(book, who).quota for who in ("Kim", "Sam", None)] == [500, 300, 800]
    assert [earned(book, who, year).quota for who in ("Kim", "Sam", None)] == [1000, 1300, 2300]
    assert [earned(book, who, points=False).quota for who in ("Kim", "Sam", None)] == [None, 300, 300]


def test_who_began_long_after_the_first_day_is_found_and_who_never_did_anything_is_not(book: Book) -> None:
    """Ada's card in 2020 is the first thing done, Sam's came four years later; Somebody before only ever owned a sale."""
    cards(book, 1, "Ada", "2020-02-29")
    cards(book, 1, None, "2022-05-05")
    cards(book, 1, "Sam", "2024-03-31")
    cards(book, 1, "Sam", "2026-11-10")
    a_win(book, "2026-11-02", 100, owner="Sam")
    asked = {"2020-02": [500, None, None], "2024-02": [500, None, None], "2024-03": [500, 500, None]}
    for month, quota in asked.items():
        period = parse_period(month, TODAY)
        assert [earned(book, who, period).quota for who in ("Ada", "Sam", "Somebody before")] == quota


def test_the_playbook_s_quota_of_points_can_be_ended_too(book: Book) -> None:
    """Kim has left; what she earned before is compared with what was asked of her then."""
    cards(book, 10, "Kim", "2026-10-20")
    a_quota(book, "2026-11-01", owner="Kim", points=0)
    assert [earned(book, "Kim", month_of(date(2026, month, 1))).quota for month in (9, 10, 11)] == [
        *(None, 500, None)
    ]


def test_where_nobody_is_named_all_is_done_by_one(book: Book) -> None:
    """Nobody's points count for everyone, against the playbook's quota; once Sam is named it is Sam's."""
    assert (earned(book).reached, earned(book).quota) == (0, 500)
    cards(book, 40)
    assert (earned(book).reached, earned(book).quota) == (40, 500)
    assert earned(book, points=False).quota is None
    cards(book, 5, "Sam")
    assert (earned(book).reached, earned(book).quota) == (45, 500)
    assert (earned(book, "Sam").reached, earned(book, "Sam").quota) == (5, 500)


# What is written.


def test_a_name_is_written_as_it_is_known(book: Book) -> None:
    """Figures go by the very words: `josé` is José, and managed is Managed."""
    a_win(book, "2026-11-05", 100, "José", "Managed")
    a_quota(book, "2026-11-01", owner="jose", unit="managed", value=200)
    assert stands(book, "2026-11", "José", "Managed").percent == 50
    a_quota(book, "2026-11-01", owner="Josef", value=200)
    assert {tuple(row) for row in book.reader().rows("SELECT owner, unit FROM quota")} == {
        *(("José", "Managed"), ("Josef", None))
    }


def test_what_makes_no_sense_is_refused(book: Book) -> None:
    """Points of a unit, an end of nothing, the wrong amount."""
    with pytest.raises(Usage, match="points are earned by people"):
        a_quota(book, "2026-11-01", unit="cloud", points=5)
    with pytest.raises(Refused, match="there is no such quota to end"):
        a_quota(book, "2026-11-01", owner="Sam", value=0)
    a_quota(book, "2026-11-01", owner="Sam", value=5)
    with pytest.raises(Usage, match="this is a quota of value"):
        quotas.edit(book.work, 1, {"points": 4})
    quotas.edit(book.work, 1, {"value": None})
    assert to_win(book, "2026-11", "Sam") is None


def test_a_refusal_at_the_door_names_what_was_typed(tmp_path: Path) -> None:
    """An amount that is none, a period there is not, a fraction of a point."""
    for words, what in (
        (("4x",), "this is not understood as an amount"),
        (("4k", "--per", "week"), "--per: this word is not known here"),
        (("4.5", "--points"), "this is not a whole number in range"),
    ):
        result = run("quota", "set", *words, db=tmp_path / "improv.db")
        assert (result.code, result.told[0]) == (2, f"improv: {what}")


def test_a_flag_of_one_quota_of_points_reads_once_what_earned_any(book: Book) -> None:
    """All that was ever done is gone through for it: neither for who began when, nor for everyone's, where nobody asks."""
    a_quota(book, "2026-11-01", owner="Sam", points=100)
    cards(book, 10, "Sam")
    reader, asked = book.reader(), list[str]()
    reader.connection.set_trace_callback(asked.append)
    (flag,) = alerts(reader)
    reader.connection.set_trace_callback(None)
    assert (flag.code, flag.name) == ("Q1", "Sam, points a month")
    assert len([sql for sql in asked if "playbook_earning" in sql]) == 1
