"""`improv import` as it is typed: the mapping on stderr, the result on stdout, refusals in three lines."""

import sqlite3
from pathlib import Path

import pytest

from improv.transfer.kinds import KINDS
from improv.transfer.mapping import read_mapping
from tests.files import written
from tests.run import ROOT, run

LEADS = "Id,Name,Created,Shoe size\n1,Ada,2026-01-01,38\n2,Bob,2026-13-01,45\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def count(store: Path, table: str) -> int:
    with sqlite3.connect(store) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(found)


def test_a_file_is_imported_and_undone(here: Path) -> None:
    """The guess is shown on stderr, the result on stdout, the failed row in a file; undo takes all of it back."""
    store = here / "improv.db"
    done = run("import", written(here, LEADS), "--as", "leads", db=store)
    assert done.code == 0
    assert done.told[0] == "file.csv as leads:"
    assert done.told[-1] == "not imported: Shoe size"
    assert "rows in the file\t2\nleads added\t1\nrows not imported\t1\n" in done.out
    assert (here / "file.failed.csv").read_text().splitlines() == [
        "Id,Name,Created,Shoe size,improv_reason",
        '2,Bob,2026-13-01,45,"received_on: ""2026-13-01"" is a day that does not exist"',
    ]
    assert run("undo", db=store).code == 0
    assert count(store, "lead") == 0


def test_a_preview_keeps_nothing(here: Path) -> None:
    """Neither a record, nor a failed file, nor a store that was not there."""
    store = here / "improv.db"
    done = run("import", written(here, LEADS), "--as", "leads", "--dry-run", db=store)
    assert "a preview: nothing was kept" in done.out
    assert [path.name for path in here.iterdir()] == ["file.csv"]
    run("lead", "add", "Zoe", db=store)
    run("import", here / "file.csv", "--as", "leads", "--dry-run", db=store)
    assert (count(store, "lead"), count(store, "journal_entry")) == (1, 1)


def test_a_mapping_is_saved_and_used_on_another_file(here: Path) -> None:
    """The guess, changed by one `--map`, serves the next file, whose columns stand in another order."""
    store, mapping = here / "improv.db", here / "leads.toml"
    first = run(
        *(
            "import",
            written(here, LEADS),
            "--as",
            "leads",
            "--map",
            "Shoe size=age_group",
            "--save-mapping",
            mapping,
        ),
        db=store,
    )
    assert first.code == 0
    assert f"the mapping is in {mapping}: --mapping {mapping} uses it again" in first.told
    second = run(
        "import",
        written(here, "Created,Shoe size,Name,Id\n2026-02-01,40,Cy,3\n"),
        "--mapping",
        mapping,
        db=store,
    )
    assert (second.code, second.err) == (0, "")
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT name, age_group FROM lead").fetchall() == [
            ("Ada", "38"),
            ("Cy", "40"),
        ]
    connection.close()
    again = run("import", here / "file.csv", "--as", "leads", "--save-mapping", mapping, db=store)
    assert (again.code, again.told[-3]) == (1, "improv: there is a file already")


def test_a_field_may_be_set_for_every_row(here: Path) -> None:
    """A file of appointments that does not say their kind is told it; what a row says itself stands."""
    store = here / "improv.db"
    text = "Set on,Start,Place\n2026-01-01,2026-01-03,Brno\n2026-01-01,2026-01-04,\n"
    done = run(
        *(
            "import",
            written(here, text),
            "--as",
            "events",
            "--set",
            "kind=discovery meeting",
            "--set",
            "place=Wien",
        ),
        db=store,
    )
    assert done.code == 0
    with sqlite3.connect(store) as connection:
        found = connection.execute("SELECT kind, place FROM event").fetchall()
    connection.close()
    assert found == [("discovery-meeting", "Brno"), ("discovery-meeting", "Wien")]
    assert run("import", here / "file.csv", "--as", "events", "--set", "kind", db=store).code == 2


@pytest.mark.parametrize(
    ("text", "options", "code", "what"),
    [
        ("<html>", ("--as", "leads"), 1, "improv: the file is no CSV: it is a web page or XML"),
        ("", ("--as", "leads"), 1, "improv: the file is empty"),
        (LEADS, ("--as", "leads", "--map", "Nmae=name"), 2, "improv: an unknown column: file.csv has none of this name"),
        (LEADS, ("--as", "leads", "--map", "Name=nmae"), 2, "improv: leads have no such field"),
        (LEADS, (), 2, "improv: what the rows are is missing"),
        (LEADS, ("--as", "deals"), 2, "improv: a file cannot be imported as this"),
        (LEADS, ("--as", "leads", "--mode", "merge"), 2, "improv: --mode is one of: create, update, both"),
        (LEADS, ("--as", "leads", "--failed", "file.csv"), 2, "improv: the failed rows cannot go into the file they come from"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused(
    here: Path, text: str, options: tuple[str, ...], code: int, what: str
) -> None:
    """Three lines that name the fault, and no store is made."""
    done = run("import", written(here, text), *options, db=here / "improv.db")
    assert (done.code, done.told[-3]) == (code, what)
    assert [path.name for path in here.iterdir()] == ["file.csv"]


def test_a_file_of_which_nothing_can_be_imported_fails(here: Path) -> None:
    """When every row fails the exit code says so, and the report says why."""
    done = run(
        "import", written(here, "Name,Created\nAda,2026-02-30\n"), "--as", "leads", db=here / "improv.db"
    )
    assert done.code == 1
    assert 'received_on: "2026-02-30" is a day that does not exist\t1\t2' in done.out


def test_a_person_sees_how_far_it_is(here: Path) -> None:
    """On a terminal a long file says how many rows are done."""
    text = "Name\n" + "".join(f"N{number}\n" for number in range(5_001))
    done = run("import", written(here, text), "--as", "leads", db=here / "improv.db", tty=True)
    assert "5,000 of 5,001 rows" in done.err


def test_the_page_on_importing_names_every_field_and_its_mapping_is_one(tmp_path: Path) -> None:
    """docs/import.md lists the fields as they are, and the mapping it shows can be read."""
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        listed = [f"| `{one.name}` | {one.type} | {one.means} |" for one in kind.fields.values()]
        assert (
            "\n".join([f"### {kind.name}", "", "| Field | Type | What it says |", "|---|---|---|", *listed])
            in page
        )
    shown = page.partition("```toml\n")[2].partition("```")[0]
    mapping = read_mapping(written(tmp_path, shown, "m.toml"))
    assert mapping.columns["Company"] == ("title", "lead_name")
    assert mapping.values["stage"]["Parked"] == {"stage": ""}
