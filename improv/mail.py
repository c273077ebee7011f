"""A message, and the two ways to send it: to a mail server, its certificate verified, and by a local `sendmail`.

Nothing here knows the store, the clock or the environment. A message is handed over in two steps, so that whoever
keeps it can write down that its fate is in doubt just before the last bytes that make it the server's.
"""

import contextlib
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar, Final, Literal

from improv.errors import ImprovError, Usage
from improv.text import shown

Security = Literal["starttls", "tls", "none"]
PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
# Every line of a message is ASCII: any server takes it.
_POLICY: Final = SMTP.clone(cte_type="7bit", raise_on_defect=True)

_OK, _AUTHENTICATED, _GO_ON = 250, 235, 354
_FINAL: Final = 500
_TRY: Final = "improv mail test"


class MailNotSent(ImprovError):
    """A message was not sent, or nobody knows whether it was: it is kept and tried again."""

    exit_code: ClassVar[int] = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """How mail is sent: to whom, and by a server or by a local program. `password` is asked only when it is needed."""

    to: tuple[str, ...]
    sender: str
    server: str = ""
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: Callable[[], str] | None = None
    sendmail: str = ""
    timeout: int = 60


def address(typed: str) -> str:
    """Return an address as it is written in a header, refused where it is none or has letters not every server takes."""
    try:
        read = Address(addr_spec=typed.strip()).addr_spec
    except (HeaderParseError, ValueError, IndexError):
        read = ""
    if not read or read != typed.strip() or not read.isascii() or '"' in read or read.startswith("@"):
        raise Usage("this is no mail address in plain letters", typed, "name@example.com")
    return read


def compose(
    *,
    sender: str,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str,
    message_id: str,
    at: datetime,
) -> bytes:
    """Return a message with its text and its page, as it goes over the wire; what users wrote cannot add a header."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = shown(subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    # Out-of-office replies and mailing lists leave alone what says it was written by a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def hand_over(message: bytes, post: Post, *, in_doubt: Callable[[], None]) -> None:
    """Send a message and return once it was accepted.

    `in_doubt` is called just before it may be. Raises MailNotSent: before that call it was surely not accepted, nor
    where the server said no; `Unanswered` says that nobody knows.
    """
    if post.sendmail:
        _by_program(message, post, in_doubt)
    else:
        _by_server(message, post, in_doubt)


class Unanswered(MailNotSent):
    """The whole message went out, and no answer came: it may have been accepted."""


# A mail server.


@contextlib.contextmanager
def connected(post: Post) -> Iterator[smtplib.SMTP]:
    """Open a connection over which a message may be sent: encrypted, verified, signed in."""
    with _told(post):
        context = ssl.create_default_context()
        if post.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                post.server, post.port, timeout=post.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(post.server, post.port, timeout=post.timeout)
    try:
        with _told(post):
            _say(smtp.ehlo(), post, "greeted the server")
            if post.security == "starttls":
                if not smtp.has_extn("starttls"):
                    raise MailNotSent(
                        "the server offers no encryption, and nothing was sent",
                        f"{post.server}:{post.port}",
                        'security = "tls" with its port, or another server',
                    )
                smtp.starttls(context=context)
                _say(smtp.ehlo(), post, "greeted the server")
            if post.user:
                smtp.login(post.user, post.password() if post.password else "")
        yield smtp
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _by_server(message: bytes, post: Post, in_doubt: Callable[[], None]) -> None:
    with connected(post) as smtp:
        with _told(post):
            _say(smtp.mail(post.sender), post, f"named the sender {post.sender}")
            for to in post.to:
                _say(smtp.rcpt(to), post, f"named the recipient {to}")
            _say(smtp.docmd("DATA"), post, "asked to send the message", wanted=_GO_ON)
            smtp.send(_dotted(message))
        in_doubt()
        try:
            smtp.send(b".\r\n")
            answer = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise Unanswered(
                "the server did not answer: whether it took the message is not known",
                f"{post.server}:{post.port}",
                "nothing to do: the same message goes out again, under the same Message-ID",
            ) from error
        _say(answer, post, "sent the message")


def _dotted(message: bytes) -> bytes:
    """Return the lines of a message as DATA takes them: a line that begins with a dot has two."""
    return message.replace(b"\r\n.", b"\r\n..")


def _say(answer: tuple[int, bytes], post: Post, after: str, *, wanted: int = _OK) -> None:
    """Go on when the server says what is wanted; else tell what it says."""
    code, words = answer
    if code in {wanted, wanted + 1}:
        return
    raise _refusal(post, after, code, words)


def _refusal(post: Post, after: str, code: int, words: bytes) -> MailNotSent:
    said = " ".join(words.decode("utf-8", "backslashreplace").split())
    mend = f"correct [mail], then: {_TRY}" if code >= _FINAL else "nothing to do: it is tried again"
    return MailNotSent(
        f"the server said no after we {after}", f"{post.server}:{post.port}: {code} {said}", mend
    )


@contextlib.contextmanager
def _told(post: Post) -> Iterator[None]:
    """Turn what goes wrong on the way to a server into words."""
    where = f"{post.server}:{post.port}"
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # Not the server's own words: some repeat what was sent.
        what = f"the server does not know this user or password ({error.smtp_code})"
        raise MailNotSent(what, f"{post.user} at {where}", f"correct [mail], then: {_TRY}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailNotSent(
            f"the server cannot do it: {error}", where, f"correct [mail], then: {_TRY}"
        ) from error
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        raise _refusal(post, "reached it", error.smtp_code, words) from error
    except ssl.SSLCertVerificationError as error:
        what = (
            f"the server's certificate is not trusted: {error.verify_message.rstrip('.')}; nothing was sent"
        )
        raise MailNotSent(what, where, "the server's name as its certificate has it, in [mail]") from error
    except ssl.SSLError as error:
        what = f"no encrypted connection: {(error.reason or 'failed').lower().replace('_', ' ')}"
        raise MailNotSent(
            what, where, 'security = "starttls" or "tls", with the port that goes with it'
        ) from error
    except socket.gaierror as error:
        raise MailNotSent(
            "there is no server of this name", where, f"correct [mail], then: {_TRY}"
        ) from error
    except (smtplib.SMTPServerDisconnected, TimeoutError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MailNotSent(
            f"the server was not reached: {shown(reason).lower()}", where, "nothing to do: it is tried again"
        ) from error


# A local program.


def _by_program(message: bytes, post: Post, in_doubt: Callable[[], None]) -> None:
    """Give the message to a local sendmail, from a file: were it a pipe, being killed would send half a message."""
    command = [post.sendmail, "-i", "-f", post.sender, "--", *post.to]
    with tempfile.TemporaryFile() as file:
        file.write(message.replace(b"\r\n", b"\n"))
        file.seek(0)
        in_doubt()
        try:
            done = subprocess.run(  # noqa: S603 - the user's own program; the addresses follow `--`, no shell reads them
                command,
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=post.timeout,
                check=False,
            )
        except FileNotFoundError as error:
            raise MailNotSent(
                "there is no such program", post.sendmail, f"correct [mail], then: {_TRY}"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise Unanswered(
                "sendmail did not end: whether it took the message is not known",
                post.sendmail,
                "nothing to do: the same message goes out again, under the same Message-ID",
            ) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise MailNotSent(
                f"sendmail cannot be run: {reason}", post.sendmail, f"ls -l {post.sendmail}"
            ) from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "backslashreplace").split()) or "no words"
        raise MailNotSent(
            f"sendmail said no (exit code {done.returncode})",
            f"{post.sendmail}: {said}",
            f"correct [mail], then: {_TRY}",
        )
