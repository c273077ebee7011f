"""What the doors share: options made from the table of fields, the common verbs of every noun, what is said after.

Every noun has `list`, `show`, `edit` and `remove`. They are made here once, so that they are the same everywhere.
"""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import typer

from improv.commands.desk import desk
from improv.dates import Looking, Moment, describe_day, describe_moment, parse_day, parse_moment
from improv.errors import Usage
from improv.fields import FIELDS, Typed
from improv.reader import Reader

Command = Callable[..., None]

Due = Annotated[
    str | None,
    typer.Option(
        "--due",
        metavar="WHEN",
        help="with --email: only if it was due, at 07:00 or mon 06:45, and did not run well since",
    ),
]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="the day it happened; today unless told")]

# Every command that writes, by its words: what undo must be able to take back, and what the tests must draw from.
WRITERS: set[str] = set()


def noun_app(help_text: str, examples: str) -> typer.Typer:
    """Return the group of a noun, with examples under its help."""
    return typer.Typer(
        help=help_text,
        epilog=shaped(examples),
        rich_markup_mode=None,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def shaped(examples: str) -> str:
    """Return examples so that the help keeps their lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())


def writes(
    app: typer.Typer, noun: str, verb: str, *, fields: str | None = None, examples: str = ""
) -> Callable[[Command], Command]:
    """Register a command that writes; `fields` gives it an option for every field of that noun."""

    def register(function: Command) -> Command:
        WRITERS.add(f"{noun} {verb}".strip())
        command = with_fields(fields)(function) if fields else function
        app.command(verb or None, epilog=shaped(examples) if examples else None)(command)
        return command

    return register


def with_fields(noun: str) -> Callable[[Command], Command]:
    """Replace a command's `**fields` by one option for every field of a noun."""

    def expand(function: Command) -> Command:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        made = [_parameter(noun, one.name) for one in FIELDS[noun]]
        taken = {parameter.name for parameter in own}
        made = [parameter for parameter in made if parameter.name not in taken]
        function.__signature__ = signature.replace(parameters=[*own, *made])  # type: ignore[attr-defined]
        function.__annotations__ = {p.name: p.annotation for p in (*own, *made)}
        return function

    return expand


def _parameter(noun: str, name: str) -> inspect.Parameter:
    field = next(one for one in FIELDS[noun] if one.name == name)
    if field.kind == "flag":
        off = "--no-" + field.option.removeprefix("--")
        annotation: Any = Annotated[
            bool | None, typer.Option(f"{field.option}/{off}", help=field.help, show_default=False)
        ]
    else:
        annotation = Annotated[
            str | None, typer.Option(field.option, metavar=_METAVARS.get(field.kind, "TEXT"), help=field.help)
        ]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


_METAVARS = {
    "past": "DAY",
    "day": "DAY",
    "future": "DAY",
    "time": "TIME",
    "minutes": "MINUTES",
    "money": "AMOUNT",
    "revenue": "AMOUNT",
    "percent": "PERCENT",
    "count": "N",
    "score": "0-100",
    "rating": "1-5",
    "stage": "STAGE",
    "source": "SOURCE",
    "client": "CLIENT",
    "campaign": "CAMPAIGN",
    "visit_kind": "KIND",
    "campaign_type": "TYPE",
    "campaign_subtype": "SUBTYPE",
    "per": "PERIOD",
    "touch_kind": "KIND",
}


def ask_missing(noun: str, given: dict[str, Any]) -> None:
    """Ask a person at a terminal for the fields that matter and were not given; Enter skips one."""
    for one in FIELDS[noun]:
        if one.asked and given.get(one.name) is None:
            given[one.name] = desk().ask(f"{one.help} (Enter to skip):")


def named(given: str | None, question: str, what: str, example: str) -> str:
    """Return what was given, asked for at a terminal, else refuse."""
    answer = given if given is not None and given.strip() else desk().ask(question)
    if answer is None:
        raise Usage(f"{what} is missing", "" if given is None else repr(given), example)
    return answer


def refuse_due(when: str | None) -> None:
    """Refuse to wait for a time with what is only shown."""
    if when is not None:
        raise Usage("--due says when a mail is due", when, f"--email --due {quoted(when)}")


def past(text: str | None, today: date) -> date:
    """Read the day something happened; today when none was typed."""
    return today if text is None else parse_day(text, today, Looking.BACK)


def past_moment(text: str | None, today: date) -> tuple[date, str | None]:
    """Read the day something happened, and the time of day when one was typed after it."""
    when = Moment(today) if text is None else parse_moment(text, today, Looking.BACK)
    return when.day, when.time.strftime("%H:%M") if when.time else None


def ahead(text: str, today: date) -> date:
    """Read a day that is to come."""
    return parse_day(text, today, Looking.FORWARD)


def moment_ahead(text: str, today: date) -> Moment:
    """Read a day, and perhaps a time, that is to come."""
    return parse_moment(text, today, Looking.FORWARD)


def typed(reader: Reader, noun: str, raw: dict[str, Any], *, mine: str | None = None) -> dict[str, Any]:
    """Read what was typed for the fields of a noun; `mine` is the field that is the user's own name unless told."""
    values = Typed(reader, reader.playbook, reader.today).read(noun, raw)
    if mine is not None and values.get(mine) is None and desk().me:
        values[mine] = desk().me
    return values


def told(what: str, *facts: str | None, then: str | None = None) -> None:
    """Say what was done, the figures that matter, and the next sensible command."""
    desk().say(what, *(f"  {fact}" for fact in facts if fact))
    if then:
        desk().say(f"  next: {then}")


def day_words(day: date, today: date) -> str:
    """Return a day as it is told back."""
    return describe_day(day, today)


def moment_words(day: date, at: str | None, today: date) -> str:
    """Return a day and a time of day as they are told back."""
    if at is None:
        return describe_day(day, today)
    from datetime import time  # noqa: PLC0415 - only with a time

    return describe_moment(Moment(day, time.fromisoformat(at)), today)


def quoted(text: str) -> str:
    """Return a text so that a shell takes it as one word, for the commands we propose."""
    import shlex  # noqa: PLC0415 - only when a name has blanks

    return shlex.quote(text)
