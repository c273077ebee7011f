"""The KPI habit: a few figures picked, tracked as a baseline, one thing changed, and what the change did."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from improv.actions import kpis
from improv.errors import ImprovError, Refused
from improv.models import (
    Client,
    ClientStatus,
    Event,
    Kpi,
    Lead,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    Reading,
)
from improv.reader import Reader
from improv.reports import make
from improv.reports.kpi import next_command, picked, standing
from improv.resolve import by_id
from improv.show import render
from tests.book import TODAY, Book, open_book
from tests.run import run
from tests.session import must
from tests.story import on

PICKED = ("new-leads", "win-rate", "won-value", "days-to-first-contact", "client-health", "events-kept")
FIVE = ("new-leads", "visits", "lost", "closed", "points")


def lines(reader: Reader, change: str | None = None) -> list[str]:
    """Return the report's lines in plain text."""
    return render(make("kpi", reader, record=by_id(reader, change) if change else None), "plain").splitlines()


def table(reader: Reader, title: str, change: str | None = None) -> list[str]:
    """Return the rows of one of the report's tables."""
    told = lines(reader, change)
    start = told.index(f"# {title}") + 2
    return told[start : told.index("", start) if "" in told[start:] else None]


def leads(book: Book, day: date, how_many: int = 1) -> list[int]:
    """Add leads of a day."""
    return [book.add(Lead, name="Ann", name_folded="ann", received_on=day).id or 0 for _ in range(how_many)]


def decided(book: Book, day: date, won: int, lost: int) -> None:
    """Close deals of 1,000 on a day."""
    for outcome in ["won"] * won + ["lost"] * lost:
        deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on=on("09-20")).id
        book.add(OpportunityTerms, opportunity_id=deal, on_day=on("09-20"), value=100_000)
        book.add(OpportunityOutcome, opportunity_id=deal, outcome=outcome, since=day)


def met(book: Book, day: date, status: str) -> None:
    """Book an event for a day."""
    closed = None if status == "scheduled" else day
    book.add(
        Event,
        kind="introductory-call",
        set_on=day,
        first_set_on=day,
        scheduled_for=day,
        status=status,
        closed_on=closed,
    )


def live(book: Book) -> None:
    """Thirty days of baseline from 20 September, a change on 20 October, thirty days after it up to 18 November.

    What falls on the day before either span or after it must not count.
    """
    kpis.pick(book.work, PICKED, on("09-20"))
    for day, how_many in (
        ("09-19", 9),
        ("09-20", 2),
        ("10-19", 1),
        ("10-20", 12),
        ("11-18", 1),
        ("11-19", 9),
    ):
        leads(book, on(day), how_many)
    decided(book, on("10-19"), won=2, lost=6)
    decided(book, on("10-20"), won=7, lost=1)
    client = book.add(Client, name="Co", name_folded="co", since_on=on("09-01")).id
    book.add(ClientStatus, client_id=client, status="active", since=on("09-01"))
    for day, health in (("09-01", 60), ("10-20", 70), ("11-18", 80), ("11-19", 90)):
        book.add(Reading, client_id=client, kind="health", on_day=on(day), value=health)
    for day, status in (("10-01", "done"), ("10-02", "no-show"), ("11-01", "done"), ("11-02", "scheduled")):
        met(book, on(day), status)
    kpis.change(book.work, "raised the price", on("10-20"))


