"""`improv list`: lists and queries that are kept under a name."""

from typing import Annotated, Any

import typer
from typer import core
from typer.main import get_command as built

from improv.commands.desk import desk
from improv.commands.doors import noun_app, quoted, shaped, told, writes
from improv.commands.listing import listed
from improv.commands.query import values
from improv.errors import StoreUnusable, Usage
from improv.nouns import BY_TABLE, NOUNS
from improv.playbook import mending
from improv.reader import Reader
from improv.report import Table
from improv.saved import Saved, found

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="its name, the beginning of it, or its id such as J1")
]
# What is listed by `improv list` itself, or by other commands.
_ELSEWHERE = {"saved_list", "upsell", "snooze"}


class Lists(core.TyperGroup):
    """The verbs of saved lists; any other word is the name of one."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own Click
        """Return a verb, or the command that shows the list of this name."""
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name.startswith("-"):
            return known
        one = noun_app("", "")
        one.command(cmd_name)(lambda: run(cmd_name))
        return built(one)


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
app.info.cls = Lists
APPS = {"list": app}


@app.callback(invoke_without_command=True, no_args_is_help=False)
def lists(ctx: typer.Context) -> None:
    """Show what is saved, unless a name or a command follows."""
    if ctx.invoked_subcommand is None:
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
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="what it is called; a list of that name is replaced")
    ],
    noun: Annotated[
        str | None, typer.Argument(metavar="NOUN", help="what is listed, such as lead; its options follow")
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", metavar="SQL", help="a query instead, as `improv query` takes it")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="with --query: the value of :NAME in it"),
    ] = None,
) -> None:
    """Keep a list with its options, or a query, under a name."""
    from improv.actions import saved  # noqa: PLC0415 - only what writes loads SQLModel

    asked = _query(ctx, noun, query, values(given or ())) if query is not None else _list(ctx, noun)
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


def _list(ctx: typer.Context, typed: str | None) -> Saved:
    """Return the list of a noun with the options that were typed for it, read as the noun's own `list` reads them."""
    if typed is None:
        raise Usage("what is listed is missing", mend='improv list save "hot leads" lead --temperature hot')
    root: Any = ctx.find_root()
    group = root.command.get_command(root, typed)
    known = [noun for noun in NOUNS if noun.table not in _ELSEWHERE]
    noun = next((one for one in known if group is not None and one.command == group.name), None)
    if noun is None:
        raise Usage(
            "nothing is listed under this name", typed, mending(typed, [one.command for one in known])
        )
    command = group.get_command(ctx, "list")
    asked = command.make_context(f"{noun.command} list", list(ctx.args), parent=root)
    given = {option.opts[0].removeprefix("--"): asked.params.get(option.name) for option in command.params}
    return Saved(0, "", noun.table, None, {name: value for name, value in given.items() if value is not None})


def _query(ctx: typer.Context, noun: str | None, query: str, bound: dict[str, Any]) -> Saved:
    """Return a query with the values that were given for it."""
    if noun is not None or ctx.args:
        beside = " ".join(filter(None, (noun, *ctx.args)))
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
