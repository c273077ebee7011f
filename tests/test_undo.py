"""Whatever was typed, undo gives back the records as they were before it, and redo as they were after it."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from improv import playbook
from improv.history import HISTORY
from tests import drawn
from tests.run import Result, run

Row = tuple[object, ...]
Records = dict[tuple[str, int], Row]
CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def records(path: Path) -> Records:
    """Return every row of every record table; none where there is no store."""
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {
            (table, row[0]): row for table in HISTORY for row in connection.execute(f"SELECT * FROM {table}")
        }


def last_entry(path: Path) -> int:
    """Return the number of the newest journal entry; 0 where there is no store."""
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT COALESCE(MAX(id), 0) FROM journal_entry").fetchone()[0])


def with_rows(now: Records, before: Records, after: Records) -> Records:
    """Return the records with what differs between `before` and `after` as it is in `after`."""
    kept = {key: row for key, row in now.items() if key in after or key not in before}
    return kept | {key: row for key, row in after.items() if before.get(key) != row}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book every example starts from."""
    return drawn.template(tmp_path_factory.mktemp("template") / "improv.db")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, unsynced: None) -> None:
    """Read the playbook once, and do not wait for the disk: this page is about records."""
    del unsynced
    book = playbook.load()
    monkeypatch.setattr(playbook, "load", lambda *_, **__: book)


def _mailbox(folder: Path) -> Path:
    """Write settings by which mail is sent to nobody."""
    program, config = folder / "sendmail", folder / "config.toml"
    program.write_text("#!/bin/sh\ncat > /dev/null\n")
    program.chmod(0o700)
    config.write_text(f'[me]\nemail = "sam@example.com"\n[mail]\nsendmail = "{program}"\n')
    return config