@pytest.fixture(scope="module")
def habit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Give a book in which the habit was kept once, to be read only."""
    with open_book(tmp_path_factory.mktemp("habit") / "improv.db", TODAY) as book:
        live(book)
        yield book


# Before and after.


def test_the_figures_before_and_after_stand_side_by_side(habit: Book) -> None:
    """Each is counted by hand; shares with open rows have no difference yet, and sums and means no verdict."""
    told = lines(habit.reader())
    assert told[:7] == [
        "# KPIs before and after",
        "as of\t2026-11-22",
        "",
        "# X1 raised the price",
        "Changed\t2026-10-20",
        "Before\t2026-09-20 to 2026-10-19",
        "After\t2026-10-20 to 2026-11-18",
    ]
    assert table(habit.reader(), "Before and after")[:6] == [
        "New leads\t3\t13\t+333.3%\tmore than chance",
        "Win rate\t25.0000% (2 of 8)\t87.5000% (7 of 8)\t+62.5 points\tmore than chance",
        "Value won\t2000.00\t7000.00\t+250.0%\t–",
        "Days to first contact\t–\t–\t–\ttoo few to tell",
        "Client health\t60.000000\t80.000000\t+20.0\t–",
        "Events kept\t50.0000% (1 of 2)\t50.0000% (1 of 2)\tstill open\ttoo few to tell",
    ]


def test_the_intervals_stand_beneath(habit: Book) -> None:
    """Wilson's of each share, Newcombe's of their difference, the exact one of a ratio of counts.

    2 of 8 is 7.1 to 59.1%, 7 of 8 is 52.9 to 97.8%: 62.5 less √(34.6² + 34.1²) is 14, and more √(10.3² + 17.9²) 83.
    13 of 16 is 54.35 to 95.95% (Clopper and Pearson), as odds 1.19 to 23.7. Kept are 1 of 2, and 1 or 2 of 2 after.
    """
    assert table(habit.reader(), "95% intervals") == [
        "New leads\t–\t–\t+19 to +2271%",
        "Win rate\t7.1–59.1%\t52.9–97.8%\t+14 to +83 points",
        "Events kept\t9.5–90.5%\t9.5–100.0%\t-57 to +91 points",
    ]
    told = lines(habit.reader())
    assert "Events kept, after: 1 open: may end at 50.0% to 100.0%" in told
    assert told[-1] == 'next: improv kpi change "raised the price"'


def test_while_days_are_to_come_it_says_how_far_it_is(habit: Book) -> None:
    """On day 12 twelve leads stand against three in thirty days: ten times as many a day."""
    reader = habit.reader("2026-10-31")
    told = lines(reader)
    assert "After\t2026-10-20 to 2026-10-31, day 12 of 30" in told
    assert "New leads\t3\t12\t+900.0% a day\tmore than chance" in told
    assert "Value won\t2000.00\t7000.00\t+775.0% a day\t–" in told
    assert "Client health\t60.000000\t70.000000\t+10.0\t–" in told
    assert not any(line.startswith("next: ") for line in told)


def test_nothing_of_the_change_is_known_before_its_day(habit: Book) -> None:
    """The day before there is a baseline, complete that very day; the day before that it is not."""
    assert lines(habit.reader("2026-10-19"))[3:8] == [
        "# The baseline so far",
        "KPI\tSo far\t95% interval\tSince\tBaseline",
        "New leads\t3\t–\t2026-09-20\tcomplete",
        "Win rate\t25.0000% (2 of 8)\t7.1–59.1%\t2026-09-20\tcomplete",
        "Value won\t2000.00\t–\t2026-09-20\tcomplete",
    ]
    assert "New leads\t2\t–\t2026-09-20\tday 29 of 30" in lines(habit.reader("2026-10-18"))
    assert lines(habit.reader("2026-09-19"))[4] == "No KPI is picked; `improv kpi pick` picks some."


@pytest.mark.parametrize(
    ("day", "where"),
    [
        ("09-20", None),
        ("09-21", "days before it"),
        ("10-20", "day of it"),
        ("11-18", "days after it"),
        ("11-19", None),
    ],
)
def test_another_change_within_the_days_is_told(book: Book, day: str, where: str | None) -> None:
    """Thirty days apart two changes do not meddle; a day less, and nobody can say which of them did it."""
    leads(book, on("09-01"))
    kpis.pick(book.work, PICKED, on("09-20"))
    kpis.change(book.work, "raised the price", on("10-20"))
    kpis.change(book.work, "new website", on(day))
    warned = f"More than one thing was changed: X2 new website (2026-{day}) falls into the {where}."
    assert (warned in lines(book.reader(), "X1")) == (where is not None)
    assert any(line.startswith("More than one") for line in lines(book.reader(), "X1")) == (where is not None)


def test_the_last_change_is_shown_unless_another_is_named(book: Book) -> None:
    """The last by its day, not by its number."""
    for what, day in (("new website", "11-10"), ("raised the price", "10-01")):
        kpis.change(book.work, what, on(day))
    assert "# X1 new website" in lines(book.reader())
    assert "# X2 raised the price" in lines(book.reader(), "X2")


def test_what_matures_is_seen_no_older_before_than_after(book: Book) -> None:
    """Leads become deals after ten days: those of the last days cannot have, neither before the change nor after it."""
    kpis.pick(book.work, ("lead-to-opportunity", *FIVE[:4]), on("09-20"))
    for day in ("09-20", "10-15", "10-27"):
        for lead in leads(book, on(day), 6):
            opened = on(day) + timedelta(days=10)
            book.add(Opportunity, title="deal", title_folded="deal", lead_id=lead, opened_on=opened)
    kpis.change(book.work, "raised the price", on("10-20"))
    # By the end of October six leads of before are deals; on the last day before, none of the last twelve days was.
    told = lines(book.reader("2026-10-31"))
    assert "Lead to opportunity\t0.0000% (0 of 6)\t0.0000% (0 of 6)\t+0.0 points\tmay be chance" in told
    days = "the 12 days up to 2026-10-19 as they stood on 2026-10-19, no older than those after"
    assert f"Lead to opportunity, before: {days}; 6 open: may end at 0.0% to 100.0%" in told
    # Four days after the thirty are over, the thirty before are seen four days after they were.
    told = lines(book.reader())
    assert (
        "Lead to opportunity\t50.0000% (6 of 12)\t100.0000% (6 of 6)\t+50.0 points\tmore than chance" in told
    )
    days = "the 30 days up to 2026-10-19 as they stood on 2026-10-23, no older than those after"
    assert f"Lead to opportunity, before: {days}; 6 open: may end at 50.0% to 100.0%" in told


def test_a_baseline_without_records_is_no_baseline(book: Book) -> None:
    """Nothing is recorded until 10 October: ten days before the change are compared, and that is told."""
    leads(book, on("10-10"), 5)
    leads(book, on("10-20"), 15)
    kpis.pick(book.work, FIVE, on("10-25"))
    kpis.change(book.work, "raised the price", on("10-20"))
    told = lines(book.reader())
    assert "Before\t2026-10-10 to 2026-10-19" in told
    assert "Only 10 of 30 days before: nothing is recorded until 2026-10-10." in told
    assert "Picked after the change was made: New leads, Visits, Lost, Closed, Points." in told
    assert "New leads\t5\t15\t+0.0% a day\tmay be chance" in told


def test_without_a_pick_there_is_nothing_to_compare(book: Book) -> None:
    """A change alone says what to do."""
    kpis.change(book.work, "raised the price", on("11-01"))
    assert "No KPI is picked; `improv kpi pick` picks some." in lines(book.reader())


def test_what_is_no_metric_any_more_is_left_out(book: Book) -> None:
    """A store may be older or newer than the catalogue."""
    kpis.pick(book.work, FIVE, on("10-01"))
    book.add(Kpi, metric="phlogiston", since=on("10-01"))
    assert [kpi.metric.name for kpi in picked(book.reader(), TODAY)] == list(map(named, FIVE))


def named(typed: str) -> str:
    """Return a metric's name as the catalogue has it."""
    return typed.replace("-", "_")


