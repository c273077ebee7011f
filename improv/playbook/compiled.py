"""What the shipped playbooks say, as Python's own compiled literals: to parse them took longer than Python takes to start.

`python -m improv.playbook.compiled` writes them anew after a shipped playbook was changed. They are a cache and no second
source: a text that is not the one they were made of is parsed.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from zlib import crc32

HEAD = '"""What {0}.toml says; written by `python -m improv.playbook.compiled`."""\n\nOF = {1}\nSAYS: dict[str, object] = {2!r}\n'


def said(path: Path, text: str) -> Mapping[str, object] | None:
    """Return what a shipped playbook says, when this is its text; else nothing."""
    try:
        kept = import_module(f"improv.playbooks.{_module(path)}")
    except ImportError:
        return None
    says: Mapping[str, object] = kept.SAYS
    return says if crc32(text.encode()) == kept.OF else None


def source(path: Path) -> str:
    """Return the module of a shipped playbook."""
    import tomllib  # noqa: PLC0415 - only who writes the modules parses

    text = path.read_text("utf-8")
    return HEAD.format(path.stem, crc32(text.encode()), tomllib.loads(text))


def target(path: Path) -> Path:
    """Return where the module of a shipped playbook is kept."""
    return path.with_name(f"{_module(path)}.py")


def _module(path: Path) -> str:
    return path.stem.replace("-", "_") + "_compiled"


if __name__ == "__main__":
    for playbook in sorted((Path(__file__).parent.parent / "playbooks").glob("*.toml")):
        target(playbook).write_text(source(playbook), "utf-8")
        sys.stdout.write(f"{target(playbook)}\n")
