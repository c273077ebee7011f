"""What a typed command must refuse: three lines, the right exit code, and the store as it was."""

import hashlib
import shlex
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.run import run
from tests.session import must

BOOK = (
    "lead add 'Ada Lovelace' --source web --on 2026-11-10",
    "lead add 'Adam Smith' --source web",
    "opp add L1 --title Audit --on 2026-11-16",
    "client add Acme --on 2026-03-02",
    "event schedule O1 discovery-meeting 'wed 10:00' --set 2026-11-17",
    "event schedule O1 introductory-call +2d",
    "event done E2",
    "task add 'send it' --about O1",
    "task add 'done thing'",
    "task done K2",
    "campaign add Letter --type email",
    "visit log C1 --on 2026-11-02",
    "opp add L2 --title Lost",
    "opp lost O2 --because price",
    "client add Beta --on 2026-11-20",
    "referral add C1 Grace --on 2026-11-10",
    "referral contacted R1 --on 2026-11-11",
    "kpi pick new-leads visits lost closed points --on 2026-11-20",
    "kpi change 'raised the price'",
)

# What is typed → its exit code, and words that the refusal must hold.
REFUSALS: dict[str, tuple[int, str]] = {
    # unknown words
    "nonsense": (2, "nonsense"),
    "lead nonsense L1": (2, "nonsense"),
    "lead add Bob --colour red": (2, "--colour"),
    "lead add Bob --source tv": (2, "tv"),
    "lead edit L1 --temperature boiling": (2, "boiling"),
    "lead lifecycle L1 king": (2, "king"),
    "opp move O1 nowhere": (2, "nowhere"),
    "opp add L1 --stage nowhere": (2, "nowhere"),
    "opp edit O1 --type thing": (2, "thing"),
    "opp lost O1 --because moonshine": (2, "moonshine"),
    "opp contact O1 Bob --role king": (2, "king"),
    "event schedule O1 party fri": (2, "party"),
    "event done E1 --next nowhere": (2, "nowhere"),
    "event done E1 --outcome great": (2, "great"),
    "event done E1 --then 'party +3d'": (2, "party"),
    "event done E1 --then discovery-meeting": (2, ""),
    "visit log C1 --kind party": (2, "party"),
    "testimonial add C1 --kind sung": (2, "sung"),
    "testimonial add C1 --permission perhaps": (2, "perhaps"),
    "log juggling L1": (2, "juggling"),
    "campaign add Ads --type sorcery": (2, "sorcery"),
    "campaign add Ads --type email --subtype letter": (2, "letter"),
    "campaign edit M1 --subtype postcard": (2, "email / postcard"),
    "--format xml lead list": (2, "xml"),
    "lead list --status sleepy": (2, "sleepy"),
    "lead list --stage intro": (2, "--stage"),
    "lead list --period 'next fortnight'": (2, "next fortnight"),
    # days
    "lead add Bob --on '31 feb'": (2, "31 feb"),
    "lead add Bob --on 2026-02-30": (2, "2026-02-30"),
    "lead add Bob --on someday": (2, "someday"),
    "lead add Bob --on 1/2/2026": (4, "2026-01-02"),
    "lead add Bob --on mon": (4, "today"),
    "event schedule O1 discovery-meeting 'fri 25:00'": (2, "25:00"),
    "event schedule O1 discovery-meeting '31 nov'": (2, "31 nov"),
    "event schedule O1 discovery-meeting 'fri 15:00' --ends-time 14:00": (1, "15:00 to 14:00"),
    "event edit E1 --ends-time 09:30": (1, "10:00 to 09:30"),
    "lead add Bob --on tomorrow": (1, "2026-11-24"),
    "lead add Bob --on 2026-12-01": (1, "2026-12-01"),
    "lead qualify L1 --on tomorrow": (1, "2026-11-24"),
    "log call L1 --on tomorrow": (1, "2026-11-24"),
    "opp add L1 --on tomorrow": (1, "2026-11-24"),
    "opp move O1 proposal --on tomorrow": (1, "2026-11-24"),
    "opp won O1 --value 5 --on tomorrow": (1, "2026-11-24"),
    "opp line O1 Report --on tomorrow": (1, "2026-11-24"),
    "opp contact O1 Bob --on tomorrow": (1, "2026-11-24"),
    "event done E1 --on tomorrow": (1, "2026-11-24"),
    "event cancel E1 --on tomorrow": (1, "2026-11-24"),
    "event schedule O1 discovery-meeting fri --set tomorrow": (1, "2026-11-24"),
    "visit log C1 --on tomorrow": (1, "2026-11-24"),
    "client add New --on tomorrow": (1, "2026-11-24"),
    "client left C1 --because price --on tomorrow": (1, "2026-11-24"),
    "client upsell C1 site --on tomorrow": (1, "2026-11-24"),
    "client renewal C1 --due 2027-01-01 --on tomorrow": (1, "2026-11-24"),
    "task done K1 --on tomorrow": (1, "2026-11-24"),
    "note add L1 hello --on tomorrow": (1, "2026-11-24"),
    "referral add C1 Bob --on tomorrow": (1, "2026-11-24"),
    "campaign result M1 --spend 5 --on tomorrow": (1, "2026-11-24"),
    "kpi pick new-leads visits lost closed stories --on tomorrow": (1, "2026-11-24"),
    "kpi change 'new website' --on tomorrow": (1, "2026-11-24"),
    "change edit X1 --on-day 2026-11-24": (1, "2026-11-24"),
    "testimonial add C1 --published-on tomorrow": (
        1,
        "what was done cannot be in the future",
    ),
    "lead edit L1 --unsubscribed-on tomorrow": (
        1,
        "what was done cannot be in the future",
    ),
    "--as-of tomorrow lead list": (2, "2026-11-24"),
    "--as-of yesterday lead add Bob": (2, "yesterday"),
    # a child before its parent, an end before its beginning
    "event done E1 --on 2026-11-16": (1, "2026-11-16 is before 2026-11-17"),
    "event move E1 2026-11-16": (1, "2026-11-16"),
    "event no-show E1 --on 2026-11-16": (1, "2026-11-16 is before 2026-11-17"),
    "event schedule O1 discovery-meeting 2026-11-20": (1, "2026-11-20 is before 2026-11-23"),
    "event schedule O1 discovery-meeting fri --set 2026-11-15": (1, "2026-11-15 is before 2026-11-16"),
    "lead edit L1 --score 5 --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "lead qualify L1 --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "opp add L1 --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "opp edit O1 --value 5 --on 2026-11-15": (1, "2026-11-15 is before 2026-11-16"),
    "opp move O1 proposal --on 2026-11-15": (1, "2026-11-15 is before 2026-11-16"),
    "opp won O1 --value 5 --on 2026-11-15": (1, "2026-11-15"),
    "opp line O1 Report --on 2026-11-15": (1, "2026-11-15 is before 2026-11-16"),
    "opp reopen O2 --on 2026-11-15": (1, "2026-11-15 is before 2026-11-23"),
    "log call L1 --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "note add L1 hello --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "task add x --about L1 --on 2026-11-09": (1, "2026-11-09 is before 2026-11-10"),
    "visit log C1 --on 2026-03-01": (1, "2026-03-01 is before 2026-03-02"),
    "testimonial add C1 --visit V1 --on 2026-11-01": (1, "2026-11-01 is before 2026-11-02"),
    "referral add C1 Bob --on 2026-03-01": (1, "2026-03-01 is before 2026-03-02"),
    "campaign result M1 --spend 5 --on 2026-11-01": (1, "2026-11-01 is before 2026-11-23"),
    "kpi pick new-leads visits lost closed stories --on 2026-11-19": (1, "2026-11-19 is before 2026-11-20"),
    # what the records already say
    "opp won O1": (1, "O1"),
    "opp move O1 intro": (1, "Intro"),
    "opp move O1 visit": (1, "Visit"),
    "opp add L1 --stage visit": (1, "Visit"),
    "opp reopen O2 --stage visit": (1, "Visit"),
    "opp move O2 proposal": (1, "O2, lost since 2026-11-23"),
    "opp won O2 --value 5": (1, "O2, lost since 2026-11-23"),
    "opp reopen O1": (1, "O1"),
    "event done E2": (1, "E2, 2026-11-23"),
    "event move E2 fri": (1, "E2, 2026-11-23"),
    "task done K2": (1, "K2, 2026-11-23"),
    "client back C1": (1, "C1"),
    "client renewal C1 --discussed today": (1, "C1"),
    "referral contacted R1": (1, "R1, 2026-11-11"),
    "lead lifecycle L1 opportunity": (1, "L1"),
    "lead to-marketing L1": (1, "O1"),
    "opp lost O1 --because price --check-in +9d --to-marketing": (2, "--check-in"),
    "check --severity grave": (2, "grave"),
    "check --fix --as-of 2026-11-01": (2, "2026-11-01"),
    "check explain H99": (3, "H99"),
    "lead remove L1": (1, "O1"),
    "testimonial add C2 --visit V1": (1, "V1 at C1"),
    "init": (1, "improv.db"),
    "redo": (1, "redo"),
    # whose, and who
    "referral add": (2, "client"),
    "referral add C1": (2, "name"),
    "referral add nobody Grace": (3, "nobody"),
    "referral add L1 Grace": (2, "L1"),
    "testimonial add nobody": (3, "nobody"),
    "visit log nobody": (3, "nobody"),
    "opp add nobody": (3, "nobody"),
    "opp add": (2, "lead or client"),
    "note add nobody hello": (3, "nobody"),
    "task done K99": (3, "K99"),
    "task done E1": (2, "E1"),
    "campaign result nothing --spend 5": (3, "nothing"),
    "rate nobody": (3, "nobody"),
    "rate C1 --kind score": (2, "a client has no score"),
    "rate --kind wealth": (2, "wealth"),
    "lead qualify ada": (4, "L1 Ada Lovelace; L2 Adam Smith"),
    "client upsell U9 --dropped no": (3, "U9"),
    "report kpi --change X9": (3, "X9"),
    "report kpi --change L1": (2, "this is a lead, not a change"),
    "report goals --change X1": (2, "--change"),
    "change show acme": (3, "acme"),
    # what is missing, or says nothing
    "lead add": (2, "name"),
    "lead add ''": (2, "name"),
    "lead add '  '": (2, "name"),
    "lead edit L1": (2, "nothing to change"),
    "lead edit L1 --name ' '": (2, "--name"),
    "lead edit L1 --temperature ''": (1, "temperature"),
    "client edit C1 --revenue ''": (1, "revenue"),
    "task edit K1 --due ''": (1, "due"),
    "opp edit O1 --title ''": (2, "--title"),
    "opp contact O1 ''": (2, "name"),
    "opp line O1 ' '": (2, "product"),
    "opp lost O1": (2, "--because"),
    "event schedule O1": (2, "kind of event"),
    "event schedule O1 discovery-meeting": (2, "day"),
    "client left C1": (2, "reason"),
    "client renewal C1": (2, "--due"),
    "client upsell C1": (2, "opening"),
    "client upsell C1 ' '": (2, "opening"),
    "campaign result M1": (2, "figure"),
    "task add ' '": (2, "to be done"),
    "note add L1 ''": (2, "text"),
    "visit log C1 --testimonial ''": (2, "testimonials"),
    "visit log C1 --story ' '": (2, "stories"),
    "visit log C1 --referral ''": (2, "referrals"),
    "referral add C1 ' '": (2, "name"),
    "campaign add ''": (2, "name"),
    "kpi change": (2, "what was changed"),
    "kpi change ' '": (2, "what was changed"),
    "change edit X1 --what ' '": (2, "--what"),
    "change edit X1 --on-day ''": (2, "a change has a day"),
    "kpi pick": (1, "none picked"),
    "kpi pick visits visits lost": (1, "2 picked: visits, lost"),
    "kpi pick new-leads visits lost closed charm": (2, "charm"),
    "lead show ' '": (2, "named"),
    # numbers
    "lead add Bob --score 101": (2, "101"),
    "lead add Bob --score -1": (2, "-1"),
    "lead add Bob --score 5.5": (2, "5.5"),
    "client edit C1 --health 101": (2, "101"),
    "visit log C1 --satisfaction 6": (2, "6"),
    "visit log C1 --health 101": (2, "101"),
    "testimonial add C1 --rating 0": (2, "0"),
    "opp edit O1 --value twelve": (2, "twelve"),
    "opp edit O1 --value -5": (2, "-5"),
    "opp edit O1 --value 1.234.5": (2, "1.234.5"),
    "opp edit O1 --value 1.234": (4, "1.234"),
    "opp edit O1 --probability 101": (2, "101"),
    "log call L1 --minutes soon": (2, "soon"),
    "log call L1 --times 0": (2, "--times"),
    "campaign result M1 --clicks 1.5": (2, "1.5"),
    "undo x": (2, "x"),
    # control characters and bytes in names
    "lead add 'A\x1b[31mB'": (1, "\\x1b"),
    "lead add 'A\nB'": (1, "\\n"),
    "lead add 'A\u202eB'": (1, "\\u202e"),
    "lead edit L1 --company 'A\x07'": (1, "\\x07"),
    "opp add L1 --title 'A\x1b]0;x\x07'": (1, "\\x1b"),
    "task add 'A\x1bB'": (1, "\\x1b"),
    "client upsell C1 'A\x1bB'": (1, "\\x1b"),
    "referral add C1 'A\x7f'": (1, "\\x7f"),
    "lead add 'A\udcffB'": (2, "\\udcff"),
    "note add L1 'A\udcffB'": (2, "\\udcff"),
    "opp lost O1 --because price --words 'A\udcffB'": (2, "\\udcff"),
    "lead show 'A\udcffB'": (2, "\\udcff"),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book in which all of these would be untrue, or cannot be understood."""
    db = tmp_path_factory.mktemp("refusals") / "improv.db"
    for command in BOOK:
        must(command, db)
    return db


def state(db: Path) -> tuple[str, list[str]]:
    """Return what the store is, byte for byte, and which files stand beside it."""
    return hashlib.sha256(db.read_bytes()).hexdigest(), sorted(file.name for file in db.parent.iterdir())


@pytest.mark.parametrize("typed", REFUSALS)
def test_it_is_refused_in_three_lines_and_nothing_is_changed(typed: str, book: Path) -> None:
    """What happened, the value at fault, what mends it; no other line, no result, no traceback."""
    before = state(book)
    code, words = REFUSALS[typed]
    result = run(*shlex.split(typed), db=book, today="2026-11-23")
    assert (result.code, result.out) == (code, ""), result.err
    assert len(result.told) == 3, result.err
    assert result.told[0].startswith("improv: ")
    assert all(line.startswith(("  at fault: ", "  to mend:  ")) for line in result.told[1:]), result.err
    assert words in result.err
    assert "Traceback" not in result.err
    assert all(line.isprintable() for line in result.err.split("\n"))
    assert state(book) == before


def test_a_refusal_in_the_middle_of_a_command_takes_all_of_it_back(book: Path) -> None:
    """The visit and its first referral are not kept when the second cannot be."""
    before = state(book)
    result = run(
        "visit", "log", "C1", "--referral", "Bob", "--referral", "A\x1b", db=book, today="2026-11-23"
    )
    assert (result.code, result.out) == (1, "")
    assert state(book) == before


def test_the_store_itself_refuses_a_second_open_stay(book: Path, tmp_path: Path) -> None:
    """Whatever writes: an opportunity is in one stage at a time."""
    copy = shutil.copy(book, tmp_path / "copy.db")
    with sqlite3.connect(copy) as connection:
        names = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]
        for name in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            connection.execute(
                "INSERT INTO stage_stay (recorded_at, opportunity_id, stage, since, sequence, imported) "
                "VALUES ('2026-11-23T00:00:00Z', 1, 'proposal', '2026-11-23', 2, 0)"
            )
    connection.close()


def test_a_refused_first_command_leaves_a_store_without_records(tmp_path: Path) -> None:
    """Nothing half-written is left behind by the very first command."""
    assert run("lead", "add", "Bob", "--score", "101", db=tmp_path / "improv.db").code == 2
    assert run("lead", "list", db=tmp_path / "improv.db").out == ""
