"""A store of any size is made as anybody would make it: by importing files."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from bench import generate
from tests.session import must

DAY = generate.TODAY.isoformat()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store of a thousand events, about, in this process."""
    folder = tmp_path_factory.mktemp("drawn")
    for typed, file in generate.write(1_000, folder).items():
        must(f"{typed} {file} --failed {folder}/failed.csv", folder / "improv.db", DAY)
    assert not (folder / "failed.csv").exists()
    return folder / "improv.db"


def test_a_thousand_events_are_a_hundred_opportunities(store: Path) -> None:
    """Five stays for each, two leads, two events for a stay; nothing that the doctor would complain of."""
    tables = ("lead", "opportunity", "stage_stay", "event", "activity")
    with contextlib.closing(sqlite3.connect(store)) as connection:
        counts = {
            table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables
        }
    assert (counts["lead"], counts["opportunity"]) == (200, 100)
    assert 450 <= counts["stage_stay"] <= 550
    assert 900 <= counts["event"] <= 1_200
    assert must("doctor", store, DAY).code == 0


@pytest.mark.parametrize("over", [False, True])
def test_the_same_number_makes_the_same_files(tmp_path: Path, *, over: bool) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        generate.write(1_000, tmp_path / name, over=over)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_it_says_how_it_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And makes nothing where a file is, or of no opportunity."""
    with pytest.raises(SystemExit, match="0"):
        generate.main(["--help"])
    assert "STORE EVENTS" in capsys.readouterr().out
    for words, told in (
        ([str(tmp_path), "1000"], "is there already: name a new file"),
        ([str(tmp_path / "new.db"), "9"], "EVENTS is at least 10"),
    ):
        with pytest.raises(SystemExit, match="2"):
            generate.main(words)
        assert told in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()
