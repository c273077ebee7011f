"""The backup of the day: made after a command that wrote has said so, where something was typed on a day before."""

import contextlib
import sqlite3
from datetime import date

from improv import interrupts, shelf, storefile
from improv.commands.desk import Desk
from improv.errors import ImprovError, reason_of


def keep(here: Desk) -> None:
    """Make the backup of the day where it is due; what fails is told and fails nothing."""
    try:
        with interrupts.Heard():
            day = here.clock_day()
            if not here.is_of_today and shelf.of_day(here.path, day) is None:
                _copy(here, day)
    except (ImprovError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        why = error.what if isinstance(error, ImprovError) else reason_of(error)
        why = "stopped" if interrupts.caused(error) else why
    else:
        return
    with contextlib.suppress(OSError):
        here.hint(f"the backup of the day was not made: {why} ({shelf.folder_of(here.path)})")


def _copy(here: Desk, day: date) -> None:
    with contextlib.closing(storefile.open_to_read(here.path)) as connection, storefile.telling(here.path):
        if here.was_written_before(connection, day):
            from improv import copying  # noqa: PLC0415 - once a day

            copying.backup_of_day(connection, here.path, day)
