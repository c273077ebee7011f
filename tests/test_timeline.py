"""The page of a record: what it says, and its whole history, on any day."""

from collections.abc import Iterator
from datetime import date

import pytest

from improv.actions import clients, events, leads, opportunities, quotas, visits, work
from improv.happenings import HAPPENINGS
from improv.history import HISTORY
from improv.nouns import BY_TABLE
from improv.report import Facts, Notes, Timeline
from improv.resolve import Found, by_id
from improv.show import render
from improv.timeline import record_report
from tests import story
from tests.book import TODAY, Book, open_book


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Give the whole story, to be read only."""
    with open_book(tmp_path_factory.mktemp("told") / "improv.db", TODAY) as opened:
        story.tell(opened)
        yield opened


def page(book: Book, number: str, as_of: str | None = None) -> list[str]:
    """Show a record as a pipe gets it."""
    reader = book.reader(as_of)
    found = by_id(reader, number)
    assert found is not None
    return render(record_report(reader, found), "plain").splitlines()


def history(book: Book, number: str, as_of: str | None = None) -> list[str]:
    """Show only what happened, each line without its tabs."""
    lines = page(book, number, as_of)
    return [
        " ".join(cell for cell in line.split("\t") if cell != "–")
        for line in lines[lines.index("## History") + 1 :]
    ]


def said(book: Book, number: str, as_of: str | None = None) -> dict[str, str]:
    """Show only the facts."""
    lines = page(book, number, as_of)
    facts = lines[lines.index("## Facts") + 1 :]
    facts = facts[: facts.index("")]
    return dict(line.split("\t") for line in facts if line)


@pytest.mark.parametrize("noun", sorted(BY_TABLE))
def test_every_noun_shows_facts_and_a_history_oldest_first(told: Book, noun: str) -> None:
    """Each record has a page, with nothing empty on it and its own first day in its history."""
    reader = told.reader()
    for row in reader.rows(f"SELECT id, {HISTORY[noun].by} AS day FROM {noun}"):
        found = by_id(reader, f"{BY_TABLE[noun].letter}{row['id']}")
        assert found is not None
        report = record_report(reader, found)
        blocks = [block for block in report.sections[0].blocks if not isinstance(block, Notes)]
        facts, *rated, happened = blocks
        assert len(rated) <= (noun in {"client", "lead", "enrolment"})
        assert isinstance(facts, Facts)
        assert isinstance(happened, Timeline)
        assert report.title.startswith(f"{found.ref} ")
        assert facts.pairs
        assert all(cell is not None for _, cell in facts.pairs)
        days = [entry[0] for entry in happened.entries]
        assert days == sorted(days)
        assert date.fromisoformat(row["day"]) in days


def test_each_kind_of_happening_belongs_to_known_nouns() -> None:
    """A declaration that names an unknown noun would never be told."""
    assert {noun for kind in HAPPENINGS for noun in kind.of} == set(BY_TABLE)


def test_the_history_of_a_lead(told: Book) -> None:
    """From received to won, with the events and what came of them."""
    assert history(told, "L1") == [
        "2026-09-02 received: from web",
        "2026-09-02 lifecycle lead",
        "2026-09-02 owner José",
        "2026-09-02 score 60",
        "2026-09-03 qualified: has a budget",
        "2026-09-03 A1 connected call: hello",
        "2026-09-04 lifecycle opportunity",
        "2026-09-04 O1 opportunity opened: New site",
        "2026-09-04 O1 starts in Intro",
        "2026-09-04 E1 discovery meeting set for 2026-09-10 10:00: anticipated Proposal",
        "2026-09-05 score 80",
        "2026-09-09 E1 discovery meeting moved",
        "2026-09-09 E2 discovery meeting set anew for 2026-09-14 11:00: anticipated Proposal",
        "2026-09-14 O1 moved to Proposal",
        "2026-09-14 11:00 E2 discovery meeting held: positive; anticipated Proposal; led to Proposal; two sites",
        "2026-10-01 lifecycle customer",
        "2026-10-01 C1 became a client",
        "2026-10-01 O1 won 15,000: in Proposal",
    ]


def test_the_page_of_a_quota(book: Book) -> None:
    """What is to be reached from when on, and the one that came after it."""
    story.tell(book)
    quotas.set_from(book.work, date(2026, 11, 1), {"value": 0, "per": "month", "owner": "José"})
    assert said(book, "Q1") == {
        "From": "2026-10-01",
        "Status": "past",
        "Value": "40000.00",
        "Per": "quarter",
        "Owner": "José",
    }
    assert history(book, "Q1") == [
        "2026-10-01 quota per quarter 40,000",
        "2026-11-01 Q2 followed by this one",
    ]
    assert (said(book, "Q2")["Status"], history(book, "Q2")) == (
        "ended",
        ["2026-11-01 ends the quota before"],
    )
    assert said(book, "Q1", "2026-10-31")["Status"] == "holds"
    assert history(book, "Q1", "2026-10-31") == ["2026-10-01 quota per quarter 40,000"]


def test_the_page_of_an_opportunity(told: Book) -> None:
    """Its terms with the day each holds since, and every change of them."""
    assert said(told, "O1") == {
        "Lead": "L1 Ada Lovelace",
        "Client": "C1 Engines Ltd",
        "Opened": "2026-09-04",
        "Status": "won since 2026-10-01",
        "Stage": "Proposal",
        "Days from opened to closed": "27",
        "Last contact": "2026-09-14",
        "Days since last contact": "69",
        "Source of its lead": "web",
        "Value": "15,000 since 2026-09-20",
        "Close on": "2026-10-30 since 2026-09-04",
        "Probability": "40% since 2026-09-04",
        "Owner": "José since 2026-09-04",
    }
    assert [line for line in history(told, "O1") if "discovery" not in line] == [
        "2026-09-04 opportunity opened: New site",
        "2026-09-04 starts in Intro",
        "2026-09-04 value 12,000",
        "2026-09-04 probability 40%",
        "2026-09-04 close date 2026-10-30",
        "2026-09-04 owner José",
        "2026-09-14 moved to Proposal",
        "2026-09-20 value 15,000",
        "2026-09-20 contact Charles: buyer",
        "2026-09-21 line hosting 900",
        "2026-10-01 won 15,000: in Proposal",
    ]


def test_an_open_opportunity_is_weighed(book: Book) -> None:
    """Its value times its probability: by the stage's own probability until somebody sets one."""
    story.tell(book)
    facts = said(book, "O2")
    assert facts["Days in stage"] == "21"
    assert facts["Probability of the stage"] == "42%"
    assert facts["Value × probability"] == "1260.00"
    opportunities.edit(book.work, 2, None, date(2026, 11, 20), {"probability": 50})
    facts = said(book, "O2")
    assert facts["Value × probability"] == "1500.00"
    assert facts["Probability"] == "50% since 2026-11-20"
    assert "Probability of the stage" not in facts


