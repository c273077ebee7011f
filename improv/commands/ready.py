"""What is answered before anything is loaded: the version, and the pages of help as `tree.py` keeps them."""

import os
import sys
from collections.abc import Mapping, Sequence

from improv import __version__
from improv.commands.tree import ALIASES, COMMANDS, GROWING

WIDE = 80  # columns: from there on a page of help is no wider


def answer(words: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """Answer a line, and return the exit code; nothing where that takes more than is ready."""
    match words:
        case ["--version"]:
            said: str | None = f"improv {__version__}"
        case [*path, "--help" | "-h"] if " ".join(_whole(path)) not in GROWING or not _has_settings(
            environment
        ):
            said = page(path, environment)
        case _:
            said = None
    if said is None:
        return None
    print(said, flush=True)  # noqa: T201 - before there is a screen
    return 0


def page(path: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return the page of help of a command; nothing where another is shown: on a narrow terminal, or in other letters."""
    whole = _whole(path)
    known = COMMANDS.get(" ".join(whole))
    letters = (sys.stdout.encoding or "").lower()
    if known is None or not letters.startswith("utf") or _columns(environment) < WIDE:
        return None
    return known[-1].replace(" ".join(("improv", *whole)), " ".join(("improv", *path)), 1)


def _whole(path: Sequence[str]) -> list[str]:
    """Return the words of a command, as it is called in full."""
    return [ALIASES.get(word, word) for word in path[:1]] + list(path[1:])


def _columns(environment: Mapping[str, str]) -> int:
    """Return how wide the terminal is, by the rules of the one who wrote the pages: no terminal is wide enough."""
    try:
        columns = int(environment.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns > 0 or sys.__stdout__ is None:
        return columns or WIDE
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDE
    except (ValueError, OSError):
        return WIDE


def _has_settings(environment: Mapping[str, str]) -> bool:
    """Tell whether there may be settings of the user's, which can add to what a command takes."""
    folder = environment.get("XDG_CONFIG_HOME") or environment.get("HOME", "") + "/.config"
    return (
        "IMPROV_CONFIG" in environment or not folder.startswith("/") or os.access(f"{folder}/improv", os.F_OK)
    )
