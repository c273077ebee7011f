"""The programs we are measured beside still do the three jobs, as far as they are here: `make bench` installs them all."""

import shutil
import sys
from pathlib import Path

import pytest

from bench.installed import BUILD
from bench.peers import Asked
from bench.programs import PROGRAMS
from bench.programs.program import Program
from bench.records import drawn
from bench.turns import measured

pytestmark = pytest.mark.system

PLACES = (str(Path(sys.executable).parent), None)  # beside this Python, or on the PATH


def place_of(program: type[Program]) -> Path | None:
    """Return the folder of a program's command, where it is installed: by `make bench`, by the tests, or by Debian."""
    installed = BUILD / program.name / "bin" / program.command
    found = (
        [str(installed)]
        if installed.exists()
        else [shutil.which(program.command, path=path) for path in PLACES]
    )
    return next((Path(name).parent for name in found if name), None)


@pytest.mark.parametrize("kind", PROGRAMS, ids=lambda kind: kind.name)
def test_a_program_adds_lists_and_reports_what_it_should(kind: type[Program], tmp_path: Path) -> None:
    """Two hundred records, one added, twenty listed, the sources counted: each job looks at what it did."""
    place = place_of(kind)
    if place is None:
        pytest.skip(f"{kind.name} is not here: make bench PARTS=peers")
    costs = [measured(job, 0).cpu for job in Asked(kind(tmp_path, place), drawn(200)).jobs()]
    assert costs
    assert all(costs)
