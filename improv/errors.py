"""One family of errors: what happened, the value at fault, how to mend it, and the exit code.

Every error a user can meet is an `ImprovError`. `improv.cli.main` is the one place that prints it, in three
lines, and turns it into the process's exit code. Nothing else prints errors.
"""

from typing import ClassVar


class ImprovError(Exception):
    """Something failed, and the user is told in three lines.

    `what` says what happened, `value` is the text at fault (empty when there is none), `mend` is the command or
    the change that mends it. `exit_code` is the process's exit code.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, value: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.value = value
        self.mend = mend

    def lines(self) -> list[str]:
        """Return the lines to show, without those that have nothing to say."""
        lines = [f"improv: {self.what}"]
        if self.value:
            lines.append(f"  at fault: {self.value}")
        if self.mend:
            lines.append(f"  to mend:  {self.mend}")
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())


class Refused(ImprovError):
    """The request is understood and may not be done: it would make the records untrue."""


class Usage(ImprovError):
    """What was typed cannot be understood: an unknown word, a day that does not exist."""

    exit_code = 2


class NotFound(ImprovError):
    """No record answers to what was typed."""

    exit_code = 3


class Ambiguous(ImprovError):
    """More than one record, or more than one day, answers to what was typed."""

    exit_code = 4


class StoreUnusable(ImprovError):
    """The store is busy, damaged, unreadable, not a store, or newer than this program."""

    exit_code = 5


class Interrupted(ImprovError):
    """The user pressed Ctrl-C; nothing was changed."""

    exit_code = 130


def reason_of(error: BaseException) -> str:
    """Return why something failed, as the system says it, to be read within a sentence."""
    return str(getattr(error, "strerror", None) or error).lower()


def quotes_a_value(error: Exception) -> bool:
    """Tell whether an error of SQLite's repeats what a record says; the one that does is about bytes that are no text."""
    return str(error).startswith("Could not decode to UTF-8")
