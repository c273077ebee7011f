"""A CSV file of any maker is read whole, and what is no CSV is refused."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv.errors import ImprovError, NotFound, Refused, Usage
from improv.transfer.csvfile import CsvFile, open_csv, write_failed
from tests.data import real
from tests.files import written

# Two pairs of the shared copy do not belong together; its README says so.
WRONG_PAIRS = {"location_coordinates", "newlines_crlf"}
PAIRS = (
    *("comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "location_coordinates", "newlines"),
    *("newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf", "utf8"),
)


def cells(file: CsvFile) -> list[tuple[str, ...]]:
    return [row.cells for row in file.rows()]


@pytest.mark.parametrize("name", [name for name in PAIRS if name not in WRONG_PAIRS])
def test_a_file_reads_as_the_json_beside_it(name: str) -> None:
    """Quotes, commas, newlines and umlauts within cells come out as the JSON beside the file has them."""
    file = open_csv(real(f"csv_spectrum/{name}.csv"))
    wanted = json.loads(real(f"csv_spectrum/{name}.json").read_text(encoding="utf-8"))
    found = [dict(zip(file.headers, row.cells, strict=True)) for row in file.rows()]
    assert found == (wanted if isinstance(wanted, list) else [wanted])


@pytest.mark.parametrize(
    ("name", "encoding", "last"),
    [
        ("test_utf8.csv", "utf-8", ("4", "5", "ʤ")),
        ("test_utf8_bom.csv", "utf-8-sig", ("4", "5", "ʤ")),
        ("test_utf16_big.csv", "utf-16", ("4", "5", "ʤ")),
        ("test_utf16_little.csv", "utf-16", ("4", "5", "ʤ")),
        ("test_latin1.csv", "cp1252", ("4", "5", "©")),
        ("mac_newlines.csv", "utf-8", ("Once upon\ra time", "5", "6")),
        ("null_byte.csv", "utf-8", ("", "2", "3")),
    ],
)
def test_encodings_and_line_ends_are_found(name: str, encoding: str, last: tuple[str, ...]) -> None:
    """UTF-8 and UTF-16 with their marks, Latin letters, CR only and NULs are all read."""
    file = open_csv(real(f"csvkit_examples/{name}"))
    assert (file.encoding, cells(file)[-1]) == (encoding, last)


def test_every_file_of_the_examples_is_read_or_refused() -> None:
    """Of 70 awkward files each is read with every row as wide as its header, or refused in words."""
    folder = real("csvkit_examples/dummy.csv").parent
    refused = []
    for path in sorted(folder.glob("*.csv")):
        try:
            file = open_csv(path)
        except ImprovError:
            refused.append(path.name)
            continue
        assert all(row.fault or len(row.cells) == len(file.headers) for row in file.rows()), path.name
    assert refused == ["empty.csv"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_found_and_told(tmp_path: Path, encoding: str) -> None:
    """A file that spends two bytes on each letter is read as UTF-16 even when it does not say so."""
    file = open_csv(written(tmp_path, "Name,City\nŽofie,Brno\n".encode(encoding)))
    assert cells(file) == [("Žofie", "Brno")]
    assert file.notes == (f"it is read as {encoding.upper()}, which it does not say itself",)


def test_latin_letters_are_told() -> None:
    """That a file is not UTF-8 is noted, because the letters may be wrong."""
    file = open_csv(real("csvkit_examples/test_latin1.csv"))
    assert file.notes == ("it is not UTF-8: read as Windows-1252 (Western European)",)


@pytest.mark.parametrize(
    ("text", "delimiter", "first"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", ("1,5", "2,5")),
        ("a\tb c\n1\t2, 3\n", "\t", ("1", "2, 3")),
        ("a|b\n1|2\n", "|", ("1", "2")),
        ('a,b\n"x;y;z",2\n"u;v;w",3\n', ",", ("x;y;z", "2")),
        ("sep=;\na;b\n1;2\n", ";", ("1", "2")),
        ("name\nAda\n", ",", ("Ada",)),
    ],
)
def test_the_delimiter_is_the_one_that_fits_all_rows(
    tmp_path: Path, text: str, delimiter: str, first: tuple[str, ...]
) -> None:
    """A decimal comma or a semicolon within quotes does not mislead."""
    file = open_csv(written(tmp_path, text))
    assert (file.delimiter, cells(file)[0]) == (delimiter, first)


def test_a_long_row_is_told_and_a_short_one_filled(tmp_path: Path) -> None:
    """No row is lost: surplus cells make a fault with its line, missing ones are empty, blank lines are none."""
    file = open_csv(written(tmp_path, "a,b,c\n1,2,3,4\n\n,,\n5\n6,7,8,,\n"))
    assert [(row.line, row.cells, row.fault) for row in file.rows()] == [
        (2, ("1", "2", "3", "4"), "the row has 4 cells, the header has 3"),
        (5, ("5", "", ""), ""),
        (6, ("6", "7", "8"), ""),
    ]


def test_headers_are_trimmed_named_and_numbered(tmp_path: Path) -> None:
    """Spaces go, a header without a name has its place, equal ones a number."""
    file = open_csv(written(tmp_path, '\ufeff Name ,,Phone,Phone,"Phone\n(2)"\n1,2,3,4,5\n'))
    assert file.headers == ("Name", "column 2", "Phone", "Phone (3)", "Phone (2)")


def test_lines_above_the_header_are_left_out_and_told() -> None:
    """A LinkedIn export begins with two lines of notes; its header is found below them."""
    file = open_csv(real("headers/linkedin_connections.csv"))
    assert file.headers[:2] == ("First Name", "Last Name")
    assert file.notes == ("2 lines above the header are left out",)


def test_a_quotation_mark_that_is_never_closed_is_a_fault(tmp_path: Path) -> None:
    """Rows swallowed by an open quotation mark are not taken for one cell in silence."""
    file = open_csv(written(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n'))
    assert [row.fault for row in file.rows()] == [
        "",
        "a quotation mark opened here is never closed: lines 3 to 4 are one row",
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"<!DOCTYPE html><html><table>", "the file is no CSV: it is a web page or XML"),
        (b'{"a": 1}', "the file is no CSV: it is JSON"),
        (b"BEGIN:VCARD\nVERSION:3.0\n", "the file is no CSV: it is a vCard"),
        (b"PK\x03\x04\x14\x00", "the file is no CSV: it is a spreadsheet (Excel, LibreOffice) or an archive"),
        (bytes(range(256)) * 8, "the file is no CSV: it is binary data"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """A web page, JSON, a spreadsheet, bytes: three lines, and nothing read."""
    with pytest.raises(Refused) as refused:
        open_csv(written(tmp_path, content))
    assert refused.value.lines()[0] == f"improv: {what}"
    assert len(refused.value.lines()) == 3


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    """Neither can be read, and both are said to be so."""
    for path, error in ((tmp_path, Usage), (tmp_path / "none.csv", NotFound)):
        with pytest.raises(error):
            open_csv(path)


def test_failed_rows_are_written_so_that_they_can_be_mended(tmp_path: Path) -> None:
    """The rows stand under their own header with the reason behind; an old reason is not kept beside it."""
    file = open_csv(written(tmp_path, 'a,b,improv_reason\n1,"x\ny",old\n2,z,\n3,w,,!\n'))
    to = tmp_path / "failed.csv"
    with to.open("wb") as target:
        write_failed(file, {2: "too odd", 5: "too long"}, target)
    assert to.read_text().splitlines() == ["a,b,improv_reason", '1,"x', 'y",too odd', "3,w,too long,!"]


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters='"\n\r\t,;|'), max_size=12)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6)


@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_whatever_is_written_as_csv_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[str, str, str]],
    mark: str,
    end: str,
    encoding: str,
) -> None:
    """Every row that is not blank comes back cell by cell, whatever stands in it, and none is at fault."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding=encoding, newline="") as target:
        writer = csv.writer(target, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerow(["first", "second", "third"])
        writer.writerows(table)
    found = list(open_csv(path, delimiter=mark).rows())
    assert [row.cells for row in found] == [row for row in table if any(map(str.strip, row))]
    assert not any(row.fault for row in found)


@given(st.binary(max_size=300))
def test_whatever_is_no_csv_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Any bytes at all are read as rows, or refused as the family of errors that a user is told."""
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(content)
    try:
        file = open_csv(path)
        assert all(row.fault or len(row.cells) == len(file.headers) for row in file.rows())
    except ImprovError:
        return  # told in words; anything else would be a traceback
