"""Every figure by every field of the user's own: the parts add up, each row stands under what plain Python says, on any day."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from improv import measure, query
from improv.breakdown import tables_by
from improv.errors import Usage
from improv.lists import table as listed
from improv.metrics import CATALOGUE, Metric, find
from improv.metrics.dimensions import custom_keys
from improv.nouns import BY_LETTER
from improv.playbook import load
from improv.reader import Reader
from tests.fielded import BOOK, SHADES, Fielded, fielded
from tests.independent.seen import Row, Tables, as_of, recorded, written
from tests.kept import MONDAY, Kept
from tests.test_catalogue import PAST, RANDOM, YEAR, add_up, figures

pytestmark = pytest.mark.xdist_group("sample")


@pytest.fixture(scope="module")
def book(kept: Callable[..., Kept], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fielded]:
    """Give a random book whose fields are filled."""
    with fielded(kept(RANDOM), tmp_path_factory.mktemp("fielded")) as made:
        yield made


def keyed(metric: Metric) -> list[str]:
    """Return the fields of the user's own that a metric can be broken down by."""
    own = measure.keys_of(metric)
    return [key for key in measure.keys_of(metric, BOOK) if key not in own]


def test_every_metric_about_somebody_can_be_broken_down_by_a_field(book: Fielded) -> None:
    """By the fields of what it counts and of whom it is about; without such fields its keys are what they were."""
    assert keyed(find("new_leads")) == ["tint", "desks", "medium"]
    assert keyed(find("won_value")) == ["tint", "fee", "signed", "board_meets", "desks", "medium"]
    assert keyed(find("visits")) == ["mood", "tint", "signed", "board_meets", "desks"]
    assert keyed(find("activities")) == ["mood", "tint", "fee", "signed", "board_meets", "desks", "medium"]
    assert keyed(find("campaign_spend")) == ["medium"]
    # Visits by client-years: what both know.
    assert keyed(find("visits_per_client")) == ["tint", "signed", "board_meets", "desks"]
    assert not any(custom_keys(metric, load()) for metric in CATALOGUE.values())
    assert book


def test_a_query_finds_what_the_lists_show(book: Fielded) -> None:
    """Each field of each record that is filled, now and half a year ago; nothing else."""
    for reader in (book.reader(), book.reader(PAST)):
        asked = query.checked("SELECT record, field, value FROM custom_fields", BOOK)
        found = {(record, field): value for record, field, value in query.table(reader, asked).rows}
        shown: dict[tuple[object, str], object] = {}
        for noun in BOOK.fields:
            made = listed(reader, noun, {})
            for one in BOOK.fields_of(noun):
                place = [column.key for column in made.columns].index(one.column)
                shown |= {(row[0], one.key): row[place] for row in made.rows if row[place] is not None}
        assert found
        assert found == {key: _plain(value) for key, value in shown.items()}


def _plain(cell: object) -> object:
    """Return a cell as a query finds it: an amount in minor units, a day as text."""
    return cell.isoformat() if isinstance(cell, date) else getattr(cell, "minor", cell)


def test_the_parts_add_up_to_the_whole(book: Fielded) -> None:
    """By each field alone; by two of them, and by one with a key of the program's own."""
    reader = book.reader()
    for metric in CATALOGUE.values():
        whole, keys = measure.measure(reader, metric, YEAR), keyed(metric)
        pairs = [(keys[0], keys[-1]), (measure.keys_of(metric)[0], keys[0])] if keys else []
        for by in [*((key,) for key in keys), *(pair for pair in pairs if len(set(pair)) > 1)]:
            parts = [part for _, part in measure.by(reader, metric, YEAR, *by)]
            add_up(parts, whole, f"{metric.name} by {by}")


# A second opinion, in plain Python.

_DOINGS = ("event", "activity", "task", "survey_answer")


def whose(tables: Tables, noun: str, row: Row) -> dict[str, int | None]:
    """Return whose fields a record has beside its own, the nearest first."""
    if noun == "lead":
        return {"campaign": row.campaign_id}
    if noun == "client":
        return {"lead": row.lead_id}
    if noun == "opportunity":
        lead = row.lead_id or _of(tables, "client", row.client_id, "lead_id")
        campaign = row.campaign_id or _of(tables, "lead", row.lead_id, "campaign_id")
        return {"client": row.client_id, "lead": lead, "campaign": campaign}
    if noun not in _DOINGS:
        return {}
    deal = {column: _of(tables, "opportunity", row.opportunity_id, column) for column in _PARTIES}
    client = row.client_id or deal["client_id"]
    lead = row.lead_id or deal["lead_id"] or _of(tables, "client", client, "lead_id")
    campaign = (
        getattr(row, "campaign_id", None) or deal["campaign_id"] or _of(tables, "lead", lead, "campaign_id")
    )
    return {"opportunity": row.opportunity_id, "client": client, "lead": lead, "campaign": campaign}


