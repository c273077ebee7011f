"""The stores that are measured on, made once under `build/bench` and kept as long as they fit this program."""

import csv
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import generate
from bench.installed import BUILD, ROOT
from bench.records import fair
from improv.migrations import VERSION

BIG: Final = 1_000_000
# What a command is told of the world it runs in: a day on which the records end, and nobody's settings.
WORLD: Final = {
    "IMPROV_CONFIG": "/dev/null",
    "IMPROV_TODAY": generate.TODAY.isoformat(),
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "TZ": "UTC",
}


def store(events: int, *, over: bool = False) -> Path:
    """Return a store with about so many events, as many other records, and the twenty of the fair; or one of a working life.

    It is made where there is none, or where the one that is there has another schema or came from another generator.
    """
    name = f"{events}-over" if over else str(events)
    path, mark = BUILD / f"{name}.db", BUILD / f"{name}.made"
    if not (path.exists() and mark.exists() and mark.read_text("utf-8") == _maker()):
        BUILD.mkdir(parents=True, exist_ok=True)
        for old in (path, mark):
            old.unlink(missing_ok=True)
        words = (
            sys.executable,
            "-m",
            "bench.generate",
            str(path),
            str(events),
            *(("--over",) if over else ()),
        )
        # What is printed on stdout is a section of a page.
        subprocess.run(words, check=True, cwd=ROOT, stdout=sys.stderr)
        _add_the_fair(path)
        shutil.rmtree(f"{path}.backups", ignore_errors=True)  # one of each import, as large as the store
        mark.write_text(_maker(), "utf-8")
    return path


def copied(events: int, folder: Path) -> Path:
    """Return a copy of a store that may be written."""
    return Path(shutil.copy(store(events), folder / f"{events}.db"))


def _maker() -> str:
    """Return what a store depends on: the version of the schema, and the sources that draw it."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (generate, sys.modules[__name__]))
    return f"{VERSION} {hashlib.sha256(b''.join(sources)).hexdigest()}"


def _add_the_fair(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fair.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(("id", "name", "received_on", "source"))
            chance = random.Random("fair")  # noqa: S311 - a book, no secret
            rows.writerows((f"F-{one.number}", one.name, one.day, one.source) for one in fair(0, chance))
        words = [sys.executable, "-m", "improv", "--db", str(path), "import", str(file), "--as", "leads"]
        world = {**os.environ, **WORLD, "HOME": folder}
        subprocess.run(words, check=True, capture_output=True, env=world)
