"""The verbs that every noun has alike: `list`, `show` and `remove`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Group, Option, Parameter, parameter
from improv.commands.desk import desk
from improv.commands.doors import (
    WRITERS,
    On,
    day_words,
    narrowed_by_custom_fields,
    past,
    shaped,
    told,
    typed,
    writes,
)
from improv.custom import apart
from improv.dates import parse_period
from improv.errors import Usage
from improv.fields import LINKS, Field, fields_of, one_word
from improv.formulas import BY_FORMULA, RATED
from improv.money import money
from improv.nouns import BY_TABLE
from improv.reader import Reader
from improv.records.words import TEMPERATURES
from improv.report import Table
from improv.resolve import Found, resolve, the_one

RecordArgument = Annotated[
    str, Argument(metavar="RECORD", help="an id such as L12, @ for the last one, or a name")
]
VisitOption = Annotated[
    str | None,
    Option("--visit", metavar="VISIT", help="the visit it came from: an id such as V7, or the client"),
]
ABOUT = ("opportunity", "client", "lead")


Edit = Callable[[Any, Found, str | None, date, dict[str, Any]], None]


def with_edit(
    app: Group, table: str, change: Edit, *, called: str | None = None, dated: bool = False
) -> None:
    """Give a noun its `edit`: every field by its option, the name by `--{called}`, what is dated from `--on`."""
    noun, door = BY_TABLE[table], BY_TABLE[table].command

    def edit(record: RecordArgument, **fields: Any) -> None:  # noqa: ANN401 - one option per field
        name, on = fields.pop("called", None), fields.pop("on", None)
        if name is None and all(given is None for given in fields.values()):
            raise Usage("nothing to change was given", mend=f"improv {door} edit --help")
        if name is not None and not name.strip():
            raise Usage(f"--{called}: it cannot be empty", repr(name), f"--{called} '…'")
        with desk().writing() as work:
            found = pick(work.reader, record, table)
            day = past(on, work.today)
            values = typed(work.reader, table, fields)
            known = fields_of(work.playbook, table)
            said = _said(known, fields, values, work.today)
            since = any(one.dated and one.name in values for one in known)
            own, custom = apart(values)
            change(work, found, name, day, own)
            keep_custom(work, found, custom, day if dated else None)
        told(
            f"{found.ref} {(name or found.name).strip()} changed"
            + (f": {', '.join(said)}" if said else "")
            + (f"; from {day_words(day, work.today)} on" if since else ""),
            then=f"improv {door} show {found.ref}",
        )

    also = []
    if called:
        renamed = Option(f"--{called}", metavar="TEXT", help=f"the {called}, corrected")
        also.append(Parameter("called", str | None, None, renamed))
    if dated:
        also.append(parameter("on", On))
    edit.__doc__ = f"Change {noun.one}; an empty text takes a value away." + (
        " What changes over time holds from --on." if dated else ""
    )
    writes(app, door, "edit", fields=table, also=also, examples=f"improv {door} edit {noun.letter}7 …")(edit)


def keep_custom(work: Any, found: Found, said: dict[str, Any], on: date | None = None) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    """Keep what custom fields of a record say: from a day on, or as a correction of what they always said."""
    if said:
        from improv.actions.dated import not_before  # noqa: PLC0415 - only what writes loads SQLModel

        if on is not None:
            not_before(on, work.began(found.table, found.id), "a change", f"{found.ref} began")
        work.say(found.table, found.id, said, on)
        work.subject = found.ref


def _said(fields: Sequence[Field], raw: dict[str, Any], values: dict[str, Any], today: date) -> list[str]:
    """Tell the changed fields back as they were understood."""
    said = []
    for field in fields:
        if field.name in values:
            value = values[field.name]
            words = (
                BY_FORMULA
                if value is None and field.name in RATED
                else "taken away"
                if value is None
                else money(value)
                if field.kind in {"money", "revenue"}
                else f"{value:,}"
                if field.kind == "integer"
                else day_words(value, today)
                if isinstance(value, date)
                else ("yes" if value else "no")
                if isinstance(value, bool)
                else str(raw[field.name])
                if field.kind in LINKS
                else str(value)
            )
            said.append(f"{field.option.removeprefix('--').replace('-', ' ')} {words}")
    return said


def with_common_verbs(app: Group, table: str, *, shown: bool = True) -> None:
    """Give a noun its `list`, `show` and `remove`; one that has a `show` of its own is not `shown`."""
    noun, door = BY_TABLE[table], BY_TABLE[table].command

    @app.command(
        "list",
        help=f"List {noun.plural}; in a pipe one a line, tab-separated.",
        epilog=shaped(f"improv {door} list\nimprov {door} list --period 'last month'"),
    )
    def list_records(
        stage: Annotated[str | None, Option("--stage", metavar="STAGE", help="in this stage")] = None,
        owner: Annotated[str | None, Option("--owner", metavar="NAME", help="worked by this person")] = None,
        source: Annotated[str | None, Option("--source", metavar="SOURCE", help="from this source")] = None,
        status: Annotated[str | None, Option("--status", metavar="STATUS", help="with this status")] = None,
        period: Annotated[
            str | None,
            Option("--period", metavar="PERIOD", help="dated in this period, such as 'last month'"),
        ] = None,
        about: Annotated[
            str | None, Option("--of", metavar="RECORD", help="of this lead, opportunity or client")
        ] = None,
        temperature: Annotated[
            str | None, Option("--temperature", metavar="TEXT", help="cold, warm or hot; of leads")
        ] = None,
        **custom: Any,  # noqa: ANN401 - one option per custom field
    ) -> None:
        asked = {"stage": stage, "owner": owner, "source": source, "status": status, "period": period}
        with desk().reading() as reader:
            own = {name: said for name, said in apart(custom)[1].items() if said is not None} or None
            rows = listed(reader, table, {**asked, "of": about, "temperature": temperature, "custom": own})
        desk().show_list(rows)

    narrowed_by_custom_fields(app.commands["list"], table)

    def show(record: RecordArgument) -> None:
        show_record(record, table)

    if shown:
        app.command(
            "show",
            help=f"Show {noun.one}: its fields and its whole history.",
            epilog=shaped(f"improv {door} show {noun.letter}7\nimprov {door} show @"),
        )(show)

    @app.command(
        "remove",
        help=f"Remove {noun.one} that was typed by mistake; `improv undo` brings it back.",
        epilog=shaped(f"improv {door} remove {noun.letter}7"),
    )
    def remove(record: RecordArgument) -> None:
        from improv.actions.removal import remove as removed  # noqa: PLC0415 - only what writes loads SQLModel

        with desk().writing() as work:
            found = pick(work.reader, record, table)
            rows = removed(work, found)
        more = f", with {rows - 1} of its parts" if rows > 1 else ""
        told(f"{found.ref} {found.name} removed{more}", then="improv undo brings it back")

    WRITERS.add(f"{door} remove")


def listed(reader: Reader, table: str, asked: Mapping[str, Any]) -> Table:
    """Return the list of a noun, narrowed as was typed for each option; this is what a saved list keeps."""
    from improv.lists import table as narrowed  # noqa: PLC0415 - only lists need it

    book, given = reader.playbook, {name: text for name, text in asked.items() if text is not None}
    read: dict[str, Callable[[str], Any]] = {
        "stage": lambda text: book.stage(text, retired=True).key,
        "source": lambda text: book.source(text, retired=True).key,
        "temperature": lambda text: one_word(text, TEMPERATURES),
        "period": lambda text: parse_period(text, reader.today),
        "of": lambda text: resolve(reader, text, ABOUT),
    }
    filters = {name: read[name](text) if name in read else text for name, text in given.items()}
    return narrowed(
        reader, table, {"about" if name == "of" else name: value for name, value in filters.items()}
    )


def show_record(record: str, table: str | None = None) -> None:
    """Show one record, of a noun or of any."""
    from improv.timeline import record_report  # noqa: PLC0415 - only `show` needs it

    with desk().reading() as reader:
        found = pick(reader, record, table) if table else resolve(reader, record, tuple(BY_TABLE))
        report = record_report(reader, found)
    desk().show(report)


def pick(reader: Reader, text: str, table: str) -> Found:
    """Return the one record of a noun that is meant: itself, or the latest that belongs to whom the text names."""
    if table in _NAMED:
        return resolve(reader, text, (table,))
    found = resolve(reader, text, (table, *ABOUT))
    return found if found.table == table else the_one(reader, found, table)


_NAMED = {"lead", "client", "opportunity", "referral", "campaign", "quota", "change"}