def test_a_value_said_again_holds_since_the_first_time(book: Book) -> None:
    """Changing the owner repeats the value; it holds since it was said first. Said anew, since then."""
    story.tell(book)
    opportunities.edit(book.work, 2, None, date(2026, 11, 10), {"owner": "Eve"})
    assert said(book, "O2")["Value"] == "3,000 since 2026-11-01"
    opportunities.edit(book.work, 2, None, date(2026, 11, 11), {"value": 1})
    opportunities.edit(book.work, 2, None, date(2026, 11, 12), {"value": 300_000})
    assert said(book, "O2")["Value"] == "3,000 since 2026-11-12"


def test_losing_and_reopening(book: Book) -> None:
    """The reason, the words and the day it was opened again are told."""
    story.tell(book)
    opportunities.lose(book.work, 2, date(2026, 11, 5), "price", "too dear")
    assert history(book, "O2")[-1] == "2026-11-10 K1 task due: send the plan"
    assert "2026-11-05 lost: in Intro; price; too dear" in history(book, "O2")
    assert said(book, "O2")["Status"] == "lost since 2026-11-05"
    opportunities.reopen(book.work, 2, "proposal", date(2026, 11, 8))
    assert [line for line in history(book, "O2") if "2026-11-08" in line] == [
        "2026-11-08 moved to Proposal",
        "2026-11-08 reopened",
    ]
    assert said(book, "O2")["Status"] == "open"


