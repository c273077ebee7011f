"""A mail server for tests: encrypted, it asks who signs in, and is in any mood at any step of the talk."""

import asyncio
import base64
import contextlib
import email
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

USER, CANARY = "sam", "tweet-tweet-42"
# The steps of the talk, in their order. BODY is in the middle of the message, END after its last dot.
STEPS = ("BANNER", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "END")
Mood = Callable[[str], str]


def kind(_step: str) -> str:
    """Take everything."""
    return ""


@dataclass
class Office:
    """What arrived, and how the server takes what comes: for each step an answer, `cut`, `deaf` or nothing amiss.

    `deaf` never answers. At END a cut or deaf server has taken the message, and only does not say so; `lost` cuts
    the line and has not.
    """

    port: int = 0
    mood: Mood = kind
    got: list[bytes] = field(default_factory=list)
    refused_passwords: int = 0
    talks: Counter[str] = field(default_factory=Counter)
    clients: list[Any] = field(default_factory=list)

    def ids(self) -> Counter[str]:
        """Return how often each message arrived, by its Message-ID."""
        return Counter(str(email.message_from_bytes(one, policy=default)["Message-ID"]) for one in self.got)

    def only(self, step: str, answer: str) -> None:
        """Be in a mood at one step."""
        self.mood = lambda at: answer if at == step else ""

    # What aiosmtpd asks.

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _how: str, said: Any) -> AuthResult:
        """Let the one user in who has the password."""
        known = (said.login, said.password) == (USER.encode(), CANARY.encode())
        self.refused_passwords += not known
        return AuthResult(success=known, handled=False)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message, or not."""
        mood = self.mood("END")
        self.talks["END"] += 1
        if mood and mood not in {"cut", "deaf"}:
            if mood == "lost":
                server.transport.abort()
            return mood
        self.got.append(envelope.content)
        if mood == "cut":
            server.transport.abort()
        if mood == "deaf":
            await asyncio.sleep(3600)
        return "250 taken"


def _moody(step: str) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return what a server does at a step: what its mood says, else what it always does."""
    inherited = getattr(SMTP, f"smtp_{step}")

    async def take(talk: Any, arg: str) -> None:
        if not await talk.amiss(step):
            await inherited(talk, arg)

    return take


class Moody(SMTP):  # type: ignore[misc] # aiosmtpd is there only for the system tests
    """The talk with one client."""

    def __init__(self, office: Office, **options: Any) -> None:
        self.office, self.greeted = office, False
        office.clients.append(self)
        super().__init__(office, **options)

    async def amiss(self, step: str) -> bool:
        """Do what the mood asks for at a step; tell whether the step ends with it."""
        self.office.talks[step] += 1
        mood = self.office.mood(step)
        if mood == "cut":
            self.transport.abort()
        elif mood == "deaf":
            await asyncio.sleep(3600)
        elif mood:
            await super().push(mood)
        return bool(mood)

    async def push(self, status: Any) -> None:
        """Answer; the first answer is the greeting."""
        if self.greeted:
            await super().push(status)
            return
        self.greeted = True
        if not await self.amiss("BANNER"):
            await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a message, or break off in the middle of it."""
        if self.office.mood("BODY"):
            await super().push("354 go on")
            await self._reader.readline()
            await self.amiss("BODY")
        elif not await self.amiss("DATA"):
            await super().smtp_DATA(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Let somebody sign in, or say no in words that repeat what was said."""
        if self.office.mood("AUTH") == "echo":
            way, _, said = arg.partition(" ")
            if way == "LOGIN":  # the password is in a line of its own
                await super().push("334 UGFzc3dvcmQ6")
                said = (await self._reader.readline()).decode().strip()
            known = base64.b64decode(said).decode().replace("\0", " ")
            await super().push(f"535 I do not know {said}, which is {known}")
        elif not await self.amiss("AUTH"):
            await super().smtp_AUTH(arg)

    smtp_EHLO, smtp_STARTTLS, smtp_MAIL, smtp_RCPT = map(_moody, ("EHLO", "STARTTLS", "MAIL", "RCPT"))  # noqa: N815


@contextlib.contextmanager
def open_office(
    certificate: ssl.SSLContext | None, *, tls: bool = False, sign_in: bool = True
) -> Iterator[Office]:
    """Open an office on a free port of this machine, in a thread of its own."""
    office, loop = Office(), asyncio.new_event_loop()
    options: dict[str, Any] = {"hostname": "localhost", "loop": loop}
    if sign_in:  # aiosmtpd does not see a line that was encrypted from its first byte on
        options |= {
            "authenticator": office.authenticate,
            "auth_required": not tls,
            "auth_require_tls": not tls,
        }
    else:
        options |= {"auth_exclude_mechanism": ("LOGIN", "PLAIN")}
    if certificate and not tls:
        options |= {"tls_context": certificate, "require_starttls": True}
    loop.set_exception_handler(lambda _loop, _context: None)  # a client that was killed is no fault
    server = loop.run_until_complete(
        loop.create_server(lambda: Moody(office, **options), "127.0.0.1", 0, ssl=certificate if tls else None)
    )
    office.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server, office), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _closed(server: asyncio.Server, office: Office) -> None:
    """Stop listening, and leave every talk."""
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for talk in office.clients:
        for transport in (talk.transport, talk._original_transport):
            if transport is not None:
                transport.abort()
    await asyncio.sleep(0.01)  # the ends of the lines are heard of in the next round


def settings(folder: Path, port: int, *, security: str = "starttls", name: str = "localhost") -> Path:
    """Write a configuration that sends to a port of this machine."""
    config = folder / "config.toml"
    config.write_text(
        f'[mail]\nto = "sam@example.com"\nfrom = "improv@example.com"\nserver = "{name}"\nport = {port}\n'
        f'security = "{security}"\nuser = "{USER}"\npassword_env = "MAIL_PASSWORD"\ntimeout = 1\n'
    )
    return config
