"""Whole sessions of a consultant, typed as users type them and answered as the transcripts say."""

from pathlib import Path

import pytest

from tests.run import run
from tests.session import follow, must, settings_of

SESSIONS = Path(__file__).parent / "sessions"


@pytest.mark.parametrize("name", sorted(path.stem for path in SESSIONS.glob("*.txt")))
def test_a_session_is_answered_as_its_transcript_says(name: str, tmp_path: Path) -> None:
    """Each story in the folder, command by command: what is printed, line by line. It may have a configuration."""
    story = SESSIONS / f"{name}.txt"
    follow(story.read_text("utf-8"), tmp_path / "improv.db", settings_of(story))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book whose terms, stage and health changed on Friday, told on Monday."""
    db = tmp_path_factory.mktemp("changed") / "improv.db"
    for day, command in (
        ("2026-11-16", "lead add 'Ada Lovelace' --source web --email ada@a.example"),
        ("2026-11-16", "opp add ada --title Audit --value 10k --probability 50 --close-on 2026-12-04"),
        ("2026-11-16", "client add 'Acme Ltd' --on 2026-10-01 --health 90"),
        ("2026-11-23", "opp edit audit --value 12k --on fri"),
        ("2026-11-23", "opp move audit mutual-discovery --on fri"),
        ("2026-11-23", "client edit acme --health 60 --on fri"),
    ):
        must(command, db, day)
    return db


def test_the_weekly_report_shows_what_was_true_on_a_past_day(changed: Path) -> None:
    """Before Friday the old value stands in the old stage, from Friday on the new one in the new stage."""
    before = must("report weekly --as-of thu", changed).out.splitlines()
    friday = must("report weekly --as-of fri", changed).out.splitlines()
    now = must("report weekly", changed).out.splitlines()
    assert "Intro\t1\t10000.00\t4200.00" in before
    assert "Mutual discovery\t0\t–\t–" in before
    assert "all open\t1\t12000.00\t5880.00" in now
    assert "Mutual discovery\t1\t12000.00\t5880.00" in now
    assert not any("12000.00" in line for line in before)
    assert "Mutual discovery\t1\t12000.00\t5880.00" in friday


def test_alerts_show_what_was_true_on_a_past_day(changed: Path) -> None:
    """Health fell on Friday: on Thursday nothing was flagged for it."""
    assert "C2\tC1 Acme Ltd" not in must("alerts --as-of thu", changed).out
    assert "C2\tC1 Acme Ltd" in must("alerts --as-of fri", changed).out
    assert "C2\tC1 Acme Ltd" in must("alerts", changed).out


def test_a_show_page_shows_the_value_of_a_past_day(changed: Path) -> None:
    """The old value on Thursday, the new one since Friday."""
    assert "Value\t10,000 since 2026-11-16" in must("show audit --as-of thu", changed).out
    assert "Value\t12,000 since 2026-11-20" in must("show audit", changed).out


def test_a_backdated_value_holds_although_another_term_changed_later(tmp_path: Path) -> None:
    """A later change of the close date does not bring the old value back."""
    db = tmp_path / "improv.db"
    must("lead add Ada --source web", db, "2026-11-16")
    must("opp add ada --title Audit --value 10k", db, "2026-11-16")
    must("opp edit audit --close-on 2026-12-04 --on fri", db)
    must("opp edit audit --value 11k --on '17 nov'", db)
    assert must("opp list", db).out.split("\t")[5] == "11000.00"
    assert must("opp list --as-of '16 nov'", db).out.split("\t")[5] == "10000.00"
    must("undo", db)
    assert must("opp list", db).out.split("\t")[5] == "10000.00"


def test_the_owner_of_the_configuration_works_what_names_nobody(tmp_path: Path) -> None:
    """`[me] name` is the owner of a new record, unless another is given."""
    config, db = tmp_path / "config.toml", tmp_path / "improv.db"
    config.write_text('[me]\nname = "Sam"\n', "utf-8")
    for words in (["Ada"], ["Bob", "--owner", "Kim"]):
        assert run("lead", "add", *words, db=db, config=config).code == 0
    owners = [line.split("\t")[6] for line in must("lead list", db).out.splitlines()]
    assert owners == ["Kim", "Sam"]


def test_the_first_command_of_a_new_user_needs_no_store(tmp_path: Path) -> None:
    """`improv` welcomes, reading commands say how to begin, and the first write makes the store."""
    db = tmp_path / "improv.db"
    assert "Nothing is recorded yet" in must("", db).out
    assert run("lead", "list", db=db).code == 3
    assert not db.exists()
    must("lead add Ada", db)
    assert db.stat().st_mode & 0o777 == 0o600
