"""`improv export`: the whole store for any program, and leads and clients for an address book."""

from collections.abc import Iterator
from typing import IO

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.commands.progress import progress
from improv.errors import Usage
from improv.nouns import BY_TABLE
from improv.reader import Reader
from improv.report import Column, Table

app = noun_app("Write the whole store, or its people, for another program.", "")
APPS = {"export": app}
FORMS = ("jsonl", "zip", "vcf")
CARDS = 1_000  # after so many it is told how far it is


@app.command(
    epilog=shaped("improv export -o book.jsonl\nimprov export -o book.zip\nimprov export -o people.vcf")
)
def export() -> None:
    """Write every record of the store: JSON Lines (.jsonl), a zip of CSV files (.zip); or people as vCards (.vcf).

    On a terminal it is told what would be written; in a pipe it is JSON Lines. `improv import` takes each back.
    """
    here = desk()
    form = here.format or ("terminal" if here.is_terminal else FORMS[0])
    if form not in {*FORMS, "terminal"}:
        raise Usage(
            "an export has forms of its own", form, "improv export -o book.jsonl, book.zip or people.vcf"
        )
    with here.reading() as reader:
        if form == "terminal":
            here.show_list(_told(reader))
        else:
            here.put_stream(lambda file: _write(reader, form, file))


def _write(reader: Reader, form: str, to: IO[bytes]) -> None:
    from improv.transfer import whole  # noqa: PLC0415 - only an export needs it

    if form == "vcf":
        from improv.transfer import cards  # noqa: PLC0415 - the library behind it loads only for vCards

        counts = whole.counts(reader)
        to.writelines(_told_of(cards.write(reader), counts.get("lead", 0) + counts.get("client", 0)))
    else:
        (whole.write_lines if form == "jsonl" else whole.write_zip)(reader, to, progress)


def _told_of(cards: Iterator[bytes], of: int) -> Iterator[bytes]:
    """Yield cards, and tell how many of how many are written."""
    for done, card in enumerate(cards, 1):
        yield card
        if done % CARDS == 0:
            progress(done, of)
    progress(of, of)


def _told(reader: Reader) -> Table:
    from improv.transfer.whole import counts  # noqa: PLC0415 - only an export needs it

    rows = [
        (BY_TABLE[t].plural if t in BY_TABLE else t.replace("_", " "), n) for t, n in counts(reader).items()
    ]
    columns = (Column("what", "what", "text"), Column("rows", "rows", "number"))
    note = "improv export -o book.jsonl writes all of it; -o people.vcf the leads and clients"
    return Table("export", "What the store holds", columns, rows, "nothing is recorded yet", note)
