"""Whole sessions as users type them: a transcript is typed line by line, and must be answered as it stands.

A line `=== 2026-11-23` sets the day, `$ …` is a command, and what follows up to the next of these is all that it
answers: results, then what went to stderr, then `[exit N]` when it is not 0.
"""

import shlex
from datetime import date
from pathlib import Path

from tests.run import Result, run


def follow(text: str, db: Path) -> None:
    """Type a transcript and compare every answer, line by line."""
    day, command, expected = "", "", list[str]()
    for line in [*text.strip().splitlines(), "=== end"]:
        if line.startswith(("$ ", "=== ")):
            if command:
                told = answer(run(*shlex.split(command), db=db, today=day))
                assert told == expected, "\n".join([f"$ {command}", *told])
            command, expected = "", []
        if line.startswith("=== "):
            day = line.removeprefix("=== ")
        elif line.startswith("$ "):
            command = line.removeprefix("$ ")
        else:
            expected.append(line)


def answer(result: Result) -> list[str]:
    """Return all that a command answered, as a transcript holds it."""
    return [*result.out.splitlines(), *result.told, *([f"[exit {result.code}]"] if result.code else [])]


def must(command: str, db: Path, today: str | date = "2026-11-23") -> Result:
    """Type one command that has to succeed."""
    result = run(*shlex.split(command), db=db, today=today)
    assert result.code == 0, (command, result.err)
    return result
