"""A small text of the user's own — settings, a playbook, a mapping, a query: read whole, in UTF-8, or refused in words."""

import shlex
import stat
from pathlib import Path
from typing import IO, Any, Final

from improv.errors import NotFound, Usage

LARGEST: Final = 1 << 20


def refuse_no_file(path: Path) -> None:
    """Refuse what cannot be read from its beginning more than once: a folder, a pipe, a device, nothing at all."""
    if path.is_dir():
        raise Usage("this is a folder, not a file", str(path), "name a file in it")
    if path.exists() and not path.is_file():
        raise Usage("this is no ordinary file", str(path), "write it into a file first, and name that")
    if not path.exists():
        raise no_such_file(path)


def no_such_file(path: Path, mend: str = "") -> NotFound:
    """Return what is told where a file that was named is not there."""
    return NotFound("there is no such file", str(path), mend or f"ls -l {shlex.quote(str(path.parent))}")


def read(path: Path) -> str:
    """Return the text of a small file; `ValueError` says what it is instead."""
    if stat.S_ISFIFO(path.stat().st_mode):
        raise ValueError("it is a pipe, which may be read only once")
    with path.open("rb") as file:
        return text(file)


def text(file: IO[bytes]) -> str:
    """Return a small text; `ValueError` says what it is instead."""
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is longer than {LARGEST:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"it is not written in UTF-8, first in line {line}") from error


def toml(said: str) -> dict[str, Any]:
    """Return what a text in TOML says; `ValueError` says where it is none."""
    if not said.strip():
        return {}
    import tomllib  # noqa: PLC0415 - what reads none does not pay for it

    try:
        return tomllib.loads(said)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
