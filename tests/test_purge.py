"""A person is erased for good: no byte of them is left, everybody else is as before, and the journal still holds."""

import contextlib
import json
import shlex
import shutil
import sqlite3
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from improv import connecting, copying, journal, shelf, storefile
from improv.commands.checks import unwell
from improv.commands.desk import Desk
from improv.history import HISTORY, Dated
from improv.nouns import BY_TABLE, Noun
from improv.purging.extent import MENTIONS, SHARED, extent, keys_of
from tests import drawn
from tests.drawn import COMMANDS, CONFIG, ON_NO_STORE, argv, registered
from tests.files import backups_of
from tests.run import run
from tests.session import must
from tests.test_undo import CALM, last_entry, records, session

pytestmark = [
    pytest.mark.usefixtures("unsynced"),
    pytest.mark.xdist_group("purge"),
]  # what is synced, tests/faults/test_purge_kills.py shows

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


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book that commands are drawn for."""
    return drawn.template(tmp_path_factory.mktemp("template") / "improv.db")


@pytest.fixture
def db(origin: Path, tmp_path: Path) -> Path:
    """Give a copy of the book."""
    return Path(shutil.copy(origin, tmp_path / "improv.db"))


def ill(db: Path) -> list[tuple[object, ...]]:
    """Return what the doctor finds."""
    here = Desk({"IMPROV_CONFIG": "/dev/null"}, lambda *_: 0)
    here.database = db
    return [found for found in unwell(here) if found[0] not in {"disk", "fields"}]


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


def test_what_lay_between_the_records_is_gone_too(db: Path) -> None:
    """Pages that were freed long ago keep what was in them, until the store is packed anew."""
    with contextlib.closing(connecting.connect(db)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE freed (words TEXT)")
        connection.executemany(
            "INSERT INTO freed VALUES (?)", [(f"Zephyrine {number}" * 50,) for number in range(99)]
        )
        connection.execute("DROP TABLE freed")
    assert left_of(db, ("Zephyrine",))
    must("purge L2 --yes", db)
    assert left_of(db, ("Zephyrine",)) == {}


def test_what_is_said_before_and_after(db: Path) -> None:
    """By counts: what goes and what stays; a dry run changes nothing."""
    must("backup", db)
    (kept,) = backups_of(db)
    before, foretold = db.read_bytes(), must("purge L2 --dry-run", db).out
    assert foretold.splitlines() == [
        "to be erased for good: L2 Zenobia Quartermain with C2",
        "  1 lead, 1 client and 20 records of the store, with their history",
        f"  1 backup in which they are: {kept.name}",
        "  stays, without naming them any more: L3",
        "  named in what others' records say, which stays unless --everywhere is given: N3",
    ]
    assert db.read_bytes() == before
    assert must("purge L2 --yes", db).out.splitlines() == [
        "#24: L2 with C2 is erased for good: 1 lead, 1 client and 20 records",
        f"  1 backup erased with them: {kept.name}",
        f"  a backup of what is left: {db}.backups/000002-purge.db",
        "  does not name them any more: L3",
        "  the name still stands in what others' records say: N3",
        "  out of reach: what was sent, exported, or copied elsewhere (docs/purge.md)",
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
    part = run("purge", "zenobia", "--yes", db=db)
    assert (part.code, part.told) == (
        1,
        [
            "improv: --yes takes the id or the whole name",
            "  at fault: zenobia: L2 Zenobia Quartermain",
            "  to mend:  improv purge L2 --yes",
        ],
    )
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


@settings(CALM, max_examples=4, phases=[Phase.generate])
@given(st.data())
def test_whatever_was_typed_the_journal_holds_after_a_purge(template: Path, data: st.DataObject) -> None:
    """Random commands with undo among them, then a purge: each earlier command is taken back whole, or not at all."""
    with session(template) as book:
        for _ in range(data.draw(st.integers(3, 9))):
            if data.draw(st.integers(0, 4)) == 0 and book.done:
                run("undo", db=book.db)
            else:
                command = data.draw(st.sampled_from(sorted(registered() - ON_NO_STORE)))
                run(*argv(command, data.draw(COMMANDS[command]), book.folder), db=book.db, config=CONFIG)
        with contextlib.closing(sqlite3.connect(book.db)) as connection:
            leads, clients = (
                connection.execute(f"SELECT id FROM {table}").fetchall() for table in ("lead", "client")
            )
        who = data.draw(st.sampled_from([f"L{one}" for (one,) in leads] + [f"C{one}" for (one,) in clients]))
        assert run("purge", who, "--yes", db=book.db).code == 0
        assert ill(book.db) == []
        before, last = records(book.db), last_entry(book.db)
        for number in data.draw(st.lists(st.integers(1, last), min_size=6, max_size=6, unique=True)):
            done = run("undo", number, db=book.db)
            if done.code:
                assert done.told[0].startswith("improv: ")
                assert records(book.db) == before
            else:
                assert run("redo", db=book.db).code == 0
                assert records(book.db) == before
        assert ill(book.db) == []


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


# How far it reaches.


def test_what_only_mentions_a_person_is_named_and_all_else_goes_with_them(db: Path) -> None:
    """Each key of a mention is there and may be empty; what belongs to several says so by as many keys."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        keys = {(key.child, key.column) for key in keys_of(connection)}
        assert keys >= MENTIONS
        for table, column in MENTIONS | {(table, one) for table, owners in SHARED.items() for one in owners}:
            (demanded,) = connection.execute(
                'SELECT "notnull" FROM pragma_table_info(?) WHERE name = ?', (table, column)
            ).fetchone()
            assert (table, column) in keys
            assert not demanded


