"""A purge killed before any call to the system: the person is there as before, or gone from every file."""

from itertools import groupby
from pathlib import Path

import pytest

from improv import storefile
from tests.faults.tally import Tally, some
from tests.faults.world import Deed, World
from tests.session import must

pytestmark = pytest.mark.system("strace")
SAMPLED = 6
# A page after the other is written and locked alike: so many of each call are enough.
OF_EACH = 25
THEIRS = (b"Bob", b"Smith & Co", b"wears a bowler")


def held(folder: Path) -> None:
    """Write more of the one who asks, and take a backup that holds it."""
    must("note add Bob 'wears a bowler'", folder / "improv.db")
    must("backup", folder / "improv.db")


class Purge(World):
    """A purge, of which the calls about its working copy and the backups are counted, too."""

    def _strace(self, calls: str, log: str = "/dev/null") -> tuple[str, ...]:
        *before, watched = super()._strace(calls, log)[:-2], ("-e", f"trace={calls}")
        backups = storefile.backup_folder(self.db)
        places = [
            self.folder / ".improv.db.purge",
            *backups.glob("*.db"),
            backups / "000002-purge.db",
        ]
        return (*before[0], *(word for place in places for word in ("-P", str(place))), *watched)

    def theirs(self) -> list[str]:
        """Return the files in which the person still is."""
        return [
            file.name
            for file in self.folder.rglob("*")
            if file.is_file() and any(word in file.read_bytes() for word in THEIRS)
        ]


def spread(calls: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return calls of each kind, from the first to the last."""
    chosen = []
    for _, group in groupby(calls, key=lambda call: call[0]):
        alike = list(group)
        chosen += [*alike[:: -(-len(alike) // OF_EACH)], alike[-1]]
    return list(dict.fromkeys(chosen))


def test_a_purge_killed_before_any_call_is_whole_or_absent(tmp_path: Path, book: Path, tally: Tally) -> None:
    """Done, no byte is left in the folder; not done, all is as it was, and typed again it is done."""
    world = Purge(tmp_path, book, Deed("purge", "purge L2 --yes", held))
    tried, lost = some(spread(world.calls), SAMPLED, "purge"), []
    assert world.theirs() == []
    for call, number in tried:
        killed = world.hit(call, number, "signal=SIGKILL")
        assert killed.code in {-9, 137}, killed
        here = f"{call} {number}: "
        if fault := world.judge(killed):
            lost.append(here + fault)
        elif "Bob" not in must("lead list", world.db).out:
            lost += [f"{here}purged, and still in {name}" for name in world.theirs()]
        else:
            must("purge L2 --yes", world.db)
            lost += [f"{here}purged again, and still in {name}" for name in world.theirs()]
    tally.add("purge: SIGKILL before each call", len(tried), len(lost), [])
    assert lost == []
