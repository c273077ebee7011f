"""Ctrl-C: it stops a command as long as nothing is kept; from then on the command says what it did, and ends.

Python turns Ctrl-C into an exception between any two of its steps. One that came just after the store was written
would end in the words that nothing was changed: so it is not heard from the moment on that something is kept. One that
comes while a library tidies up can come out of it as an error of the library's own, or be lost in it: so that it was
pressed is known here, whatever comes of the exception. It is loaded before all else, and loads next to nothing.
"""

import os
import signal
import sys
from types import FrameType

TYPE_CHECKING = False  # what `typing` says of it, which costs more than all of this
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STOPPED = "stopped; nothing was changed"
CODE = 130
_pressed: list[int] = []


def end_quietly() -> None:
    """Let Ctrl-C end the program in words while it is still being loaded."""
    _answer(_end)


def hold() -> None:
    """Hear Ctrl-C no more: something is about to be kept, and what it was is to be told."""
    _answer(_go_on)
    _pressed.clear()


def caused(error: BaseException) -> bool:
    """Tell whether Ctrl-C is what an error came of."""
    return isinstance(error, KeyboardInterrupt) or bool(_pressed)


def again() -> None:
    """Stop where Ctrl-C was pressed and its exception was lost."""
    if _pressed:
        raise KeyboardInterrupt


class Heard:
    """While a command runs Ctrl-C stops it, until it holds; afterwards all is as it was before."""

    def __enter__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not _stop:  # the first command, and none of a batch
            _pressed.clear()
        _answer(_stop)

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


def _stop(number: int, _frame: FrameType | None) -> None:
    _pressed.append(number)
    sys.unraisablehook = _lost
    raise KeyboardInterrupt


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; a signal that is ignored would be ignored by the programs, too, that a command starts."""


def _lost(what: "UnraisableHookArgs") -> None:
    """Say nothing of a Ctrl-C that came where Python can raise nothing, such as while it throws something away."""
    if not issubclass(what.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(what)
