"""The whole program: the options that stand anywhere on a line, and the page that is shown where no command is named."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from improv import __version__
from improv.commands.declared import Exit, Option, parameters_of
from improv.commands.desk import desk
from improv.commands.doors import quoted, shaped

ANYWHERE: Final = ("--db", "--as-of", "--known-on", "--format", "-o", "--output")
FLAGS_ANYWHERE: Final = ("--force", "--open", "--no-pager", "--timings")
HELP: Final = """A sales and client tracker for solo consultants: one terminal program, one local file.

\b
`improv` alone is today's page."""
EXAMPLES: Final = shaped(
    """
    improv lead add "Ada Lovelace" --source referral
    improv opp add ada --value 12k
    improv event schedule ada discovery-meeting "thu 15:00"
    improv report weekly
    improv alerts
    """
)


def laid(
    db: Annotated[
        Path | None, Option("--db", metavar="FILE", help="the store; else IMPROV_DB, else the data folder")
    ] = None,
    as_of: Annotated[
        str | None, Option("--as-of", metavar="DAY", help="show what was true at the end of a past day")
    ] = None,
    known_on: Annotated[
        str | None,
        Option(
            "--known-on", metavar="DAY", help="show what had been typed in by the end of a day, or by #12"
        ),
    ] = None,
    fmt: Annotated[
        str | None,
        Option(
            "--format",
            metavar="FORMAT",
            help="terminal, plain, json, csv, markdown or html; else as suits the reader",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            metavar="FILE",
            help="write the page to a file, in the format of its suffix: csv, md, html, json, txt; ics for a calendar",
        ),
    ] = None,
    force: Annotated[bool, Option("--force", help="let --output replace a file")] = False,
    open_it: Annotated[bool, Option("--open", help="open the file of --output in a browser")] = False,
    no_pager: Annotated[bool, Option("--no-pager", help="print a long page in one go")] = False,
    timings: Annotated[  # noqa: ARG001 - it is heeded before all else, by entry.py
        bool, Option("--timings", help="say on stderr where the time went")
    ] = False,
    version: Annotated[bool, Option("--version", help="print the version and exit")] = False,
) -> None:
    """Lay the options of the whole program on the desk."""
    here = desk()
    here.known_on, here.no_pager = known_on, no_pager
    here.database, here.as_of, here.format = db, as_of, fmt
    if db is not None:
        here.program = f"improv --db {quoted(str(db))}"
    here.write_to(output, force=force, open_it=open_it)
    if version:
        here.say(f"improv {__version__}")
        raise Exit


OPTIONS: Final = parameters_of(laid)


def by_itself() -> None:
    """Show today's page."""
    from improv.commands.today import today  # noqa: PLC0415 - only when it is shown

    today()


def hoisted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take the options of the whole program from wherever they were typed: people type them last."""
    ahead: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            return ahead, [*rest, word, *waiting]
        if word in ANYWHERE:
            ahead += [word, *(value for value in [next(waiting, None)] if value is not None)]
        elif word in FLAGS_ANYWHERE or word.partition("=")[0] in ANYWHERE:
            ahead.append(word)
        else:
            rest.append(word)
    return ahead, rest
