"""`improv touch`, `improv visitor` and `improv link`: what somebody does by themselves, and who it was."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from improv.commands import imports
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    day_words,
    moment_words,
    noun_app,
    past,
    past_moment,
    quoted,
    told,
    typed,
    writes,
)
from improv.commands.listing import with_common_verbs, with_edit
from improv.errors import Usage
from improv.fragments import own_url
from improv.reader import Reader
from improv.resolve import Found, resolve

touch_app = noun_app(
    "Touches: what somebody did by themselves: a page opened, a form sent, a mail opened or clicked.",
    """
    improv touch import access.log
    improv touch add ada --page /pricing --seconds 90
    improv touch list --of ada
    """,
)
visitor_app = noun_app(
    "Visitors: who made the touches that are imported, known or not yet.",
    """
    improv visitor list --status unknown
    improv visitor attribute B3 L12
    """,
)
link_app = noun_app(
    "Links of one person's own: whoever follows one is that person.",
    """
    improv link make ada https://example.com/pricing --campaign M2
    improv link list
    """,
)
APPS = {"touch": touch_app, "visitor": visitor_app, "link": link_app}
PEOPLE = ("lead", "client")
VisitorArgument = Annotated[str, Argument(metavar="VISITOR", help="an id such as B3, or whose it is")]


@writes(
    touch_app,
    "touch",
    "add",
    fields="touch",
    examples='improv touch add ada --page /pricing --on "fri 15:00"\n'
    'improv touch add ada --kind chat --words "asked about the price"',
)
def add(
    who: Annotated[str, Argument(metavar="WHO", help="the lead, the client, or a visitor such as B3")],
    on: Annotated[str | None, Option("--on", metavar="DAY [TIME]", help="when; today unless told")] = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Keep a touch by hand: a page opened unless --kind says otherwise."""
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, who, (*PEOPLE, "visitor"))
        day, clock = past_moment(on, work.today)
        touch = touches.add(work, found, day, clock, typed(work.reader, "touch", fields))
        left = _left(work.reader, found) if touch.kind == "unsubscribe" else None
    told(
        f"W{touch.id} {touch.kind}"
        + (f" {touch.page}" if touch.page else "")
        + f" by {found.ref} {found.name}, {moment_words(day, clock, work.today)}",
        left,
        then=f'improv log call {found.ref} "…"'
        if found.table in PEOPLE and left is None
        else f"improv show {found.ref}",
    )


def _left(reader: Reader, found: Found) -> str | None:
    """Tell that somebody wants no more mail, and since when."""
    if found.table not in PEOPLE:
        return None
    day = reader.value(f"SELECT unsubscribed_on FROM {found.table} WHERE id = :id", {"id": found.id})
    return day and f"no more mail to {found.ref}, since {day_words(date.fromisoformat(day), reader.today)}"


@writes(
    touch_app,
    "touch",
    "import",
    examples="improv touch import access.log.gz --dry-run\n"
    "improv touch import opens.csv --people members.csv",
    alone=True,
)
def bring_in(
    file: Annotated[
        Path,
        Argument(metavar="FILE", help="the log of a web server (gz too), or mailing activity as CSV"),
    ],
    people: Annotated[
        Path | None,
        Option("--people", metavar="CSV", help="a CSV that says the mail address of each id"),
    ] = None,
    single: Annotated[
        list[str] | None,
        Option("--map", metavar='"COLUMN=FIELD"', help="map one column of a CSV otherwise; repeat it"),
    ] = None,
    constant: Annotated[
        list[str] | None,
        Option("--set", metavar='"FIELD=VALUE"', help="fill a field of every row; repeat it"),
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="show what would be done, and do nothing")] = False,
    failed: Annotated[
        Path | None,
        Option("--failed", metavar="FILE", help="where lines that fail go; FILE.failed.… unless told"),
    ] = None,
) -> None:
    """Bring in what was opened and clicked: the log of a web server, or the activity of a mailing."""
    from improv.textfile import refuse_no_file  # noqa: PLC0415 - only an import needs it
    from improv.transfer.weblog import is_weblog  # noqa: PLC0415 - as above

    refuse_no_file(file)
    if not is_weblog(file):
        imports.bring_in_touches(file, people, single or [], constant or [], failed, dry_run=dry_run)
    elif people or single or constant:
        raise Usage("a web log has no columns", str(file), f"improv touch import {quoted(str(file))}")
    else:
        imports.bring_in_log(file, failed, dry_run=dry_run)


