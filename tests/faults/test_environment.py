"""Terminals and environments as they come: each command works there, or says in words why not."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.tally import Tally
from tests.faults.world import TODAY
from tests.run import Result, spawn, start

COMMANDS = (
    (),
    ("lead", "list"),
    ("show", "O1"),
    ("alerts",),
    ("report", "weekly"),
    ("lead", "add", "Zoë"),
    ("undo",),
)
PLACES: Mapping[str, tuple[str, ...]] = {
    "TERM=dumb": ("env", "TERM=dumb"),
    "no TERM": ("env", "-u", "TERM"),
    "NO_COLOR": ("env", "NO_COLOR=1"),
    "ASCII is all there is": (
        "env",
        "LC_ALL=C",
        "PYTHONUTF8=0",
        "PYTHONCOERCECLOCALE=0",
        "PYTHONIOENCODING=ascii",
    ),
    "Latin-1": ("env", "PYTHONIOENCODING=latin-1"),
    "a locale nobody knows": ("env", "LC_ALL=xx_YY.UTF-8", "LANG=xx"),
    "a time zone nobody knows": ("env", "TZ=Nowhere/Land"),
    "a folder that is gone": ("sh", "-c", 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"', "GONE"),
    "no HOME": ("env", "-u", "HOME"),
    "a HOME that is not there": ("env", "HOME=/no/such/home"),
    "no file may be made": ("sh", "-c", 'umask 777; exec "$@"', "sh"),
    "few handles": ("sh", "-c", 'ulimit -n 16; exec "$@"', "sh"),
}


def ended_well(result: Result) -> bool:
    """Tell whether a command did its work without a word beside it, or said why not in three lines."""
    if result.code == 0:
        return result.err == ""
    return result.out == "" and len(result.told) == 3 and result.told[0].startswith("improv: ")


@pytest.mark.parametrize("place", PLACES)
def test_a_command_works_wherever_it_is_run(tmp_path: Path, book: Path, place: str, tally: Tally) -> None:
    """A reading and a writing command each, in a pipe."""
    db = Path(shutil.copy(book, tmp_path / "improv.db"))
    before = [word.replace("GONE", str(tmp_path / "gone")) for word in PLACES[place]]
    faults = []
    for words in COMMANDS:
        result = spawn(*words, db=db, today=TODAY, before=tuple(before), errors="replace")
        if not ended_well(result):
            faults.append(f"{' '.join(words)}: {result}")
        if result.code != 0:
            faults.append(f"{' '.join(words)} did not work: {result.told[0]}")
    tally.add(place, len(COMMANDS), len(faults), [])
    assert faults == []


def test_without_any_environment_a_command_works(tmp_path: Path, book: Path, tally: Tally) -> None:
    """`env -i`, as a bare cron has it."""
    db = Path(shutil.copy(book, tmp_path / "improv.db"))
    faults = []
    for words in COMMANDS:
        with start("--db", db, *words, db=db, before=("env", "-i")) as process:
            out, err = process.communicate(timeout=60)
        if (process.returncode, err) != (0, "") or not out:
            faults.append(f"{words}: {process.returncode} {err}")
    tally.add("env -i", len(COMMANDS), len(faults), [])
    assert faults == []


def test_a_home_that_may_only_be_read_is_told(tally: Tally) -> None:
    """A first record finds no place, and says which; nothing is made."""
    powers = (
        ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--") if os.geteuid() == 0 else ()
    )
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o555)
        unset = dict.fromkeys(("IMPROV_DB", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), "")
        result = spawn("lead", "add", "Ada", db=home, before=powers, extra={"HOME": name, **unset})
        made = list(home.iterdir())
        home.chmod(0o755)
    tally.add("a HOME that may only be read", 1, int(not ended_well(result)), result.told[:1])
    assert (result.code, ended_well(result), made) == (5, True, []), result
