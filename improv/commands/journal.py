"""`improv undo`, `improv redo` and `improv history`."""

import contextlib
from pathlib import Path
from typing import Annotated

from improv import journal, purges
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped, told
from improv.errors import ImprovError, Usage
from improv.report import Column, Ref, Table
from improv.strays import by_stage, put_back

undo_app = noun_app("Take the last command back, or the one with a number.", "improv undo\nimprov undo 41")
redo_app = noun_app("Do again what was undone last.", "improv redo")
history_app = noun_app(
    "List the commands so far, the newest first.", "improv history\nimprov history --limit 100"
)
APPS = {"undo": undo_app, "redo": redo_app, "history": history_app}
SHOWN = 20


@undo_app.command(epilog=shaped("improv undo\nimprov undo 41"))
def undo(
    number: Annotated[str | None, Argument(metavar="NUMBER", help="a number from improv history")] = None,
) -> None:
    """Take the last command back, or the one with a number; refused when a later one touched the same records."""
    from improv import undoing  # noqa: PLC0415 - the history is listed without it

    undone = undoing.undo(existing(), desk().now(), None if number is None else _number(number))
    told(f"undone: #{undone.id} {undone.command}", then="improv redo brings it back")
    _hint_at_what_is_amiss(undone.id)
    desk().run_hook()


@redo_app.command(epilog=shaped("improv redo"))
def redo() -> None:
    """Do again what was undone last; refused after any new command."""
    from improv import undoing  # noqa: PLC0415 - the history is listed without it

    redone = undoing.redo(existing(), desk().now())
    told(f"done again: #{redone.id} {redone.command}", then="improv undo takes it back")
    desk().run_hook()


def _hint_at_what_is_amiss(number: int) -> None:
    """Say what a purge has taken of an undone command, and which sales are back in stages that the playbook lacks since."""
    astray, purge = {}, None
    # It is undone, whatever the settings say.
    with contextlib.suppress(ImprovError), desk().reading() as reader:
        purge = purges.cut_by(reader.connection, number)
        astray = by_stage(put_back(reader, number))
    if purge is not None:
        desk().hint(f"what #{purge} purged of this command stays gone")
    if astray:
        names = ", ".join(those[0].name for those in astray.values())
        desk().hint(
            f"open sales stand in stages that are not in the playbook in use: {names}; improv doctor says how to go on"
        )


def existing() -> Path:
    """Return where the store is; what is not there cannot be undone."""
    desk().refuse_looking_back()
    return desk().path


def _number(text: str) -> int:
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:  # noqa: PLR2004 - SQLite's integers
        raise Usage("this is no number of a command", text, "improv history")
    return int(digits)


@history_app.command(epilog=shaped("improv history --limit 100"))
def history(
    limit: Annotated[
        int, Option("--limit", metavar="N", min=1, max=1_000_000, help="how many to show")
    ] = SHOWN,
) -> None:
    """List the commands so far, the newest first."""
    with desk().reading() as reader:
        entries = list(journal.entries(reader.connection, limit, reader.known_on))
        purged = purges.told(reader.connection)
        rows = tuple(
            (
                f"#{one.id}",
                one.recorded_at,
                _state(one),
                Ref(one.subject, "") if one.subject else None,
                f"{one.command}: {purged[one.id]}" if one.id in purged else one.command,
            )
            for one in entries
        )
    desk().show_list(
        Table(
            "history",
            "History",
            (
                Column("number", "No."),
                Column("recorded_at", "When (UTC)"),
                Column("state", "State"),
                Column("record", "Record", "ref"),
                Column("command", "Command"),
            ),
            rows,
            empty="nothing has been written yet",
        )
    )


def _state(entry: journal.Entry) -> str:
    if entry.kind != "do":
        return f"{entry.kind} of #{entry.reverts}"
    return "undone" if entry.undone else "done"
