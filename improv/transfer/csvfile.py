"""A CSV file of any maker, read row by row: its encoding and delimiter are found, and no row is lost silently.

A row that does not fit its header is handed on with what is wrong with it; a file that is no CSV is refused.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final, TextIO

from improv.errors import Refused, Usage
from improv.named import NamedTuple
from improv.transfer.encodings import encoding_of, refuse_other_formats

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
REASON: Final = "improv_reason"
_SAMPLE: Final = 1 << 16
_SAMPLE_ROWS: Final = 200
_NARROWEST_TABLE: Final = (
    3  # lines above the header are only looked for where the table is wider than they are
)
_ONE_CELL: Final = 1
# Longer than anything one types or exports: what is longer is no row, and would only fill the memory.
LONGEST_ROW: Final = 1 << 24
MOST_COLUMNS: Final = 1 << 14  # a spreadsheet has no more
csv.field_size_limit(2 * LONGEST_ROW)


class Row(NamedTuple):
    """A row: the line it begins on, its cells as they stand there, and what is wrong with it ("" when nothing is).

    A short one lacked its last cells.
    """

    line: int
    cells: tuple[str, ...]
    fault: str = ""
    short: bool = False


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file that was recognised; `notes` say what was unusual about it."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_line: int
    notes: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Return the rows below the header one by one, blank ones left out."""
        wide = len(self.headers)
        for row in _records(self.path, self.encoding, self.delimiter):
            if row.line > self.header_line and any(map(str.strip, row.cells)):
                yield row if len(row.cells) == wide else _fitted(row, wide)

    def filled(self, headers: Sequence[str]) -> list[str]:
        """Return those of some columns that say something in any row."""
        places = {self.headers.index(header): header for header in headers}
        for row in self.rows():
            for at in [at for at in places if at < len(row.cells) and row.cells[at].strip()]:
                del places[at]
            if not places:
                break
        empty = set(places.values())
        return [header for header in headers if header not in empty]

    def position(self, column: str) -> int | None:
        """Return where a column stands: by its exact header, else by the one that differs in case or spaces only."""
        wanted = " ".join(column.split())
        if wanted in self.headers:
            return self.headers.index(wanted)
        alike = [at for at, header in enumerate(self.headers) if header.casefold() == wanted.casefold()]
        return alike[0] if len(alike) == 1 else None


def open_csv(path: Path, *, encoding: str = "", delimiter: str = "") -> CsvFile:
    """Recognise a CSV file; refuse what is none. `encoding` and `delimiter` are found unless given."""
    notes: list[str] = []
    found = encoding_of(path, encoding, notes)
    sample, whole = _sample(path, found)
    refuse_other_formats(path, sample)
    sample, hint = _hinted(sample)
    mark = delimiter or hint or _sniffed(sample, whole=whole)
    if "\0" in sample:
        notes.append("it holds NUL characters, which are left out")
    headers, line = _header(path, found, mark, notes)
    if mark != ",":
        notes.append(f"its columns are separated by {DELIMITERS.get(mark, repr(mark))}")
    return CsvFile(path, found, mark, headers, line, tuple(notes))


def write_failed(file: CsvFile, reasons: Mapping[int, str], to: IO[bytes]) -> None:
    """Write the rows that begin on these lines, each with its reason, so that they can be mended and imported."""
    # As the file itself is written: a mapping that says how must fit what was mended, too.
    target = TextIOWrapper(to, encoding=file.encoding, errors="replace", newline="")
    writer = csv.writer(target, delimiter=file.delimiter)
    kept = [at for at, header in enumerate(file.headers) if header != REASON]
    writer.writerow([*(file.headers[at] for at in kept), REASON])
    for row in file.rows():
        if reason := reasons.get(row.line):
            surplus = row.cells[len(file.headers) :]
            writer.writerow([*(row.cells[at] for at in kept), reason, *surplus])
    target.detach()


