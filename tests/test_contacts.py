"""Contacts from other programs' exports and from vCards: who they are, how they are reached, and what has no field."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from improv import playbook
from improv.transfer.files import open_file
from improv.transfer.guess import guess
from improv.transfer.kinds import KINDS
from improv.transfer.mapping import read_mapping, to_toml
from tests.data import real
from tests.files import written
from tests.run import run

Row = dict[str, Any]
BOOK = playbook.load()
NOT_SAID = {"id", "recorded_at", "name_folded", "company_folded"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unsynced: None) -> Path:
    """Stand in an empty folder."""
    del unsynced
    monkeypatch.chdir(tmp_path)
    return tmp_path


def brought(db: Path, file: Path, *options: str, table: str = "lead") -> list[Row]:
    """Import a file and return the records it made, each without what is empty, its note beside."""
    done = run("import", file, *options, db=db)
    assert done.code == 0, done.err
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        sql = (
            f"SELECT x.*, n.text AS note FROM {table} x LEFT JOIN note n ON n.{table}_id = x.id ORDER BY x.id"
        )
        rows = connection.execute(sql).fetchall()
    return [{k: row[k] for k in row.keys() if row[k] is not None and k not in NOT_SAID} for row in rows]  # noqa: SIM118 - rows iterate over values


@pytest.mark.parametrize("name", ["all", "email", "gmail", "outlook", "tb_plain"])
@pytest.mark.parametrize("kind", ["leads", "clients"])
def test_an_export_and_the_vcards_of_its_name_say_the_same(name: str, kind: str, here: Path) -> None:
    """Each pair of one program's CSV and vCards makes the same records."""
    found = [
        brought(here / f"{end}.db", real("roundcube", f"{name}.{end}"), "--as", kind, table=kind[:-1])
        for end in ("csv", "vcf")
    ]
    assert found[0] == found[1]
    assert len(found[0]) == (4 if name == "email" else 1)


def test_a_contact_is_reached_at_work_before_at_home(here: Path) -> None:
    """Work address, work phone and the work address's own city, region and country; the note, too."""
    assert brought(here / "improv.db", real("roundcube", "gmail.csv"), "--as", "leads") == [
        {
            "name": "Prefix Firstname Middle Lastname Suffix",
            "company": "company",
            "email": "work@email.pl",
            "phone": "workphone",
            "website": "home.page.com",
            "job_profile": "jobtitle",
            "city": "work_city",
            "country": "work_country",
            "received_on": "2026-11-22",
            "note": 'note"note',
        }
    ]


@pytest.mark.parametrize(
    ("card", "name", "email", "city"),
    [
        ("johndoe", "John Doë", "inbox@roundcube.net", "Hometown"),
        ("thebat", "Piotr Iksiñski", "piotr.iksinski@somedomain.com", None),
        ("apple", "Apple Computer AG", None, "Wallisellen-Zürich"),
        ("utf-16_sample", "Ǽgean ĽdaMonté", None, "LaPaz"),
        ("photo", "Apple Computer AG", None, None),
    ],
)
def test_vcards_of_all_ages_are_read(
    card: str, name: str, email: str | None, city: str | None, here: Path
) -> None:
    """Version 2.1 with its charsets and quoted letters, groups, photos, UTF-16."""
    (found,) = brought(here / "improv.db", real("roundcube", f"{card}.vcf"))
    assert (found["name"], found.get("email"), found.get("city")) == (name, email, city)


CARDS = """BEGIN:VCARD\r
VERSION:4.0\r
FN:Ada Love\r
 lace\r
ORG:Engines\\, Ltd;Research\r
TITLE:Count\\;ess\r
item1.EMAIL;PREF=1:ada@home.example\r
item1.X-ABLabel:_$!<Home>!$_\r
EMAIL;TYPE="work,internet":ada@engines.example\r
TEL;VALUE=uri;TYPE="voice,cell":tel:+44-20-7946-0000\r
NOTE:first line\\nsecond: a\\\\b\r
UID:urn:uuid:1\r
BDAY:1815-12-10\r
PHOTO;ENCODING=b:\r
  /9j/4AAQ\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\r
=B6rg\r
TEL;WORK;FAX:1\r
PHOTO;TYPE=JPEG;ENCODING=BASE64:/9j/4AAQ\r
SkZJRgABAQ==\r
\r
X-SIGNATURE;ENCODING=BASE64:AAAA\r
TEL;HOME:2\r
END:VCARD\r
BEGIN:VCARD\r
FN:Never Ended\r
BEGIN:VCARD\r
FN:Broken\r
this is no line\r
END:VCARD\r
"""


