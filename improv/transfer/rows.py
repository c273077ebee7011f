"""A row of a file as values of the record's fields, as the mapping says; what is wrong with it is one sentence."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final

from improv.custom import PREFIX
from improv.named import NamedTuple
from improv.playbook import Playbook, folded
from improv.transfer.choices import choices
from improv.transfer.csvfile import REASON, CsvFile, Row
from improv.transfer.fields import Field, Type
from improv.transfer.mapping import Mapping, check_columns
from improv.transfer.values import (
    Fault,
    read_clock,
    read_moment,
    read_number,
    read_yes_or_no,
    rounded,
)

_MONEY_DECIMALS: Final = 2
_HUNDRED: Final = 100
_SURELY_KEPT: Final = 12  # digits of a number that is not too large
NUMBERS: Final[tuple[Type, ...]] = ("money", "integer", "percent", "score")
_REMEMBERED: Final = 10_000
_ROUNDED: Final = "numbers were rounded to what the record keeps"
_SHORT: Final = "rows shorter than the header: what they lack is empty"
_MORE: Final = "rows with more than one {}: the best is taken"
# Of what a contact has several, and a record one.
_SEVERAL: Final = ("email", "phone")
_Places = tuple[tuple[int, ...], ...]
LEFT_BLANK: Final = "words the playbook does not know were left out"


class _Source(NamedTuple):
    """Where the text of one field comes from: a cell, or several to be joined, and what single values mean."""

    name: str
    place: int
    several: tuple[int, ...]
    join: str
    meanings: dict[str, dict[str, str]]
    columns: list[str]


@dataclass(slots=True)
class Forms:
    """In which form each field is written, and as which choices: given by the mapping or proven by the file."""

    dates: dict[str, str] = field(default_factory=dict)
    decimals: dict[str, str] = field(default_factory=dict)
    fractions: set[str] = field(default_factory=set)


class Rows:
    """The rows of a file, read by a mapping."""

    def __init__(self, file: CsvFile, mapping: Mapping, playbook: Playbook) -> None:
        self.file = file
        self.mapping = mapping
        self.notices: Counter[str] = Counter()
        self._places = check_columns(mapping, file)
        self._sources = list(self._compiled())
        self._first = [(one.fields, one.places(self._places.__getitem__)) for one in mapping.first]
        self._rest = self._unmapped()
        self._blank = {"", *mapping.blank}
        self._year = mapping.dates.get("year", "")
        self.forms = Forms(dates=self._given_dates(), decimals=self._given_decimals())
        self.choices = {
            one.name: choices(playbook, one.choice)
            for one in mapping.kind.fields.values()
            if one.type == "choice"
        }
        self._words: dict[str, dict[str, str | None]] = {}

    @cached_property
    def _readers(self) -> dict[str, Callable[[str], object]]:
        """Field → how its text is read. It is asked for once the forms are known."""
        return {name: self._reader(one) for name, one in self.mapping.kind.fields.items()}

    def _reader(self, one: Field) -> Callable[[str], object]:
        form, decimal = self.forms.dates.get(one.name, ""), self.forms.decimals.get(one.name, "")
        known: dict[Type, Callable[[str], object]] = {
            "text": str,
            "name": lambda text: " ".join(text.split()) or None,
            "day": remembering(lambda text: read_moment(text, form, self._year).day),
            "moment": remembering(lambda text: read_moment(text, form, self._year)),
            "time": remembering(read_clock),
            "yes or no": read_yes_or_no,
            "money": lambda text: self._units(one, text, decimal, _MONEY_DECIMALS),
            "integer": lambda text: self._units(one, text, decimal, 0),
            "percent": lambda text: self._percent(one, text, decimal),
            "score": lambda text: self._percent(one, text, decimal),
            "choice": remembering(lambda text: self._choice(one, text)),
        }
        return known[one.type]

    def _compiled(self) -> Iterator[_Source]:
        mapping = self.mapping
        columns: dict[str, list[str]] = {}
        for column, fields in mapping.columns.items():
            for name in fields:
                columns.setdefault(name, []).append(column)
        for name, own in columns.items():
            meanings = mapping.values.get(name, {})
            meant = {folded(value): said for value, said in meanings.items()} | meanings
            places = [self._places[column] for column in own]
            several = tuple(places) if len(places) > 1 else ()
            yield _Source(
                mapping.kind.field(name).name, places[0], several, mapping.join.get(name, " "), meant, own
            )

    def _given_dates(self) -> dict[str, str]:
        """Return the format of each field that a mapping gives one: by its first column, else overall."""
        overall = self.mapping.dates.get("format", "")
        forms = {
            one.name: next((self.mapping.dates[c] for c in one.columns if c in self.mapping.dates), overall)
            for one in self._sources
        }
        return {name: form for name, form in forms.items() if form}

    def _given_decimals(self) -> dict[str, str]:
        numbers = self.mapping.numbers
        mark = numbers.get("decimal") or {",": ".", ".": ","}.get(numbers.get("thousands", ""), "")
        return {one.name: mark for one in self._sources if mark}

    def texts(self, row: Row) -> dict[str, str]:
        """Return field → text of a row: placeholders are missing, values mean what the mapping says."""
        found: dict[str, str] = {}
        meant: dict[str, str] = {}
        cells, blank = row.cells, self._blank
        for name, place, several, join, meanings, _ in self._sources:
            text = cells[place].strip()
            if several:
                text = join.join(part for at in several if (part := cells[at].strip()) not in blank)
            if text in blank:
                continue
            if meanings:
                said = meanings.get(text) or meanings.get(folded(text))
                if said is not None:
                    meant.update((other, value) for other, value in said.items() if value)
                    continue
            found[name] = text
        for fields, options in self._first:
            found |= self._best(cells, fields, options)
        # What a column says itself stands before what another column's value means, and that before a constant.
        constants = self.mapping.constants
        return {**constants, **meant, **found} if meant or constants else found

    def _best(
        self, cells: Sequence[str], fields: Sequence[str], options: Sequence[_Places]
    ) -> dict[str, str]:
        """Return what the first of some alternatives says that says anything."""
        for option in options:
            said = {
                name: text
                for name, at in zip(fields, option, strict=True)
                if (text := self._joined(cells, at))
            }
            if said:
                return said
        return {}

    def _joined(self, cells: Sequence[str], places: Sequence[int]) -> str:
        return " ".join(part for place in places if (part := cells[place].strip()) not in self._blank)

    def _unmapped(self) -> list[tuple[int, tuple[str, ...]]]:
        """Return the columns that become no field, or one of these only where a better one says nothing."""
        used = {place for source in self._sources for place in source.several or (source.place,)}
        maybe = {at: fields for fields, options in self._first for option in options for at in chain(*option)}
        headers = enumerate(self.file.headers)
        return [(at, maybe.get(at, ())) for at, header in headers if at not in used and header != REASON]

    def _with_rest(self, cells: Sequence[str], texts: dict[str, str]) -> dict[str, str]:
        """Return a row's texts with what no field of it says as lines of its note."""
        lines = [texts["note"]] if "note" in texts else []
        for at, fields in self._rest:
            text = cells[at].strip()
            if text not in self._blank and not any(
                text in {value := texts.get(name, ""), *value.split()} for name in fields
            ):
                lines.append(f"{self.file.headers[at]}: {text}")
        return texts | {"note": "\n".join(lines)} if lines else texts

    def _count_several(self, cells: Sequence[str], texts: dict[str, str]) -> None:
        """Count what a row says more than once and a record keeps once."""
        for fields, options in self._first:
            for name in set(fields).intersection(_SEVERAL):
                said = {self._joined(cells, option[0]) for option in options} - {"", texts.get(name)}
                if said:
                    self.notices[_MORE.format(name)] += 1

    def values(self, row: Row) -> dict[str, Any]:
        """Return field → value of a row; raise `Fault` with what is wrong with it."""
        if row.fault:
            raise Fault(row.fault)
        values: dict[str, Any] = {}
        if row.short:
            self.notices[_SHORT] += 1
        texts = self.texts(row)
        if self.mapping.rest == "note":
            texts = self._with_rest(row.cells, texts)
        else:
            self._count_several(row.cells, texts)
        readers = self._readers
        for name, text in texts.items():
            try:
                value = readers[name](text)
            except Fault as fault:
                raise Fault(f"{name}: {fault}") from None
            if value is not None:
                values[name] = value
        return values

    def word(self, name: str, text: str) -> str | None:
        """Return the word of a choice that a text is, or nothing."""
        known = self._words.setdefault(name, {})
        if text not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[text] = self.choices[name].get(folded(text))
        return known[text]

    def _units(self, one: Field, text: str, decimal: str, decimals: int) -> int:
        units, cut = _rounded(text, decimal, decimals)
        if units < 0 and not one.negative:
            raise Fault(f'"{text}" is below zero')
        if cut:
            self.notices[_ROUNDED] += 1
        return units

    def _percent(self, one: Field, text: str, decimal: str) -> int:
        units, cut = _rounded(text, decimal, 2 if one.name in self.forms.fractions else 0)
        if not 0 <= units <= _HUNDRED:
            raise Fault(f'"{text}" is not from 0 to 100')
        if cut:
            self.notices[_ROUNDED] += 1
        return units

    def _choice(self, one: Field, text: str) -> object:
        if (key := self.word(one.name, text)) is not None:
            return key
        if one.choice == "reason":
            return Words(text)
        policy = self.mapping.unknown.get(one.name, "refuse")
        if policy == "keep":
            return folded(text) or None
        if policy == "blank":
            self.notices[LEFT_BLANK] += 1
            return None
        raise Fault(
            f'"{text}" is no {one.choice.removeprefix(PREFIX).replace("_", " ").removeprefix("any ")} that is known: '
            f"say under [values.{one.name}] of a mapping what it means"
        )


def _rounded(text: str, decimal: str, decimals: int) -> tuple[int, bool]:
    """Return the number a text says in units of so many decimals, and whether it had to be rounded."""
    if len(text) <= _SURELY_KEPT and text.isdigit() and text.isascii():
        return int(text) * 10**decimals, False
    return rounded(read_number(text, decimal), decimals)


def remembering(read: Callable[[str], object]) -> Callable[[str], object]:
    """Read a text that was read a while ago as it was read then: few texts are as many as the rows."""
    known: dict[str, object] = {}

    def again(text: str) -> object:
        value = known.get(text)
        if value is None:
            value = read(text)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[text] = value
        return value

    return again


class Words(str):
    """A reason in somebody's own words, which is none of the playbook's."""

    __slots__ = ()
