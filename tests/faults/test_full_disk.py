"""A disk that is full, and a file that may not grow: done, or told in words; lists work; all is well once there is room."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from improv.errors import ImprovError, StoreUnusable
from improv.post import MailNotSent
from tests.faults.deeds import DEEDS
from tests.faults.tally import Tally, some
from tests.faults.world import TODAY, Deed, World, words
from tests.run import Result, run

SIZE, PAGE, ROOM = 8_000_000, 4096, 2_500_000
SAMPLED = 2
CODES = {one.exit_code for one in (ImprovError, StoreUnusable, MailNotSent)}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a small disk in memory."""
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk of their own")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def levels(count: int, seed: str) -> list[int]:
    """Return so many amounts of bytes: next to nothing, and whatever chance says."""
    luck = random.Random(seed)  # noqa: S311 - no secret
    return [PAGE, 2 * PAGE, *sorted(luck.randrange(ROOM) // PAGE * PAGE for _ in range(count - 2))]


def filled(disk: Path, free: int) -> Path:
    """Fill the disk with somebody else's file until so many bytes are free."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    filler.write_bytes(bytes(max(room.f_bavail * room.f_bsize - free, 0)))
    return filler


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_full_disk_loses_nothing_and_is_told(
    disk: Path, deed: Deed, world_of: Callable[..., World], tally: Tally
) -> None:
    """A real disk, filled by somebody else's file: whatever is still free, down to nothing."""
    world = world_of(deed, disk)
    tried = some([0, *levels(60, deed.name)], SAMPLED, deed.name)
    lost, said = [], []
    for free in tried:
        world.fresh()
        filler = filled(disk, free)
        result = world.do()
        said.append(words(result) or "done all the same")
        lost += [f"{free} free: {fault}" for fault in untold(result, world)]
        filler.unlink()
        if fault := world.judge(result):
            lost.append(f"{free} free: {fault}")
    tally.add(f"{deed.name}: a disk that is full", len(tried), len(lost), said)
    assert lost == []


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_file_that_may_not_grow_is_told(deed: Deed, world_of: Callable[..., World], tally: Tally) -> None:
    """`ulimit -f`, which sends SIGXFSZ to whoever writes beyond it."""
    world = world_of(deed)
    tried = some(levels(40, deed.name), SAMPLED, deed.name)
    lost, said = [], []
    for largest in tried:
        world.fresh()
        result = world.do({"FSIZE": largest})
        said.append(words(result) or "done all the same")
        lost += [f"at most {largest}: {fault}" for fault in untold(result, world)]
        if fault := world.judge(result):
            lost.append(f"at most {largest}: {fault}")
    tally.add(f"{deed.name}: a limit on the size of files", len(tried), len(lost), said)
    assert lost == []


def untold(result: Result, world: World) -> Iterator[str]:
    """Yield what is wrong with what a command said, and what does not work while the disk is still full."""
    if result.code != 0 and (result.code not in CODES or not words(result)):
        yield f"said {result}"
    listed = run("lead", "list", db=world.db, today=TODAY)
    # A store of an older version is written anew before it is read: there is no room for that.
    if listed.code != 0 and (world.deed.keeps != "migration" or not words(listed)):
        yield f"the list does not work: {listed}"
