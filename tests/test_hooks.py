"""A program of the user's own after every command that wrote: told what was written, trusted with nothing else."""

import json
from pathlib import Path

import pytest

from improv.commands import hooks
from tests.run import Result, run

DUMP = '#!/bin/sh\n{{ cat; echo; env; }} > "{kept}"\n'


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


def test_a_hook_has_a_time_limit(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that never ends is stopped, with all that it started."""
    monkeypatch.setattr(hooks, "SECONDS", 0.2)
    home.write("#!/bin/sh\nsleep 60 & sleep 60\n")
    done = home.type("lead", "add", "Ada")
    assert (done.code, done.told) == (0, [f"the hook was stopped after 0.2 seconds: {home.hook}"])


def test_data_is_never_a_shells(home: Home) -> None:
    """What a name says is text to the hook, whatever a shell would make of it."""
    name = "$(touch owned); `id` | 'x' \"y\""
    home.type("lead", "add", name)
    told = json.loads(home.kept.read_text().splitlines()[0])
    assert name.split("'", maxsplit=1)[0] in told["command"]
    assert not Path("owned").exists()
