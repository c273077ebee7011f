"""`improv playbook`: the method's lists, targets and limits: which are in use, where they come from, and another's."""

from collections import Counter
from pathlib import Path
from typing import Annotated

from improv import playbook as playbooks
from improv import storefile
from improv.commands import pagefile
from improv.commands.declared import Argument, Option
from improv.commands.desk import Desk, desk
from improv.commands.doors import noun_app, shaped, told
from improv.commands.own import faults
from improv.commands.switch import EXAMPLES, beside, make_folder, named, shipped, use
from improv.errors import ImprovError, Refused, Usage
from improv.playbook import Playbook, folded, mending
from improv.playbook.check import findings
from improv.playbook.compiled import SHIPPED
from improv.playbook.lines import Line, differences, lines
from improv.report import Cell, Column, Table
from improv.strays import by_stage, strays

app = noun_app(
    "The playbook: the method's lists, targets and limits.",
    """
    improv playbook show stage
    improv playbook new mine
    improv playbook use mine
    improv playbook diff
    """,
)
APPS = {"playbook": app}


@app.command("list", epilog=shaped("improv playbook list"))
def list_playbooks() -> None:
    """List the playbooks there are.

    Those that come with improv, and the files beside your configuration.
    """
    here = desk()
    used, _ = here.playbook_of()
    rows = []
    for name in [*shipped(), *beside(here)]:
        file, _ = here.playbook_of(name)
        try:
            title = playbooks.load(file).title
        except ImprovError as error:
            title = error.what
        rows.append((name.removesuffix(".toml"), title, "yes" if file == used else None, _place(file)))
    columns = (
        Column("name", "Playbook"),
        Column("title", "Title"),
        Column("use", "In use"),
        Column("place", "Where"),
    )
    here.show_list(Table("playbooks", "Playbooks", columns, rows))


def _place(file: str | Path) -> str:
    return str(file) if isinstance(file, Path) else "comes with improv"


@app.command(
    epilog=shaped("improv playbook show\nimprov playbook show stage\nimprov playbook show stage proposal")
)
def show(
    table: Annotated[str | None, Argument(metavar="TABLE", help="one table of it, such as stage")] = None,
    key: Annotated[str | None, Argument(metavar="KEY", help="one entry of the table")] = None,
) -> None:
    """Show the playbook in use, line by line.

    Each with the file that has the last word on it: one that comes with improv, yours, or your configuration.
    """
    here = desk()
    book, found = here.playbook(), _lines(here)
    if table is None:
        here.show_list(_overview(book, found))
        return
    chosen = _below(found, table)
    if not chosen:
        raise Usage("the playbook has no table of this name", table, mending(table, _tables(found)))
    if key is not None:
        known = dict.fromkeys(line.key or line.field for line in chosen)
        chosen = _below(chosen, f"{table}.{key}")
        if not chosen:
            raise Usage(f"[{table}] has no entry of this name", key, mending(key, known))
    columns = (Column("line", "Line"), Column("value", "Value"), Column("from", "From"))
    rows = [(line.place, line.said, _file(line.where)) for line in chosen]
    here.show_list(Table("lines", f"{book.title}: {' '.join((table, key or '')).strip()}", columns, rows))


def _lines(here: Desk, other: str | None = None) -> list[Line]:
    """Return the lines of the playbook in use; or of another, by itself."""
    wanted, own = here.playbook_of(other)
    return list(lines(wanted, own if other is None else None, str(here.configuration)))


def _below(found: list[Line], place: str) -> list[Line]:
    """Return the lines at a place, or below it."""
    return [line for line in found if f"{line.place}.".startswith(f"{place}.")]


def _tables(found: list[Line]) -> list[str]:
    return list(dict.fromkeys(line.table for line in found))


def _file(where: str) -> str:
    return Path(where).name


def _overview(book: Playbook, found: list[Line]) -> Table:
    """Return every table of a playbook: how many entries it has, and how many of its lines each file says."""
    rows: list[tuple[Cell, ...]] = []
    for name in _tables(found):
        own = [line for line in found if line.table == name]
        files = Counter(_file(line.where) for line in own)
        said = ", ".join(f"{file} {n}" for file, n in files.items())
        rows.append((name, len({line.key or line.field for line in own}), said))
    columns = (
        Column("table", "Table"),
        Column("entries", "Entries", "number"),
        Column("lines", "Lines from"),
    )
    return Table("playbook", f"{book.title} ({book.key})", columns, rows, note="improv playbook show TABLE")


