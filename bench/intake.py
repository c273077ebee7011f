"""How fast files come in and go out, in how much memory, and how long readers wait meanwhile.

`python -m bench.intake [ROWS [LONGEST]]` prints a section of docs/performance.md: imports of so many rows (100,000)
beside their baselines, and the peak of memory up to the longest (1,000,000). It needs the network once: sqlite-utils is
installed into an environment of its own.
"""

import contextlib
import csv
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from bench.generate import TODAY
from improv import journal

KINDS: Final = ("leads", "opportunities", "stages", "events", "activities")
FORMS: Final = ("jsonl", "zip", "vcf")
ROUNDS: Final = 3
ROOT: Final = Path(__file__).parent.parent
PEER: Final = "sqlite-utils"
# What tells about the import itself, and is none of its rows.
_NO_RECORDS: Final = ("journal_", "sqlite_", "seal", "store_setting", "memory_", "purge")


class Spent(NamedTuple):
    """What a command took: seconds of the processor, its peak of memory in MB."""

    seconds: float
    megabytes: float


def spent(words: Sequence[str], home: Path) -> Spent:
    """Run a command and return what it took; one that fails ends all."""
    told = {"IMPROV_TODAY": TODAY.isoformat(), "IMPROV_CONFIG": "/dev/null", "TZ": "UTC", "HOME": str(home)}
    process = subprocess.Popen(
        words, env=told, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit code {process.returncode}")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def improv(store: Path, *words: str) -> list[str]:
    """Return a command of ours on a store."""
    return [sys.executable, "-m", "improv", "--db", str(store), *words]


def drawn(rows: int, folder: Path) -> dict[str, Path]:
    """Draw a book and return its files, each cut to so many rows; those that have fewer are whole."""
    folder.mkdir()
    # In a process of its own: the peak of a command is never told as less than that of who started it.
    draw = f"from pathlib import Path; from bench.generate import write; write({5 * rows}, Path({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", draw], check=True, cwd=ROOT)
    files = {kind: folder / f"{kind}.csv" for kind in KINDS}
    for file in files.values():
        whole = file.rename(file.with_suffix(".all"))
        with whole.open() as source, file.open("w") as target:
            target.writelines(islice(source, rows + 1))
        whole.unlink()
    return files


def counted(file: Path) -> int:
    """Return how many rows a file has below its header."""
    with file.open(newline="") as source:
        return sum(1 for _ in csv.reader(source)) - 1


Records = dict[str, list[tuple[object, ...]]]


class Brought(NamedTuple):
    """What an import did to the records: those it added and changed, as they are now, and those it removed."""

    added: Records
    changed: Records
    removed: Records

    def __len__(self) -> int:
        return sum(len(rows) for kind in (self.added, self.changed, self.removed) for rows in kind.values())


def brought(store: Path, before: Path) -> Brought:
    """Return what became of the records of a store since another was copied from it."""
    found = Brought({}, {}, {})
    with contextlib.closing(sqlite3.connect(store)) as now:
        now.execute("ATTACH ? AS old", (str(before),))
        names = [name for (name,) in now.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in (name for name in names if not name.startswith(_NO_RECORDS)):
            ask, both = now.execute, f"SELECT id FROM old.{name} INTERSECT SELECT id FROM main.{name}"
            differ = f"SELECT * FROM main.{name} EXCEPT SELECT * FROM old.{name}"
            for into, sql in (
                (found.added, f"SELECT * FROM main.{name} WHERE id NOT IN (SELECT id FROM old.{name})"),
                (found.changed, f"SELECT * FROM ({differ}) WHERE id IN ({both})"),
                (found.removed, f"SELECT id FROM old.{name} WHERE id NOT IN (SELECT id FROM main.{name})"),
            ):
                if rows := ask(sql).fetchall():
                    into[name] = rows
    return found


def executemany(records: Brought, store: Path, *, bare: bool) -> float:
    """Write records by `executemany` into a copy of a store, as any program may, or into tables of columns alone."""
    copy = store.with_suffix(".many")
    copy.unlink(missing_ok=True)
    if not bare:
        shutil.copy(store, copy)
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        journal.prepare(connection)
        columns = {
            table: len(rows[0]) for kind in (records.added, records.changed) for table, rows in kind.items()
        }
        if bare:
            for table, wide in columns.items():
                connection.execute(f"CREATE TABLE {table} ({', '.join(f'c{at}' for at in range(wide))})")
        began = time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        if not bare:
            journal.begin(connection, "executemany", "2026-11-23T09:00:00Z")
            for table, rows in records.removed.items():
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", rows)
            for table, rows in records.changed.items():
                names = journal.columns_of(connection, table)
                marks = ", ".join("?" * len(names))
                update = f"UPDATE {table} SET ({', '.join(names)}) = ({marks}) WHERE id = ?"
                connection.executemany(update, ((*row, row[0]) for row in rows))
        for table, rows in [*records.added.items(), *(records.changed.items() if bare else ())]:
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns[table])})", rows)
        connection.execute("COMMIT")
        taken = time.process_time() - began
    copy.unlink()
    return taken


class Measured(NamedTuple):
    """An import beside its baselines, in seconds: medians of alternating runs."""

    kind: str
    rows: int
    records: int
    ours: float
    guarded: float
    bare: float
    peer: float


