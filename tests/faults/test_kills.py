"""Killed: nothing acknowledged is lost, what was interrupted is whole or absent, and the next command works."""

import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.deeds import DEEDS
from tests.faults.tally import FULL, Tally, some
from tests.faults.world import Deed, World
from tests.run import run
from tests.typists import kill_at_random

pytestmark = pytest.mark.system("strace")
SAMPLED = 4
KILLS = 200 if FULL else 3
# As it comes from whoever shuts the machine down, and as it comes from nobody who waits.
SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM}


def test_what_was_acknowledged_survives_sigkill(tmp_path: Path, tally: Tally) -> None:
    """Killed at any moment while adding one after the other, a writer loses nothing it acknowledged."""
    db = tmp_path / "improv.db"
    assert run("init", db=db).code == 0
    kills = -(-KILLS // 4)
    acknowledged, faults = kill_at_random(db, kills)
    tally.add(f"add after add: SIGKILL ({acknowledged} records acknowledged)", kills, len(faults), [])
    assert faults == []


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_command_killed_before_any_call_is_whole_or_absent(
    deed: Deed, world_of: Callable[..., World], tally: Tally
) -> None:
    """SIGKILL arrives as a write, a sync, a lock, a rename … of the store is about to be made."""
    world = world_of(deed)
    tried = some(world.calls, SAMPLED, deed.name)
    lost = []
    for call, number in tried:
        killed = world.hit(call, number, "signal=SIGKILL")
        assert killed.code == -signal.SIGKILL, killed
        if fault := world.judge(killed):
            lost.append(f"{call} {number}: {fault}")
    tally.add(f"{deed.name}: SIGKILL before each call", len(tried), len(lost), [])
    assert lost == []


@pytest.mark.parametrize("sent", SIGNALS)
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_command_killed_at_any_moment_is_whole_or_absent(
    deed: Deed, sent: str, world_of: Callable[..., World], tally: Tally
) -> None:
    """The moments are spread over the time that the command takes."""
    world = world_of(deed)
    tries = KILLS if sent == "SIGKILL" else -(-KILLS // 4)
    took = duration(world)
    lost = []
    for number in range(tries):
        world.fresh()
        child = world.start()
        time.sleep(took * 1.1 * number / tries)
        child.send(SIGNALS[sent])
        killed = child.end()
        if killed.code not in {0, -SIGNALS[sent]}:
            lost.append(f"after {number}/{tries}: ended with {killed}")
        if fault := world.judge(killed):
            lost.append(f"after {number}/{tries}: {fault}")
    tally.add(f"{deed.name}: {sent} at any moment", tries, len(lost), [])
    assert lost == []


def duration(world: World) -> float:
    """Return how many seconds a deed takes, as a rule."""
    took = []
    for _ in range(3):
        world.fresh()
        began = time.monotonic()
        world.do()
        took.append(time.monotonic() - began)
    return statistics.median(took)
