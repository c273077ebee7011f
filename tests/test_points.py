"""Points: what events, visits and leads earn by themselves, once; what is logged by hand; and how a month stands."""

from datetime import date
from pathlib import Path

import pytest

from improv import measure, playbook
from improv.dates import month_of, parse_period
from improv.errors import Usage
from improv.metrics import find
from improv.metrics.reading import Reading
from improv.models import Activity, Client, Event, Lead, Opportunity, OpportunityTerms, Visit
from improv.models import Reading as DatedValue
from improv.playbook import Playbook
from improv.reports import make
from improv.show import render
from tests.book import TODAY, Book
from tests.run import run
from tests.session import must

NOVEMBER = month_of(date(2026, 11, 1))
DAY = "2026-11-10"
BOOK = playbook.load()


def a_lead(book: Book, on: str = "2026-10-01", owner: str | None = None) -> int:
    number = book.add(Lead, name="Ann", name_folded="ann", received_on=on).id or 0
    if owner:
        book.add(DatedValue, lead_id=number, kind="owner", on_day=on, text=owner)
    return number


def a_client(book: Book, lead: int | None = None) -> int:
    return book.add(Client, name="Acme", name_folded="acme", since_on="2026-10-01", lead_id=lead).id or 0


def a_deal(book: Book, owner: str | None = None, **whose: int | None) -> int:
    number = book.add(Opportunity, title="x", title_folded="x", opened_on="2026-10-02", **whose).id or 0
    book.add(OpportunityTerms, opportunity_id=number, on_day="2026-10-02", owner=owner)
    return number


def held(
    book: Book, kind: str = "discovery-meeting", status: str = "done", day: str = DAY, **more: object
) -> int:
    """Book an event and close it; a discovery meeting is worth 12."""
    closed = None if status == "scheduled" else day
    days = {"set_on": "2026-11-02", "first_set_on": "2026-11-02", "scheduled_for": day, "closed_on": closed}
    return book.add(Event, kind=kind, status=status, **days, **more).id or 0


def logged(
    book: Book, kind: str = "discovery-meeting", times: int = 1, day: str = DAY, **more: object
) -> None:
    book.add(Activity, kind=kind, times=times, done_on=day, **more)


def points(book: Book, as_of: str | None = None) -> Reading:
    return measure.measure(book.reader(as_of), find("points"), NOVEMBER)


def by(book: Book, key: str) -> dict[object, float | None]:
    return {words[0]: part.value for words, part in measure.by(book.reader(), find("points"), NOVEMBER, key)}


# What earns by itself.


def test_an_event_that_was_held_earns_the_points_of_its_kind(book: Book) -> None:
    """A discovery meeting 12, an introductory call 10; a realignment meeting is no activity of [D]."""
    for kind in ("discovery-meeting", "introductory-call", "realignment-meeting"):
        held(book, kind, opportunity_id=a_deal(book))
    assert points(book).value == 22
    assert by(book, "how") == {"event": 22}
    assert by(book, "activity_group") == {"funnel": 22}


@pytest.mark.parametrize("status", ["scheduled", "no-show", "moved", "cancelled"])
def test_an_event_that_was_not_held_earns_nothing(book: Book, status: str) -> None:
    held(book, status=status)
    assert (points(book).value, points(book).n) == (0, 0)


def test_an_event_earns_on_the_day_it_was_held_and_not_before(book: Book) -> None:
    held(book)
    assert [points(book, day).value for day in ("2026-11-09", DAY)] == [0, 12]


def test_a_visit_earns_the_points_of_its_kind_and_its_booking_nothing_more(book: Book) -> None:
    """A QBR is a technology business review, 20; a check-in is none. A booking with points of its own stays silent."""
    who = a_client(book)
    kinds = {"event_kind": {"client-visit": {"activity": "client-lunch"}}}
    own = playbook.load(overrides=kinds)
    booking, other = (held(book, "client-visit", client_id=who) for _ in range(2))
    book.add(Visit, client_id=who, held_on=DAY, kind="qbr", event_id=booking)
    book.add(Visit, client_id=who, held_on=DAY, kind="check-in", event_id=other)
    assert points(book).value == 20
    assert measure.measure(book.reader(playbook=own), find("points"), NOVEMBER).value == 25


def test_a_new_lead_is_a_prospect_added(book: Book) -> None:
    """Three points on the day it was received; a lead of October earns nothing in November."""
    a_lead(book, "2026-11-03")
    a_lead(book)
    assert (points(book).value, by(book, "kind")) == (3, {"add-prospect": 3})


