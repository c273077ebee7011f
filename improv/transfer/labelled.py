"""Columns in pairs, as Google exports them: "E-mail 1 - Type" says what "E-mail 1 - Value" is, row by row.

Such a file is read as if each label were a column of its own: "Work E-mail", "Home E-mail", "Work Address - City".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from improv.text import folded
from improv.transfer.alternatives import labelled
from improv.transfer.csvfile import CsvFile, Row, refuse_wide

_PAIRED: Final = re.compile(r"(?P<thing>.+?) (?P<number>[0-9]+) - (?P<part>.+)")
_LABELS: Final = ("type", "label")
_VALUE: Final = "value"


@dataclass(frozen=True, slots=True)
class _Paired:
    """A column that is labelled by another: the thing, its part ("" for the thing itself), where both stand."""

    thing: str
    part: str
    at: int
    label_at: int

    def header(self, cells: Sequence[str]) -> str:
        """Return the column it is in a row, by the label that stands there; Google's star marks the preferred one."""
        named = " ".join(f"{cells[self.label_at].strip().removeprefix('*')} {self.thing}".split())
        return f"{named} - {self.part}" if self.part else named


@dataclass(frozen=True, slots=True)
class LabelledFile(CsvFile):
    """A file whose labels became columns: `plain` are the columns that had none, `pairs` those that had one."""

    source: CsvFile
    plain: tuple[int, ...]
    pairs: tuple[_Paired, ...]

    def rows(self) -> Iterator[Row]:
        """Return the rows, each value under the column its label names."""
        for row in self.source.rows():
            own = spread(_labelled(self.pairs, row.cells))
            cells = (
                *(row.cells[at] for at in self.plain),
                *(own.get(h, "") for h in self.headers[len(self.plain) :]),
            )
            yield Row(row.line, cells, row.fault, row.short)


def by_label(file: CsvFile) -> CsvFile:
    """Return a file with its labels as columns; the file itself when it has none."""
    pairs = _pairs(file.headers)
    if not pairs:
        return file
    gone = {place for one in pairs for place in (one.at, one.label_at)}
    plain = tuple(at for at in range(len(file.headers)) if at not in gone)
    made: dict[str, None] = {}
    for row in file.rows():
        made |= dict.fromkeys(spread(_labelled(pairs, row.cells)))
        refuse_wide(file.path, len(made))
    headers = (*(file.headers[at] for at in plain), *made)
    return LabelledFile(
        file.path, file.encoding, file.delimiter, headers, file.header_line, file.notes, file, plain, pairs
    )


def spread(values: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return column → value; the second of one column is numbered, as equal headers are."""
    found: dict[str, str] = {}
    for header, value in values:
        named, number = header, 1
        while named in found:
            number += 1
            named = f"{header} ({number})"
        found[named] = value
    return found


def _labelled(pairs: Iterable[_Paired], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((one.header(cells), cells[one.at]) for one in pairs if cells[one.at].strip())


def _pairs(headers: Sequence[str]) -> tuple[_Paired, ...]:
    found = [(at, match) for at, header in enumerate(headers) if (match := _PAIRED.fullmatch(header))]
    things = labelled()
    labels = {
        (match["thing"], match["number"]): at
        for at, match in found
        if match["part"].casefold() in _LABELS and folded(match["thing"]) in things
    }
    return tuple(
        _Paired(match["thing"], "" if match["part"].casefold() == _VALUE else match["part"], at, labels[key])
        for at, match in found
        if (key := (match["thing"], match["number"])) in labels and at != labels[key]
    )
