"""Terminals and environments as they come: each command works there, or says in words why not."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

import pytest

from improv.nouns import NOUNS
from improv.reports.catalogue import CATALOGUE as REPORTS
from improv.show import FORMATS
from improv.text import width
from tests.faults.tally import Tally, some
from tests.faults.world import TODAY, dump, store_ill
from tests.run import ROOT, Result, run, spawn, start
from tests.terminal import sit

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
    "a HOME that is no folder": ("env", "HOME=/dev/null", "XDG_CONFIG_HOME="),
    "folders that are not absolute": ("env", "XDG_CONFIG_HOME=config", "XDG_DATA_HOME=."),
    "an empty IMPROV_CONFIG": ("env", "IMPROV_CONFIG="),
    "a TERM nobody knows": ("env", "TERM=no-such-terminal"),
    "a pager and an editor that are none": (
        "env",
        "PAGER=; rm -rf /",
        "EDITOR='",
        "BROWSER=%s ;",
        "IMPROV_PAGER='",
    ),
    "a width and a height that are none": ("env", "COLUMNS=wide", "LINES=-1"),
    "a stream that takes no letter but ASCII": ("env", "PYTHONIOENCODING=ascii:strict"),
    "warnings are errors": ("env", "PYTHONWARNINGS=error"),
    "Python looks for faults of its own": ("env", "PYTHONDEVMODE=1", "PYTHONWARNINGS=error"),
    "Python leaves out what it may": (
        "env",
        "PYTHONOPTIMIZE=2",
        "PYTHONDONTWRITEBYTECODE=",
        "PYTHONPYCACHEPREFIX=GONE",
    ),
    "Python looks in no folder of the user's": (
        "env",
        "PYTHONSAFEPATH=1",
        f"PYTHONPATH={ROOT}",
        "PYTHONNOUSERSITE=1",
    ),
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
    tried, faults = some(COMMANDS, 3, place), []
    for words in tried:
        result = spawn(*words, db=db, today=TODAY, before=tuple(before), errors="replace")
        if not ended_well(result):
            faults.append(f"{' '.join(words)}: {result}")
        if result.code != 0:
            faults.append(f"{' '.join(words)} did not work: {result.told[0]}")
    tally.add(place, len(tried), len(faults), [])
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


# What is said, and where it goes.

STREAMS = {
    "stdout is full": ">/dev/full",
    "stderr is full": "2>/dev/full",
    "stdout is closed": ">&-",
    "stderr is closed": "2>&-",
    "stdin is closed": "<&-",
    "all three are closed": "<&- >&- 2>&-",
    "nobody reads on": "| head -c 1 >/dev/null",
}
SAID: tuple[tuple[str, ...], ...] = (
    ("--help",),
    *COMMANDS,
    ("history",),
    ("query", "SELECT * FROM leads"),
    ("export",),
    ("calendar",),
    *(
        ("report", name, "--format", form)
        for name, form in zip(list(REPORTS)[::6], cycle(FORMATS), strict=False)
    ),
    ("task", "list", "--format", "csv"),
    ("lead", "add", "Ada", "--source", "web"),  # with a note that she is known
    ("client", "edit", "C1", "--health", "70"),
    ("task", "done", "K1"),
    ("event", "cancel", "E1"),
    ("merge", "L1", "L2"),
    ("alerts", "ack", "C4", "C1"),
    ("kpi", "pick", "new-leads", "visits", "lost", "closed", "points"),
    ("track", "run"),
    ("rate",),
    ("lead", "show", "nobody"),
    ("lead", "add", "Ada", "--on", "2026-02-30"),
)


@pytest.mark.parametrize("place", STREAMS)
def test_a_stream_that_takes_nothing_harms_nothing(
    tmp_path: Path, book: Path, place: str, tally: Tally
) -> None:
    """The command does what it always does; only a full stdout is a failure, told in words that own up to what was done."""
    db, usual = tmp_path / "improv.db", tmp_path / "usual.db"
    shutil.copy(book, db)
    shutil.copy(book, usual)
    tried, faults, said = some(SAID, 3, place), [], []
    for words in tried:
        shell = ("bash", "-c", f'set -o pipefail; "$@" {STREAMS[place]}', "bash")
        known = run(*words, db=usual, today=TODAY)
        seen = spawn(*words, db=db, today=TODAY, before=shell)
        full = place == "stdout is full" and known.out
        if seen.code != (1 if full else known.code) or "Traceback" in seen.err or dump(db) != dump(usual):
            faults.append(f"{' '.join(words)}: {seen}, else {known.code}")
        if full and (told := [line for line in seen.told if line.startswith("improv: ")]):
            said += told
            if len(seen.told) < 3 or ("it was done" in told[0]) != (known.out.count("\n  next: ") > 0):
                faults.append(f"{' '.join(words)}: {seen.err}")
    faults += store_ill(db)
    tally.add(place, len(tried), len(faults), said)
    assert faults == []


# How wide the terminal is.

WIDTHS = (20, 40, 80, 200)
AWKWARD = {
    "L3": "Nebenwirkungsgesellschaft für Anlagenbau und Überseehandel mbH",
    "L4": "名前がとても長い会社の代表者の方です",
    "L5": "e\u0301a\u0308o\u0302 Zo\u0308e\u0301 Kombi\u0301n",
    "L6": "🚀 Ad Astra",  # of joined signs, as 👩\u200d🚀, no two terminals think alike
    "L7": "ﷺ مرحبا بالعالم",
}
WIDE: tuple[tuple[str, ...], ...] = (
    *((noun.command, "list") for noun in NOUNS if noun.table not in {"upsell", "snooze", "saved_list"}),
    *(("report", name) for name in REPORTS),
    *(("show", ref) for ref in ("L1", "O1", "E1", "C1", "V1", "K1", *AWKWARD)),
    *(
        (),
        ("alerts",),
        ("check",),
        ("todo",),
        ("history",),
        ("duplicates",),
        ("kpi", "list"),
        ("metric", "list"),
    ),
)


@pytest.fixture(scope="module")
def awkward(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with names that are hard to fit: very long, wide, combining, from right to left."""
    db = Path(shutil.copy(book, tmp_path_factory.mktemp("wide") / "improv.db"))
    for ref, name in AWKWARD.items():
        assert run("lead", "add", name, "--source", "web", db=db, today=TODAY).out.startswith(f"{ref} ")
    return db


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_page_fits_the_terminal_and_tells_each_record(
    awkward: Path, columns: int, tally: Tally
) -> None:
    """No line is wider; each record is there with its id and the beginning of its name; light, dark or without colours."""
    faults = []
    tried = some(WIDE if columns in {20, 80} else WIDE[::3], 5, str(columns))
    for words in tried:
        seen = sit(*words, db=awkward, columns=columns, given={"NO_COLOR": "1"})
        wide = [line for line in seen.lines if width(line) > min(columns, 110)]
        if seen.code or wide or "Traceback" in seen.text:
            faults.append(f"{' '.join(words)}: {seen.code} {wide[:1]}")
    listed = sit("lead", "list", db=awkward, columns=columns, given={"NO_COLOR": "1"}).lines
    for ref, name in AWKWARD.items():
        begun = next((number for number, line in enumerate(listed) if line.split()[:1] == [ref]), None)
        near = "" if begun is None else " ".join(listed[begun : begun + 3])
        if name.split()[0][:6] not in near:
            faults.append(f"{ref} is not to be recognised: {near!r}")
    tally.add(f"a terminal of {columns} columns", len(tried) + 1, len(faults), [])
    assert faults == []


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (0, 0), (3, 2), (65535, 65535)])
def test_a_terminal_of_no_sensible_size_is_no_failure(
    awkward: Path, columns: int, rows: int, tally: Tally
) -> None:
    """One that does not know its size, and one in which nothing fits."""
    faults = []
    tried = some(WIDE[::5], 3, f"{columns}x{rows}")
    for words in tried:
        seen = sit(*words, db=awkward, columns=columns, rows=rows)
        if seen.code or "Traceback" in seen.text or not seen.text:
            faults.append(f"{' '.join(words)}: {seen}")
    tally.add(f"a terminal of {columns} × {rows}", len(tried), len(faults), [])
    assert faults == []
