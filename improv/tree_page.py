"""The commands as plain data, for what answers before anything is loaded: help and completion.

`python -m improv.tree_page` writes `commands/tree.py` anew from the commands themselves.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from improv.commands.desk import Desk, sit_down
from improv.commands.directory import ALIASES, groups
from improv.named import NamedTuple
from improv.nouns import FIELDED

TARGET = Path(__file__).with_name("commands") / "tree.py"
HEAD = '"""The commands as plain data; written by `python -m improv.tree_page`."""\n\n'


class Option(NamedTuple):
    """An option: its words, what its value is called (none of a flag), and what it says."""

    words: tuple[str, ...]
    takes: str | None
    help: str


class Command(NamedTuple):
    """A command: its one-line help, what its arguments are called, its options, its subcommands, and its help page."""

    help: str
    arguments: tuple[str, ...]
    options: tuple[Option, ...]
    below: tuple[str, ...]
    page: str


def walked(root: Any, at: Desk) -> dict[str, Command]:  # noqa: ANN401 - Typer's own Click
    """Return every command by its words, the whole program under none."""
    sit_down(at)
    return dict(_walked(root, ()))


def _walked(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Command]]:  # noqa: ANN401
    from typer._click.core import Context  # noqa: PLC0415 - Typer hands it out nowhere else

    context = Context(command, info_name=" ".join(("improv", *path)))
    context.help_option_names = ["-h", "--help"]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    below = command.list_commands(context) if hasattr(command, "list_commands") else []
    yield (
        " ".join(path),
        Command(
            _first_sentence(command.get_short_help_str(limit=200)),
            tuple(_called(one) for one in arguments for _ in range(1 if one.nargs == 1 else 9)),
            tuple(
                _option(one) for one in command.params if one.param_type_name == "option" and not one.hidden
            ),
            tuple(below),
            command.get_help(context),
        ),
    )
    for name in below:
        yield from _walked(command.get_command(context, name), (*path, name))


def _called(argument: Any) -> str:  # noqa: ANN401
    return str(argument.metavar or argument.human_readable_name).strip("[].… ")


def _option(option: Any) -> Option:  # noqa: ANN401
    takes = None if option.is_flag else str(option.metavar)
    return Option((*option.opts, *option.secondary_opts), takes, _first_sentence(option.help or ""))


def _first_sentence(text: str) -> str:
    return text.strip().partition(". ")[0].rstrip(".")


def source() -> str:
    """Return the module that holds all of it, what the metrics are called, and which pages the settings add to."""
    from improv import cli  # noqa: PLC0415 - it is the program that is walked
    from improv.commands.by_typer import root  # noqa: PLC0415 - as above
    from improv.metrics import CATALOGUE  # noqa: PLC0415 - as above

    at = Desk({"IMPROV_CONFIG": os.devnull, "IMPROV_DB": os.devnull}, cli.perform)
    commands = {path: _plain(one) for path, one in walked(root(), at).items()}
    metrics = {name: metric.title for name, metric in CATALOGUE.items()}
    said = {"COMMANDS": commands, "METRICS": metrics, "ALIASES": ALIASES, "GROWING": sorted(_growing())}
    return HEAD + "".join(f"{name} = {value!r}\n" for name, value in said.items())


def _growing() -> Iterator[str]:
    """Yield the commands that take more, and whose pages say more, where the user's own settings add to them."""
    for name, group in groups():
        if group.named is not tuple:
            yield name
        for verb, command in group.commands.items():
            if command.custom is not None and command.custom.noun in FIELDED:
                yield name if group.only else f"{name} {verb}"


def _plain(command: Command) -> tuple[object, ...]:
    return (*command._replace(options=tuple(map(tuple, command.options))),)  # type: ignore[arg-type]


if __name__ == "__main__":
    TARGET.write_text(source(), "utf-8")
