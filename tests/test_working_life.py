"""What is over costs today's page, `todo` and `alerts` next to nothing: SQLite's own steps are counted, so no stopwatch is needed.

Two books of one consultant have the same at hand: the other has four times as much behind it.
"""

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bench import generate
from improv import connecting
from improv.once import ONCE
from tests.run import run
from tests.session import must

DAY: Final = generate.TODAY.isoformat()
SIZES: Final = (1_000, 4_000)
COMMANDS: Final = ("today", "todo", "alerts")
# After so many steps of its machine SQLite is asked where it is.
_EACH: Final = 10
# A list of numbers and any text that is bound: each book has its own.
_BOUND: Final = re.compile(r"'[^']*'")
_ONCE: Final = "SELECT json_group_"
# What grows all the same, a piece of its SQL, and why.
GROWS: Final = (
    (_ONCE, "who is current, and how long stays took, is found once on a page among all there are"),
    ("x.reason", "a sale that was lost without a reason is looked for among all that were lost"),
)
# What is at hand is about the same in both books, not to the last event.
_ABOUT: Final = 1.35
_A_FEW: Final = 300


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Make both books."""
    made = []
    for size in SIZES:
        folder = tmp_path_factory.mktemp(f"life-{size}")
        for typed, file in generate.write(size, folder, over=True).items():
            must(f"{typed} {file}", folder / "improv.db", DAY)
        made.append(folder / "improv.db")
    return made


class Steps:
    """How many steps SQLite took for each statement, and how often each was asked."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._now = ""

    def listen(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Count what is asked on a connection from now on."""
        connection.set_trace_callback(self._begin)
        connection.set_progress_handler(self._step, _EACH)
        return connection

    def _begin(self, statement: str) -> None:
        self._now = _BOUND.sub("?", statement)
        self.asked[self._now] += 1

    def _step(self) -> int:
        self.taken[self._now] += _EACH
        return 0


@contextlib.contextmanager
def counted() -> Iterator[Steps]:
    """Count the steps of whatever opens a store meanwhile."""
    steps, connect = Steps(), connecting._connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connecting, "_connect", lambda name, **how: steps.listen(connect(name, **how)))
        yield steps


def grown(small: Steps, large: Steps) -> dict[str, tuple[int, int]]:
    """Return the statements that took more steps of the book with more behind it, and how many of each."""
    return {
        statement: (small.taken[statement], steps)
        for statement, steps in large.taken.items()
        if steps > _ABOUT * small.taken[statement] + _A_FEW
    }


def test_both_books_have_the_same_at_hand(lives: list[Path]) -> None:
    """Thirty sales are open and forty clients active, whatever is behind; of that there is four times as much."""
    counts = []
    for store in lives:
        with contextlib.closing(sqlite3.connect(store)) as connection:
            sales, leads, clients, active = connection.execute(
                """SELECT (SELECT COUNT(*) FROM stage_stay WHERE until IS NULL), (SELECT COUNT(*) FROM lead),
                (SELECT COUNT(*) FROM client), (SELECT COUNT(*) FROM client_status WHERE until IS NULL AND status = 'active')"""
            ).fetchone()
        assert (sales, active) == (generate.OPEN, generate.ACTIVE)
        counts.append((leads, clients))
    (leads, clients), (later_leads, later_clients) = counts
    assert later_leads == 4 * leads
    assert later_clients > 4 * clients
    assert must("doctor", lives[0], DAY).code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_over_is_asked_once(command: str, lives: list[Path]) -> None:
    """No statement takes more steps for what is over, but those that say why; what is found once is found once."""
    told = []
    for store in lives:
        with counted() as steps:
            assert run(command, db=store, today=DAY).code in {0, 1}
        told.append(steps)
        once = {statement: times for statement, times in steps.asked.items() if statement.startswith(_ONCE)}
        assert 3 <= len(once) <= len(ONCE)
        assert set(once.values()) == {1}
    found = grown(*told)
    assert {sql for sql in found if not any(piece in sql for piece, _ in GROWS)} == set()
    assert any(_ONCE in sql for sql in found)


def test_a_statement_that_looks_through_what_is_over_is_seen(lives: list[Path]) -> None:
    """The test above could see it: the last visit of every client grows, that of one does not."""
    told = []
    for store in lives:
        steps = Steps()
        with contextlib.closing(sqlite3.connect(store)) as connection:
            steps.listen(connection)
            for sql in (
                "SELECT MAX(held_on) FROM visit GROUP BY client_id",
                "SELECT MAX(held_on) FROM visit WHERE client_id = 7",
            ):
                connection.execute(sql).fetchall()
        told.append(steps)
    assert list(grown(*told)) == ["SELECT MAX(held_on) FROM visit GROUP BY client_id"]
