"""The records that every program is given: the same names, days and sources, however it keeps them."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from bench.generate import FAMILY, GIVEN, TODAY, YEARS

SOURCES: Final = ("web", "referral", "event", "networking")
# Those whose list is asked for: twenty people met in the last week, whatever else there is.
FAIR: Final = "walk-in"
AT_THE_FAIR: Final = 20
FAIR_DAYS: Final = 7
SINCE: Final = TODAY - timedelta(FAIR_DAYS)
# What is added while the clock runs comes from here, so that the figures of all other sources stay.
ADDED: Final = "web"


class Record(NamedTuple):
    """Somebody who came to us: a number, a name, a day and a source."""

    number: int
    name: str
    day: date
    source: str


def drawn(count: int) -> list[Record]:
    """Return so many records by day; the last twenty are those of the fair."""
    chance = random.Random("records")  # noqa: S311 - a book, no secret
    before = TODAY - timedelta(YEARS * 365)
    spread = YEARS * 365 - FAIR_DAYS
    others = count - AT_THE_FAIR
    return [
        Record(number, named(number, chance), before + timedelta(number * spread // others), source)
        for number, source in zip(range(others), itertools.cycle(SOURCES), strict=False)
    ] + fair(others, chance)


def fair(first: int, chance: random.Random) -> list[Record]:
    """Return those of the fair, numbered from `first` on."""
    days = [TODAY - timedelta(place % FAIR_DAYS) for place in reversed(range(AT_THE_FAIR))]
    return [Record(first + place, named(first + place, chance), day, FAIR) for place, day in enumerate(days)]


def named(number: int, chance: random.Random) -> str:
    """Return a name that nobody else has."""
    return f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {number:06}"


def counted(records: Sequence[Record]) -> dict[str, int]:
    """Return how many came from each source."""
    return dict(Counter(record.source for record in records))
