"""A playbook with fields of the user's own of every kind, and a random book in which they are filled."""

import contextlib
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from improv import playbook, storefile
from improv.locking import Place
from improv.nouns import FIELDED
from improv.playbook import CustomField
from improv.reader import Reader
from improv.store import Writing, writing
from tests.kept import MONDAY, Kept

SHADES = ["dark", "bright", "in between"]
_TINT = {"name": "Tint", "kind": "choice", "choices": SHADES}
_OWN = {noun: {"mood": {"name": "Mood", "kind": "text"}} for noun in FIELDED}
# One key is declared thrice: the nearest record that fills it is what counts.
BOOK = playbook.load(
    "improv",
    {
        "field": _OWN
        | {
            "lead": {"tint": _TINT, "desks": {"name": "Desks", "kind": "number"}},
            "opportunity": {"tint": _TINT, "fee": {"name": "Fee", "kind": "money"}},
            "client": {
                "tint": _TINT,
                "signed": {"name": "Signed", "kind": "yes-no"},
                "board-meets": {"name": "Board meets", "kind": "day"},
            },
            "campaign": {"medium": {"name": "Medium", "kind": "text"}},
        }
    },
)


def drawn(chance: random.Random, one: CustomField) -> object:
    """Draw a value of a field; now and then it is taken away."""
    values: dict[str, Callable[[], object]] = {
        "text": lambda: chance.choice(("calm", "wild", "=1+1", "[b]bold")),
        "number": lambda: chance.randrange(-2, 8),
        "money": lambda: chance.choice((0, 5, 1_000_000)),
        "day": lambda: MONDAY + timedelta(days=chance.randrange(-9, 9)),
        "choice": lambda: chance.choice(SHADES),
        "yes-no": lambda: chance.choice((True, False)),
    }
    return None if chance.random() < 0.1 else values[one.kind]()


def filled(work: Writing, seed: int) -> None:
    """Fill the fields of most records, some of them again and again."""
    chance = random.Random(seed)  # noqa: S311 - a book to test with, not a secret
    for noun in FIELDED:
        for (number,) in work.connection.execute(f"SELECT id FROM {noun} ORDER BY id").fetchall():
            began = work.began(noun, number)
            for one in work.playbook.fields_of(noun):
                for _ in range(chance.choice((0, 1, 1, 2))):
                    day = began + timedelta(days=chance.randrange(1 + max((MONDAY - began).days, 0)))
                    work.say(noun, number, {one.column: drawn(chance, one)}, day)


class Fielded:
    """A finished store with fields of the user's own: `reader` reads it, on any day."""

    def __init__(self, kept: Kept, path: Path) -> None:
        self.path = Path(shutil.copy(kept.path, path))
        now = datetime.combine(MONDAY, time(13, tzinfo=UTC))
        with writing(Place(self.path), BOOK, MONDAY, now, "fill") as work:
            filled(work, 6)
        self.connection = storefile.open_to_read(self.path)

    def reader(self, as_of: date | None = None) -> Reader:
        """Return a reader of the store, as of a day or on its own."""
        return Reader(self.connection, BOOK, MONDAY, as_of=as_of)


@contextlib.contextmanager
def fielded(kept: Kept, folder: Path) -> Iterator[Fielded]:
    """Give a copy of a store in which the fields are filled."""
    made = Fielded(kept, folder / "improv.db")
    with contextlib.closing(made.connection):
        yield made
