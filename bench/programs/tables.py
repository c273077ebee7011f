"""Programs that keep their records in a table of SQLite, ours among them."""

import contextlib
import csv
import json
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from bench import installed
from bench.generate import TODAY
from bench.programs.program import Program, Words
from bench.records import ADDED, FAIR, Record


class Improv(Program):
    """This program, as a wheel: leads, brought in from a CSV file."""

    name, command = "improv", "improv"

    def install(self) -> Path:
        return installed.program()

    @classmethod
    def version(cls) -> str:
        return installed.own_version()

    @property
    def world(self) -> dict[str, str]:
        own = {"IMPROV_DB": str(self.home / "improv.db"), "IMPROV_TODAY": TODAY.isoformat()}
        return {**super().world, **own}

    def fill(self, records: Sequence[Record]) -> None:
        file = self.home / "leads.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(("id", "name", "received_on", "source"))
            rows.writerows((record.number, record.name, record.day, record.source) for record in records)
        self.run(self.say("import", str(file), "--as", "leads", "--failed", str(self.home / "failed.csv")))

    def add(self, name: str) -> Words:
        return self.say("lead", "add", name, "--source", ADDED)

    def listed(self) -> Words:
        return self.say("lead", "list", "--source", FAIR)

    def report(self) -> Words:
        period = f"{TODAY - timedelta(4 * 365)}..{TODAY}"
        return self.say("metric", "new-leads", "--by", "source", "--for", period)


class Naive(Program):
    """The program that anyone would write: `bench/naive.py`."""

    name, command = "naive", "python"
    pinned = ("typer==0.29.2", "sqlmodel==0.0.50")

    @classmethod
    def version(cls) -> str:
        return ", ".join(cls.pinned).replace("==", " ")

    @property
    def world(self) -> dict[str, str]:
        return {**super().world, "LEADS_DB": str(self.home / "leads.db"), "PYTHONPATH": str(self.home)}

    def say(self, *words: str) -> list[str]:
        return super().say("-c", "import naive; naive.app()", *words)

    def fill(self, records: Sequence[Record]) -> None:
        shutil.copy(installed.ROOT / "bench" / "naive.py", self.home)
        self.run(self.say("list"))
        rows = ((record.name, record.day.isoformat(), record.source) for record in records)
        _insert(self.home / "leads.db", "INSERT INTO lead (name, received_on, source) VALUES (?, ?, ?)", rows)

    def add(self, name: str) -> Words:
        return self.say("add", name, "--source", ADDED)

    def listed(self) -> Words:
        return self.say("list", "--source", FAIR)

    def report(self) -> Words:
        return self.say("report")


class SqliteUtils(Program):
    """Rows of a table with an index on what they are asked by."""

    name, command = "sqlite-utils", "sqlite-utils"
    pinned = ("sqlite-utils==4.2.1",)

    def fill(self, records: Sequence[Record]) -> None:
        table = "CREATE TABLE lead (id INTEGER PRIMARY KEY, name TEXT, received_on TEXT, source TEXT);"
        rows = ((record.name, record.day.isoformat(), record.source) for record in records)
        insert = "INSERT INTO lead (name, received_on, source) VALUES (?, ?, ?)"
        _insert(self._file, insert, rows, f"{table} CREATE INDEX lead_source ON lead (source)")

    @property
    def _file(self) -> Path:
        return self.home / "leads.db"

    def add(self, name: str) -> Words:
        del name
        return self.say("insert", str(self._file), "lead", "-")

    def typed(self, name: str) -> str:
        return json.dumps({"name": name, "received_on": TODAY.isoformat(), "source": ADDED})

    def listed(self) -> Words:
        return self.say("rows", str(self._file), "lead", "--where", f"source = '{FAIR}'")

    def report(self) -> Words:
        return self.say(
            "query", str(self._file), "SELECT source, COUNT(*) AS leads FROM lead GROUP BY source"
        )


class Buku(Program):
    """Bookmarks with a tag."""

    name, command = "buku", "buku"
    pinned = ("buku==5.1",)

    def say(self, *words: str) -> list[str]:
        return super().say("--nostdin", "--nc", "--np", *words)

    def fill(self, records: Sequence[Record]) -> None:
        self.run(self.say("--stag"))
        rows = (
            (f"https://example.com/{one.number}", one.name, f",{one.source},", str(one.day))
            for one in records
        )
        insert = "INSERT INTO bookmarks (URL, metadata, tags, desc) VALUES (?, ?, ?, ?)"
        _insert(self.home / "data/buku/bookmarks.db", insert, rows)

    def add(self, name: str) -> Words:
        url = f"https://example.com/{name.replace(' ', '-')}"
        return self.say("--offline", "--add", url, ADDED, "--title", name)

    def listed(self) -> Words:
        return self.say("--stag", FAIR)

    def report(self) -> Words:
        return self.say("--stag")


def _insert(file: Path, sql: str, rows: Iterable[Sequence[object]], before: str = "") -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(before)
        connection.executemany(sql, rows)
        connection.commit()
