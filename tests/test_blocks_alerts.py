"""The red flags once more, as SQL written by hand: what `bench.size` times `improv alerts` against must find the same."""

from collections.abc import Callable

import pytest

from bench.blocks import blocks
from improv.alerts import alerts
from tests.kept import KEPT, Kept

pytestmark = pytest.mark.xdist_group("sample")

# What no query tells: what counts towards a quota.
NOT_ASKED = {"Q1"}


@pytest.mark.parametrize("what", KEPT)
def test_hand_written_sql_finds_the_same_flags_on_the_same_records(
    what: str, kept: Callable[..., Kept]
) -> None:
    """Each with its gravity and its days, in the order of the page; those that are snoozed too."""
    reader = kept(what).reader()
    (statement,) = blocks()["alerts"]
    theirs = [tuple(row) for row in reader.connection.execute(statement, {"today": reader.today.isoformat()})]
    ours = [
        (one.severity, one.code, one.ref, one.days) for one in alerts(reader) if one.code not in NOT_ASKED
    ]
    assert [row for row in theirs if row not in ours] == []
    assert [row for row in ours if row not in theirs] == []
    assert ours == theirs
    assert ours
