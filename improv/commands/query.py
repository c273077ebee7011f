"""`improv query`: read-only SQL over the views."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from improv import textfile
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.errors import Usage

app = noun_app("Read-only SQL over the views.", "")
APPS = {"query": app}
Value = int | float | str


@app.command(
    epilog=shaped(
        """
        improv query "SELECT source, COUNT(*) AS leads FROM leads GROUP BY source"
        improv query "SELECT id, title, value FROM opportunities WHERE owner = :owner" --set owner=Ada
        improv query quiet-clients.sql -o quiet.html
        improv query --views
        improv query --views opportunities
        """
    )
)
def query(
    text: Annotated[
        str | None,
        Argument(
            metavar="SQL", help="a SELECT, a file that ends in .sql, or - for stdin; with --views a view"
        ),
    ] = None,
    given: Annotated[
        list[str] | None, Option("--set", metavar="NAME=VALUE", help="the value of :NAME in the query")
    ] = None,
    views: Annotated[bool, Option("--views", help="list the views, or the columns of one")] = False,
    timeout: Annotated[
        int | None,
        Option(
            "--timeout", metavar="SECONDS", min=1, help="stop it when it takes longer; else after a minute"
        ),
    ] = None,
) -> None:
    """Ask the records anything, in SQL that only reads; `:today` is the day that is looked at."""
    from improv import query as queries  # noqa: PLC0415 - only what asks loads the views

    if views:
        desk().show_list(queries.views_table(text))
        return
    bound = values(given or ())
    asked = _text(text)
    with desk().reading() as reader:
        found = queries.table(
            reader, queries.checked(asked, reader.playbook, bound), bound, seconds=timeout or queries.PATIENCE
        )
    desk().show_list(found)


def _text(typed: str | None) -> str:
    """Return the query: as it was typed, from a file, or from stdin."""
    if typed is None:
        raise Usage("what is asked is missing", mend='improv query "SELECT name, owner FROM leads"')
    if typed == "-":
        return desk().piped("query")
    if not typed.endswith(".sql"):
        return typed
    try:
        return textfile.read(Path(typed))
    except FileNotFoundError as error:
        raise textfile.no_such_file(Path(typed)) from error
    except ValueError as error:
        raise Usage(f"this is no query: {error}", typed) from error


def values(given: Sequence[str]) -> dict[str, Value]:
    """Return what is bound in a query: a number where it looks like one, else text."""
    bound: dict[str, Value] = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark or not name.isidentifier():
            raise Usage("--set takes a name and a value", one, "--set owner=Ada")
        bound[name] = _value(value)
    return bound


def _value(text: str) -> Value:
    for number in (int, float):
        try:
            found = number(text)
        except ValueError:
            continue
        if str(found) == text:  # 007, 1e3 and the like are text
            return found
    return text
