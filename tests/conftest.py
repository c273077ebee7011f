"""Fixtures that every test may use."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from improv import storefile
from tests.book import TODAY, Book, open_book
from tests.kept import MONDAY, Kept, keep


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
    connect = storefile._connect

    def connected(name: str, *, uri: bool = False) -> sqlite3.Connection:
        connection = connect(name, uri=uri)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        return connection

    monkeypatch.setattr(storefile, "_connect", connected)
