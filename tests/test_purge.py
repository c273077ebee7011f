"""A person is erased for good: no byte of them is left, everybody else is as before, and the journal still holds."""

import shutil
from pathlib import Path

import pytest

from improv import storefile
from improv.commands.checks import unwell
from improv.commands.desk import Desk
from tests.run import run
from tests.session import must
from tests.test_undo import records

# What is theirs alone. Each is typed below, and no two of them share a word.
THEIRS = (
    *("Zenobia", "Quartermain", "zenobia@quartz.example", "Quartz Ltd", "+49 30 5550199", "likes marzipan"),
    *("hates marmalade", "send her the tender", "rang about granite", "Best quarrying", "asked for basalt"),
    *("Obsidian audit", "Ruthven Buyer", "quarry-42", "z.old@quartz.example", "met at Gneiss fair"),
)
BOOK = """
lead add "Grace Hopper" --source web --email grace@navy.example
client add "Acme" --on 2026-01-10
lead add "Zenobia Quartermain" --company "Quartz Ltd" --email z.old@quartz.example --source referral --referring-client C1
lead edit L2 --email zenobia@quartz.example --phone "+49 30 5550199"
note add L2 "likes marzipan"
note edit N1 --text "hates marmalade"
note add zenobia "met at Gneiss fair"
note remove N2
opp add zenobia --title "Obsidian audit" --value 12k
opp contact O1 "Ruthven Buyer" --role buyer
event schedule O1 discovery-meeting "+2d 15:00"
task add "send her the tender" --about zenobia --due +3d
log call zenobia "rang about granite"
note add "Grace Hopper" "heard of it from Zenobia  QUARTERMAIN herself"
opp won O1
visit log C2 --testimonial "Best quarrying" --referral "Alan Turing"
survey add bought trust --words "asked for basalt" --who C2
lead add "Zenobia Quartermain" --email zenobia@quartz.example
undo
lead edit L1 --city Paris
touch add L2 --page /quarry-42
track enrol C2 value-add
"""


