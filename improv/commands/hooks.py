"""Hooks: a program of the user's own, run after every command that wrote, with what was written as JSON on stdin.

It is looked for in one place alone, the user's own configuration folder, and runs only where nobody else may change
it. It gets nothing of the environment but what a program needs to start, so that no secret reaches it; it has a time
limit, and whatever it does, the command is done and its exit code stands.
"""

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
from pathlib import Path
from typing import Any, Final

from improv import journal, storefile
from improv.commands.desk import Desk
from improv.nouns import BY_TABLE, ref

SECONDS: Final = 10
_NAMED: Final = 1000
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def run(here: Desk, hook: Path, number: int | None = None) -> None:
    """Run the hook about an entry of the journal, the last one unless told; what goes wrong is said on stderr."""
    if (distrusted := _distrusted(hook)) is not None:
        here.hint(f"the hook was not run: {distrusted}: {hook}")
        return
    told = json.dumps(_entry(here.path, number), ensure_ascii=False)
    environment = {name: here.environment[name] for name in _KEPT if name in here.environment}
    try:
        with subprocess.Popen(  # noqa: S603 - a program of the user's own, without a shell and without data in its words
            [hook],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment | {"IMPROV_DB": str(here.path.absolute())},
            start_new_session=True,
        ) as process:
            _wait(here, hook, process, told.encode("utf-8", "backslashreplace"))
    except OSError as error:
        here.hint(f"the hook was not run: {(error.strerror or str(error)).lower()}: {hook}")


def _wait(here: Desk, hook: Path, process: "subprocess.Popen[bytes]", told: bytes) -> None:
    try:
        _, words = process.communicate(told, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        here.hint(f"the hook was stopped after {SECONDS} seconds: {hook}")
        return
    if process.returncode:
        said = words.decode("utf-8", "replace").strip().splitlines()
        here.hint(f"the hook failed with exit code {process.returncode}: {said[-1] if said else hook}")


def _distrusted(hook: Path) -> str | None:
    """Return why a hook is not run; nothing where it and its folder are the user's own."""
    for place in (hook, hook.parent):
        found = place.stat()
        if found.st_uid not in {os.geteuid(), 0}:
            return "it is somebody else's"
        if found.st_mode & _OTHERS:
            return "others may change it"
    return None if os.access(hook, os.X_OK) and hook.is_file() else "it is no program"


def _entry(path: Path, number: int | None) -> dict[str, Any]:
    """Return what an entry wrote: the command, and each record that it added, changed or removed."""
    with contextlib.closing(storefile.open_to_read(path)) as connection, storefile.telling(path):
        entry = next(iter(journal.entries(connection, 1, number)))
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
