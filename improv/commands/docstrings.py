"""What commands say of themselves, read from the source where Python was told to leave such words out (`-OO`)."""

import ast
import inspect
import textwrap

import typer


def restore(app: typer.Typer) -> None:
    """Give the commands of a group their words again: the first of them stand in the help."""
    for command in app.registered_commands:
        if command.callback is not None and command.callback.__doc__ is None:
            function = ast.parse(textwrap.dedent(inspect.getsource(command.callback))).body[0]
            if isinstance(function, ast.FunctionDef):
                command.callback.__doc__ = ast.get_docstring(function)
