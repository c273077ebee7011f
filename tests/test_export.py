"""The whole store in one file and back: the same rows, the same pages. And people as vCards."""

import json
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from improv import playbook
from improv.history import HISTORY
from improv.text import as_typed, unobeyed
from tests import drawn
from tests.kept import SAMPLE, Kept
from tests.run import run
from tests.session import must
from tests.terminal import sit
from tests.test_undo import records

pytestmark = [pytest.mark.usefixtures("unsynced"), pytest.mark.xdist_group("sample")]
FORMS = ("jsonl", "zip")
PAGES = (
    "report weekly",
    "report scorecard",
    "alerts",
    "todo",
    "lead list",
    "opportunity list",
    "event list",
    "show C1",
)
CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def setting(db: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute("SELECT key, value FROM store_setting ORDER BY key").fetchall()


def moved(db: Path, form: str, folder: Path) -> Path:
    """Export a store and import it into an empty one."""
    must(f"export -o {folder}/book.{form} --force", db)
    new = folder / f"{form}.db"
    must(f"import {folder}/book.{form}", new)
    return new


@pytest.mark.parametrize("form", FORMS)
def test_the_sample_book_comes_back_equal(form: str, kept: Callable[..., Kept], tmp_path: Path) -> None:
    """Every row of every table, the settings, and every page; one undo step."""
    db = kept(SAMPLE).path
    new = moved(db, form, tmp_path)
    assert records(new) == records(db)
    assert setting(new) == setting(db)
    for page in PAGES:
        assert must(page, new).out == must(page, db).out
    assert must("doctor", new).code == 0
    must("undo", new)
    assert records(new) == {}


@CALM
@given(
    st.lists(st.sampled_from(sorted(drawn.COMMANDS.keys() - drawn.ON_NO_STORE)), min_size=1, max_size=6),
    st.data(),
)
def test_any_store_comes_back_equal(template: Path, commands: list[str], data: st.DataObject) -> None:
    """Whatever was typed, with its quotes, newlines and blanks: both forms make an equal store."""
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        db = folder / "improv.db"
        shutil.copy(template, db)
        for command in commands:
            run(*drawn.argv(command, data.draw(drawn.COMMANDS[command]), folder), db=db)
        for form in FORMS:
            new = moved(db, form, folder)
            assert records(new) == records(db)
            assert setting(new) == setting(db)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book every example starts from."""
    return drawn.template(tmp_path_factory.mktemp("template") / "improv.db")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    book = playbook.load()
    monkeypatch.setattr(playbook, "load", lambda *_, **__: book)


@given(st.text())
@settings(CALM, max_examples=300)
def test_a_text_is_no_formula_and_comes_back(text: str) -> None:
    """To take one apostrophe away gives the text back, whatever it is."""
    assert as_typed(unobeyed(text)) == text
    assert not unobeyed(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store of a lead, a note and a client, with words a spreadsheet would run."""
    path = tmp_path / "improv.db"
    must("lead add Ada --company '=1+1' --city '' --on 2026-11-01", path)
    must("note add L1 '\"quoted\", and ünïcode'", path)
    must("client add Acme --on 2026-01-01 --revenue 12k", path)
    return path


def test_the_book_of_the_examples_has_a_row_of_every_table(template: Path) -> None:
    """Else a table could stay behind, and no example would tell."""
    assert {table for table, _ in records(template)} == set(HISTORY)


@pytest.mark.parametrize("form", ["jsonl", "zip", "vcf"])
def test_a_long_export_and_import_tell_how_far_they_are(form: str, db: Path, tmp_path: Path) -> None:
    """On a terminal alone: the last figure is wiped off, and none stands in the file."""
    file = tmp_path / f"book.{form}"
    out = sit("export", "-o", str(file), db=db)
    every = 2 if form == "vcf" else len(records(db))
    assert f"\r{every} of {every} rows" in out.text
    assert out.text.rpartition("rows")[2].lstrip().startswith(f"written: {file}")
    assert b"rows" not in file.read_bytes()
    piped = run("export", "-o", str(file), "--force", db=db)
    assert (piped.out, piped.told) == ("", [f"written: {file}"])


def test_each_line_is_one_row_and_the_last_counts_them(db: Path) -> None:
    """A pipe gets JSON Lines; the header says the versions and the settings."""
    first, *rows, last = map(json.loads, must("export", db).out.splitlines())
    assert (first["improv"], first["format"], first["settings"]["currency"]) == ("store", 1, "EUR")
    assert rows[0]["table"] == "client"
    assert {row["row"]["name"] for row in rows if row["table"] in {"lead", "client"}} == {"Ada", "Acme"}
    assert last == {
        "end": {"client": 1, "client_status": 1, "lead": 1, "lifecycle": 1, "reading": 1, "note": 1}
    }


def test_a_zip_has_a_csv_file_for_each_table(db: Path, tmp_path: Path) -> None:
    """A formula is a text there; an empty cell is no value."""
    must(f"export -o {tmp_path}/book.zip", db)
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        header, row = archive.read("lead.csv").decode().splitlines()
        assert json.loads(archive.read("improv.json"))["end"]["lead"] == 1
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert (cells["name"], cells["company"], cells["email"]) == ("Ada", "'=1+1", "")


def test_an_export_is_private_and_replaces_nothing(db: Path, tmp_path: Path) -> None:
    """As every page in a file; a form that is none of its own is refused; a terminal is told what there is."""
    must(f"export -o {tmp_path}/book.jsonl", db)
    assert (tmp_path / "book.jsonl").stat().st_mode & 0o777 == 0o600
    assert run("export", "-o", tmp_path / "book.jsonl", db=db).told[0] == "improv: there is a file already"
    assert (
        run("export", "-o", tmp_path / "book.md", db=db).told[0] == "improv: an export has forms of its own"
    )
    assert (
        run("lead", "list", "-o", tmp_path / "book.zip", db=db).told[0] == "improv: there is no such format"
    )
    assert "leads" in run("export", db=db, tty=True).out


def test_a_whole_store_comes_into_an_empty_one_only(db: Path, tmp_path: Path) -> None:
    """Where records are nothing is mixed; a preview keeps nothing; what says how rows become records is refused."""
    must(f"export -o {tmp_path}/book.jsonl", db)
    done = run("import", tmp_path / "book.jsonl", db=db)
    assert done.told[0] == "improv: a whole store comes into an empty one only, and here are records already"
    new = tmp_path / "new.db"
    assert "6 rows would come into an empty store" in must(f"import {tmp_path}/book.jsonl --dry-run", new).out
    assert not new.exists()
    assert run("import", tmp_path / "book.jsonl", "--as", "leads", db=new).code == 2


def cut(lines: list[str]) -> str:
    del lines[-1]
    return "improv: the file ends too early: rows are missing"


def a_row_less(lines: list[str]) -> str:
    del lines[3]
    return "improv: the file ends too early: rows are missing"


def newer(lines: list[str]) -> str:
    lines[0] = lines[0].replace('"format": 1', '"format": 2')
    return "improv: the file is newer than this program (format 2, this program knows 1)"


def newer_schema(lines: list[str]) -> str:
    lines[0] = json.dumps(json.loads(lines[0]) | {"schema": 999})
    return "improv: the file is newer than this program (schema 999"


def no_json(lines: list[str]) -> str:
    lines[2] = lines[2][:-5]
    return "improv: this is no line of JSON"


def nested(lines: list[str]) -> str:
    lines[2] = "[" * 100_000
    return "improv: this is no line of JSON"


def a_column_of_sql(lines: list[str]) -> str:
    lines[1] = '{"table": "client", "row": {"id) SELECT 1; --": 1}}'
    return "improv: there is no such table or column"


def a_table_of_ours(lines: list[str]) -> str:
    lines[1] = '{"table": "journal_entry", "row": {"id": 1}}'
    return "improv: there is no such table or column"


def a_fraction(lines: list[str]) -> str:
    lines[1] = lines[1].replace('"id": 1', '"id": 1.5')
    return "improv: id cannot be kept as it is"


def half_a_letter(lines: list[str]) -> str:
    lines[1] = lines[1].replace('"Acme"', '"\\ud800"')
    return "improv: name cannot be kept as it is"


def no_day(lines: list[str]) -> str:
    lines[1] = lines[1].replace("2026-01-01", "2026-02-30")
    return "improv: the record would not hold together"


def an_orphan(lines: list[str]) -> str:
    lines[2] = lines[2].replace('"client_id": 1', '"client_id": 7')
    return "improv: a record refers to one that is not in the file"


def another_file(lines: list[str]) -> str:
    lines[0] = '{"hello": "world"}'
    return "improv: this is no line of a store"


SPOILT = (cut, a_row_less, newer, newer_schema, no_json, nested, a_column_of_sql, a_table_of_ours, a_fraction)


@pytest.mark.parametrize("spoil", [*SPOILT, half_a_letter, no_day, an_orphan, another_file])
def test_a_file_that_is_not_whole_brings_nothing(
    spoil: Callable[[list[str]], str], db: Path, tmp_path: Path
) -> None:
    """Three lines that name the place and the fault; no record is kept."""
    lines = must("export", db).out.splitlines()
    said = spoil(lines)
    (tmp_path / "book.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    done = run("import", tmp_path / "book.jsonl", db=tmp_path / "new.db")
    assert done.code in {1, 5}
    assert done.told[0].startswith(said), done.err
    assert len(done.told) == 3
    assert records(tmp_path / "new.db") == {}


def test_an_archive_that_was_cut_short_brings_nothing_and_is_no_csv(db: Path, tmp_path: Path) -> None:
    must(f"export -o {tmp_path}/book.zip", db)
    whole = (tmp_path / "book.zip").read_bytes()
    (tmp_path / "book.zip").write_bytes(whole[: len(whole) // 2])
    done = run("import", tmp_path / "book.zip", db=tmp_path / "new.db")
    assert (done.code, done.told[0]) == (1, "improv: the archive is damaged")
    assert records(tmp_path / "new.db") == {}


def test_a_damaged_archive_brings_nothing(db: Path, tmp_path: Path) -> None:
    """A byte that was changed is found by the archive's own sums; an archive of something else is no CSV either."""
    must(f"export -o {tmp_path}/book.zip", db)
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        place = archive.getinfo("lead.csv").header_offset + 60
    data = bytearray((tmp_path / "book.zip").read_bytes())
    data[place] ^= 0xFF
    (tmp_path / "book.zip").write_bytes(data)
    done = run("import", tmp_path / "book.zip", db=tmp_path / "new.db")
    assert (done.code, done.told[0]) == (1, "improv: the archive is damaged")
    assert records(tmp_path / "new.db") == {}


def test_a_name_in_an_archive_that_is_no_text_makes_it_a_damaged_one(db: Path, tmp_path: Path) -> None:
    """Found by chance: the library says of it neither that it is no archive nor that it is spoilt."""
    must(f"export -o {tmp_path}/book.zip", db)
    with zipfile.ZipFile(tmp_path / "book.zip", "a") as archive:
        archive.writestr("\u00fc.csv", "")
    data = (tmp_path / "book.zip").read_bytes()
    (tmp_path / "book.zip").write_bytes(data.replace(b"\xc3\xbc.csv", b"\xff\xff.csv"))
    done = run("import", tmp_path / "book.zip", db=tmp_path / "new.db")
    assert (done.code, done.told[0]) == (1, "improv: the archive is damaged")


PEOPLE = """
lead add 'Žofie Nová' --company 'Engines, Ltd; Sons' --email z@x.example --phone '+420 2 1234567' --city Brno --on 2026-11-01
lead edit L1 --job-profile 'Chief\\Head' --website https://x.example --gender female --region Morava --country Česko
lead add Prince --on 2026-11-01
lead add 'A very long name that is longer than any line of a card may be, and goes on to the next: ěščřžýáíé' --on 2026-11-01
client add Acme --contact-name 'Grace Hopper' --email g@acme.example --on 2026-01-01
"""


def test_people_go_out_as_cards_and_come_back(tmp_path: Path) -> None:
    """What a card says of a lead is what it says again; lines are no longer than 75 bytes; a client's person is a contact."""
    db, new = tmp_path / "improv.db", tmp_path / "new.db"
    for line in PEOPLE.strip().splitlines():
        must(line.replace("\\", "\\\\"), db)
    must(f"export -o {tmp_path}/people.vcf", db)
    page = (tmp_path / "people.vcf").read_bytes()
    assert all(len(line) <= 75 for line in page.split(b"\r\n"))
    assert b"\r\nORG:Engines\\, Ltd\\; Sons\r\n" in page
    must(f"import {tmp_path}/people.vcf --failed {tmp_path}/failed.vcf", new)
    said = "name, company, email, phone, city, region, country, job_profile, website, gender"
    with closing(sqlite3.connect(db)) as old, closing(sqlite3.connect(new)) as again:
        sql = f"SELECT {said} FROM lead ORDER BY id"
        wanted = [*old.execute(sql), ("Grace Hopper", "Acme", "g@acme.example", *[None] * 7)]
        assert again.execute(sql).fetchall() == wanted
    assert "rows whose record is there already" in must(f"import {tmp_path}/people.vcf", new).out
