"""A plain line, read straight from what the commands declare: Typer takes longer to load than most of them run.

A line is plain where every word of it is understood: commands and options by their whole names, each value what it should
be, nothing missing and nothing too much. Any other is left to Typer, which knows what to say of it; so nothing is told
here, and nothing guessed. What is plain means the same to both: `tests/test_plain_lines.py` draws lines to show it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from improv.commands.declared import REQUIRED, Argument, Function, Option, Parameter
from improv.commands.directory import group_of
from improv.commands.doors import with_custom_fields
from improv.commands.program import OPTIONS, by_itself, laid
from improv.playbook import Playbook

Call = tuple[Function, dict[str, Any]]  # what is to be run, and what it is given


class _NotPlainError(Exception):
    """There is something about a line that only Typer understands."""


def read(words: Sequence[str], playbook: Callable[[], Playbook]) -> list[Call] | None:
    """Return what a line runs: first what lays the options of the whole program; nothing where the line is not plain."""
    try:
        given, rest = _given(OPTIONS, words, to_a_command=True)
        return [(laid, given), _asked(rest, playbook) if rest else (by_itself, {})]
    except _NotPlainError:
        return None


def _asked(words: Sequence[str], playbook: Callable[[], Playbook]) -> Call:
    """Return the call of a command, by its words."""
    group = group_of(words[0])
    if group is None:
        raise _NotPlainError
    with_custom_fields(group, playbook)
    command, rest = group.only, words[1:]
    if command is None:
        given, rest = _given(group.itself.parameters if group.itself else (), rest, to_a_command=True)
        if group.itself and not rest:
            return group.itself.function, given
        command, rest = group.find(rest[0]) if rest else None, rest[1:]
    if command is None or command.open_ended:
        raise _NotPlainError
    return command.function, _given(command.parameters, rest)[0]


def _given(
    parameters: Sequence[Parameter], words: Sequence[str], *, to_a_command: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Return what the words give to each parameter; where they lead `to_a_command`, the words from there on, too."""
    options = {word: (one, flag) for one in parameters for word, flag in _words(one)}
    said: dict[str, list[Any]] = {}
    arguments: list[str] = []
    rest = list(words)
    while rest and (_is_option(rest[0]) or not to_a_command):
        word = rest.pop(0)
        if not _is_option(word):
            arguments.append(word)
            continue
        name, is_joined, value = word.partition("=")
        parameter, flag = options.get(name, (None, None))
        if parameter is None or (is_joined and (flag is not None or not name.startswith("--"))):
            raise _NotPlainError
        if flag is None:
            flag = _value(parameter, value if is_joined else _next(rest))
        said.setdefault(parameter.name, []).append(flag)
    for one in parameters:
        if isinstance(one.typed, Argument):
            mine = arguments[: None if one.is_many else 1]
            said[one.name] = [_value(one, word) for word in mine]
            del arguments[: len(mine)]
    if arguments:
        raise _NotPlainError
    return {one.name: _in_all(one, said.get(one.name)) for one in parameters}, rest


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _words(parameter: Parameter) -> Iterator[tuple[str, bool | None]]:
    """Yield the words of an option, each with what it says by itself where it takes no value."""
    for word in parameter.typed.words if isinstance(parameter.typed, Option) else ():
        on, _, off = word.partition("/")
        yield on, True if parameter.kind is bool else None
        if off:
            yield off, False


def _next(rest: list[str]) -> str:
    if not rest:
        raise _NotPlainError
    return rest.pop(0)


def _value(parameter: Parameter, word: str) -> Any:  # noqa: ANN401 - a text, number or path
    """Return what a word says to a parameter."""
    if parameter.kind is int:
        return _number(word, parameter.typed)
    if parameter.kind is Path:
        return _path(word)
    return word


def _number(word: str, typed: Option | Argument) -> int:
    """Return a number within its bounds."""
    try:
        number = int(word)
    except ValueError as error:
        raise _NotPlainError from error
    low, high = (typed.min, typed.max) if isinstance(typed, Option) else (None, None)
    if (low is not None and number < low) or (high is not None and number > high):
        raise _NotPlainError
    return number


def _path(word: str) -> Path:
    """Return a path; what is there must be readable, or Typer refuses it."""
    try:
        os.stat(word)  # noqa: PTH116 - a path is made of it only where it is one
    except OSError:
        return Path(word)
    except ValueError as error:
        raise _NotPlainError from error
    if not os.access(word, os.R_OK):
        raise _NotPlainError
    return Path(word)


def _in_all(parameter: Parameter, said: list[Any] | None) -> Any:  # noqa: ANN401 - as above
    """Return what was said to a parameter, the last of it where it takes but one; unless anything was, what it is then."""
    if said:
        return said if parameter.is_many else said[-1]
    if parameter.default is REQUIRED:
        raise _NotPlainError
    return parameter.default
