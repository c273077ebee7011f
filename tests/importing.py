"""The fixture `bring`: import a text as a file into the book of one test."""

from pathlib import Path
from typing import Any

import pytest

from improv.transfer.csvfile import open_csv
from improv.transfer.guess import guess
from improv.transfer.importer import run_import
from improv.transfer.kinds import KINDS
from improv.transfer.mapping import read_mapping
from improv.transfer.result import ImportResult
from tests.book import Book
from tests.files import Importer, written


@pytest.fixture
def bring(book: Book, tmp_path: Path) -> Importer:
    """Import a text as a file of a kind into the book, by a mapping in TOML or by the guess."""

    def run(
        kind: str, text: str, mapping: str | None = None, single: list[str] | None = None, **how: Any
    ) -> ImportResult:
        file = open_csv(written(tmp_path, text))
        if mapping is None:
            made = guess(file, KINDS[kind], book.work.playbook, single)
        else:
            made = read_mapping(written(tmp_path, mapping, "m.toml"), KINDS[kind])
        return run_import(book.work, file, made, **how)

    return run
