"""`improv purge`: erasing a person for good, because they asked for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, quoted, shaped, told
from improv.errors import Ambiguous, NotFound, Refused
from improv.purges import NAMED, in_words
from improv.reader import Reader
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
        str,
        Argument(
            metavar="PERSON", help="a lead, client, referral or visitor, by id or name; a contact by name"
        ),
    ],
    everywhere: Annotated[
        bool, Option("--everywhere", help="take the name out of what others' records say, too")
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="say what would be erased, and erase nothing")] = False,
    yes: Annotated[bool, Option("--yes", help="erase without asking, for scripts")] = False,
) -> None:
    """Erase a person with all that hangs on them, from the records, the journal, the outbox and the backups. For good."""
    from improv import journal, purging  # noqa: PLC0415 - only this command needs them

    here = desk()
    here.refuse_looking_back()
    with here.reading() as reader:
        who = _found(reader, person)
        foreseen = purging.plan(reader.connection, here.path, (who.table, who.id))
        today = reader.today
    if dry_run or not yes:
        _foretell(who, foreseen, everywhere=everywhere)
    if dry_run:
        return
    _confirm(who, foreseen, person if yes else None)
    done = purging.purge(
        here.path, (who.table, who.id), today, journal.instant(here.now()), everywhere=everywhere
    )
    _tell(done)
    here.run_hook(done.entry)


def _found(reader: Reader, person: str) -> Found:
    """Return who is named; a contact only where nobody else answers."""
    from improv.purging import contacts  # noqa: PLC0415 - as above

    try:
        return resolve(reader, person, NAMED)
    except NotFound:
        named = contacts(reader.connection, person)
        if not named:
            raise
    if len(named) > 1:
        raise Ambiguous(
            f"{len(named)} contacts have this name, each with another mail address",
            person,
            "improv duplicates, or purge the clients they belong to",
        )
    return Found("contact", *named[0])


def _foretell(who: Found, plan: "Plan", *, everywhere: bool) -> None:
    """Say what will be erased, and what stays."""
    told(
        f"to be erased for good: {plan.who}{who.name and f' {who.name}'}{_others(plan)}",
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


def _confirm(who: Found, plan: "Plan", meant: str | None) -> None:
    """Ask a person whether they mean it, unless `--yes` said so of the id or the whole name: a part may be somebody else's."""
    known = plan.who if who.table in NAMED else who.name
    whole, command = {folded(known), folded(who.name)}, f"improv purge {quoted(known)}"
    if meant is not None:
        if folded(meant) not in whole:
            said = f"{meant}: {plan.who} {who.name}"
            raise Refused("--yes takes the id or the whole name", said, f"{command} --yes")
        return
    if not desk().has_person:
        raise Refused("a purge is never taken back, and there is nobody to ask", known, f"{command} --yes")
    answer = desk().ask(f"This is never taken back. Type {known} or the name to erase it:")
    if answer is None or folded(answer) not in whole:
        raise Refused("nothing was erased: that is not the id, nor the name", answer or "", command)


def _tell(done: "Plan") -> None:
    told(
        f"#{done.entry}: {done.who}{_others(done)} is erased for good: {in_words(done.erased)}",
        f"{_counted(done.mails, 'mail')} of the outbox forgotten" if done.mails else None,
        f"{_counted(len(done.copies), 'backup')} erased with them: {_some(_names(done))}"
        if done.copies
        else None,
        f"a backup of what is left: {done.backup}",
        f"does not name them any more: {_some(done.left)}" if done.left else None,
        _named(done, "the name still stands in what others' records say"),
        "out of reach: what was sent, exported, or copied elsewhere (docs/purge.md)",
        then="improv doctor",
    )


def _others(plan: "Plan") -> str:
    """Return the other records of the same person."""
    return f" with {_some(plan.refs)}" if plan.refs else ""


def _named(plan: "Plan", words: str) -> str | None:
    return f"{words}: {_some(plan.named)}" if plan.named else None


def _some(refs: Sequence[str]) -> str:
    return ", ".join(refs[:SHOWN]) + (f" and {len(refs) - SHOWN} more" if len(refs) > SHOWN else "")


def _names(plan: "Plan") -> list[str]:
    return [copy.name for copy in plan.copies]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