@writes(
    visitor_app,
    "visitor",
    "add",
    fields="visitor",
    examples='improv visitor add "somebody at the fair" --on fri\nimprov visitor add --email ada@example.com',
)
def meet(
    name: Annotated[str | None, Argument(metavar="NAME", help="what they are called, if you know")] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Keep somebody who was seen and is not known yet."""
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        values = typed(work.reader, "visitor", fields)
        visitor = touches.add_visitor(work, name or values.pop("name", None), past(on, work.today), values)
        found = resolve(work.reader, f"B{visitor.id}", ["visitor"])
    told(
        f"{found.ref} {found.name}: first seen {day_words(visitor.seen_on, work.today)}",
        then=f"improv touch add {found.ref} --page /",
    )


@writes(visitor_app, "visitor", "attribute", examples="improv visitor attribute B3 L12 --on mon")
def attribute(
    visitor: VisitorArgument,
    who: Annotated[str, Argument(metavar="WHO", help="the lead or the client it is")],
    on: On = None,
) -> None:
    """Say who a visitor is; all its touches, earlier and later, are theirs from that day on."""
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, visitor, ["visitor"])
        person = resolve(work.reader, who, PEOPLE)
        kept = touches.attribute(work, found.id, person, past(on, work.today))
        count = work.reader.value("SELECT COUNT(*) FROM touch WHERE visitor_id = :id", {"id": found.id})
        left = _left(work.reader, person)
    told(
        f"{found.ref} is {person.ref} {person.name}, known since {day_words(kept.attributed_on, work.today)}"  # type: ignore[arg-type]
        f": {count:,} touch{'' if count == 1 else 'es'}",
        left,
        then=f"improv show {person.ref}",
    )


@writes(visitor_app, "visitor", "release", examples="improv visitor release B3")
def release(visitor: VisitorArgument) -> None:
    """Take back who a visitor was thought to be."""
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, visitor, ["visitor"])
        touches.release(work, found.id)
    told(f"{found.ref} {found.name} is nobody we know", then=f"improv visitor attribute {found.ref} LEAD")


@writes(
    link_app,
    "link",
    "make",
    fields="link",
    examples="improv link make ada https://example.com/pricing --campaign M2",
)
def make(
    who: Annotated[str, Argument(metavar="WHO", help="the lead or the client whose link it is")],
    url: Annotated[str, Argument(metavar="URL", help="where it leads: https://… or http://…")],
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Make a link of one person's own: whoever follows it is known to be that person."""
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, who, PEOPLE)
        values = typed(work.reader, "link", fields)
        link = touches.make_link(work, found, url, past(on, work.today), values)
        own = work.reader.value(f"SELECT {own_url('x')} FROM link AS x WHERE x.id = :id", {"id": link.id})
    told(
        f"P{link.id} {found.ref} {found.name}'s own link, made {day_words(link.made_on, work.today)}",
        own,
        then="improv touch import access.log",
    )


# Every noun has `add`; a link is made.
writes(link_app, "link", "add", fields="link", examples="improv link add ada https://example.com/pricing")(
    make
)


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import touches  # noqa: PLC0415 - only what writes loads SQLModel

    change = {"touch": touches.edit, "visitor": touches.edit_visitor, "link": touches.edit_link}
    change[found.table](work, found.id, values)


with_edit(touch_app, "touch", _edit)
with_common_verbs(touch_app, "touch")
with_edit(visitor_app, "visitor", _edit)
with_common_verbs(visitor_app, "visitor")
with_edit(link_app, "link", _edit)
with_common_verbs(link_app, "link")
