"""The whole store in one file that any program reads, and back: every record of every table, to the last digit.

Two forms say the same: JSON Lines (a header, one object for each row, the counts at the end), and a zip of CSV files, one for
each table, beside `improv.json`. docs/export.md describes both. The journal stays behind: what comes back was typed in now.
"""

import csv
import io
import json
import re
import sqlite3
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from lzma import LZMAError
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from improv import bulk
from improv.errors import Refused, StoreUnusable
from improv.history import HISTORY
from improv.journal import columns_of
from improv.migrations import VERSION
from improv.named import NamedTuple
from improv.reader import Reader
from improv.text import as_typed, unobeyed
from improv.transfer.csvfile import LONGEST_ROW, bounded_lines

if TYPE_CHECKING:
    from improv.store import Writing

Progress = Callable[[int, int | None], None]
FORMAT: Final = 1
_WHAT: Final = "store"
_ABOUT: Final = "improv.json"
_EVERY: Final = 5_000
_AT_ONCE: Final = 500
_HALF_A_LETTER: Final = re.compile("[\ud800-\udfff]")
_BEGINNING: Final = b'{"improv":'
_ZIP: Final = b"PK\x03\x04"
_TOO_SHORT: Final = "the file ends too early: rows are missing"
# A row of the longest text there may be, each letter of it escaped.
_LONGEST_LINE: Final = 8 * LONGEST_ROW
# What the library says of an archive that is spoilt, packed in another way, or locked.
_DAMAGED: Final = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError,
    csv.Error, struct.error, zlib.error, LZMAError,
)  # fmt: skip
_WHOLE_NUMBERS: Final = ("INTEGER", "BOOLEAN")


class Line(NamedTuple):
    """One row of the file: where it stands, its table, and its values by column."""

    where: str
    table: str
    row: dict[str, Any]


def _about(reader: Reader) -> dict[str, Any]:
    settings = {
        row["key"]: row["value"] for row in reader.each("SELECT key, value FROM store_setting ORDER BY key")
    }
    return {"improv": _WHAT, "format": FORMAT, "schema": VERSION, "settings": settings}


def counts(reader: Reader) -> dict[str, int]:
    """Return how many rows each table has that has any."""
    found = {table: reader.value(f"SELECT COUNT(*) FROM {table}") for table in HISTORY}
    return {table: n for table, n in found.items() if n}


def _counting(reader: Reader, written: Counter[str], progress: Progress) -> Callable[[str], None]:
    """Return what counts a row of a table, and tells now and then how many of how many are written."""
    every, done = sum(counts(reader).values()), 0

    def count(table: str) -> None:
        nonlocal done
        written[table] += 1
        done += 1
        if done % _EVERY == 0 or done == every:
            progress(done, every)

    return count


def write_lines(reader: Reader, to: IO[bytes], progress: Progress) -> None:
    """Write the store as JSON Lines; `progress` is told how many rows of how many are written."""
    to.write(_json(_about(reader)))
    written: Counter[str] = Counter()
    count = _counting(reader, written, progress)
    for table in HISTORY:
        for row in reader.each(f"SELECT * FROM {table} ORDER BY id"):
            to.write(_json({"table": table, "row": dict(zip(row.keys(), row, strict=True))}))
            count(table)
    to.write(_json({"end": written}))


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def write_zip(reader: Reader, to: IO[bytes], progress: Progress) -> None:
    """Write the store as a zip of CSV files, as `write_lines` does. No spreadsheet runs what is in a cell."""
    written: Counter[str] = Counter()
    count = _counting(reader, written, progress)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in HISTORY:
            rows = reader.each(f"SELECT * FROM {table} ORDER BY id")
            with (
                archive.open(zipfile.ZipInfo(f"{table}.csv"), "w", force_zip64=True) as raw,
                _text(raw) as target,
            ):
                # Within quotes stands what may end a row: a carriage return alone, too.
                lines = csv.writer(target, lineterminator="\r\n")
                lines.writerow(columns_of(reader.connection, table))
                for row in rows:
                    lines.writerow(map(_cell, row))
                    count(table)
        archive.writestr(zipfile.ZipInfo(_ABOUT), _json(_about(reader) | {"end": written}))


def _text(raw: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding="utf-8", newline="")


def _cell(value: object) -> str:
    """Write a value so that an empty cell is no value; an empty text is an apostrophe, as a text that begins with one is two."""
    if value is None:
        return ""
    return (unobeyed(value) or "'") if isinstance(value, str) else str(value)


