"""How rows become stays in stages: a file is the whole history of the opportunities it names.

Rows of one opportunity are put in order; each stay runs until the next row. A row that says how the opportunity ended
closes its last stay, and a later stage reopens it.
"""

import contextlib
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from improv.models import Opportunity, OpportunityOutcome, OpportunityTerms, StageStay
from improv.text import folded
from improv.transfer.deals import NEGATIVE_STAY, reasons
from improv.transfer.importing import Importing, Kinds, needed
from improv.transfer.values import Fault, Moment

_REPEATED = "rows that repeat the stage it is in: its stay goes on"


@dataclass(slots=True)
class Entry:
    """One row of a history: when it entered a stage or ended, and its place in the file."""

    line: int
    at: Moment
    until: date | None
    sequence: int | None
    stage: str | None
    outcome: str | None
    reasons: dict[str, str]


class Histories(Kinds):
    """Collects the rows of each opportunity, and writes its stays when all of them are known."""

    table = "stage_stay"

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self._of: dict[int, list[Entry]] = {}
        self._unknown: dict[str, list[Entry]] = {}
        self._names: dict[str, str] = {}
        self._spoilt: dict[int | str, int] = {}
        self._keep_repeats = importing.mapping.repeats == "keep"

    def write(self, line: int, values: dict[str, Any]) -> None:
        """Keep a row with its opportunity; what is wrong with it is told now."""
        stage, outcome = values.get("stage"), values.get("outcome")
        if stage is None and outcome is None:
            raise Fault("stage is missing")
        at: Moment = needed(values, "since")
        until: Moment | None = values.get("until")
        entry = Entry(
            line,
            at,
            None if until is None else until.day,
            values.get("sequence"),
            None if outcome else stage,
            outcome,
            reasons(values),
        )
        self._rows_of(values).append(entry)

    def _rows_of(self, values: dict[str, Any]) -> list[Entry]:
        external, name = values.get("opportunity"), values.get("opportunity_name")
        if not external and not name:
            raise Fault("opportunity is missing: a history row belongs to one")
        found = self.links.directory("opportunity").find(external, name)
        if found is not None:
            return self._of.setdefault(found, [])
        if self.importing.result.missing == "refuse" or self.importing.mode == "update":
            said = f"has the id {external}" if external else f"is called {name}"
            raise Fault(f"no opportunity {said}: import the opportunities first, or --missing create")
        key = external or folded(str(name))
        self._names.setdefault(key, str(name or external))
        return self._unknown.setdefault(key, [])

    def spoil(self, line: int, texts: dict[str, str]) -> None:
        """Hear of a row that is not imported: half a history would be a wrong one, so all of it waits."""
        external, name = texts.get("opportunity"), texts.get("opportunity_name")
        with contextlib.suppress(Fault):
            found = self.links.directory("opportunity").find(external, name)
            key = found if found is not None else external or folded(str(name))
            self._spoilt.setdefault(key, line)

    def finish(self) -> None:
        """Write the stays and outcomes of every opportunity."""
        self.batch.flush()
        for number, rows in self._of.items():
            if number in self._spoilt:
                self._refuse(rows, f"line {self._spoilt[number]} of the same history is not imported")
            elif self._is_typed(number):
                self._refuse(
                    rows, "the stays of this opportunity were typed by hand, and are left as they are"
                )
            else:
                self._replace(number, self._ordered(rows))
        for key, rows in self._unknown.items():
            if key in self._spoilt:
                self._refuse(rows, f"line {self._spoilt[key]} of the same history is not imported")
            else:
                self._write(self._made(key, rows), self._ordered(rows), {})

    def _refuse(self, rows: list[Entry], reason: str) -> None:
        self.importing.result.failed.update((row.line, reason) for row in rows)

    def _made(self, key: str, rows: list[Entry]) -> int:
        """Make an opportunity that only the history knows."""
        called, opened = self._names[key], min(row.at.day for row in rows)
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
            return sorted(rows, key=lambda row: (row.sequence or 0, row.at.day, row.at.clock or "", row.line))
        return sorted(rows, key=lambda row: (row.at.day, row.at.clock or "", row.line))

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
        first = min(row.at.day for row in rows).isoformat()
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
            ends = row.until if row.until is not None else after.at.day if after is not None else None
            if ends is not None and ends < row.at.day:
                self.importing.notice(NEGATIVE_STAY)
            span = {"opportunity_id": number, "since": row.at.day, "until": ends, "imported": True}
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
