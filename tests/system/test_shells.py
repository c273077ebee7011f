"""TAB in the real shells: what is typed is completed, what may follow is listed with what it means."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.run import world
from tests.session import must
from tests.terminal import CTRL_C, start

SHELLS = {
    "bash": ("bash", ["--noprofile", "--norc", "-i"], "source <(improv completion bash)"),
    "zsh": ("zsh", ["-f", "-i"], "autoload -U compinit; compinit -D; source <(improv completion zsh)"),
    "fish": (
        "fish",
        ["--no-config", "-C", "function fish_prompt; printf 'ready> '; end", "-i"],
        "improv completion fish | source",
    ),
}
CTRL_U = "\x15"  # empties the line


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a book in which names need care."""
    db = tmp_path / "improv.db"
    for command in (
        'lead add "Ada Lovelace"',
        'lead add "Zürich $(touch hacked) & \\"Söhne\\""',
        "opp add ada --title Audit",
        "opp add ada --title Outlook",
    ):
        must(command, db)
    return db


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("opp no-d", ["opp", "no-decision"]),
        ("show ada", ["show", "Ada Lovelace"]),
        ("lead add Eve --sour", ["lead", "add", "Eve", "--source"]),
        ("show Zü", ["show", 'Zürich $(touch hacked) & "Söhne"']),
    ],
)
def test_tab_completes(tmp_path: Path, db: Path, shell: str, typed: str, becomes: list[str]) -> None:
    """One word that can only be one: it stands there whole, as one word, and is no command of the shell."""
    text = _typed(shell, db, tmp_path, f"improv {typed}\t")
    assert f"typed: {becomes!r}" in text.replace("\r\n", "\n"), text
    assert not list(tmp_path.rglob("hacked"))


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_lists_what_may_follow(tmp_path: Path, db: Path, shell: str) -> None:
    """With what it means."""
    leave = [("opportunity O2", CTRL_C), ("ready> ", "exit\n")]
    if shell != "fish":
        leave = [("opportunity O2", f"{CTRL_U}exit\n")]
    text = _typed(shell, db, tmp_path, "improv opp move \t\t", leave)
    assert "Outlook" in text
    assert "opportunity O2" in text


@pytest.mark.parametrize("shell", SHELLS)
def test_where_something_is_wrong_tab_says_nothing(tmp_path: Path, db: Path, shell: str) -> None:
    """A damaged store leaves the line as it is."""
    db.write_bytes(b"damaged")
    text = _typed(shell, db, tmp_path, "improv show ada\t")
    assert "damaged" not in text
    assert "typed: ['show', 'ada']" in text


def _typed(
    shell: str,
    db: Path,
    folder: Path,
    line: str,
    then: Sequence[tuple[str, str]] = (("", "\n"), ("", "exit\n")),
) -> str:
    """Type a line in a shell, where `improv` only tells what it is given unless it is asked to complete."""
    program, arguments, setting = SHELLS[shell]
    found = shutil.which(program)
    assert found is not None
    bin_ = folder / "bin"
    bin_.mkdir()
    spy = bin_ / "improv"
    spy.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "if sys.argv[1] in ('complete', 'completion'):\n"
        f"    os.execv({sys.executable!r}, [{sys.executable!r}, '-m', 'improv', *sys.argv[1:]])\n"
        "print('typed:', sys.argv[1:])\n",
        "utf-8",
    )
    spy.chmod(0o755)
    extra = {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "TERM": "dumb" if shell == "bash" else "xterm",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),  # fish keeps files of its own in both
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        "PS1": "ready> ",
    }
    environment = world(db, "2026-11-23", extra=extra)
    steps = [("ready> ", setting + "; echo se''t\n"), ("set", line), *then]
    return start([found, *arguments], environment, steps).text
