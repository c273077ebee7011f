"""Files of every bad kind: what is brought in is right, or three lines say why nothing was; never something in between."""

import bz2
import codecs
import gzip
import io
import lzma
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from improv.transfer.rows import Rows
from improv.transfer.survey import Survey, survey
from tests.run import Result, run
from tests.session import must

CSV = "Id,Name,Company,Received,City\n1,Jörg Müller,Café Ltd,2026-01-02,Köln\n2,Bob,Acme,2026-01-03,Rome\n"
CARDS = "".join(
    f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nN:{name};;;;\nEND:VCARD\n" for name in ("Jörg", "Zoë", "Bob")
)
LOG = "".join(
    f'192.0.2.{n} - - [01/Nov/2026:10:00:0{n} +0100] "GET /p{n} HTTP/1.1" 200 5 "-" "Firefox"\n'
    for n in "123"
)
TOUCHES = "Email,Kind,Date,Campaign\nzed@example.com,open,2026-11-01,Märzbrief\nbob@example.com,open,2026-11-02,Märzbrief\n"
# How each is brought in, and the table it fills.
WAYS = {
    "csv": (CSV, "import {} --as leads", "lead"),
    "vcf": (CARDS, "import {}", "lead"),
    "log": (LOG, "touch import {}", "touch"),
    "mailing": (TOUCHES, "touch import {}", "touch"),
}


def packed(*names: str) -> bytes:
    """Return an archive with members of these names."""
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return to.getvalue()


def as_written(text: str) -> dict[str, bytes]:
    """Return a text in every form that means the same."""
    return {
        "UTF-8": text.encode(),
        "UTF-8 with its mark": text.encode("utf-8-sig"),
        "UTF-16": text.encode("utf-16"),
        "UTF-16, big end first": codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        "UTF-16 without its mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "Western European": text.encode("cp1252"),
        "CRLF": text.replace("\n", "\r\n").encode(),
        "CR": text.replace("\n", "\r").encode(),
        "mixed ends": text.replace("\n", "\r\n", 1).encode(),
        "two files put together": text.replace("\n", "\n\ufeff").encode(),
        "NULs": text.replace("e", "e\0").encode(),
        "no end of the last line": text.rstrip("\n").encode(),
        "blank lines": text.replace("\n", "\n\n").encode(),
    }


