"""vCards (2.1, 3.0 and 4.0) read as the rows of a table: a column for each thing a card says, such as "Work E-mail".

Libraries were tried on real cards: they stop at the first broken one, and know nothing of the letters of old ones.
"""

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Final

from improv.errors import Refused
from improv.named import NamedTuple
from improv.textfile import refuse_no_file
from improv.transfer.csvfile import LONGEST_ROW, CsvFile, Row, bounded_lines, refuse_wide
from improv.transfer.encodings import encoding_of
from improv.transfer.labelled import spread

REASON: Final = "X-IMPROV-REASON"
_CHUNK: Final = 1 << 20
# What a card says of itself, and what is no text.
_NOT_KEPT: Final = frozenset(
    (
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "REV",
        "PHOTO",
        "LOGO",
        "SOUND",
        "KEY",
        "CLIENTPIDMAP",
        "SOURCE",
        "MAILER",
    )
) | {"X-ABSHOWAS", "X-ABUID", "X-ABADR", "X-ABLABEL", "SORT-STRING", "CLASS", "PROFILE", "AGENT", REASON}
_TEXTS: Final = {
    "FN": "Name", "NOTE": "Note", "TITLE": "Job title", "BDAY": "Birthday", "UID": "UID", "NICKNAME": "Nickname",
    "CATEGORIES": "Categories", "ROLE": "Role", "X-GENDER": "Gender", "IMPP": "IM",
}  # fmt: skip
_PARTS: Final = {
    "N": ("Last name", "First name", "Middle name", "Prefix", "Suffix"),
    "ORG": ("Company", "Department"),
    "GENDER": ("Gender",),
}
_ADDRESS: Final = ("PO box", "Extended", "Street", "City", "State", "Postal code", "Country")
_LABELLED: Final = {"EMAIL": "E-mail", "TEL": "Phone", "URL": "Website"}
# What a label is called; others are kept as they are, and those of how it travels say nothing.
_SPOKEN: Final = {
    "cell": "mobile", "homefax": "home fax", "workfax": "work fax", "homepage": "home page",
}  # fmt: skip
_SILENT: Final = frozenset(
    ("internet", "pref", "voice", "msg", "x400", "text", "dom", "intl", "parcel", "postal", "uri")
)
_ENCODINGS: Final = frozenset(("quoted-printable", "base64", "b", "8bit", "7bit"))
_NO_TEXT: Final = frozenset(("base64", "b"))
_APPLE: Final = re.compile(r"_\$!<(.*)>!\$_")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What stands between semicolons: of a line's head those in quotation marks are none, of its value those escaped.
_PARAMETERS: Final = re.compile(r'((?:"[^"]*"|[^;])*)(?:;|$)')
_SEMICOLONS: Final = re.compile(r"((?:\\.|[^;])*)(?:;|$)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Property(NamedTuple):
    """One line of a card: its group, its name, its labels, how it is encoded, and its value as it stands."""

    group: str
    name: str
    labels: tuple[str, ...]
    encoding: str
    charset: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card: the line it begins on, its lines as they stand, and what is wrong with it ("" when nothing is)."""

    line: int
    lines: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class VcardFile(CsvFile):
    """A file of vCards, read as a table."""

    def rows(self) -> Iterator[Row]:
        """Return a row for each card."""
        for card in cards(self.path, self.encoding):
            said, fault = _said(card, self.encoding)
            yield Row(card.line, tuple(said.get(header, "") for header in self.headers), fault)


def is_vcard(path: Path) -> bool:
    """Tell whether a file is one of vCards, by its name or by how it begins."""
    if path.suffix.casefold() in {".vcf", ".vcard"}:
        return True
    try:
        with path.open("rb") as source:
            head = source.read(64)
    except OSError:
        return False
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").upper().startswith(b"BEGIN:VCARD")


def open_vcards(path: Path) -> VcardFile:
    """Recognise a file of vCards; refuse what is none."""
    notes: list[str] = []
    encoding = encoding_of(path, "", notes, mixed=_says_charsets(path))
    headers: dict[str, None] = {}
    count = 0
    for card in cards(path, encoding):
        count += 1
        headers |= dict.fromkeys(_said(card, encoding)[0])
        refuse_wide(path, len(headers))
    if not count:
        raise Refused("there is no vCard in the file", str(path), "export the contacts again, as vCards")
    return VcardFile(path, encoding, ",", tuple(headers), 0, tuple(notes))


def _says_charsets(path: Path) -> bool:
    """Tell whether lines say how they are written, as those of old phones do."""
    refuse_no_file(path)
    with path.open("rb") as source:
        before = b""
        while chunk := source.read(_CHUNK):
            if b"CHARSET=" in (before + chunk).upper():
                return True
            before = chunk[-8:]
    return False


def write_failed(file: VcardFile, reasons: Mapping[int, str], to: IO[bytes]) -> None:
    """Write the cards that begin on these lines as they stand, each with its reason, to be mended and imported."""
    target = TextIOWrapper(to, encoding=file.encoding, errors="replace", newline="\r\n")
    for card in cards(file.path, file.encoding):
        if reason := reasons.get(card.line):
            kept = [line for line in card.lines if not line.upper().startswith(REASON)]
            kept.insert(1, f"{REASON}:{escaped(reason)}")
            target.writelines(f"{line}\n" for line in kept)
    target.detach()


def cards(path: Path, encoding: str) -> Iterator[Card]:
    """Return the cards of a file one by one; one that is never ended says so."""
    begun, size, lines = 0, 0, list[str]()
    with path.open(encoding=encoding, errors="replace") as source:
        for number, raw in enumerate(bounded_lines(source, path.name), 1):
            line = raw.rstrip("\n").lstrip("\ufeff")
            word = line.strip().upper()
            if word == "BEGIN:VCARD":
                if begun:
                    yield Card(begun, tuple(lines), "the card is never ended")
                begun, lines, size = number, [], 0
            if begun:
                lines.append(line)
                size += len(raw)
            if size > LONGEST_ROW:
                raise Refused(
                    f"a card is longer than {LONGEST_ROW:,} letters",
                    f"{path.name}, line {begun}",
                    "export it again, without its pictures",
                )
            if word == "END:VCARD" and begun:
                yield Card(begun, tuple(lines))
                begun = 0
    if begun:
        yield Card(begun, tuple(lines), "the card is never ended")


def _said(card: Card, encoding: str) -> tuple[dict[str, str], str]:
    """Return what a card says, column by column, and what is wrong with it."""
    found: list[Property] = []
    fault = card.fault
    for line in _unfolded(card.lines):
        one = _property(line)
        if one is None:
            fault = fault or f'"{line[:60]}" is no line of a vCard'
        else:
            found.append(one)
    names = {one.group: _text(one, encoding) for one in found if one.name == "X-ABLABEL" and one.group}
    # The preferred one of a label comes first.
    ordered = sorted(found, key=lambda one: "pref" not in one.labels)
    pairs = [pair for one in ordered if one.name not in _NOT_KEPT for pair in _columns(one, encoding, names)]
    return spread((column, value) for column, value in pairs if value), fault


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Return lines with those that go on the one before them: after a blank, or after a soft break."""
    pieces: list[str] = []
    head = ""
    for line in lines:
        if pieces and "QUOTED-PRINTABLE" in head and pieces[-1].endswith("="):
            pieces[-1] = pieces[-1][:-1]
            pieces.append(line)
        elif pieces and line[:1] in {" ", "\t"}:
            pieces.append(line[1:])
        elif pieces and "BASE64" in head and line.strip() and ":" not in line:
            pieces.append(line)  # old phones fold a picture without a blank
        else:
            if pieces:
                yield "".join(pieces)
            pieces, head = [line] if line.strip() else [], line.partition(":")[0].upper()
    if pieces:
        yield "".join(pieces)


def _property(line: str) -> Property | None:
    """Return a line of a card in its parts; nothing when it is none."""
    place = _outside_quotes(line, ":")
    if place < 0:
        return None
    head, value = line[:place], line[place + 1 :]
    first, *parameters = _PARAMETERS.findall(head)
    group, _, name = first.rpartition(".")
    labels, encoding, charset = list[str](), "", ""
    for parameter in parameters:
        key, equals, said = parameter.partition("=")
        key, said = (key.upper().strip(), said.strip('" ')) if equals else ("TYPE", key)
        if key == "CHARSET":
            charset = said
        elif key == "ENCODING" or (not equals and said.casefold() in _ENCODINGS):
            encoding = said.casefold()
        elif key == "TYPE":
            labels += [one.strip().casefold() for one in said.split(",") if one.strip()]
        elif key == "PREF":
            labels.append("pref")
    return Property(group.casefold(), name.strip().upper(), tuple(labels), encoding, charset, value)


def _outside_quotes(text: str, mark: str) -> int:
    """Return where a mark stands first that is not within quotation marks; -1 for nowhere."""
    quoted = False
    for place, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == mark and not quoted:
            return place
    return -1


def _columns(one: Property, encoding: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Return the columns that a line fills, each with its value; what is no text fills none."""
    if one.encoding in _NO_TEXT:
        return
    value = _decoded(one, encoding)
    if one.name in _PARTS or one.name == "ADR":
        parts = [_plain(part) for part in _SEMICOLONS.findall(value)]
        label = f"{_label(one, names)} " if one.name == "ADR" else ""
        for column, part in zip(_PARTS.get(one.name, _ADDRESS), parts, strict=False):
            yield f"{label}{column}", part
    elif one.name in _LABELLED:
        text = _plain(value)
        yield f"{_label(one, names)} {_LABELLED[one.name]}", text.removeprefix("tel:").removeprefix("mailto:")
    else:
        column = _TEXTS.get(one.name) or one.name.removeprefix("X-").replace("-", " ").capitalize()
        yield column, _plain(value)


def _label(one: Property, names: dict[str, str]) -> str:
    """Return what a thing is labelled as, in words."""
    own = names.get(one.group)
    if own:
        match = _APPLE.fullmatch(own)
        return _CAMEL.sub(" ", match[1] if match else own).capitalize()
    said = [_SPOKEN.get(label, label) for label in one.labels if label not in _SILENT]
    return " ".join(sorted(dict.fromkeys(said), key=lambda word: word == "fax")).capitalize() or "Other"


def _text(one: Property, encoding: str) -> str:
    return _plain(_decoded(one, encoding))


def _decoded(one: Property, encoding: str) -> str:
    """Return a value as text: the old way of writing letters beyond ASCII is undone."""
    if one.encoding == "quoted-printable":
        data = quopri.decodestring(one.value.encode(encoding, "replace"))
        return _letters(data, one.charset)
    if one.charset and not encoding.startswith("utf"):
        return _letters(one.value.encode(encoding, "replace"), one.charset)
    return one.value


def _letters(data: bytes, charset: str) -> str:
    """Return bytes as text in the charset they name, else as UTF-8, else as Western European."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            if name and codecs.lookup(name):
                return data.decode(name)
        except (LookupError, UnicodeError):
            continue
    return data.decode("latin-1")


def _plain(text: str) -> str:
    """Return a text with its escapes undone."""
    plain = _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)
    return plain.replace("\r\n", "\n").strip()


def escaped(text: str) -> str:
    """Return a text as a card holds it."""
    return "".join({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}.get(char, char) for char in text)
