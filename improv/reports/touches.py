"""The report of touches: what people did by themselves, and which contact and which nurture came before a sale."""

from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Word
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Cell, Column, Range, Section, Share, Table
from improv.reports.parts import in_words
from improv.statistics import Hits, shares_differ

_TITLES: Final = {"contact": "contact point", "nurture": "nurture"}


def touches(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return what was done by kind, the first and last contact of those won, and who was won with and without each."""
    return (
        Section("What they did", (_by_kind(reader, period),)),
        Section(
            "Contact points", (_with_and_without(reader, period, "contact"), _first_and_last(reader, period))
        ),
        Section("Nurture", (_with_and_without(reader, period, "nurture"),)),
    )


def _by_kind(reader: Reader, period: Period) -> Table:
    """Return the touches of the period by kind, and how many of each show interest."""
    done, interested = (
        dict(measure.by(reader, CATALOGUE[name], period, "kind")) for name in ("touches", "interest")
    )
    rows = tuple(
        (str(key[0]), part.n, interested[key].n if key in interested else 0) for key, part in done.items()
    )
    return Table(
        "by_kind",
        "Touches",
        (
            Column("kind", "Touch"),
            Column("n", "How often", "number"),
            Column("interest", "Showing interest", "number"),
        ),
        rows,
        empty="Nobody did anything by themselves.",
    )


def _with_and_without(reader: Reader, period: Period, key: str) -> Table:
    """Return how many leads were won that had each contact or nurture before, beside all the others received with them."""
    whole = measure.measure(reader, CATALOGUE["lead_to_win"], period)
    parts = measure.by(reader, CATALOGUE[f"conversion_by_{key}"], period, key)
    rows = tuple(_beside(in_words(reader, key, words[0]), part, whole) for words, part in parts)
    return Table(
        f"won_by_{key}",
        f"Won with each {_TITLES[key]}, and without it",
        (
            Column("word", _TITLES[key].capitalize()),
            Column("won", "With it", "share"),
            Column("interval", "95%", "range"),
            Column("without", "Without it", "share"),
            Column("verdict", "Verdict"),
        ),
        rows,
        empty=f"No lead received in {period.said} had any.",
        note="Of leads received in the period; the interval covers whatever becomes of those still open. What goes together "
        "need not be the cause: who is near to buying is also spoken to more."
        if rows
        else "",
    )


def _beside(word: str, part: Reading, whole: Reading) -> tuple[Cell, ...]:
    """Return one row: those who had it, and all the others."""
    others = Hits(
        (whole.hits or 0) - (part.hits or 0),
        (whole.still_open or 0) - (part.still_open or 0),
        whole.n - part.n,
    )
    own = Hits(part.hits or 0, part.still_open or 0, part.n)
    _, verdict = shares_differ(own, others)
    return (
        word,
        Share(own.hits, own.of),
        None if part.interval is None else Range(*part.interval, "share"),
        Share(others.hits, others.of),
        verdict,
    )


def _first_and_last(reader: Reader, period: Period) -> Table:
    """Return the leads won in the period by their first contact point, by their last, and by any they had."""
    won = CATALOGUE["wins_by_contact"]
    first, last = (
        {words[0]: part.n for words, part in measure.by(reader, won, period, key)}
        for key in ("first_contact", "last_contact")
    )
    kinds: dict[Word, None] = dict.fromkeys((*first, *last))
    rows = tuple((in_words(reader, "contact", kind), first.get(kind, 0), last.get(kind, 0)) for kind in kinds)
    return Table(
        "first_and_last",
        "First and last contact before the win",
        (
            Column("contact", "Contact point"),
            Column("first", "Came first", "number"),
            Column("last", "Came last", "number"),
        ),
        rows,
        empty="No lead was won.",
    )
