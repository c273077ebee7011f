"""A purge killed before any call to the system: the person is there as before, or gone from every file."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from tests.faults.deeds import PURGED
from tests.faults.tally import Tally, some
from tests.faults.world import World
from tests.session import must

pytestmark = pytest.mark.system("strace")
SAMPLED = 6
# A page after the other is written and locked alike: so many of each call are enough.
OF_EACH = 25
THEIRS = (b"Bob", b"Smith & Co", b"wears a bowler")


def theirs(folder: Path) -> list[str]:
    """Return the files in which the person still is."""
    return [
        file.name
        for file in folder.rglob("*")
        if file.is_file() and any(word in file.read_bytes() for word in THEIRS)
    ]


def spread(calls: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return calls of each kind, from the first to the last."""
    chosen = []
    for _, group in groupby(calls, key=lambda call: call[0]):
        alike = list(group)
        chosen += [*alike[:: -(-len(alike) // OF_EACH)], alike[-1]]
    return list(dict.fromkeys(chosen))


def test_a_purge_killed_before_any_call_leaves_the_person_or_nothing_of_them(
    world_of: Callable[..., World], tally: Tally
) -> None:
    """Done, no byte is left in the folder; not done, all is as it was, and typed again it is done."""
    world = world_of(PURGED)
    tried, lost = some(spread(world.calls), SAMPLED, "purge"), []
    world.fresh()
    assert world.do().code == 0
    assert theirs(world.folder) == []
    for call, number in tried:
        killed = world.hit(call, number, "signal=SIGKILL")
        assert killed.code in {-9, 137}, killed
        here = f"{call} {number}: "
        if fault := world.judge(killed):
            lost.append(here + fault)
        elif "Bob" not in must("lead list", world.db).out:
            lost += [f"{here}purged, and still in {name}" for name in theirs(world.folder)]
        else:
            must("purge L2 --yes", world.db)
            lost += [f"{here}purged again, and still in {name}" for name in theirs(world.folder)]
    tally.add("purge: SIGKILL before a call, every byte looked at", len(tried), len(lost), [])
    assert lost == []