# Nothing counts twice.


@pytest.mark.parametrize("about", ["lead", "opportunity", "client"])
def test_what_is_logged_for_the_same_event_counts_once(book: Book, about: str) -> None:
    """Whether it names the lead, the opportunity that came from it, or the client it became."""
    lead = a_lead(book)
    whose = {"lead": lead, "client": a_client(book, lead), "opportunity": a_deal(book, lead_id=lead)}
    held(book, opportunity_id=whose["opportunity"], lead_id=lead)
    book.add(Activity, kind="discovery-meeting", done_on=DAY, **{f"{about}_id": whose[about]})
    reading = points(book)
    assert (reading.value, reading.left_out) == (12, {"logged by hand": 1})
    assert by(book, "how") == {"logged": 12, "event": None}


def test_another_day_another_kind_and_another_record_are_something_else(book: Book) -> None:
    """12 for the event, 12 for what was logged the day after and 12 with somebody else, 14 for a presentation."""
    mine, theirs = a_lead(book), a_lead(book)
    held(book, lead_id=mine)
    logged(book, day="2026-11-11", lead_id=mine)
    logged(book, lead_id=theirs)
    logged(book, "presentation", lead_id=mine)
    assert points(book).value == 12 + 12 + 12 + 14


def test_what_is_logged_as_often_as_it_happened_covers_no_more(book: Book) -> None:
    """Two meetings with one lead in a day, one of them logged: 24."""
    lead = a_lead(book)
    for _ in range(2):
        held(book, lead_id=lead)
    logged(book, lead_id=lead)
    assert (points(book).value, points(book).left_out) == (24, {"logged by hand": 1})


def test_what_is_logged_with_nobody_stands_for_as_many_of_ones_own(book: Book) -> None:
    """Sam logs two prospects and adds three leads: the two and the third make nine. Kim's lead is another's."""
    logged(book, "add-prospect", times=2, day="2026-11-03", owner="Sam")
    for owner in ("Sam", "Sam", "Sam", "Kim"):
        a_lead(book, "2026-11-03", owner)
    assert by(book, "owner") == {"Sam": 9, "Kim": 3}
    assert points(book).left_out == {"logged by hand": 2}


def test_what_is_logged_with_somebody_is_taken_first(book: Book) -> None:
    """Two meetings; one is logged with its lead, one with nobody: 24, and neither stands for the same meeting."""
    lead, other = a_lead(book), a_lead(book)
    for who in (lead, other):
        held(book, lead_id=who)
    logged(book, lead_id=lead)
    logged(book)
    assert (points(book).value, points(book).left_out) == (24, {"logged by hand": 2})


# Whose they are.


def test_points_are_those_of_who_went_else_of_who_worked_it_that_day(book: Book) -> None:
    """Who was assigned; else the opportunity's owner by the terms of the day; else the lead's; else nobody."""
    lead = a_lead(book, owner="Lea")
    deal = a_deal(book, "Sam", lead_id=lead)
    book.add(OpportunityTerms, opportunity_id=deal, on_day="2026-11-15", owner="Kim")
    held(book, opportunity_id=deal, lead_id=lead, assigned_to="Ida")
    held(book, opportunity_id=deal, lead_id=lead)
    held(book, "introductory-call", day="2026-11-16", opportunity_id=deal, lead_id=lead)
    held(book, "introductory-call", lead_id=lead)
    held(book, "introductory-call")
    assert by(book, "owner") == {"Ida": 12, "Sam": 12, "Kim": 10, "Lea": 10, None: 10}


def test_a_lead_counts_for_who_was_first_named_for_it(book: Book) -> None:
    """Assigned the day after it came, and to somebody else later."""
    lead = a_lead(book, "2026-11-03")
    for day, owner in (("2026-11-04", "Sam"), ("2026-11-09", "Kim")):
        book.add(DatedValue, lead_id=lead, kind="owner", on_day=day, text=owner)
    assert by(book, "owner") == {"Sam": 3}


def test_the_records_behind_the_points_are_named(book: Book) -> None:
    """Each by its own letter, in the order of the days."""
    held(book, lead_id=a_lead(book, "2026-11-03"))
    book.add(Visit, client_id=a_client(book), held_on="2026-11-12", kind="qbr")
    logged(book, "thank-you-card", day="2026-11-13")
    told = measure.explain(book.reader(), find("points"), NOVEMBER)
    assert [(row.ref, row.name, row.value) for row in told.counted] == [
        ("L1", "Ann", 3),
        ("E1", "Ann", 12),
        ("V1", "Acme", 20),
        ("A1", "thank-you card", 1),
    ]