def test_a_table_added_later_is_purged_by_itself(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that refers to a lead goes with it, though nothing here was ever told of its table."""
    monkeypatch.setitem(HISTORY, "gift", Dated("on_day"))
    monkeypatch.setitem(BY_TABLE, "gift", Noun("G", "gift", "gifts", "x.what", "on_day"))
    with contextlib.closing(connecting.connect(db)) as connection:
        connection.execute(
            "CREATE TABLE gift (id INTEGER PRIMARY KEY, on_day TEXT, what VARCHAR, lead_id INTEGER REFERENCES lead (id))"
        )
        connection.executemany(
            "INSERT INTO gift VALUES (?, '2026-11-01', ?, ?)", [(1, "a fern", 2), (2, "a rose", 1)]
        )
        assert extent(connection, ("lead", 2)).gone["gift"] == {1}


def test_who_was_merged_into_them_goes_with_them(db: Path) -> None:
    """The other's old name and address are nowhere any more, though nothing of theirs was edited."""
    must("lead add 'Xanthippe Yttrium' --email x@yttrium.example --on 2026-11-02", db)
    must("merge L2 'Xanthippe Yttrium'", db)
    must("purge L2 --yes --everywhere", db)
    assert left_of(db, (*THEIRS, "Xanthippe", "yttrium")) == {}
    assert ill(db) == []


def test_a_client_and_the_lead_it_was_are_one_person(db: Path) -> None:
    """Whichever is named both go; a referral that became a lead is one person with it, and who gave it stays."""
    must("purge C2 --yes", db)
    assert "Quartermain" not in must("lead list", db).out + must("client list", db).out
    must("referral add C1 'Alan Mathison'", db)
    assert "R2 with L7 is erased" in must("purge R2 --yes", db).out
    assert "Alan Mathison" not in must("lead list", db).out + must("referral list", db).out
    assert "Acme" in must("client list", db).out


def test_a_sale_that_belongs_to_somebody_else_too_stays_with_them(db: Path) -> None:
    """Two leads of one client: the sale and its booking stay with the client, without the one who asked."""
    with contextlib.closing(storefile.open_to_write(db)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        journal.begin(connection, "a sale of lead L1 at client C1", "2026-11-23T12:00:00Z")
        connection.execute(
            "INSERT INTO opportunity (recorded_at, title, title_folded, lead_id, client_id, opened_on, imported) "
            "VALUES ('2026-11-23T12:00:00Z', 'Shared', 'shared', 1, 1, '2026-11-02', 0)"
        )
        journal.close(connection, "O2")
        connection.execute("COMMIT")
    must("event schedule O2 discovery-meeting +3d", db)
    must("purge L1 --yes", db)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT lead_id, client_id FROM opportunity WHERE id = 2").fetchall() == [
            (None, 1)
        ]
        assert connection.execute(
            "SELECT lead_id, client_id FROM event WHERE opportunity_id = 2"
        ).fetchall() == [(None, 1)]
    assert ill(db) == []
    must("purge C1 --yes", db)
    assert "Shared" not in must("opp list", db).out


def test_a_contact_is_purged_by_name(db: Path) -> None:
    """They have no id: whoever has the name and the address, on every sale; the sale stays."""
    must("opp contact O1 'Ruthven Buyer' --role influencer", db)
    must("opp contact O1 'Other Buyer'", db)
    foretold = must("purge 'ruthven buyer' --dry-run", db).out.splitlines()
    assert foretold[:2] == [
        "to be erased for good: a contact of O1 Ruthven Buyer with a contact of O1",
        "  2 contacts of the store, with their history",
    ]
    done = must("purge 'Ruthven Buyer' --yes", db).out.splitlines()
    assert done[0] == "#26: a contact of O1 with a contact of O1 is erased for good: 2 contacts"
    assert left_of(db, ("Ruthven",)) == {}
    assert "Other Buyer" in must("opp show O1", db).out
    assert ill(db) == []
    must("opp contact O1 'Other Buyer' --email o@buyer.example", db)
    assert run("purge", "Other Buyer", "--yes", db=db).code == 4


def test_a_visitor_with_their_address_is_theirs(db: Path, tmp_path: Path) -> None:
    """Nobody had recognised them: the touches of an address go with the person whose it is, others' stay."""
    (tmp_path / "opened.csv").write_text(
        "action,date,email\nopen,2026-11-02 10:00:00,grace@navy.example\nopen,2026-11-02 10:00:00,who@else.example\n"
    )
    must("lead edit L1 --email later@navy.example", db)
    must(f"touch import {tmp_path}/opened.csv", db)
    must("lead edit L1 --email grace@navy.example", db)
    must("purge L1 --yes", db)
    assert left_of(db, ("grace@navy.example", "later@navy.example", "Grace Hopper")) == {}
    assert "who@else.example" in must("visitor list", db).out


# The outbox.


def mail(db: Path, purpose: str, text: str, state: str, said: object = None) -> None:
    """Put a mail into the outbox."""
    with contextlib.closing(storefile.open_to_write(db)) as connection:
        connection.execute(
            "INSERT INTO memory_mail (message_id, purpose, subject, state, created_at, next_at, sent_at, said, message) "
            "VALUES (?, ?, 'Red flags', ?, '2026-11-23T06:00:00Z', '2026-11-23T06:00:00Z', ?, ?, ?)",
            (
                f"<{purpose}{state}{len(text)}>",
                purpose,
                state,
                "2026-11-23T06:00:00Z" if state == "sent" else None,
                None if said is None else json.dumps(said),
                message(text),
            ),
        )


def message(text: str) -> bytes:
    """Return a mail as ours are: encoded, so that no name stands in it as it is written."""
    made = EmailMessage()
    made["Subject"] = "Red flags"
    made.set_content(text, cte="base64")
    return made.as_bytes()


def test_mails_about_them_are_forgotten(db: Path) -> None:
    """What waits is given up, of what was sent nothing is known but that it was; what was said of others stays said."""
    said = [["L3", "L", 2, "critical", "2026-11-23"], ["L3", "L", 1, "critical", "2026-11-23"]]
    mail(db, "alerts", "L1 Grace Hopper has no event", "sent", said[1:])
    mail(db, "alerts", "call Zenobia Quartermain", "sent", said)
    mail(db, "report", "call zenobia  quartermain", "waiting")
    mail(db, "digest", "nothing about anybody", "doubtful")
    assert "  3 mails of the outbox" not in must("purge L1 --dry-run", db).out
    assert "  2 mails of the outbox" in must("purge L2 --dry-run", db).out.splitlines()
    must("purge L2 --yes", db)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        rows = connection.execute(
            "SELECT purpose, subject, said, message FROM memory_mail ORDER BY id"
        ).fetchall()
    assert [row[:2] for row in rows] == [
        ("alerts", "Red flags"),
        ("alerts", "(purged)"),
        ("digest", "Red flags"),
    ]
    assert [None if row[2] is None else json.loads(row[2]) for row in rows] == [said[1:], said[1:], None]
    assert b"(purged)" in rows[1][3]
    assert "(purged)" in must("mail show 2", db).out
    assert [found for found in ill(db) if found[0] != "outbox"] == []


# The backups.


def test_every_backup_that_holds_them_is_erased_and_others_are_kept(db: Path, tmp_path: Path) -> None:
    """One from before they came stays; of what is no store the bytes are searched; what a killed command left, too."""
    young = tmp_path / "young"
    young.mkdir()
    old = young / "improv.db"
    must("lead add 'Grace Hopper'", old)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        number = connection.execute("SELECT value FROM store_setting WHERE key = 'id'").fetchone()
    with contextlib.closing(connecting.connect(old)) as connection:
        connection.execute("UPDATE store_setting SET value = ? WHERE key = 'id'", number)
    must("backup", db)
    folder = shelf.folder_of(db)
    shutil.copy(old, folder / "000002-before.db")
    (folder / "000003-damaged.db").write_bytes(b"rubbish Zenobia Quartermain rubbish")
    (folder / "000004-damaged.db").write_bytes(b"rubbish about nobody")
    shutil.copy(db, folder / ".tmpabcd")
    shutil.copy(db, db.with_name(".improv.db.xyz"))
    shutil.copy(db, db.with_name(".improv.db.purge"))
    shutil.rmtree(young)
    done = must("purge L2 --yes", db)
    assert "  4 backups erased with them: " in done.out
    kept = sorted(file.name for file in folder.iterdir() if file.name != ".lock")
    assert kept == ["000002-before.db", "000004-damaged.db", "000005-purge.db"]
    assert sorted(file.name for file in db.parent.iterdir() if file.is_file()) == ["improv.db"]
    assert (db.stat().st_mode & 0o777, (folder / kept[-1]).stat().st_mode & 0o777) == (0o600, 0o600)
    assert records(folder / kept[-1]) == records(db)


def test_of_a_store_reached_through_a_link_both_folders_of_backups_are_looked_into(
    db: Path, tmp_path: Path
) -> None:
    """Those made under the name of the link, and those made under the name of the file it leads to."""
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(db)
    must("backup", db)
    must("backup", link)
    must("purge L2 --yes", link)
    assert backups_of(db) == []
    assert [kept.name for kept in backups_of(link)] == ["000002-purge.db"]


def test_a_backup_of_an_older_version_is_looked_into(db: Path) -> None:
    """One without the tables of today, and without an id, holds them where its journal or its rows do."""
    folder = shelf.folder_of(db)
    folder.mkdir(mode=0o700)
    for name, lead in (("000001-old.db", 2), ("000002-old.db", 1)):
        with contextlib.closing(sqlite3.connect(folder / name)) as connection:
            connection.executescript(
                f"CREATE TABLE lead (id INTEGER PRIMARY KEY); INSERT INTO lead VALUES ({lead});"
                "CREATE TABLE journal_change (id INTEGER PRIMARY KEY, record TEXT, record_id INTEGER);"
            )
    must("purge L2 --yes", db)
    assert sorted(file.name for file in folder.glob("*.db")) == ["000002-old.db", "000003-purge.db"]


def test_what_fails_leaves_the_store_and_its_backups_as_they_were(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the purged copy is whole and there is a backup of it nothing is erased."""
    must("backup", db)
    before = {file: file.read_bytes() for file in db.parent.rglob("*") if file.is_file()}

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copying, "backup", full)
    done = run("purge", "L2", "--yes", db=db)
    assert (done.code, done.out) == (1, "")
    assert {file: file.read_bytes() for file in db.parent.rglob("*") if file.is_file()} == before


def test_who_waited_for_the_old_store_writes_nothing(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that had the store open is refused by SQLite, a second purge by its own look; neither loses the purge."""
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as waiting:
        journal.prepare(waiting)
        assert waiting.execute("SELECT COUNT(*) FROM lead").fetchone()
        must("purge L2 --yes", db)
        waiting.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            journal.begin(waiting, "lead add Late", "2026-11-23T12:00:00Z")
    patiently = connecting.patiently

    def replaced(connection: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
        done = patiently(connection, statement)
        if statement == "BEGIN IMMEDIATE":
            Path(shutil.copy(db, db.with_name("other.db"))).replace(db)
        return done

    monkeypatch.setattr(connecting, "patiently", replaced)
    refused = run("purge", "L1", "--yes", db=db)
    assert (refused.code, refused.told[0]) == (5, "improv: another store was put in its place meanwhile")
    assert "Grace Hopper" in must("lead list", db).out


# What remains.


def test_a_page_that_looks_back_says_what_is_missing(db: Path) -> None:
    """In the page where it has notes, beside it where it has none; known before a purge or as of a day before it."""
    must("purge L2 --yes", db, "2026-11-24")
    line = "1 person was purged since (#24): what they added to this page is gone"
    for asked in (
        "report weekly --known-on '#23'",
        "report weekly --as-of 2026-11-23",
        "show L1 --known-on '#22'",
    ):
        done = run(*shlex.split(asked), db=db, today="2026-11-25")
        assert done.code == 0
        assert (done.out.count(line), done.err) == (1, "")
    for asked in (
        "lead list --known-on '#23'",
        "export --as-of 2026-11-23",
        "query 'SELECT id FROM leads' --known-on '#2'",
    ):
        done = run(*shlex.split(asked), db=db, today="2026-11-25")
        assert (done.code, done.told) == (0, [line])
    for asked in ("report weekly", "report weekly --known-on '#24'", "lead list --as-of 2026-11-24"):
        done = run(*shlex.split(asked), db=db, today="2026-11-25")
        assert line not in done.out + done.err
    must("purge L1 --yes", db, "2026-11-25")
    assert (
        "2 persons were purged since (#24, #25): "
        in must("report weekly --known-on '#9'", db, "2026-11-25").out
    )


def test_figures_of_the_past_agree_with_what_is_left(db: Path) -> None:
    """Known before the purge: one lead less, and nothing won; asked twice a page has the same bytes."""
    asked = (
        "metric new-leads --for 2026-11 --known-on '#23'",
        "metric won-value --for 2026-11 --known-on '#23'",
    )

    def figures() -> list[str]:
        return [must(page, db).out.splitlines()[7].split("\t")[1] for page in asked]

    assert figures() == ["5", "12000.00"]
    must("purge L2 --yes", db)
    assert figures() == ["4", "0.00"]
    assert [must(page, db).out for page in asked] == [must(page, db).out for page in asked]


def test_the_users_own_program_is_not_told_who_it_was(db: Path, tmp_path: Path) -> None:
    """It gets the entry, the id and no changes."""
    told, hook = tmp_path / "told", tmp_path / "config" / "improv" / "hooks" / "after-write"
    hook.parent.mkdir(parents=True, mode=0o700)
    hook.write_text(f"#!/bin/sh\ncat > '{told}'\n")
    hook.chmod(0o700)
    run("purge", "Zenobia Quartermain", "--yes", db=db, extra={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    said = json.loads(told.read_text())
    assert (said["command"], said["record"], said["changes"]) == ("purge L2", None, [])


def test_going_back_to_a_copy_elsewhere_says_who_is_there_again(db: Path, tmp_path: Path) -> None:
    """No purge reaches a copy on a stick: whoever brings it back is told whom to purge again."""
    stick = tmp_path / "stick.db"
    must(f"backup {stick}", db)
    must("purge L2 --yes", db)
    told = must(f"restore {stick}", db).out.splitlines()
    assert "  they were purged since, and are back: improv purge L2" in told
    must("purge L2 --yes", db)
    assert set(left_of(db, ("likes marzipan",))) == {"stick.db"}