def test_the_page_of_a_client(told: Book) -> None:
    """Pinned notes first, then the facts; what is still to come is told as scheduled."""
    lines = page(told, "C1")
    assert lines[:8] == [
        "# C1 Engines Ltd",
        "client",
        "as of\t2026-11-22",
        "",
        "pinned: pays late (Eve, 2026-10-05)",
        "",
        "## Facts",
        "Lead\tL1 Ada Lovelace",
    ]
    facts = said(told, "C1")
    assert facts["Status"] == "active since 2026-10-01"
    assert facts["Days since last visit"] == "33"
    assert facts["Health"] == "90 by hand since 2026-10-02"
    assert facts["Next event"] == "E3 Engines Ltd"
    assert facts["Next renewal"] == "2027-03-31"
    happened = history(told, "C1")
    assert happened[happened.index("2026-10-01 became a client") :] == [
        "2026-10-01 became a client",
        "2026-10-01 active",
        "2026-10-01 owner José",
        "2026-10-01 O1 won 15,000: in Proposal",
        "2026-10-02 health 90",
        "2026-10-02 renewal noted, due 2027-03-31",
        "2026-10-05 N1 note by Eve: pays late",
        "2026-10-20 R1 referral of Grace by Engines Ltd",
        "2026-10-20 V1 QBR visit, satisfaction 5 of 5",
        "2026-10-20 T1 testimonial given: superb",
        "2026-10-20 S1 story told: twice the orders",
        "2026-10-20 U1 upsell found: a second site",
        "2026-10-22 Y1 survey, bought: trust: they listened",
        "2026-11-01 O2 opportunity opened: Shop",
        "2026-11-01 O2 starts in Intro",
        "2026-11-02 K1 task: send the plan",
        "2026-11-10 K1 task due: send the plan",
        "2026-11-20 E3 client visit set for 2026-12-03 09:00",
        "2026-12-03 09:00 E3 scheduled for 2026-12-03: client visit",
        "2027-03-31 scheduled for 2027-03-31: renewal due",
    ]


def test_the_life_of_a_client_goes_on(book: Book) -> None:
    """Leaving, renewals discussed, money a year, upsells closed, referrals contacted, testimonials used."""
    story.tell(book)
    clients.set_status(book.work, 1, "former", date(2026, 11, 12), "moved away")
    clients.renewal_discussed(book.work, 1, date(2026, 11, 13))
    clients.edit(book.work, 1, None, date(2026, 11, 14), {"revenue": 2_400_000})
    clients.close_upsell(book.work, 1, date(2026, 11, 15), 2, "asked for it")
    visits.referral_contacted(book.work, 1, date(2026, 11, 16), "10:30")
    told = history(book, "C1")
    for line in (
        "2026-11-12 former: moved away",
        "2026-11-13 renewal discussed, due 2027-03-31",
        "2026-11-14 yearly revenue 24,000",
        "2026-11-15 U1 upsell pursued: asked for it",
        "2026-11-16 10:30 R1 Grace contacted first",
    ):
        assert line in told
    assert said(book, "C1")["Revenue"] == "24,000 since 2026-11-14"
    assert said(book, "C1")["Status"] == "former since 2026-11-12: moved away"
    assert said(book, "R1")["Days to first contact"] == "27"


def test_the_gap_of_an_event_stands_beside_its_target(told: Book) -> None:
    """The gap counts the booking, the total wait the whole chain; the days it should take are the kind's."""
    facts = said(told, "E2")
    shown = {
        name: facts[name]
        for name in ("Gap", "Gap it should have", "Total wait", "Moved from", "Led to", "Status")
    }
    assert shown == {
        "Gap": "5",
        "Gap it should have": "4-6",
        "Total wait": "10",
        "Moved from": "E1 New site",
        "Led to": "Proposal",
        "Status": "done on 2026-09-14",
    }
    assert said(told, "E1")["Moved to"] == "E2 New site"
    assert "Total wait" not in said(told, "E1")