def test_undoing_the_event_undoes_its_points(tmp_path: Path) -> None:
    """Nothing is stored: once the event is not held any more, nobody has earned anything."""
    db = tmp_path / "improv.db"
    for command in ("lead add Ann --on 2026-10-01", "event schedule Ann discovery-meeting today"):
        must(command, db, TODAY)
    must("event done Ann", db, TODAY)
    assert "Points\t12" in must("metric points", db, TODAY).out
    must("undo", db, TODAY)
    assert "Points\t0" in must("metric points", db, TODAY).out


def test_two_kinds_cannot_both_be_what_a_new_lead_is() -> None:
    with pytest.raises(Usage, match=r"\[activity_kind.web-form\] of .*: `lead` marks a second kind"):
        playbook.load(overrides={"activity_kind": {"web-form": {"lead": True}}})


# As a user types it.


def test_a_kind_is_known_by_its_plural_too(tmp_path: Path) -> None:
    """As people say it, the number first; what begins more than one kind is asked back."""
    db = tmp_path / "improv.db"
    for command, told in (
        ("log --times 12 dials", "A1 dial × 12, Sun 22 Nov"),
        ("log 'technology business reviews' --times 2", "A2 technology business review × 2, Sun 22 Nov"),
        ("log 'new addendum quotes'", "A3 new addendum quote, Sun 22 Nov"),
        ("log calls --connected", "A4 connected call, Sun 22 Nov"),
    ):
        assert must(command, db, TODAY).out.splitlines()[0] == told
    assert run("log", "quotes", db=db, today=TODAY).told == [
        "improv: more than one activity kind begins so",
        "  at fault: quotes",
        "  to mend:  use one of hardware-quote, addendum-quote",
    ]


def test_again_logs_the_last_one_once_more(tmp_path: Path) -> None:
    """The same kind and number with the same record, today; what is typed anew holds; its words do not come along."""
    db = tmp_path / "improv.db"
    for name in ("Ann", "Ben"):
        must(f"lead add {name} --on 2026-11-02", db, TODAY)
    assert run("log", "again", db=db, today=TODAY).told == [
        "improv: no activity has been logged yet",
        "  at fault: improv log again",
        "  to mend:  improv log dial --times 12",
    ]
    must(
        "log value-add-email Ann 'the checklist' --times 3 --owner Sam --minutes 20 --on 2026-11-20",
        db,
        TODAY,
    )
    assert must("log again", db, TODAY).out.splitlines() == [
        "A2 value-add proactive email × 3 with L1 Ann, Sun 22 Nov",
        "  6 points; Nov 2026: 12 of 500, 2%; day 22 of 30; at this pace 16 of 500",
        "  next: improv task add 'follow up' --about L1 --due +3d",
    ]
    assert must("log again Ben --times 1", db, TODAY).out.splitlines()[0] == (
        "A3 value-add proactive email with L2 Ben, Sun 22 Nov"
    )
    (last,) = must("activity list --of Ben", db, TODAY).out.splitlines()
    assert last == "A3\tvalue-add proactive email\tBen\t2026-11-22\t1\t–\t–\tSam"


# The report.


def page(
    book: Book, month: str = "2026-11", own: Playbook | None = None, as_of: str | None = None
) -> list[str]:
    reader = book.reader(as_of, playbook=own)
    return render(make("points", reader, parse_period(month, reader.today)), "plain").splitlines()


def under(told: list[str], title: str) -> list[str]:
    """Return the lines of one section."""
    begins = told.index(f"# {title}") + 1
    ends = next((at for at in range(begins, len(told)) if told[at].startswith("# ")), len(told))
    return told[begins:ends]


