"""`improv task`: a follow-up to do."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
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
from improv.errors import Usage
from improv.fields import one_word
from improv.records.words import RESPONSES
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
TaskArgument = Annotated[str, Argument(metavar="TASK", help="an id such as K4, or whose task it is")]


@writes(
    app, "task", "add", fields="task", examples='improv task add "send the contract" --about acme --due fri'
)
def add(
    what: Annotated[str | None, Argument(metavar="WHAT", help="what is to be done")] = None,
    about: Annotated[
        str | None, Option("--about", metavar="RECORD", help="the lead, opportunity or client")
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


@writes(app, "task", "done", examples="improv task done K4 --on fri\nimprov task done K5 --response yes")
def done(
    task: TaskArgument,
    on: On = None,
    response: Annotated[
        str | None,
        Option("--response", metavar="YES|NO", help="to a step of a track: yes when they answered, or no"),
    ] = None,
    logged: Annotated[
        bool, Option("--logged", help="the activity of a track's step is logged already")
    ] = False,
    skip: Annotated[bool, Option("--skip", help="pass over a step of a track")] = False,
) -> None:
    """Say that a task is done; that of a track's step is logged as the activity it is."""
    how = {"log": not logged, "skip": skip}
    with desk().writing() as work:
        found = pick(work.reader, task, "task")
        day = past(on, work.today)
        facts = _finished(work, found, day, response, how)
    told(
        f"{found.ref} {found.name}: {'skipped' if skip else 'done'} {day_words(day, work.today)}",
        *facts,
        then="improv track due" if facts or skip or logged else "improv task list --status open",
    )


def _finished(work: Any, found: Found, day: date, response: str | None, how: dict[str, bool]) -> list[str]:  # noqa: ANN401 - a Writing, which only what writes loads
    """Finish a task, and with it the step of a track that it is; return what came of that."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.actions import work as everyday  # noqa: PLC0415 - as above

    step = tracks.step_of(work, found.id)
    if step is None:
        if response is not None or how["skip"] or not how["log"]:
            raise Usage("this task is no step of a track", found.ref, f"improv task done {found.ref}")
        everyday.finish_task(work, found.id, day)
        return []
    values = {"response": one_word(response, RESPONSES)} if response else {}
    if values and (how["skip"] or not how["log"]):
        raise Usage(
            "a response is logged with the activity",
            f"--response {response}",
            f"improv task done {found.ref} --response {response}",
        )
    logged, moved = tracks.finish(work, step, day, values, **how)
    said = [f"logged as A{logged.id}"] if logged else []
    return [*said, *(f"{one.ref} {one.words}" for one in moved)]


@writes(app, "task", "move", examples="improv task move K4 +3d")
def move(
    task: TaskArgument,
    due: Annotated[str, Argument(metavar="DAY", help="the day it is due now")],
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
