"""`improv note`: words on any record."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument
from improv.commands.desk import desk
from improv.commands.doors import On, day_words, named, noun_app, past, told, typed, writes
from improv.commands.listing import with_common_verbs, with_edit
from improv.records.words import NOTED
from improv.resolve import Found, resolve

app = noun_app(
    "Notes: words on any record; a pinned one stands first.",
    """
    improv note add acme "prefers mornings" --pinned
    improv note list --of acme
    """,
)
APPS = {"note": app}
EXAMPLES = """
improv note add acme "prefers mornings"
improv note add acme - < minutes.txt
"""


@writes(app, "note", "add", fields="note", examples=EXAMPLES)
def add(
    record: Annotated[
        str, Argument(metavar="RECORD", help="any record: an id, @ for the last one, or a name")
    ],
    text: Annotated[str | None, Argument(metavar="TEXT", help="the words; - reads stdin")] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Write a note on any record."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    if text == "-":
        text = desk().piped("note").rstrip()
    said = named(text, "What is the note?", "the text of the note", 'improv note add acme "prefers mornings"')
    with desk().writing() as work:
        found = resolve(work.reader, record, NOTED)
        values = typed(work.reader, "note", fields, mine="written_by")
        note = everyday.add_note(work, found, said, past(on, work.today), values)
    told(
        f"N{note.id} noted on {found.ref} {found.name}, {day_words(note.noted_on, work.today)}",
        then=f"improv {found.table} show {found.ref}",
    )


def _edit(work: Any, found: Found, text: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    everyday.edit_note(work, found.id, text, values)


with_edit(app, "note", _edit, called="text")
with_common_verbs(app, "note")
