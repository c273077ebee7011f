"""Commands as a user types them: in this process with `run`, as processes of their own with `start` and `spawn`.

Both give a command a world of its own: a fixed day, a store, no configuration but the one given, no terminal.
"""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from improv import entry
from tests.book import TODAY

ROOT = Path(__file__).resolve().parent.parent
HANGS_AFTER = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did: its exit code, and what it wrote to stdout and to stderr."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> list[str]:
        """The lines it wrote to stderr."""
        return self.err.splitlines()


class _Stream(io.TextIOWrapper):
    """A captured stream that may claim to be a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8", newline="", write_through=True)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    def text(self) -> str:
        held = self.buffer
        assert isinstance(held, io.BytesIO)
        return held.getvalue().decode()


def world(
    db: Path, today: object = TODAY, config: Path | None = None, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a command: nothing of the machine's own reaches it."""
    nowhere = str(ROOT / "no-such-folder")
    made = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": nowhere,
        "XDG_CONFIG_HOME": nowhere,
        "XDG_DATA_HOME": nowhere,
        "IMPROV_DB": str(db),
        "IMPROV_TODAY": str(today),
        "TZ": "Europe/Berlin",
        "COLUMNS": "100",
    }
    if config is not None:
        made["IMPROV_CONFIG"] = str(config)
    return made | dict(extra or {})


def run(
    *argv: object,
    db: Path,
    today: object = TODAY,
    config: Path | None = None,
    stdin: str | None = None,
    tty: bool = False,
    extra: Mapping[str, str] | None = None,
) -> Result:
    """Run one command in this process; with `tty` a person sits at the terminal and types `stdin`."""
    out, err, typed = _Stream(tty=tty), _Stream(tty=tty), _Stream(stdin or "", tty=tty)
    with patch.multiple(sys, stdout=out, stderr=err, stdin=typed):
        code = entry.main([str(word) for word in argv], world(db, today, config, extra))
    return Result(code, out.text(), err.text())


def start(
    *argv: object,
    db: Path,
    today: object = TODAY,
    config: Path | None = None,
    extra: Mapping[str, str] | None = None,
    before: tuple[str, ...] = (),
    **popen: Any,
) -> subprocess.Popen[str]:
    """Start one command as a process of its own; `before` are words put before it, such as `setpriv …`."""
    piped = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = world(db, today, config, {"PYTHONDONTWRITEBYTECODE": "1", **(extra or {})})
    words = [*before, sys.executable, "-m", "improv", *(str(word) for word in argv)]
    return subprocess.Popen(words, **{"cwd": ROOT, "env": environment, "encoding": "utf-8", **piped, **popen})


def spawn(*argv: object, db: Path, **options: Any) -> Result:
    """Run one command as a process of its own and wait for it; what is not captured is given back empty."""
    with start(*argv, db=db, **options) as process:
        out, err = process.communicate(timeout=HANGS_AFTER)
    return Result(process.returncode, out or "", err or "")