# What a log says in ASCII stays that in all of these; it is no text in the others.
ONLY_ASCII = {
    "UTF-16",
    "UTF-16, big end first",
    "UTF-16 without its mark",
    "UTF-32",
    "CR",
    "two files put together",
}
RIGHT = [
    (way, form)
    for way, (text, *_) in WAYS.items()
    for form in as_written(text)
    # A card has its lines one below the other, and a NUL in a word of the form spoils it as in a log.
    if not (way == "log" and form in ONLY_ASCII)
    and not (way == "vcf" and form in {"UTF-16 without its mark", "NULs"})
    and not (way == "mailing" and form == "NULs")
]
WRONG: dict[str, bytes] = {
    "nothing": b"",
    "blank lines": b"\n\n  \n",
    "a letter cut in two": CSV.encode() + "ä".encode()[:1],
    "bytes that are no UTF-8": CSV.encode().replace(b"Bob", b"B\xffb"),
    "half a surrogate": CSV.encode() + "Zö\ud800\n".encode("utf-8", "surrogatepass"),
    "UTF-32 without its mark": CSV.encode("utf-32-le"),
    "zeros": bytes(5_000),
    "noise": bytes(range(256)) * 8,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(200)),
    "Excel": packed("[Content_Types].xml", "xl/workbook.xml"),
    "LibreOffice": packed("mimetype", "content.xml"),
    "a spoilt archive": b"PK\x03\x04" + bytes(range(200)),
    "old Excel": b"\xd0\xcf\x11\xe0" + bytes(200),
    "a PDF": b"%PDF-1.4 1 0 obj",
    "gzip": gzip.compress(CSV.encode()),
    "xz": lzma.compress(CSV.encode()),
    "bzip2": bz2.compress(CSV.encode()),
    "a database": b"SQLite format 3\0" + bytes(100),
    "a login page": b"\n<!DOCTYPE html><html><body><form>Log in</form></body></html>",
    "a web page with a table": b"<html><table><tr><td>Name,Email</td></tr></table></html>",
    "JSON": b'[{"Name": "Ada"}]',
    "JSON 100,000 levels deep": b"[" * 100_000,
    "only quotation marks": b'"' * 99,
    "a million columns": b"Name," * 1_000_000 + b"\n",
}
ODD: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to("/none"),
    "nothing": lambda _: None,
}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with a lead."""
    db = tmp_path_factory.mktemp("origin") / "improv.db"
    must("lead add Zed --email zed@example.com", db)
    return db


@pytest.fixture
def here(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a copy of the store."""
    shutil.copy(origin, tmp_path / "improv.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def brought(way: str, data: bytes, here: Path, name: str = "in") -> Result:
    """Bring a file in."""
    file = here / f"{name}.{'csv' if way == 'mailing' else way}"
    file.write_bytes(data)
    return run(*WAYS[way][1].format(file).split(), db=here / "improv.db")


def held(db: Path, table: str) -> list[tuple[object, ...]]:
    """Return the records of a table, but for what is another in every store: when they were typed, and keyed marks."""
    with sqlite3.connect(db) as connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        kept = [
            name for name in names if name not in {"recorded_at", "external_id" if table == "touch" else ""}
        ]
        found = connection.execute(f"SELECT {', '.join(kept)} FROM {table} ORDER BY id").fetchall()
    connection.close()
    return found


def refused(result: Result, here: Path, origin: Path, *, found: bool = True) -> bool:
    """Tell whether nothing was done, and three lines say why."""
    told = [line[:8] for line in result.told if line.startswith(("improv: ", "  at fau", "  to men"))]
    return (
        result.code in ({1, 2} if found else {3})
        and told == ["improv: ", "  at fau", "  to men"]
        and "itself failed" not in result.err
        and (here / "improv.db").read_bytes() == origin.read_bytes()
    )


@pytest.fixture(scope="module")
def plain(origin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """Give what each text brings in as it stands."""
    found = {}
    for way, (text, _, table) in WAYS.items():
        there = tmp_path_factory.mktemp("plain")
        shutil.copy(origin, there / "improv.db")
        assert brought(way, text.encode(), there).code == 0
        found[way] = held(there / "improv.db", table)
    return found


@pytest.mark.parametrize(("way", "form"), RIGHT)
def test_however_a_text_is_written_the_same_records_come_of_it(
    way: str, form: str, here: Path, plain: dict[str, list[tuple[object, ...]]]
) -> None:
    text, _, table = WAYS[way]
    assert brought(way, as_written(text)[form], here).code == 0
    assert held(here / "improv.db", table) == plain[way]
    assert len(plain[way]) > (table == "lead")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", WRONG)
def test_what_is_none_is_refused_in_three_lines_and_nothing_is_brought_in(
    way: str, kind: str, here: Path, origin: Path
) -> None:
    result = brought(way, WRONG[kind], here)
    assert refused(result, here, origin), result


@pytest.mark.parametrize(
    "command", [*(way[1] for way in WAYS.values()), "import {}", "import good.csv --mapping {}"]
)
@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_is_refused_and_never_waited_for(
    command: str, kind: str, here: Path, origin: Path
) -> None:
    (here / "good.csv").write_text(CSV, "utf-8")
    ODD[kind](here / "odd.csv")
    result = run(*command.format(here / "odd.csv").split(), db=here / "improv.db")
    assert refused(result, here, origin, found=(here / "odd.csv").exists()), result


@pytest.mark.parametrize(
    ("command", "mend"),
    [
        ("import {} --as leads", ""),
        ("import good.csv --as leads --mapping {}", ""),
        ("touch import {}", ""),
        ("restore {}", ""),
        ("query {}", ""),
        ("batch {}", "improv batch - reads standard input"),
    ],
)
def test_a_file_that_is_not_there_is_not_found(command: str, mend: str, here: Path) -> None:
    """Whatever it was to be read for: the same words and the same exit code."""
    (here / "good.csv").write_text(CSV, "utf-8")
    folder = here / "my files"
    missing = folder / "none.sql"
    done = run(*(word.format(missing) for word in command.split()), db=here / "improv.db")
    told = [
        "improv: there is no such file",
        f"  at fault: {missing}",
        "  to mend:  " + (mend or f"ls -l '{folder}'"),
    ]
    assert (done.code, done.told) == (3, told)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name;Company\nJörg;Café\n", "its columns are separated by semicolon"),
        ("Name\tCompany\nJörg\tCafé\n", "its columns are separated by tab"),
        ("Name|Company\nJörg|Café\n", "its columns are separated by bar"),
        ("Name,Company,City\nJörg,Café\n", "rows shorter than the header: what they lack is empty\t1"),
        ("Name,Company\nJörg,Café,surplus\nBob,Acme\n", "the row has 3 cells, the header has 2\t1\t2"),
        ("Name,Name\nJörg,Café\n", "not imported: Name (2)"),
        ("Name,Company,\nJörg,Café,\n", "leads added\t1"),
        ('Name,Company\nJörg,"Café\nBob,Acme\n', "a quotation mark opened here is never closed: lines 2 to 3 are one row"),
        ("Name,Received\nJörg,3/4/2026\n", '"3/4/2026" may be day/month or month/day'),
        ("Name,Received\nJörg,13/4/2026\nBob,3/4/2026\n", 'received_on is read as day/month/year, as "13/4/2026" shows'),
        ("Name,Company\n", "rows in the file\t0"),
    ],
)  # fmt: skip
def test_what_is_unusual_is_told(text: str, said: str, here: Path) -> None:
    result = brought("csv", text.encode(), here)
    assert said in result.out + result.err, result


