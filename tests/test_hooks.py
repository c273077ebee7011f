"""A program of the user's own after every command that wrote: told what was written, trusted with nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from improv.commands import hooks
from tests.run import ROOT, Result, run, spawn

DUMP = '#!/bin/sh\n{{ cat; env; }} > "{kept}"\n'


class Home:
    """A configuration folder of the user's own, with a hook in it."""

    def __init__(self, folder: Path) -> None:
        self.db, self.kept = folder / "improv.db", folder / "kept"
        self.config = folder / "config"
        self.hook = self.config / "improv" / "hooks" / "after-write"
        self.hook.parent.mkdir(parents=True, mode=0o700)
        self.write(DUMP.format(kept=self.kept))

    def write(self, text: str, mode: int = 0o700) -> None:
        """Put the hook there."""
        self.hook.write_text(text, "utf-8")
        self.hook.chmod(mode)

    def type(self, *words: str, **secret: str) -> Result:
        """Type a command as this user."""
        return run(*words, db=self.db, extra={"XDG_CONFIG_HOME": str(self.config), **secret})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a user with a hook."""
    return Home(tmp_path)


def test_a_hook_is_told_what_a_command_wrote(home: Home) -> None:
    """As one line of JSON on stdin: the entry, its words, and every record it touched."""
    done = home.type("lead", "add", "Ada", "--source", "web")
    assert (done.code, done.err) == (0, "")
    told = json.loads(home.kept.read_text().splitlines()[0])
    assert told.pop("recorded_at").endswith("Z")
    assert told == {
        "entry": 1,
        "kind": "do",
        "command": "lead add Ada --source web",
        "record": "L1",
        "changes": [
            {"table": "lead", "id": 1, "record": "L1", "change": "added"},
            {"table": "lifecycle", "id": 1, "record": None, "change": "added"},
        ],
        "more": 0,
    }
    home.type("undo")
    told = json.loads(home.kept.read_text().splitlines()[0])
    assert (told["kind"], [one["change"] for one in told["changes"]]) == ("undo", ["removed", "removed"])


def test_what_only_looks_or_fails_runs_no_hook(home: Home) -> None:
    """Lists, a refusal, a rehearsal: nothing was written."""
    home.type("lead", "add", "Ada")
    home.kept.unlink()
    for words in (
        ("lead", "list"),
        ("show", "L1"),
        ("lead", "edit", "L9", "--city", "Rome"),
        ("lead", "edit", "L1"),
    ):
        home.type(*words)
    assert not home.kept.exists()


def test_no_secret_reaches_a_hook(home: Home) -> None:
    """Of the environment it gets what a program needs to start, and where the store is."""
    home.type("lead", "add", "Ada", MAIL_PASSWORD="canary-7f3a", PYTHONPATH="/x")  # noqa: S106 - what must not get out
    kept = home.kept.read_text()
    assert "canary" not in kept
    assert f"IMPROV_DB={home.db}" in kept
    assert "PYTHONPATH" not in kept


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (
            "#!/bin/sh\necho 'no such list' >&2; exit 3\n",
            0o700,
            "the hook failed with exit code 3: no such list",
        ),
        ("#!/bin/sh\nkill -9 $$\n", 0o700, "the hook failed with exit code -9: {hook}"),
        ("#!/no/such/program\n", 0o700, "the hook was not run: no such file or directory: {hook}"),
        ("#!/bin/sh\n", 0o600, "the hook was not run: it is no program: {hook}"),
        ("#!/bin/sh\n", 0o722, "the hook was not run: others may change it: {hook}"),
        (
            "#!/bin/sh\nprintf '\\033]0;owned\\007' >&2; exit 1\n",
            0o700,
            r"the hook failed with exit code 1: \x1b]0;owned\x07",
        ),
    ],
)
def test_a_hook_that_fails_is_told_and_the_command_is_done(
    home: Home, text: str, mode: int, said: str
) -> None:
    """The record is kept, the exit code is the command's, and one line on stderr says what went wrong."""
    home.write(text, mode)
    done = home.type("lead", "add", "Ada")
    assert (done.code, done.told) == (0, [said.format(hook=home.hook)])
    assert home.type("lead", "list").out.startswith("L1\tAda")


