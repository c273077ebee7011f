"""`improv backup` and `improv restore`: a copy of the whole store, and going back to one."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from improv.commands.desk import desk, zone
from improv.commands.doors import noun_app, quoted, shaped, told
from improv.nouns import BY_TABLE

if TYPE_CHECKING:
    from improv.backups import Contents

backup_app = noun_app("Copy the store.", "")
restore_app = noun_app("Go back to a copy of the store.", "")
APPS = {"backup": backup_app, "restore": restore_app}
# What a copy is told to hold; all else is counted with it.
NAMED = ("lead", "opportunity", "client")


@backup_app.command(
    epilog=shaped("improv backup\nimprov backup /media/stick\nimprov backup ~/improv-monday.db")
)
def backup(
    to: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="a new file, or a folder; unless told among the store's backups"
        ),
    ] = None,
) -> None:
    """Copy the whole store, with its journal, to a file of its own, and check the copy."""
    from improv import backups  # noqa: PLC0415 - only this command needs it

    here = desk()
    here.refuse_looking_back()
    clock = here.now().astimezone(zone(here.settings()["timezone"]))
    made = backups.back_up(here.path, f"{clock:%Y-%m-%dT%H%M}", to)
    told(f"the store is copied to {made.path}", _holds(made), then=f"improv restore {quoted(str(made.path))}")


@restore_app.command(epilog=shaped("improv restore ~/improv-monday.db"))
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="a copy that `improv backup` made")],
) -> None:
    """Put a copy in the store's place. What is there now is kept, so that this can be taken back."""
    from improv import backups  # noqa: PLC0415 - only this command needs it

    here = desk()
    here.refuse_looking_back()
    done = backups.restore(here.path, source)
    since = "1 command typed since is" if done.since == 1 else f"{done.since} commands typed since are"
    told(
        f"{here.path} is again as it was in {source}",
        _holds(done.now),
        f"{since} only in what was there" if done.since else None,
        f"what was there is kept: improv restore {quoted(str(done.kept))} takes this back"
        if done.kept
        else None,
        then="improv",
    )


def _holds(made: "Contents") -> str:
    """Return the size of a copy, what it holds, and what was typed into it last."""
    from improv.backups import size_words  # noqa: PLC0415 - only this command needs it

    counts = [BY_TABLE[table].counted(n) for table in NAMED if (n := made.records[table])]
    held = ", ".join([size_words(made.size), *counts, f"{sum(made.records.values()):,} rows in all"])
    if made.recorded_at is None:
        return f"{held}; nothing was typed into it"
    when = datetime.fromisoformat(made.recorded_at).astimezone(zone(desk().settings()["timezone"]))
    return f"{held}; last #{made.entry} {made.command}, {when:%Y-%m-%d %H:%M}"
