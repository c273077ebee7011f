"""Red flags: for each, just inside its limit, just past it, and cleared."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from improv import models, playbook
from improv.alerts import CATALOGUE, COLUMNS, Alert, alerts, alerts_report, flag_report, flags_table
from improv.errors import NotFound
from improv.models import (
    Activity,
    Client,
    ClientStatus,
    Event,
    Lead,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    Qualification,
    Quota,
    Reading,
    Referral,
    Renewal,
    StageStay,
    Touch,
    Upsell,
    Visit,
    Visitor,
)
from improv.nouns import BY_TABLE
from improv.playbook import Playbook
from improv.report import Facts, Ref, Severity, Table
from tests.book import TODAY, Book

FUNNEL = """
[playbook]
key = "own"
title = "Own"
extends = "improv"
replace = ["stage", "event_kind", "visit_kind", "activity_kind", "track"]

[stage.appraise]
name = "Appraise"
key_event = "site-walk"
warning_after = 3
advances_to = ["quote"]

[stage.quote]
name = "Quote"
key_event = "handshake"
may_close = true

[event_kind.site-walk]
name = "site walk"
gap = [2, 4]
sales = true

[event_kind.handshake]
name = "handshake"
sales = true

[event_kind.drop-in]
name = "drop-in"
gap = [9, 12]
visit = true

[activity_kind.knock]
name = "knock on the door"
contact = true
"""


def ago(days: int) -> date:
    """Return the day so many days before the book's own."""
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def a_lead(book: Book, days: int = 0, **fields: Any) -> int:
    known = {"name": "Ada Lovelace", "name_folded": "ada lovelace", "source": "web"}
    lead = book.add(Lead, **{**known, "received_on": ago(days), **fields})
    assert lead.id
    return lead.id


def a_client(book: Book, days: int = 0, name: str = "Acme", **fields: Any) -> int:
    client = book.add(Client, name=name, name_folded=name.lower(), since_on=ago(days), **fields)
    book.add(ClientStatus, client_id=client.id, status="active", since=ago(days))
    assert client.id
    return client.id


def an_opportunity(book: Book, stage: str = "intro", days: int = 0, **fields: Any) -> int:
    opportunity = book.add(
        Opportunity,
        **{"title": "Big sale", "title_folded": "big sale", "opened_on": ago(max(days, 100)), **fields},
    )
    book.add(StageStay, opportunity_id=opportunity.id, stage=stage, since=ago(days), sequence=1)
    assert opportunity.id
    return opportunity.id


def an_event(book: Book, set_ago: int = 0, gap: int = 0, **fields: Any) -> Event:
    day = ago(set_ago) + timedelta(days=gap)
    return book.add(
        Event,
        **{"kind": "discovery-meeting", "set_on": ago(set_ago), "first_set_on": ago(set_ago), **fields},
        scheduled_for=day,
    )


def readings(book: Book, kind: str, *values: int, **subject: int) -> None:
    """Give a subject one reading a day, the last one today."""
    for number, value in enumerate(values):
        book.add(Reading, kind=kind, value=value, on_day=ago(len(values) - 1 - number), **subject)


def move(book: Book, number: int, stage: str, days: int = 0) -> None:
    """Move an opportunity to another stage, so many days ago."""
    stays = book.reader().rows(
        "SELECT id, sequence FROM stage_stay WHERE opportunity_id = :id AND until IS NULL", {"id": number}
    )
    book.work.change(book.work.get(StageStay, stays[0]["id"]), until=ago(days))
    book.add(
        StageStay, opportunity_id=number, stage=stage, since=ago(days), sequence=stays[0]["sequence"] + 1
    )


def finished_stays(book: Book, stage: str, days: int, number: int) -> None:
    """Give a stage a history: so many stays of so many days, of opportunities that were lost."""
    for _ in range(number):
        sale = book.add(Opportunity, title="Old", title_folded="old", opened_on=ago(300))
        book.add(
            StageStay,
            opportunity_id=sale.id,
            stage=stage,
            since=ago(300),
            until=ago(300 - days),
            sequence=1,
        )
        book.add(
            OpportunityOutcome, opportunity_id=sale.id, outcome="lost", since=ago(300 - days), reason="price"
        )


def held(book: Book, number: int, anticipated: str, actual: str, days: int) -> None:
    an_event(
        book,
        days,
        opportunity_id=number,
        anticipated_stage=anticipated,
        actual_stage=actual,
        status="done",
        closed_on=ago(days),
    )


def up(book: Book, code: str, **asked: Any) -> list[Alert]:
    """Return the alerts of one code."""
    return [alert for alert in alerts(book.reader(), **asked) if alert.code == code]


def codes(book: Book, as_of: date | None = None, **asked: Any) -> list[str]:
    return [alert.code for alert in alerts(book.reader(as_of), **asked)]


# Each case: build a book with a figure just inside or just past the limit, and clear the condition again.