_PARTIES = ("client_id", "lead_id", "campaign_id")


def _of(tables: Tables, table: str, number: int | None, column: str) -> int | None:
    found = [row for row in tables[table] if row.id == number]
    return getattr(found[0], column) if found else None


def said(tables: Tables, noun: str, number: int | None, key: str) -> object:
    """Return what a field of a record said last, as a breakdown says it."""
    name = key.replace("_", "-")
    rows = [
        row
        for row in tables["field_value"]
        if number is not None and getattr(row, f"{noun}_id") == number and row.field == name
    ]
    if not rows:
        return None
    last: Row = max(rows, key=lambda row: (row.on_day, row.id))
    if last.kind == "yes-no":
        return {1: "yes", 0: "no", None: None}[last.value]
    return last.text if last.value is None else last.value


def sorted_under(tables: Tables, noun: str, number: int, key: str) -> object:
    """Return the word a record stands under: its own, else that of whom it belongs to."""
    own = said(tables, noun, number, key)
    (row,) = (row for row in tables[noun] if row.id == number)
    others = (said(tables, other, its, key) for other, its in whose(tables, noun, row).items())
    return next((word for word in (own, *others) if word is not None), None)


# The random book has all of these: a test of nothing shows nothing.
SEEN = {
    f"{noun} tint" for noun in ("lead", "client", "opportunity", "event", "activity", "survey_answer")
} | {
    *(f"{noun} mood" for noun in ("event", "visit", "testimonial", "story", "referral", "activity")),
    *(
        "opportunity desks",
        "opportunity fee",
        "opportunity medium",
        "client desks",
        "lead medium",
        "event fee",
    ),
}


@pytest.mark.parametrize("day", [MONDAY, PAST], ids=str)
def test_each_row_stands_under_the_word_that_plain_python_finds(book: Fielded, day: date) -> None:
    reader = book.reader(None if day == MONDAY else day)
    tables = as_of(recorded(book.connection), day)
    seen = Counter[str]()
    for metric in CATALOGUE.values():
        noun = BY_LETTER[metric.label].table if len(metric.label) == 1 else metric.about
        # Of a visit or a referral we see here what is its own: whom it is about is a client, and those are seen.
        about = metric.about or noun
        keys = [key for key in keyed(metric) if noun in {about, *_DOINGS} or key == "mood"]
        if metric.kind == "ratio" or not keys:
            continue
        rows = measure.explain(reader, metric, YEAR).counted
        for key in keys:
            words = Counter(sorted_under(tables, str(noun), int(row.ref[1:]), key) for row in rows)
            parts = {word: part.n for (word,), part in measure.by(reader, metric, YEAR, key) if part.n}
            assert (metric.name, key, parts) == (metric.name, key, dict(words))
            seen[f"{noun} {key}"] += len(words.keys() - {None})
    if day == MONDAY:
        assert {what for what, words in seen.items() if words} >= SEEN


def test_as_of_a_day_it_is_what_a_store_cut_off_there_says(book: Fielded) -> None:
    """A value typed since does not move a row of the past: one metric of each kind and subject."""
    with contextlib.closing(written(as_of(recorded(book.connection), PAST), book.connection)) as store:
        then, back = Reader(store, BOOK, PAST), book.reader(PAST)
        asked = {(one.about, one.label, one.kind, one.is_level): one for one in CATALOGUE.values()}
        for metric in asked.values():
            for key in keyed(metric):
                told, same = (measure.by(it, metric, YEAR, key) for it in (back, then))
                assert [(word, figures(part)) for word, part in told] == [
                    (word, figures(part)) for word, part in same
                ], f"{metric.name} by {key}"


# As it is shown.


def column(book: Fielded, name: str, key: str) -> list[str | None]:
    *_, table = tables_by(book.reader(), find(name), YEAR, [key])
    return [str(row[0]) if row[0] is not None else None for row in table.rows]


def test_values_are_told_as_they_are_typed_and_in_their_own_order(book: Fielded) -> None:
    """Choices as the playbook lists them, days in time, numbers in order, yes and no by size; none comes last."""
    assert column(book, "new_leads", "tint") == [*SHADES, None, "all"]
    assert column(book, "opportunities", "fee") == ["0", "0.05", "10,000", None, "all"]
    *desks, none, whole = column(book, "new_leads", "desks")
    assert desks == [str(number) for number in range(-2, 8)]
    assert (none, whole) == (None, "all")
    days = [day for day in column(book, "active_clients", "board_meets")[:-2] if day]
    assert days == sorted(days)
    assert {*column(book, "active_clients", "signed")} == {"yes", "no", None, "all"}


def test_a_key_that_no_field_has_is_refused_with_those_there_are(book: Fielded) -> None:
    """What a campaign cost is nobody's desks."""
    with pytest.raises(Usage) as refused:
        measure.by(book.reader(), find("campaign_spend"), YEAR, "desks")
    assert refused.value.mend.endswith("month, medium")
