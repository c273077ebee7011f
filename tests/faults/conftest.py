"""What the tests of this folder share: the programs they need, one tally, and a store that something is done to."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.faults.deeds import MAILED
from tests.faults.nursery import Nursery
from tests.faults.posted import Posted
from tests.faults.tally import Tally
from tests.faults.world import Deed, World
from tests.needed import lacking
from tests.session import must


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for the programs that a test names in its mark: `pytest.mark.system("strace")`."""
    for mark in item.iter_markers("system"):
        for program in mark.args:
            if shutil.which(program) is None:
                lacking(program)
            if program == "strace" and not _may_trace():
                pytest.skip("this machine lets nobody trace a process")


@cache
def _may_trace() -> bool:
    """Tell whether a process may be traced here: a container may forbid it."""
    return (
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode
        == 0
    )


@pytest.fixture(scope="session")
def tally() -> Tally:
    """Give the table of what came of every fault."""
    return Tally()


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with a little of everything; copy it before something is done to it."""
    db = tmp_path_factory.mktemp("book") / "improv.db"
    for command in (
        "lead add Ada --source web --email ada@example.com",
        'lead add Bob --source referral --company "Smith & Co"',
        "opp add ada --title Audit --value 10k",
        "event schedule O1 discovery-meeting +2d --anticipated-stage proposal",
        'log call ada "asked about the budget" --response yes',
        "client add Acme --health 80",
        'visit log C1 --satisfaction 5 --outcomes "a good year"',
        'note add ada "prefers mornings"',
        "task add call --about ada --due +3d",
        "lead edit L1 --city Paris",
        "lead edit L2 --city Rome",
        "undo",
    ):
        must(command, db)
    return db


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Give a process that has loaded the program, and forks a child for each command."""
    with Nursery(tmp_path_factory.mktemp("nursery")) as opened:
        yield opened


@pytest.fixture
def world_of(tmp_path: Path, book: Path, nursery: Nursery) -> Iterator[Callable[..., World]]:
    """Give a way to a world in which a deed is done, on a disk of its own where one is named."""
    with contextlib.ExitStack() as stack:

        def make(deed: Deed, now: Path | None = None) -> World:
            folder = tmp_path / deed.name.partition(" ")[0]
            folder.mkdir()
            if deed is MAILED:
                return Posted(folder, nursery, stack, now)
            return World(folder, book, deed, nursery, now)

        yield make