def test_each_person_has_a_plan_and_a_quota_of_their_own(book: Book) -> None:
    """Sam has 23 points of 644 planned, Kim 15; together the plan is twice as much."""
    logged(book, "first-appointment", 2, owner="Sam")
    logged(book, "thank-you-card", 3, owner="Sam")
    logged(book, "cold-call-block", owner="Kim")
    told = page(book)
    assert under(told, "Sam")[1] == "23 points of 644 planned, 4%."
    assert "funnel stages\t2\t35\t20\t≥ 234\t9%" in under(told, "Sam")
    assert "first appointment\t5\t10\t50\t2\t7" in under(told, "Sam")
    assert "thank-you card\t7\t1\t7\t3\t10" in under(told, "Sam")
    assert "two-hour cold-call block\t3\t15\t45\t1\t4" in under(told, "Kim")
    assert "first appointment\tfunnel stages\t2\t0\t14\t20" in under(told, "By kind")
    assert "all\t38\t1000\t4%\t962\t52\t–" in under(told, "Quota")
    assert "Sam: day 22 of 30; at this pace 31 of 500." in under(told, "Quota")


def test_nothing_is_still_to_do_in_a_month_that_is_over(book: Book) -> None:
    """The plan stands beside what was done; for a quarter it is three times as much."""
    logged(book, "thank-you-card", day="2026-10-05")
    assert "## Still to do" not in page(book, "2026-10")
    assert "1 point of 644 planned, 0%." in page(book, "2026-10")
    assert "1 point of 1,932 planned, 0%." in page(book, "2026-Q4")


def test_a_plan_that_is_done_says_so(book: Book) -> None:
    own = playbook.load(
        overrides={"activity_kind": {kind.key: {"plan": 0} for kind in BOOK.activity_kinds if kind.plan}}
    )
    logged(book, "thank-you-card")
    assert "All of the plan is done." in page(book, own=own)
    assert "1 point." in page(book, own=own)


def test_the_bonus_stands_beside_the_quota_where_the_playbook_has_one(book: Book) -> None:
    """499 points bring none, 500 ten percent; a quarter has no bonus: it is earned month by month."""
    steps = [{"at": 600, "percent": 20}, {"at": 500, "percent": 10}]
    own = playbook.load(overrides={"points": {"bonus": steps}})
    logged(book, "thank-you-card", 499, owner="Sam")
    logged(book, "thank-you-card", 500, owner="Kim")
    logged(book, "thank-you-card", 600, owner="Ida")
    told = under(page(book, own=own), "Quota")
    assert {line.split("\t")[0]: line.split("\t")[-2:] for line in told if line.count("\t") > 3} == {
        "Salesperson": ["Bonus", "Next"],
        "Ida": ["20%", "–"],
        "Kim": ["10%", "20% at 600"],
        "Sam": ["0%", "10% at 500"],
        "all": ["–", "–"],
    }
    assert "Bonus" not in "".join(page(book, "2026-Q4", own))
    assert "Bonus" not in "".join(page(book))


def test_the_bonus_is_everyones_where_nobody_is_named(book: Book) -> None:
    own = playbook.load(overrides={"points": {"bonus": [{"at": 500, "percent": 10}]}})
    logged(book, "thank-you-card", 500)
    told = under(page(book, own=own), "Quota")
    assert "no owner\t500\t–\t–\t–\t–\t–\t–\t–" in told
    assert "all\t500\t500\t100%\t0\t682\ton target\t10%\t–" in told


def test_a_step_of_the_bonus_without_its_percent_is_refused() -> None:
    with pytest.raises(Usage, match=r"`percent` is missing in \[points.bonus\]"):
        playbook.load(overrides={"points": {"bonus": [{"at": 500}]}})


def test_an_empty_store_has_a_plan_and_no_points(book: Book) -> None:
    """No chart without a point; all of the plan is to do, and nothing is a share of nothing."""
    told = page(book)
    assert "all\t0\t500\t0%\t500\t0\t–" in told
    assert "No points were earned." in under(told, "Plan")
    assert "All of it is worth 644 points; 9 days are left, today among them." in under(told, "Plan")


def test_every_kind_with_points_is_logged_in_one_command_that_tells_them(tmp_path: Path) -> None:
    """The kinds of [D], each typed by its name; what each is worth, and the month's standing as it grows."""
    db, reached = tmp_path / "improv.db", 0
    for kind in BOOK.activity_kinds:
        if kind.points:
            reached += 2 * kind.points
            first, standing, *_ = must(f'log "{kind.name}" --times 2', db, TODAY).out.splitlines()
            assert first.endswith(f" {kind.name} × 2, Sun 22 Nov")
            assert standing.startswith(f"  {2 * kind.points} points; Nov 2026: {reached} of 500, ")
            assert standing.endswith(f"; day 22 of 30; at this pace {round(reached * 30 / 22)} of 500")
