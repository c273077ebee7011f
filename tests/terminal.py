"""Commands at a real terminal: what a person sees there, and what they type."""

import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.run import ROOT, world

HANGS_AFTER = 30
# A signal between the question and the wait for its answer would be seen only after that; no person is so quick.
SLOWEST_TO_LISTEN = 0.1
CTRL_C, CTRL_D = "\x03", "\x04"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a command wrote to the terminal, and its exit code."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines, as the terminal received them."""
        return self.text.replace("\r\n", "\n").splitlines()


def sit(
    *argv: str,
    db: Path,
    types: Sequence[tuple[str, str]] = (),
    columns: int = 100,
    rows: int = 40,
    given: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Seen:
    """Run a command at a terminal; `types` are what is waited for on the screen, and what is typed then.

    `before` are words put before it, such as `strace …`. No pager holds a long page unless one is given.
    """
    usual = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "IMPROV_PAGER": ""}
    environment = world(db, "2026-11-23", extra=usual | dict(given or {}))
    environment.pop("COLUMNS")
    return start([*before, sys.executable, "-m", "improv", *argv], environment, types, columns, rows)


def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    types: Sequence[tuple[str, str]],
    columns: int = 100,
    rows: int = 40,
) -> Seen:
    """Run a program at a terminal, and type; return what it wrote there."""
    child, screen = pty.fork()
    if child == 0:
        ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.chdir(ROOT)
        os.execvpe(words[0], list(words), environment)  # noqa: S606 - a program that is tested
    try:
        text = _watch(screen, list(types))
    finally:
        os.close(screen)
        _, status = os.waitpid(child, 0)
    return Seen(os.waitstatus_to_exitcode(status), text)


def _watch(screen: int, waiting: list[tuple[str, str]]) -> str:
    """Read the screen to its end, typing each answer once its question has come."""
    raw, asked, until = b"", 0, time.monotonic() + HANGS_AFTER
    while time.monotonic() < until:
        if not select.select([screen], [], [], 1)[0]:
            continue
        try:
            read = os.read(screen, 65536)
        except OSError:  # Linux's way to say that the other end was closed
            return raw.decode()
        if not read:
            return raw.decode()
        raw += read
        text = raw.decode(errors="ignore")  # a letter may have come by half
        while waiting and waiting[0][0] in text[asked:]:
            question, words = waiting.pop(0)
            asked = text.index(question, asked) + len(question)
            if words == CTRL_C:
                time.sleep(SLOWEST_TO_LISTEN)
            os.write(screen, words.encode())
    pytest.fail(f"the command hangs: {raw!r}")
