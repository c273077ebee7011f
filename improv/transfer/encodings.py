"""In which encoding a text file is written, and whether it is a text file with columns at all."""

import codecs
import re
from pathlib import Path
from typing import Final

from improv.errors import Refused, Usage
from improv.textfile import refuse_no_file

_CHUNK: Final = 1 << 20
_HEAD: Final = 1 << 13
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How a file of another kind begins, and what to do with it.
_MAGIC: Final = (
    (b"PK\x03\x04", "a spreadsheet (Excel, LibreOffice) or an archive", "open it there and save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Office file, such as Excel's", "open it there and save it as CSV"),
    (b"%PDF", "a PDF", "export the data as CSV"),
    (b"\x1f\x8b", "a compressed file", "unpack it first"),
    (b"BZh", "a compressed file", "unpack it first"),
    (b"\xfd7zXZ\x00", "a compressed file", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a compressed file", "unpack it first"),
    (b"SQLite format 3\x00", "a database", "export the table as CSV"),
    (b"\x89PNG", "a picture", "export the data as CSV"),
)
_OPENINGS: Final = (
    ("<", "a web page or XML", "export the data as CSV, not as a web page"),
    ("{", "JSON", "export the data as CSV"),
    ("[", "JSON", "export the data as CSV"),
    ("begin:vcard", "a vCard", "export the contacts as CSV"),
)
_PLAIN_CONTROLS: Final = frozenset("\t\n\r\v\f\x1a\x1b\0")
# Of bytes read as UTF-8: one that is none, and a letter beyond ASCII that is one.
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_LETTER: Final = re.compile("[^\x00-\x7f\udc80-\udcff]")
_MOSTLY_GOOD: Final = 4  # for each that is one: what is Western European has hardly any
_TOO_MANY: Final = 100  # one control character in so many is no text
_MOSTLY: Final = 3  # one zero byte in so many at one side, and hardly one at the other, is UTF-16


def encoding_of(path: Path, given: str, notes: list[str], *, mixed: bool = False) -> str:
    """Return the encoding of a text file, as its marks and bytes tell it; refuse what is no text.

    A `mixed` file says itself, line by line, how each is written.
    """
    head = _head(path)
    for start, what, mend in _MAGIC:
        if head.startswith(start):
            raise _no_csv(path, what, mend)
    if given:
        return _as_given(path, given)
    for mark, name in _BOMS:
        if head.startswith(mark):
            if not _decodes(path, name):
                raise _no_csv(path, f"broken {name.upper()}", "export it again, as UTF-8")
            return name
    if (wide := _wide(head)) and _decodes(path, wide):
        notes.append(f"it is read as {wide.upper()}, which it does not say itself")
        return wide
    if _decodes(path, "utf-8"):
        return "utf-8"
    if not mixed:
        _refuse_broken(path)
    name = "cp1252" if _decodes(path, "cp1252") else "latin-1"
    notes.append(
        f"it is not UTF-8: read as {'Windows-1252' if name == 'cp1252' else 'Latin-1'} (Western European)"
    )
    return name


def refuse_other_formats(path: Path, sample: str) -> None:
    """Refuse text that is no table: a web page, JSON, a vCard, or bytes that only happen to decode."""
    start = sample.lstrip("\ufeff \t\r\n").casefold()
    if not start:
        raise Refused("the file is empty", str(path), "export it again, with its header row")
    for opening, what, mend in _OPENINGS:
        if start.startswith(opening):
            raise _no_csv(path, what, mend)
    odd = sum(1 for char in sample if char < " " and char not in _PLAIN_CONTROLS)
    if odd * _TOO_MANY > len(sample) or sample.count("\0") * 4 > len(sample):
        raise _no_csv(path, "binary data", "export the data as CSV")


def _no_csv(path: Path, what: str, mend: str) -> Refused:
    return Refused(f"the file is no CSV: it is {what}", str(path), mend)


def _head(path: Path) -> bytes:
    refuse_no_file(path)
    try:
        with path.open("rb") as source:
            return source.read(_HEAD)
    except OSError as error:
        raise Usage(f"the file cannot be read: {error.strerror}", str(path)) from error


def _as_given(path: Path, name: str) -> str:
    """Return an encoding that was named; refuse one that there is not, and one that does not fit."""
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise Usage("there is no such encoding", name, "use one such as utf-8, utf-16 or cp1252") from error
    if not _decodes(path, name):
        raise Refused(f"the file is not written in {name}", str(path), "name another encoding, or none")
    return name


def _wide(head: bytes) -> str:
    """Return UTF-16 of one byte order when every other byte is mostly zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    few = len(head) // 32
    if odd * _MOSTLY > len(head) // 2 and even <= few:
        return "utf-16-le"
    if even * _MOSTLY > len(head) // 2 and odd <= few:
        return "utf-16-be"
    return ""


def _decodes(path: Path, encoding: str) -> bool:
    """Tell whether all of the file can be read so, a piece at a time."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _refuse_broken(path: Path) -> None:
    """Refuse UTF-8 that is spoilt in places: read as anything else, every letter beyond ASCII would be a wrong one."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    line, first, good, bad = 1, 0, 0, 0
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                good += len(_LETTER.findall(text))
                bad += len(_ESCAPED.findall(text))
            if not first and (found := _ESCAPED.search(text)):
                first = line + text.count("\n", 0, found.start())
            line += text.count("\n")
    if good * _MOSTLY_GOOD >= bad and good:
        raise _no_csv(
            path,
            f"UTF-8 that is broken in line {first or line}",
            'export it again; or say in a mapping how it is written: encoding = "cp1252"',
        )