def imports(files: dict[str, Path], folder: Path, peer: Path) -> Iterator[Measured]:
    """Bring in each kind in turn, and yield what it and its baselines took; the store is kept for what follows."""
    store, before = folder / "store.db", folder / "before.db"
    spent(improv(store, "init"), folder)
    for kind, file in files.items():
        store.replace(before)
        records, taken = None, []
        for _ in range(ROUNDS):
            shutil.copy(before, store)
            ours = spent(improv(store, "import", str(file), "--as", kind), folder)
            records = records or brought(store, before)
            guarded, bare = (executemany(records, before, bare=bare) for bare in (False, True))
            other = folder / "peer.db"
            other.unlink(missing_ok=True)
            theirs = spent([str(peer), "insert", str(other), kind, str(file), "--csv"], folder)
            taken.append((ours.seconds, guarded, bare, theirs.seconds))
        medians = map(statistics.median, zip(*taken, strict=True))
        yield Measured(kind, counted(file), len(records or ()), *medians)


def longest_wait(file: Path, store: Path, folder: Path) -> tuple[float, float]:
    """Bring in a file while readers come and go; return how long that took, and the longest that one waited."""
    process = subprocess.Popen(
        improv(store, "import", str(file), "--as", "leads"),
        env={
            "IMPROV_TODAY": TODAY.isoformat(),
            "IMPROV_CONFIG": "/dev/null",
            "TZ": "UTC",
            "HOME": str(folder),
        },
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    began, waits = time.monotonic(), [0.0]
    while process.poll() is None:
        asked = time.monotonic()
        with contextlib.closing(sqlite3.connect(store, timeout=600)) as reader:
            reader.execute("SELECT COUNT(*) FROM (SELECT 1 FROM lead LIMIT 100)").fetchone()
        waits.append(time.monotonic() - asked)
        time.sleep(0.01)
    return time.monotonic() - began, max(waits)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table of Markdown."""
    lines = [headers, ["---", *["--:"] * (len(headers) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def memory(lengths: Sequence[int], folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row for each command: its peak of memory at each length."""
    peaks: dict[str, list[str]] = {}
    for rows in lengths:
        own = folder / str(rows)
        files, store = drawn(rows, own), own / "store.db"
        for kind, file in files.items():
            taken = spent(improv(store, "import", str(file), "--as", kind), own)
            peaks.setdefault(f"import {kind}", []).append(f"{taken.megabytes:.0f} MB")
        for form in FORMS:
            taken = spent(improv(store, "export", "-o", str(own / f"book.{form}")), own)
            peaks.setdefault(f"export {form}", []).append(f"{taken.megabytes:.0f} MB")
        for form in FORMS[:2]:
            taken = spent(improv(own / f"{form}.db", "import", str(own / f"book.{form}")), own)
            peaks.setdefault(f"import {form}", []).append(f"{taken.megabytes:.0f} MB")
        shutil.rmtree(own)
    for what, said in peaks.items():
        yield what, *said


PROSE: Final = """
`bench/intake.py` draws CSV files, brings each in by `improv import`, and beside it, in alternating runs, measures three
baselines; the figures are seconds of the processor, medians of {rounds} runs, start-up included.

- **as any writer**: a bare `executemany` of the same records into the same tables of the same store, with their checks,
  indices and journal. What the rows cost whoever writes them one by one,
  nothing read, validated, looked up or recognised: an import may take at most six times as long, and does.
- **no store**: `executemany` of the same records into tables of columns alone: no index, no rule, no journal, no undo.
- **sqlite-utils**: `sqlite-utils insert --csv` of the same file into a fresh database: every cell is text, nothing is
  validated, and a row is one record. A lead is three here: the lead, its lifecycle and its score.
  0.75 times as long was promised, and every kind misses it: what SQLite alone takes for the checks, the indices and the
  journal of these records (the first baseline) is already more than that tool takes for all it does.
"""


def main() -> None:
    """Measure, and print the section."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    longest = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "peer")], check=True)
        pip = [str(folder / "peer" / "bin" / "python"), "-m", "pip", "install", "--quiet", PEER]
        subprocess.run(pip, check=True)
        peaks = list(memory((rows, longest), folder))  # first, while this process is small
        files = drawn(rows, folder / "files")
        done = list(imports(files, folder, folder / "peer" / "bin" / PEER))
        took, wait = longest_wait(files["leads"], folder / "store.db", folder)
    headers = ("rows of", "rows", "records", "improv", "as any writer", "×", "no store", "×", PEER, "×")
    lines = (
        (
            one.kind,
            f"{one.rows:,}",
            f"{one.records:,}",
            f"{one.ours:.2f} s",
            *tuple(
                cell
                for other in (one.guarded, one.bare, one.peer)
                for cell in (f"{other:.2f} s", f"{one.ours / other:.2f}")
            ),
        )
        for one in done
    )
    sys.stdout.write(
        f"## Import and export\n{PROSE.format(rounds=ROUNDS)}\n{table(headers, lines)}\n\n"
        f"A file larger than 250 kB is brought in beside the store, which is read as ever meanwhile: while {rows:,} leads "
        f"came in ({took:.1f} s), no reader of a loop waited longer than {wait:.2f} s.\n\n"
        f"The peak of memory, by the rows of the file:\n\n{table(('', f'{rows:,}', f'{longest:,}'), peaks)}\n"
    )


if __name__ == "__main__":
    main()
