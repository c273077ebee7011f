"""What the doors share: options made from the table of fields, the common verbs of every noun, what is said after.

Every noun has `list`, `show`, `edit` and `remove`. They are made here once, so that they are the same everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from improv.commands.declared import Command, Custom, Function, Group, Option, Parameter
from improv.commands.desk import desk
from improv.dates import Looking, Moment, describe_day, describe_moment, parse_day, parse_moment
from improv.errors import Refused, Usage
from improv.playbook import Playbook
from improv.reader import Reader

# The table of fields is loaded by what makes options of it, or reads what was typed for them.
if TYPE_CHECKING:
    from improv.fields import Field
    from improv.resolve import Found

Due = Annotated[
    str | None,
    Option(
        "--due",
        metavar="WHEN",
        help="with --email: only if it was due, at 07:00 or mon 06:45, and did not run well since",
    ),
]
On = Annotated[str | None, Option("--on", metavar="DAY", help="the day it happened; today unless told")]

# Every command that writes, by its words: what undo must be able to take back, and what the tests must draw from.
WRITERS: set[str] = set()
# Those of them that do more than write records, and cannot wait with it until other commands are kept (`improv batch`).
ALONE: set[str] = set()


def noun_app(help_text: str, examples: str) -> Group:
    """Return the group of a noun, with examples under its help."""
    return Group(help_text, shaped(examples))


def shaped(examples: str) -> str:
    """Return examples so that the help keeps their lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())


def writes(
    app: Group,
    noun: str,
    verb: str,
    *,
    fields: str | None = None,
    also: Sequence[Parameter] = (),
    examples: str = "",
    open_ended: bool = False,
    alone: bool = False,
) -> Callable[[Function], Function]:
    """Register a command that writes; `fields` gives it an option for every field of that noun.

    One that is `open_ended` takes the options of another command, and reads them itself; one that runs `alone` does more
    than write records.
    """

    def register(function: Function) -> Function:
        WRITERS.add(f"{noun} {verb}".strip())
        if alone:
            ALONE.add(f"{noun} {verb}".strip())
        said = shaped(examples) if examples else None
        command = app.add(Command(verb or None, function, epilog=said))
        command.open_ended = open_ended
        if fields:
            with_fields(command, fields, also)
        return function

    return register


def with_fields(command: Command, noun: str, also: Sequence[Parameter] = ()) -> None:
    """Replace a command's `**fields` by one option for every field of a noun."""
    from improv.fields import FIELDS  # noqa: PLC0415 - as said

    own = [*command.parameters, *also]
    taken = {parameter.name for parameter in own}
    own += [_parameter(one, _METAVARS) for one in FIELDS[noun] if one.name not in taken]
    command.parameters, command.custom = own, Custom(noun, own, _METAVARS)


def narrowed_by_custom_fields(command: Command, noun: str) -> None:
    """Let a list be narrowed by each custom field of a noun, in the place of its `**fields`."""
    command.custom = Custom(noun, command.parameters, _RANGES)


def with_custom_fields(app: Group, playbook: Callable[[], Playbook]) -> None:
    """Give the commands of a group the options of the custom fields that the playbook declares now.

    Not when its module is imported: another run in the same process may have another configuration.
    """
    for command in app.commands.values():
        if (custom := command.custom) is not None:
            from improv.fields import custom_field  # noqa: PLC0415 - as said

            made = [
                _parameter(custom_field(one), custom.metavars) for one in playbook().fields_of(custom.noun)
            ]
            command.parameters = [*custom.own, *made]


def _parameter(field: "Field", metavars: Mapping[str, str]) -> Parameter:
    if field.kind == "flag":
        off = "--no-" + field.option.removeprefix("--")
        flag = Option(f"{field.option}/{off}", help=field.help, show_default=False)
        return Parameter(field.name, bool | None, None, flag)
    typed = Option(field.option, metavar=metavars.get(field.kind, "TEXT"), help=_help(field))
    return Parameter(field.name, str | None, None, typed)


def _help(field: "Field") -> str:
    return f"{field.help}: {', '.join(field.choices)}" if field.choices else field.help


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
    "integer": "N",
    "yes_or_no": "YES|NO",
    "choice": "CHOICE",
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