class Session:
    """A store on which commands are typed, and for each command done the records before and after it."""

    def __init__(self, template: Path | None, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "improv.db"
        self.mailbox = _mailbox(folder)
        if template is not None:
            shutil.copy(template, self.db)
        self.now = records(self.db)
        self.changes: dict[int, tuple[Records, Records]] = {}
        self.undone: set[int] = set()
        self.to_redo: list[int] = []

    @property
    def done(self) -> list[int]:
        """The numbers of the commands that are done now, in their order."""
        return sorted(self.changes.keys() - self.undone)

    def type(self, command: str, words: drawn.Words) -> bool:
        """Type a command; say whether it changed anything. What is refused changes nothing, not even the journal."""
        newest, before = last_entry(self.db), self.now
        typed = drawn.argv(command, words, self.folder)
        result = run(*typed, db=self.db, config=self.mailbox if command == "track send" else drawn.CONFIG)
        self.now, number = records(self.db), last_entry(self.db)
        assert "Traceback" not in result.err
        if result.code != 0 or self.now == before:
            assert (self.now, number) == (before, newest), typed
            return False
        assert number > newest, typed
        self.changes[number] = (before, self.now)
        self.to_redo = []
        return True

    def undo(self, number: int | None = None) -> Result:
        """Undo the last command, or another; it is taken back whole, or refused and nothing changes."""
        chosen = number or self.done[-1]
        result = run("undo", *([] if number is None else [number]), db=self.db)
        before, self.now = self.now, records(self.db)
        if result.code != 0:
            assert (result.code, self.now) == (1, before), result.err
            return result
        old, new = self.changes[chosen]
        assert self.now == with_rows(before, new, old), f"undo of #{chosen}"
        assert f"undone: #{chosen} " in result.out
        self.undone.add(chosen)
        self.to_redo.append(chosen)
        return result

    def redo(self) -> None:
        """Redo what was undone last, refused when there is nothing."""
        result = run("redo", db=self.db)
        before, self.now = self.now, records(self.db)
        if not self.to_redo:
            assert result.code == 1
            assert self.now == before
            return
        chosen = self.to_redo.pop()
        self.undone.remove(chosen)
        assert result.code == 0, result.err
        old, new = self.changes[chosen]
        assert self.now == with_rows(before, old, new), f"redo of #{chosen}"


@contextlib.contextmanager
def session(template: Path | None) -> Iterator[Session]:
    """Give a session on a copy of the template, or on no store."""
    with tempfile.TemporaryDirectory() as folder:
        yield Session(template, Path(folder))


def refused_in_words(result: Result, chosen: int, typed: Session) -> None:
    """Undoing an older command is refused by naming the command in the way, which may be undone first."""
    first, fault, mend = result.told
    assert first.startswith("improv: a later command "), result.err
    named = int(fault.removeprefix("  at fault: #").partition(" ")[0])
    assert named != chosen
    assert named in typed.changes, result.err
    assert mend.startswith((f"  to mend:  improv undo {named}, ", "  to mend:  improv redo")), result.err


@pytest.mark.parametrize("command", sorted(drawn.registered()))
def test_each_command_is_taken_back_and_done_again(command: str, template: Path) -> None:
    """Every command that writes is drawn until it is accepted, then undone, redone and undone."""
    assert command in drawn.COMMANDS, f"`{command}` writes and is not drawn: add it to tests/drawn.py"
    accepted: list[drawn.Words] = []

    @settings(CALM, max_examples=40, phases=[Phase.generate])
    @given(drawn.COMMANDS[command])
    def each(words: drawn.Words) -> None:
        if accepted:
            return
        with session(None if command in drawn.ON_NO_STORE else template) as typed:
            start = typed.now
            if not typed.type(command, words):
                return
            end = typed.now
            typed.undo()
            assert typed.now == start
            typed.redo()
            assert typed.now == end
            typed.undo()
            assert typed.now == start
            accepted.append(words)

    each()
    assert accepted, f"no drawn `{command}` was accepted"


STEPS = st.sampled_from(["type"] * 8 + ["undo", "undo", "redo", "undo an older one"])


@settings(CALM, max_examples=10, phases=[Phase.generate])
@given(st.data())
def test_any_sequence_is_taken_back_and_done_again(template: Path, data: st.DataObject) -> None:
    """Random commands with undo and redo among them, then all undone one by one and all redone."""
    with session(template) as typed:
        for _ in range(data.draw(st.integers(1, 12))):
            step = data.draw(STEPS)
            if step == "type":
                command = data.draw(st.sampled_from(sorted(drawn.registered())))
                typed.type(command, data.draw(drawn.COMMANDS[command]))
            elif step == "undo" and typed.done:
                unwound(typed, 1)
            elif step == "redo":
                typed.redo()
            elif typed.done:
                number = data.draw(st.sampled_from(typed.done))
                result = typed.undo(number)
                if result.code:
                    refused_in_words(result, number, typed)
        end, before = typed.now, len(typed.to_redo)
        unwound(typed, len(typed.done))
        while len(typed.to_redo) > before:
            typed.redo()
        assert typed.now == end
        by_row, by_journal = drawn.digests(typed.db)
        assert by_row == by_journal


def unwound(typed: Session, count: int) -> None:
    """Undo commands one by one; the last one stands in the way of nothing but what was taken back out of order."""
    for _ in range(count):
        last = typed.done[-1]
        result = typed.undo()
        if result.code:
            assert any(number < last for number in typed.undone), result.err
            refused_in_words(result, last, typed)
            return


def test_everything_is_undone_and_redone_in_order(template: Path) -> None:
    """The whole template, undone to an empty book and redone, is the same book, row for row."""
    with session(template) as typed:
        full = typed.now
        steps = [full]
        for _ in drawn.TEMPLATE:
            assert run("undo", db=typed.db).code == 0
            steps.append(records(typed.db))
        assert steps[-1] == {}
        assert run("undo", db=typed.db).code == 1
        for expected in reversed(steps[:-1]):
            assert run("redo", db=typed.db).code == 0
            assert records(typed.db) == expected
        assert run("redo", db=typed.db).code == 1


def test_undoing_an_addition_names_the_command_that_refers_to_it(template: Path) -> None:
    """A lead with a later note cannot be unmade before the note."""
    with session(template) as typed:
        assert typed.type("lead add", ["Lin"])
        lead = last_entry(typed.db)
        assert typed.type("note add", ["Lin", "calls back"])
        note = last_entry(typed.db)
        assert typed.undo(lead).told == [
            "improv: a later command refers to the same record",
            f"  at fault: #{note} note add Lin 'calls back'",
            f"  to mend:  improv undo {note}, then undo this one again",
        ]


def test_undoing_a_removal_names_the_command_that_removed_what_it_belonged_to(template: Path) -> None:
    """A note cannot come back to a lead that was removed after it."""
    with session(template) as typed:
        assert typed.type("note remove", ["N1"])
        note = last_entry(typed.db)
        assert typed.type("event remove", ["E3"])
        assert typed.type("lead remove", ["L2"])
        lead = last_entry(typed.db)
        assert typed.undo(note).told == [
            "improv: a later command removed what this record belongs to",
            f"  at fault: #{lead} lead remove L2",
            f"  to mend:  improv undo {lead}, then undo this one again",
        ]


def test_a_redone_command_is_named_by_its_own_number(template: Path) -> None:
    """What stands in the way of an undo is a command, never the redo that did it again."""
    with session(template) as typed:
        assert typed.type("lead edit", ["L1", "--name", "Ada B"])
        first = last_entry(typed.db)
        assert typed.type("lead edit", ["L1", "--name", "Ada C"])
        second = last_entry(typed.db)
        typed.undo()
        typed.redo()
        refused = typed.undo(first)
        assert refused.told[1] == f"  at fault: #{second} lead edit L1 --name 'Ada C'"
        assert refused.told[2].startswith(f"  to mend:  improv undo {second},")
