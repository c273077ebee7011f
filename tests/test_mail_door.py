"""Mail by the commands: what is told when, once and never empty; what is refused; and what the store remembers of it."""

import hashlib
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from improv import outbox
from tests.mailbox import Mailbox

DAY = timedelta(days=1)
NO = "cat > /dev/null; echo 'user unknown' >&2; exit 67"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with one flag up (L3: Ada's source is not recorded)."""
    made = Mailbox(tmp_path_factory.mktemp("book"))
    made.must("init --timezone Europe/Berlin", "lead add Ada")
    return made.db


@pytest.fixture
def box(tmp_path: Path, book: Path) -> Mailbox:
    """Give a copy of that store, and a mailbox."""
    found = Mailbox(tmp_path)
    shutil.copy(book, found.db)
    return found


def content(db: Path) -> str:
    """Return a digest of the file's bytes."""
    return hashlib.sha256(db.read_bytes()).hexdigest()


def runs(db: Path) -> list[tuple[str, int]]:
    """Return the runs that were written down, and how they ended."""
    with sqlite3.connect(db) as connection:
        return connection.execute("SELECT command, exit_code FROM memory_run ORDER BY id").fetchall()


def test_what_is_new_is_mailed_once(box: Mailbox) -> None:
    """And nothing is said on either stream, neither when a mail was sent nor when there was nothing to tell."""
    box.silent("alerts --email")
    assert box.subjects() == ["1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago"]
    assert box.text() == [
        "Red flags",
        "1 new · as of 2026-11-23",
        "",
        "New ──────────────────────────────────────────────────────────────────────────",
        "Severity  Code  Record  Why               Days  To mend it",
        "warning   L3    L1 Ada  no source          0 d  improv lead edit L1 --source …",
        "                        recorded since",
        "                        it came in on",
        "                        2026-11-23, 0",
        "                        days ago",
    ]
    for _ in range(3):
        box.silent("alerts --email")
    assert len(box.letters()) == 1
    assert runs(box.db) == [("alerts", 0)] * 4


def test_an_empty_store_is_no_mail(tmp_path: Path) -> None:
    """Nor is one without a flag."""
    box = Mailbox(tmp_path, mail='digest = "daily"')
    box.must("init --timezone Europe/Berlin")
    box.silent("alerts --email")
    assert box.letters() == []


def test_a_mail_tells_what_is_new_worse_and_cleared_and_counts_the_rest(box: Mailbox) -> None:
    """Each is told as it comes, once."""
    box.must("client add Acme --on 2026-08-20", "visit log Acme --on 2026-08-24")
    box.silent("alerts --email")
    box.time += DAY
    box.silent("alerts --email")
    box.time += 29 * DAY
    box.must("log connected-call ada hello", "lead edit ada --source web")
    box.silent("alerts --email")
    assert box.subjects() == [
        "3 new: Acme: no testimonial since becoming a client on 2026-08-20, 95 days ago",
        "1 critical, 1 worse, 1 cleared: Acme: no visit since the last one on 2026-08-24, 121 days ago",
    ]
    assert box.text() == [
        "Red flags",
        "1 critical, 1 worse, 1 cleared · as of 2026-12-23",
        "",
        "Worse ────────────────────────────────────────────────────────────────────────",
        "Severity  Code  Record   Why                Days  To mend it",
        "critical  C1    C1 Acme  no visit since    121 d  improv visit schedule C1 +7d",
        "                         the last one on",
        "                         2026-08-24, 121",
        "                         days ago",
        "",
        "Cleared ──────────────────────────────────────────────────────────────────────",
        "Code  Record  Flag",
        "L3    L1 Ada  no source",
        "",
        "1 still there: improv alerts",
    ]


def test_undo_and_redo_forget_no_mail(box: Mailbox) -> None:
    """What was sent was sent; what an undo makes untrue is told to have cleared."""
    box.silent("alerts --email")
    box.must("undo")
    box.silent("alerts --email")
    box.must("redo")
    box.silent("alerts --email")
    box.silent("alerts --email")
    assert box.subjects() == [
        "1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago",
        "1 cleared: L3 ",
        "1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago",
    ]
    assert [line.split("\t")[0] for line in box.type("mail list").out.splitlines()] == ["3", "2", "1"]
    assert "mail" not in box.type("history").out


@pytest.mark.parametrize(
    "command", ["alerts", "alerts --exit-code", "report weekly", "mail list", "mail show 1", "", "history"]
)
def test_looking_never_writes(box: Mailbox, command: str) -> None:
    """Whoever looks at the flags has not been told of them by mail."""
    box.must("alerts --email", "lead add Bob")
    before = content(box.db)
    assert box.type(command).code in {0, 10}
    assert content(box.db) == before
    box.silent("alerts --email")
    assert box.subjects()[1:] == ["1 new: Bob: no source recorded since it came in on 2026-11-23, 0 days ago"]


@pytest.mark.parametrize(
    "option", ["--as-of 2026-11-01", "--known-on 2026-11-01", "--format json", "--output {folder}/page.html"]
)
@pytest.mark.parametrize("command", ["alerts --email", "report weekly --email", "mail send", "mail test"])
def test_a_mail_tells_of_now_in_its_own_shape(box: Mailbox, command: str, option: str) -> None:
    """The options for a page that is shown are refused, and nothing is written or sent."""
    option = option.format(folder=box.folder)
    before = content(box.db)
    result = box.type(f"{command} {option}")
    name, _, value = option.partition(" ")
    assert (result.code, result.out) == (2, "")
    assert result.told == [
        f"improv: {name} says nothing to mail",
        f"  at fault: {value}",
        "  to mend:  type it without",
    ]
    assert content(box.db) == before
    assert box.letters() == []


def test_a_mail_tells_of_every_flag(box: Mailbox) -> None:
    """Else what was left out would have been said."""
    result = box.type("alerts --email --owner sam --severity critical")
    assert result.told == [
        "improv: a mail tells of every flag that is not snoozed",
        "  at fault: --severity critical --owner sam",
        "  to mend:  improv alerts --email",
    ]


def test_the_exit_code_tells_of_flags_and_of_mail_that_was_not_sent(box: Mailbox) -> None:
    """10 only where it is asked for; 6 goes before it."""
    box.silent("alerts --email --exit-code", code=10)
    box.silent("alerts --email --exit-code", code=10)
    box.must("lead add Bob")
    box.takes(NO)
    result = box.type("alerts --email --exit-code")
    assert (result.code, result.out) == (6, "")
    assert result.told == [
        "improv: sendmail said no: user unknown (exit code 67)",
        f"  at fault: {box.sendmail}",
        "  to mend:  correct [mail], then: improv mail test",
    ]
    box.takes()
    box.must("mail send", "lead edit ada --source web", "lead edit bob --source web")
    box.silent("alerts --email --exit-code")
    assert runs(box.db) == [("alerts", 0), ("alerts", 0), ("alerts", 6), ("mail send", 0), ("alerts", 0)]


def test_a_mail_that_was_not_sent_is_told_each_run_until_it_is(box: Mailbox) -> None:
    """It is tried again when it is due; meanwhile it is written anew as things are, and goes out once."""
    box.takes(NO)
    assert box.type("alerts --email").code == 6
    box.takes()
    assert box.type("alerts --email").code == 6
    box.time += timedelta(minutes=5)
    box.silent("alerts --email")
    box.must("lead add Bob")
    box.takes(NO)
    box.type("report weekly --email")
    again = box.type("report daily --email")
    assert (again.code, len(again.told)) == (6, 3)
    box.takes()
    waits = box.type("alerts --email")
    assert waits.code == 6
    assert waits.told == [
        "improv: 2 mails are not sent yet: sendmail said no: user unknown (exit code 67)",
        "  at fault: Weekly report – 2026-W48",
        "  to mend:  nothing to do: it is tried again; at once: improv mail send",
    ]
    box.time += timedelta(minutes=5)
    box.silent("alerts --email")
    assert box.subjects()[1:] == [
        "1 new: Bob: no source recorded since it came in on 2026-11-23, 0 days ago",
        "Weekly report – 2026-W48",
        "Daily report – 2026-11-23",
    ]


def test_two_runs_write_one_mail(box: Mailbox) -> None:
    """The second writes it anew, as things are by then."""
    box.takes(NO)
    box.type("alerts --email")
    box.must("lead add Bob")
    box.type("alerts --email")
    box.takes()
    box.must("mail send")
    assert box.subjects() == ["2 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago"]


def test_a_mail_that_became_untrue_before_it_was_sent_is_withdrawn(box: Mailbox) -> None:
    """Nobody has it, and nobody needs it."""
    box.takes(NO)
    assert box.type("alerts --email").code == 6
    box.must("lead edit ada --source web")
    box.silent("alerts --email")
    assert box.type("mail list").out == ""


# The digest.


def arrived(box: Mailbox, *times: str) -> list[int]:
    """Run at some times, such as `2026-11-30T07:15` in UTC; return how many mails had arrived after each."""
    counts = list[int]()
    for time in times:
        box.time = datetime.fromisoformat(f"{time}Z")
        box.silent("alerts --email")
        counts.append(len(box.letters()))
    return counts


def half_hours(first: str, count: int) -> list[str]:
    """Return so many times, half an hour apart."""
    begin = datetime.fromisoformat(first)
    return [f"{begin + timedelta(minutes=30 * step):%Y-%m-%dT%H:%M}" for step in range(count)]


@pytest.fixture
def steady(tmp_path: Path) -> Mailbox:
    """Give a store whose flags (a client with no visit booked, and no testimonial) stay as they are; they were told."""
    box = Mailbox(tmp_path)
    box.must("init --timezone Europe/Berlin", "client add Acme --on 2026-11-23")
    assert arrived(box, "2026-11-24T07:00") == [1]
    return box


@pytest.mark.parametrize("digest", ["mon", "monday", "Mon"])
def test_a_weekly_digest_is_sent_once_a_week(steady: Mailbox, digest: str) -> None:
    """On its day, by the first run; it lists all that is still there."""
    steady.set(f'digest = "{digest}"')
    assert arrived(steady, "2026-11-29T07:00") == [1]
    assert arrived(steady, "2026-11-30T06:00", "2026-11-30T18:00", "2026-12-01T07:00") == [2, 2, 2]
    assert arrived(steady, "2026-12-06T07:00", "2026-12-07T07:00", "2026-12-08T07:00") == [2, 3, 3]
    assert steady.subjects()[1:] == [
        "2 still there: Acme: no testimonial since becoming a client on 2026-11-23, 7 days ago",
        "2 still there: Acme: no testimonial since becoming a client on 2026-11-23, 14 days ago",
    ]
    assert steady.text()[3].startswith("Still there ──")


def test_a_digest_that_was_missed_is_made_up_for_once(steady: Mailbox) -> None:
    """The machine was off from Friday to Wednesday, and then for three weeks."""
    steady.set('digest = "mon"')
    assert arrived(steady, "2026-11-27T07:00") == [1]
    assert arrived(steady, "2026-12-02T07:00", "2026-12-02T18:00", "2026-12-03T07:00") == [2, 2, 2]
    assert arrived(steady, "2026-12-24T07:00", "2026-12-25T07:00", "2026-12-28T07:00") == [3, 3, 4]


def test_a_digest_that_the_server_refused_is_made_up_for(steady: Mailbox) -> None:
    """By the mail of the next day."""
    steady.set('digest = "mon"')
    steady.time = datetime(2026, 11, 30, 7, tzinfo=UTC)
    steady.takes(NO)
    assert steady.type("alerts --email").code == 6
    steady.takes()
    assert arrived(steady, "2026-12-01T07:00", "2026-12-02T07:00") == [2, 2]


def test_a_daily_digest_is_sent_once_a_day(steady: Mailbox) -> None:
    """However often it runs; a day that was missed is over."""
    steady.set('digest = "daily"')
    assert arrived(steady, "2026-11-25T07:00", "2026-11-25T22:00", "2026-11-26T07:00") == [2, 2, 3]
    assert arrived(steady, "2026-11-29T07:00", "2026-11-29T07:30") == [4, 4]


def test_no_digest_is_sent_unless_it_is_asked_for(steady: Mailbox) -> None:
    """Nor where it is switched off."""
    assert arrived(steady, "2026-11-30T07:00") == [1]
    steady.set('digest = "never"')
    assert arrived(steady, "2026-12-01T07:00", "2026-12-07T07:00") == [1, 1]


def test_a_digest_is_never_empty(steady: Mailbox) -> None:
    """With no flag up there is nothing to list."""
    steady.set('digest = "daily"')
    steady.must("client remove acme")
    assert arrived(steady, "2026-11-25T07:00", "2026-11-26T07:00", "2026-11-27T07:00") == [2, 2, 2]
    assert steady.subjects()[1] == "2 cleared: C4 , C7 "


def test_a_night_in_which_the_clock_is_set_has_one_digest(steady: Mailbox) -> None:
    """Run every half hour: in Berlin the hour after 2:00 comes twice in October, and not at all in March."""
    steady.set('digest = "daily"')
    assert arrived(steady, "2027-10-30T21:00") == [2]
    assert arrived(steady, *half_hours("2027-10-30T21:30", 10)) == [2, *[3] * 9]
    assert arrived(steady, "2028-03-25T22:00") == [4]
    assert arrived(steady, *half_hours("2028-03-25T22:30", 6)) == [4, *[5] * 5]


def test_a_clock_set_back_ten_years_makes_no_storm(steady: Mailbox) -> None:
    """It has its digest of that day; when the clock is right again, the digest of the day it is was sent already."""
    steady.set('digest = "mon"')
    assert arrived(steady, "2026-11-30T07:00") == [2]
    assert arrived(steady, *half_hours("2016-11-28T07:00", 4)) == [3] * 4
    assert arrived(steady, *half_hours("2026-11-30T08:00", 4)) == [3] * 4


# Reports.


def test_a_report_is_mailed_once_a_day_and_period(box: Mailbox) -> None:
    """As cron does it; another period, breakdown or day is another mail."""
    for command in ("weekly", "weekly", "weekly --for 'last week'", "weekly", "daily", "weekly --by owner"):
        box.silent(f"report {command} --email")
    box.time += DAY
    box.silent("report weekly --email")
    assert box.subjects() == [
        "Weekly report – 2026-W48",
        "Weekly report – 2026-W47",
        "Daily report – 2026-11-23",
        "Weekly report – 2026-W48",
        "Weekly report – 2026-W48",
    ]
    assert box.text()[:2] == ["Weekly report", "2026-W48 · 2026-11-23 to 2026-11-29 · as of 2026-11-24"]
    assert runs(box.db)[:2] == [("report weekly", 0), ("report weekly", 0)]


def test_a_report_that_was_not_sent_is_written_anew(box: Mailbox) -> None:
    """Its figures are those of the moment it goes out."""
    box.takes(NO)
    assert box.type("report daily --email").code == 6
    box.takes()
    box.must("lead add Bob")
    assert box.type("report daily --email").code == 6
    box.time += timedelta(minutes=5)
    box.silent("report daily --email")
    box.silent("report daily --email")
    assert any(line.split()[:3] == ["New", "leads", "2"] for line in box.text())
    assert box.subjects() == ["Daily report – 2026-11-23"]


def test_a_report_of_records_of_its_own_is_another_mail(box: Mailbox) -> None:
    """Each change and each pick is."""
    box.must("change add 'raised the price'", "change add 'new offer'")
    for command in ("--change X1", "--change X2", "--change X2"):
        box.silent(f"report kpi {command} --email")
    assert len(box.letters()) == 2


# What was sent, and what waits.


def test_the_mails_are_listed_shown_sent_and_given_up(box: Mailbox) -> None:
    """The newest first."""
    assert box.type("mail list").out == ""
    box.must("alerts --email")
    box.takes(NO)
    box.type("report daily --email")
    assert box.type("mail list").out.splitlines() == [
        (
            "2\twaiting\t2026-11-23 08:30\t–\t1\tDaily report – 2026-11-23\t"
            "sendmail said no: user unknown (exit code 67)"
        ),
        (
            "1\tsent\t2026-11-23 08:30\t2026-11-23 08:30\t1\t"
            "1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago\t–"
        ),
    ]
    box.takes()
    assert box.type("mail send").out.splitlines() == ["1 sent", "  next: improv mail list"]
    assert box.type("mail send").out.splitlines() == ["nothing waits to be sent", "  next: improv mail list"]
    shown = box.type("mail show 1").out.splitlines()
    assert shown[:4] == [
        "# 1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago",
        "as of\t2026-11-23",
        "",
        "number\t1",
    ]
    assert shown[-len(box_text(box)) :] == box_text(box)
    assert box.type("mail show 3").told == [
        "improv: no mail has this number",
        "  at fault: 3",
        "  to mend:  improv mail list",
    ]


def box_text(box: Mailbox) -> list[str]:
    """Return the text of the first mail that arrived."""
    body = box.letters()[0].get_body(("plain",))
    assert body is not None
    return list(body.get_content().splitlines())


def test_a_mail_that_no_server_takes_can_be_given_up(box: Mailbox) -> None:
    """Its news was told to nobody, and is told by the next."""
    box.takes(NO)
    box.type("alerts --email")
    assert box.type("mail drop 1").out.splitlines() == [
        "mail 1 is given up",
        "  1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago",
        "  next: improv mail list",
    ]
    assert box.type("mail drop 1").told == [
        "improv: no mail of this number waits to be sent",
        "  at fault: 1",
        "  to mend:  improv mail list",
    ]
    box.takes()
    box.silent("alerts --email")
    assert len(box.letters()) == 1


def test_the_settings_are_tried_without_a_store(tmp_path: Path) -> None:
    """A message says that it arrived; nothing is kept of it."""
    box = Mailbox(tmp_path)
    assert box.type("mail test").out.splitlines() == [
        f"a test message was accepted by {box.sendmail}",
        "  for sam@example.com",
        "  next: improv alerts --email",
    ]
    assert box.subjects() == ["improv: test message"]
    assert not box.db.exists()
    box.takes(NO)
    result = box.type("mail test")
    assert (result.code, result.told[0]) == (6, "improv: sendmail said no: user unknown (exit code 67)")


def test_only_a_mail_that_is_kept_is_said_to_be_tried_again(box: Mailbox) -> None:
    """The test message is in no outbox: who reads that there is nothing to do would wait for nothing."""
    box.takes("echo full; exit 75")
    assert box.type("alerts --email").told[-1] == "  to mend:  nothing to do: it is tried again"
    assert box.type("mail test").told[-1] == "  to mend:  it is not kept: type it again later"


def test_what_goes_wrong_before_there_is_a_mail_is_told_too(tmp_path: Path) -> None:
    """No settings, and no store."""
    box = Mailbox(tmp_path)
    assert box.type("alerts --email").told[0] == "improv: there is no store yet"
    box.config.write_text("")
    assert box.type("alerts --email").told[0] == "improv: nobody is named to send mail to"


def test_another_run_that_is_sending_is_left_to_it(box: Mailbox) -> None:
    """Cron says nothing, as the other run sends what is kept; a person who asks is told."""
    with outbox.alone(box.db), patch.object(outbox, "_PATIENCE", 0):
        box.silent("alerts --email")
        told = box.type("mail send").told
        dropped = box.type("mail drop 1")
    assert told[0] == "improv: another run has been sending for long"
    assert dropped.code == 6
    assert box.letters() == []
    box.silent("alerts --email")
    assert len(box.letters()) == 1


def test_a_store_that_cannot_be_written_sends_nothing(box: Mailbox) -> None:
    """What is not written down first would be told twice."""
    with sqlite3.connect(box.db) as connection:
        connection.execute(
            "CREATE INDEX full ON memory_mail (json(CASE state WHEN 'doubtful' THEN '{' ELSE '1' END))"
        )
    assert box.type("alerts --email").code == 1
    assert box.letters() == []
    with sqlite3.connect(box.db) as connection:
        connection.execute("DROP INDEX full")
    box.silent("alerts --email")
    assert len(box.letters()) == 1


def test_the_rules_of_the_charter_are_mailed_where_the_settings_say_so(box: Mailbox) -> None:
    """Without a word of them before; once the setting is gone they are not told as cleared, and are new when it is back."""
    box.must("lead lifecycle ada sql")
    box.silent("alerts --email")
    assert box.subjects() == ["1 new: Ada: no source recorded since it came in on 2026-11-23, 0 days ago"]
    box.set("charter = true")
    box.silent("alerts --email")
    assert [subject.split(":")[0] for subject in box.subjects()[1:]] == ["1 critical, 3 new"]  # H1, H15, H22
    box.set("")
    box.silent("alerts --email")
    assert len(box.letters()) == 2
    box.must("client add Acme")
    box.silent("alerts --email")
    assert "cleared" not in box.subjects()[2]
    box.set("charter = true")
    box.silent("alerts --email")
    assert "H15" in "\n".join(box.text())
