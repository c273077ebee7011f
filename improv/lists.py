"""The list of a noun, narrowed as asked: rows of its listing as a table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from improv.custom import PREFIX, holding
from improv.dates import Period, parse_period
from improv.errors import Usage
from improv.fields import Typed
from improv.formulas import AMONG
from improv.listings import LISTINGS, widened
from improv.listings.listing import Listing, Shown
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.playbook import CustomField
from improv.reader import Reader
from improv.report import Cell, Column, Made, Packed, Table, cell_of
from improv.resolve import Found, party
from improv.text import folded


def table(reader: Reader, noun: str, filters: Mapping[str, Any]) -> Table:
    """Return the list of a noun, narrowed by filters.

    `stage` and `source` are keys of the playbook, `owner`, `temperature` and `status` words, `period` a `dates.Period`
    on the noun's own day, `about` a `Found` lead, opportunity or client, `limit` the most lines to return; `custom` says
    for columns of custom fields what was typed: a value, two with `..` between, a period, or nothing for an empty field.
    """
    listing = widened(LISTINGS[noun], reader.playbook.fields_of(noun))
    given = {name: value for name, value in filters.items() if value is not None}
    _refuse_unknown(noun, listing, given)
    tests, bound = _tests(reader, noun, listing, given)
    words = {"owner": given["owner"]} if "owner" in given else {}
    words |= _typed_words(reader, noun, given)
    rows = _Rows(reader, noun, listing, " AND ".join(tests), words)
    if listing.rated and (tests or words or "limit" in given):
        listed = islice(
            rows.told([one for one in listing.shown if one.key in words], bound), given.get("limit")
        )
        rows = rows._replace(where=AMONG)
        bound["among"] = f"[{','.join(str(row['number']) for row in listed)}]"
    kept = rows.told(listing.shown, bound, listing.rated)
    return Table(
        key=BY_TABLE[noun].plural,
        title=BY_TABLE[noun].plural.capitalize(),
        columns=(Column("id", "ID", "ref"), *(Column(one.key, one.title, one.kind) for one in listing.shown)),
        rows=Made(_cells_of(listing), Packed(islice(kept, given.get("limit")))),
        empty=f"No {BY_TABLE[noun].plural} {'like this' if given else 'yet'}; to add one: {listing.add}",
    )


class _Rows(NamedTuple):
    """The rows of a list, narrowed and in its order."""

    reader: Reader
    noun: str
    listing: Listing
    where: str
    words: Mapping[str, str]

    def told(self, columns: Sequence[Shown], bound: Mapping[str, Any], rated: str = "") -> Iterator[Any]:
        """Yield the id, the day and some columns of each row, its number last."""
        letter, dated_by = BY_TABLE[self.noun].letter, BY_TABLE[self.noun].dated_by
        # In quotes: a field of the user's own may be called like a word of SQL.
        shown = "".join(f', {column.sql} AS "{column.key}"' for column in columns)
        sql = (
            f"SELECT '{letter}' || x.id AS id, x.{dated_by} AS day{shown}, x.id AS number "
            f"FROM {self.noun} AS x {self.listing.joins} {rated} "
            f"{'WHERE ' + self.where if self.where else ''} ORDER BY {self.listing.order}"
        )
        for row in self.reader.each(sql, bound):
            if all(_says(row[name], word) for name, word in self.words.items()):
                yield row


def _cells_of(listing: Listing) -> Callable[[Sequence[Any]], tuple[Cell, ...]]:
    """Return what makes the cells of a line: its id, and each column after the day it is dated by."""
    kinds = [one.kind for one in listing.shown]
    return lambda row: (row[0], *map(cell_of, kinds, row[2:]))


def _says(said: str | None, word: str) -> bool:
    """Tell whether a text is the one that was typed, whatever its case and accents."""
    return folded(said or "") == folded(word)


def _typed_words(reader: Reader, noun: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what the custom fields of plain text should say."""
    typed = given.get("custom", {})
    return {
        one.column: typed[one.column]
        for one in reader.playbook.fields_of(noun)
        if one.kind == "text" and one.column in typed
    }


