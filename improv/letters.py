"""What mails say: the red flags since the last mail, and reports. They are put into the outbox and sent from there.

The caller holds the transaction that the store is read and the message kept in, so that two runs at once find one
mail to send.
"""

import os
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from improv import memory
from improv.alerts.news import News, news, news_report, subject_line, told_by
from improv.alerts.pages import unseen_words
from improv.alerts.raised import CATALOGUE, alerts
from improv.alerts.silence import quiet, woken
from improv.errors import Usage
from improv.post import Post
from improv.reader import Reader
from improv.report import Notes, Report, Section

ALERTS: Final = "alerts"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK: Final = 7
_TEXT_WIDTH: Final = 78


def about_alerts(
    connection: sqlite3.Connection,
    reader: Reader,
    post: Post,
    at: datetime,
    now_time: str | None,
    digest: str | None = None,
    notes: Sequence[str] = (),
    *,
    charter: bool = False,
) -> News:
    """Keep the mail about red flags that are new, worse or cleared, or of the digest day; return what is up.

    They are those of the method, with `charter` the charter's too; without, what a mail said of these is forgotten.
    With nothing to tell no mail is kept, and one that waits with news that is none any more is withdrawn.
    """
    up = alerts(reader, now_time=now_time, of=None if charter else "method")
    said = _said(connection, charter=charter)
    hidden = quiet(reader, up, said)
    found = news(reader, up.awake(), said, quiet=hidden, woken=woken(reader, up, said))
    day = _digest_due(connection, reader.today, digest)
    if not found and not (day and found.up):
        memory.withdraw(connection, ALERTS)
        return found
    _put(
        connection,
        post,
        news_report(
            found, reader, digest=day is not None, notes=[*notes, *filter(None, [unseen_words(up, reader)])]
        ),
        subject_line(found),
        at,
        purpose=ALERTS,
        # What is quiet was said as it was said before.
        told=told_by(found, reader.today.isoformat()) | {one: said[one] for one in hidden & said.keys()},
        day=day,
    )
    return found


def _said(connection: sqlite3.Connection, *, charter: bool) -> dict[memory.Subject, memory.Said]:
    """Return what the last mail said of the flags a mail is about."""
    others = {flag.code for flag in CATALOGUE.values() if flag.rules == "charter" and not charter}
    return {subject: told for subject, told in memory.said(connection).items() if subject.code not in others}


def digest_days(typed: str | None) -> str | None:
    """Return when a digest is due, as it stands in the configuration: a weekday, daily, or never."""
    if typed is None or typed == "never":
        return None
    day = typed.casefold()[:3]
    if typed != "daily" and (
        day not in WEEKDAYS or not _NAMES[WEEKDAYS.index(day)].startswith(typed.casefold())
    ):
        raise Usage("this is no day for a digest", typed, 'digest = "mon", or daily, or never')
    return typed if typed == "daily" else day


def _digest_due(connection: sqlite3.Connection, today: date, digest: str | None) -> date | None:
    """Return the digest day whose digest was not sent yet: today, or the last one where a run since then failed to."""
    if digest is None:
        return None
    back = 0 if digest == "daily" else (today.weekday() - WEEKDAYS.index(digest)) % _WEEK
    day = today - timedelta(days=back)
    if back and not memory.ran_before(connection, day):
        return None  # nobody was there yet to expect it
    return None if memory.went_out(connection, ALERTS, day.isoformat()) else day


def about_report(
    connection: sqlite3.Connection, report: Report, post: Post, at: datetime, asked: Sequence[str] = ()
) -> bool:
    """Keep a report as a mail, once a day for each period and whatever else was `asked`; tell whether it was kept."""
    purpose = " ".join(("report", report.name, *map(str, report.period or ()), *asked))
    if memory.went_out(connection, purpose, report.as_of.isoformat()):
        return False
    subject = " – ".join(words for words in (report.title, report.subtitle) if words)
    _put(connection, post, report, subject, at, purpose=purpose, day=report.as_of)
    return True


def test_message(post: Post, at: datetime) -> bytes:
    """Return a message that only says that mail arrives."""
    words = Notes(("The settings work: this message reached you.", f"It came by {post.way}."))
    report = Report("mail", "Test message", "", (Section("", (words,)),), at.date())
    return _message(post, report, "improv: test message", at)[1]


def _put(
    connection: sqlite3.Connection,
    post: Post,
    report: Report,
    subject: str,
    at: datetime,
    *,
    purpose: str,
    day: date | None,
    told: dict[memory.Subject, memory.Said] | None = None,
) -> None:
    message_id, message = _message(post, report, subject, at)
    memory.put(
        connection,
        purpose=purpose,
        message_id=message_id,
        subject=subject,
        message=message,
        at=at,
        told=told,
        day=day.isoformat() if day else None,
    )


def _message(post: Post, report: Report, subject: str, at: datetime) -> tuple[str, bytes]:
    """Return a report as a message, its text and its page, under an id that no other message has."""
    from improv.mail import compose  # noqa: PLC0415 - only where there is something to say
    from improv.show import html, render  # noqa: PLC0415 - as above

    message_id = new_id(post)
    text = render(report, "terminal", width=_TEXT_WIDTH)
    return message_id, compose(post, subject, text, html.mailed(report), message_id=message_id, at=at)


def new_id(post: Post) -> str:
    """Return a Message-ID that no other message has."""
    return f"<{os.urandom(16).hex()}@{post.sender.rpartition('@')[2]}>"
