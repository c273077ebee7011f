"""Many commands from a file: each as if it were typed alone, kept in groups, acknowledged when it is kept."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv.commands import batch as lines
from tests.faults.world import dump
from tests.run import Result, run, start
from tests.session import must
from tests.typists import stream

WEEK = """\
# Monday
lead add "Ada Lovelace" --source referral --company "Engines & Co"
improv opp add ada --value 12k

log call ada "asked for a date" --response yes
event schedule ada discovery-meeting "+4d 15:00" --anticipated-stage proposal
task add "send the outline" --about ada --due +2d
opp move ada mutual-discovery
client add Acme --health 80
visit log acme --satisfaction 5 --outcomes "a good year"
note add acme 'prefers "mornings"'
lead edit ada --city Paris
"""
COMMANDS = [line for line in WEEK.splitlines() if line and not line.startswith("#")]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give the place of a store that is not there yet."""
    return tmp_path / "improv.db"


def batch(db: Path, text: str | bytes, *options: str) -> Result:
    """Run the lines of a file."""
    file = db.with_name("lines.txt")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("batch", file, *options, db=db, today="2026-11-23")


def commands(db: Path, last: int = 20) -> list[str]:
    """Return the last commands in the journal, the oldest first."""
    listed = must(f"history --limit {last}", db).out.splitlines()
    return [line.split("\t")[4] for line in reversed(listed)]


def names(db: Path) -> list[str]:
    """Return the names of all leads, in the order they were added."""
    listed = [line.split("\t") for line in run("lead", "list", db=db).out.splitlines()]
    return [line[1] for line in sorted(listed, key=lambda line: int(line[0][1:]))]


def test_each_command_does_and_says_what_it_does_alone(tmp_path: Path, db: Path) -> None:
    """The same records, the same words, the same journal; and each is an undo step of its own."""
    alone = tmp_path / "alone.db"
    said = [must(line.removeprefix("improv "), alone).out for line in COMMANDS]
    done = batch(db, WEEK)
    assert (done.code, done.err) == (0, "")
    assert done.out == "".join(said) + "10 commands done\n  next: improv history --limit 10\n"
    assert dump(db) == dump(alone)
    assert commands(db) == commands(alone)
    for store in (db, alone):
        must("undo", store)
    assert dump(db) == dump(alone)
    assert run("doctor", db=db).out == run("doctor", db=alone).out


def test_as_one_it_is_one_undo_step(db: Path) -> None:
    """All of it is taken back at once, and done again at once."""
    must("lead add Zoe", db)
    before = dump(db)
    done = batch(db, WEEK, "--as-one", "--quiet")
    assert (done.code, done.out) == (0, "10 commands done as one step\n  next: improv undo\n")
    after = dump(db)
    assert commands(db)[1:] == [f"batch {db.with_name('lines.txt')} --as-one --quiet"]
    must("undo", db)
    assert dump(db) == before
    must("redo", db)
    assert dump(db) == after


def test_a_bad_line_is_told_by_its_number(db: Path) -> None:
    """What came before is kept, nothing after it is done, and the way to go on works."""
    done = batch(db, "lead add Ada\n\nlead add Bob\nlog call nobody hello\nlead add Cy\n")
    assert done.code == 3
    assert done.told == [
        "improv: line 4: no opportunity, client or lead answers to this name; kept: 2 commands",
        "  at fault: nobody",
        f"  to mend:  improv opportunity list; then improv batch {db.with_name('lines.txt')} --from 4",
    ]
    assert names(db) == ["Ada", "Bob"]
    again = batch(db, "lead add Ada\n\nlead add Bob\nlog call bob hello\nlead add Cy\n", "--from", "4")
    assert (again.code, names(db)) == (0, ["Ada", "Bob", "Cy"])


def test_it_begins_with_a_line_that_there_is(db: Path) -> None:
    """The one after the last is where a batch goes on that was stopped at its end; then nothing is left to do."""
    lines = "lead add Ada\nlead add Bob"
    assert batch(db, lines, "--from", "3").out == "nothing done\n"
    assert batch(db, lines, "--from", "4").told == [
        "improv: there are only 2 lines",
        "  at fault: --from 4",
        "  to mend:  begin with one of them",
    ]


def test_it_may_keep_going(db: Path) -> None:
    """Every good line is kept, every bad one is told, and the exit code says that there were some."""
    done = batch(db, "lead add Ada\nlog call nobody x\nnonsense thing\nlead add Bob", "--keep-going", "-q")
    assert done.code == 1
    assert done.out == "2 commands done\n  refused: line 2, 3\n  next: improv history --limit 2\n"
    assert [line for line in done.told if line.startswith("improv: ")] == [
        "improv: line 2: no opportunity, client or lead answers to this name",
        "improv: line 3: no such command 'nonsense'",
    ]
    assert names(db) == ["Ada", "Bob"]