@dataclass(frozen=True)
class Case:
    """One limit of one flag."""

    code: str
    build: Callable[[Book, Any], int]
    inside: Any
    past: Any
    clear: Callable[[Book, int], object]
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.code


def _called(book: Book, days: Any) -> int:
    lead = a_lead(book, 30)
    book.add(Activity, kind="connected-call", lead_id=lead, done_on=ago(days))
    return lead


def _qualified(book: Book, days: Any) -> int:
    lead = a_lead(book, 30)
    an_event(book, 29, 5, lead_id=lead, status="done", closed_on=ago(24))
    book.add(Qualification, lead_id=lead, verdict="yes", decided_on=ago(days))
    return lead


def _tried(book: Book, times: Any) -> int:
    lead = a_lead(book, 30)
    book.add(Activity, kind="dial", times=9, lead_id=lead, done_on=ago(20))
    book.add(Activity, kind="connected-call", lead_id=lead, done_on=ago(19), response="yes")
    book.add(Activity, kind="email", times=times - 1, lead_id=lead, done_on=ago(5))
    book.add(Activity, kind="dial", lead_id=lead, done_on=ago(2), response="no")
    return lead


def _opened(book: Book, days: Any, page: str = "/pricing") -> int:
    lead = a_lead(book, 90)
    book.add(Activity, kind="connected-call", lead_id=lead, done_on=ago(days + 1))
    visitor = book.add(
        Visitor, known_as="b", seen_on=ago(days), lead_id=lead, attributed_on=ago(days), because="by hand"
    )
    book.add(Touch, kind="page", page=page, on_day=ago(days), visitor_id=visitor.id)
    return lead


def _returned(book: Book, silence: Any) -> int:
    lead = a_lead(book, 90)
    for days in (2, 2 + silence):
        book.add(Touch, kind="email open", on_day=ago(days), lead_id=lead)
    return lead


def _spoken_to(book: Book, lead: int) -> object:
    return book.add(Activity, kind="email", lead_id=lead, done_on=TODAY)


def _booked(kind: str, set_ago: int = 1) -> Callable[[Book, Any], int]:
    def build(book: Book, gap: Any) -> int:
        return an_event(book, set_ago, gap, kind=kind, opportunity_id=an_opportunity(book)).id or 0

    return build


def _slow(book: Book, days: Any) -> int:
    finished_stays(book, "proposal", 5, 8)
    return an_opportunity(book, "proposal", days)


def _with_event(book: Book, days: Any) -> int:
    number = an_opportunity(book)
    an_event(book, 10, 10 + days, opportunity_id=number)
    return number


def _misses(book: Book, count: Any) -> int:
    number = an_opportunity(book)
    for day in range(count):
        held(book, number, "proposal", "realign", 50 - day)
    return number


def _hits(book: Book, number: int) -> None:
    for day in range(3):
        held(book, number, "proposal", "proposal", 10 - day)


def _back(book: Book, times: Any) -> int:
    number = an_opportunity(book, "intro", 40)
    for turn in range(times):
        move(book, number, "mutual-discovery", 30 - 4 * turn)
        move(book, number, "intro", 28 - 4 * turn)
    return number


def _lose(book: Book, number: int) -> None:
    book.add(OpportunityOutcome, opportunity_id=number, outcome="lost", since=TODAY, reason="price")


def _visited(book: Book, days: Any) -> int:
    client = a_client(book, 400)
    book.add(Visit, client_id=client, held_on=ago(days))
    return client


def _covered(book: Book, days: Any) -> int:
    client = _visited(book, days)
    _book_visit(book, client)
    return client


def _book_visit(book: Book, client: int) -> None:
    an_event(book, 0, 7, kind="client-visit", client_id=client)


def _visit(book: Book, client: int) -> object:
    return book.add(Visit, client_id=client, held_on=TODAY)


def _leave(book: Book, client: int) -> None:
    row = book.reader().row("SELECT id FROM client_status WHERE client_id = :id", {"id": client})
    assert row
    book.work.change(book.work.get(ClientStatus, row["id"]), until=TODAY)
    book.add(ClientStatus, client_id=client, status="former", since=TODAY, reason="moved away")


def _health(book: Book, value: Any) -> int:
    client = a_client(book, 30)
    readings(book, "health", 90, 60, value, client_id=client)
    return client


def _renewal(book: Book, days: Any) -> int:
    client = a_client(book, 30)
    book.add(Renewal, client_id=client, due_on=ahead(days), noted_on=ago(10))
    return client


def _upsell(book: Book, closed: Any) -> int:
    client = a_client(book, 30)
    book.add(Upsell, client_id=client, what="training", found_on=ago(9), closed_on=closed)
    return client


def _referral(book: Book, days: Any) -> int:
    client = a_client(book, 30)
    made = book.add(
        Referral,
        client_id=client,
        name="Grace",
        name_folded="grace",
        received_on=ago(days),
        received_time="10:00",
    )
    return made.id or 0


