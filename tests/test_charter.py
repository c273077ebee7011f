"""The charter's rules: for each, just inside, just past, and cleared, by hand and by its own mending command."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from improv import models, playbook
from improv.alerts import CATALOGUE, Alert, alerts
from improv.alerts.pages import usage
from improv.models import (
    Activity,
    Client,
    Lead,
    Lifecycle,
    Note,
    OpportunityOutcome,
    OpportunityTerms,
    Qualification,
    Reading,
    Referral,
    Task,
    Upsell,
    Visit,
)
from improv.nouns import BY_TABLE
from improv.playbook import Playbook
from tests.book import TODAY, Book, open_book
from tests.run import run
from tests.test_alerts import a_client, a_lead, ago, ahead, an_event, an_opportunity

CHARTER = {code: flag for code, flag in CATALOGUE.items() if flag.rules == "charter"}
TEAM = playbook.load(overrides={"team": {"members": ["Kim", "Sam"]}})
GENDER = playbook.load(overrides={"flag": {"H24": {"off": False}}})


def up(book: Book, code: str, use: Playbook | None = None) -> list[Alert]:
    """Return what one rule finds."""
    found = alerts(book.reader(playbook=use or GENDER), of="charter")
    return [alert for alert in found if alert.code == code]


def owned(book: Book, noun: str, number: int, owner: str, days: int = 0) -> None:
    book.add(Reading, kind="owner", text=owner, on_day=ago(days), **{f"{noun}_id": number})


def in_state(book: Book, state: str, days: int = 0, **fields: Any) -> int:
    """Add a lead that is in a state of its lifecycle for so many days."""
    number = a_lead(book, 400, city="Bonn", **fields)
    book.add(Lifecycle, lead_id=number, state=state, since=ago(days))
    return number


def a_task(book: Book, due: int, made: int = 0, **about: int) -> int:
    """Add a task that is due in so many days, made so many days ago."""
    task = book.add(Task, what="call", created_on=ago(made), **about)
    book.add(Reading, kind="due", text=ahead(due).isoformat(), on_day=ago(made), task_id=task.id)
    assert task.id
    return task.id


def closed(book: Book, number: int, outcome: str, days: int) -> None:
    """Close an opportunity so many days ago."""
    (row,) = book.reader().rows(
        "SELECT id FROM stage_stay WHERE opportunity_id = :id AND until IS NULL", {"id": number}
    )
    stay = book.work.get(models.StageStay, row["id"])
    book.work.change(stay, until=ago(days), since=min(stay.since, ago(days)))
    book.add(OpportunityOutcome, opportunity_id=number, outcome=outcome, since=ago(days), stage="intro")


def change(model: type[models.Record], **fields: Any) -> Callable[[Book, int], object]:
    """Return what clears a condition: fields of the record itself."""
    return lambda book, number: book.work.change(book.work.get(model, number), **fields)


def task_on(noun: str, due: int = 0) -> Callable[[Book, int], object]:
    """Return what clears a condition: a task that is due today."""
    return lambda book, number: a_task(book, due, **{f"{noun}_id": number})


@dataclass(frozen=True)
class Case:
    """A rule: a figure just inside and just past it, and what clears it; `chosen` fills the … of its command."""

    code: str
    build: Callable[[Book, Any], int]
    inside: Any
    past: Any
    clear: Callable[[Book, int], object]
    chosen: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.code


def _lead_of(book: Book, owner: str) -> int:
    number = in_state(book, "mql")
    if owner:
        owned(book, "lead", number, owner)
    return number


def _deal_of(book: Book, owner: str | None) -> int:
    number = an_opportunity(book)
    book.add(OpportunityTerms, opportunity_id=number, on_day=ago(3), owner=owner)
    return number


def _client_of(book: Book, owner: str) -> int:
    number = a_client(book)
    if owner:
        owned(book, "client", number, owner)
    return number


def _called(book: Book, days: int) -> int:
    number = a_client(book, 600)
    book.add(Activity, kind="connected-call", client_id=number, done_on=ago(days))
    return number


def _client_task(book: Book, due: int) -> int:
    number = a_client(book, 30)
    a_task(book, due, made=9, client_id=number)
    return number


def _held(book: Book, clients: int) -> int:
    """Give Kim so many clients, one a day, the last one today."""
    for place in range(clients):
        number = a_client(book, 400, name="Acme")
        owned(book, "client", number, "Kim", clients - 1 - place)
    return 151


def _asked(book: Book, days: int) -> int:
    number = a_client(book, 600)
    book.add(Visit, client_id=number, held_on=ago(days), kind="qbr", asked_referral=True)
    return number


def _offered(book: Book, days: int) -> int:
    number = a_client(book, 600)
    book.add(Upsell, client_id=number, what="training", found_on=ago(days))
    return number


def _bought(book: Book, days: int) -> int:
    number = a_client(book, 600)
    closed(book, an_opportunity(book, days=500, client_id=number, opened_on=ago(500)), "won", days)
    return number


def _lost_with(book: Book, due: int) -> int:
    number = a_client(book, 600)
    deal = an_opportunity(book, days=60, client_id=number)
    closed(book, deal, "lost", 20)
    a_task(book, due, made=20, opportunity_id=deal)
    return number


def _deal_task(book: Book, due: int) -> int:
    number = an_opportunity(book)
    a_task(book, due, made=9, opportunity_id=number)
    return number


def _closing(book: Book, days: int) -> int:
    number = an_opportunity(book)
    book.add(OpportunityTerms, opportunity_id=number, on_day=ago(50), close_on=ago(days))
    return number


def _lost_lead(book: Book, state: str) -> int:
    number = in_state(book, state, 9)
    closed(book, an_opportunity(book, days=50, lead_id=number), "lost", 9)
    return number


def _won_lead(book: Book, state: str) -> int:
    number = in_state(book, state, 50)
    closed(book, an_opportunity(book, days=50, lead_id=number), "won", 9)
    return number


def _open_lead(book: Book, state: str) -> int:
    number = in_state(book, state, 50)
    an_opportunity(book, days=50, lead_id=number)
    return number


def _state_task(state: str) -> Callable[[Book, int], int]:
    def build(book: Book, due: int) -> int:
        number = in_state(book, state, 20)
        a_task(book, due, made=9, lead_id=number)
        return number

    return build


def _tried(book: Book, times: int) -> int:
    number = in_state(book, "mql", 20)
    book.add(Activity, kind="connected-call", lead_id=number, done_on=ago(18), response="yes")
    for place, kind in enumerate(("dial", "email", "dial")[:times]):
        book.add(Activity, kind=kind, lead_id=number, done_on=ago(9 - place), response="no")
    return number


def _missed(book: Book, status: str) -> int:
    number = in_state(book, "mql", 20)
    an_event(book, 12, 3, lead_id=number, status=status, closed_on=ago(9))
    return number


def _judged(book: Book, verdict: str) -> int:
    number = in_state(book, "sql", 20)
    book.add(Qualification, lead_id=number, verdict=verdict, decided_on=ago(5))
    return number


def _lead_with(book: Book, owner: str) -> int:
    number = in_state(book, "subscriber")
    owned(book, "lead", number, owner)
    return number


def _overdue(book: Book, days: int) -> int:
    return a_task(book, -days, made=60)


def _named(book: Book, name: str) -> int:
    return a_lead(book, 3, name=name, name_folded=name.lower())


def _client_named(book: Book, name: str) -> int:
    return a_client(book, name=name)


def _opened(book: Book, days: int) -> int:
    return an_opportunity(book, days=days, opened_on=ago(days))


def _noted(book: Book, words: str | None) -> int:
    number = an_opportunity(book)
    book.add(Activity, kind="connected-call", opportunity_id=number, done_on=ago(3), notes=words)
    return number


CASES = (
    Case("H1", _lead_of, "Kim", "", lambda book, number: owned(book, "lead", number, "Sam"), "Kim"),
    Case(
        "H2",
        _deal_of,
        "Kim",
        None,
        lambda book, _: book.work.change(book.work.get(OpportunityTerms, 1), owner="Sam"),
        "Kim",
    ),
    Case("H3", _client_of, "Kim", "", lambda book, number: owned(book, "client", number, "Sam"), "Kim"),
    Case(
        "H4",
        _called,
        183,
        184,
        lambda book, number: book.add(Visit, client_id=number, held_on=TODAY),
        "all is well",
    ),
    Case("H5", _client_task, 0, -1, task_on("client"), "fri"),
    Case("H6", _held, 150, 151, lambda book, number: owned(book, "client", number - 1, "Sam"), "Sam"),
    Case(
        "H7",
        _asked,
        365,
        366,
        lambda book, number: book.add(
            Referral, client_id=number, name="Bo", name_folded="bo", received_on=TODAY
        ),
    ),
    Case(
        "H8",
        _offered,
        365,
        366,
        lambda book, number: book.add(Upsell, client_id=number, what="x", found_on=TODAY),
        "the spring course",
    ),
    Case(
        "H9",
        _bought,
        365,
        366,
        lambda book, number: an_opportunity(book, client_id=number, opened_on=TODAY),
        "the audit again",
    ),
    Case("H10", _lost_with, 0, -1, task_on("client", 90), "+90d"),
    Case("H11", _deal_task, 0, -1, lambda book, number: an_event(book, 0, 3, opportunity_id=number), "fri"),
    Case("H12", _closing, 0, 1, lambda book, number: closed(book, number, "no decision", 0), "+30d"),
    Case("H13", _lost_lead, "sql", "opportunity", change(Lifecycle, state="lead")),
    Case("H14", _won_lead, "customer", "opportunity", change(Lifecycle, state="customer"), name="H14 won"),
    Case("H14", _open_lead, "opportunity", "mql", change(Lifecycle, state="opportunity"), name="H14 open"),
    Case("H15", _state_task("sql"), 0, -1, task_on("lead"), "fri"),
    Case("H16", _state_task("mql"), 0, -1, lambda book, number: an_event(book, 0, 3, lead_id=number), "fri"),
    Case(
        "H17",
        _tried,
        2,
        3,
        lambda book, number: book.add(Activity, kind="email", lead_id=number, done_on=TODAY, response="yes"),
        name="H17 tried",
    ),
    Case(
        "H17",
        _missed,
        "done",
        "no-show",
        lambda book, number: an_event(book, 0, 3, lead_id=number),
        name="H17 missed",
    ),
    Case("H17", _judged, "yes", "no", change(Qualification, verdict="yes"), name="H17 judged"),
    Case("H18", _lead_with, "Marketing", "Kim", change(Lifecycle, state="mql")),
    Case("H19", _overdue, 30, 31, change(Task, done_on=TODAY), "fri"),
    Case(
        "H20", _named, "Ada von Lovelace", "Ada lovelace", change(Lead, name="Ada Lovelace"), "Ada Lovelace"
    ),
    Case("H21", _client_named, "Acme tools", "acme Tools", change(Client, name="Acme"), "Acme Tools"),
    Case(
        "H22", lambda book, city: a_lead(book, 3, city=city), "Bonn", None, change(Lead, city="Kiel"), "Bonn"
    ),
    Case(
        "H23", lambda book, city: a_client(book, city=city), "Bonn", "", change(Client, city="Kiel"), "Bonn"
    ),
    Case(
        "H24",
        lambda book, gender: a_lead(book, gender=gender),
        "female",
        None,
        change(Lead, gender="male"),
        "female",
    ),
    Case(
        "H25",
        _opened,
        7,
        8,
        lambda book, number: an_event(book, 2, 1, opportunity_id=number, status="done", closed_on=ago(1)),
        "they want it",
    ),
    Case(
        "H26",
        _noted,
        "they want it",
        None,
        lambda book, number: book.add(Note, opportunity_id=number, text="x", noted_on=TODAY),
        "they want it",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_just_inside_a_rule_is_kept(book: Book, case: Case) -> None:
    case.build(book, case.inside)
    assert not up(book, case.code, TEAM if case.code in {"H1", "H2", "H3"} else None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_just_past_it_a_rule_is_broken_until_it_is_cleared(book: Book, case: Case) -> None:
    number = case.build(book, case.past)
    assert [alert.ref for alert in up(book, case.code)] == [_ref(case, number)]
    case.clear(book, number)
    assert not up(book, case.code)


def _ref(case: Case, number: int) -> str:
    return f"{BY_TABLE[CHARTER[case.code].kind].letter}{number}"


def broken(db: Path, config: Path) -> dict[tuple[str, str], str]:
    """Return the mending command of each broken rule, by its code and its record."""
    lines = [line.split("\t") for line in run("check", db=db, config=config).out.splitlines()]
    return {(line[1], line[2].split()[0]): line[-1] for line in lines if line[0] in {"warning", "critical"}}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_mending_command_runs_and_mends(case: Case, tmp_path: Path) -> None:
    """As it is printed, once what is to be chosen stands in the place of its …; it is one undo step."""
    db, config = tmp_path / "improv.db", tmp_path / "config.toml"
    config.write_text("[playbook.flag.H24]\noff = false\n", "utf-8")
    with open_book(db, TODAY) as book:
        rule = (case.code, _ref(case, case.build(book, case.past)))
    before = broken(db, config)
    words = [case.chosen if word == "…" else word for word in shlex.split(before[rule])[1:]]
    done = run(*words, db=db, config=config)
    assert (done.code, done.err) == (0, "")
    assert rule not in broken(db, config)
    assert run("undo", db=db, config=config).code == 0
    assert broken(db, config) == before


def test_every_rule_stands_in_a_case() -> None:
    assert {case.code for case in CASES} == set(CHARTER)
    assert list(CHARTER) == [f"H{number}" for number in range(1, len(CHARTER) + 1)]


def test_a_command_asks_for_what_has_to_be_chosen_and_for_nothing_else() -> None:
    """Whatever says … says what that is; the charter never guesses a day, a name or a reason."""
    asking = {code for code, flag in CHARTER.items() if flag.asks}
    assert asking == {
        code
        for code, flag in CHARTER.items()
        if "…" in usage(flag).replace(f"{BY_TABLE[flag.kind].letter}…", "")
    }


# Owners


def test_without_a_team_any_owner_will_do_and_with_one_only_its_members(book: Book) -> None:
    kim, ida = _lead_of(book, "Kim"), _lead_of(book, "Ida")
    assert up(book, "H1") == []
    (alert,) = up(book, "H1", TEAM)
    assert alert.ref == f"L{ida}" != f"L{kim}"
    assert alert.reason == "MQL since 2026-11-22, 0 days ago, belongs to Ida, who is not on the team"
    owned(book, "lead", ida, "Sam")
    assert up(book, "H1", TEAM) == []


def test_a_lead_or_subscriber_needs_no_owner(book: Book) -> None:
    for state in ("subscriber", "lead", "opportunity", "customer"):
        in_state(book, state)
    assert up(book, "H1") == []


def test_whoever_holds_too_many_is_one_line_about_the_first_too_many(book: Book) -> None:
    """The 151st client that Kim was given; one more makes no second line, and names the same one."""
    _held(book, 152)
    (alert,) = up(book, "H6")
    assert (alert.ref, alert.owner) == ("C151", "Kim")
    assert alert.reason == "Kim holds 152 clients, this one since 2026-11-21: more than 150"


# What is more specific stands


def test_a_lost_deal_without_a_next_date_is_one_line(book: Book) -> None:
    _lost_with(book, -1)
    assert [alert.code for alert in alerts(book.reader(), of="charter", kind="client")].count("H10") == 1
    assert not up(book, "H5")


def test_who_is_not_interested_is_not_also_without_a_follow_up(book: Book) -> None:
    _tried(book, 3)
    assert not up(book, "H16")
    assert up(book, "H17")[0].reason == "tried 3 times without an answer since 2026-11-13, 9 days ago"


def test_a_lifecycle_behind_its_deals_is_told_before_a_missing_follow_up(book: Book) -> None:
    _open_lead(book, "sql")
    assert not up(book, "H15")
    assert up(book, "H14")[0].mend == "improv lead lifecycle L1 opportunity"


def test_a_deal_nobody_logged_anything_on_has_no_note_either_and_is_one_line(book: Book) -> None:
    _opened(book, 8)
    assert [len(up(book, code)) for code in ("H25", "H26")] == [1, 0]


# What counts as a follow-up


def test_a_check_in_set_on_a_lost_deal_is_a_follow_up_of_its_lead_and_its_client(book: Book) -> None:
    lead = _lost_lead(book, "sql")
    client = a_client(book, 100)
    deal = an_opportunity(book, days=50, client_id=client)
    closed(book, deal, "lost", 9)
    assert [len(up(book, code)) for code in ("H15", "H10")] == [1, 1]
    a_task(book, 90, opportunity_id=1)
    a_task(book, 90, opportunity_id=deal)
    assert [alert.code for alert in (*up(book, "H15"), *up(book, "H10"), *up(book, "H5"))] == []
    assert lead


def test_what_is_set_with_a_lead_holds_for_its_open_deal(book: Book) -> None:
    lead = in_state(book, "opportunity", 9)
    an_opportunity(book, lead_id=lead)
    assert up(book, "H11")
    a_task(book, 3, lead_id=lead)
    assert not up(book, "H11")


def test_a_task_without_a_day_and_one_that_is_done_are_no_follow_up(book: Book) -> None:
    number = in_state(book, "sql", 9)
    book.add(Task, what="call", lead_id=number, created_on=ago(3))
    book.work.change(book.work.get(Task, a_task(book, 9, lead_id=number)), done_on=TODAY)
    (alert,) = up(book, "H15")
    assert alert.reason == "SQL, and no follow-up ahead since the last one on 2026-11-22, 0 days ago"


def test_a_lead_found_not_qualified_is_marketing_s_and_nobody_waits_for_it(book: Book) -> None:
    number = _judged(book, "no")
    assert [alert.code for alert in alerts(book.reader(), of="charter", kind="lead")] == ["H17"]
    assert up(book, "H17")[0].mend == f"improv lead to-marketing L{number}"


# Settings


def test_past_its_close_date_a_deal_is_left_open_unless_the_charter_is_to_close_it(book: Book) -> None:
    _closing(book, 4)
    (alert,) = up(book, "H12")
    assert (alert.reason, alert.mend) == (
        "was to close on 2026-11-18, 4 days ago",
        "improv opp edit O1 --close-on …",
    )
    closing = playbook.load(overrides={"charter": {"past_close_date": "close"}})
    (alert,) = up(book, "H12", closing)
    assert (alert.mend, alert.asks) == (
        "improv opp no-decision O1 --because …",
        "the reason why nobody decided",
    )


def test_marketing_is_called_as_the_team_says(book: Book) -> None:
    _lead_with(book, "Eve")
    assert up(book, "H18")
    assert not up(book, "H18", playbook.load(overrides={"team": {"marketing": "Eve"}}))
    assert not up(book, "H18", playbook.load("solo"))


def test_few_need_to_know_a_gender_so_that_rule_is_off(book: Book) -> None:
    a_lead(book)
    assert up(book, "H24")
    assert not up(book, "H24", playbook.load())


def test_the_method_s_flags_and_the_charter_s_are_two_lists(book: Book) -> None:
    a_client(book)
    both = [alert.code for alert in alerts(book.reader(), of=None)]
    assert [alert.code for alert in alerts(book.reader())] == ["C4", "C7"]
    assert [alert.code for alert in alerts(book.reader(), of="charter")] == ["H3", "H5", "H23"]
    assert both == ["H3", "C4", "C7", "H5", "H23"]


@pytest.mark.parametrize("flag", CHARTER.values(), ids=CHARTER.keys())
def test_in_an_empty_store_no_rule_is_broken(book: Book, flag: Any) -> None:
    for as_of in (None, TODAY):
        assert list(flag.rows(book.reader(as_of))) == []


def test_as_of_a_past_day_the_rules_that_were_broken_then_are_told(book: Book) -> None:
    """A task that was done yesterday was ahead the day before; the deal was opened nine days ago."""
    number = an_opportunity(book, days=9, opened_on=ago(9))
    task = a_task(book, 0, made=5, opportunity_id=number)
    book.work.change(book.work.get(Task, task), done_on=ago(1))
    seen = {
        days: "H11" in [alert.code for alert in alerts(book.reader(ago(days)), of="charter")]
        for days in (0, 1, 2, 5, 6, 10)
    }
    assert seen == {0: True, 1: True, 2: False, 5: False, 6: True, 10: False}


def test_the_page_about_the_charter_names_every_rule_and_the_numbers_of_its_limits() -> None:
    page = (Path(__file__).parent.parent / "docs" / "charter.md").read_text("utf-8")
    table = page[page.index("| Row of the charter") : page.index("A follow-up is")]
    assert set(re.findall(r"\bH\d+\b", table)) == set(CHARTER)
    limits = {**playbook.load().limits}
    for name, number in re.findall(r"`([a-z_]+)`(?: days)?,? \(?(\d+)", table):
        assert limits[name] == int(number), name