def test_a_file_that_changes_while_it_is_read_is_refused(
    here: Path, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else appends to it between the first look and the last row."""

    def grown(rows: Rows, naming: tuple[str, ...]) -> Survey:
        with (here / "in.csv").open("a", encoding="utf-8") as file:
            file.write("3,Eve,,,\n")
        return survey(rows, naming)

    monkeypatch.setattr("improv.transfer.importer.survey", grown)
    result = brought("csv", CSV.encode(), here)
    assert refused(result, here, origin), result
    assert "improv: the file was changed while it was read; nothing was changed" in result.told


def test_a_note_may_come_from_stdin(here: Path) -> None:
    """Whole but for the empty lines at its end; a note of nothing, or of what is no text, is refused."""
    db = here / "improv.db"
    assert (
        run("note", "add", "L1", "-", stdin="Wants:\n  – an offer\n\n", db=db, today="2026-11-23").code == 0
    )
    assert run("note", "list", db=db).out.split("\t")[-1] == "Wants:\\n  – an offer\n"
    (here / "batch.txt").write_text("note add L1 -\n", "utf-8")
    for words, stdin, told in (
        (("note", "add", "L1", "-"), "\n", "the text of the note is missing"),
        (
            ("note", "add", "L1", "-"),
            "a" * (1 << 20) + "b",
            "this is no note: it is longer than 1,048,576 bytes",
        ),
        (("batch", "batch.txt"), "x", "line 1: a line of a batch has no input of its own; kept: nothing"),
    ):
        done = run(*words, stdin=stdin, db=db, today="2026-11-23")
        assert (done.code, done.told[0]) == (2, f"improv: {told}")
