"""What every program is asked, and the home it is asked in."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bench import installed
from bench.records import Record

Words = Sequence[str]


class Program:
    """A program with a home of its own, in which nothing of the machine's settings is seen."""

    name: ClassVar[str]
    command: ClassVar[str]
    pinned: ClassVar[Words]
    # Whether it is written in Python: those are what our reads are held against.
    python: ClassVar[bool] = True
    # The most records it is filled with.
    most: ClassVar[int] = 1_000_000

    def __init__(self, home: Path, bin_: Path | None = None) -> None:
        self.home = home
        self.bin = bin_ or self.install()

    def install(self) -> Path:
        """Return the folder of its command, installing it where it is missing."""
        return installed.from_pypi(self.name, self.pinned)

    @classmethod
    def version(cls) -> str:
        """Its version."""
        return cls.pinned[0].partition("==")[2]

    @property
    def world(self) -> dict[str, str]:
        """The environment its commands run in."""
        plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "COLUMNS": "200"}
        folders = {f"XDG_{kind.upper()}_HOME": str(self.home / kind) for kind in ("config", "data", "cache")}
        return {**plain, **folders, "HOME": str(self.home)}

    def fill(self, records: Sequence[Record]) -> None:
        """Make a store of these records."""
        raise NotImplementedError

    def add(self, name: str) -> Words:
        """Return the words that add a record of today, from the source of what is added."""
        raise NotImplementedError

    def typed(self, name: str) -> str:
        """Return what is typed to the command that adds a record."""
        del name
        return ""

    def listed(self) -> Words:
        """Return the words that list the records of the fair."""
        raise NotImplementedError

    def report(self) -> Words | None:
        """Return the words that count the records of each source; nothing where it cannot."""
        return None

    def shown(self, record: Record) -> str:
        """Return what stands for a record in its list."""
        return record.name

    def told(self, count: int) -> str:
        """Return how it tells so many records of a source."""
        return str(count)

    def say(self, *words: str) -> list[str]:
        """Return the words of a command of its."""
        return [str(self.bin / self.command), *words]

    def write(self, path: str, text: str) -> Path:
        """Write a file of its home."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def run(self, words: Words) -> None:
        """Run a command of its that is not measured."""
        subprocess.run(words, env=self.world, check=True, capture_output=True)
