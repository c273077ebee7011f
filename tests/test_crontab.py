"""How cron and systemd are told what to run, and what they run: in a world with next to nothing in it."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from improv import outbox, storefile
from tests.machine import Machine
from tests.session import must

LONG_AGO = "2020-01-01T00:00Z"
IMPROV = Path(sys.executable).with_name("improv")


# The crontab.


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a machine with a store in which two flags are up."""
    return Machine(tmp_path).started()


def minute(when: str) -> int:
    """Return the minute of the hour of a time."""
    return int(when[-2:])


def lines(machine: Machine, at: str = "07:00", weekly: str | None = "mon 06:45") -> bytes:
    """Return the block of lines that stands for a schedule on a machine."""
    start = (
        f"/usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 TZ=Europe/Berlin "
        f"IMPROV_CONFIG={machine.config} {IMPROV} --db {machine.db}"
    )
    report = (
        f"{(weekly or '')[-2:]} * * * * {start} report weekly --email --due '{weekly}'\n" if weekly else ""
    )
    return (
        f"# improv schedule: {machine.db}\n"
        "# each looks once an hour whether it is due: a machine that slept catches up, and no clock change matters\n"
        f"{minute(at)} * * * * {start} alerts --email --due {at}\n{report}"
        f"# end of improv schedule: {machine.db}\n"
    ).encode()


@pytest.fixture
def whole_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine's clock show UTC, wherever the tests run."""
    monkeypatch.setattr("improv.commands.schedule.machine_timezone", lambda _: "UTC")


@pytest.mark.usefixtures("whole_hours")
def test_a_schedule_is_told_in_days_and_hours_of_the_users_own(machine: Machine) -> None:
    """What, for which store, when next, and by which clock."""
    done = machine.type("schedule", "install")
    assert done.out.splitlines() == [
        f"scheduled by cron for {machine.db}",
        "  alerts: every day at 07:00, next Tue 24 Nov 07:00",
        "  report weekly: every Monday at 06:45, next Mon 30 Nov 06:45",
        "  by your own clock, Europe/Berlin; the machine's is UTC",
        "  next: improv schedule show",
    ]
    assert (done.code, done.err, machine.crontab) == (0, "", lines(machine))


def test_the_minute_is_that_of_the_machines_clock(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """At seven in Berlin it is half past eleven in Kolkata."""
    monkeypatch.setattr("improv.commands.schedule.machine_timezone", lambda _: "Asia/Kolkata")
    shown = machine.type("schedule", "install", "--dry-run", "--no-weekly").out
    assert shown.splitlines()[2].startswith("30 * * * * /usr/bin/env ")


@pytest.mark.usefixtures("whole_hours")
def test_every_other_line_of_the_crontab_stays_byte_for_byte(machine: Machine) -> None:
    """Installing twice is installing once, in the same place; removing it leaves what was there before."""
    before, after = b'# mine\nMAILTO=""\n\n5 4 * * 0 echo 100\\% \xff \x85\r\n', b"@reboot x\n# the end\n"
    machine.crontab = before + after
    assert machine.type("schedule", "install", "--at", "06:10", "--no-weekly").code == 0
    assert machine.crontab == before + after + lines(machine, "06:10", None)
    machine.crontab = before + lines(machine, "06:10", None) + after
    for _ in range(2):
        assert machine.type("schedule", "install", "--at", "07:15", "--no-weekly").code == 0
        assert machine.crontab == before + lines(machine, "07:15", None) + after
    assert machine.type("schedule", "install", "--weekly", "fri 16:20").code == 0
    assert machine.crontab == before + lines(machine, "07:00", "fri 16:20") + after
    assert machine.type("schedule", "remove").out.splitlines() == [
        f"nothing is run by itself any more for {machine.db}",
        "  next: improv schedule install",
    ]
    assert machine.crontab == before + after


def test_a_crontab_that_held_nothing_else_is_gone_again(machine: Machine) -> None:
    """And there is nothing to remove any more."""
    assert machine.type("schedule", "install").code == 0
    assert machine.type("schedule", "remove").code == 0
    assert machine.crontab is None
    assert machine.type("schedule", "remove").out.splitlines()[0] == f"nothing was scheduled for {machine.db}"


def test_each_store_has_lines_of_its_own(machine: Machine, tmp_path: Path) -> None:
    """Removing one's lines leaves the other's; they can be removed when the store is gone, too."""
    first = machine.db
    assert machine.type("schedule", "install").code == 0
    kept = machine.crontab
    machine.db = tmp_path / "other.db"
    machine.started()
    assert machine.type("schedule", "install").code == 0
    machine.db.unlink()
    assert machine.type("schedule", "remove").code == 0
    assert machine.crontab == kept
    machine.db = first
    assert machine.type("schedule", "remove").code == 0
    assert machine.crontab is None


def test_a_last_line_without_its_end_gets_one(machine: Machine) -> None:
    """Else our first line would be part of it."""
    machine.crontab = b"0 0 * * * mine"
    assert machine.type("schedule", "install").code == 0
    assert (machine.crontab or b"").startswith(b"0 0 * * * mine\n# improv schedule: ")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            "#!/bin/sh\necho 'You (sam) are not allowed to use this program (crontab)' >&2; exit 1\n",
            [
                "improv: the crontab cannot be read",
                "  at fault: You (sam) are not allowed to use this program (crontab)",
                "  to mend:  crontab -l, or improv schedule install --systemd",
            ],
        ),
        (
            "#!/bin/sh\n[ $1 = -l ] && exit; echo 'too many lines' >&2; exit 1\n",
            [
                "improv: the crontab was not changed",
                "  at fault: too many lines",
                "  to mend:  crontab -l, or improv schedule install --systemd",
            ],
        ),
        (
            None,
            [
                "improv: there is no crontab on this machine",
                "  at fault: crontab",
                "  to mend:  install cron, or improv schedule install --systemd",
            ],
        ),
    ],
)
def test_a_crontab_that_cannot_be_read_or_written_is_left_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, program: str | None, told: list[str]
) -> None:
    """Nothing is scheduled then, and the store does not believe that it is."""
    machine.program("crontab", program or "").chmod(0o755 if program else 0o644)
    monkeypatch.setenv("PATH", str(machine.programs))
    done = machine.type("schedule", "install")
    assert (done.code, done.out, done.told) == (1, "", told)
    assert machine.type("schedule", "show").out == ""


