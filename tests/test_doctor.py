"""`improv doctor`: silent when all is well; else what is wrong, the value at fault, and the command that mends it."""

import contextlib
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from improv.commands.checks import CHECKS
from tests.machine import Machine
from tests.run import Result
from tests.session import behind

Harm = Callable[[Machine], list[str]]
SECRET = "s3cret"  # noqa: S105 - what must never be shown
SERVER = ('server = "127.0.0.1"', 'user = "sam"')
ACCOUNT = (*SERVER, f"""password_command = ["/bin/echo", "{SECRET}"]""")
AGAIN = "improv schedule install --at 07:00 --weekly 'mon 06:45'"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Give a machine on which all is well."""
    machine = Machine(tmp_path_factory.mktemp("doctor")).started()
    machine.configure(*ACCOUNT)
    assert machine.type("schedule", "install").code == 0
    return machine


@pytest.fixture
def machine(healthy: Machine) -> Iterator[Machine]:
    """Give it to one test, whatever that does to it."""
    files = [path for path in healthy.folder.rglob("*") if path.is_file()]
    kept = {path: (path.read_bytes(), path.stat().st_mode) for path in files}
    yield healthy
    shutil.rmtree(healthy.folder)
    for path, (content, mode) in kept.items():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)


def found(machine: Machine, at: str = "2026-11-23T12:00Z") -> list[list[str]]:
    """Return what the doctor finds in a pipe: each line in its parts."""
    done = machine.type("doctor", at=at)
    assert SECRET not in done.out + done.err
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert (done.code, done.err) == (1 if rows else 0, "")
    return rows


def sql(machine: Machine, *statements: str) -> None:
    """Write to the store behind the program's back."""
    behind(machine.db, *statements)


def test_when_all_is_well_nobody_is_told_but_a_person(machine: Machine) -> None:
    """No line in a pipe; on a terminal one, with everything that was looked at."""
    assert machine.type("doctor") == Result(0, "", "")
    told = machine.type("doctor", tty=True)
    assert told.code == 0
    assert " ".join(told.out.split()) == f"all is well: {', '.join(check.name for check in CHECKS)}"


def test_where_there_is_nothing_yet_only_the_store_is_missed(tmp_path: Path) -> None:
    """No store, no mail, nothing scheduled: what cannot be looked at is not complained of."""
    machine = Machine(tmp_path)
    machine.config.write_text("", "utf-8")
    assert found(machine) == [
        ["store", "there is no store yet", str(machine.db), "improv init, or improv lead add NAME"]
    ]


def test_a_store_alone_is_well(tmp_path: Path) -> None:
    """Nobody needs mail."""
    machine = Machine(tmp_path).started()
    machine.config.write_text("", "utf-8")
    assert found(machine) == []


# What may be wrong, each harm alone: what is done, and the line that tells of it.


def unreadable(machine: Machine) -> list[str]:
    machine.config.write_text("[mail\n", "utf-8")
    what = "the configuration cannot be read: Expected ']' at the end of a table declaration (at line 1, column 6)"
    return ["configuration", what, str(machine.config), "correct the file"]


def open_to_others(machine: Machine) -> list[str]:
    machine.db.chmod(0o644)
    return ["privacy", "others may read the store", f"{machine.db} is -rw-r--r--", f"chmod 600 {machine.db}"]


def open_backups(machine: Machine) -> list[str]:
    folder = machine.db.with_name("improv.db.backups")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return ["privacy", "others may read the backups", f"{folder} is drwxr-xr-x", f"chmod 700 {folder}"]


def open_folder(machine: Machine) -> list[str]:
    machine.folder.chmod(0o770)
    what = "others may put another file in the place of the store"
    return ["privacy", what, f"{machine.folder} is drwxrwx---", f"chmod go-w {machine.folder}"]


def an_index_that_lies(machine: Machine) -> list[str]:
    """Take an index out of the books, write a row, and put it back."""
    sql(machine, "CREATE TABLE other (word TEXT)", "CREATE INDEX by_word ON other (word)")
    books = "PRAGMA writable_schema = ON"
    with contextlib.closing(sqlite3.connect(machine.db)) as connection:
        (row,) = connection.execute("SELECT * FROM sqlite_master WHERE name = 'by_word'").fetchall()
    sql(machine, books, "DELETE FROM sqlite_master WHERE name = 'by_word'")
    sql(machine, "INSERT INTO other VALUES ('a')")
    with contextlib.closing(sqlite3.connect(machine.db, isolation_level=None)) as connection:
        connection.execute(books)
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
    mend = "look for a copy of it; improv --db another-file … starts anew"
    return ["integrity", "the store is damaged", "row 1 missing from index by_word", mend]


