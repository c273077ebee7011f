"""What comes in and goes out costs as much memory however long it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run import ROOT

SHORT, LONG = 10_000, 30_000  # rows
MOST, MORE = 100, 9  # MB at most, and how many more of them a file of three times the length may take


@pytest.mark.system
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Three times the rows: under 100 MB each, and next to no more than before; out and back again, too."""
    # In a process of its own: the peak of a command is never told as less than that of who started it.
    asks = f"from bench.intake import memory; rows = list(memory(({SHORT}, {LONG}), Path({str(tmp_path)!r})))"
    told = subprocess.run(
        [sys.executable, "-c", f"import json; from pathlib import Path; {asks}; print(json.dumps(rows))"],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ).stdout
    peaks = {what: [int(one.removesuffix(" MB")) for one in said] for what, *said in json.loads(told)}
    assert {what: long for what, (_, long) in peaks.items() if long > MOST} == {}
    assert {what: both for what, both in peaks.items() if both[1] - both[0] > MORE} == {}
