"""How rows become stays in stages: a file is the whole history of the opportunities it names.

Rows of one opportunity are put in order; each stay runs until the next row. A row that says how the opportunity ended
closes its last stay, and a later stage reopens it.
"""

import contextlib
from collections.abc import Iterator
from datetime import date
from itertools import groupby, pairwise
from typing import Any, Final

from improv.models import Opportunity, OpportunityOutcome, OpportunityTerms, StageStay
from improv.named import NamedTuple
from improv.register import temporary
from improv.text import folded
from improv.transfer.deals import NEGATIVE_STAY, reasons
from improv.transfer.importing import Importing, Kinds, needed
from improv.transfer.values import Fault, Moment

_REPEATED = "rows that repeat the stage it is in: its stay goes on"
_AT_ONCE: Final = 2_000  # rows that are held before they are written
_SCHEMA: Final = """
CREATE TABLE entry (
    line INTEGER PRIMARY KEY, number INTEGER, word TEXT, called TEXT,
    day TEXT, clock TEXT, until TEXT, sequence INTEGER, stage TEXT, outcome TEXT, reason TEXT, words TEXT
);
CREATE TABLE spoilt (line INTEGER PRIMARY KEY, number INTEGER, word TEXT);
"""
# Opportunities that are known come first, each where the file names it first.
_BY_OPPORTUNITY: Final = """
SELECT line, number, word, called, day, clock, until, sequence, stage, outcome, reason, words FROM (
  SELECT *, MIN(line) OVER (PARTITION BY number, word) AS first FROM entry)
ORDER BY CASE WHEN number IS NULL THEN 1 ELSE 0 END, first, line"""


class Entry(NamedTuple):
    """One row of a history: when it entered a stage or ended, and its place in the file.

    It is of an opportunity that is known by its `number`, or of one that only the history knows: by a `word`, an id
    or a name, and as it is `called`.
    """

    line: int
    number: int | None
    word: str | None
    called: str
    day: date
    clock: str | None
    until: date | None
    sequence: int | None
    stage: str | None
    outcome: str | None
    reasons: dict[str, str]


