"""The root command: options of the whole program, the groups mounted lazily, and the one place where errors end.

`run` is what the shell starts; `main` takes the arguments and returns the exit code, turning every error into words.
A group's module is imported only when it is asked for; its one-line help stands here.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from errno import ENOSPC

from improv import interrupts
from improv.commands import plainly
from improv.commands.declared import Exit
from improv.commands.desk import Desk, desk, sit_down
from improv.commands.program import hoisted
from improv.errors import ImprovError, Interrupted, NotFound, Usage, reason_of

UNSHOWN = "let it write elsewhere; improv history shows what was kept"


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code. Every error is words on stderr; nothing ends in a traceback."""
    try:
        code = perform(Desk(environment, perform), arguments)
    except BrokenPipeError:
        # Whoever read us has seen enough: nothing more to say, and nothing failed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ImprovError as error:
        return desk().tell(error)
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
        case Interrupted():
            return error
        case _ if interrupts.caused(error):
            return Interrupted(interrupts.STOPPED)
        case ImprovError():
            return error
        case UnicodeEncodeError():
            # Bytes that are no text reach a program as lone surrogates, and the store keeps only text.
            wrong = str(error.object)[error.start : error.end]
            return Usage("what was typed is not text", wrong, "type it in UTF-8")
        case OSError():
            return _of_the_system(error)
        case _:
            return None


def _of_the_system(error: OSError) -> ImprovError:
    """Return what is told of a fault of the machine's that nothing nearer to it has put into words."""
    reason = reason_of(error)
    if desk().done:
        return ImprovError(f"it was done, but what it says cannot be written: {reason}", mend=UNSHOWN)
    if isinstance(error, FileNotFoundError) and not error.filename and _is_nowhere():
        return NotFound(
            "the folder you are in is not there any more", mend="cd to another, and type it again"
        )
    mend = "make room there, and type it again" if error.errno == ENOSPC else ""
    return ImprovError(reason, str(error.filename or ""), mend)


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
    """Run a line, and return its exit code."""
    here = desk()
    calls = plainly.read(words, here.playbook)
    try:
        if calls is None:
            return _explain(words, here)
        for function, given in calls:
            function(**given)
    except Exit as ended:
        return ended.code
    return 0


def _explain(words: Sequence[str], here: Desk) -> int:
    """Show the help that a line asks for, or say what is wrong with it; Typer does, unless the page is ready."""
    from improv.commands import ready  # noqa: PLC0415 - the pages of help are long

    match words:
        case [*path, "--help" | "-h"] if (page := ready.page(path, here.environment)) is not None:
            if not here.playbook().fields and not here.playbook().reports:
                here.say(*page.splitlines())
                return 0
    from improv.commands import by_typer  # noqa: PLC0415 - it takes longer to load than most commands

    return by_typer.run(words)
