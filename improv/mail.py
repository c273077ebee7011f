"""A message, and the two ways to send it: to a mail server (`improv.smtp`), and by a local `sendmail`.

Nothing here knows the store, the clock or the environment. Whoever keeps a message is called just before the bytes
that may make it the server's, and can write down that its fate is in doubt.
"""

import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from typing import Final

from improv import smtp
from improv.errors import reason_of
from improv.post import AGAIN, TRY, UNKNOWN, MailNotSent, Post, Unanswered, Unreached, answer
from improv.text import shown

# Every line of a message is ASCII: any server takes it.
_POLICY: Final = SMTP.clone(cte_type="7bit", raise_on_defect=True)
_LONGEST_WORD: Final = 60
_NOT_NOW: Final = 75  # EX_TEMPFAIL of sysexits.h


def compose(post: Post, subject: str, text: str, html: str, *, message_id: str, at: datetime) -> bytes:
    """Return a message with its text and its page, as it goes over the wire; what users wrote cannot add a header."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("improv", addr_spec=post.sender)
    message["To"] = ", ".join(post.to)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    # Out-of-office replies and mailing lists leave alone what says it was written by a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return f"Subject: {_header(shown(subject))}\r\n".encode("ascii") + message.as_bytes()


def _header(words: str) -> str:
    """Return words as a header holds them.

    EmailMessage takes what only looks encoded for encoded, and writes its newlines out: `=?utf-8?q?=0ABcc:_eve?=`.
    """
    readable = words.isascii() and "=?" not in words and max(map(len, words.split(" "))) < _LONGEST_WORD
    return Header(words, "us-ascii" if readable else "utf-8", header_name="Subject").encode(linesep="\r\n")


def text_of(message: bytes) -> str:
    """Return what a message of ours says, as text."""
    part = message_from_bytes(message, policy=default).get_body(("plain",))
    return "" if part is None else part.get_content()


def hand_over(message: bytes, post: Post, *, in_doubt: Callable[[], object]) -> None:
    """Send a message and return once it was accepted.

    `in_doubt` is called just before it may be; what it raises stops the message. Raises MailNotSent: it was not
    accepted; `Unanswered`: nobody knows.
    """
    (_by_program if post.sendmail else smtp.hand_over)(message, post, in_doubt)


def _by_program(message: bytes, post: Post, in_doubt: Callable[[], object]) -> None:
    """Give the message to a local sendmail, from a file: were it a pipe, being killed would send half a message.

    Its words go to a file too: a program that goes on in the background would hold a pipe open.
    """
    command = [post.sendmail, "-i", "-f", post.sender, "--", *post.to]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as words:
        given.write(message.replace(b"\r\n", b"\n"))
        given.seek(0)
        in_doubt()
        try:
            done = subprocess.run(  # noqa: S603 - the user's own program; the addresses follow `--`, no shell reads them
                command, stdin=given, stdout=words, stderr=words, timeout=post.timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            what = f"sendmail did not end within {post.timeout} seconds: it may have taken the message"
            raise Unanswered(what, post.way, UNKNOWN) from error
        except OSError as error:
            reason = reason_of(error)
            raise Unreached(f"sendmail cannot be run: {reason}", post.way, f"ls -l {post.way}") from error
        if done.returncode:
            words.seek(0)
            raise _refused(done.returncode, answer(words.read()), post)


def _refused(code: int, said: str, post: Post) -> MailNotSent:
    if code < 0:
        return Unanswered("sendmail was stopped: it may have taken the message", post.way, UNKNOWN)
    if code == _NOT_NOW:
        return MailNotSent(f"sendmail said not now: {said}", post.way, AGAIN)
    return MailNotSent(
        f"sendmail said no: {said or 'no words'} (exit code {code})", post.way, f"correct [mail], then: {TRY}"
    )
