"""How this user's mail is sent, and what is said when it is not.

What a run loads that has nothing to send: the libraries for mail are loaded where a message is made or sent.
"""

import re
from collections.abc import Callable
from typing import ClassVar, Final, Literal

from improv.errors import ImprovError, Usage
from improv.named import NamedTuple
from improv.text import clipped, shown

Security = Literal["starttls", "tls", "none"]
PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
TRY: Final = "improv mail test"
AGAIN: Final = "nothing to do: it is tried again"
UNKNOWN: Final = "nothing to do: the same message goes out again, under the same Message-ID"

# Plain words joined by dots, @, and a domain: no quotes, no comments, no letters that not every server takes.
_WORD: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")
_LONGEST_ADDRESS: Final = 254
_LONGEST_ANSWER: Final = 200


class MailNotSent(ImprovError):
    """A message was not sent, or nobody knows whether it was: it is kept and tried again."""

    exit_code: ClassVar[int] = 6


class Unreached(MailNotSent):
    """No message can be sent this way just now: another would fare no better."""


class Unanswered(MailNotSent):
    """The whole message went out, and no answer came: it may have been accepted."""


class Post(NamedTuple):
    """How mail is sent: to whom, and by a server or by a local program. `password` is asked when it is needed."""

    to: tuple[str, ...]
    sender: str
    server: str = ""
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: Callable[[], str] = str
    sendmail: str = ""
    timeout: int = 60

    @property
    def way(self) -> str:
        """The server or the program, as errors name it."""
        return self.sendmail or f"{self.server}:{self.port}"


def address(typed: str) -> str:
    """Return an address, refused where it is none or has letters that not every server takes."""
    found = typed.strip()
    if len(found) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(found):
        raise Usage("this is no mail address in plain letters", typed, "name@example.com")
    return found


def answer(words: bytes) -> str:
    """Return what a server or a program answered, as one line of text."""
    return clipped(shown(" ".join(words.decode("utf-8", "backslashreplace").split())), _LONGEST_ANSWER)