@pytest.mark.parametrize(
    "text", ["sleep 60 & sleep 60", "trap '' TERM HUP INT; sleep 60", "exec 2>&-; sleep 60", "yes >&2"]
)
def test_a_hook_has_a_time_limit(home: Home, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that never ends is stopped, with all that it started, deaf to signals or not, and however much it says."""
    monkeypatch.setattr(hooks, "SECONDS", 0.2)
    home.write(f"#!/bin/sh\n{text}\n")
    done = home.type("lead", "add", "Ada")
    assert (done.code, done.told) == (0, [f"the hook was stopped after 0.2 seconds: {home.hook}"])


def test_what_a_hook_leaves_running_is_not_waited_for(home: Home) -> None:
    """A program of its own in the background may hold its streams open; what the hook said is told all the same."""
    home.write(f"#!/bin/sh\nsleep 5 &\necho $! >'{home.kept}'; echo 'gone wrong' >&2; exit 4\n")
    began = time.monotonic()
    done = home.type("lead", "add", "Ada")
    assert time.monotonic() - began < 4
    assert (done.code, done.told) == (0, ["the hook failed with exit code 4: gone wrong"])
    os.kill(int(home.kept.read_text()), signal.SIGKILL)


def test_a_hook_need_not_read_what_it_is_told(home: Home, tmp_path: Path) -> None:
    """Not even where that is more than a pipe holds; and of what it says itself only the end is kept."""
    rows = tmp_path / "leads.csv"
    rows.write_text("Name,Source\n" + "".join(f"Lead {number},web\n" for number in range(900)), "utf-8")
    home.write("#!/bin/sh\nexec 0<&-\nhead -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1\n")
    done = home.type("import", str(rows), "--as", "leads")
    assert (done.code, done.told[-1]) == (0, f"the hook failed with exit code 1: {'x' * 199}…")


def test_what_a_hook_types_runs_no_hook(home: Home) -> None:
    """Else one that writes a note would never end."""
    home.write(
        f"#!/bin/sh\ncat >>'{home.kept}'\n"
        f"cd '{ROOT}' && exec '{sys.executable}' -m improv note add L1 'seen by the hook'\n"
    )
    assert home.type("lead", "add", "Ada").err == ""
    assert len(home.kept.read_text().splitlines()) == 1
    assert "seen by the hook" in home.type("show", "L1").out


def test_ctrl_c_stops_the_hook_and_not_the_command(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is written, and nobody is told that nothing was changed."""
    home.write("#!/bin/sh\nsleep 60\n")
    heard = hooks._heard

    def interrupted(process: "subprocess.Popen[bytes]") -> bytes:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        return heard(process)

    monkeypatch.setattr(hooks, "_heard", interrupted)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        done = home.type("lead", "add", "Ada")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (done.code, done.told) == (0, [f"the hook was stopped: {home.hook}"])
    assert done.out.startswith("L1 Ada")


def test_a_hook_that_kills_the_command_takes_nothing_back(home: Home) -> None:
    """It runs after the store was synced."""
    home.write("#!/bin/sh\nkill -9 $PPID\n")
    killed = spawn("lead", "add", "Ada", db=home.db, extra={"XDG_CONFIG_HOME": str(home.config)})
    assert killed.code == -signal.SIGKILL
    assert home.type("lead", "list").out.startswith("L1\tAda")
    home.hook.unlink()
    assert home.type("doctor").out == ""


# Where a hook is looked for.


def _dangling(home: Home) -> str:
    home.hook.unlink()
    home.hook.symlink_to("nowhere")
    return f"no such file or directory: {home.hook}"


def _loop(home: Home) -> str:
    home.hook.unlink()
    home.hook.symlink_to(home.hook)
    return f"too many levels of symbolic links: {home.hook}"


def _folder(home: Home) -> str:
    home.hook.unlink()
    home.hook.mkdir(mode=0o700)
    return f"it is no program: {home.hook}"


def _others_write(home: Home) -> str:
    home.config.chmod(0o777)
    return f"others may change it: {home.config}"


def _group_writes(home: Home) -> str:
    home.hook.parent.chmod(0o770)
    return f"others may change it: {home.hook.parent}"


def _link_to_where_others_write(home: Home) -> str:
    elsewhere = home.config.with_name("elsewhere")
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    home.hook.rename(elsewhere / "program")
    home.hook.symlink_to(elsewhere / "program")
    return f"others may change it: {elsewhere}"


def _somebody_elses(home: Home) -> str:
    if os.geteuid():
        pytest.skip("only root gives a file away")
    os.chown(home.hook, 65534, 65534)
    return f"it is somebody else's: {home.hook}"


@pytest.mark.parametrize(
    "arrange",
    [_dangling, _loop, _folder, _others_write, _group_writes, _link_to_where_others_write, _somebody_elses],
)
def test_a_hook_runs_only_from_a_folder_of_the_users_own(home: Home, arrange: Callable[[Home], str]) -> None:
    """Nobody else may change it, nor put another in its place; the command is done, and one line says why it was not run."""
    said = arrange(home)
    done = home.type("lead", "add", "Ada")
    assert (done.code, done.told) == (0, [f"the hook was not run: {said}"])
    assert done.out.startswith("L1 Ada")
    assert not home.kept.exists()


def test_a_link_to_a_program_of_the_users_own_is_a_hook(home: Home) -> None:
    """As those have it who keep their settings elsewhere."""
    home.hook.rename(home.config / "mine")
    home.hook.symlink_to(home.config / "mine")
    assert home.type("lead", "add", "Ada").err == ""
    assert home.kept.exists()


@pytest.mark.parametrize("named", ["config", "./config", "."])
def test_no_hook_is_looked_for_in_the_current_folder(
    home: Home, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not named by its whole path would be wherever the user happens to be."""
    monkeypatch.chdir(home.config if named == "." else home.config.parent)
    done = run("lead", "add", "Ada", db=home.db, extra={"XDG_CONFIG_HOME": named})
    assert (done.code, done.err) == (0, "")
    assert not home.kept.exists()


def test_data_is_never_a_shells(home: Home) -> None:
    """What a name says is text to the hook, whatever a shell would make of it."""
    name = "$(touch owned); `id` | 'x' \"y\""
    home.type("lead", "add", name)
    told = json.loads(home.kept.read_text().splitlines()[0])
    assert name.split("'", maxsplit=1)[0] in told["command"]
    assert not Path("owned").exists()
