"""Every noun can be listed, narrowed by what it has a column for, and looked at as of a past day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from improv.actions import events, leads, opportunities, work
from improv.dates import Period, month_of
from improv.errors import Usage
from improv.listings import LISTINGS
from improv.lists import table
from improv.models import Lead
from improv.nouns import BY_TABLE
from improv.resolve import Found
from improv.show import render_table
from tests import story
from tests.book import TODAY, Book, open_book

EVERY = sorted(BY_TABLE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Give the whole story, to be read only."""
    with open_book(tmp_path_factory.mktemp("told") / "improv.db", TODAY) as opened:
        story.tell(opened)
        yield opened


def lines(book: Book, noun: str, as_of: str | None = None, **filters: Any) -> list[str]:
    """List a noun as a pipe gets it."""
    return render_table(table(book.reader(as_of), noun, filters), "plain").splitlines()


def ids(book: Book, noun: str, as_of: str | None = None, **filters: Any) -> list[str]:
    """List a noun by its ids."""
    return [line.partition("\t")[0] for line in lines(book, noun, as_of, **filters)]


def test_every_noun_has_a_listing() -> None:
    """No noun is forgotten, and no listing is wider than a screen of 80 columns holds."""
    assert sorted(LISTINGS) == EVERY
    assert all(len(listing.shown) < 8 for listing in LISTINGS.values())


@pytest.mark.parametrize("noun", EVERY)
def test_an_empty_list_names_the_command_that_adds_one(book: Book, noun: str) -> None:
    """Nothing is shown in a pipe, and the sentence for a person says what to type."""
    listed = table(book.reader(), noun, {})
    assert list(listed.rows) == []
    assert listed.empty.startswith(f"No {BY_TABLE[noun].plural} yet; to add one: improv ")


@pytest.mark.parametrize("noun", EVERY)
def test_every_noun_lists_its_records_by_id(told: Book, noun: str) -> None:
    """Each record stands on one line that begins with what a person types for it, and fills each column."""
    listed = table(told.reader(), noun, {})
    kept = told.reader().value(f"SELECT COUNT(*) FROM {noun}")
    assert kept == len(listed.rows) > 0
    assert all(str(row[0]).startswith(BY_TABLE[noun].letter) for row in listed.rows)
    assert all(len(row) == len(listed.columns) for row in listed.rows)


def test_what_each_line_says(told: Book) -> None:
    """Names of the playbook, current readings and terms, and figures to their last digit."""
    assert lines(told, "lead")[2] == "L1\tAda Lovelace\tEngines Ltd\t2026-09-02\tweb\tclient\tJosé\t80"
    assert lines(told, "opportunity") == [
        "O2\tShop\tEngines Ltd\tIntro\topen\t3000.00\t–\t–",
        "O1\tNew site\tEngines Ltd\tProposal\twon\t15000.00\t2026-10-30\tJosé",
    ]
    assert lines(told, "event") == [
        "E3\tclient visit\tEngines Ltd\t2026-12-03\t09:00\t13\tscheduled\t–",
        "E2\tdiscovery meeting\tAda Lovelace\t2026-09-14\t11:00\t5\tdone\tJosé",
        "E1\tdiscovery meeting\tAda Lovelace\t2026-09-10\t10:00\t6\tmoved\tJosé",
    ]
    assert lines(told, "client") == ["C1\tEngines Ltd\t2026-10-01\tactive\tJosé\t90\t2026-10-20\t–"]
    assert lines(told, "visit") == ["V1\tEngines Ltd\t2026-10-20\tQBR\t5\t3\tJosé\t–"]
    assert lines(told, "testimonial") == ["T1\tEngines Ltd\t2026-10-20\t–\t–\tcollected\t–\tsuperb"]
    assert lines(told, "story") == ["S1\tEngines Ltd\t2026-10-20\ttwice the orders\t–\t–"]
    assert lines(told, "referral") == ["R1\tGrace\tEngines Ltd\t2026-10-20\twaiting\t–\t–\tL3"]
    assert lines(told, "activity") == ["A1\tconnected call\tAda Lovelace\t2026-09-03\t1\t12\thello\tJosé"]
    assert lines(told, "note") == ["N1\tC1\t2026-10-05\tEve\tpinned\tpays late"]
    assert lines(told, "campaign") == [
        "M1\tAutumn letter\tdirect-mail / letter\t2026-09-01\trunning\tEve\t1\t500.00"
    ]
    assert lines(told, "quota") == ["Q1\tJosé\t–\t40000.00\t–\tquarter\t2026-10-01\tholds"]
    assert lines(told, "change") == ["X1\traised the price\t2026-10-15\t38\tover"]
    assert lines(told, "change", "2026-11-13") == ["X1\traised the price\t2026-10-15\t29\trunning"]
    assert lines(told, "survey_answer") == ["Y1\tbought\tEngines Ltd\t2026-10-22\ttrust\tthey listened"]
    assert lines(told, "upsell") == ["U1\ta second site\tEngines Ltd\t2026-10-20\t–\topen\t–\t–"]


