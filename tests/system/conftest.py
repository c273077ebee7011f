"""What the tests of this folder share: the programs they need, and one browser for all of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needed import lacking
from tests.system.browser import Browser


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for the programs that a test names in its mark: `pytest.mark.system("less")`."""
    for mark in item.iter_markers("system"):
        for program in mark.args:
            if shutil.which(program) is None:
                lacking(program)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give Chromium, started once, with a profile of its own."""
    program = shutil.which("chromium")
    assert program is not None
    with Browser(Path(program), tmp_path_factory.mktemp("profile")) as started:
        yield started