@app.command(
    epilog=shaped(
        "improv playbook diff\nimprov playbook diff solo\nimprov playbook diff improv managed-services"
    )
)
def diff(
    one: Annotated[
        str | None, Argument(metavar="A", help="a playbook; the one that yours begins with")
    ] = None,
    other: Annotated[str | None, Argument(metavar="B", help="another; yours, as it is in use")] = None,
) -> None:
    """Show what differs between two playbooks.

    Between the one that yours begins with and yours; between one and yours; or between two.
    """
    here = desk()
    used, _ = here.playbook_of()
    first = named(here, one) if one else str(used)
    second = named(here, other) if other else None
    rows = differences(_lines(here, first), _lines(here, second))
    names = (_file(first).removesuffix(".toml"), _file(second or "yours").removesuffix(".toml"))
    columns = (Column("line", "Line"), Column("one", names[0]), Column("other", names[1]))
    title, empty = f"{names[0]} and {names[1]}", f"{names[0]} and {names[1]} say the same"
    here.show_list(Table("differences", title, columns, rows, empty=empty))


@app.command(epilog=shaped("improv playbook new mine\nimprov playbook new mine --from solo"))
def new(
    name: Annotated[str, Argument(metavar="NAME", help="what it is to be called")],
    start: Annotated[str, Option("--from", metavar="NAME", help="the playbook it begins with")] = "improv",
) -> None:
    """Begin a playbook of your own.

    Its file stands beside your configuration: every line of another playbook, as a comment.
    """
    here = desk()
    here.refuse_looking_back()
    key = folded(name)
    if start not in shipped():
        raise Usage("no playbook that comes with improv is called so", start, mending(start, shipped()))
    if not key.replace("-", "").isalnum() or key in shipped():
        raise Usage(
            "a playbook of your own needs a name of its own: a word", name, "improv playbook new mine"
        )
    file = here.configuration.parent / f"{key}.toml"
    if file.exists():
        raise Refused("there is a playbook of this name already", str(file), f"improv playbook use {key}")
    text = (SHIPPED / f"{start}.toml").read_text("utf-8")
    make_folder(here)
    pagefile.save_text(_commented(key, start, text), file, here.path)
    told(f"made {file}: it says what {start} says", then=f"improv playbook use {key}")


_BEGINNING = """\
# A playbook of your own: it says what {start} says until you take the # before a line away and change it. Lines that
# begin with "# " are only remarks. Write the line of the table, such as [stage.proposal], with what you change in it;
# `improv playbook diff` shows what differs, `improv playbook check` which numbers cannot hold together.

[playbook]
key = "{key}"
title = "{title}"
extends = "{start}"
"""


def _commented(key: str, start: str, text: str) -> str:
    """Return the file of a playbook as the beginning of another: its own head, every line below it as a comment."""
    _, _, rest = text.partition("[playbook]\n")
    _, _, body = rest.partition("\n\n")
    title = key.replace("-", " ").capitalize()
    lines = (line if not line or line.startswith("# ") else _put_aside(line) for line in body.splitlines())
    commented = "\n".join(lines)
    return f"{_BEGINNING.format(key=key, title=title, start=start)}\n{commented}\n"


def _put_aside(line: str) -> str:
    """Make a comment of a line, its indent before the #: what begins with "# " is a remark."""
    text = line.lstrip()
    return f"{line[: len(line) - len(text)]}#{text}"


@app.command(epilog=shaped("improv playbook check"))
def check() -> None:
    """Compute which targets cannot hold together.

    It also tells which metrics, flags and reports of your own do not fit, and of open sales that stand in a stage which
    is not in the playbook any more.
    """
    here = desk()
    book = here.playbook()
    rows = [(one.code, one.sentence, ", ".join(one.keys)) for one in findings(book)]
    rows += [("own", one.what, one.value) for one in faults(book)]
    if not storefile.missing(here.path):
        with here.reading() as reader:
            found = by_stage(strays(reader))
        for stage, those in found.items():
            who = ", ".join(one.ref for one in those)
            said = (
                f"Open sales stand in {those[0].name}, a stage that is not in the playbook any more: {who}."
            )
            rows.append(("stray-sales", said, f"stage.{stage}"))
    columns = (
        Column("code", "Finding"),
        Column("sentence", "What does not hold"),
        Column("keys", "Numbers at play"),
    )
    title, empty = "Targets that cannot hold together", "every target can hold together with the others"
    here.show_list(Table("findings", title, columns, rows, empty=empty))


app.command("use", epilog=shaped(EXAMPLES))(use)