def test_tasks_come_in_the_order_they_are_due(book: Book) -> None:
    """What is due first is first; what is due on no day is last."""
    work.add_task(book.work, "some day", None, date(2026, 11, 1), {})
    story.tell(book)
    assert lines(book, "task") == [
        "K2\tsend the plan\tShop\t2026-11-10\toverdue\t2026-11-02\tEve",
        "K3\tcall back\tBob Unsung\t2026-11-30\topen\t2026-11-20\t–",
        "K1\tsome day\t–\t–\topen\t2026-11-01\t–",
    ]


@pytest.mark.parametrize(
    ("noun", "filters", "found"),
    [
        ("lead", {"owner": "JOSE"}, ["L1"]),
        ("lead", {"owner": "jos"}, []),
        ("lead", {"source": "web"}, ["L1"]),
        ("lead", {"status": "New"}, ["L2", "L3"]),
        ("lead", {"status": "client"}, ["L1"]),
        ("lead", {"status": "new", "owner": "eve"}, ["L2"]),
        ("lead", {"period": month_of(date(2026, 9, 2))}, ["L1"]),
        ("lead", {"period": Period(date(2026, 9, 3), date(2026, 11, 20), "")}, ["L2", "L3"]),
        ("lead", {"about": story.ENGINES}, ["L3"]),
        ("lead", {"limit": 2}, ["L2", "L3"]),
        ("opportunity", {"stage": "intro"}, ["O2"]),
        ("opportunity", {"stage": "proposal", "status": "won"}, ["O1"]),
        ("opportunity", {"stage": "proposal", "status": "open"}, []),
        ("opportunity", {"source": "web"}, ["O1"]),
        ("opportunity", {"about": story.ADA}, ["O1"]),
        ("opportunity", {"about": story.ENGINES}, ["O2", "O1"]),
        ("event", {"status": "no-show"}, []),
        ("event", {"status": "moved"}, ["E1"]),
        ("event", {"about": story.SITE}, ["E2", "E1"]),
        ("event", {"about": story.ENGINES}, ["E3", "E2", "E1"]),
        ("client", {"status": "active", "owner": "José", "source": "web"}, ["C1"]),
        ("client", {"status": "former"}, []),
        ("visit", {"about": story.SHOP}, ["V1"]),
        ("visit", {"about": story.BOB}, []),
        ("testimonial", {"status": "published"}, []),
        ("referral", {"status": "waiting", "about": story.ENGINES}, ["R1"]),
        ("referral", {"about": Found("lead", 3, "Grace")}, ["R1"]),
        ("referral", {"about": story.ADA}, []),
        ("activity", {"about": story.ADA, "owner": "jose"}, ["A1"]),
        ("task", {"status": "overdue", "about": story.ENGINES}, ["K1"]),
        ("task", {"status": "open"}, ["K2"]),
        ("note", {"about": story.ENGINES}, ["N1"]),
        ("campaign", {"status": "running", "owner": "eve"}, ["M1"]),
        ("upsell", {"status": "open", "about": story.ENGINES}, ["U1"]),
        ("quota", {"status": "holds", "owner": "jose"}, ["Q1"]),
        ("quota", {"status": "ahead"}, []),
    ],
)
def test_filters(told: Book, noun: str, filters: dict[str, Any], found: list[str]) -> None:
    """Filters narrow together; an owner is the same person in any case and without accents."""
    assert sorted(ids(told, noun, **filters)) == sorted(found)


def test_the_statuses_of_a_lead(book: Book) -> None:
    """A lead is new until a verdict; an open opportunity outranks it, and a lost one leaves it qualified."""
    for name in ("Ann", "Ben", "Cid", "Dee", "Eli"):
        leads.add(book.work, name, date(2026, 9, 1), {})
    leads.qualify(book.work, 2, "no", None, date(2026, 9, 2))
    leads.qualify(book.work, 3, "no", None, date(2026, 9, 2))
    leads.qualify(book.work, 3, "yes", None, date(2026, 9, 2))
    opportunities.add(book.work, Found("lead", 4, "Dee"), "One", None, date(2026, 9, 3), {})
    opportunities.add(book.work, Found("lead", 5, "Eli"), "Two", None, date(2026, 9, 3), {})
    opportunities.lose(book.work, 2, date(2026, 9, 4), "price", None)
    said = {line.split("\t")[1]: line.split("\t")[5] for line in lines(book, "lead")}
    assert said == {
        "Ann": "new",
        "Ben": "not qualified",
        "Cid": "qualified",
        "Dee": "opportunity",
        "Eli": "qualified",
    }
    assert ids(book, "lead", status="not-qualified") == ["L2"]
    assert ids(book, "opportunity", status="lost") == ["O2"]