def _fitted(row: Row, wide: int) -> Row:
    short = wide - len(row.cells)
    if short > 0:
        return row._replace(cells=row.cells + ("",) * short, short=True)
    if not any(map(str.strip, row.cells[wide:])):
        return row._replace(cells=row.cells[:wide])
    said = f"the row has {len(row.cells)} cells, the header has {wide}"
    return row._replace(fault=row.fault or said)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    """Return every record of the file, the header among them, with the line it begins on."""
    # `newline=""` splits lines at CR, LF and CRLF alike and leaves those within quotes as they are.
    with path.open(encoding=encoding, newline="") as source:
        lines = _Lines(source, path.name)
        reader = csv.reader(chain.from_iterable(lines.blocks()), delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                fault = _unclosed(path, encoding, line, reader.line_num, delimiter) if lines.ended else ""
                if line > 1 or not _HINT.fullmatch("".join(cells) or delimiter.join(cells)):
                    yield Row(line, tuple(cells), fault)
                line, lines.held = reader.line_num + 1, 0
        except csv.Error as error:
            raise Refused(
                f"the file cannot be read as CSV: {error}",
                f"{path.name}, line {line}",
                "look for a quotation mark that is opened there and never closed",
            ) from error


class _Lines:
    """The lines of a file without NULs and marks of its encoding.

    `held` counts the letters that were handed out since the reader set it back: those of one record; `ended` tells that
    there are no more, and that the reader asked.
    """

    def __init__(self, source: TextIO, name: str) -> None:
        self._source = source
        self._name = name
        self.held = 0
        self.ended = False

    def blocks(self) -> Iterator[list[str]]:
        """Yield the lines, many at a time: what is done for each costs more than all that is done for many."""
        for block in _blocks(self._source, self._name):
            if self.held > LONGEST_ROW:
                raise csv.Error(f"a row is longer than {LONGEST_ROW:,} letters")
            text = "".join(block)
            self.held += len(text)
            # Files that were put together keep the mark that each began with.
            odd = "\ufeff" in text or "\0" in text
            yield [line.removeprefix("\ufeff").replace("\0", "") for line in block] if odd else block
        self.ended = True


def bounded_lines(source: TextIO, name: str) -> Iterator[str]:
    """Return the lines of a text; one that is longer than any row is refused."""
    return chain.from_iterable(_blocks(source, name))


def _blocks(source: TextIO, name: str) -> Iterator[list[str]]:
    """Yield the whole lines of a text as they stand there, many at a time."""
    begun, number = list[str](), 1
    while read := source.read(_SAMPLE):
        begun.append(read)
        if "\n" in read or "\r" in read:
            block = StringIO("".join(begun), newline="").readlines()
            _refuse_long(len(block[0]), name, number)
            # One that ends in a carriage return may go on with a newline.
            begun = [] if block[-1].endswith("\n") else [block.pop()]
            number += len(block)
            yield block
        _refuse_long(sum(map(len, begun)), name, number)
    yield StringIO("".join(begun), newline="").readlines()


def _refuse_long(letters: int, name: str, number: int) -> None:
    if letters > LONGEST_ROW:
        raise Refused(
            f"a line is longer than {LONGEST_ROW:,} letters",
            f"{name}, line {number}",
            "export it again, with a line for each row",
        )


def _unclosed(path: Path, encoding: str, first: int, last: int, delimiter: str) -> str:
    """Say that the file ended within quotes: what looks like one cell may be many rows."""
    with path.open(encoding=encoding, newline="") as source:
        record = list(islice(bounded_lines(source, path.name), first - 1, last))
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            return f"a quotation mark opened here is never closed: lines {first} to {last} are one row"
    return ""


# The line by which Excel is told the delimiter.
_HINT: Final = re.compile(r"\ufeff?sep=(.?)", re.IGNORECASE)


def _hinted(sample: str) -> tuple[str, str]:
    first, _, rest = sample.partition("\n")
    match = _HINT.fullmatch(first.rstrip("\r"))
    return (rest, match[1] or ",") if match else (sample, "")


def _sample(path: Path, encoding: str) -> tuple[str, bool]:
    """Return the beginning of the file, and whether it is all of it."""
    with path.open(encoding=encoding, newline="") as source:
        sample = source.read(_SAMPLE)
        return sample, not source.read(1)


def _sniffed(sample: str, *, whole: bool) -> str:
    """Return the delimiter that cuts most of the rows to one width; the comma when none does."""
    marks = max(DELIMITERS, key=lambda mark: _fit(sample, mark, whole=whole))
    return marks if _fit(sample, marks, whole=whole) > _NO_FIT else ","


_NO_FIT: Final = (False, 0.0, 0)


def _fit(sample: str, mark: str, *, whole: bool) -> tuple[bool, float, int]:
    """Tell how well a delimiter fits: the header is as wide as the rows, how many agree, how wide they are."""
    widths = [len(cells) for cells in _sample_rows(sample, mark, whole=whole)]
    if not widths:
        return _NO_FIT
    width, rows = max(Counter(widths).items(), key=lambda found: (found[1], found[0]))
    if width == _ONE_CELL:
        # A wide header over narrow rows is still a table: no delimiter fits better.
        return _NO_FIT if widths[0] == _ONE_CELL else (False, 0.0, widths[0])
    return widths[0] >= width, rows / len(widths), width


def _sample_rows(sample: str, mark: str, *, whole: bool) -> list[list[str]]:
    lines = sample.replace("\0", "").splitlines(keepends=True)
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(lines if whole else lines[:-1], delimiter=mark):
            if any(map(str.strip, cells)):
                rows.append(cells)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows if whole or len(rows) <= 1 else rows[:-1]


def _header(path: Path, encoding: str, mark: str, notes: list[str]) -> tuple[tuple[str, ...], int]:
    """Return the headers and the line they begin on: the first row that is not blank and not above the table."""
    head, seen = list[Row](), 0
    for row in _records(path, encoding, mark):
        if any(map(str.strip, row.cells)):
            head.append(row)
        seen += sum(map(len, row.cells))
        if len(head) == _SAMPLE_ROWS or seen > _SAMPLE:
            break
    if not head:
        raise Refused("the file is empty", str(path), "export it again, with its header row")
    usual = Counter(len(row.cells) for row in head).most_common(1)[0][0]
    above = 0
    while usual >= _NARROWEST_TABLE and above < len(head) - 1 and _width(head[above]) == _ONE_CELL:
        above += 1
    if above:
        notes.append(f"{above} {'line' if above == 1 else 'lines'} above the header are left out")
    if head[above].fault:
        raise Refused(
            "the header cannot be read", f"{path.name}: {head[above].fault}", "mend the quotation marks"
        )
    refuse_wide(path, len(head[above].cells))
    return named_apart(head[above].cells), head[above].line


def refuse_wide(path: Path, columns: int) -> None:
    """Refuse a table of more columns than a spreadsheet has."""
    if columns > MOST_COLUMNS:
        raise Refused(
            f"the file has {columns:,} columns, and a table at most {MOST_COLUMNS:,}",
            str(path),
            "export it again, with a line for each row",
        )


def _width(row: Row) -> int:
    return len([cell for cell in row.cells if cell.strip()])


def named_apart(cells: Sequence[str]) -> tuple[str, ...]:
    """Return headers without spaces around them, blank ones named by their place, equal ones numbered."""
    headers: dict[str, None] = {}
    taken = {" ".join(cell.split()) for cell in cells}
    for place, cell in enumerate(cells, 1):
        plain = " ".join(cell.split()) or f"column {place}"
        header, number = plain, 1
        while header in headers or (number > 1 and header in taken):
            number += 1
            header = f"{plain} ({number})"
        headers[header] = None
    return tuple(headers)


def unknown_column(file: CsvFile, column: str) -> Usage:
    """Return the refusal of a column that the file lacks, with the headers nearest to it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    by_fold = {header.casefold(): header for header in file.headers}
    near = [by_fold[one] for one in get_close_matches(column.casefold(), by_fold, n=3, cutoff=0.5)]
    mend = "did you mean " + " or ".join(f'"{header}"' for header in near) + "? " if near else ""
    return Usage(
        f"an unknown column: {file.path.name} has none of this name",
        column,
        mend + "its columns are: " + ", ".join(file.headers),
    )
