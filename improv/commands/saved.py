"""`improv list`: lists and queries that are kept under a name."""

from collections.abc import Sequence
from typing import Annotated, Any

from improv.commands.declared import Argument, Command, Option
from improv.commands.desk import desk
from improv.commands.directory import ALIASES
from improv.commands.doors import noun_app, quoted, shaped, told, writes
from improv.commands.listing import listed
from improv.commands.query import values
from improv.errors import StoreUnusable, Usage
from improv.nouns import BY_TABLE, NOUNS
from improv.playbook import mending
from improv.reader import Reader
from improv.report import Table
from improv.saved import Saved, found

Name = Annotated[str, Argument(metavar="NAME", help="its name, the beginning of it, or its id such as J1")]
# What is listed by `improv list` itself, or by other commands.
_ELSEWHERE = {"saved_list", "upsell", "snooze"}


app = noun_app(
    "Lists and queries that are kept under a name.",
    """
    improv list save "hot leads" lead --temperature hot --owner Ada
    improv list save "last wins" opportunity --status won --period 'last month'
    improv list save "quiet clients" --query "SELECT id, name FROM clients WHERE days(last_visit_on, :today) > 60"
    improv list "hot leads"
    improv list
    """,
)
APPS = {"list": app}


@app.by_itself
def lists() -> None:
    """Show what is saved, unless a name or a command follows."""
    from improv.lists import table  # noqa: PLC0415 - only lists need it

    with desk().reading() as reader:
        rows = table(reader, "saved_list", {})
    desk().show_list(rows)


@app.command(
    "run", epilog=shaped('improv list run "hot leads"\nimprov list "hot leads" --as-of "1 oct" -o hot.csv')
)
def run(name: Name) -> None:
    """Show a saved list, as it is on the day; `improv list NAME` does so too."""
    here = desk()
    with here.reading() as reader:
        rows = shown(reader, found(reader, name))
    here.show_list(rows)


def save(
    name: Annotated[str, Argument(metavar="NAME", help="what it is called; a list of that name is replaced")],
    noun: Annotated[
        str | None, Argument(metavar="NOUN", help="what is listed, such as lead; its options follow")
    ] = None,
    query: Annotated[
        str | None, Option("--query", metavar="SQL", help="a query instead, as `improv query` takes it")
    ] = None,
    given: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="with --query: the value of :NAME in it"),
    ] = None,
    *,
    rest: Sequence[str],
) -> None:
    """Keep a list with its options, or a query, under a name."""
    from improv.actions import saved  # noqa: PLC0415 - only what writes loads SQLModel

    asked = _query(rest, noun, query, values(given or ())) if query is not None else _list(noun, rest)
    with desk().writing() as work:
        rows = shown(work.reader, asked)
        kept, anew = saved.save(work, name, asked.options, noun=asked.noun, query=asked.query)
    told(
        f"J{kept.id} {kept.name} saved{' anew' if anew else ''}: {words(asked)}",
        f"{len(rows.rows):,} now",
        then=f"improv list {quoted(kept.name)}",
    )


writes(
    app,
    "list",
    "save",
    examples="""improv list save "hot leads" lead --temperature hot --owner Ada
    improv list save "quiet clients" --query "SELECT id, name FROM clients WHERE days(last_visit_on, :today) > 60\"""",
    open_ended=True,
)(save)


@writes(app, "list", "remove", examples='improv list remove "hot leads"')
def remove(name: Name) -> None:
    """Forget a saved list; `improv undo` brings it back."""
    from improv.models import SavedList  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        gone = found(work.reader, name)
        work.remove(work.get(SavedList, gone.id))
    told(f"{gone.ref} {gone.name} removed", then="improv undo brings it back")


def _list(typed: str | None, rest: Sequence[str]) -> Saved:
    """Return the list of a noun with the options that were typed for it, read as the noun's own `list` reads them."""
    if typed is None:
        raise Usage("what is listed is missing", mend='improv list save "hot leads" lead --temperature hot')
    known = [noun for noun in NOUNS if noun.table not in _ELSEWHERE]
    noun = next((one for one in known if one.command == ALIASES.get(typed, typed)), None)
    if noun is None:
        raise Usage(
            "nothing is listed under this name", typed, mending(typed, [one.command for one in known])
        )
    from improv.commands.by_typer import options_of  # noqa: PLC0415 - a command that takes those of another is Typer's

    return Saved(0, "", noun.table, None, options_of(f"{noun.command} list", rest))


def _query(rest: Sequence[str], noun: str | None, query: str, bound: dict[str, Any]) -> Saved:
    """Return a query with the values that were given for it."""
    if noun is not None or rest:
        beside = " ".join(filter(None, (noun, *rest)))
        raise Usage(
            "a query takes the place of a noun and its options",
            beside,
            'improv list save NAME --query "SELECT …"',
        )
    return Saved(0, "", None, query, bound)


def words(saved: Saved) -> str:
    """Tell what a saved list asks, as it would be typed."""
    if saved.query is not None:
        return " ".join(saved.query.split())
    return " ".join([BY_TABLE[saved.noun or ""].command, *map(quoted, _typed(saved.options))])


def shown(reader: Reader, saved: Saved) -> Table:
    """Return what a saved list shows."""
    if saved.query is None:
        noun = saved.noun or ""
        if noun not in BY_TABLE:
            what, value = "the saved list lists what is no noun", f"{saved.ref} {saved.name}: {noun}"
            raise StoreUnusable(what, value, f"improv list remove {saved.ref}")
        return listed(reader, noun, _asked(reader, noun, saved.options))._replace(title=saved.name or "List")
    from improv import query as queries  # noqa: PLC0415 - only what asks loads the views

    asked = queries.checked(saved.query, reader.playbook, saved.options)
    return queries.table(reader, asked, saved.options)


def _asked(reader: Reader, noun: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a list as it reads them: those of custom fields by their column, apart from its own."""
    columns = {one.key: one.column for one in reader.playbook.fields_of(noun)}
    own = {name: text for name, text in options.items() if name not in columns}
    custom = {columns[name]: text for name, text in options.items() if name in columns}
    return own | {"custom": custom or None}


def _typed(options: dict[str, Any]) -> list[str]:
    """Return options as they are typed."""
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _under_this_name(word: str) -> Command | None:
    """Return the command that shows the list of this name."""
    return None if word.startswith("-") else Command(word, lambda: run(word))


app.others = _under_this_name