def is_whole(path: Path) -> bool:
    """Tell whether a file holds a whole store."""
    try:
        with path.open("rb") as source:
            head = source.read(len(_BEGINNING))
        if head.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive:
                return _ABOUT in archive.namelist()
    except _DAMAGED:
        return path.suffix.casefold() == ".zip"  # told as damaged where it is read
    except OSError:
        return False
    return head == _BEGINNING or path.suffix.casefold() == ".jsonl"


def bring(work: "Writing", path: Path, progress: Progress) -> Counter[str]:
    """Bring a whole store into an empty one; return how many rows of each table came."""
    _refuse_full(work)
    with path.open("rb") as opened:
        packed = opened.read(len(_ZIP)) == _ZIP
    source = _cells(path, work) if packed else _lines(path)
    brought: Counter[str] = Counter()
    coming = _Coming(work)
    work.connection.execute("PRAGMA defer_foreign_keys = ON")
    for one in _until_fault(source, coming):
        if isinstance(one, Line):
            brought[one.table] += 1
            if coming.rows % _EVERY == 0:
                progress(coming.rows, None)
        elif "end" in one:
            if one["end"] != dict(brought):
                raise _broken(path, _TOO_SHORT)
            break
        else:
            _take_over(work, path, one)
    else:
        raise _broken(path, _TOO_SHORT)
    if next(source, None) is not None:
        raise _broken(path, "there is more after the end of the store")
    _refuse_orphans(work, path)
    return brought


def _refuse_full(work: "Writing") -> None:
    for table in HISTORY:
        if work.connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
            raise Refused(
                "a whole store comes into an empty one only, and here are records already",
                table.replace("_", " "),
                "improv --db another-file import FILE",
            )


def _take_over(work: "Writing", path: Path, about: dict[str, Any]) -> None:
    """Check what the file says of itself, and give the store its settings: its currency, its time zone, its identity."""
    if about.get("improv") != _WHAT or not isinstance(about.get("settings"), dict):
        raise _broken(path, "the file does not begin as a store of improv does")
    for key, known in (("format", FORMAT), ("schema", VERSION)):
        said = about.get(key)
        if not isinstance(said, int):
            raise _broken(path, f"the file does not say its {key}")
        if said > known:
            raise StoreUnusable(
                f"the file is newer than this program ({key} {said}, this program knows {known})",
                str(path),
                "upgrade improv, for example: pipx upgrade improv",
            )
    for key, value in about["settings"].items():
        _refuse_odd(path.name, key, value)
        sql = "INSERT INTO store_setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        work.connection.execute(sql, (key, value))


def _until_fault(
    source: Iterator[Line | dict[str, Any]], coming: "_Coming"
) -> Iterator[Line | dict[str, Any]]:
    """Hand on what stands in the file, its rows written; of several faults the first is told."""
    try:
        for one in source:
            if isinstance(one, Line):
                coming.take(one)
            else:
                coming.write()
            yield one
    except Refused:
        coming.write()
        raise


class _Coming:
    """Rows on their way into the store, those of one table that say the same columns together; `rows` counts them."""

    def __init__(self, work: "Writing") -> None:
        self.rows = 0
        self._connection = work.connection
        self._columns = {table: _columns(work, table) for table in HISTORY}
        self._held: list[Line] = []
        self._alike: tuple[str, Iterable[str]] = ("", ())

    def take(self, one: Line) -> None:
        """Take a row; refuse one that the store cannot hold."""
        alike = one.table, one.row.keys()
        if len(self._held) == _AT_ONCE or alike != self._alike:
            self.write()
            known = self._columns.get(one.table)
            if known is None or not one.row or not known.keys() >= one.row.keys():
                strange = next((name for name in one.row if known and name not in known), one.table)
                raise _broken(one.where, "there is no such table or column", strange)
            self._alike = alike
        for name, value in one.row.items():
            _refuse_odd(one.where, name, value)
        self._held.append(one)
        self.rows += 1

    def write(self) -> None:
        """Write the rows that were taken; where one breaks a rule, say which."""
        held, self._held = self._held, []
        if not held:
            return
        names = list(held[0].row)
        self._connection.execute("SAVEPOINT rows")
        try:
            bulk.insert(self._connection, held[0].table, names, ([*map(one.row.get, names)] for one in held))
        except sqlite3.IntegrityError:
            self._connection.execute("ROLLBACK TO rows")
            self._write_singly(held, names)
        self._connection.execute("RELEASE rows")

    def _write_singly(self, held: list[Line], names: list[str]) -> None:
        for one in held:
            try:
                bulk.insert(self._connection, one.table, names, [[*map(one.row.get, names)]])
            except sqlite3.IntegrityError as error:
                rule = str(error).removeprefix("CHECK constraint failed: ").replace("_", " ")
                raise _broken(one.where, "the record would not hold together", rule) from error