def test_an_event_ahead_today_and_passed(book: Book) -> None:
    """Before its day an event is scheduled, on it too, and after it what came of it is missed."""
    story.tell(book)
    ahead = "scheduled for {}: introductory call"
    events.schedule(
        book.work, story.BOB, "introductory-call", story.at("11-22", "15:00"), date(2026, 11, 20), {}
    )
    assert history(book, "E4", "2026-11-21")[-1] == "2026-11-22 15:00 " + ahead.format("2026-11-22")
    assert history(book, "E4")[-1] == "2026-11-22 15:00 " + ahead.format("today")
    events.schedule(book.work, story.BOB, "introductory-call", story.at("11-21"), date(2026, 11, 20), {})
    assert history(book, "E5")[-1] == (
        "2026-11-21 introductory call was to be held, what came of it is not logged"
    )
    events.close(book.work, 5, "no-show", date(2026, 11, 22), "phone off")
    assert history(book, "E5")[-1] == "2026-11-22 introductory call: nobody came: phone off"


def test_a_task_tells_its_due_days(book: Book) -> None:
    """Moving a task keeps the day it was due before; a done one is due no more."""
    story.tell(book)
    work.move_task(book.work, 1, date(2026, 12, 1), date(2026, 11, 12))
    assert history(book, "K1") == [
        "2026-11-02 task: send the plan",
        "2026-11-02 due 2026-11-10",
        "2026-11-12 due 2026-12-01",
        "2026-12-01 scheduled for 2026-12-01: task due: send the plan",
    ]
    assert said(book, "K1")["Due"] == "2026-12-01 since 2026-11-12"
    assert said(book, "K1", "2026-11-11")["Days overdue"] == "1"
    work.finish_task(book.work, 1, date(2026, 11, 20))
    assert history(book, "K1")[-1] == "2026-11-20 task done: send the plan"
    assert "Days overdue" not in said(book, "K1")


def test_a_page_of_a_past_day_knows_nothing_later(told: Book) -> None:
    """As of a day in September, the sale is open, the event is ahead, and there is no client."""
    facts = said(told, "O1", "2026-09-09")
    assert "Client" not in facts
    assert facts["Status"] == "open"
    assert facts["Stage"] == "Intro"
    assert facts["Days in stage"] == "5"
    assert facts["Value × probability"] == "4800.00"
    assert facts["Next event"] == "E2 New site"
    assert history(told, "O1", "2026-09-09")[-2:] == [
        "2026-09-09 E2 discovery meeting set anew for 2026-09-14 11:00: anticipated Proposal",
        "2026-09-14 11:00 E2 scheduled for 2026-09-14: discovery meeting",
    ]


def test_hostile_words_stay_words(book: Book) -> None:
    """Braces, markup, SQL, newlines and escapes are told as they were written, made visible."""
    leads.add(
        book.work, "{money} [red]x'); DROP TABLE lead;--", date(2026, 9, 1), {"owner": "' || x.id || '"}
    )
    named = Found("lead", 1, "")
    work.add_note(book.work, named, "a\nb\t\x1b[31m{0}", date(2026, 9, 2), {"pinned": True})
    assert page(book, "L1")[0] == "# L1 {money} [red]x'); DROP TABLE lead;--"
    assert history(book, "L1")[-2:] == [
        "2026-09-01 owner ' || x.id || '",
        "2026-09-02 N1 note: a\\nb\\t\\x1b[31m{0}",
    ]
    assert "pinned: a\\nb\\t\\x1b[31m{0} (2026-09-02)" in page(book, "L1")
    assert page(book, "N1")[0] == "# N1 a b \\x1b[31m{0}"


def test_a_long_name_is_cut_in_the_title_only(book: Book) -> None:
    """A note is called by its words, which may be a page long."""
    leads.add(book.work, "Ann", date(2026, 9, 1), {})
    work.add_note(book.work, Found("lead", 1, ""), "word " * 100, date(2026, 9, 2), {})
    assert len(page(book, "N1")[0]) <= len("# ") + 70
    assert said(book, "N1")["Text"] == ("word " * 100).strip()
