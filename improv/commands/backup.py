"""`improv backup` and `improv restore`: a copy of the whole store, and going back to one."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from improv.commands.declared import Argument
from improv.commands.desk import Desk, desk, machine_timezone, zone
from improv.commands.doors import noun_app, quoted, shaped, told
from improv.commands.outgoing import refuse
from improv.errors import ImprovError, Usage
from improv.nouns import BY_TABLE
from improv.report import Cell, Column, Table
from improv.shelf import folder_of

if TYPE_CHECKING:
    from improv.backups import Contents, Restored
    from improv.shelf import Backup

backup_app = noun_app("Copy the store.", "")
restore_app = noun_app("Go back to a copy of the store.", "")
APPS = {"backup": backup_app, "restore": restore_app}
# What a copy is told to hold; all else is counted with it.
NAMED: Final = ("lead", "opportunity", "client")
LIST: Final = Path("list")
WHY: Final = {
    "": "by hand",
    "migration": "before a new version",
    "before-import": "before an import",
    "before-merge": "before a merge",
    "before-purge": "before a purge",
    "before-restore": "before a restore",
    "damaged": "damaged, replaced by a restore",
}


@backup_app.command(
    epilog=shaped(
        "improv backup\nimprov backup list\nimprov backup /media/stick\nimprov backup ~/improv-monday.db"
    )
)
def backup(
    to: Annotated[
        Path | None,
        Argument(
            metavar="[FILE|list]",
            help="a new file, or a folder; unless told among the store's backups, which `list` shows",
        ),
    ] = None,
) -> None:
    """Copy the whole store, with its journal, to a file of its own, and check the copy; or list the backups there are."""
    from improv import backups  # noqa: PLC0415 - only this command needs it

    here = desk()
    if to == LIST:
        here.show_list(_listed(here))
        return
    here.refuse_looking_back()
    clock = here.now().astimezone(_zone())
    made = backups.back_up(here.path, f"{clock:%Y-%m-%dT%H%M}", to)
    told(
        f"the store is copied to {made.path}",
        _holds(made),
        then=f"improv restore {quoted(str(made.path))}",
    )


@restore_app.command(
    epilog=shaped("improv restore latest\nimprov restore 12\nimprov restore ~/improv-monday.db")
)
def restore(
    source: Annotated[
        str | None,
        Argument(
            metavar="BACKUP",
            help="a number of `improv backup list`, latest, or a file that `improv backup` made",
        ),
    ] = None,
) -> None:
    """Put a copy in the store's place. What is there now is kept, so that this can be taken back."""
    from improv import backups  # noqa: PLC0415 - only this command needs it

    here = desk()
    here.refuse_looking_back()
    if source is None:
        raise Usage(
            "which backup to go back to is missing", mend="improv backup list, then improv restore NUMBER"
        )
    file = backups.chosen(here.path, source)
    done = backups.restore(here.path, file)
    told(f"{here.path} is again as it was in {file}", _holds(done.now), *_kept(done), then="improv")


def _kept(done: "Restored") -> Iterator[str]:
    """Tell where what was there is kept, and whether that can be gone back to."""
    if done.since:
        since = "1 command typed since is" if done.since == 1 else f"{done.since} commands typed since are"
        yield f"{since} only in what was there"
    if done.kept and done.since is None:
        yield f"what was there was damaged, and is kept as it was: {done.kept}"
    elif done.kept:
        yield f"what was there is kept: {desk().program} restore {quoted(str(done.kept))} takes this back"
    for command in done.purged:
        yield f"they were purged since, and are back: {desk().program} {command}"


def _listed(here: Desk) -> Table:
    """Return the backups of the store: when and why each was made, what it holds, what was typed into it last."""
    from improv import backups  # noqa: PLC0415 - only this command needs it

    refuse("as_of", "known_on", to="backups")
    return Table(
        "backups",
        "Backups",
        (
            Column("number", "No."),
            Column("made", "Made"),
            Column("why", "Why"),
            Column("size", "Size"),
            Column("holds", "Holds"),
            Column("last", "Last command"),
        ),
        tuple(_row(one, held) for one, held in backups.shelved(here.path)),
        empty="there is no backup yet: improv backup makes one",
        note=f"They are in {folder_of(here.path)}; improv restore NUMBER goes back to one.",
    )


def _row(one: "Backup", held: "Contents | None") -> tuple[Cell, ...]:
    from improv.backups import size_words  # noqa: PLC0415 - only this command needs it

    there = one.path.stat()
    made = one.moment or f"{datetime.fromtimestamp(there.st_mtime, _zone()):%Y-%m-%dT%H%M}"
    day, _, clock = made.partition("T")
    return (
        f"#{one.number}",
        f"{day} {clock[:2]}:{clock[2:]}" if clock else day,
        WHY.get(one.why, one.why),
        size_words(there.st_size),
        _counts(held) if held else "it cannot be gone back to",
        _last(held) if held else None,
    )


def _holds(made: "Contents") -> str:
    """Return the size of a copy, what it holds, and what was typed into it last."""
    from improv.backups import size_words  # noqa: PLC0415 - only this command needs it

    rows = f"{sum(made.records.values()):,} rows in all"
    held = ", ".join(part for part in (size_words(made.size), _counts(made), rows) if part)
    return f"{held}; {f'last {_last(made)}' if made.entry else 'nothing was typed into it'}"


def _counts(made: "Contents") -> str:
    return ", ".join(BY_TABLE[table].counted(n) for table in NAMED if (n := made.records.get(table)))


def _last(made: "Contents") -> str | None:
    if made.recorded_at is None:
        return None
    when = datetime.fromisoformat(made.recorded_at).astimezone(_zone())
    return f"#{made.entry} {made.command}, {when:%Y-%m-%d %H:%M}"


def _zone() -> tzinfo:
    """Return the user's time zone; the machine's where the store that knows it is damaged."""
    here = desk()
    try:
        return zone(here.settings()["timezone"])
    except ImprovError:
        return zone(machine_timezone(here.environment))
