"""A clock that is wrong: set back ten years, at the beginning of time, past 2038, past 2100."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from improv.errors import NotFound
from improv.nouns import NOUNS
from improv.reports.catalogue import CATALOGUE as REPORTS
from tests.ends import NEGATIVE
from tests.faults.tally import FULL, Tally
from tests.faults.world import store_ill
from tests.run import Result, spawn
from tests.session import must

pytestmark = pytest.mark.system("faketime")
NOW = "2026-11-23 09:00:00"
CLOCKS = {
    "set back ten years": "2016-11-26 10:00:00",
    "at its beginning": "1970-01-02 00:00:00",
    "where 32 bits end": "2038-01-19 03:14:08",
    "in 2100": "2100-03-01 12:00:00",
}
Words = tuple[str, ...]
# In `make faults` every report and every list, too.
ALL: tuple[Words, ...] = (
    *(("report", name) for name in REPORTS),
    *((noun.command, "list") for noun in NOUNS if noun.table not in {"upsell", "snooze", "saved_list"}),
    *(("show", f"{letter}1") for letter in "LOECVATRN"),
    *(
        ("alerts", "--all"),
        ("check",),
        ("kpi", "list"),
        ("track", "due"),
        ("plan", "--wins", "2"),
        ("export",),
    ),
)
LOOK: tuple[Words, ...] = (
    (),
    ("alerts",),
    ("todo",),
    ("lead", "list"),
    ("task", "list"),
    ("show", "O1"),
    ("show", "C1"),
    ("report", "daily"),
    ("report", "weekly"),
    ("report", "pipeline"),
    ("metric", "time-in-stage"),
    ("history",),
    ("calendar",),
    ("doctor",),
)
ZONES = (
    ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
    ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
    ("Asia/Kolkata", "America/New_York"),
)
DAYS = ["Sun 22 Nov", "Mon 23 Nov"]
WRITE: tuple[Words, ...] = (
    ("lead", "add", "Zoe", "--source", "web"),
    ("log", "call", "Zoe", "hello"),
    ("undo",),
)


def at(when: str, *words: str, db: Path, config: Path | None = None) -> Result:
    """Run a command as if the machine's clock showed another time."""
    before = ("env", "-u", "IMPROV_TODAY", "faketime", "-f", when)
    return spawn(*words, db=db, config=config, before=before)


@pytest.fixture
def db(tmp_path: Path, book: Path) -> Path:
    """Give a store that was written in November 2026."""
    path = tmp_path / "improv.db"
    path.write_bytes(book.read_bytes())
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_wrong_clock_breaks_nothing(db: Path, clock: str, tally: Tally) -> None:
    """Every page is there, no age is negative, a record typed then is kept, and a right clock finds all of it."""
    faults = []
    looks = (*LOOK, *ALL) if FULL else LOOK
    for words in looks:
        seen = at(CLOCKS[clock], *words, db=db)
        if (
            seen.code not in {0, NotFound.exit_code}
            or (seen.code == 0) != (seen.err == "")
            or NEGATIVE.search(seen.out)
        ):
            faults.append(f"{' '.join(words)}: {seen}")
    for words in WRITE:
        written = at(CLOCKS[clock], *words, db=db)
        if (written.code, written.err) != (0, ""):
            faults.append(f"{' '.join(words)}: {written}")
    right = at(NOW, "lead", "list", db=db)
    assert "Zoe" in right.out
    assert store_ill(db) == []
    assert must("history", db).out.count("\n") > 3
    tally.add(f"a clock {clock}", len(looks) + len(WRITE), len(faults), [])
    assert faults == []


@pytest.mark.parametrize("due", [(), ("--due", "07:00")], ids=["at once", "when due"])
def test_a_clock_that_jumps_sends_no_storm_of_mails(
    tmp_path: Path, db: Path, tally: Tally, due: Words
) -> None:
    """Ten years back and forth again: the mail of what is new, at most one of what changed, and none twice."""
    mails, program, config = tmp_path / "mails", tmp_path / "sendmail", tmp_path / "config.toml"
    mails.mkdir()
    program.write_text(f"#!/bin/sh\nexec cat > {mails}/$(ls {mails} | wc -l)\n", "utf-8")
    program.chmod(0o755)
    config.write_text(
        f'[mail]\nto = "me@example.com"\nfrom = "me@example.com"\nsendmail = "{program}"\n', "utf-8"
    )
    sent = []
    for when in (NOW, CLOCKS["set back ten years"], CLOCKS["set back ten years"], NOW, NOW):
        assert at(when, "alerts", "--email", *due, db=db, config=config).code == 0
        sent.append(len(list(mails.iterdir())))
    assert sent[0] == 1
    assert sent[1] == sent[2] <= 2
    assert sent[3] == sent[4] <= 3
    said = [f"{sent[-1]} mails"]
    tally.add(" ".join(("a clock that jumps ten years and back, with mail", *due)), 5, 0, said)


@pytest.mark.parametrize(("zone", "machine"), ZONES)
def test_today_is_the_day_of_the_stores_own_zone(
    tmp_path: Path, zone: str, machine: str, tally: Tally
) -> None:
    """A second before midnight there, and a second after it, by the clock of a machine in another zone."""
    db = tmp_path / "improv.db"
    must(f"init --timezone {zone}", db)
    midnight = datetime(2026, 11, 23, tzinfo=ZoneInfo(zone))
    told = []
    for seconds in (-2, 2):
        clock = (midnight + timedelta(seconds=seconds)).astimezone(ZoneInfo(machine))
        before = (
            "env",
            "-u",
            "IMPROV_TODAY",
            f"TZ={machine}",
            "faketime",
            "-f",
            f"{clock:%Y-%m-%d %H:%M:%S}",
        )
        added = spawn("lead", "add", f"Lead {seconds}", db=db, before=before)
        assert (added.code, added.err) == (0, "")
        told.append(added.out.splitlines()[0].partition("received ")[2].partition(",")[0])
    tally.add(f"midnight in {zone}, on a machine in {machine}", 2, int(told != DAYS), [])
    assert told == DAYS
