"""The root command: options of the whole program, the groups mounted lazily, and the one place where errors end.

`run` is what the shell starts; `main` takes the arguments and returns the exit code, turning every error into words.
A group's module is imported only when it is asked for; its one-line help stands here.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from errno import ENOSPC
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import core
from typer.main import get_command as built

from improv import __version__, interrupts
from improv.commands.desk import Desk, desk, sit_down
from improv.commands.directory import ALIASES, COMMANDS, app_of
from improv.commands.doors import shaped, with_custom_fields
from improv.errors import ImprovError, Interrupted, NotFound, Usage

ANYWHERE = ("--db", "--as-of", "--known-on", "--format", "-o", "--output")
FLAGS_ANYWHERE = ("--force", "--open", "--no-pager")
UNSHOWN = "let it write elsewhere; improv history shows what was kept"
HELP = """A sales and client tracker for solo consultants: one terminal program, one local file.

\b
`improv` alone is today's page."""
EXAMPLES = """
improv lead add "Ada Lovelace" --source referral
improv opp add ada --value 12k
improv event schedule ada discovery-meeting "thu 15:00"
improv report weekly
improv alerts
"""


class Root(core.TyperGroup):
    """The root group: knows every command's name and help, and imports its module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - Typer's own Click
        """Return every command's name."""
        return [name for commands in COMMANDS.values() for name in commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - Typer's own Click
        """Import a command's module and return the command."""
        name = ALIASES.get(cmd_name, cmd_name)
        return desk().once(f"command {name}", lambda: _command(name))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - Typer's own Click
        """Write the commands under their headings, without importing any."""
        for heading, commands in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


def _command(name: str) -> Any:  # noqa: ANN401 - Typer's own Click
    app = app_of(name)
    if app is None:
        return None
    with_custom_fields(app, desk().playbook)
    if sys.flags.optimize > 1:
        from improv.commands import docstrings  # noqa: PLC0415 - only where Python was told to forget them

        docstrings.restore(app)
    command = built(app)
    command.name = name
    return command


@cache
def root() -> Any:  # noqa: ANN401 - Typer's own Click
    """Return the command that all others are of."""
    app = typer.Typer(
        cls=Root,
        help=HELP,
        epilog=shaped(EXAMPLES),
        rich_markup_mode=None,
        invoke_without_command=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def improv(  # noqa: PLR0913, PLR0917 - one parameter for each option of the whole program
        ctx: typer.Context,
        db: Annotated[
            Path | None,
            typer.Option("--db", metavar="FILE", help="the store; else IMPROV_DB, else the data folder"),
        ] = None,
        as_of: Annotated[
            str | None,
            typer.Option("--as-of", metavar="DAY", help="show what was true at the end of a past day"),
        ] = None,
        known_on: Annotated[
            str | None,
            typer.Option(
                "--known-on", metavar="DAY", help="show what had been typed in by the end of a day, or by #12"
            ),
        ] = None,
        fmt: Annotated[
            str | None,
            typer.Option(
                "--format",
                metavar="FORMAT",
                help="terminal, plain, json, csv, markdown or html; else as suits the reader",
            ),
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(
                "--output",
                "-o",
                metavar="FILE",
                help="write the page to a file, in the format of its suffix: csv, md, html, json, txt; ics for a calendar",
            ),
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="let --output replace a file")] = False,
        open_it: Annotated[
            bool, typer.Option("--open", help="open the file of --output in a browser")
        ] = False,
        no_pager: Annotated[bool, typer.Option("--no-pager", help="print a long page in one go")] = False,
        version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
    ) -> None:
        here = desk()
        here.known_on, here.no_pager = known_on, no_pager
        here.database, here.as_of, here.format = db, as_of, fmt
        here.write_to(output, force=force, open_it=open_it)
        if version:
            here.say(f"improv {__version__}")
            raise typer.Exit
        if ctx.invoked_subcommand is None:
            from improv.commands.today import today  # noqa: PLC0415 - only when it is shown

            today()

    return built(app)


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
    ahead, here.arguments = _hoisted(words)
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


def _hoisted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take the options of the whole program from wherever they were typed: people type them last."""
    ahead: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            return ahead, [*rest, word, *waiting]
        if word in ANYWHERE:
            ahead += [word, *(value for value in [next(waiting, None)] if value is not None)]
        elif word in FLAGS_ANYWHERE or word.partition("=")[0] in ANYWHERE:
            ahead.append(word)
        else:
            rest.append(word)
    return ahead, rest


def _run(arguments: Sequence[str]) -> int:
    # Typer carries its own Click and hands out this one class of it nowhere else.
    from typer._click.exceptions import NoArgsIsHelpError  # noqa: PLC0415 - as above

    try:
        result = root().main(list(arguments), prog_name="improv", standalone_mode=False)
    except NoArgsIsHelpError as error:
        desk().say(*error.format_message().splitlines())
        return Usage.exit_code
    except SystemExit as error:
        # Typer ends a command this way only when a page it was writing has no reader any more.
        raise BrokenPipeError from error
    except typer.Abort as error:
        raise Interrupted(interrupts.STOPPED) from error
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        asked = f"{context.command_path} --help" if context is not None else "improv --help"
        raise Usage(_first_small(error.format_message()), mend=asked) from error
    if result == Interrupted.exit_code:
        raise Interrupted(interrupts.STOPPED)
    return result if isinstance(result, int) else 0


def _first_small(message: str) -> str:
    words = message.strip().rstrip(".")
    return words[:1].lower() + words[1:]


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
