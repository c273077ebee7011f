"""What comes in and goes out costs as much memory however long it is."""

from pathlib import Path

import pytest

from bench.intake import memory

SHORT, LONG = 10_000, 30_000  # rows
MOST, MORE = 100, 9  # MB at most, and how many more of them a file of three times the length may take


@pytest.mark.system
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Three times the rows: under 100 MB each, and next to no more than before; out and back again, too."""
    peaks = {
        what: [int(one.removesuffix(" MB")) for one in said]
        for what, *said in memory((SHORT, LONG), tmp_path)
    }
    assert {what: long for what, (_, long) in peaks.items() if long > MOST} == {}
    assert {what: both for what, both in peaks.items() if both[1] - both[0] > MORE} == {}
