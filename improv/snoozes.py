"""Red flags that somebody put aside: the last word on each flag of each record, and how long it holds."""

from datetime import date
from sqlite3 import Row

from improv.memory import Subject
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.reader import Reader
from improv.records.words import FLAGGED


class Snooze(NamedTuple):
    """A flag put aside for one record since a day, when it was so grave; without `until` it was acknowledged."""

    id: int
    severity: str
    since: date
    until: date | None
    because: str | None
    ended: date | None

    def over_on(self, today: date) -> date | None:
        """Return the day it was over, taken back or run out; none while it runs."""
        if self.ended is not None:
            return self.ended
        return self.until if self.until is not None and self.until <= today else None

    def runs(self, today: date) -> bool:
        """Tell whether it is neither taken back nor over."""
        return self.over_on(today) is None


def latest(reader: Reader) -> dict[Subject, Snooze]:
    """Return the last snooze of each flag of each record that one was ever put aside for."""
    return {
        _subject(row): Snooze(
            row["id"],
            row["severity"],
            date.fromisoformat(row["since_on"]),
            _day(row["until_on"]),
            row["because"],
            _day(row["ended_on"]),
        )
        for row in reader.rows("SELECT x.* FROM snooze AS x ORDER BY x.id")
    }


def _subject(row: Row) -> Subject:
    noun = next(noun for noun in FLAGGED if row[f"{noun}_id"] is not None)
    return Subject(row["code"], BY_TABLE[noun].letter, row[f"{noun}_id"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