def test_a_list_of_a_past_day_is_as_it_was(told: Book) -> None:
    """As of a day, what came later is unknown: the sale was open, its value lower, the client none."""
    assert lines(told, "opportunity", "2026-09-12") == [
        "O1\tNew site\tAda Lovelace\tIntro\topen\t12000.00\t2026-10-30\tJosé"
    ]
    assert lines(told, "lead", "2026-09-04") == [
        "L1\tAda Lovelace\tEngines Ltd\t2026-09-02\tweb\topportunity\tJosé\t60"
    ]
    assert lines(told, "client", "2026-09-30") == []
    assert ids(told, "event", "2026-09-04", status="scheduled") == ["E1"]
    assert ids(told, "task", "2026-11-10", status="overdue") == []
    assert ids(told, "task", "2026-11-11", status="overdue") == ["K1"]


def test_a_reading_that_is_still_to_hold_does_not_yet(book: Book) -> None:
    """An owner who takes over tomorrow is not the owner today."""
    leads.add(book.work, "Ann", date(2026, 9, 1), {"owner": "Eve"})
    leads.edit(book.work, 1, None, date(2026, 11, 23), {"owner": "Max"})
    assert ids(book, "lead", owner="eve") == ["L1"]
    assert ids(book, "lead", owner="max") == []


def test_what_the_playbook_no_longer_knows_is_shown_by_its_key(book: Book) -> None:
    """An old source or stage does not vanish with its entry."""
    book.add(Lead, name="Ann", name_folded="ann", received_on="2026-09-01", source="fax")
    assert lines(book, "lead") == ["L1\tAnn\t–\t2026-09-01\tfax\tnew\t–\t–"]


def test_a_name_is_data(book: Book) -> None:
    """SQL, markup, tabs and escapes in a name stay text, in the list and in a filter."""
    book.add(
        Lead,
        name="[bold]Robert'); DROP TABLE lead;--\t\x1b[31m",
        name_folded="robert",
        received_on="2026-09-01",
    )
    assert lines(book, "lead") == [
        "L1\t[bold]Robert'); DROP TABLE lead;--\\t\\x1b[31m\t–\t2026-09-01\t–\tnew\t–\t–"
    ]
    assert ids(book, "lead", owner="' OR 1=1 --") == []
    assert ids(book, "lead") == ["L1"]


@pytest.mark.parametrize("noun", EVERY)
def test_a_filter_without_a_column_is_refused(told: Book, noun: str) -> None:
    """A noun takes the filters it names, and refuses every other with the list of those it has."""
    taken = LISTINGS[noun].filters
    given: dict[str, Any] = {"stage": "x", "owner": "x", "source": "x", "status": "x", "about": story.ADA}
    if LISTINGS[noun].statuses:
        given["status"] = LISTINGS[noun].statuses[0]
    for name, value in given.items():
        option = "of" if name == "about" else name
        filters: dict[str, Any] = {name: value}
        if option in taken:
            assert set(ids(told, noun, **filters)) <= set(ids(told, noun))
        else:
            with pytest.raises(Usage) as refused:
                ids(told, noun, **filters)
            assert refused.value.value == f"--{option}"
            assert (
                refused.value.mend
                == f"improv {BY_TABLE[noun].command} list takes {', '.join(f'--{one}' for one in taken)}"
            )


def test_the_refusals_in_full(book: Book) -> None:
    """What happened, the value at fault, and what to type instead."""
    with pytest.raises(Usage) as refused:
        table(book.reader(), "visit", {"stage": "intro"})
    assert refused.value.lines() == [
        "improv: visits cannot be listed by stage",
        "  at fault: --stage",
        "  to mend:  improv visit list takes --owner, --period, --of",
    ]
    with pytest.raises(Usage) as refused:
        table(book.reader(), "opportunity", {"status": "closed"})
    assert refused.value.lines() == [
        "improv: no opportunity has this status",
        "  at fault: closed",
        "  to mend:  one of: open, won, lost, no decision",
    ]


def test_an_event_of_an_opportunity_is_one_of_its_lead(book: Book) -> None:
    """What is done for an opportunity counts for whom it is with."""
    story.tell(book)
    assert ids(book, "event", about=story.ADA) == ["E2", "E1"]
    events.close(book.work, 3, "cancelled", date(2026, 11, 21), None)
    assert ids(book, "event", status="cancelled") == ["E3"]


@pytest.mark.parametrize(
    "filters", [{"source": "web"}, {"owner": "jose"}, {"limit": 2}, {"status": "client"}]
)
def test_a_lead_is_rated_in_a_narrowed_list_as_in_the_whole(told: Book, filters: dict[str, Any]) -> None:
    """Those that are listed are rated, and nobody else is asked about: each line is one of the whole list."""
    whole, narrowed = lines(told, "lead"), lines(told, "lead", **filters)
    assert 0 < len(narrowed) < len(whole)
    assert [line for line in whole if line in narrowed] == narrowed


def test_a_narrowed_list_rates_nobody_else(told: Book) -> None:
    """Of the table of ratings, only the records that are asked for are there."""
    asks = "SELECT lead_id FROM rated_score WHERE :among IS NOT NULL ORDER BY lead_id"
    rated = told.reader().rows(asks, {"among": "[1,2]"})
    assert [row[0] for row in rated] == [1, 2]