def _refuse_odd(where: str, name: str, value: object) -> None:
    """Refuse what the store cannot hold as it is: a fraction, a number too large, a NUL, half a letter."""
    good = value is None or (
        isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    )
    if isinstance(value, str):
        good = "\0" not in value and (value.isascii() or _HALF_A_LETTER.search(value) is None)
    if not good:
        raise _broken(where, f"{name.replace('_', ' ')} cannot be kept as it is", repr(value)[:80])


def _refuse_orphans(work: "Writing", path: Path) -> None:
    row = work.connection.execute("PRAGMA foreign_key_check").fetchone()
    if row is not None:
        raise _broken(
            path, "a record refers to one that is not in the file", f"{row[0]} {row[1]}, to a {row[2]}"
        )


def _columns(work: "Writing", table: str) -> dict[str, str]:
    return {name: kind for _, name, kind, *_ in work.connection.execute(f"PRAGMA table_info({table})")}


def _broken(where: Path | str, what: str, value: str = "") -> Refused:
    return Refused(
        f"{what}", f"{where}{f': {value}' if value else ''}", "export it again: improv export -o FILE"
    )


def _lines(path: Path) -> Iterator[Line | dict[str, Any]]:
    """Return what stands in JSON Lines: the header, the rows, the end."""
    with path.open("rb") as source:
        for number, raw in enumerate(iter(partial(source.readline, _LONGEST_LINE + 1), b""), 1):
            where = f"{path.name}, line {number}"
            if len(raw) > _LONGEST_LINE:
                raise _broken(where, f"a line is longer than {_LONGEST_LINE:,} bytes")
            try:
                said = json.loads(raw)
            except (ValueError, RecursionError) as error:
                raise _broken(where, "this is no line of JSON") from error
            if not isinstance(said, dict) or (number == 1) != ("improv" in said):
                raise _broken(where, "this is no line of a store")
            if "table" not in said:
                yield said
            elif isinstance(said["table"], str) and isinstance(said.get("row"), dict):
                yield Line(where, said["table"], said["row"])
            else:
                raise _broken(where, "this is no line of a store")


def _cells(path: Path, work: "Writing") -> Iterator[Line | dict[str, Any]]:
    """Return what stands in a zip of CSV files: what the file says of itself, the rows, the counts."""
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(_ABOUT) as told:
                about = json.loads(told.read(_LONGEST_LINE))
            if not isinstance(about, dict) or not isinstance(about.get("end"), dict):
                raise _broken(path, "the file does not say what it holds")
            end = about.pop("end")
            yield about
            for table in [table for table in HISTORY if f"{table}.csv" in archive.namelist()]:
                with archive.open(f"{table}.csv") as raw:
                    yield from _table(
                        path,
                        table,
                        csv.reader(bounded_lines(_text(raw), f"{path.name}, {table}.csv")),
                        _columns(work, table),
                    )
            yield {"end": end}
    except _DAMAGED as error:
        raise _broken(path, "the archive is damaged") from error


def _table(path: Path, table: str, rows: Iterable[list[str]], kinds: dict[str, str]) -> Iterator[Line]:
    header: list[str] = []
    for number, cells in enumerate(rows, 1):
        where = f"{path.name}, {table}.csv, row {number}"
        if not header:
            header = cells
            continue
        if len(cells) != len(header):
            raise _broken(where, f"the row has {len(cells)} cells, the header has {len(header)}")
        yield Line(
            where, table, {n: _value(cell, kinds.get(n, "")) for n, cell in zip(header, cells, strict=True)}
        )


def _value(cell: str, kind: str) -> int | str | None:
    if not cell:
        return None
    if kind in _WHOLE_NUMBERS and cell.removeprefix("-").isdecimal() and cell.isascii():
        return int(cell)
    return as_typed(cell)