# Picking.


@pytest.mark.parametrize("how_many", [5, 10])
def test_five_to_ten_are_picked(book: Book, how_many: int) -> None:
    """In the order they were typed, each once."""
    names = (*FIVE, "won-deals", "stories", "referrals", "decided", "opportunities")[:how_many]
    kpis.pick(book.work, (*names, names[0]), on("11-01"))
    assert [kpi.metric.name for kpi in picked(book.reader(), TODAY)] == [named(name) for name in names]
    assert picked(book.reader(), on("10-31")) == []


@pytest.mark.parametrize(
    ("names", "fault", "mend"),
    [
        (
            (),
            "none picked",
            "new-leads leads-with-source opportunities-with-next-event anticipation-accuracy event-gap",
        ),
        (
            FIVE[:4],
            "4 picked: new-leads, visits, lost, closed",
            "new-leads visits lost closed leads-with-source",
        ),
        (
            (*FIVE, "won-deals", "stories", "referrals", "decided", "opportunities", "slipped"),
            f"11 picked: {', '.join(FIVE)}, won-deals, stories, referrals, decided, opportunities, slipped",
            "new-leads visits lost closed points won-deals stories referrals decided opportunities",
        ),
    ],
)
def test_fewer_and_more_are_refused(book: Book, names: tuple[str, ...], fault: str, mend: str) -> None:
    """What mends it can be typed: filled up with metrics that have a target, or cut to the first ten."""
    with pytest.raises(Refused) as refused:
        kpis.pick(book.work, names, TODAY)
    assert refused.value.lines() == [
        "improv: 5 to 10 KPIs are to be picked",
        f"  at fault: {fault}",
        f"  to mend:  improv kpi pick {mend}",
    ]
    kpis.pick(book.work, mend.split(), TODAY)