def _earned(book: Book, points: Any) -> int:
    quota = book.add(Quota, on_day="2026-11-01", points=500, per="month", owner="Sam")
    _cards(book, points)
    return quota.id or 0


def _cards(book: Book, times: int, owner: str | None = "Sam") -> None:
    """Log cards, each worth a point."""
    book.add(Activity, kind="thank-you-card", times=times, owner=owner, done_on=ago(1))


def _won(book: Book, value: Any) -> int:
    quota = book.add(Quota, on_day="2026-10-01", value=400_000, per="quarter")
    sale = book.add(Opportunity, title="Old", title_folded="old", opened_on=ago(30))
    book.add(OpportunityTerms, opportunity_id=sale.id, value=value, on_day=ago(30))
    book.add(OpportunityOutcome, opportunity_id=sale.id, outcome="won", since=ago(9))
    return quota.id or 0


def _set(model: type[Any], **fields: Any) -> Callable[[Book, int], object]:
    return lambda book, number: book.work.change(book.work.get(model, number), **fields)


def _fell(kind: str) -> Callable[[Book, Any], int]:
    def build(book: Book, values: Any) -> int:
        if kind == "score":
            lead = a_lead(book, 30)
            readings(book, kind, *values, lead_id=lead)
            return lead
        client = a_client(book, 30)
        readings(book, kind, *values, client_id=client)
        return client

    return build