def typed(folder: Path) -> Path:
    """Type the book into a store in a folder."""
    db = folder / "improv.db"
    (folder / "leads.csv").write_text("name,email\nIda Imported,ida@x.example\nLou Imported,lou@x.example\n")
    for line in BOOK.strip().splitlines():
        must(line, db)
    must(f"import {folder}/leads.csv --as leads", db)
    return db


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book once."""
    return typed(tmp_path_factory.mktemp("purge"))


@pytest.fixture
def db(origin: Path, tmp_path: Path) -> Path:
    """Give a copy of the book."""
    return Path(shutil.copy(origin, tmp_path / "improv.db"))


def ill(db: Path) -> list[tuple[object, ...]]:
    """Return what the doctor finds."""
    here = Desk(environment={"IMPROV_CONFIG": "/dev/null"}, arguments=[], runs=lambda *_: 0, database=db)
    return [found for found in unwell(here) if found[0] != "disk"]


def left_of(db: Path, words: tuple[str, ...] = THEIRS) -> dict[str, list[str]]:
    """Return which words are still in which file of a folder, in any case."""
    found = {}
    for file in db.parent.rglob("*"):
        if file.is_file() and file.suffix != ".csv":
            content = file.read_bytes().lower()
            if here := [word for word in words if word.lower().encode() in content]:
                found[file.name] = here
    return found


def test_no_byte_of_them_is_left_in_the_store_or_beside_it(db: Path) -> None:
    """Names old and new, words edited, removed and undone, commands, backups: what others say of them is named."""
    must("backup", db)
    assert left_of(db)["improv.db"] == list(THEIRS)
    done = must("purge L2 --yes", db)
    others = ["Zenobia", "Quartermain"]
    assert left_of(db) == {"improv.db": others, "000002-purge.db": others}
    assert "  the name still stands in what others' records say: N3" in done.out.splitlines()
    assert ill(db) == []


def test_what_is_said_before_and_after(db: Path) -> None:
    """By counts: what goes and what stays; a dry run changes nothing."""
    must("backup", db)
    (kept,) = storefile.backups(db)
    before, foretold = db.read_bytes(), must("purge L2 --dry-run", db).out
    assert foretold.splitlines() == [
        "to be erased for good: L2 Zenobia Quartermain, with C2",
        "  1 lead, 1 client and 20 records of the store, with their history",
        f"  1 backup in which they are: {kept.name}",
        "  stays, without naming them any more: L3",
        "  named in what others' records say, which stays unless --everywhere is given: N3",
    ]
    assert db.read_bytes() == before
    assert must("purge L2 --yes", db).out.splitlines() == [
        "#24: L2 is erased for good: 1 lead, 1 client and 20 records",
        f"  1 backup erased with them: {kept.name}",
        f"  a backup of what is left: {db}.backups/000002-purge.db",
        "  does not name them any more: L3",
        "  the name still stands in what others' records say: N3",
        "  out of reach: mails that were sent, exports, copies elsewhere, snapshots of the disk, the history of your shell",
        "  next: improv doctor",
    ]


def test_a_person_is_asked_and_a_script_says_yes(db: Path) -> None:
    """The id or the name is typed again; anything else, Enter and a pipe erase nothing."""
    before = db.read_bytes()
    refused = run("purge", "L2", db=db)
    assert (refused.code, refused.told) == (
        1,
        [
            "improv: a purge is never taken back, and there is nobody to ask",
            "  at fault: L2",
            "  to mend:  improv purge L2 --yes",
        ],
    )
    for typed_words in ("yes\n", "\n", "L1\n", ""):
        assert run("purge", "L2", db=db, stdin=typed_words, tty=True).code != 0
    assert run("purge", "nobody", "--yes", db=db).code == 3
    assert run("purge", "imported", "--yes", db=db).code == 4
    assert run("purge", "N1", "--yes", db=db).code == 2
    assert run("purge", "L2", "--yes", "--as-of", "2026-11-01", db=db).code == 2
    assert db.read_bytes() == before
    assert run("purge", "L2", db=db, stdin="  zenobia quartermain\n", tty=True).code == 0
    assert run("purge", "L1", db=db, stdin="l1\n", tty=True).code == 0


def test_everybody_else_is_as_before(db: Path) -> None:
    """What stays is the same row for row, but for what referred to them; ids are not given again."""
    before = records(db)
    must("purge L2 --yes", db)
    after = records(db)
    assert {row for row in before if row[0] == "lead"} - {row for row in after if row[0] == "lead"} == {
        ("lead", 2)
    }
    changed = {row for row in after if after[row] != before[row]}
    assert changed == {("lead", 3)}
    lost = [(old, new) for old, new in zip(before["lead", 3], after["lead", 3], strict=True) if old != new]
    assert lost == [(2, None)]
    must("lead add 'Next One'", db)
    must("client add 'Next Client'", db)
    assert "L7\t" in must("lead list", db).out
    assert "C3\t" in must("client list", db).out


def test_history_says_that_somebody_was_purged_and_not_who(db: Path) -> None:
    """The command by its id, how much it erased, and the commands about them as what they were."""
    must("purge L2 --yes", db)
    lines = [line.split("\t")[2:] for line in must("history --limit 100", db).out.splitlines()]
    assert lines[0] == ["done", "–", "purge L2: 1 lead, 1 client and 20 records erased"]
    assert [line[2] for line in lines[2:5]] == [
        "track (purged)",
        "touch (purged)",
        "lead edit L1 --city Paris",
    ]
    assert lines[-4:-2] == [["done", "–", "lead (purged)"], ["done", "–", "lead (purged)"]]
    assert lines[-1] == ["done", "L1", "lead add 'Grace Hopper' --source web --email grace@navy.example"]


def test_a_purge_cannot_be_undone_nor_what_it_erased(db: Path) -> None:
    """It is refused in words, with the way to undo another command."""
    must("purge L2 --yes", db)
    assert run("undo", db=db).told == [
        "improv: a purge cannot be undone: what it erased is nowhere any more",
        "  at fault: #24 purge L2",
        "  to mend:  improv history, and improv undo NUMBER for another command",
    ]
    assert run("undo", "3", db=db).told == [
        "improv: all that this command wrote was purged",
        "  at fault: #3 lead (purged)",
        "  to mend:  improv history",
    ]
    assert run("redo", db=db).code == 1


def test_undoing_any_earlier_command_works_or_is_refused_and_never_half(db: Path, tmp_path: Path) -> None:
    """Each on a store of its own, then redone: what the command did to others is taken back whole, or nothing is."""
    must("purge L2 --yes", db)
    undone = []
    for number in range(1, 25):
        copy = Path(shutil.copy(db, tmp_path / "copy.db"))
        before = records(copy)
        result = run("undo", number, db=copy)
        if result.code:
            assert records(copy) == before
            assert result.told[0].startswith("improv: ")
        else:
            undone.append(number)
            assert records(copy) != before
            must("redo", copy)
            assert records(copy) == before
        assert ill(copy) == []
    assert undone == [2, 14, 16, 20, 23]


def test_an_import_is_undone_but_for_whom_a_purge_took_of_it(db: Path) -> None:
    """Of two leads of one import one is erased: the other goes with the undo, which says what it could not."""
    must("purge 'Ida Imported' --yes", db)
    done = must("undo 23", db)
    assert done.told == ["what #24 purged of this command stays gone"]
    assert "Imported" not in must("lead list", db).out
    assert ill(db) == []
    must("redo", db)
    assert "Lou Imported" in must("lead list", db).out


def test_everywhere_takes_the_name_out_of_the_words_of_others(db: Path) -> None:
    """However it is spaced and cased; nothing of the name is left in any file."""
    done = must("purge L2 --yes --everywhere", db)
    assert "still stands" not in done.out
    assert "heard of it from (purged) herself" in must("note list", db).out
    assert left_of(db) == {}
    assert ill(db) == []


def test_what_others_said_once_is_taken_out_of_the_journal(db: Path) -> None:
    """Their name in a note that was edited since, in one that was removed, and in the words of the commands."""
    must("note add L1 'Zenobia Quartermain says hello'", db)
    must("note edit N4 --text 'somebody says hello'", db)
    must("note edit N3 --pinned", db)
    must("note remove N3", db)
    must("purge L2 --yes", db)
    assert left_of(db) == {}
    assert ill(db) == []
    must("undo 27", db)
    assert "heard of it from (purged) herself" in must("note list", db).out
