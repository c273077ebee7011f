"""`improv rate` and what it keeps; `tests/sessions/ratings.txt` shows it as it is typed."""

import json
import sqlite3
from pathlib import Path

from tests.run import run
from tests.session import must


def test_keeping_is_one_undo_step(tmp_path: Path) -> None:
    """Undo takes all that was kept away, redo brings it back with its parts; a preview writes nothing."""
    db = tmp_path / "improv.db"
    for command in (
        "client add Acme --on 2025-01-01",
        "visit log acme --satisfaction 4",
        "client add Beta --on 2025-01-01",
    ):
        must(command, db)
    must("visit log beta --satisfaction 2 --kind qbr", db)
    before = kept(db)
    must("rate --dry-run", db)
    assert kept(db) == before == []
    must("rate", db)
    after = kept(db)
    assert [(row[0], row[1]) for row in after] == [
        ("engagement", 50),
        ("engagement", 50),
        ("health", 58),
        ("health", 78),
    ]
    must("undo", db)
    assert kept(db) == []
    must("redo", db)
    assert kept(db) == after


def kept(db: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(db) as connection:
        return connection.execute(
            "SELECT kind, value, parts FROM reading WHERE parts IS NOT NULL ORDER BY 1, 2"
        ).fetchall()


def test_a_day_has_one_rating_that_was_kept(tmp_path: Path) -> None:
    """Rated again on the same day, the later one stands: two falls in a day are no trend."""
    db = tmp_path / "improv.db"
    must("client add Acme --on 2025-01-01", db)
    for satisfaction, health in ((5, 91), (4, 81), (3, 72)):
        must(f"visit log acme --satisfaction {satisfaction}", db)
        assert f"health {health}" in must("rate acme --kind health", db).out
        assert [row[1] for row in kept(db)] == [health]


def test_without_a_store_there_is_nothing_to_preview(tmp_path: Path) -> None:
    result = run("rate", "--dry-run", db=tmp_path / "improv.db")
    assert (result.code, result.told[0]) == (3, "improv: there is no store yet")
    assert not (tmp_path / "improv.db").exists()


def test_by_hand_is_written_though_the_formula_had_said_the_same(tmp_path: Path) -> None:
    """Typed or imported: from then on it holds because somebody said so."""
    db, file = tmp_path / "improv.db", tmp_path / "clients.csv"
    must("client add Acme --on 2025-01-01 --external-id a", db)
    must("visit log acme --satisfaction 4", db)
    must("rate", db)
    file.write_text("Client ID,Name,Since,Health\na,Acme,2025-01-01,78\n", "utf-8")
    must(f"import {file} --as clients --mode both", db)
    assert "Health\t78 by hand" in must("show acme", db).out
    must("undo", db)
    assert "Health\t78 by formula" in must("show acme", db).out
    must("client edit acme --health 78", db)
    assert "Health\t78 by hand" in must("show acme", db).out


def test_what_is_kept_says_what_it_was_made_of(tmp_path: Path) -> None:
    """Each part with its fact, its words, its value, its points and its weight; all are words and whole numbers."""
    db = tmp_path / "improv.db"
    must("lead add Ada --temperature hot --on 2026-11-01", db)
    must("log call ada --response no --on 2026-11-20 --times 2", db)
    must("rate", db)
    ((kind, value, parts),) = kept(db)
    assert (kind, value) == ("score", 44)  # (33 * 20 + 0 * 20 + 100 * 20) / 60
    told = [tuple(part.values()) for part in json.loads(str(parts))]
    assert told == [
        ("days-since-response", "days since the last response", None, None, 30),
        ("attempts-without-response", "attempts without a response", 2, 33, 20),
        ("meetings", "meetings held or booked", 0, 0, 20),
        ("no-shows", "meetings they did not come to", None, None, 10),
        ("temperature", "temperature: 0 cold, 1 warm, 2 hot", 2, 100, 20),
    ]
    assert list(json.loads(str(parts))[0]) == ["fact", "name", "value", "points", "weight"]
