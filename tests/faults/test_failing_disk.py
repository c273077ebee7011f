"""A call to the system that fails: words and a code, no old record lost, no false success, and all well afterwards."""

from collections.abc import Callable

import pytest

from improv.errors import ImprovError, StoreUnusable, Usage
from improv.post import MailNotSent
from tests.faults.deeds import DEEDS
from tests.faults.tally import Tally, evenly, some
from tests.faults.world import Deed, World, words

pytestmark = pytest.mark.system("strace")
SAMPLED, MOST = 2, 60
# The file to be imported is the one thing that is told as a fault of the words that were typed.
CODES = {one.exit_code for one in (ImprovError, StoreUnusable, MailNotSent)}
UNREAD = ("the file cannot be read: Too many open files", Usage.exit_code)
# What fails, with which error: the writing calls with a full or a dying disk, the opening ones for want of handles.
FAULTS = {
    "ENOSPC": {"write", "pwrite64", "ftruncate", "openat", "link", "rename"},
    "EIO": {
        "write",
        "pwrite64",
        "fsync",
        "fdatasync",
        "ftruncate",
        "fcntl",
        "flock",
        "unlink",
        "link",
        "rename",
    },
    "EMFILE": {"openat"},
}


@pytest.mark.parametrize("error", FAULTS)
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_call_that_fails_is_told_and_loses_nothing(
    deed: Deed, error: str, world_of: Callable[..., World], tally: Tally
) -> None:
    """From the n-th call of a kind on every one fails, as on a disk that is full or dying."""
    world = world_of(deed)
    calls = evenly([call for call in world.calls if call[0] in FAULTS[error]], MOST)
    tried = some(calls, SAMPLED, deed.name + error)
    lost, said = [], []
    for call, number in tried:
        failed = world.hit(call, number, f"error={error}", onwards="+")
        if failed.code == 0:
            said.append("done all the same")
        elif (told := words(failed)) and (failed.code in CODES or (told, failed.code) == UNREAD):
            said.append(told)
        else:
            lost.append(f"{call} {number}: said {failed}")
        if fault := world.judge(failed):
            lost.append(f"{call} {number}: {fault}")
    tally.add(f"{deed.name}: {error} at each call", len(tried), len(lost), said)
    assert lost == []
