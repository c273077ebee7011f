"""Hooks: a program of the user's own, run after every command that wrote, with what was written as JSON on stdin.

It is looked for in one place alone, the user's own configuration folder, and runs only where nobody else may change
it, nor what leads to it. It gets nothing of the environment but what a program needs to start, so that no secret reaches
it; it has a time limit, and whatever it does, the command is done and its exit code stands. What a hook types runs no
hook again.
"""

import contextlib
import json
import os
import select
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Final

from improv import journal, storefile
from improv.commands.desk import Desk
from improv.errors import ImprovError, NotFound, reason_of
from improv.nouns import BY_TABLE, ref
from improv.text import clipped

SECONDS: Final = 10
INSIDE: Final = "IMPROV_HOOK"  # stands in the environment of a hook: the desk runs none where it does
_NAMED: Final = 1000
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_BLINK_MS: Final = 20
_PIPE: Final = 65_536  # bytes: as much as a pipe holds
_LAST_WORDS: Final = 4_096
_LONGEST_WORDS: Final = 200


def run(here: Desk, hook: Path, number: int | None = None) -> None:
    """Run the hook about an entry of the journal, the last one unless told; what goes wrong is said on stderr."""
    try:
        # Unlike resolve(), it says of a loop of links what is wrong.
        real = Path(os.path.realpath(hook, strict=True))
        if (distrusted := _distrusted(hook, real)) is not None:
            here.hint(f"the hook was not run: {distrusted}")
            return
        told = json.dumps(_entry(here.path, number))
        # From a file: a hook that reads nothing, or late, holds nobody up.
        with tempfile.TemporaryFile() as given:
            given.write(f"{told}\n".encode())
            given.seek(0)
            if words := _run(here, hook, real, given):
                here.hint(words)
    except ImprovError as error:
        here.hint(f"the hook was not run: {error.what}: {hook}")
    except OSError as error:
        here.hint(f"the hook was not run: {reason_of(error)}: {hook}")


def _run(here: Desk, hook: Path, real: Path, given: IO[bytes]) -> str | None:
    """Run the hook until it ends or its time is over; return what is to be said of it."""
    environment = {name: here.environment[name] for name in _KEPT if name in here.environment}
    with subprocess.Popen(  # noqa: S603 - a program of the user's own, without a shell and without data in its words
        [hook],
        executable=real,  # what was looked at, whatever a link says by now
        stdin=given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment | {"IMPROV_DB": str(here.path.absolute()), INSIDE: "1"},
        start_new_session=True,
    ) as process:
        try:
            said = _heard(process).decode("utf-8", "replace").strip().splitlines()
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            when = "" if isinstance(error, KeyboardInterrupt) else f" after {SECONDS} seconds"
            return f"the hook was stopped{when}: {hook}"
    if not process.returncode:
        return None
    last = clipped(said[-1], _LONGEST_WORDS) if said else hook
    return f"the hook failed with exit code {process.returncode}: {last}"


def _heard(process: "subprocess.Popen[bytes]") -> bytes:
    """Return the end of what a hook says on stderr, once it ended: what it leaves running may hold the pipe open."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    pipe, looks, said = process.stderr.fileno(), select.poll(), b""
    looks.register(pipe)
    ends = time.monotonic() + SECONDS
    while (left := ends - time.monotonic()) > 0:
        ready = looks.poll(_BLINK_MS)
        ended = process.poll() is not None
        more = os.read(pipe, _PIPE) if ready else b""
        said = (said + more)[-_LAST_WORDS:]
        if ready and not more:
            process.wait(left)
        elif not ended:
            continue
        return said
    raise subprocess.TimeoutExpired(process.args, SECONDS)


def _distrusted(hook: Path, real: Path) -> str | None:
    """Return why a hook is not run; nothing where it, and every folder on the way to it, is the user's own or the machine's."""
    if not hook.is_absolute():
        return f"it is not in a folder of your own: {hook}"
    for place in dict.fromkeys((real, *hook.parents, *real.parents)):
        found = place.stat()
        if found.st_uid not in {os.geteuid(), 0}:
            return f"it is somebody else's: {place}"
        # Where a folder is sticky, such as /tmp, nobody replaces the files of others.
        if found.st_mode & _OTHERS and not (place.is_dir() and found.st_mode & stat.S_ISVTX):
            return f"others may change it: {place}"
    return None if os.access(real, os.X_OK) and real.is_file() else f"it is no program: {hook}"


def _entry(path: Path, number: int | None) -> dict[str, Any]:
    """Return what an entry wrote: the command, and each record that it added, changed or removed."""
    with contextlib.closing(storefile.open_to_read(path)) as connection, storefile.telling(path):
        last = next(iter(journal.entries(connection, 1)), None)
        entry = last if number is None else journal.entry(connection, number)
        if entry is None:
            raise NotFound("what was written is not in the history any more")
        changes = _changes(connection, entry.id)
    return {
        "entry": entry.id,
        "kind": entry.kind,
        "command": entry.command,
        "recorded_at": entry.recorded_at,
        "record": entry.subject,
        "changes": changes[:_NAMED],
        "more": max(len(changes) - _NAMED, 0),
    }


def _changes(connection: sqlite3.Connection, number: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        """
        SELECT record, record_id, CASE WHEN SUM(before IS NULL) > 0 AND SUM(after_digest IS NULL) = 0 THEN 'added'
            WHEN SUM(after_digest IS NULL) > 0 THEN 'removed' ELSE 'changed' END
        FROM journal_change WHERE entry_id = ? GROUP BY record, record_id ORDER BY MIN(id)
        """,
        (number,),
    )
    return [
        {
            "table": table,
            "id": record,
            "record": ref(table, record) if table in BY_TABLE else None,
            "change": change,
        }
        for table, record, change in rows
    ]
