"""A page longer than the screen, shown a screenful at a time by the user's own pager."""

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from shutil import which
from typing import Final

from improv.text import width

_DEFAULT: Final = "less"
_NO_PAGER: Final[tuple[list[str], ...]] = ([], ["cat"])
# Colours are kept, what fits is not held, and the page stays on the screen when the user leaves.
_LESS: Final = "-RFX"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


def chosen(environment: Mapping[str, str]) -> list[str]:
    """Return the words that start the pager: IMPROV_PAGER, else PAGER, else `less` where it is; none where none is wanted."""
    told = environment.get("IMPROV_PAGER", environment.get("PAGER"))
    if told is None:
        return [_DEFAULT] if which(_DEFAULT, path=environment.get("PATH")) else []
    try:
        words = shlex.split(told)
    except ValueError:  # a quote that is never closed: no program has such a name
        words = [told]
    return [] if words in _NO_PAGER else words


def height(page: str, columns: int) -> int:
    """Count the lines of the screen that a page takes; a line wider than the screen takes several."""
    return sum(max(1, -(-width(_COLOUR.sub("", line)) // columns)) for line in page.splitlines())


def show(page: str, words: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Show a page in a pager until the user leaves it; return why it is to be printed yet, where there is a reason.

    The page goes through the pager's stdin alone, and no shell is started: nothing in it can be obeyed. Ctrl-C is
    the pager's own meanwhile.
    """
    import signal  # noqa: PLC0415 - only a page longer than the screen needs them
    import subprocess  # noqa: PLC0415

    encoding = sys.stdout.encoding
    habits = {"LESS": _LESS}
    if encoding.lower().startswith("utf"):
        habits["LESSCHARSET"] = "utf-8"
    sys.stdout.flush()
    pressed: list[int] = []
    # A handler of ours, and not an ignored signal: that would be handed down to the pager.
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=habits | dict(environment))  # noqa: S603 - the user's own program
        pager.communicate(page.encode(encoding, "backslashreplace"))
    except OSError:
        return f"the pager is not there: {words[0]}"
    finally:
        signal.signal(signal.SIGINT, before)
    # Whoever leaves it by Ctrl-C has seen enough, whatever it ends with.
    return f"the pager failed: {words[0]}" if pager.returncode and not pressed else None