def test_the_limits_are_the_playbook_s(tmp_path: Path) -> None:
    """Whoever wants three may have three, over as many days as they like."""
    config = tmp_path / "config.toml"
    config.write_text("[playbook.limit]\nkpis_fewest = 2\nkpis_most = 3\nbaseline_days = 7\n", "utf-8")
    db = tmp_path / "improv.db"
    assert run("kpi", "pick", "visits", "lost", db=db, config=config).code == 0
    assert "Visits\t2026-11-22\tday 1 of 7" in run("kpi", db=db, config=config).out


def test_a_new_pick_ends_the_one_before_and_the_past_stays_true(book: Book) -> None:
    """What is picked again keeps its first day; what came back has a new one."""
    kpis.pick(book.work, FIVE, on("10-01"))
    kpis.pick(book.work, (*FIVE[1:], "stories"), on("10-11"))
    kpis.pick(book.work, (*FIVE[:4], "stories"), on("10-21"))

    def since(day: str) -> dict[str, str]:
        return {kpi.metric.name: f"{kpi.since:%m-%d}" for kpi in picked(book.reader(f"2026-{day}"), on(day))}

    first = dict.fromkeys(("visits", "lost", "closed"), "10-01")
    assert since("10-10") == {"new_leads": "10-01", **first, "points": "10-01"}
    assert since("10-11") == {**first, "points": "10-01", "stories": "10-11"}
    assert since("10-21") == {"new_leads": "10-21", **first, "stories": "10-11"}
    assert [kpi.since for kpi in picked(book.reader(), on("10-10"))] == [on("10-01")] * 5


def test_the_same_pick_again_is_no_pick(book: Book) -> None:
    """In any order: nothing is written."""
    kpis.pick(book.work, FIVE, on("10-01"))
    kpis.pick(book.work, FIVE[::-1], on("11-01"))
    assert book.reader().value("SELECT COUNT(*) FROM kpi") == 5


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("2026-11-23", "a pick cannot be in the future"),
        ("2026-09-30", "a pick cannot be before the last one"),
    ],
)
def test_a_pick_follows_the_last_one_and_is_not_ahead(book: Book, day: str, what: str) -> None:
    """Just past today, and just before the pick before."""
    kpis.pick(book.work, FIVE, on("10-01"))
    with pytest.raises(ImprovError, match=what):
        kpis.pick(book.work, (*FIVE[1:], "stories"), date.fromisoformat(day))


# The page of the habit.


def test_the_page_says_what_comes_next(book: Book) -> None:
    """Pick; look at the baseline; once it is complete change one thing; look at what it did."""
    start = "improv kpi pick new-leads leads-with-source opportunities-with-next-event anticipation-accuracy event-gap"
    assert next_command(book.reader()) == start
    kpis.pick(book.work, FIVE, on("10-01"))
    assert next_command(book.reader("2026-10-29")) == "improv report kpi"
    assert next_command(book.reader("2026-10-30")) == 'improv kpi change "raised the price"'
    kpis.change(book.work, "raised the price", on("11-01"))
    assert next_command(book.reader()) == "improv report kpi"
    told = render(standing(book.reader("2026-11-12")), "plain").splitlines()
    assert told == [
        "# KPIs",
        "as of\t2026-11-12",
        "",
        "# KPIs",
        "KPI\tSince\tBaseline",
        *(f"{title}\t2026-10-01\tcomplete" for title in ("New leads", "Visits", "Lost", "Closed", "Points")),
        "",
        "# Changes",
        "Change\tChanged\tAfter",
        "X1 raised the price\t2026-11-01\tday 12 of 30",
        "A change is judged by the 30 days before it and the 30 from it on.",
        "",
        "to track others: improv kpi pick new-leads visits lost closed points",
        "next: improv report kpi",
    ]


def test_what_is_typed_later_does_not_change_what_was_known(tmp_path: Path) -> None:
    """Picked, changed and edited: known on each command the pages are what they were."""
    db = tmp_path / "improv.db"
    commands = (
        f"kpi pick {' '.join(FIVE)} --on 2026-10-01",
        "kpi change 'raised the price' --on 2026-11-01",
        "change edit X1 --what 'raised the daily rate' --on-day 2026-11-05",
        "kpi pick visits lost closed points stories",
        "change remove X1",
    )
    pages = ("kpi", "report kpi", "change list")
    stood = []
    for command in commands:
        must(command, db)
        stood.append([must(page, db).out for page in pages])
    assert len({tuple(each) for each in stood}) == len(commands)
    for number, each in enumerate(stood, start=1):
        assert [must(f"{page} --known-on '#{number}'", db).out for page in pages] == each
