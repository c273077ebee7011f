"""A page in a file: its format by the suffix, private, and whole or not there at all."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from improv.errors import ImprovError, NotFound, Refused, Usage

FORMAT_BY_SUFFIX: Final = {
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".json": "json",
    ".txt": "plain",
    ".ics": "ics",
    ".eml": "eml",
    ".jsonl": "jsonl",
    ".zip": "zip",
    ".vcf": "vcf",
}
_PRIVATE: Final = 0o600


def format_by_suffix(path: Path) -> str:
    """Return the format that the name of a file asks for."""
    found = FORMAT_BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise Usage(
            "the name of the file does not say its format",
            str(path),
            f"end it in {', '.join(FORMAT_BY_SUFFIX)}, or say --format",
        )
    return found


def save(write: Callable[[IO[bytes]], object], path: Path, store: Path, *, force: bool) -> None:
    """Let a file be written aside, sync it and put it in its place; a file that is there is kept unless forced."""
    if not path.parent.is_dir():
        raise NotFound("there is no such folder", str(path.parent), "make it first, or name another")
    if path.is_symlink() or path.exists():
        _refuse(path, store, force=force)
    # A link is followed: what it points to is replaced, and not the link.
    path = path.resolve()
    aside = path.with_name(f".improv-{os.getpid()}.part")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
                write(file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ImprovError(
            f"the file cannot be written: {(error.strerror or str(error)).lower()}", str(path)
        ) from error
    with contextlib.suppress(OSError):  # the page is there; not every file system syncs a folder
        _sync(path.parent)


def save_text(text: str, path: Path, store: Path, *, force: bool) -> None:
    """Write a text as a file of its own."""
    save(lambda file: file.write(text.encode("utf-8")), path, store, force=force)


def _refuse(path: Path, store: Path, *, force: bool) -> None:
    """Refuse what must not be replaced: a file nobody gave up, what is no file, and the store."""
    if path.exists() and not path.is_file():
        raise Refused("this is no ordinary file", str(path), "name another file")
    if path.exists() and store.exists() and path.samefile(store):
        raise Refused("this is the store itself", str(path), "name another file")
    if not force:
        raise Refused("there is a file already", str(path), "name another, or say --force to replace it")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
