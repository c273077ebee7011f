"""The shipped playbooks as Python's own compiled literals: to parse and check them took longer than Python takes to start.

`python -m improv.playbook.compiled` writes them anew after a shipped playbook was changed: `…_says.py`, what its file
says, for what is laid over it; and `…_book.py`, the playbook that all its files make, for when nothing is. They are a
cache and no second source: files that are not the ones they were made of are read.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from zlib import crc32

from improv.playbook import Playbook

SHIPPED: Final = Path(__file__).parent.parent / "playbooks"
_SAYS: Final = (
    '"""What {}.toml says; written by `python -m improv.playbook.compiled`."""\n\nOF = {!r}\nSAYS = {!r}\n'
)
_BOOK: Final = """\"\"\"The playbook {}; written by `python -m improv.playbook.compiled`.\"\"\"

from types import MappingProxyType as mappingproxy

from improv.playbook import *
from improv.playbook.entries import *
from improv.playbook.own import *

OF = {!r}
BOOK = {!r}
"""


def said(path: Path, text: str) -> Mapping[str, Any] | None:
    """Return what the file of a shipped playbook says, when this is its text; else nothing."""
    kept = _kept(path.stem, "says")
    if kept is None or crc32(text.encode()) != kept.OF:
        return None
    says: Mapping[str, Any] = kept.SAYS
    return says


def book(name: str) -> Playbook | None:
    """Return a shipped playbook that nothing is laid over; nothing where it is none, or its files were changed."""
    kept = _kept(name, "book")
    if kept is None or any(crc32((SHIPPED / file).read_bytes()) != of for file, of in kept.OF.items()):
        return None
    made: Playbook = kept.BOOK
    return made


def _kept(name: str, what: str) -> ModuleType | None:
    if not name.replace("-", "").isalnum():
        return None
    try:
        return import_module(f"improv.playbooks.{_module(name, what)}")
    except ImportError:
        return None


def sources() -> dict[Path, str]:
    """Return the text of every module, by the file it is kept in."""
    from improv.playbook.file import files_of, merged, parsed  # noqa: PLC0415 - only who writes the modules reads files

    made = {}
    for file in sorted(SHIPPED.glob("*.toml")):
        name = file.stem
        of = {one.name: crc32(one.read_bytes()) for one in files_of(name)}
        made[SHIPPED / f"{_module(name, 'says')}.py"] = _SAYS.format(name, of[file.name], parsed(file, name))
        made[SHIPPED / f"{_module(name, 'book')}.py"] = _BOOK.format(name, of, merged(name, None, ""))
    return made


def _module(name: str, what: str) -> str:
    return f"{name.replace('-', '_')}_{what}"


if __name__ == "__main__":
    for target, source in sources().items():
        target.write_text(source, "utf-8")
        sys.stdout.write(f"{target}\n")
