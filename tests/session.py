"""Whole sessions as users type them: a transcript is typed line by line, and must be answered as it stands.

A line `=== 2026-11-23` sets the day, `=== playbook solo` the playbook of the configuration, `$ …` is a command, and what
follows up to the next of these is all that it answers: results, then what went to stderr, then `[exit N]` when it is not
0. The folder of the store and the configuration is `~`, `{files}` the one of the files that stories read, and `{…}` stands
for what no transcript can know: the moment of a run, the size of a file.

`python -m tests.session FILE …` types transcripts anew and writes down what is answered now: look at the difference.
"""

import contextlib
import re
import shlex
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from improv import journal
from tests.run import Result, run

FILES = Path(__file__).parent / "sessions" / "files"
Typed = tuple[str, list[str], list[str]]  # a command, what the transcript says it answers, and what it does


def follow(text: str, db: Path, config: Path | None = None) -> None:
    """Type a transcript and compare every answer, line by line; `config` holds the settings it begins with."""
    for command, expected, told in typed(text, db, config):
        fitting = len(told) == len(expected) and all(map(fits, told, expected))
        assert fitting, "\n".join([command, *told])


def typed(text: str, db: Path, settings: Path | None = None) -> Iterator[Typed]:
    """Type a transcript, and yield each command with both answers; a line that sets something has none."""
    day, command, expected = "", "", list[str]()
    config = db.parent / "config.toml"
    config.write_text(settings.read_text("utf-8") if settings else "", "utf-8")
    for line in [*text.strip().splitlines(), "=== end"]:
        if line.startswith(("$ ", "=== ")):
            if command:
                here = str(db.parent)
                words = shlex.split(command.replace("~/", f"{here}/").replace("{files}", str(FILES)))
                result = run(*words, db=db, today=day, config=config)
                yield f"$ {command}", expected, [told.replace(here, "~") for told in answer(result)]
            command, expected = "", []
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
        elif line.startswith("=== playbook "):
            config.write_text(f'[playbook]\nuse = "{line.removeprefix("=== playbook ")}"\n', "utf-8")
            yield line, [], []
        elif line.startswith("=== "):
            day = line.removeprefix("=== ")
            yield line, [], []
        else:
            expected.append(line)


def settings_of(story: Path) -> Path | None:
    """Return the settings that a story begins with: the file beside it, if there is one."""
    beside = story.with_suffix(".toml")
    return beside if beside.exists() else None


def fits(line: str, expected: str) -> bool:
    """Tell whether a line is as a transcript has it."""
    return bool(re.fullmatch(".+".join(map(re.escape, expected.split("{…}"))), line))


def answer(result: Result) -> list[str]:
    """Return all that a command answered, as a transcript holds it."""
    return [*result.out.splitlines(), *result.told, *([f"[exit {result.code}]"] if result.code else [])]


def must(command: str, db: Path, today: str | date = "2026-11-23") -> Result:
    """Type one command that has to succeed."""
    result = run(*shlex.split(command), db=db, today=today)
    assert result.code == 0, (command, result.err)
    return result


def behind(db: Path, *statements: str) -> None:
    """Change a store behind the program's back, in a way it cannot tell from its own."""
    with contextlib.closing(sqlite3.connect(db, timeout=30, isolation_level=None)) as connection:
        journal.prepare(connection)
        for statement in statements:
            connection.execute(statement)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            lines = list(
                typed(Path(name).read_text("utf-8"), Path(folder) / "improv.db", settings_of(Path(name)))
            )
        answered = [line for command, _, told in lines[:-1] for line in (command, *told)]
        Path(name).write_text("\n".join(answered) + "\n", "utf-8")
