"""Fixtures that every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book import TODAY, Book, open_book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give an empty book of records in memory of one test, on a fixed day."""
    with open_book(tmp_path / "improv.db", TODAY) as opened:
        yield opened
