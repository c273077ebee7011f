"""`improv calendar`: events, visits and tasks for a calendar program."""

from datetime import date, timedelta
from typing import Annotated

from improv.commands.declared import Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.dates import Period, parse_period
from improv.errors import Usage

app = noun_app("Events, visits and tasks, as a file for a calendar program.", "")
APPS = {"calendar": app}
SINCE = timedelta(days=30)


@app.command(
    epilog=shaped(
        "improv calendar\nimprov calendar -o improv.ics --force\nimprov calendar --for 'next 4 weeks' --mine"
    )
)
def calendar(
    period: Annotated[
        str | None,
        Option(
            "--for",
            metavar="PERIOD",
            help=f"only what is in a period; else from {SINCE.days}d ago on, and every open task",
        ),
    ] = None,
    owner: Annotated[
        str | None, Option("--owner", metavar="NAME", help="only what is assigned to this person")
    ] = None,
    mine: Annotated[bool, Option("--mine", help="only what is assigned to you, or to nobody")] = False,
) -> None:
    """Write events, visits and tasks as a calendar file (iCalendar); on a terminal list them.

    Every item keeps its identity: a calendar that reads the file again moves, changes and cancels what it has.
    """
    from improv.calendar import items  # noqa: PLC0415 - only a calendar needs it

    here = desk()
    with here.reading() as reader:
        since = Period(reader.today - SINCE, date.max, "")
        span = since if period is None else parse_period(period, reader.today)
        diary = items.diary(reader, span, open_tasks=period is None, owners=_owners(owner, mine=mine))
        today = reader.today
    if here.is_file("ics"):
        from improv.calendar import file  # noqa: PLC0415 - the library behind it loads only for a file

        here.put_file(file.write(diary, today))
    else:
        here.show_list(items.table(diary))


def _owners(owner: str | None, *, mine: bool) -> tuple[str, ...] | None:
    """Return whose items are asked for; an empty name is nobody's."""
    if not mine:
        return None if owner is None else (owner,)
    me = desk().me
    if owner is not None:
        raise Usage(
            "--mine is the calendar of one person, --owner of another", owner, "improv calendar --mine"
        )
    if me is None:
        raise Usage(
            "the settings do not say who you are", "[me]", f'name = "…" under [me] in {desk().configuration}'
        )
    return (me, "")
