"""Handing a message to a mail server, step by step: encrypted, its certificate verified, signed in."""

import base64
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from improv.named import NamedTuple
from improv.post import AGAIN, TRY, UNKNOWN, MailNotSent, Post, Unanswered, Unreached, answer

# Who we say we are: the address is true of every machine, its name may be private or take long to find.
_OURSELVES: Final = "[127.0.0.1]"
_ACCEPTED, _GO_ON, _NOT_NOW, _NEVER = range(200, 300), range(354, 355), 400, 500


class _Step(NamedTuple):
    """One step of the talk: when a no comes, in words; what in [mail] mends it; and which error it is."""

    when: str
    mend: str
    unsent: type[MailNotSent] = Unreached


_CALL: Final = _Step("when it was called", "`server` and `port`")
_GREET: Final = _Step("when it was greeted", "`server` and `port`")
_ENCRYPT: Final = _Step("when encryption was asked for", "`security` and `port`")
_SIGN_IN: Final = _Step("when we signed in", "`user` and the password")
_ANNOUNCE: Final = _Step("when the message was announced", "", MailNotSent)
_SEND: Final = _Step("while the message was sent", "", MailNotSent)
_END: Final = _Step("when it had the message", "", MailNotSent)


def hand_over(message: bytes, post: Post, in_doubt: Callable[[], object]) -> None:
    """Send a message; `in_doubt` is called before the dot that ends it, after which it may be accepted."""
    # Asked for first: a person may have to unlock it, and no server waits for that.
    password = post.password() if post.user else ""
    with _told(post, _CALL):
        server = _called(post)
    try:
        _enter(server, post, password)
        _announce(server, post)
        with _told(post, _SEND):
            server.send(_dotted(message))
        in_doubt()
        _end(server, post)
        with contextlib.suppress(OSError):
            server.quit()
    finally:
        server.close()


def _called(post: Post) -> smtplib.SMTP:
    where = post.server, post.port, _OURSELVES
    if post.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            *where, timeout=post.timeout, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(*where, timeout=post.timeout)
    if server.sock is not None:
        # Else the last dot waits some 40 ms for the server to confirm the lines before it, its fate in doubt.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server


def _enter(server: smtplib.SMTP, post: Post, password: str) -> None:
    """Come to where a message is taken: encrypted and signed in, as the settings say."""
    _ask(post, _GREET, server.ehlo)
    if post.security == "starttls":
        if not server.has_extn("starttls"):
            raise Unreached(
                "the server offers no encryption; nothing was sent",
                post.way,
                'security = "tls" with its port, or another server',
            )
        with _told(post, _ENCRYPT):
            server.starttls(context=ssl.create_default_context())
        _ask(post, _GREET, server.ehlo)
    if post.user:
        _sign_in(server, post, password)


