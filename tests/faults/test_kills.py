"""Killed before any call to the system: nothing acknowledged is lost, and what was interrupted is whole or absent."""

from pathlib import Path

import pytest

from tests.faults.tally import Tally, some
from tests.faults.world import DEEDS, Deed, World

pytestmark = pytest.mark.system("strace")
SAMPLED = 6


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
