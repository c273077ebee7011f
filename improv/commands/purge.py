"""`improv purge`: erasing a person for good, because they asked for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped, told
from improv.errors import Refused
from improv.purges import PERSONS, in_words
from improv.resolve import Found, resolve
from improv.text import folded

if TYPE_CHECKING:
    from improv.purging import Plan

app = noun_app("Erase a person for good.", "")
APPS = {"purge": app}
SHOWN = 8


@app.command(epilog=shaped("improv purge L12 --dry-run\nimprov purge 'Ada Lovelace'\nimprov purge L12 --yes"))
def purge(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="a lead, client, referral or visitor, by id or name")
    ],
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="take the name out of what others' records say, too")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be erased, and erase nothing")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="erase without asking, for scripts")] = False,
) -> None:
    """Erase a person with all that hangs on them, from the records, the journal, the outbox and the backups. For good."""
    from improv import purging, store  # noqa: PLC0415 - only this command needs them

    here = desk()
    here.refuse_looking_back()
    with here.reading() as reader:
        who = resolve(reader, person, PERSONS)
        foreseen = purging.plan(reader.connection, here.path, (who.table, who.id))
        today = reader.today
    if dry_run or not yes:
        _foretell(who, foreseen, everywhere=everywhere)
    if dry_run:
        return
    if not yes:
        _confirm(who)
    done = purging.purge(
        here.path, (who.table, who.id), today, store.instant(here.now()), everywhere=everywhere
    )
    _tell(who, done)
    here.run_hook(done.entry)


def _foretell(who: Found, plan: "Plan", *, everywhere: bool) -> None:
    """Say what will be erased, and what stays."""
    told(
        f"to be erased for good: {who.ref} {who.name}{_others(who, plan)}",
        in_words(plan.erased) + " of the store, with their history",
        _counted(plan.mails, "mail") + " of the outbox" if plan.mails else None,
        f"{_counted(len(plan.copies), 'backup')} in which they are: {_some(_names(plan))}"
        if plan.copies
        else None,
        f"stays, without naming them any more: {_some(plan.left)}" if plan.left else None,
        _named(
            plan,
            "named in the words of others, where it is taken out"
            if everywhere
            else "named in what others' records say, which stays unless --everywhere is given",
        ),
    )


def _confirm(who: Found) -> None:
    """Ask a person whether they mean it; where there is nobody, `--yes` says it."""
    command = f"improv purge {who.ref}"
    if not desk().has_person:
        raise Refused("a purge is never taken back, and there is nobody to ask", who.ref, f"{command} --yes")
    answer = desk().ask(f"This is never taken back. Type {who.ref} or the name to erase it:")
    if answer is None or folded(answer) not in {folded(who.ref), folded(who.name)}:
        raise Refused("nothing was erased: that is not the id, nor the name", answer or "", command)


def _tell(who: Found, done: "Plan") -> None:
    told(
        f"#{done.entry}: {who.ref}{_others(who, done)} is erased for good: {in_words(done.erased)}",
        f"{_counted(done.mails, 'mail')} of the outbox forgotten" if done.mails else None,
        f"{_counted(len(done.copies), 'backup')} erased with them: {_some(_names(done))}"
        if done.copies
        else None,
        f"a backup of what is left: {done.backup}",
        f"does not name them any more: {_some(done.left)}" if done.left else None,
        _named(done, "the name still stands in what others' records say"),
        "out of reach: mails that were sent, exports, copies elsewhere, snapshots of the disk, the history of your shell",
        then="improv doctor",
    )


def _others(who: Found, plan: "Plan") -> str:
    """Return the other records of the same person."""
    others = [one for one in plan.refs if one != who.ref]
    return f" with {_some(others)}" if others else ""


def _named(plan: "Plan", words: str) -> str | None:
    return f"{words}: {_some(plan.named)}" if plan.named else None


def _some(refs: Sequence[str]) -> str:
    return ", ".join(refs[:SHOWN]) + (f" and {len(refs) - SHOWN} more" if len(refs) > SHOWN else "")


def _names(plan: "Plan") -> list[str]:
    return [copy.name for copy in plan.copies]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