def without_triggers(machine: Machine, statement: str) -> None:
    """Change records behind the journal's back, as a program that knows how could."""
    with contextlib.closing(sqlite3.connect(machine.db, isolation_level=None)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in made:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, text in made:
            connection.execute(text)


def no_parent(machine: Machine) -> list[str]:
    without_triggers(machine, "DELETE FROM client")
    what = "1 of the records refer to what is not there"
    mend = "look for a copy of it; improv --db another-file … starts anew"
    return ["references", what, "client_status 1, to a client", mend]


def written_by_something_else(machine: Machine) -> list[str]:
    without_triggers(machine, "UPDATE client SET name = 'Acne'")
    what = "1 record is not as the journal left it"
    return ["journal", what, "client 1", "look at them: something else wrote to the store, or the disk"]


def made_otherwise(machine: Machine) -> list[str]:
    sql(machine, "CREATE TABLE theirs (word TEXT)")
    what = "the store is not made as this program makes it"
    mend = "look for a copy of it; improv --db another-file … starts anew"
    return ["schema", what, "table theirs", mend]


def a_run_that_was_not(machine: Machine) -> list[str]:
    without_triggers(
        machine, "INSERT INTO memory_run (command, started_at) VALUES ('alerts', '2026-11-22T06:00:00Z')"
    )
    what = "1 row is not as it was written"
    return ["seals", what, "memory_run 1", "look at them: something else wrote to the store, or the disk"]


def an_unknown_zone(machine: Machine) -> list[str]:
    sql(machine, "UPDATE store_setting SET value = 'Mars/Olympus' WHERE key = 'timezone'")
    return ["time zone", "this time zone is not known", "Mars/Olympus", "an IANA name, such as Europe/Berlin"]


def nobody_to_send_to(machine: Machine) -> list[str]:
    machine.config.write_text("[mail]\n", "utf-8")
    return [
        "mail",
        "nobody is named to send mail to",
        f"[mail] of {machine.config}",
        'to = "you@example.com"',
    ]


def no_such_digest(machine: Machine) -> list[str]:
    machine.configure(*ACCOUNT, 'digest = "blue monday"')
    return ["mail", "this is no day for a digest", "blue monday", 'digest = "mon", or daily, or never']


def no_such_sendmail(machine: Machine) -> list[str]:
    machine.configure('sendmail = "/no/such/sendmail"')
    return ["mail", "the program that sends mail is not there", "/no/such/sendmail", "correct [mail]"]


def a_password_for_all(machine: Machine) -> list[str]:
    path = machine.folder / "password"
    path.write_text(SECRET, "utf-8")
    path.chmod(0o640)
    machine.configure(*SERVER, 'password_file = "password"')
    return ["password", "others may read the file with the password", str(path), f"chmod 600 {path}"]


def a_command_that_fails(machine: Machine) -> list[str]:
    machine.configure(*SERVER, 'password_command = ["/bin/false"]')
    what = "the command for the password failed with exit code 1"
    return ["password", what, "/bin/false", "run it yourself to see why"]


def a_command_that_only_a_shell_finds(machine: Machine) -> list[str]:
    machine.program("keeper", f"#!/bin/sh\necho {SECRET}\n")
    machine.configure(*SERVER, 'password_command = ["keeper"]')
    what = "cron does not find the command for the password in /usr/local/bin:/usr/bin:/bin"
    return ["password", what, "password_command in [mail]", "its first word, with its whole path"]


def a_variable_that_only_a_shell_knows(machine: Machine) -> list[str]:
    machine.configure(*SERVER, 'password_env = "MAIL_PASSWORD"')
    what = "cron does not know the variable with the password"
    mend = "crontab -e, and a line NAME=… of that name; or password_file in [mail]"
    return ["password", what, "password_env in [mail]", mend]


def nothing_scheduled(machine: Machine) -> list[str]:
    assert machine.type("schedule", "remove").code == 0
    return [
        "schedule",
        "mail is set up, and nothing is scheduled",
        str(machine.db),
        "improv schedule install",
    ]


def not_in_the_crontab(machine: Machine) -> list[str]:
    machine.crontab = b"0 0 * * * mine\n"
    return ["schedule", "what is scheduled is not in the crontab any more", str(machine.db), AGAIN]


def no_crontab(machine: Machine) -> list[str]:
    (machine.programs / "crontab").write_text("#!/bin/sh\necho 'not allowed' >&2; exit 1\n", "utf-8")
    mend = "crontab -l, or improv schedule install --systemd"
    return ["schedule", "the crontab cannot be read", "not allowed", mend]


def another_program(machine: Machine) -> list[str]:
    assert machine.crontab is not None
    machine.crontab = machine.crontab.replace(b"/bin/improv --db", b"/bin/old-improv --db")
    what = "what is scheduled runs another program, or not as it would be scheduled now"
    return ["schedule", what, machine.crontab.decode().splitlines()[2], AGAIN]


def lines_nobody_knows(machine: Machine) -> list[str]:
    sql(machine, "DELETE FROM memory_schedule")
    what = "there is a schedule in the crontab that the store knows nothing of"
    mend = "improv schedule install, or improv schedule remove"
    return ["schedule", what, str(machine.db), mend]


def timers_nobody_started(machine: Machine) -> list[str]:
    (command,) = (
        line.removeprefix("  next: ")
        for line in machine.type("schedule", "install", "--systemd").out.splitlines()
        if "next: " in line and "systemctl" in line
    )
    return ["schedule", "the timers of systemd are not enabled", str(machine.db), command]


def not_run_for_days(machine: Machine) -> list[str]:
    sql(machine, "UPDATE memory_schedule SET since = '2026-11-20T12:00:00Z'")
    what = "missed: alerts 3 times, Sat 21 Nov to Mon 23 Nov; report weekly on Mon 23 Nov"
    return ["runs", what, "alerts ran well last: never", "improv alerts --email says why"]


HARMS: tuple[Harm, ...] = (
    *(unreadable, open_to_others, open_backups, open_folder, an_index_that_lies, no_parent),
    *(
        written_by_something_else,
        made_otherwise,
        a_run_that_was_not,
        an_unknown_zone,
        nobody_to_send_to,
        no_such_digest,
        no_such_sendmail,
    ),
    *(a_password_for_all, a_command_that_fails, a_command_that_only_a_shell_finds),
    *(a_variable_that_only_a_shell_knows, nothing_scheduled, not_in_the_crontab, no_crontab, another_program),
    *(lines_nobody_knows, timers_nobody_started, not_run_for_days),
)


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_wrong_is_told_with_the_value_and_what_mends_it(machine: Machine, harm: Harm) -> None:
    """One thing is wrong, and one line tells of it: nothing else is blamed."""
    wrong = harm(machine)
    assert found(machine) == [wrong]


def test_a_folder_for_all_in_which_each_has_files_of_their_own_is_well(machine: Machine) -> None:
    """Such as /tmp, which is sticky."""
    machine.folder.chmod(0o1777)
    assert found(machine) == []


def test_a_disk_that_is_nearly_full_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup and a journal must fit; a page more is enough."""
    needed = 2 * machine.db.stat().st_size + 16_000_000
    usage = namedtuple("usage", "free")  # noqa: PYI024 - as the library's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(needed))
    assert found(machine) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(needed - 1))
    assert found(machine) == [
        [
            "disk",
            f"the disk is nearly full: {needed // 10**6 + 1} MB are needed to be safe",
            f"{(needed - 1) // 10**6} MB free in {machine.folder}",
            "free some space",
        ]
    ]


def test_mail_that_waits_is_told(machine: Machine) -> None:
    """Since when, about what, why; whether it may have been sent; gone once it was."""
    machine.configure(f'sendmail = "{machine.programs / "sendmail"}"')
    assert machine.type("schedule", "install").code == 0
    (machine.folder / "sendmail.refuses").touch()
    assert machine.type("alerts", "--email", at="2026-11-23T06:00Z").code == 6
    (line,) = found(machine)
    assert line[1] == "1 of the mails not sent, the oldest since 2026-11-23T06:00:00Z"
    assert line[2].startswith("1 critical, 2 new: Acme: no visit since becoming a client on 2026-01-05")
    assert line[2].endswith(": sendmail said not now: no thanks")
    assert (line[0], line[3]) == ("outbox", "improv mail send")
    sql(machine, "UPDATE memory_mail SET state = 'doubtful'")
    assert found(machine)[0][1].endswith("; 1 perhaps sent, with no answer")
    (machine.folder / "sendmail.refuses").unlink()
    assert machine.type("mail", "send", at="2026-11-23T06:01Z").code == 0
    assert found(machine) == []


def test_a_password_that_cron_knows_need_not_be_in_the_shell(machine: Machine) -> None:
    """It is in a line of the user's own, above ours."""
    machine.configure(*SERVER, 'password_env = "MAIL_PASSWORD"')
    machine.crontab = f"MAIL_PASSWORD = {SECRET}\n".encode() + (machine.crontab or b"")
    assert found(machine) == []


def test_what_cannot_be_looked_at_is_not_blamed(machine: Machine) -> None:
    """A damaged store is one line, and so is a configuration that cannot be read."""
    machine.db.write_bytes(b"SQLite format 3\x00" + bytes(4096))
    unreadable(machine)
    assert [row[0] for row in found(machine)] == ["configuration", "store"]


def test_the_doctor_looks_at_today_alone(machine: Machine) -> None:
    """How a machine was is not known."""
    done = machine.type("doctor", "--as-of", "2026-11-01")
    assert (done.code, done.told) == (
        2,
        [
            "improv: --as-of says nothing to the doctor",
            "  at fault: 2026-11-01",
            "  to mend:  type it without",
        ],
    )