DONE = _set(Event, status="done", closed_on=TODAY)
CASES = (
    Case(
        "L1",
        a_lead,
        5,
        6,
        lambda book, lead: book.add(Activity, kind="email", lead_id=lead, done_on=TODAY),
        "L1 never contacted",
    ),
    Case(
        "L1",
        _called,
        3,
        4,
        lambda book, lead: an_event(book, 0, lead_id=lead, status="done", closed_on=TODAY),
        "L1 daily list",
    ),
    Case("L2", _qualified, 7, 8, lambda book, lead: an_event(book, 0, 3, lead_id=lead)),
    Case("L3", lambda book, source: a_lead(book, source=source), "web", None, _set(Lead, source="web")),
    Case(
        "L4",
        _fell("score"),
        (80, 70, 70),
        (80, 70, 60),
        lambda book, lead: readings(book, "score", 61, lead_id=lead),
    ),
    Case(
        "L5",
        _tried,
        2,
        3,
        lambda book, lead: book.add(Activity, kind="email", lead_id=lead, done_on=TODAY, response="yes"),
    ),
    Case("L6", _opened, 15, 14, _spoken_to),
    Case("L6", lambda book, page: _opened(book, 1, page), "/prices", "/pricing/team", _spoken_to, "L6 page"),
    Case("L7", _returned, 14, 15, _spoken_to),
    Case("S1", _booked("discovery-meeting"), 10, 11, DONE),
    Case("S2", _slow, 10, 11, lambda book, number: move(book, number, "overcome")),
    Case("S3", _with_event, 0, -1, lambda book, number: an_event(book, 0, 3, opportunity_id=number)),
    Case("S4", _misses, 2, 3, _hits),
    Case("S5", lambda book, days: an_opportunity(book, "proposal", days), 30, 31, _lose),
    Case("S6", _back, 1, 2, _lose),
    Case("S7", lambda book, days: an_opportunity(book, "intro", days), 5, 6, _lose),
    Case("S8", _booked("discovery-meeting"), 6, 7, DONE),
    Case(
        "S8",
        lambda book, gap: an_event(book, 1, gap, kind="client-visit", client_id=a_client(book)).id or 0,
        14,
        15,
        DONE,
        "S8 visit",
    ),
    Case("C1", _visited, 90, 91, _book_visit),
    Case("C1", _covered, 120, 121, _visit, "C1 covered until critical"),
    Case("C1", a_client, 90, 91, _visit, "C1 never visited"),
    Case("C2", _health, 70, 69, lambda book, client: readings(book, "health", 71, client_id=client)),
    Case(
        "C3",
        _fell("engagement"),
        (80, 70, 75),
        (80, 75, 70),
        lambda book, client: readings(book, "engagement", 70, client_id=client),
    ),
    Case(
        "C5",
        _renewal,
        60,
        59,
        lambda book, _: book.work.change(book.work.get(Renewal, 1), discussed_on=TODAY),
    ),
    Case("C6", _upsell, ago(1), None, _leave),
    Case("R1", _referral, 1, 2, _set(Referral, contacted_on=TODAY)),
    Case("R1", _referral, 1, 2, _set(Referral, declined_on=TODAY), "R1 declined"),
    # Day 22 of 30: 366 2/3 points lead to 500. Day 53 of 92: 230,434.8 lead to 400,000.
    Case("Q1", _earned, 367, 366, lambda book, _: _cards(book, 1)),
    Case(
        "Q1",
        _won,
        230_435,
        230_434,
        lambda book, _: book.add(Quota, on_day="2026-10-01", value=0, per="month"),
        "Q1 value won",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_just_inside_its_limit_a_flag_is_down(book: Book, case: Case) -> None:
    case.build(book, case.inside)
    assert not up(book, case.code)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_just_past_its_limit_a_flag_is_up_and_clearing_takes_it_down(book: Book, case: Case) -> None:
    number = case.build(book, case.past)
    assert [alert.ref for alert in up(book, case.code)] == [f"{_letter(case.code)}{number}"]
    assert all(set(COLUMNS) <= set(row.keys()) for row in CATALOGUE[case.code].rows(book.reader()))
    case.clear(book, number)
    assert not up(book, case.code)


def _letter(code: str) -> str:
    return BY_TABLE[CATALOGUE[code].kind].letter


def test_every_flag_that_a_limit_has_stands_in_a_case(book: Book) -> None:
    a_client(book)
    assert set(codes(book)) == {"C4", "C7"}  # these two have no limit: any new client is flagged
    assert {case.code for case in CASES} | {"C4", "C7"} == {
        code for code, flag in CATALOGUE.items() if flag.rules == "method"
    }


def test_a_testimonial_and_a_booked_visit_clear_what_any_new_client_lacks(book: Book) -> None:
    client = a_client(book)
    book.add(models.Testimonial, client_id=client, given_on=TODAY)
    _book_visit(book, client)
    assert codes(book) == []


@pytest.mark.parametrize("flag", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_an_empty_store_flags_nothing_and_every_query_has_its_columns(book: Book, flag: Any) -> None:
    for as_of in (None, TODAY):
        reader = book.reader(as_of)
        assert list(flag.rows(reader)) == []
        if flag.sql:
            cursor = reader.each(flag.sql, {"now": None, "among": "[]"})
            assert isinstance(cursor, sqlite3.Cursor)
            assert set(COLUMNS) <= {column[0] for column in cursor.description}


# What an alert says


def test_a_lead_never_contacted_is_critical_and_one_contacted_days_ago_a_warning(book: Book) -> None:
    never = a_lead(book, 6)
    readings_owner = {"kind": "owner", "text": "Kim", "on_day": ago(6)}
    book.add(Reading, lead_id=never, **readings_owner)
    _called(book, 4)
    first, second = alerts(book.reader())
    assert first == Alert(
        code="L1",
        severity="critical",
        kind="lead",
        ref="L1",
        name="Ada Lovelace",
        owner="Kim",
        client_id=None,
        reason="no contact since it came in on 2026-11-16, 6 days ago",
        since=ago(6),
        days=6,
        why=CATALOGUE["L1"].why,
        mend='improv log connected-call L1 "…"',
    )
    assert (second.severity, second.reason) == (
        "warning",
        "no contact since the last one on 2026-11-18, 4 days ago",
    )


def test_a_dial_nobody_answered_is_no_contact_but_a_referrals_first_contact_is(book: Book) -> None:
    dialled = a_lead(book, 6)
    book.add(Activity, kind="dial", lead_id=dialled, done_on=TODAY)
    referred = a_lead(book, 6)
    client = a_client(book, 60)
    book.add(
        Referral,
        client_id=client,
        lead_id=referred,
        name="Ada",
        name_folded="ada",
        received_on=ago(6),
        contacted_on=ago(1),
    )
    assert [alert.ref for alert in up(book, "L1")] == [f"L{dialled}"]


def test_a_disqualified_lead_and_one_with_an_opportunity_are_not_called_again(book: Book) -> None:
    refused = a_lead(book, 30, source=None)
    book.add(Qualification, lead_id=refused, verdict="yes", decided_on=ago(20))
    book.add(Qualification, lead_id=refused, verdict="no", decided_on=ago(19))
    sold = a_lead(book, 30)
    an_event(book, 0, 1, opportunity_id=an_opportunity(book, lead_id=sold))
    assert codes(book) == []


@pytest.mark.parametrize(
    ("code", "build", "reason", "mend"),
    [
        (
            "S1",
            lambda book: _booked("discovery-meeting")(book, 11),
            "discovery meeting set on 2026-11-21 for 2026-12-02, 11 days ahead: more than 10",
            "improv event move E1 +4d",
        ),
        (
            "S1",
            lambda book: _booked("discovery-meeting", 20)(book, 11),
            "discovery meeting set on 2026-11-02 for 2026-11-13, 11 days ahead: more than 10",
            "improv event done E1",
        ),
        (
            "S2",
            lambda book: _slow(book, 11),
            "in Proposal for 11 days, over 200% of the average of 5.0 (finished stays: 8)",
            "improv opp move O9 overcome",
        ),
        (
            "S3",
            lambda book: _with_event(book, -1),
            "no next event booked since the last one on 2026-11-21, 1 day ago",
            "improv event schedule O1 introductory-call +1d",
        ),
        (
            "S4",
            lambda book: _misses(book, 3),
            "3 of the last 3 events led to another stage than anticipated, the latest on 2026-10-05",
            "improv event schedule O1 introductory-call +1d",
        ),
        (
            "S5",
            lambda book: an_opportunity(book, "proposal", 31),
            "in Proposal for 31 days, since 2026-10-22: more than 30",
            "improv opp move O1 overcome",
        ),
        (
            "S6",
            lambda book: _back(book, 2),
            "moved back 2 times, the latest on 2026-10-29",
            "improv event schedule O1 introductory-call +1d",
        ),
        (
            "S7",
            lambda book: an_opportunity(book, "overcome", 26),
            (
                "in Overcome for 26 days, since 2026-10-27: more than 25 "
                "(judged by the stage table alone, finished stays: 0)"
            ),
            "improv event schedule O1 final-questions-session +5d",
        ),
        (
            "S8",
            lambda book: _booked("discovery-meeting")(book, 7),
            "discovery meeting set on 2026-11-21 for 2026-11-28, 7 days ahead: its target is 6",
            "improv event move E1 +4d",
        ),
        (
            "C1",
            lambda book: _visited(book, 91),
            "no visit since the last one on 2026-08-23, 91 days ago",
            "improv visit schedule C1 +7d",
        ),
        (
            "C2",
            lambda book: _health(book, 69),
            "health 69, below 70 since 2026-11-21, 1 day ago",
            "improv visit schedule C1 +7d",
        ),
        (
            "C5",
            lambda book: _renewal(book, 59),
            "renewal due on 2027-01-20 and not discussed",
            "improv client renewal C1 --discussed today",
        ),
        (
            "C6",
            lambda book: [_upsell(book, None), book.add(Upsell, client_id=1, what="audit", found_on=ago(8))],
            "upsell not pursued since 2026-11-13, 9 days ago: training and 1 more",
            "improv client upsell C1 --pursued O…",
        ),
        (
            "R1",
            lambda book: _referral(book, 2),
            "referred by Acme on 2026-11-20, 2 days ago, and not contacted within 24 hours",
            "improv referral contacted R1",
        ),
    ],
)
def test_an_alert_says_why_in_numbers_and_what_mends_it(
    book: Book, code: str, build: Callable[[Book], object], reason: str, mend: str
) -> None:
    build(book)
    (alert,) = up(book, code)
    assert (alert.reason, alert.mend) == (reason, mend)


def test_commands_name_the_stages_and_kinds_of_a_funnel_of_ones_own(book: Book, tmp_path: Any) -> None:
    (tmp_path / "own.toml").write_text(FUNNEL)
    own = playbook.load(tmp_path / "own.toml")
    a_lead(book, 6)
    an_opportunity(book, "appraise", 4)
    an_opportunity(book, "quote", 4)
    a_client(book)
    found = alerts(book.reader(playbook=own))
    assert {(alert.code, alert.ref): alert.mend for alert in found} == {
        ("L1", "L1"): 'improv log knock L1 "…"',
        ("S7", "O1"): "improv opp move O1 quote",
        ("S3", "O1"): "improv event schedule O1 site-walk +2d",
        ("S3", "O2"): "improv event schedule O2 handshake tomorrow",
        ("C7", "C1"): "improv visit schedule C1 +9d",
        ("C4", "C1"): "improv testimonial add C1",
    }


# One condition, one line


def test_a_proposal_of_31_days_is_one_line_and_the_most_specific_one(book: Book) -> None:
    number = _slow(book, 31)
    an_event(book, 0, 2, opportunity_id=number)
    assert codes(book) == ["S5"]


def test_beyond_its_stages_days_the_table_speaks_for_the_average(book: Book) -> None:
    an_event(book, 0, 2, opportunity_id=_slow(book, 21))
    (alert,) = alerts(book.reader())
    assert alert.code == "S7"
    assert alert.reason.endswith("more than 20 (average of finished stays: 5.0)")


def test_below_eight_finished_stays_the_average_is_silent(book: Book) -> None:
    finished_stays(book, "proposal", 5, 7)
    an_opportunity(book, "proposal", 11)
    assert codes(book) == ["S3"]


@pytest.mark.parametrize(
    ("stays", "said"),
    [
        (
            7,
            "in Intro for 6 days, since 2026-11-16: more than 5 (judged by the stage table alone, finished stays: 7)",
        ),
        (8, "in Intro for 6 days, since 2026-11-16: more than 5 (average of finished stays: 4.0)"),
    ],
)
def test_beside_the_stages_days_stands_how_they_were_judged(book: Book, stays: int, said: str) -> None:
    """Below eight finished stays there is no average to go by, and the alert says so."""
    finished_stays(book, "intro", 4, stays)
    an_opportunity(book, "intro", 6)
    assert [alert.reason for alert in up(book, "S7")] == [said]
    assert not up(book, "S2")


PATTERNS = {
    "S4": (_misses, 3, "anticipation_misses"),
    "S6": (_back, 2, "backward_moves"),
    "L4": (_fell("score"), (80, 70, 60), "score_falls"),
    "L5": (_tried, 3, "attempts_without_response"),
    "C3": (_fell("engagement"), (80, 75, 70), "engagement_falls"),
}


@pytest.mark.parametrize("code", PATTERNS)
def test_a_pattern_needs_as_many_as_the_playbook_says(book: Book, code: str) -> None:
    """As many as the default asks for are a pattern; where one more is asked for, they are none."""
    build, past, limit = PATTERNS[code]
    build(book, past)
    assert up(book, code)
    more = playbook.load("improv", {"limit": {limit: book.work.playbook.limits[limit] + 1}})
    assert code not in [alert.code for alert in alerts(book.reader(playbook=more))]


def test_only_the_last_events_are_judged_for_what_was_anticipated(book: Book) -> None:
    """Three misses of six, of which the oldest lies before the last five."""
    number = _misses(book, 3)
    _hits(book, number)
    assert not up(book, "S4")
    held(book, number, "proposal", "realign", 5)
    assert not up(book, "S4")
    held(book, number, "proposal", "realign", 4)
    assert not up(book, "S4")
    held(book, number, "proposal", "realign", 3)
    (alert,) = up(book, "S4")
    assert (
        alert.reason
        == "3 of the last 5 events led to another stage than anticipated, the latest on 2026-11-19"
    )


def test_an_imported_stay_that_ends_before_it_began_counts_in_no_average(book: Book) -> None:
    finished_stays(book, "proposal", 5, 7)
    sale = book.add(Opportunity, title="Odd", title_folded="odd", opened_on=ago(300))
    stay = {"stage": "proposal", "since": ago(200), "until": ago(250), "sequence": 1, "imported": True}
    book.add(StageStay, opportunity_id=sale.id, **stay)
    _lose(book, sale.id or 0)
    an_opportunity(book, "proposal", 11)
    assert codes(book) == ["S3"]


def test_a_stay_beyond_the_second_limit_is_critical(book: Book) -> None:
    an_opportunity(book, "intro", 7)
    an_opportunity(book, "intro", 8)
    assert [(alert.ref, alert.severity) for alert in up(book, "S7")] == [
        ("O2", "critical"),
        ("O1", "warning"),
    ]


def test_a_booking_too_far_ahead_is_one_line(book: Book) -> None:
    _booked("discovery-meeting")(book, 11)
    assert codes(book) == ["S1"]


def test_a_client_long_not_visited_is_not_also_told_that_no_visit_is_booked(book: Book) -> None:
    book.add(models.Testimonial, client_id=_visited(book, 91), given_on=TODAY)
    assert codes(book) == ["C1"]


def test_a_booked_visit_covers_a_client_until_it_is_critical(book: Book) -> None:
    """On day 120 a booked visit leaves nothing to say; on day 121 it is critical regardless. Not booked, both are up."""
    for days, booked in ((120, True), (121, True), (120, False), (121, False)):
        client = _covered(book, days) if booked else _visited(book, days)
        book.add(models.Testimonial, client_id=client, given_on=TODAY)
    assert [(alert.ref, alert.code, alert.severity) for alert in alerts(book.reader())] == [
        ("C2", "C1", "critical"),
        ("C4", "C1", "critical"),
        ("C3", "C1", "warning"),
    ]


def test_a_covered_flag_stays_covered_when_only_its_kind_is_asked_for(book: Book) -> None:
    an_opportunity(book, "proposal", 31)
    assert codes(book, kind="opportunity", severity="warning") == ["S3"]


def test_a_flag_that_is_off_covers_nothing(book: Book) -> None:
    _booked("discovery-meeting")(book, 11)
    assert [alert.code for alert in alerts(book.reader(playbook=_override("S1", off=True)))] == ["S8"]


def _override(code: str, **fields: object) -> Playbook:
    return playbook.load("improv", {"flag": {code: fields}})


# What is over flags nothing; what was, is told as of that day


def test_closed_opportunities_and_former_clients_are_never_flagged(book: Book) -> None:
    client = _visited(book, 200)
    _renewal_of = {"client_id": client, "noted_on": ago(50), "due_on": ahead(3)}
    book.add(Renewal, **_renewal_of)
    book.add(Upsell, client_id=client, what="audit", found_on=ago(9))
    readings(book, "health", 50, client_id=client)
    readings(book, "engagement", 80, 70, 60, client_id=client)
    an_event(book, 1, 40, kind="client-visit", client_id=client)
    number = _back(book, 2)
    for day in range(3):
        held(book, number, "proposal", "realign", 9 - day)
    an_event(book, 1, 40, opportunity_id=number)
    assert len(codes(book)) > 5
    _leave(book, client)
    _lose(book, number)
    assert codes(book) == []


def test_as_of_a_past_day_the_flags_of_that_day_are_up(book: Book) -> None:
    lead = a_lead(book, 10)
    book.add(Activity, kind="email", lead_id=lead, done_on=ago(1))
    client = _renewal(book, 30)
    book.work.change(book.work.get(Renewal, 1), discussed_on=ago(2))
    book.add(models.Testimonial, client_id=client, given_on=ago(2))
    an_event(book, 2, 9, kind="client-visit", client_id=client)
    assert codes(book) == []
    assert codes(book, ago(2)) == ["L1"]
    assert sorted(codes(book, ago(3))) == ["C4", "C5", "C7", "L1"]
    assert codes(book, ago(5))[0] == "C5"  # the lead is 5 days old
    assert codes(book, ago(60)) == []


def test_an_event_done_today_was_still_ahead_on_the_day_before(book: Book) -> None:
    number = an_opportunity(book)
    an_event(book, 3, 3, opportunity_id=number, status="done", closed_on=TODAY)
    assert codes(book) == ["S3"]
    assert codes(book, ago(1)) == []


def test_a_cancelled_event_is_no_next_event_and_one_booked_with_the_lead_is(book: Book) -> None:
    lead = a_lead(book, 30)
    number = an_opportunity(book, lead_id=lead)
    an_event(book, 2, 9, opportunity_id=number, status="cancelled", closed_on=ago(1))
    assert codes(book) == ["S3"]
    an_event(book, 2, 4, lead_id=lead)
    assert codes(book) == []


def test_with_a_time_of_day_a_referral_is_late_to_the_minute(book: Book) -> None:
    _referral(book, 1)  # came at 10:00
    assert not up(book, "R1", now_time="2026-11-22T10:00")
    assert up(book, "R1", now_time="2026-11-22T10:01")
    assert not up(book, "R1", now_time="2026-11-23T10:01")  # another day's time says nothing of this day


def test_a_referral_whose_time_is_unknown_is_late_once_the_next_day_has_ended(book: Book) -> None:
    client = a_client(book, 30)
    for days in (1, 2):
        book.add(Referral, client_id=client, name="Grace", name_folded="grace", received_on=ago(days))
    assert [alert.ref for alert in up(book, "R1", now_time="2026-11-22T23:59")] == ["R2"]


# Order, filters, severities


def test_the_worst_stands_first_and_then_the_longest(book: Book) -> None:
    for days in (6, 9):
        a_lead(book, days)
    _called(book, 20)
    assert [(alert.severity, alert.days) for alert in alerts(book.reader())] == [
        ("critical", 9),
        ("critical", 6),
        ("warning", 20),
    ]


def test_alerts_are_filtered_by_severity_owner_kind_and_client(book: Book) -> None:
    client = a_client(book)
    a_client(book, name="Other")
    number = an_opportunity(book, "proposal", 31, client_id=client)
    book.add(OpportunityTerms, opportunity_id=number, on_day=ago(31), owner="Zoë")
    book.add(OpportunityTerms, opportunity_id=number, on_day=ago(30), owner="Kim")
    assert codes(book, severity="critical") == ["S5"]
    assert codes(book, owner="kim") == ["S5", "S3"]
    assert codes(book, owner="zoe") == []
    assert codes(book, kind="client") == ["C4", "C4", "C7", "C7"]
    assert sorted(codes(book, client=client)) == ["C4", "C7", "S3", "S5"]
    assert codes(book, kind="lead") == []


def test_the_playbook_says_how_grave_a_flag_is_and_where_its_limit_lies(book: Book) -> None:
    a_lead(book, 4)
    grave = playbook.load(
        "improv", {"flag": {"L1": {"worse": "warning"}}, "limit": {"lead_uncontacted_after": 3}}
    )
    assert [alert.severity for alert in alerts(book.reader(playbook=grave))] == ["warning"]


def test_what_a_user_calls_a_record_stays_data(book: Book) -> None:
    name = "{ref} {days} [bold]'; DROP TABLE lead; --"
    a_lead(book, 6, name=name, source="{0.__class__}")
    client = a_client(book, name=name)
    book.add(Upsell, client_id=client, what=name, found_on=TODAY)
    first, *others = alerts(book.reader())
    assert (first.name, first.mend) == (name, 'improv log connected-call L1 "…"')
    assert [alert.reason for alert in others if alert.code == "C6"] == [
        f"upsell not pursued since 2026-11-22, 0 days ago: {name}"
    ]


# Quotas


def test_a_quota_is_judged_by_its_own_pace_once_a_quarter_of_its_period_is_gone(book: Book) -> None:
    """Day 23 of 92 is a quarter and not more; on day 24 of 92 nothing has been won."""
    book.add(Quota, on_day="2026-10-01", value=400_000, per="quarter", owner="Sam")
    assert codes(book, as_of=date(2026, 10, 23)) == []
    (alert,) = alerts(book.reader(date(2026, 10, 24)))
    assert (alert.ref, alert.name, alert.owner) == ("Q1", "Sam, value a quarter", "Sam")
    assert (alert.severity, alert.since, alert.days) == ("warning", date(2026, 10, 1), 23)
    assert alert.reason == "0 of 4,000, 0%; day 24 of 92; at this pace 0 of 4,000"
    assert alert.mend == "improv report pipeline"


def test_each_person_is_judged_by_the_quota_set_for_them(book: Book) -> None:
    """Kim's 40 of 50 are well ahead of day 22; Sam has as many, of the method's own 500; Ida's is nobody's promise."""
    book.add(Quota, on_day="2026-01-01", points=50, per="month", owner="Kim")
    book.add(Quota, on_day="2026-01-01", points=500, per="month", owner="Sam")
    for owner in ("Kim", "Sam", "Ida"):
        _cards(book, 40, owner)
    (alert,) = up(book, "Q1")
    assert (alert.ref, alert.mend) == ("Q2", "improv report points")
    assert alert.reason == "40 of 500, 8%; day 22 of 30; at this pace 55 of 500"
    assert [one.ref for one in up(book, "Q1", owner="sam", kind="quota")] == ["Q2"]


def test_a_quota_changed_within_the_month_is_judged_from_the_next_one_on(book: Book) -> None:
    """This month the one counts that held on its first day."""
    book.add(Quota, on_day="2026-11-01", points=100, per="month", owner="Sam")
    book.add(Quota, on_day="2026-11-15", points=500, per="month", owner="Sam")
    _cards(book, 73)  # 73 x 30 / 22 is 99.5
    assert [(alert.ref, alert.reason.split(",")[0]) for alert in up(book, "Q1")] == [("Q1", "73 of 100")]


def test_the_limits_of_the_pace_are_the_playbook_s(book: Book) -> None:
    """30 of 500 lead to 41, which is 8%: below a half, not below 8%; and day 22 of 30 is not past 74%."""
    _earned(book, 30)
    for limit, flagged in (
        ({"quota_pace_below_percent": 50}, True),
        ({"quota_pace_below_percent": 8}, False),
        ({"quota_pace_after_percent": 74}, False),
    ):
        reader = book.reader(playbook=playbook.load("improv", {"limit": limit}))
        assert ([alert.code for alert in alerts(reader)] == ["Q1"]) is flagged, limit


# The pages


def test_the_page_has_a_line_for_each_alert_with_its_command(book: Book) -> None:
    a_lead(book, 6)
    reader = book.reader()
    page = alerts_report(alerts(reader), reader)
    (table,) = page.sections[0].blocks
    assert isinstance(table, Table)
    assert page.subtitle == "1 critical"
    assert [column.key for column in table.columns] == [
        "severity",
        "code",
        "record",
        "why",
        "days",
        "command",
    ]
    assert table.rows[0][:3] == (Severity("critical"), "L1", Ref("L1", "Ada Lovelace"))
    assert table.rows[0][-1] == 'improv log connected-call L1 "…"'


def test_a_flag_is_explained_with_its_limits_and_what_it_stands_for(book: Book) -> None:
    page = flag_report("s7", book.reader())
    (facts,) = page.sections[0].blocks
    assert isinstance(facts, Facts)
    said = dict(facts.pairs)
    assert page.title == "S7 too long in stage"
    assert said["severity"] == "warning, then critical"
    assert said["limit finished stays needed"] == 8
    assert (said["stands for"], said["gives way to"]) == ("S2", "S5")
    assert said["to mend it"] == "improv opp move O… STAGE"


@pytest.mark.parametrize(
    ("code", "usage"),
    [
        ("L2", "improv event schedule L… KIND DAY"),
        ("S1", "improv event move E… DAY"),
        ("C1", "improv visit schedule C… DAY"),
        ("Q1", "improv report REPORT"),
    ],
)
def test_an_explanation_shows_the_mending_command_as_its_usage(book: Book, code: str, usage: str) -> None:
    (facts,) = flag_report(code, book.reader()).sections[0].blocks
    assert isinstance(facts, Facts)
    assert dict(facts.pairs)["to mend it"] == usage


def test_a_code_that_no_flag_has_is_refused(book: Book) -> None:
    with pytest.raises(NotFound, match="no red flag has this code"):
        flag_report("X9", book.reader())


def test_the_list_of_flags_shows_each_once_and_which_are_off() -> None:
    table = flags_table(_override("C4", off=True))
    gravity = {row[0]: row[3] for row in table.rows}
    assert list(gravity) == list(CATALOGUE)
    assert gravity["C4"] == "off"
    assert gravity["C1"] == "warning, then critical"