class Histories(Kinds):
    """Collects the rows of each opportunity in a temporary file, and writes its stays when all of them are known."""

    table = "stage_stay"

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self._file = temporary(_SCHEMA)
        self._held: list[tuple[object, ...]] = []
        self._keep_repeats = importing.mapping.repeats == "keep"

    def write(self, line: int, values: dict[str, Any]) -> None:
        """Keep a row with its opportunity; what is wrong with it is told now."""
        stage, outcome = values.get("stage"), values.get("outcome")
        if stage is None and outcome is None:
            raise Fault("stage is missing")
        at: Moment = needed(values, "since")
        until: Moment | None = values.get("until")
        because = reasons(values)
        self._held.append(
            (
                *(line, *self._of(values), at.day.isoformat(), at.clock),
                *(
                    until and until.day.isoformat(),
                    values.get("sequence"),
                    None if outcome else stage,
                    outcome,
                ),
                *(because.get("reason"), because.get("words")),
            )
        )
        if len(self._held) >= _AT_ONCE:
            self._put_away()

    def _put_away(self) -> None:
        self._file.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._held)
        self._held.clear()

    def _of(self, values: dict[str, Any]) -> tuple[int | None, str | None, str]:
        """Return of which opportunity a row is: its number, or what it is known by, and what it is called."""
        external, name = values.get("opportunity"), values.get("opportunity_name")
        if not external and not name:
            raise Fault("opportunity is missing: a history row belongs to one")
        called = str(name or external)
        found = self.links.directory("opportunity").find(external, name)
        if found is not None:
            return found, None, called
        if self.importing.result.missing == "refuse" or self.importing.mode == "update":
            said = f"has the id {external}" if external else f"is called {name}"
            raise Fault(f"no opportunity {said}: import the opportunities first, or --missing create")
        return None, external or folded(str(name)), called

    def spoil(self, line: int, texts: dict[str, str]) -> None:
        """Hear of a row that is not imported: half a history would be a wrong one, so all of it waits."""
        external, name = texts.get("opportunity"), texts.get("opportunity_name")
        with contextlib.suppress(Fault):
            found = self.links.directory("opportunity").find(external, name)
            word = None if found is not None else external or folded(str(name))
            self._file.execute("INSERT INTO spoilt VALUES (?, ?, ?)", (line, found, word))

    def finish(self) -> None:
        """Write the stays and outcomes of every opportunity."""
        self.batch.flush()
        self._put_away()
        self._file.execute("CREATE INDEX spoilt_of ON spoilt (number, word, line)")
        waiting = 0
        for (number, word), entries in groupby(self._entries(), key=lambda one: (one.number, one.word)):
            rows = list(entries)
            self._finish(number, word, rows)
            waiting += len(rows)
            if waiting >= _AT_ONCE:
                self.batch.flush()
                waiting = 0

    def _entries(self) -> Iterator[Entry]:
        for row in self._file.execute(_BY_OPPORTUNITY):
            line, number, word, called, day, clock, until, sequence, stage, outcome, reason, words = row
            said = {name: text for name, text in (("reason", reason), ("words", words)) if text is not None}
            at, ended = date.fromisoformat(day), until and date.fromisoformat(until)
            yield Entry(line, number, word, called, at, clock, ended, sequence, stage, outcome, said)

    def _finish(self, number: int | None, word: str | None, rows: list[Entry]) -> None:
        spoilt = self._file.execute(
            "SELECT MIN(line) FROM spoilt WHERE number IS ? AND word IS ?", (number, word)
        ).fetchone()[0]
        if spoilt is not None:
            self._refuse(rows, f"line {spoilt} of the same history is not imported")
        elif number is None:
            self._write(self._made(str(word), rows), self._ordered(rows), {})
        elif self._is_typed(number):
            self._refuse(rows, "the stays of this opportunity were typed by hand, and are left as they are")
        else:
            self._replace(number, self._ordered(rows))

    def _refuse(self, rows: list[Entry], reason: str) -> None:
        self.importing.result.failed.update((row.line, reason) for row in rows)

    def _made(self, key: str, rows: list[Entry]) -> int:
        """Make an opportunity that only the history knows."""
        called, opened = rows[0].called, min(row.day for row in rows)
        by_name = key == folded(called) and not self.links.directory("opportunity").by_id.under(key)
        external = None if by_name and called != key else key
        number = self.batch.add(
            Opportunity,
            title=called,
            title_folded=folded(called),
            opened_on=opened,
            external_id=external,
            imported=True,
        )
        self.batch.created["opportunity"] -= 1
        self.batch.referred["opportunity"] += 1
        self.batch.add(OpportunityTerms, opportunity_id=number, on_day=opened)
        return number

    def _ordered(self, rows: list[Entry]) -> list[Entry]:
        """Return rows by their sequence when all have one, else by day and time, else as they stand in the file."""
        if all(row.sequence is not None for row in rows):
            return sorted(rows, key=lambda row: (row.sequence or 0, row.day, row.clock or "", row.line))
        return sorted(rows, key=lambda row: (row.day, row.clock or "", row.line))

    def _is_typed(self, number: int) -> bool:
        sql = (
            "SELECT 1 FROM stage_stay WHERE opportunity_id = :id AND imported = 0 "
            "UNION ALL SELECT 1 FROM opportunity_outcome WHERE opportunity_id = :id AND imported = 0"
        )
        return self.importing.work.connection.execute(sql, {"id": number}).fetchone() is not None

    def _replace(self, number: int, rows: list[Entry]) -> None:
        """Write a history in place of what an import knew before; why it ended is kept when it ended so."""
        ask = self.importing.work.connection.execute
        known = ask(
            "SELECT outcome, reason, words FROM opportunity_outcome WHERE opportunity_id = ? AND until IS NULL",
            (number,),
        ).fetchone()
        kept = {known[0]: {"reason": known[1], "words": known[2]}} if known else {}
        ask("DELETE FROM stage_stay WHERE opportunity_id = ?", (number,))
        ask("DELETE FROM opportunity_outcome WHERE opportunity_id = ?", (number,))
        first = min(row.day for row in rows).isoformat()
        opened = ask("SELECT opened_on FROM opportunity WHERE id = ?", (number,)).fetchone()[0]
        if first < opened:
            self.importing.notice("opportunities whose history begins before they were opened: opened then")
            ask("UPDATE opportunity SET opened_on = ? WHERE id = ?", (first, number))
        self._write(number, rows, kept)
        self.importing.result.updated += 1

    def _write(self, number: int, rows: list[Entry], kept: dict[str, dict[str, str | None]]) -> None:
        rows = rows if self._keep_repeats else self._without_repeats(rows)
        sequence, stage = 0, None
        self.importing.moved.add(number)
        for row, after in pairwise([*rows, None]):
            assert row is not None  # noqa: S101 - only the last one has none after it
            ends = row.until if row.until is not None else after.day if after is not None else None
            if ends is not None and ends < row.day:
                self.importing.notice(NEGATIVE_STAY)
            span = {"opportunity_id": number, "since": row.day, "until": ends, "imported": True}
            if row.outcome is not None:
                because = row.reasons or kept.get(row.outcome, {})
                self.batch.add(OpportunityOutcome, outcome=row.outcome, stage=stage, **span, **because)
            else:
                sequence, stage = sequence + 1, row.stage
                self.batch.add(StageStay, stage=row.stage, sequence=sequence, **span)

    def _without_repeats(self, rows: list[Entry]) -> list[Entry]:
        """Leave out a row that says the stage or outcome it is in already: an entry is a change."""
        changes = rows[:1]
        for row in rows[1:]:
            last = changes[-1]
            if (row.stage, row.outcome) == (last.stage, last.outcome) and last.until is None:
                self.importing.notice(_REPEATED)
            else:
                changes.append(row)
        return changes