def test_a_block_that_lost_its_end_is_not_guessed_at(machine: Machine) -> None:
    """All below it may be the user's own."""
    machine.crontab = broken = f"# improv schedule: {machine.db}\n0 0 * * * mine\n".encode()
    for command in ("install", "remove"):
        done = machine.type("schedule", command)
        assert (done.code, done.told) == (
            1,
            [
                "improv: the crontab has a beginning of ours and not its end",
                f"  at fault: # improv schedule: {machine.db}",
                "  to mend:  crontab -e",
            ],
        )
    assert machine.crontab == broken


@pytest.mark.usefixtures("whole_hours")
def test_a_dry_run_shows_the_lines_and_writes_nothing(machine: Machine) -> None:
    """Neither to the crontab nor to the store."""
    done = machine.type("schedule", "install", "--dry-run", "--at", "08:30")
    assert (done.code, done.err, done.out.encode()) == (0, "", lines(machine, "08:30"))
    assert machine.crontab is None
    assert machine.type("schedule", "show").out == ""


def test_what_would_run_to_no_avail_is_not_scheduled(machine: Machine) -> None:
    """Nobody to send mail to; no store."""
    machine.config.write_text("", "utf-8")
    done = machine.type("schedule", "install")
    assert (done.code, done.told) == (
        2,
        [
            "improv: nobody is named to send mail to",
            f"  at fault: [mail] of {machine.config}",
            '  to mend:  to = "you@example.com"',
        ],
    )
    machine.configure('sendmail = "/bin/true"')
    machine.db.unlink()
    assert machine.type("schedule", "install").code == 3
    assert machine.crontab is None


@pytest.mark.parametrize("name", ["back\\slash.db", "bell\a.db"])
def test_a_name_that_a_crontab_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    """Crons differ in how they read a backslash; a line is a line."""
    machine = Machine(tmp_path)
    machine.db = tmp_path / name
    done = machine.started().type("schedule", "install")
    assert (done.code, done.told[0]) == (1, "improv: a crontab cannot hold this name as it is")
    assert machine.crontab is None


