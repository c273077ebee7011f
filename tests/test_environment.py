"""Environments as they come: where the store is then, what Python was told, and streams that take nothing."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from improv.commands import desk
from tests.run import ROOT, Result, run, spawn
from tests.session import must

# A run of the program that writes down what its first three files are whenever it has opened a store.
LOOK = """
import os
from improv import connecting, entry
connect, streams = connecting._connect, []
def connected(name, *, uri=False):
    made = connect(name, uri=uri)
    streams.extend(os.readlink(f"/proc/self/fd/{number}") for number in range(3))
    return made
connecting._connect = connected
try:
    entry.run()
finally:
    open(os.environ["SEEN"], "w").write(" ".join(streams))
"""
NO_HOME = "improv: there is no home folder to keep the store in"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with one lead, whose name is not ASCII."""
    path = tmp_path / "improv.db"
    must("lead add 'Zoë 名前 😀'", path)
    return path


def at_home(folder: Path, *words: str, **variables: str) -> Result:
    """Run a command in a folder, with nothing set but these variables."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "improv", *words],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


# Where the store is.


@pytest.mark.parametrize("name", [b"50% off?#1 %20 & \xc3\xa9.db", b"\xff\xfe.db"])
def test_a_store_is_opened_whatever_it_is_called(name: bytes, tmp_path: Path) -> None:
    """Signs that mean something in an address, and bytes that are no text."""
    path = tmp_path / os.fsdecode(name)
    must("lead add Ada", path)
    assert "Ada" in must("lead list", path).out
    assert [os.fsencode(file.name) for file in tmp_path.glob("*.db")] == [name]


@pytest.mark.parametrize("home", ["somewhere", "", "."])
def test_a_home_that_is_no_place_of_its_own_is_told(home: str, tmp_path: Path) -> None:
    """Else there would be another store in every folder; nothing is made."""
    seen = at_home(tmp_path, "lead", "add", "Ada", HOME=home)
    assert (seen.code, seen.told[0]) == (2, NO_HOME)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("lead", "list", "-o", "leads.csv"), ("backup", "copy.db")])
def test_a_folder_that_is_gone_is_told_where_something_is_written_into_it(
    words: tuple[str, ...], db: Path, tmp_path: Path
) -> None:
    """What needs no folder works there."""
    gone = tmp_path / "gone"
    ways = "import os; os.rmdir(os.getcwd()); from improv import __main__ as it; it.run()"
    said = []
    for typed in (words, ("lead", "list")):
        gone.mkdir()
        said.append(
            subprocess.run(
                [sys.executable, "-c", ways, "--db", db, *typed],
                cwd=gone,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        )
    told, listed = said
    assert (told.returncode, told.stderr.splitlines()[::2]) == (
        3,
        [
            "improv: the folder you are in is not there any more",
            "  to mend:  cd to another, and type it again",
        ],
    )
    assert (listed.returncode, listed.stdout[:3]) == (0, "L1\t")


def test_a_limit_on_the_size_of_files_is_not_called_a_fault_of_the_disk(db: Path) -> None:
    """What was half written is taken back as soon as the limit allows it."""
    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            'ulimit -f 100; exec "$0" -m improv --db "$1" lead add Eve',
            sys.executable,
            str(db),
        ],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (
        1,
        "",
        [
            "improv: files may not grow large enough for the store; nothing was acknowledged",
            f"  at fault: {db}",
            "  to mend:  ulimit -f unlimited, then type it again",
        ],
    )
    assert [line[:6] for line in must("lead list", db).out.splitlines()] == ["L1\tZoë"]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["lead", "list"], "improv init, or improv lead add NAME"),
        (
            ["--db", "a new.db", "lead", "list"],
            "improv --db 'a new.db' init, or improv --db 'a new.db' lead add NAME",
        ),
        (["lead", "add", "--db", r"\1.db"], r"improv --db '\1.db' " + 'lead add "Ada Lovelace"'),
    ],
)
def test_what_mends_an_error_is_about_the_store_that_was_named(
    tmp_path: Path, words: list[str], mend: str
) -> None:
    """Pasted, it would make another store, or look into one."""
    assert run(*words, db=tmp_path / "improv.db").told[2] == f"  to mend:  {mend}"


def test_a_configuration_that_is_a_link_to_nowhere_is_told(db: Path, tmp_path: Path) -> None:
    """Else all that was set would be forgotten in silence, such as a playbook on a disk that is not there."""
    config = tmp_path / ".config" / "improv" / "config.toml"
    config.parent.mkdir(parents=True)
    config.symlink_to("nowhere.toml")
    seen = at_home(tmp_path, "--db", str(db), "lead", "list", HOME=str(tmp_path))
    assert (seen.code, seen.told) == (
        2,
        [
            "improv: the configuration is a link that leads nowhere",
            f"  at fault: {config}",
            f"  to mend:  ls -l {config}",
        ],
    )


def test_a_home_that_is_no_folder_is_told(tmp_path: Path) -> None:
    """Where a store would be made, and not the configuration, which nobody has."""
    seen = at_home(tmp_path, "lead", "add", "Ada", HOME="/dev/null")
    place = "/dev/null/.local/share/improv/improv.db"
    assert (seen.code, seen.told[:2]) == (
        5,
        ["improv: the store cannot be made there: not a directory", f"  at fault: {place}"],
    )


def test_what_is_empty_or_not_absolute_is_as_good_as_not_set(tmp_path: Path) -> None:
    """The store is in the home folder, whatever folder the command is run in."""
    home = tmp_path / "home"
    home.mkdir()
    odd = {"IMPROV_DB": "", "IMPROV_CONFIG": "", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "."}
    seen = at_home(tmp_path / "here", "lead", "add", "Ada", HOME=str(home), **odd)
    assert (seen.code, seen.err) == (0, "")
    assert at_home(tmp_path / "there", "lead", "list", HOME=str(home)).out.startswith("L1\tAda\t")
    assert list((tmp_path / "here").iterdir()) == []


def test_help_says_what_commands_do_where_python_leaves_such_words_out(db: Path) -> None:
    """The words above a function are not there under -OO."""
    usual = spawn("lead", "add", "--help", db=db)
    assert spawn("lead", "add", "--help", db=db, extra={"PYTHONOPTIMIZE": "2"}) == usual
    assert "Add a lead: a name is enough." in usual.out


# Letters that cannot be shown.


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1"])
def test_letters_that_cannot_be_shown_are_escaped_in_words_and_whole_in_files(
    db: Path, encoding: str
) -> None:
    """A list for people has escapes; CSV, JSON, a web page and a calendar hold each letter in their own way."""
    told = {"PYTHONIOENCODING": encoding}

    def shown(*words: str) -> str:
        with_bytes = spawn(*words, db=db, extra=told, errors="backslashreplace")
        assert (with_bytes.code, with_bytes.err) == (0, "")
        return with_bytes.out

    assert "\\u540d\\u524d \\U0001f600" in shown("lead", "list")
    assert json.loads(shown("lead", "list", "--format", "json"))["rows"][0]["name"] == "Zoë 名前 😀"
    assert (
        next(csv.DictReader(io.StringIO(shown("lead", "list", "--format", "csv"))))["name"] == "Zoë 名前 😀"
    )
    assert "Zo&#235; &#21517;&#21069; &#128512;" in shown("lead", "list", "--format", "html")


@pytest.mark.parametrize("columns", ["", "0", "-1", "wide", "9" * 5000, "８０", "1e3", "80.5"])
def test_a_width_that_is_none_is_as_good_as_not_set(db: Path, columns: str) -> None:
    """The page is as wide as where no terminal says how wide it is."""
    usual = run("show", "L1", db=db, tty=True, extra={"COLUMNS": "80"})
    seen = run("show", "L1", db=db, tty=True, extra={"COLUMNS": columns, "LINES": columns})
    assert (seen.code, seen.out) == (0, usual.out)


# Streams.


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_what_was_done_and_cannot_be_told_is_owned(db: Path) -> None:
    """It is not to be typed again; so where Python was told to hold no words back."""
    for unbuffered in ("", "1"):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            seen = spawn("undo", db=db, stdout=full, extra={"PYTHONUNBUFFERED": unbuffered})
            must("redo", db)
        assert (seen.code, seen.told) == (
            1,
            [
                "improv: it was done, but what it says cannot be written: no space left on device",
                "  at fault: improv undo",
                "  to mend:  let it write elsewhere; improv history shows what was kept",
            ],
        )


def test_no_file_of_ours_takes_the_place_of_a_stream_that_is_closed(db: Path) -> None:
    """Else what a command says would be written into the store: 0, 1 and 2 are nothing's, whatever is opened."""
    seen = db.with_name("seen")
    for words in (("lead", "list"), ("lead", "add", "Bob")):
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" -c "$LOOK" "$@" <&- >&- 2>&-', sys.executable, *words],
            env={
                "PATH": os.defpath,
                "LOOK": LOOK,
                "SEEN": str(seen),
                "IMPROV_DB": str(db),
                "HOME": str(db.parent),
                "PYTHONPATH": str(ROOT),
            },
            check=False,
        )
        assert done.returncode == 0
        assert set(seen.read_text().split()) == {os.devnull}


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_the_clock_of_the_machine_is_that_of_its_time_zone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The C library, which is asked for the user's day where it can be, says at every hour of two years what `zone` says."""
    monkeypatch.setenv("TZ", f":/usr/share/zoneinfo/{name}")
    time.tzset()
    try:
        hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(2 * 365 * 24)]
        assert not [
            hour
            for hour in hours
            if hour.astimezone(None).isoformat() != hour.astimezone(ZoneInfo(name)).isoformat()
        ]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_machine_is_asked_for_the_clock_of_its_own_time_zone_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not for another, nor where it is told another, nor where the zones are read from elsewhere."""
    monkeypatch.setattr(os.path, "realpath", lambda _: "/usr/share/zoneinfo/Europe/Berlin")
    for name in ("TZ", "PYTHONTZPATH"):
        monkeypatch.delenv(name, raising=False)
    assert desk.is_of_machine("Europe/Berlin")
    assert not desk.is_of_machine("Europe/Paris")
    for name in ("TZ", "PYTHONTZPATH"):
        with monkeypatch.context() as told:
            told.setenv(name, "Europe/Paris")
            assert not desk.is_of_machine("Europe/Berlin")
