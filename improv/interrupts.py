"""Ctrl-C: it stops a command as long as nothing is kept; from then on the command says what it did, and ends.

Python turns Ctrl-C into an exception between any two of its steps. One that came just after the store was written
would end in the words that nothing was changed: so it is not heard from the moment on that something is kept. It is
loaded before all else, and loads next to nothing.
"""

import os
import signal
from types import FrameType

STOPPED = "stopped; nothing was changed"
CODE = 130


def end_quietly() -> None:
    """Let Ctrl-C end the program in words while it is still being loaded."""
    _answer(_end)


def hold() -> None:
    """Hear Ctrl-C no more: something is about to be kept, and what it was is to be told."""
    _answer(_go_on)


class Heard:
    """While a command runs Ctrl-C stops it, until it holds; afterwards all is as it was before."""

    def __enter__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        _answer(signal.default_int_handler)

    def __exit__(self, *_: object) -> None:
        _answer(self._before)


def _answer(how: "signal._HANDLER") -> None:
    """Answer Ctrl-C in another way; a shell that lets a program run in the background has it ignored, and so it stays."""
    if signal.getsignal(signal.SIGINT) not in {signal.SIG_IGN, None}:
        try:
            signal.signal(signal.SIGINT, how)
        except ValueError:  # only the thread that hears signals is asked
            return


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, f"improv: {STOPPED}\n".encode())
    os._exit(CODE)


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; a signal that is ignored would be ignored by the programs, too, that a command starts."""
