"""Who is recorded twice: alike by mail address, phone number, or name and company; on import and by `improv duplicates`."""

from pathlib import Path
from time import process_time

import pytest

from improv.duplicates import EMAIL, NAME, NAME_AND_COMPANY, PHONE, Likeness, Seen
from tests.book import Book
from tests.files import Importer, rows
from tests.importing import bring
from tests.run import run
from tests.session import must

__all__ = ["bring"]
ADA = Likeness("Ada Lovelace", "Engines Ltd", "ada@engines.example", "+44 (0)20 7946 0123")


def why(one: Likeness, table: str = "lead", known: Likeness = ADA) -> tuple[str, ...]:
    """Return why somebody looks like the one who is known."""
    seen = Seen(table)
    seen.learn(1, known)
    return seen.find(one).get(1, ())


@pytest.mark.parametrize(
    ("one", "reasons"),
    [
        (Likeness("A. King", None, "ADA@Engines.example ", None), (EMAIL,)),
        (Likeness("ADA  LOVELACE", "engines limited", None, None), (NAME_AND_COMPANY,)),
        (Likeness("Ada Lovelace", None, None, None), (NAME,)),
        (Likeness("Ada Lovelace", "Other Inc", None, None), ()),
        (Likeness("Ada Love", "Engines Ltd", "ada@other.example", None), ()),
        (Likeness(None, None, "not an address", "n/a"), ()),
        (ADA, (EMAIL, PHONE, NAME_AND_COMPANY)),
    ],
)
def test_somebody_is_recognised(one: Likeness, reasons: tuple[str, ...]) -> None:
    """By mail address in any case, by name and company without what it is owned as, by the name where nothing speaks against it."""
    assert why(one) == reasons


@pytest.mark.parametrize(
    ("known", "typed", "same"),
    [
        ("+49 30 123456-7", "030 1234567", True),
        ("030/1234567", "0049 30 1234567", True),
        ("+1 570 809 7197", "570-809-7197", True),
        ("1-570-809-7197", "+15708097197", True),
        ("+44 (0)20 7946 0123", "020 7946 0123 ext. 7", True),
        ("030 1234567", "040 1234567", False),
        ("+49 30 1234567", "+43 30 1234567", False),
        ("1234", "1234", False),
    ],
)
def test_a_number_is_the_same_with_and_without_its_country(known: str, typed: str, same: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Either way round; another area or another country is another number, and so is what is too short to be one."""
    for one, other in ((known, typed), (typed, known)):
        found = why(Likeness("X", None, None, one), known=Likeness("Y", None, None, other))
        assert found == ((PHONE,) if same else ())


def test_a_company_is_the_same_whatever_it_is_owned_as_and_a_person_is_not() -> None:
    """Acme GmbH is Acme among clients; Kim As is not Kim among leads."""
    acme, kim = Likeness("Acme GmbH & Co. KG", None, None, None), Likeness("Kim As", None, None, None)
    assert why(acme, "client", Likeness("ACME", None, None, None)) == (NAME,)
    assert why(kim, "lead", Likeness("Kim", None, None, None)) == ()


def test_the_page_lists_each_pair_with_the_command_that_mends_it(tmp_path: Path, unsynced: None) -> None:
    """Of three alike each is paired with the first; clients stand below leads; an empty store has none."""
    del unsynced
    db = tmp_path / "improv.db"
    must("lead add Ada --email ada@engines.example", db)
    assert must("duplicates", db).out == ""
    must("lead add 'Ada L.' --email ADA@engines.example --phone '030 1234567'", db)
    must("lead add Bob --phone '+49 30 1234567'", db)
    must("client add 'Acme Ltd' --on 2026-01-01", db)
    must("client add Acme --on 2026-02-01", db)
    assert must("duplicates", db).out.splitlines() == [
        "L1 Ada\tL2 Ada L.\tsame email\timprov merge L1 L2",
        "L2 Ada L.\tL3 Bob\tsame phone\timprov merge L2 L3",
        "C1 Acme Ltd\tC2 Acme\tsame name\timprov merge C1 C2",
    ]
    assert run("duplicates", db=db, tty=True).code == 0


TWO = "Id,Name,Company,Email,City\na,Ada,Engines,ada@x.example,\nb,Ada L.,,ADA@x.example,Bonn\n"


def test_an_import_keeps_what_looks_known_and_says_so(book: Book, bring: Importer) -> None:
    """Nothing is lost unless told: the row makes a lead, and the result counts it."""
    result = bring("leads", TWO)
    assert result.created["lead"] == 2
    assert result.notices["looks like a known lead, same email: improv duplicates lists them"] == 1
    assert rows(book, "SELECT name, city FROM lead") == [("Ada", None), ("Ada L.", "Bonn")]


def test_an_import_leaves_out_what_looks_known_when_told(book: Book, bring: Importer) -> None:
    """The row is counted as left out; a name alone does not leave anybody out."""
    result = bring("leads", TWO + "c,Ada,,,\n", duplicates="skip")
    assert (result.created["lead"], result.skipped) == (2, 1)
    assert rows(book, "SELECT external_id FROM lead") == [("a",), ("c",)]


def test_an_import_changes_what_looks_known_when_told(book: Book, bring: Importer) -> None:
    """The row corrects the lead it looks like, dated values only where they say something new."""
    bring("leads", "Name,Email,Owner\nAda,ada@x.example,Sam\n")
    result = bring(
        "leads", "Id,Name,Email,City,Owner\nb,Ada L.,ADA@x.example,Bonn,Sam\n", duplicates="update"
    )
    assert (result.created["lead"], result.updated) == (0, 1)
    assert rows(book, "SELECT name, email, city, external_id FROM lead") == [
        ("Ada L.", "ADA@x.example", "Bonn", "b")
    ]
    assert rows(book, "SELECT text FROM reading WHERE kind = 'owner'") == [("Sam",)]


def test_a_large_book_takes_no_longer_for_each_record() -> None:
    """Ten thousand people of one company, one switchboard and one name are compared by keys, not with one another."""
    seen, before = Seen("lead"), process_time()
    for number in range(20_000):
        one = Likeness("Ada", "Engines", f"ada{number}@x.example", "+44 20 7946 0123")
        assert len(seen.find(one)) <= 1
        seen.learn(number, one)
    assert process_time() - before < 5
