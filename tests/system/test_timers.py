"""The units for systemd, as `systemd-analyze` itself reads them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.machine import Machine

pytestmark = pytest.mark.system("systemd-analyze")


@pytest.mark.parametrize("name", ["improv.db", 'a "b" 100% $HOME \\ ü\'s.db'])
def test_the_units_are_ones_that_systemd_takes(tmp_path: Path, name: str) -> None:
    """Without a word, whatever the store is called; and the timer goes by the user's own time zone."""
    machine = Machine(tmp_path)
    machine.db = tmp_path / name
    assert machine.started().type("schedule", "install", "--systemd", "--at", "07:05").code == 0
    units = sorted((tmp_path / "systemd/user").glob("improv-*"))
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *units],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    calendar = units[1].read_text("utf-8").partition("OnCalendar=")[2].partition("\n")[0]
    told = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=True
    )
    assert "*-*-* *:05:00 Europe/Berlin" in told.stdout
