"""The commands as Typer's own, made of what they declare: for a line that is not plain, and for the words of every help.

This is the one room that knows Typer; it is loaded where something is wrong with a line, or its help is asked for.
"""

import inspect
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

import typer
from typer import core

# Typer carries its own Click and hands out these of it nowhere else.
from typer._click.exceptions import NoArgsIsHelpError
from typer._click.globals import get_current_context
from typer.main import get_command

from improv.commands.declared import Argument, Command, Function, Group, Parameter
from improv.commands.desk import desk
from improv.commands.directory import ALIASES, COMMANDS, group_of
from improv.commands.doors import with_custom_fields
from improv.commands.program import EXAMPLES, HELP, OPTIONS, by_itself, laid
from improv.errors import Interrupted, Usage
from improv.interrupts import STOPPED

_COMMON: Final[dict[str, Any]] = {
    "rich_markup_mode": None,
    "add_completion": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
_CONTEXT: Final = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
_OPEN_ENDED: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


def run(arguments: Sequence[str]) -> int:
    """Run a line, and return its exit code; what is wrong with it is said in words."""
    try:
        result = root().main(list(arguments), prog_name="improv", standalone_mode=False)
    except NoArgsIsHelpError as error:
        desk().say(*error.format_message().splitlines())
        return Usage.exit_code
    except SystemExit as error:
        # Typer ends a command this way only when a page it was writing has no reader any more.
        raise BrokenPipeError from error
    except typer.Abort as error:
        raise Interrupted(STOPPED) from error
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        asked = f"{context.command_path} --help" if context is not None else "improv --help"
        raise Usage(_first_small(error.format_message()), mend=asked) from error
    if result == Interrupted.exit_code:
        raise Interrupted(STOPPED)
    return result if isinstance(result, int) else 0


def _first_small(message: str) -> str:
    words = message.strip().rstrip(".")
    return words[:1].lower() + words[1:]


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


@cache
def root() -> Any:  # noqa: ANN401 - Typer's own Click
    """Return the command that all others are of."""
    app = typer.Typer(cls=Root, help=HELP, epilog=EXAMPLES, invoke_without_command=True, **_COMMON)

    def begin(ctx: typer.Context, **given: Any) -> None:  # noqa: ANN401 - one option per option of the program
        laid(**given)
        if ctx.invoked_subcommand is None:
            by_itself()

    app.callback()(_taking(begin, OPTIONS, _CONTEXT))
    made: Any = get_command(app)
    # Typer looks here, and nowhere else, for the name that was probably meant.
    made.commands = dict.fromkeys([*made.list_commands(None), *ALIASES])
    return made


def _command(name: str) -> Any:  # noqa: ANN401 - Typer's own Click
    group = group_of(name)
    if group is None:
        return None
    with_custom_fields(group, desk().playbook)
    command = built(group)
    command.name = name
    return command


def built(group: Group) -> Any:  # noqa: ANN401 - Typer's own Click
    """Return what a group declares as Typer's own."""
    if sys.flags.optimize > 1:
        from improv.commands import docstrings  # noqa: PLC0415 - only where Python was told to forget them

        docstrings.restore(group)
    app = typer.Typer(
        cls=_with_others(group),
        help=group.help,
        epilog=group.epilog,
        no_args_is_help=group.itself is None,
        **_COMMON,
    )
    for command in group.commands.values():
        _add(app, command)
    if group.itself is not None:
        app.callback(invoke_without_command=True)(_unless_named(group.itself))
    return get_command(app)


def _with_others(group: Group) -> type[core.TyperGroup]:
    """Return the class of a group that makes some of its commands when they are asked for."""

    class Grown(core.TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own Click
            return [*super().list_commands(ctx), *group.named()]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own Click
            known = super().get_command(ctx, cmd_name)
            if known is not None or (found := group.others(cmd_name)) is None:
                return known
            app = typer.Typer(**_COMMON)
            _add(app, found)
            made = get_command(app)
            made.name = cmd_name
            return made

    return Grown


def _add(app: typer.Typer, command: Command) -> None:
    def run(**given: Any) -> object:  # noqa: ANN401 - whatever was typed
        if command.open_ended:
            given["rest"] = get_current_context().args
        return command.function(**given)

    app.command(
        command.name,
        help=command.help,
        epilog=command.epilog,
        context_settings=_OPEN_ENDED if command.open_ended else None,
    )(_taking(run, command.parameters, doc=command.function.__doc__))


def _unless_named(command: Command) -> Function:
    """Return what is done by a group itself, unless one of its commands is named."""

    def run(ctx: typer.Context, **given: Any) -> object:  # noqa: ANN401 - whatever was typed
        return command.function(**given) if ctx.invoked_subcommand is None else None

    return _taking(run, command.parameters, _CONTEXT)


def _taking(
    function: Function, parameters: Iterable[Parameter], *first: inspect.Parameter, doc: str | None = None
) -> Function:
    """Let a function take what was declared, in Typer's own words."""
    taken = [*first, *(_parameter(one) for one in parameters)]
    function.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in taken}
    function.__doc__ = doc
    return function


def _parameter(declared: Parameter) -> inspect.Parameter:
    made: Any = typer.Argument if isinstance(declared.typed, Argument) else typer.Option
    says = vars(declared.typed).copy()  # under the names Typer has for it
    typed = made(declared.default, *says.pop("words", ()), **says)
    return inspect.Parameter(
        declared.name, inspect.Parameter.KEYWORD_ONLY, default=typed, annotation=declared.type
    )


def options_of(command: str, typed: Sequence[str]) -> dict[str, Any]:
    """Return what was typed for the options of another command, within one that takes them: those that were given."""
    whole: Any = get_current_context().find_root()
    group, verb = command.split()
    chosen = whole.command.get_command(whole, group).get_command(whole, verb)
    asked = chosen.make_context(command, list(typed), parent=whole)
    given = {option.opts[0].removeprefix("--"): asked.params.get(option.name) for option in chosen.params}
    return {name: value for name, value in given.items() if value is not None}
