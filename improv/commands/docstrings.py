"""What commands say of themselves, read from the source where Python was told to leave such words out (`-OO`)."""

import ast
import inspect
import textwrap

from improv.commands.declared import Group


def restore(group: Group) -> None:
    """Give the commands of a group their words again: the first of them stand in the help."""
    for command in group.commands.values():
        if command.function.__doc__ is None:
            function = ast.parse(textwrap.dedent(inspect.getsource(command.function))).body[0]
            if isinstance(function, ast.FunctionDef):
                command.function.__doc__ = ast.get_docstring(function)
