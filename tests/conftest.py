"""Fixtures that every test may use."""

import contextlib
import gc
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from improv import connecting, journal, migrations, storefile
from improv.playbook import Playbook, file
from tests.book import TODAY, Book, open_book
from tests.kept import MONDAY, Kept, keep
from tests.run import ROOT


class _Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the files of one group to one worker: what takes seconds to make is made once, and not by every worker."""

    def _split_scope(self, nodeid: str) -> str:
        return _group_of(nodeid.partition("::")[0]) or nodeid


@cache
def _group_of(file: str) -> str | None:
    """Return the group that a file of tests names in its mark; those of the machine's own programs are one."""
    if file.startswith("tests/system/"):
        return "system"
    named = re.search(r'xdist_group\("([^"]+)"\)', (ROOT / file).read_text("utf-8"))
    return named[1] if named else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out by the groups of their files; xdist's own way marks them where pytest no longer looks."""
    return _Groups(config, log)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what was loaded for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def shipped_playbooks_are_merged_once() -> Iterator[None]:
    """Merge a playbook that is shipped once for the same overrides: every command in this process asks for one."""
    merge, made = file.merged, dict[tuple[str, str, str], Playbook]()

    def merged(use: str | Path, overrides: Mapping[str, object] | None, where: str) -> Playbook:
        if isinstance(use, Path) or use.endswith(".toml"):
            return merge(use, overrides, where)  # a file of a test's own may change
        key = use, repr(overrides), where
        if key not in made:
            made[key] = merge(use, overrides, where)
        return made[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file, "merged", merged)
        yield


@pytest.fixture(scope="session", autouse=True)
def stores_are_copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make a new store as a copy of one that was made once, with ids of its own: thousands are needed."""
    make, steps = storefile._make, migrations.STEPS
    template = tmp_path_factory.mktemp("template") / "improv.db"
    make(template)

    def copied(file: Path) -> None:
        if migrations.STEPS is not steps:  # a test is another version of the program
            make(file)
            return
        shutil.copyfile(template, file)
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
            journal.prepare(connection)
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("UPDATE store_setting SET value = lower(hex(randomblob(length(value) / 2)))")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(storefile, "_make", copied)
        yield


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give an empty book of records in memory of one test, on a fixed day."""
    with open_book(tmp_path / "improv.db", TODAY) as opened:
        yield opened


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Kept]]:
    """Give a way to a store of `tests.kept`, made when it is first asked for.

    It takes seconds to make one: the files that ask belong to one group, which one worker tests.
    """
    made: dict[tuple[str, date], Kept] = {}
    with contextlib.ExitStack() as stores:

        def find(what: str, today: date = MONDAY) -> Kept:
            if (what, today) not in made:
                path = tmp_path_factory.mktemp("kept") / "improv.db"
                made[what, today] = stores.enter_context(keep(path, what, today))
            return made[what, today]

        yield find


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: for tests of many commands that are not about power cuts."""
    connect = connecting._connect

    def connected(name: str, *, uri: bool = False) -> sqlite3.Connection:
        connection = connect(name, uri=uri)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        return connection

    monkeypatch.setattr(connecting, "_connect", connected)
