"""`improv task`: a follow-up to do."""

from datetime import date
from typing import Annotated, Any

import typer

from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    ahead,
    also_said,
    ask_missing,
    day_words,
    named,
    noun_app,
    past,
    told,
    typed,
    writes,
)
from improv.commands.listing import ABOUT, pick, with_common_verbs, with_edit
from improv.resolve import Found, resolve

app = noun_app(
    "Tasks: follow-ups on a lead, an opportunity or a client.",
    """
    improv task add "send the contract" --about acme --due fri
    improv task done K4
    improv task move K4 +3d
    """,
)
APPS = {"task": app}
TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="an id such as K4, or whose task it is")]


@writes(
    app, "task", "add", fields="task", examples='improv task add "send the contract" --about acme --due fri'
)
def add(
    what: Annotated[str | None, typer.Argument(metavar="WHAT", help="what is to be done")] = None,
    about: Annotated[
        str | None, typer.Option("--about", metavar="RECORD", help="the lead, opportunity or client")
    ] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Keep a follow-up to do."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    said = named(what, "What is to be done?", "what is to be done", 'improv task add "send the contract"')
    ask_missing("task", fields)
    with desk().writing() as work:
        found = resolve(work.reader, about, ABOUT) if about else None
        values = typed(work.reader, "task", fields)
        due = values.get("due")
        task = everyday.add_task(work, said, found, past(on, work.today), values)
    told(
        f"K{task.id} {task.what}"
        + (f", for {found.ref} {found.name}" if found else "")
        + (f": due {day_words(due, work.today)}" if due else ": no day yet"),
        also_said(work.reader, "task", values),
        then=f"improv task done K{task.id}",
    )


@writes(app, "task", "done", examples="improv task done K4 --on fri")
def done(task: TaskArgument, on: On = None) -> None:
    """Say that a task is done."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, task, "task")
        day = past(on, work.today)
        everyday.finish_task(work, found.id, day)
    told(
        f"{found.ref} {found.name}: done {day_words(day, work.today)}", then="improv task list --status open"
    )


@writes(app, "task", "move", examples="improv task move K4 +3d")
def move(
    task: TaskArgument,
    due: Annotated[str, typer.Argument(metavar="DAY", help="the day it is due now")],
    on: On = None,
) -> None:
    """Move the day a task is due."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, task, "task")
        day = ahead(due, work.today)
        everyday.move_task(work, found.id, day, past(on, work.today))
    told(f"{found.ref} {found.name}: due {day_words(day, work.today)}", then=f"improv task done {found.ref}")


def _edit(work: Any, found: Found, what: str | None, on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    everyday.edit_task(work, found.id, what, on, values)


with_edit(app, "task", _edit, called="what", dated=True)
with_common_verbs(app, "task")