def _refuse_unknown(noun: str, listing: Listing, given: Mapping[str, Any]) -> None:
    """Refuse a filter the noun has no column for, and a status it does not know."""
    for name in given:
        option = "of" if name == "about" else name
        if option not in {*listing.filters, "limit", "custom"}:
            options = ", ".join(f"--{one}" for one in listing.filters)
            raise Usage(
                f"{BY_TABLE[noun].plural} cannot be listed by {name}",
                f"--{option}",
                f"improv {BY_TABLE[noun].command} list takes {options}",
            )
    status = given.get("status")
    if status is not None and _status(listing, status) is None:
        raise Usage(
            f"no {BY_TABLE[noun].singular} has this status", status, "one of: " + ", ".join(listing.statuses)
        )


def _status(listing: Listing, typed: str) -> str | None:
    """Return the status that is meant; a hyphen is as good as a space."""
    said = folded(typed).replace("-", " ")
    return next((one for one in listing.statuses if one.replace("-", " ") == said), None)


def _tests(
    reader: Reader, noun: str, listing: Listing, given: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions a listed row has to meet, and the values bound in them."""
    tests: list[str] = []
    bound: dict[str, Any] = {}
    for name in ("stage", "source", "temperature"):
        if name in given:
            tests.append(f"{listing.finds[name]} = :{name}")
            bound[name] = given[name]
    if "status" in given:
        tests.append(f"({next(one.sql for one in listing.shown if one.key == 'status')}) = :status")
        bound["status"] = _status(listing, given["status"])
    if "period" in given:
        period: Period = given["period"]
        tests.append(f"x.{BY_TABLE[noun].dated_by} BETWEEN :first AND :last")
        bound |= {"first": period.first.isoformat(), "last": period.last.isoformat()}
    if "about" in given:
        column, bound["about"] = _belongs(reader, listing, given["about"])
        tests.append(f"{column} = :about")
    for one in reader.playbook.fields_of(noun):
        if one.column in given.get("custom", {}) and one.kind != "text":
            wanted, ends = _narrowed(reader, one, given["custom"][one.column])
            tests += wanted
            bound |= ends
    return tests, bound


def _narrowed(reader: Reader, one: CustomField, typed: str) -> tuple[list[str], dict[str, object]]:
    """Return the conditions that a custom field says what was typed, and the values bound in them.

    Nothing typed asks for those without a value, `..` for those with any.
    """
    holds = holding(one)
    low, is_range, high = typed.strip(), "", ""
    if one.kind == "day" and low not in {"", ".."}:
        period = parse_period(low, reader.today)
        ends: dict[str, object] = {">=": period.first.isoformat(), "<=": period.last.isoformat()}
    else:
        if one.kind in {"number", "money", "day"}:
            low, is_range, high = low.partition("..")
        name, reads = PREFIX + one.column, Typed(reader, reader.playbook, reader.today)
        said = {">=": low, "<=": high if is_range else low}
        ends = {sign: reads.read(one.noun, {name: text})[name] for sign, text in said.items() if text.strip()}
    if not ends:
        return [f"{holds} IS {'NOT ' if is_range else ''}NULL"], {}
    bound = {f"{one.column}_{place}": value for place, value in enumerate(ends.values())}
    return [f"{holds} {sign} :{name}" for sign, name in zip(ends, bound, strict=True)], bound


def _belongs(reader: Reader, listing: Listing, about: Found) -> tuple[str, int | None]:
    """Return the column that says whom a record belongs to, and who that is.

    A visit belongs to a client: asked for those of an opportunity, we look for those of its client.
    """
    if about.table in listing.finds:
        return listing.finds[about.table], about.id
    lead, client = party(reader, about)
    if "client" in listing.finds and (client is not None or "lead" not in listing.finds):
        return listing.finds["client"], client
    return listing.finds["lead"], lead
