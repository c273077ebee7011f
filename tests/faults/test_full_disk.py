"""A real disk that is full, at many levels: a small one in memory, filled to the brim by somebody else."""

import contextlib
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv.errors import ImprovError, StoreUnusable
from tests.faults.deeds import imported
from tests.faults.tally import Tally, some
from tests.faults.world import TODAY, dump, store_ill, words
from tests.run import Result, run, spawn

SIZE = 3_000_000
COMMANDS = (
    ("lead", "add", "Eve", "--company", "x" * 20_000),
    ("import", "HERE/leads.csv", "--as", "leads"),
    ("undo",),
)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a small disk in memory."""
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk of their own")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def filled(disk: Path, free: int) -> Path:
    """Fill the disk with somebody else's file until so many bytes are free."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    filler.write_bytes(bytes(max(room.f_bavail * room.f_bsize - free, 0)))
    return filler


def test_a_full_disk_loses_nothing_and_is_told(disk: Path, book: Path, tally: Tally) -> None:
    """Whatever is still free, down to nothing: done, or told; lists work; and all is well once there is room."""
    luck = random.Random("disk")  # noqa: S311 - no secret
    levels = [0, 4096, 8192, *sorted(luck.randrange(0, 1_200_000) // 4096 * 4096 for _ in range(60))]
    tried = some(levels, 4, "levels")
    lost, said = [], []
    for free in tried:
        for command in COMMANDS:
            db = disk / "improv.db"
            db.write_bytes(book.read_bytes())
            db.chmod(0o600)
            imported(disk)
            before = dump(db)
            filler = filled(disk, free)
            result = spawn(
                *(word.replace("HERE", str(disk)) for word in command), db=db, today=TODAY, cwd=disk
            )
            lost += [f"{free} {command[0]}: {fault}" for fault in unkept(db, before, result)]
            said.append(words(result) or "done all the same")
            filler.unlink()
            after = run("note", "add", "L1", "there is room again", db=db, today=TODAY)
            if after.code or store_ill(db):
                lost.append(f"{free} {command[0]}: afterwards {after}")
            for left in disk.iterdir():
                with contextlib.suppress(IsADirectoryError):
                    left.unlink()
    tally.add("a disk that is full, at many levels", len(tried) * len(COMMANDS), len(lost), said)
    assert lost == []


def unkept(db: Path, before: object, result: Result) -> Iterator[str]:
    """Yield what a command on a full disk got wrong, while the disk is still full."""
    if store_ill(db):
        yield f"unsound: {store_ill(db)}"
    if (dump(db) == before) == (result.code == 0):
        yield f"told {result.code}, and did otherwise"
    if result.code not in {0, ImprovError.exit_code, StoreUnusable.exit_code} or (
        result.code and not words(result)
    ):
        yield f"said {result}"
    if run("lead", "list", db=db, today=TODAY).code != 0:
        yield "the list does not work"
