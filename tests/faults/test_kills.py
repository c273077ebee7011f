"""Killed before any call to the system: nothing acknowledged is lost, and what was interrupted is whole or absent."""

from pathlib import Path

import pytest

from tests.faults.tally import FULL, Tally, some
from tests.faults.world import DEEDS, Deed, World
from tests.run import run
from tests.typists import kill_at_random, write_at_once

pytestmark = pytest.mark.system("strace")
SAMPLED = 6
WRITERS, ADDS, KILLS = 8, (100 if FULL else 5), (200 if FULL else 5)


def test_many_writers_at_once_lose_nothing(tmp_path: Path, tally: Tally) -> None:
    """Eight processes write at once, the very first command among them: all of it is there, without an error."""
    faults = write_at_once(tmp_path / "improv.db", WRITERS, ADDS)
    tally.add(f"{WRITERS} writers at once, from the first run on", WRITERS * ADDS, len(faults), [])
    assert faults == []


def test_what_was_acknowledged_survives_sigkill(tmp_path: Path, tally: Tally) -> None:
    """Killed at any moment while adding, a writer loses nothing it acknowledged, and the next command works."""
    db = tmp_path / "improv.db"
    assert run("init", db=db).code == 0
    acknowledged, faults = kill_at_random(db, KILLS)
    tally.add(f"SIGKILL at random moments ({acknowledged} records acknowledged)", KILLS, len(faults), [])
    assert faults == []


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_command_killed_before_any_call_is_whole_or_absent(
    tmp_path: Path, book: Path, deed: Deed, tally: Tally
) -> None:
    """SIGKILL arrives as a write, a sync, a lock, a rename … of the store is about to be made."""
    world = World(tmp_path, book, deed)
    tried = some(world.calls, SAMPLED, deed.name)
    lost = []
    for call, number in tried:
        killed = world.hit(call, number, "signal=SIGKILL")
        assert killed.code in {-9, 137}, killed
        if fault := world.judge(killed):
            lost.append(f"{call} {number}: {fault}")
    tally.add(f"{deed.name}: SIGKILL before each call", len(tried), len(lost), [])
    assert lost == []
