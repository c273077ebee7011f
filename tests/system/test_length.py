"""What comes in and goes out costs as much memory however long it is."""

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from bench.generate import TODAY, write
from tests.run import ROOT, world

SHORT, LONG = 5_000, 25_000  # rows
MOST, MORE = 100, 12  # MB at most, and how much more of them a file of five times the length may take
KINDS = ("leads", "opportunities", "stages", "events", "activities")


def peak(db: Path, *words: object) -> float:
    """Run a command, and return its peak of memory in MB."""
    command = [sys.executable, "-m", "improv", "--db", str(db), *map(str, words)]
    process = subprocess.Popen(
        command,
        env=world(db, TODAY) | {"PYTHONPATH": str(ROOT)},
        cwd=db.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    return usage.ru_maxrss / 1024


def peaks(folder: Path, rows: int) -> dict[str, float]:
    """Bring in files of so many rows, and take all of it out and back; return the peak of each command."""
    folder.mkdir()
    db, files, found = folder / "improv.db", write(5 * rows, folder), {}
    for kind in KINDS:
        cut = folder / f"cut-{kind}.csv"
        with files[kind].open() as source, cut.open("w") as target:
            target.writelines(islice(source, rows + 1))
        found[f"import {kind}"] = peak(db, "import", cut, "--as", kind)
    for form in ("jsonl", "zip", "vcf"):
        found[f"export {form}"] = peak(db, "export", "-o", folder / f"book.{form}")
    for form in ("jsonl", "zip"):
        found[f"import {form}"] = peak(folder / f"{form}.db", "import", folder / f"book.{form}")
    return found


@pytest.mark.system
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Five times the rows: under 100 MB each, and next to no more than before."""
    short, long = peaks(tmp_path / "short", SHORT), peaks(tmp_path / "long", LONG)
    assert {what: mb for what, mb in long.items() if mb > MOST} == {}
    assert {what: (short[what], mb) for what, mb in long.items() if mb - short[what] > MORE} == {}
