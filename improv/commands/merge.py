"""`improv duplicates` and `improv merge`: who may be recorded twice, and making one record of two."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from improv.commands.declared import Argument
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped, told, writes
from improv.nouns import BY_TABLE
from improv.resolve import Found, resolve

if TYPE_CHECKING:
    from improv.actions.merging import Merged

duplicates_app = noun_app("Leads and clients that may be recorded twice.", "")
merge_app = noun_app("Make one record of two.", "")
APPS = {"duplicates": duplicates_app, "merge": merge_app}
SHOWN = 60


@duplicates_app.command(epilog=shaped("improv duplicates\nimprov merge L3 L12"))
def duplicates() -> None:
    """List leads and clients alike by mail address, phone number or name, with the command that makes them one."""
    from improv.duplicates import table  # noqa: PLC0415 - only this page needs it

    with desk().reading() as reader:
        desk().show_list(table(reader))


@writes(merge_app, "merge", "", examples="improv merge L3 L12\nimprov merge acme C7", alone=True)
def merge(
    kept: Annotated[str, Argument(metavar="RECORD", help="the lead, client or campaign that stays")],
    other: Annotated[
        str, Argument(metavar="OTHER", help="the one that becomes part of it, and is gone then")
    ],
) -> None:
    """Move all of a record's story to another: its values fill blanks, and what differs is kept in a note."""
    from improv.actions import merging  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing(backup="merge") as work:
        stays = resolve(work.reader, kept, merging.MERGED)
        goes = resolve(work.reader, other, (stays.table,))
        done = merging.merge(work, stays, goes)
    _tell(stays, goes, done, merging.spoken)


def _tell(stays: Found, goes: Found, done: "Merged", spoken: Callable[[str], str]) -> None:
    moved = ", ".join(_counted(table, n) for table, n in done.moved.items())
    filled = ", ".join(map(spoken, done.filled))
    differs = ", ".join(f"{spoken(name)} {str(said)[:SHOWN]}" for name, _, said in done.differing)
    told(
        f"{stays.ref} {stays.name} took over {goes.ref} {goes.name}" + (f": {moved}" if moved else ""),
        f"filled: {filled}" if filled else None,
        f"{done.left} ended: nobody is on two tracks at once" if done.left else None,
        f"kept in note N{done.note} because it differs: {differs}" if differs else f"noted in N{done.note}",
        then=f"improv {stays.table} show {stays.ref}",
    )


def _counted(table: str, n: int) -> str:
    if table in BY_TABLE:
        return BY_TABLE[table].counted(n)
    return f"{n:,} {table.replace('_', ' ')}{'' if n == 1 else 's'}"
