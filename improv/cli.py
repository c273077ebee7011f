"""The root command: options of the whole program, the groups mounted lazily, and the one place where errors end.

`run` is what the shell starts; `main` takes the arguments and returns the exit code, turning every error into words.
A group's module is imported only when it is asked for; its one-line help stands here.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from errno import ENOSPC
from io import TextIOWrapper
from pathlib import Path

from improv import interrupts
from improv.commands import plainly
from improv.commands.declared import Exit
from improv.commands.desk import Desk, desk, sit_down
from improv.commands.program import hoisted
from improv.errors import ImprovError, Interrupted, NotFound, Usage

UNSHOWN = "let it write elsewhere; improv history shows what was kept"


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code. Every error is words on stderr; nothing ends in a traceback."""
    if arguments[:2] == ["complete", "--"]:
        from improv.commands import completing  # noqa: PLC0415 - only TAB needs it

        return completing.run(arguments[2:], Desk(environment, perform))
    try:
        code = perform(Desk(environment, perform), arguments)
    except BrokenPipeError:
        # Whoever read us has seen enough: nothing more to say, and nothing failed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ImprovError as error:
        return desk().tell(error)
    with interrupts.Heard():
        desk().keep_daily()
    return code


def perform(here: Desk, words: Sequence[str]) -> int:
    """Run one command at a desk and return its exit code; whatever goes wrong is raised in words."""
    ahead, here.arguments = hoisted(words)
    sit_down(here)
    try:
        with interrupts.Heard():
            code = _run([*ahead, *here.arguments])
            here.refuse_unwritten()
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        told = _in_words(error)
        if told is None and "IMPROV_DEBUG" in here.environment:
            raise
        raise told or _own_fault(error) from error
    return code


def _in_words(error: BaseException) -> ImprovError | None:
    """Return the error that a person is told; nothing when it is a fault of ours."""
    match error:
        case ImprovError():
            return error
        case KeyboardInterrupt():
            return Interrupted(interrupts.STOPPED)
        case UnicodeEncodeError():
            # Bytes that are no text reach a program as lone surrogates, and the store keeps only text.
            wrong = str(error.object)[error.start : error.end]
            return Usage("what was typed is not text", wrong, "type it in UTF-8")
        case OSError() if desk().done:
            reason = (error.strerror or str(error)).lower()
            return ImprovError(f"it was done, but what it says cannot be written: {reason}", mend=UNSHOWN)
        case OSError():
            return _of_the_system(error)
        case _:
            return None


def _of_the_system(error: OSError) -> ImprovError:
    """Return what is told of a fault of the machine's that nothing nearer to it has put into words."""
    if isinstance(error, FileNotFoundError) and not error.filename and _is_nowhere():
        return NotFound(
            "the folder you are in is not there any more", mend="cd to another, and type it again"
        )
    mend = "make room there, and type it again" if error.errno == ENOSPC else ""
    return ImprovError((error.strerror or str(error)).lower(), str(error.filename or ""), mend)


def _is_nowhere() -> bool:
    """Tell whether the folder in which the command was typed is gone."""
    try:
        os.getcwd()  # noqa: PTH109 - Path.cwd() is no more than this
    except FileNotFoundError:
        return True
    return False


def _strange(here: Desk) -> ImprovError | None:
    """Return which record is not as this program wrote it, where one is: what failed on it is no fault of the program."""
    from improv.commands.checks import strange  # noqa: PLC0415 - only where something failed

    try:
        return strange(here)
    except Exception:  # noqa: BLE001 - then nothing is known of the store
        return None


def _own_fault(error: BaseException) -> ImprovError:
    """Own up to a fault, unless the store is at fault; its own words may hold the user's data, so only its kind is told."""
    if (strange := _strange(desk())) is not None:
        return strange
    what = f"improv itself failed ({type(error).__name__}); what was not acknowledged was not kept"
    return ImprovError(what, mend="set IMPROV_DEBUG=1, type it again, and report what it prints")


def _run(words: Sequence[str]) -> int:
    """Run a line, by Typer where it is not plain; return the exit code."""
    calls = plainly.read(words, desk().playbook)
    try:
        if calls is None:
            from improv.commands import by_typer  # noqa: PLC0415 - it takes longer to load than most commands

            return by_typer.run(words)
        for function, given in calls:
            function(**given)
    except Exit as ended:
        return ended.code
    return 0


def _fill_streams() -> None:
    """Put nothing in the place of a stream that is closed, and let no character stop the output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open as long as the program
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


def run() -> None:
    """Start from the shell: private files, no collection of garbage in so short a life, and the exit code."""
    interrupts.hold()  # a command hears Ctrl-C, and nothing before and after it
    gc.disable()
    os.umask(0o077)
    _fill_streams()
    code = main([_as_text(word) for word in sys.argv[1:]], os.environ)
    gc.freeze()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (
            OSError
        ):  # what is left unsaid must not be tried again as Python ends: it would change the exit code
            code = code or (ImprovError.exit_code if stream is sys.stdout else 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


if __name__ == "__main__":
    run()