# By what a list is narrowed: numbers and amounts from one to another, days within a period.
_RANGES = _METAVARS | {"integer": "N..N", "money": "AMOUNT..AMOUNT", "day": "PERIOD"}


def ask_missing(noun: str, given: dict[str, Any]) -> None:
    """Ask a person at a terminal for the fields that matter and were not given; Enter skips one."""
    from improv.fields import fields_of  # noqa: PLC0415 - as said

    for one in fields_of(desk().playbook(), noun):
        if one.asked and given.get(one.name) is None:
            given[one.name] = _answer(one)


def _answer(field: "Field") -> str | None:
    """Ask a person for a field until it can be read: a slip does not lose what they answered before."""
    from improv.fields import Typed  # noqa: PLC0415 - as said

    here = desk()
    while (answer := here.ask(f"{_help(field)} (Enter to skip):")) is not None:
        try:
            Typed(None, here.playbook(), here.today(here.settings()["timezone"])).value(field, answer)
        except (Refused, Usage) as error:
            here.tell(error)
        else:
            return answer
    return None


def ask_required(work: Any, found: "Found", stage: str | None, on: date) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    """Ask a person at a terminal for the fields that an opportunity, or that of an event, must have filled in a stage."""
    from improv.custom import apart, missing  # noqa: PLC0415 - as said
    from improv.fields import custom_field  # noqa: PLC0415 - as said

    deal = found.id
    if found.table == "event":
        deal = work.reader.value("SELECT opportunity_id FROM event WHERE id = :id", {"id": found.id})
    chosen = work.playbook.stage(stage) if stage else None
    if deal is None or chosen is None or chosen.after_sale:
        return
    for one in missing(work.reader, deal, chosen):
        field, noun = custom_field(one.field), one.field.noun
        question = f"{one.field.name} of {one.record}, needed from {one.from_stage} on ({_help(field)}):"
        if answer := desk().ask(question):
            said = typed(work.reader, noun, {field.name: answer})
            work.say(noun, one.number, apart(said)[1], max(on, work.began(noun, one.number)))


def named(given: str | None, question: str, what: str, example: str) -> str:
    """Return what was given, asked for at a terminal, else refuse."""
    answer = given if given is not None and given.strip() else desk().ask(question)
    if answer is None:
        raise Usage(f"{what} is missing", "" if given is None else repr(given), example)
    return answer


def keys(by: Sequence[str]) -> list[str]:
    """Return the keys of `--by`, one or two, given apart or with a comma between; a hyphen is as good as an underscore."""
    return [key.strip().replace("-", "_") for word in by for key in word.split(",")]


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
    from improv.fields import Typed  # noqa: PLC0415 - as said

    values = Typed(reader, reader.playbook, reader.today).read(noun, raw)
    if mine is not None and values.get(mine) is None and desk().me:
        values[mine] = desk().me
    return values


def also_said(reader: Reader, noun: str, values: Mapping[str, Any]) -> str | None:
    """Tell the custom fields of a new record back as they were understood."""
    from improv.custom import apart, in_words  # noqa: PLC0415 - as said

    said = apart(values)[1]
    words = [
        f"{one.key.replace('-', ' ')} "
        + (day_words(value, reader.today) if isinstance(value, date) else in_words(one, value))
        for one in reader.playbook.fields_of(noun)
        if (value := said.get(one.column)) is not None
    ]
    return ", ".join(words) or None


def told(what: str, *facts: str | None, then: str | None = None) -> None:
    """Say what was done, the figures that matter, and the next sensible command."""
    desk().done = True
    desk().say(what, *(f"  {fact}" for fact in facts if fact))
    if then:
        desk().say(f"  next: {desk().about_here(then)}")


def still_booked(reader: Reader, about: "Found") -> tuple[str, ...]:
    """Return a line for each event with a closed opportunity or a client who left that is still in the diary."""
    rows = reader.rows(
        "SELECT e.id, COALESCE(k.name, e.kind) AS kind, e.scheduled_for AS day FROM event e "
        "LEFT JOIN playbook_event_kind k ON k.key = e.kind "
        f"WHERE e.{about.table}_id = :id AND e.status = 'scheduled' ORDER BY e.scheduled_for, e.id",
        {"id": about.id},
    )
    return tuple(
        f"E{row['id']} {row['kind']} is still booked for {row['day']}: {desk().program} event cancel E{row['id']}"
        for row in rows
    )


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
