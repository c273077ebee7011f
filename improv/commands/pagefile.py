"""A page in a file: its format by the suffix, private, and whole or not there at all."""

import contextlib
import fcntl
import glob
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from improv import shelf, storefile
from improv.errors import ImprovError, NotFound, Refused, Usage, reason_of
from improv.show import FORMATS

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
_SUFFIX: Final = ".part"
_RECOGNISED: Final = 40  # characters of a name: one may be as long as the file system lets it


def format_by_suffix(path: Path) -> str:
    """Return the format that the name of a file asks for."""
    found = FORMAT_BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        # What only an export or a calendar can be is not proposed: most pages are neither.
        pages = ", ".join(suffix for suffix, name in FORMAT_BY_SUFFIX.items() if name in FORMATS)
        raise Usage(
            "the name of the file does not say its format", str(path), f"end it in {pages}, or say --format"
        )
    return found


def save(write: Callable[[IO[bytes]], object], path: Path, store: Path, *, force: bool | None = None) -> None:
    """Let a file be written aside, sync it and put it in its place; a file that is there is kept unless forced.

    `force` is None where the command has no way to ask for it.
    """
    refuse(path, store, force=force)
    # A link is followed: what it points to is replaced, and not the link.
    path = path.resolve()
    try:
        _drop_left(path)
        with _aside(path) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
    except OSError as error:
        raise ImprovError(
            f"the file cannot be written: {reason_of(error)}",
            str(path),
            "name another file, or make room for it",
        ) from error
    with contextlib.suppress(OSError):  # the page is there; not every file system syncs a folder
        shelf.sync_folder(path.parent)


def save_text(text: str, path: Path, store: Path, *, force: bool | None = None) -> None:
    """Write a text as a file of its own."""
    save(lambda file: file.write(text.encode("utf-8")), path, store, force=force)


def refuse(path: Path, store: Path, *, force: bool | None = None) -> None:
    """Refuse what must not be replaced: a file nobody gave up, what is no file, the store and what belongs to it."""
    if not path.parent.is_dir():
        raise NotFound("there is no such folder", str(path.parent), "make it first, or name another")
    if path.is_symlink() and not path.exists():
        raise Refused("this is a link that leads nowhere", str(path), "remove it, or name another file")
    if path.exists() and not path.is_file():
        raise Refused("this is no ordinary file", str(path), "name another file")
    storefile.refuse_own(path, store)
    if path.exists() and not force:
        mend = "name another file" if force is None else "name another, or say --force to replace it"
        raise Refused("there is a file already", str(path), mend)


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[IO[bytes]]:
    """Give a private file beside the one that is meant, locked while it is written, and gone unless it was moved."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=_beginning(path), suffix=_SUFFIX, delete=False
    ) as file:
        try:
            with contextlib.suppress(OSError):  # not every file system has locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _drop_left(path: Path) -> None:
    """Remove what a killed command left beside a file: what is still written is locked."""
    for left in path.parent.glob(f"{glob.escape(_beginning(path))}*{_SUFFIX}"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _beginning(path: Path) -> str:
    return f".{path.name[:_RECOGNISED]}."