def _sign_in(server: smtplib.SMTP, post: Post, password: str) -> None:
    """Sign in. What the server says is not repeated, nor what went wrong in between: it may hold the password."""
    who, mend = f"{post.user} at {post.way}", f"correct {_SIGN_IN.mend} in [mail], then: {TRY}"
    try:
        server.login(post.user, password)
    except smtplib.SMTPServerDisconnected as error:
        raise _failed(error, post, _SIGN_IN) from None
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < _NEVER:
            raise Unreached(
                f"the server cannot check the password now ({error.smtp_code})", who, AGAIN
            ) from None
        raise Unreached(
            f"the server does not take this user or password ({error.smtp_code})", who, mend
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise Unreached(
            "the server does not let anybody sign in", who, "leave `user` out, or another port"
        ) from None
    except UnicodeEncodeError:
        raise Unreached("the user or the password has letters that cannot be sent", who, mend) from None
    except (OSError, ValueError):
        raise Unreached(
            "the server offers no way to sign in that we know", who, "another port, or another server"
        ) from None


def _announce(server: smtplib.SMTP, post: Post) -> None:
    """Say from whom a message is and for whom; one recipient who is refused stops it, so that it is told."""
    sender = _Step(f"to the sender {post.sender}", "`from`", MailNotSent)
    _ask(post, sender, partial(server.mail, post.sender))
    for to in post.to:
        _ask(post, _Step(f"to the recipient {to}", "`to`", MailNotSent), partial(server.rcpt, to))
    _ask(post, _ANNOUNCE, partial(server.docmd, "DATA"), wanted=_GO_ON)


def _end(server: smtplib.SMTP, post: Post) -> None:
    """Send the dot that makes the message the server's, and hear its answer."""
    try:
        server.send(b".\r\n")
        code, words = server.getreply()
    except OSError as error:
        raise _unanswered(post) from error
    if code >= _NOT_NOW:
        raise _refused(post, _END, code, words)
    if code not in _ACCEPTED:
        raise _unanswered(post)


def _dotted(message: bytes) -> bytes:
    """Return the lines of a message as DATA takes them: a line that begins with a dot has two."""
    return message.replace(b"\r\n.", b"\r\n..")


def _ask(post: Post, step: _Step, say: Callable[[], tuple[int, bytes]], *, wanted: range = _ACCEPTED) -> None:
    """Take one step and go on when the server says what is wanted."""
    with _told(post, step):
        code, words = say()
    if code not in wanted:
        raise _refused(post, step, code, words)


@contextlib.contextmanager
def _told(post: Post, step: _Step) -> Iterator[None]:
    """Turn what goes wrong in a step into words."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        raise _refused(post, step, error.smtp_code, words) from error
    except OSError as error:
        raise _failed(error, post, step) from error


def _refused(post: Post, step: _Step, code: int, words: bytes) -> MailNotSent:
    """Return the error for a server that said no."""
    said = f"{code} {_said(words, post)}"
    if code < _NEVER:
        return step.unsent(f"the server said not now {step.when}: {said}", post.way, AGAIN)
    mend = f"correct {step.mend} in [mail], then: {TRY}" if step.mend else "improv mail list"
    return step.unsent(f"the server said no {step.when}: {said}", post.way, mend)


def _said(words: bytes, post: Post) -> str:
    """Return what a server answered; where it repeats the password, as it is or as it was sent, only that it does."""
    if post.user:
        plain = post.password().encode()
        sent = (plain, f"\0{post.user}\0".encode() + plain)
        if plain in words or any(base64.b64encode(each) in words for each in sent):
            return "and repeated the password, which is not shown"
    return answer(words)


def _unanswered(post: Post) -> MailNotSent:
    return Unanswered("the server did not say whether it took the message", post.way, UNKNOWN)


def _failed(error: OSError, post: Post, step: _Step) -> MailNotSent:
    """Return the error for a talk that was broken off."""
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else error
    mend = AGAIN
    match cause:
        case ssl.SSLCertVerificationError():
            reason = cause.verify_message.rstrip(".")
            what = f"the server's certificate is not trusted, and nothing was sent: {reason}"
            mend = "`server` as its certificate has it; for a certificate of your own, SSL_CERT_FILE"
        case socket.gaierror():
            what, mend = (
                "no server of this name was found",
                f"without a network {AGAIN}; else correct `server` in [mail]",
            )
        case TimeoutError():
            what = f"the server did not answer within {post.timeout} seconds {step.when}"
        case ssl.SSLError() if not isinstance(cause, ssl.SSLEOFError):
            what = f"no encrypted connection: {(cause.reason or 'it failed').lower().replace('_', ' ')}"
            mend = 'security = "starttls" or "tls", with the port that goes with it'
        case (
            None
            | ConnectionResetError()
            | BrokenPipeError()
            | smtplib.SMTPServerDisconnected()
            | ssl.SSLError()
        ):
            what = f"the server cut the line {step.when}"
        case _:
            reason = getattr(cause, "strerror", None) or type(cause).__name__
            what = f"the server was not reached: {reason.lower()}"
            mend = f"{AGAIN}; if it stays so, correct {_CALL.mend} in [mail]"
    return step.unsent(what, post.way, mend)
