"""The lifecycle moves by the charter's rules, and every state it was in is kept with its days."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.run import run
from tests.session import must


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with a lead that was an SQL before its deal was opened."""
    store = tmp_path / "improv.db"
    for command in (
        "lead add Ada --owner Kim --on 2026-10-01",
        "lead lifecycle ada mql --on 2026-10-05",
        "lead lifecycle ada sql --on 2026-10-08",
        "opp add ada --title Audit --value 10k --on 2026-10-12",
    ):
        must(command, store)
    return store


def lived(db: Path, lead: int = 1) -> list[tuple[str, str, str | None]]:
    """Return the states a lead was in, the last two of them, with their days."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        sql = "SELECT state, since, until FROM lifecycle WHERE lead_id = ? ORDER BY id"
        return connection.execute(sql, (lead,)).fetchall()[-2:]


def state(db: Path, lead: int = 1) -> str:
    """Return the state a lead is in."""
    word, _, until = lived(db, lead)[-1]
    assert until is None
    return word


def test_a_deal_makes_an_opportunity_and_a_win_a_customer(db: Path) -> None:
    assert lived(db) == [("sql", "2026-10-08", "2026-10-12"), ("opportunity", "2026-10-12", None)]
    must("opp won audit --on 2026-11-02", db)
    assert lived(db) == [("opportunity", "2026-10-12", "2026-11-02"), ("customer", "2026-11-02", None)]


@pytest.mark.parametrize("closing", ["lost audit --because price", "no-decision audit"])
def test_a_deal_that_is_not_won_makes_an_sql_and_reopened_an_opportunity_again(
    db: Path, closing: str
) -> None:
    must(f"opp {closing} --on 2026-11-02", db)
    assert lived(db) == [("opportunity", "2026-10-12", "2026-11-02"), ("sql", "2026-11-02", None)]
    must("opp reopen audit --on 2026-11-09", db)
    assert lived(db) == [("sql", "2026-11-02", "2026-11-09"), ("opportunity", "2026-11-09", None)]
    must("undo", db)
    assert state(db) == "sql"


def test_while_another_deal_is_open_a_lost_one_moves_nobody(db: Path) -> None:
    must("opp add L1 --title Training --value 2k --on 2026-10-20", db)
    must("opp lost O1 --because price", db)
    assert state(db) == "opportunity"
    must("opp lost O2 --because price", db)
    assert state(db) == "sql"


def test_a_customer_stays_one_whatever_becomes_of_later_deals(db: Path) -> None:
    """Opened with the lead, lost or reopened: one of its deals was won. That one reopened, it is an opportunity."""
    must("opp won O1", db)
    must("opp add L1 --title Training --value 2k", db)
    assert state(db) == "customer"
    must("opp lost O2 --because price", db)
    must("opp reopen O2", db)
    assert state(db) == "customer"
    must("opp reopen O1", db)
    assert state(db) == "opportunity"


def test_a_deal_typed_in_late_does_not_rewrite_what_was_told_since(db: Path) -> None:
    must("opp lost audit --because price --on 2026-11-16", db)
    must("opp add L1 --title Earlier --on 2026-11-02", db)
    assert state(db) == "sql"


def test_a_lost_deal_gets_its_date_to_check_in_with_the_same_command(db: Path) -> None:
    told = must("opp lost audit --because price --check-in +90d", db).out.splitlines()
    assert told == [
        "O1 Audit lost Mon 23 Nov: price",
        "  K1 check in: due Sun 21 Feb 2027",
        "  next: improv opportunity show O1",
    ]
    assert "H15" not in must("check", db).out
    must("undo", db)
    assert (state(db), must("task list", db).out) == ("opportunity", "")


def test_or_its_lead_is_handed_to_marketing(db: Path) -> None:
    told = must("opp no-decision audit --because went-quiet --to-marketing --on 2026-11-20", db).out
    assert told.splitlines()[1] == "  L1 Ada handed to marketing"
    assert lived(db) == [("sql", "2026-11-20", "2026-11-20"), ("lead", "2026-11-20", None)]
    assert must("lead list", db).out.split("\t")[6] == "marketing"
    assert must("check", db).out == ""


def test_a_lead_is_handed_to_marketing_as_the_team_calls_it_and_a_subscriber_stays_one(
    tmp_path: Path,
) -> None:
    db, config = tmp_path / "improv.db", tmp_path / "config.toml"
    config.write_text('[playbook.team]\nmarketing = "Eve"\n', "utf-8")
    for words in (["Bob"], ["Cem"]):
        must(f"lead add {words[0]} --owner Kim --on 2026-11-02", db)
    must("lead lifecycle bob subscriber --on 2026-11-03", db)
    must("lead lifecycle cem sql --on 2026-11-03", db)
    for name in ("bob", "cem"):
        done = run("lead", "to-marketing", name, "--because", "never answers", db=db, config=config)
        assert (
            done.out.splitlines()[0]
            == f"L{1 if name == 'bob' else 2} {name.title()} handed to Eve Sun 22 Nov: never answers"
        )
    assert [state(db, 1), state(db, 2)] == ["subscriber", "lead"]
    assert [line.split("\t")[6] for line in must("lead list", db).out.splitlines()] == ["Eve", "Eve"]


@pytest.mark.parametrize(
    ("before", "typed", "told"),
    [
        ("", "lead to-marketing ada", "a deal with the lead is open"),
        ("opp won audit", "lead to-marketing L1", "a customer is not handed to marketing"),
        (
            "opp lost audit --because price --to-marketing",
            "lead to-marketing L1",
            "marketing has the lead already",
        ),
        (
            "",
            "lead to-marketing ada --on 2026-09-01",
            "handing it to marketing cannot be before the lead was received",
        ),
        (
            "",
            "opp lost audit --because price --check-in +9d --to-marketing",
            "whoever hands a lead to marketing",
        ),
        ("opp won audit", "opp lost O1 --because price --to-marketing", "the opportunity is closed"),
    ],
)
def test_what_cannot_be_handed_over_is_refused_and_changes_nothing(
    db: Path, before: str, typed: str, told: str
) -> None:
    if before:
        must(before, db)
    was = lived(db)
    result = run(*typed.split(), db=db, today="2026-11-23")
    assert result.code == 1 + ("check-in" in typed)
    assert told in result.err
    assert lived(db) == was


def test_a_deal_with_a_client_has_no_lead_to_hand_over_and_is_not_closed_either(db: Path) -> None:
    must("client add Acme", db)
    must("opp add C1 --title Shop", db)
    result = run("opp", "lost", "shop", "--because", "price", "--to-marketing", db=db, today="2026-11-23")
    assert result.told == [
        "improv: only a lead is handed to marketing, and this deal is with a client",
        "  at fault: O2",
        "  to mend:  improv task add 'ask again' --about O2 --due +90d",
    ]
    assert "Shop" in must("opp list --status open", db).out


def test_a_move_backwards_that_somebody_types_stays_possible(db: Path) -> None:
    must("lead lifecycle ada subscriber", db)
    assert state(db) == "subscriber"


def test_the_first_day_in_a_state_counts_and_the_count_of_today_is_the_state_of_today(db: Path) -> None:
    """Back to SQL after a lost deal makes no second new SQL; each owner sees who is what today."""
    must("opp lost audit --because price --on 2026-11-02", db)
    for period, new in (("2026-10", "1"), ("2026-11", "0")):
        assert (
            f"Sales-qualified leads\t{new}\t" in must(f"metric sales-qualified-leads --for {period}", db).out
        )
    assert "Kim\t0\t1\t0\t" in must("report charter", db).out