def test_as_one_a_bad_line_leaves_nothing(db: Path) -> None:
    """Not even what is right in a command before it."""
    must("lead add Zoe", db)
    done = batch(db, "lead add Ada\nlead add Bob --source nowhere\n", "--as-one")
    assert (done.code, done.out) == (2, "")
    assert done.told[0] == "improv: line 2: --source: no source is called so; kept: nothing"
    assert len(done.told) == 3
    assert (names(db), commands(db)) == (["Zoe"], ["lead add Zoe"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"note add ada 'x", "line 2: a quote is opened and not closed"),
        (b"note add ada \xff", "line 2: this is no text in UTF-8"),
        (b"note add ada \x00", "line 2: text holds a character that cannot be kept"),
        (b"--db other.db lead add Eve", "line 2: a batch is about one store"),
        (b"lead add Eve --db=other.db", "line 2: a batch is about one store"),
        (b"batch lines.txt", "line 2: a batch cannot hold another"),
        (b"lead", "line 2: it ended with exit code 2"),
        (b"lead add Eve -o eve.html", "line 2: --output takes a page, and this command changes records"),
    ],
)
def test_what_a_line_cannot_be(db: Path, line: bytes, says: str) -> None:
    """It is told, and the store is as the line before left it."""
    done = batch(db, b"lead add Ada\n" + line + b"\nlead add Bob\n")
    assert (done.told[0], names(db)) == (f"improv: {says}; kept: 1 command", ["Ada"])
    assert not done.told[1].startswith("  at fault: b'")
    assert sorted(path.name for path in db.parent.iterdir()) == ["improv.db", "lines.txt"]


def test_commands_that_look_are_shown_what_is_kept(db: Path) -> None:
    """They stand between the groups; as one step there is no place for them."""
    lines = "lead add Ada\nlead list\nundo\nlead list\nlead add Bob\n"
    done = batch(db, lines)
    assert "L1\tAda\t" in done.out
    assert [line for line in done.out.splitlines() if line.startswith(("L1 ", "L1\t", "undone", "L2 "))] == [
        "L1 Ada added: received Mon 23 Nov, no source yet",
        "L1\tAda\t–\t2026-11-23\t–\tnew\t–\t–",
        "undone: #1 lead add Ada",
        "L2 Bob added: received Mon 23 Nov, no source yet",
    ]
    refused = batch(db, lines, "--as-one")
    assert (
        refused.told[0] == "improv: line 2: only what writes records can be part of one step; kept: nothing"
    )


def test_nobody_is_asked_anything(db: Path) -> None:
    """Even at a terminal: what a line leaves out stays open."""
    file = db.with_name("lines.txt")
    file.write_text("lead add Ada\n", "utf-8")
    done = run("batch", file, db=db, tty=True, stdin="web\n", today="2026-11-23")
    assert done.out.startswith("L1 Ada added: received Mon 23 Nov, no source yet\n")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("no-such-file", "improv: there is no such file"),
        (".", "improv: this is a folder, not a file"),
    ],
)
def test_what_is_no_file_is_told(db: Path, file: str, says: str) -> None:
    """In words, and no store is made."""
    done = run("batch", file, db=db)
    assert (done.told[0], db.exists()) == (says, False)


def test_an_empty_batch_does_nothing(db: Path) -> None:
    """It makes no store."""
    assert batch(db, "# nothing today\n\n").out == "nothing done\n"
    assert not db.exists()


def test_a_program_may_type_line_by_line(db: Path) -> None:
    """Each line is kept and acknowledged before the next one is waited for."""
    with start("batch", "-", db=db, stdin=-1) as process:
        for number in (1, 2):
            stream(process.stdin).write(f"lead add Lead{number}\n")
            stream(process.stdin).flush()
            assert stream(process.stdout).readline().startswith(f"L{number} Lead{number} added")
            assert stream(process.stdout).readline().startswith("  next: ")
            assert names(db)[-1] == f"Lead{number}"
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (
        0,
        "2 commands done\n  next: improv history --limit 2\n",
        "",
    )


def test_ctrl_c_while_the_next_line_is_waited_for_tells_what_is_kept(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nothing was changed would be untrue: what came before is kept, and was acknowledged."""

    def waited_for(_: int) -> Iterator[lines.Line | None]:
        yield lines.Line(1, b"lead add Ada")
        yield None  # the next one is not there yet
        raise KeyboardInterrupt

    monkeypatch.setattr(lines, "lines", waited_for)
    stopped = batch(db, "")
    assert (stopped.code, stopped.told) == (
        130,
        [f"improv: stopped; kept: 1 command; then improv batch {db.with_name('lines.txt')} --from 2"],
    )
    assert names(db) == ["Ada"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_is_acknowledged_is_kept_when_it_is_stopped(db: Path, how: signal.Signals) -> None:
    """And what was not told is either whole or absent: the leads are the first so many of the file."""
    file = db.with_name("lines.txt")
    file.write_text("".join(f"lead add Lead{number}\n" for number in range(20_000)), "utf-8")
    with start("batch", file, db=db) as process:
        told = [stream(process.stdout).readline() for _ in range(100)]
        os.kill(process.pid, how)
        out, err = process.communicate(timeout=60)
    acknowledged = sum(
        " added: " in line for line in [*told, *out.splitlines(keepends=True)] if line.endswith("\n")
    )
    there = names(db)
    assert acknowledged <= len(there) < 20_000
    assert there == [f"Lead{number}" for number in range(len(there))]
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert err == (
            f"improv: stopped; kept: {len(there):,} commands; then improv batch {file} --from {len(there) + 1}\n"
        )
    must("lead add Next", db)


def test_others_may_write_meanwhile(db: Path) -> None:
    """A long batch lets go of the store after each group."""
    file = db.with_name("lines.txt")
    file.write_text("".join(f"lead add Lead{number}\n" for number in range(1_000)), "utf-8")
    must("init", db)
    with start("batch", "-q", file, db=db) as process:
        while not names(db):
            pass
        must("lead add Another", db)
        assert process.poll() is None, "the batch was over before"
        process.communicate(timeout=60)
    assert len(names(db)) == 1_001
    assert commands(db, 2_000).index("lead add Another") < 1_000