@pytest.mark.usefixtures("whole_hours")
def test_what_is_scheduled_is_shown(machine: Machine) -> None:
    """When, how it went, when next; a run that failed is due again within the hour."""
    assert machine.type("schedule", "show").out == ""
    assert "Nothing is scheduled: improv schedule install" in machine.type("schedule", "show", tty=True).out
    machine.type("schedule", "install")
    assert machine.type("alerts", "--email", "--due", "07:00", at="2026-11-24T06:00Z").code == 0
    shown = machine.type("schedule", "show", at="2026-11-30T07:00Z").out
    assert shown.splitlines()[:8] == [
        "# Schedule",
        "by cron, your own time: Europe/Berlin",
        "as of\t2026-11-30",
        "",
        "## What runs by itself",
        "Command\tWhen\tLast run that went well\tNext",
        "alerts\tevery day at 07:00\tTue 24 Nov 07:00\twithin the hour",
        "report weekly\tevery Monday at 06:45\t–\twithin the hour",
    ]
    assert lines(machine).decode() in shown


# What cron runs.


def as_cron_runs_it(line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of a crontab as cron does, on a day of the tests: a bare world, no terminal, from the root of the disk."""
    up_to_a_bare_percent = re.split(r"(?<!\\)%", line.split(" ", 5)[5])[0]
    command = up_to_a_bare_percent.replace("\\%", "%").replace(" ", " IMPROV_TODAY=2026-11-23 ", 1)
    return subprocess.run(
        ["env", "-i", "/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )


def test_the_lines_run_in_crons_bare_world(tmp_path: Path) -> None:
    """No HOME, no TERM, no terminal, a name that a shell and cron would break: one mail, then none, and no word."""
    folder = tmp_path / "it's 100% mine; $HOME `ü`"
    folder.mkdir()
    machine = Machine(folder)
    machine.db = folder / "the store.db"
    machine.started()
    assert machine.type("schedule", "install", at=LONG_AGO).code == 0
    alerts, report = (machine.crontab or b"").decode().splitlines()[2:4]
    for line in (alerts, report, re.sub(" --due.*", "", alerts)):
        done = as_cron_runs_it(line)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(machine.mails) == 2


def test_what_goes_wrong_is_told_on_stderr_with_a_code_of_its_own(machine: Machine) -> None:
    """Not sent is 6, the settings 2, no store 3; flags that are up are 10, only where that was asked for."""
    machine.type("schedule", "install", at=LONG_AGO)
    line = (machine.crontab or b"").decode().splitlines()[2]
    (machine.folder / "sendmail.refuses").touch()
    done = as_cron_runs_it(line)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.splitlines()[0] == "improv: sendmail said not now: no thanks"
    (machine.folder / "sendmail.refuses").unlink()
    assert as_cron_runs_it(line).returncode == 6, "it is not tried again so soon"
    assert machine.type("mail", "send").code == 0
    assert as_cron_runs_it(line).returncode == 0
    assert len(machine.mails) == 1
    found = as_cron_runs_it(f"{re.sub(' --due.*', '', line)} --exit-code")
    assert (found.returncode, found.stdout, found.stderr) == (10, "", "")
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    machine.config.unlink()
    assert machine.type("alerts", "--email", "--due", "07:00", at=now).code == 0, "nothing was due"
    assert machine.type("alerts", "--email").code == 2
    machine.db.unlink()
    assert machine.type("alerts", "--email", "--due", "07:00").code == 3


def test_nothing_opens_the_store_once_more_while_its_lock_is_held(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To close a file is to let go of every lock that a process has on it: two lines at once would write at once."""
    held = list[bool]()
    recognise, transaction = storefile.recognise, outbox.transaction

    @contextlib.contextmanager
    def holding(connection: sqlite3.Connection) -> Iterator[None]:
        with transaction(connection):
            held.append(True)
            yield
            held.pop()

    def recognised(path: Path) -> None:
        assert not held, "the lock is lost"
        recognise(path)

    monkeypatch.setattr(outbox, "transaction", holding)
    monkeypatch.setattr(storefile, "recognise", recognised)
    for command in ("schedule install", "alerts --email", "report weekly --email"):
        assert machine.type(*command.split()).code == 0
    assert len(machine.mails) == 2


def test_due_goes_with_a_mail(machine: Machine) -> None:
    """What is only shown is shown at once."""
    for command in (("alerts",), ("report", "weekly")):
        done = machine.type(*command, "--due", "mon 07:00")
        assert (done.code, done.told) == (
            2,
            [
                "improv: --due says when a mail is due",
                "  at fault: mon 07:00",
                "  to mend:  --email --due 'mon 07:00'",
            ],
        )


def test_runs_that_were_missed_are_told_in_the_next_mail_and_once(machine: Machine) -> None:
    """The machine slept for two weeks, then ran for a day with nothing to say, then had something to say."""
    machine.type("schedule", "install", "--no-weekly", at="2026-11-01T12:00Z")
    for day, new in ((2, None), (17, None), (18, "Beta"), (19, "Gamma")):
        if new:
            must(f"client add {new} --on 2026-01-05", machine.db)
        done = machine.type("alerts", "--email", "--due", "07:00", at=f"2026-11-{day:02}T06:00Z")
        assert (done.code, done.out, done.err) == (0, "", "")
    told = "Missed: alerts 14 times, Tue 3 Nov to Mon 16 Nov. The machine was off, or mail could not be sent: improv doctor"
    assert [mail.count(told) for mail in machine.mails] == [0, 1, 0]
    assert [mail.count("Missed") for mail in machine.mails] == [0, 1, 0]


# systemd.


def test_timers_of_systemd_are_written_and_started(machine: Machine) -> None:
    """In the user's own time zone; what cron ran before is taken away, and the other way round."""
    (machine.folder / "systemd.runs").touch()
    machine.type("schedule", "install")
    done = machine.type("schedule", "install", "--systemd", "--at", "07:05", "--no-weekly")
    assert (done.code, done.out.splitlines()[-2:]) == (
        0,
        [
            "  timers run while you are signed in; always: loginctl enable-linger",
            "  next: improv schedule show",
        ],
    )
    assert machine.crontab is None
    units = machine.folder / "systemd" / "user"
    service, timer = sorted(units.glob("improv-*"))
    assert timer.read_text("utf-8").splitlines() == [
        "[Unit]",
        f"Description=improv alerts of {machine.db}, due every day at 07:05",
        "",
        "[Timer]",
        "# It looks once an hour whether it is due: a mail that could not be sent is tried again.",
        "OnCalendar=*-*-* *:05:00 Europe/Berlin",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    start = lines(machine, "07:05", None).decode().splitlines()[2].removeprefix("5 * * * * ")
    assert service.read_text("utf-8").splitlines()[-1] == f"ExecStart={start}"
    assert machine.type("schedule", "install").code == 0
    assert list(units.glob("**/*.*")) == [units / "timers.target.wants"]
    asked = (machine.folder / "systemctl.asked").read_text("utf-8").splitlines()
    assert asked == [
        "--user daemon-reload",
        f"--user enable --now {timer.name}",
        f"--user disable --now {timer.name}",
        "--user daemon-reload",
    ]


def test_where_no_systemd_of_the_users_runs_the_command_is_told(machine: Machine) -> None:
    """The files are there; it is for the user to start them."""
    done = machine.type("schedule", "install", "--systemd")
    timers = " ".join(path.name for path in sorted((machine.folder / "systemd/user").glob("*.timer")))
    assert done.out.splitlines()[-1] == (
        f"  next: systemctl --user daemon-reload && systemctl --user enable --now {timers}"
    )
    shown = machine.type("schedule", "install", "--systemd", "--dry-run").out
    assert shown.count("# /") == 4
    assert machine.type("schedule", "show").out.count("OnCalendar") == 2
    assert machine.type("schedule", "remove").code == 0
    assert list((machine.folder / "systemd/user").iterdir()) == []


def test_a_unit_holds_any_name_that_can_be_shown(tmp_path: Path) -> None:
    """What systemd would read as its own signs is written twice or behind a backslash."""
    machine = Machine(tmp_path)
    machine.db = tmp_path / 'a "b" 100% $HOME \\ ü.db'
    text = machine.started().type("schedule", "install", "--systemd", "--dry-run").out
    assert f'--db "{tmp_path}/a \\"b\\" 100%% $$HOME \\\\ ü.db" alerts' in text


def test_the_tracks_are_run_where_a_time_is_told_and_send_no_mail(machine: Machine) -> None:
    """A line like the others without --email; replaced by a schedule without them."""
    done = machine.type("schedule", "install", "--no-weekly", "--tracks", "06:30")
    assert done.out.splitlines()[1:3] == [
        "  alerts: every day at 07:00, next Tue 24 Nov 07:00",
        "  track run: every day at 06:30, next Tue 24 Nov 06:30",
    ]
    assert (machine.crontab or b"").splitlines()[3].endswith(b"track run --due 06:30")
    machine.crontab = b""
    assert "improv schedule install --at 07:00 --no-weekly --tracks 06:30" in machine.type("doctor").out
    assert machine.type("schedule", "install", "--no-weekly").code == 0
    assert b"track run" not in (machine.crontab or b"")
