"""Touches: logs and mailings brought in, each person's own link, and visitors who turn out to be somebody."""

import contextlib
import gzip
import re
import sqlite3
from pathlib import Path

import pytest

from improv.transfer import pages_opened
from tests.data import real
from tests.files import written
from tests.run import run
from tests.session import must

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:27.0) Gecko/20100101 Firefox/27.0"
DAY = "20/Nov/2026"


def line(
    clock: str = "10:00:00",
    path: str = "/",
    *,
    address: str = "192.0.2.7",
    zone: str = "+0000",
    request: str = "",
    status: int = 200,
    agent: str = FIREFOX,
) -> str:
    """Return a line of the combined format."""
    asked = request or f"GET {path} HTTP/1.1"
    return f'{address} - - [{DAY}:{clock} {zone}] "{asked}" {status} 512 "-" "{agent}"'


def log(folder: Path, *lines: str, name: str = "access.log") -> Path:
    return written(folder, "\n".join(lines) + "\n", name)


def rows(db: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a store with one lead, and a folder for what fails."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "improv.db"
    must("lead add Ada --source web --on 2026-11-01", path)
    return path


def counts(out: str) -> dict[str, int]:
    """Return what an import says it did."""
    cells = (row.split("\t") for row in out.splitlines() if row.count("\t") >= 1)
    return {row[0]: int(row[1]) for row in cells if row[1].isdigit()}


# Logs of web servers.


def test_what_is_no_page_is_left_out_and_counted(db: Path, tmp_path: Path) -> None:
    """Two lines are pages; each of the others is told by what it is, and the two that are no lines are set aside."""
    bad = ("not a line at all", line().replace("Nov", "Nox"))
    file = log(
        tmp_path,
        line(path="/about"),
        f'192.0.2.9 - eve [{DAY}:11:00:00 +0000] "GET /plain HTTP/1.0" 304 -',
        line(path="/a.png?x=1"),
        line(path="/a.CSS"),
        line(path="/robots.txt"),
        line(agent="Googlebot/2.1 (+http://www.google.com/bot.html)"),
        line(status=404),
        line(request="\\\\x16\\\\x03\\\\x01", status=400),
        line(status=301),
        line(request="POST /contact HTTP/1.1"),
        *bad,
    )
    told = must(f"touch import {file}", db).out
    assert counts(told) == {
        "rows in the file": 12,
        "visitors added": 2,
        "touches added": 2,
        "rows that are no touch": 8,
        "rows not imported": 2,
        "bots, by what they call themselves": 1,
        "errors (4xx, 5xx)": 2,
        "images, styles, scripts, fonts, feeds": 3,
        "redirects: the page they lead to counts": 1,
        "requests that are no GET": 1,
        "this is no line of a web log": 2,
    }
    assert (tmp_path / "access.failed.log").read_text("utf-8").splitlines() == list(bad)


def test_a_log_comes_once_however_often_and_in_whatever_pieces(db: Path, tmp_path: Path) -> None:
    """The same log again, packed, and one that overlaps with it; a page opened twice in a second is two touches."""
    lines = [line(f"10:0{minute}:00", f"/{minute}") for minute in range(6)]
    first = log(tmp_path, *lines[:4], lines[3], name="one.log")
    assert counts(must(f"touch import {first}", db).out)["touches added"] == 5
    packed = written(tmp_path, gzip.compress(first.read_bytes()), "one.log.gz")
    again = must(f"touch import {packed}", db).out
    assert "nothing was changed" in again
    assert counts(again)["rows whose record is there already, left as it is"] == 5
    overlapping = log(tmp_path, *lines[2:4], lines[3], *lines[4:], name="two.log")
    assert counts(must(f"touch import {overlapping}", db).out)["touches added"] == 2
    assert rows(db, "SELECT COUNT(*), COUNT(DISTINCT visitor_id) FROM touch") == [(7, 1)]


def test_a_touch_is_on_the_users_own_day(tmp_path: Path) -> None:
    """23:30 in UTC is the next day in Berlin, and 00:30 there by a server in New York is what its offset says."""
    db = tmp_path / "improv.db"
    assert run("init", "--timezone", "Europe/Berlin", db=db).code == 0
    file = log(tmp_path, line("23:30:00", "/utc"), line("18:30:00", "/york", zone="-0500"))
    must(f"touch import {file}", db)
    assert rows(db, "SELECT value FROM store_setting WHERE key = 'timezone'") == [("Europe/Berlin",)]
    assert rows(db, "SELECT page, on_day, at_time FROM touch ORDER BY id") == [
        ("/utc", "2026-11-21", "00:30"),
        ("/york", "2026-11-21", "00:30"),
    ]


def test_how_long_a_page_was_looked_at_is_known_from_the_next_one(db: Path, tmp_path: Path) -> None:
    """Up to 30 minutes later is the same visit; of the last page nobody knows, nor of what another visitor did."""
    file = log(
        tmp_path,
        line("10:00:00", "/a"),
        line("10:00:20", "/other", address="192.0.2.8"),
        line("10:01:30", "/b"),
        line("10:01:45", "/b.css"),
        line("10:31:30", "/c"),
        line("11:01:31", "/d"),
    )
    must(f"touch import {file}", db)
    assert rows(db, "SELECT page, seconds FROM touch ORDER BY page") == [
        ("/a", 90),
        ("/b", 1800),
        ("/c", None),
        ("/d", None),
        ("/other", None),
    ]


def test_what_comes_of_a_log_does_not_depend_on_how_much_is_read_at_a_time(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three lines at a time, and hardly anything remembered: the same touches, visitors and seconds."""
    lines = [
        line(f"10:{number:02}:00", f"/{number % 5}", address=f"192.0.2.{number % 3}") for number in range(40)
    ]
    file = log(tmp_path, *lines)
    sql = "SELECT page, on_day, at_time, seconds, visitor_id FROM touch ORDER BY id"
    must(f"touch import {file}", db)
    whole = rows(db, sql)
    must("undo", db)
    monkeypatch.setattr(pages_opened, "BATCH", 3)
    monkeypatch.setattr(pages_opened, "_REMEMBERED", 2)
    must(f"touch import {file}", db)
    pieces = rows(db, sql)
    assert len(whole) == len(pieces) == 40
    assert [row[:4] for row in pieces] == [row[:4] for row in whole]


def test_what_has_a_tag_is_counted_in_words(db: Path, tmp_path: Path) -> None:
    """One touch has it, several have it, and of none nothing is said."""
    for name, paths, told in (
        ("none", ["/a"], ""),
        ("one", ["/b?utm_source=x", "/c"], "1 of the touches added has a UTM tag"),
        ("two", ["/d?utm_source=x", "/e?utm_source=x"], "2 of the touches added have a UTM tag"),
    ):
        (tmp_path / name).mkdir()
        out = must(f"touch import {log(tmp_path / name, *(line(path=path) for path in paths))}", db).out
        assert "".join(said for said in out.splitlines() if "UTM" in said) == told


def test_no_address_of_a_visitor_is_kept(db: Path, tmp_path: Path) -> None:
    """Two browsers at one address are two visitors; neither the address nor the browser stands in the store."""
    must(f"touch import {log(tmp_path, line(), line(agent=FIREFOX + ' Mobile'))}", db)
    assert rows(db, "SELECT COUNT(*) FROM visitor") == [(2,)]
    kept = db.read_bytes()
    assert b"192.0.2" not in kept
    assert b"Firefox" not in kept


def test_what_strangers_write_into_a_log_is_text(db: Path, tmp_path: Path) -> None:
    """Escapes, orders of writing and NULs in a path or a tag are shown as what they are, in every list and page."""
    evil = "/\x1b[31mred?utm_source=%1b%5b2J%e2%80%ae%00x&utm_campaign=[bold]"
    must(f"touch import {log(tmp_path, line(path=evil), line(path='/=cmd()'))}", db)
    out = must("touch list", db).out + must("touch show W1", db).out + must("visitor show B1", db).out
    assert "\\x1b[31mred" in out
    assert "\\x1b[2J\\u202ex" in out
    assert not re.search("[\x00\x1b\u202e]", out)
    assert "'=cmd()" in must("touch list --format csv", db).out or "/=cmd()" in must("touch list", db).out


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b broken", b"\x00\x01\x02"], ids=["empty", "torn", "binary"]
)
def test_a_file_that_is_nothing_is_refused(db: Path, tmp_path: Path, content: bytes) -> None:
    result = run("touch", "import", str(written(tmp_path, content, "x.log")), db=db)
    assert result.code != 0
    assert len(result.told) == 3
    assert rows(db, "SELECT COUNT(*) FROM touch") == [(0,)]


def test_a_log_torn_in_the_middle_leaves_nothing(db: Path, tmp_path: Path) -> None:
    """All of a file comes or none of it: the end of a packed log is missing."""
    packed = gzip.compress("".join(line(path=f"/{n}") + "\n" for n in range(500)).encode())
    result = run("touch", "import", str(written(tmp_path, packed[:-40], "a.log.gz")), db=db)
    assert result.code != 0
    assert rows(db, "SELECT (SELECT COUNT(*) FROM touch), (SELECT COUNT(*) FROM visitor)") == [(0, 0)]


def test_a_real_log_has_its_utm_touches(db: Path) -> None:
    """4,525 lines, 84 with UTM tags; whatever is no touch is counted, and a second time nothing is added."""
    file = real("apache", "apache_17_18.log")
    told = must(f"touch import {file}", db).out
    found = counts(told)
    assert found["rows in the file"] == 4_525 == found["touches added"] + found["rows that are no touch"]
    assert "84 of the touches added have a UTM tag" in told
    assert rows(
        db, "SELECT COUNT(*), COUNT(DISTINCT utm_source) FROM touch WHERE utm_source IS NOT NULL"
    ) == [(84, 1)]
    assert "nothing was changed" in must(f"touch import {file}", db).out


# Each person's own link.


def own_link(db: Path, who: str, url: str) -> str:
    return must(f"link make {who} '{url}' --on 2026-11-10", db).out.splitlines()[1].strip()


def test_whoever_follows_their_own_link_is_known(db: Path, tmp_path: Path) -> None:
    """What the visitor did before and later is Ada's from the day she followed it, and was nobody's the day before."""
    url = own_link(db, "ada", "https://example.com/offer?a=1#top")
    assert re.fullmatch(r"https://example\.com/offer\?a=1&im_tag=[\w-]{12}#top", url)
    path = url.removeprefix("https://example.com").removesuffix("#top")
    before = line("09:00:00", "/about").replace(DAY, "18/Nov/2026")
    file = log(tmp_path, before, line("10:00:00", path), line("10:05:00", "/pricing"))
    assert counts(must(f"touch import {file}", db).out)["visitors recognised"] == 1
    page = must("show ada", db).out
    assert "2026-11-18\t10:00\tW1\tpage /about" in page
    assert "2026-11-20\t–\tB1\trecognised, by own link" in page
    assert "W2\tpage /offer, 300 seconds: by their own link P1" in page
    assert "B1" not in must("show ada --as-of 2026-11-19", db).out
    assert must("visitor list --as-of 2026-11-19", db).out.split("\t")[5] == "unknown"
    assert "L6\tL1 Ada\topened the pricing page on 2026-11-20" in must("alerts", db).out
    must("log connected-call ada 'answered her questions'", db)
    assert "L6" not in must("alerts", db).out


def test_the_link_of_somebody_else_changes_nobody(db: Path, tmp_path: Path) -> None:
    """Bob forwards his mail to Ada: her visitor stays hers, and that is told."""
    must("lead add Bob --source web --on 2026-11-01", db)
    ada, bob = (own_link(db, who, "https://x.org").removeprefix("https://x.org") for who in ("ada", "bob"))
    told = must(f"touch import {log(tmp_path, line('10:00:00', ada), line('11:00:00', bob))}", db).out
    assert counts(told)["visits by the link of somebody else: they stay with whom the visitor is"] == 1
    assert rows(db, "SELECT lead_id FROM visitor") == [(1,)]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.org",
        "javascript:alert(1)",
        "x.org",
        "https://",
        "https://x.org/a b",
        "https://x.org/?im_tag=a",
    ],
)
def test_what_is_no_web_address_is_no_link(db: Path, url: str) -> None:
    result = run("link", "make", "ada", url, db=db)
    assert (result.code, len(result.told)) == (2, 3)


# Mailings.

OPENED = """action,member_id,timestamp,url
open,m1,2026-11-10 09:00:00,
click,m1,2026-11-10 09:01:00,https://example.com/pricing?x=1
open,m2,2026-11-11 10:00:00,
bounce,m2,2026-11-11 10:00:00,
"""
MEMBERS = "id,email_address,merge_fname\nm1,Ada@X.org,Ada\nm2,bob@x.org,Bob\n"


@pytest.fixture
def mailed(db: Path, tmp_path: Path) -> Path:
    """Give a store with a mailing in which only Bob's address is nobody's."""
    must("lead edit ada --email ada@x.org", db)
    opened, members = written(tmp_path, OPENED, "opened.csv"), written(tmp_path, MEMBERS, "members.csv")
    told = must(f"touch import {opened} --people {members}", db).out
    assert counts(told)["rows not imported"] == 1
    assert '"bounce" is no touch kind that is known' in told
    return db


def test_people_of_a_mailing_are_known_by_their_address(mailed: Path) -> None:
    """Ada is, since she came in; Bob is once somebody adds him, and undoing that makes him a stranger again."""
    sql = "SELECT name, lead_id, attributed_on, because FROM visitor ORDER BY id"
    ada = ("Ada", 1, "2026-11-10", "by mail address")
    assert rows(mailed, sql) == [ada, ("Bob", None, None, None)]
    told = must("lead add Robert --email BOB@x.org --source web --on 2026-11-15", mailed).out
    assert told.splitlines()[1] == "  known as a visitor: 1 touch"
    assert rows(mailed, sql) == [ada, ("Bob", 2, "2026-11-15", "by mail address")]
    must("undo", mailed)
    assert rows(mailed, sql) == [ada, ("Bob", None, None, None)]
    must("client add 'Bob Ltd' --email bob@x.org", mailed)
    assert rows(mailed, "SELECT client_id FROM visitor WHERE id = 2") == [(1,)]


def test_an_address_of_two_is_nobodys(mailed: Path) -> None:
    """Until somebody says who it is."""
    must("client add Both --email bob@x.org --on 2026-11-01", mailed)
    must("visitor release B2", mailed)
    must("lead add Robert --email bob@x.org --source web", mailed)
    assert rows(mailed, "SELECT lead_id, client_id FROM visitor WHERE id = 2") == [(None, None)]
    told = must("visitor attribute B2 L2", mailed).out
    assert told.startswith("B2 is L2 Robert, known since Mon 23 Nov: 1 touch\n")
    again = run("visitor", "attribute", "B2", "L1", db=mailed)
    assert again.told == [
        "improv: the visitor is known already",
        "  at fault: B2, since 2026-11-23",
        "  to mend:  improv visitor release B2, if that was a mistake",
    ]


def test_leads_that_are_imported_are_recognised_too(mailed: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "name,email,received_on\nRobert,Bob@x.org,2026-11-12\n", "leads.csv")
    assert counts(must(f"import {file} --as leads", mailed).out)["visitors recognised"] == 1
    assert rows(mailed, "SELECT lead_id, attributed_on FROM visitor WHERE id = 2") == [(2, "2026-11-12")]


def test_a_mailing_read_before_without_its_people_is_not_kept_twice(db: Path, tmp_path: Path) -> None:
    """The ids are strangers; with the addresses the same strangers get them, and nothing is added."""
    opened, members = written(tmp_path, OPENED, "opened.csv"), written(tmp_path, MEMBERS, "members.csv")
    must(f"touch import {opened}", db)
    before = rows(db, "SELECT COUNT(*) FROM touch")
    must(f"touch import {opened} --people {members}", db)
    assert rows(db, "SELECT COUNT(*) FROM touch") == before == [(3,)]
    assert rows(db, "SELECT email FROM visitor ORDER BY id") == [("ada@x.org",), ("bob@x.org",)]


# No more mail.

LEFT = "SELECT 'L' || id, unsubscribed_on FROM lead UNION ALL SELECT 'C' || id, unsubscribed_on FROM client"


def test_who_unsubscribes_wants_no_more_mail(db: Path) -> None:
    """From that day on, whatever says so; what a person says of it stands, and undo takes back both."""
    told = must("touch add ada --kind unsubscribe --on 2026-11-18", db).out
    assert told.splitlines()[1] == "  no more mail to L1, since Wed 18 Nov"
    assert rows(db, LEFT) == [("L1", "2026-11-18")]
    must("touch add ada --kind unsubscribe --on 2026-11-10", db)
    assert rows(db, LEFT) == [("L1", "2026-11-18")]
    must("lead edit ada --unsubscribed-on ''", db)
    must("touch add ada --kind page --page /x", db)
    assert rows(db, LEFT) == [("L1", None)]
    must("touch edit @ --kind unsubscribe", db)
    assert rows(db, LEFT) == [("L1", "2026-11-23")]
    must("undo", db)
    assert rows(db, LEFT) == [("L1", None)]


def test_a_stranger_who_unsubscribed_does_so_once_it_is_known_who_it_was(db: Path, tmp_path: Path) -> None:
    """From the day of that, by an address, by hand or by import: before, nobody could know."""
    said = "kind,email,time\nunsubscribe,ada@x.org,2026-11-16\nunsubscribe,bob@x.org,2026-11-16\nopen,cem@x.org,2026-11-16\n"
    told = must(f"touch import {written(tmp_path, said, 'left.csv')}", db).out
    assert "people who asked for no more mail" not in counts(told)
    must("lead edit ada --email ada@x.org", db)
    must("client add 'Bob Ltd' --on 2026-11-20", db)
    assert rows(db, LEFT) == [("L1", "2026-11-16"), ("C1", None)]
    told = must("visitor attribute B2 C1 --on 2026-11-21", db).out
    assert told.splitlines()[:2] == [
        "B2 is C1 Bob Ltd, known since Sat 21 Nov: 1 touch",
        "  no more mail to C1, since Sat 21 Nov",
    ]
    must("lead edit ada --unsubscribed-on ''", db)
    more = said + "unsubscribe,ada@x.org,2026-11-17\nunsubscribe,cem@x.org,2026-11-19\n"
    must("lead add Cem --email cem@x.org --on 2026-11-20", db)
    told = must(f"touch import {written(tmp_path, more, 'more.csv')}", db).out
    assert counts(told)["people who asked for no more mail"] == 2
    assert rows(db, LEFT) == [("L1", "2026-11-17"), ("L2", "2026-11-20"), ("C1", "2026-11-21")]
    must("undo", db)
    assert rows(db, LEFT) == [("L1", None), ("L2", None), ("C1", "2026-11-21")]


def test_leads_imported_with_the_address_of_somebody_who_left_want_no_mail(db: Path, tmp_path: Path) -> None:
    """Whom a row was read of before and who was taken on again since is left alone."""
    said = "kind,email,time\nunsubscribe,ada@x.org,2026-11-16\nunsubscribe,bob@x.org,2026-11-16\n"
    must("lead edit ada --email ada@x.org", db)
    must(f"touch import {written(tmp_path, said, 'left.csv')}", db)
    must("lead edit ada --unsubscribed-on ''", db)
    file = written(tmp_path, "name,email,received_on\nRobert,Bob@x.org,2026-11-12\n", "leads.csv")
    assert counts(must(f"import {file} --as leads", db).out)["people who asked for no more mail"] == 1
    assert rows(db, LEFT) == [("L1", None), ("L2", "2026-11-16")]


def test_a_real_mailing(db: Path) -> None:
    """12 opens by 7 people and 5 clicks by 2 of them; the campaign is made, and its figures are these."""
    folder = real("fivetran_mailchimp")
    activity, members = folder / "campaign_recipient_activity.csv", folder / "member.csv"
    must(f"touch import {activity} --people {members}", db)
    sql = "SELECT kind, COUNT(*), COUNT(DISTINCT visitor_id) FROM touch GROUP BY kind ORDER BY kind"
    assert rows(db, sql) == [("click", 5, 2), ("email open", 12, 7)]
    assert "Campaign emails opened\t12" in must("metric campaign-emails-opened --for all", db).out
    assert "nothing was changed" in must(f"touch import {activity} --people {members}", db).out
    left = must(f"touch import {folder / 'unsubscribe.csv'} --set kind=unsubscribe --people {members}", db)
    assert counts(left.out)["touches added"] == 1