def test_every_part_of_a_card_is_read(here: Path) -> None:
    """Folding, escapes, groups, labels, photos left out, quoted letters over two lines; a fax is no phone."""
    found = brought(here / "improv.db", written(here, CARDS, "people.vcf"), "--keep-rest")
    assert found == [
        {
            "name": "Ada Lovelace",
            "company": "Engines, Ltd",
            "email": "ada@engines.example",
            "phone": "+44-20-7946-0000",
            "job_profile": "Count;ess",
            "received_on": "2026-11-22",
            "external_id": "urn:uuid:1",
            "note": "first line\nsecond: a\\b\nHome E-mail: ada@home.example\nDepartment: Research\nBirthday: 1815-12-10",
        },
        {"name": "Jörg Müller", "phone": "2", "received_on": "2026-11-22", "note": "Work fax Phone: 1"},
    ]


def test_a_broken_card_is_set_aside_with_its_reason(here: Path) -> None:
    """The others are imported; the broken ones can be mended and imported; the same file again makes nothing anew."""
    db = here / "improv.db"
    done = run("import", written(here, CARDS, "people.vcf"), db=db)
    assert "the card is never ended\t1\t28" in done.out
    assert '"this is no line" is no line of a vCard\t1\t30' in done.out
    assert (here / "people.failed.vcf").read_text().splitlines() == [
        "BEGIN:VCARD",
        "X-IMPROV-REASON:the card is never ended",
        "FN:Never Ended",
        "BEGIN:VCARD",
        'X-IMPROV-REASON:"this is no line" is no line of a vCard',
        "FN:Broken",
        "this is no line",
        "END:VCARD",
    ]
    mended = (
        (here / "people.failed.vcf")
        .read_text()
        .replace("this is no line\n", "")
        .replace("Ended\n", "Ended\nEND:VCARD\n")
    )
    again = run("import", written(here, mended, "mended.vcf"), db=db)
    assert "leads added\t2" in again.out
    assert (
        "rows whose record is there already, left as it is\t1"
        in run("import", here / "people.vcf", db=db).out
    )


@pytest.mark.parametrize("charset", ["undefined", "idna", "hex", "no-such", "utf-8", ""])
def test_a_charset_that_is_none_is_not_obeyed(charset: str, here: Path) -> None:
    """What it says is read as UTF-8 all the same."""
    card = f"BEGIN:VCARD\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:J=C3=B6rg\nEND:VCARD\n"
    (found,) = brought(here / "improv.db", written(here, card, "people.vcf"))
    assert found["name"] == "Jörg"


def test_an_empty_file_of_cards_is_refused(here: Path) -> None:
    """What is named a vCard and holds none says so."""
    done = run("import", written(here, "nothing here", "people.vcf"), db=here / "improv.db")
    assert (done.code, done.told[0]) == (1, "improv: there is no vCard in the file")


TWICE = """Name,Work Email,Home Email,Birthday,Company
Ada,a@work.example,a@home.example,1815-12-10,Engines
Bob,,b@home.example,,
"""


def test_what_has_no_field_is_told_and_kept_when_asked(here: Path) -> None:
    """The best of several addresses row by row; the others and the birthday go into a note with --keep-rest."""
    file = written(here, TWICE)
    plain = run("import", file, "--as", "leads", db=here / "plain.db")
    assert plain.told[-1] == "not imported: Birthday"
    assert "rows with more than one email: the best is taken\t1" in plain.out
    kept = brought(here / "improv.db", file, "--as", "leads", "--keep-rest")
    assert [(row["email"], row.get("note")) for row in kept] == [
        ("a@work.example", "Home Email: a@home.example\nBirthday: 1815-12-10"),
        ("b@home.example", None),
    ]


def test_a_client_goes_by_its_company(here: Path) -> None:
    """A person of a company is whom you know there; a person alone is the client."""
    found = brought(here / "improv.db", written(here, TWICE), "--as", "clients", table="client")
    assert [(row["name"], row.get("contact_name")) for row in found] == [("Engines", "Ada"), ("Bob", "Bob")]


def test_alternatives_stand_in_a_mapping_that_is_used_again(tmp_path: Path) -> None:
    """What was guessed of them is written to a mapping file and read back the same."""
    file = open_file(real("roundcube", "all.csv"))
    mapping = guess(file, KINDS["leads"], BOOK).keeping_rest()
    assert read_mapping(written(tmp_path, to_toml(mapping), "m.toml")) == mapping
    single = mapping.with_columns(["Home Phone=phone", "Email Work="])
    assert single.columns["Home Phone"] == ("phone",)
    assert [one.options for one in single.first if "phone" in one.fields] == []
    assert "Email Work" not in [c for one in single.first for c in one.columns]
