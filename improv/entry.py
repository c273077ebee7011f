"""From the shell to a command: what is ready is answered at once, for the rest the program is loaded."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper

from improv import interrupts

TYPE_CHECKING = False  # what `typing` says of it, which costs more than all of this
if TYPE_CHECKING:
    from improv.commands.desk import Desk

FAILED = 1
ASKED = {"--version", "--help", "-h"}  # what may be ready ends so


def run() -> int:
    """Start from the shell: private files, and all that was said is out before the exit code is returned."""
    os.umask(0o077)
    _fill_streams()
    # Once it is loaded a command hears Ctrl-C, and nothing before and after it.
    code = main([_as_text(word) for word in sys.argv[1:]], os.environ, loaded=interrupts.hold)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # What is left unsaid must not be tried again as Python ends: it would change the exit code.
            code = code or (FAILED if stream is sys.stdout else 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def main(
    words: Sequence[str], environment: Mapping[str, str], *, loaded: Callable[[], None] = lambda: None
) -> int:
    """Run one line, and return its exit code."""
    if words[:2] == ["complete", "--"]:
        from improv.commands import completing  # noqa: PLC0415 - only TAB needs it

        return completing.run(words[2:], lambda: _desk(environment))
    if "--timings" in words:
        return _timed(words, environment, loaded)
    code = _at_once(words, environment)
    if code is None:
        _put_off()
        from improv import cli  # noqa: PLC0415 - loading takes long enough to be stopped in

        loaded()
        code = cli.main(words, environment)
    return code


def _at_once(words: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """Answer what is ready before anything is loaded, and return the exit code; nothing where that takes more."""
    if not words or words[-1] not in ASKED:
        return None
    from improv.commands import ready  # noqa: PLC0415 - the pages of help are long

    try:
        return ready.answer(words, environment)
    except OSError:  # there is nobody to read it, or no room for it: the program says so
        return None


def _timed(words: Sequence[str], environment: Mapping[str, str], loaded: Callable[[], None]) -> int:
    """Run one line with a watch beside it."""
    import time  # noqa: PLC0415 - only where time is measured

    python, since = time.process_time(), time.perf_counter()
    from improv.commands.timings import Watch  # noqa: PLC0415 - as above

    with Watch(python, since) as watch:
        from improv import cli  # noqa: PLC0415 - as for any other line
        from improv.commands.desk import desk  # noqa: PLC0415 - as above
        from improv.commands.program import hoisted  # noqa: PLC0415 - as above

        loaded()
        code = cli.main(words, environment)
    if "--timings" in hoisted(words)[0]:  # and not as a value or a name
        for line in watch.told():
            desk().hint(line)
    return code


def _put_off() -> None:
    """Put off what paths load to be written as addresses, which hardly any command does: a tenth of Python's own start."""
    import urllib  # noqa: F401, PLC0415 - of which that is a part

    from improv.putoff import PutOff, stand_in  # noqa: PLC0415 - what is ready needs no more modules

    stand_in(PutOff("urllib.parse", "quote_from_bytes"))


def _desk(environment: Mapping[str, str]) -> "Desk":
    _put_off()
    from improv.commands.desk import Desk  # noqa: PLC0415 - only for words of the playbook and records of the store

    return Desk(environment, _perform)


def _perform(here: "Desk", words: Sequence[str]) -> int:
    from improv import cli  # noqa: PLC0415 - only for a command

    return cli.perform(here, words)


def _fill_streams() -> None:
    """Put nothing in the place of a stream that is closed, and let no character stop the output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - it stays open as long as the program
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _as_text(word: str) -> str:
    """Return a word that was typed: a locale that knows nothing but ASCII hands UTF-8 over byte by byte."""
    if word.isascii() or not any("\udc80" <= char <= "\udcff" for char in word):
        return word
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        return word  # bytes that are no text, which are refused where they would be kept
