"""What an import did, or in a preview would do, as a value and as a report."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from improv.nouns import BY_TABLE
from improv.report import Block, Column, Notes, Report, Section, Table
from improv.transfer.failures import Failures

_SHOWN_REASONS: Final = 20
# What belongs to a record and is counted with it needs no line of its own.
_PARTS: Final = frozenset(
    ("lifecycle", "client_status", "opportunity_terms", "reading", "renewal", "qualification", "field_value")
)
_TABLES: Final = {
    "stage_stay": "stays in stages",
    "opportunity_outcome": "outcomes",
    "campaign_result": "campaign results",
}


@dataclass(slots=True)
class ImportResult:
    """How many rows a file has, what became of them, and what was noticed.

    `failed` is line → reason; `set_aside` are those of them whose record is ambiguous. `there` counts rows whose
    record was in the store (or earlier in the file) already and is left as it is. `proved` is field → the order of day
    and month that the column's values proved. `ignored` counts the lines of a log that are no touch, by what they are,
    `recognised` the visitors of whom it is known now who they are, and `unsubscribed` the leads and clients of whom it
    is known now that they want no more mail.
    """

    file: str
    kind: str
    missing: str = "create"
    rows: int = 0
    created: Counter[str] = field(default_factory=Counter)
    referred: Counter[str] = field(default_factory=Counter)
    updated: int = 0
    unchanged: int = 0
    there: int = 0
    skipped: int = 0
    failed: Failures = field(default_factory=Failures)
    set_aside: set[int] = field(default_factory=set)
    notices: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    proved: dict[str, str] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    recognised: int = 0
    unsubscribed: int = 0

    def as_report(self, today: date, *, dry_run: bool = False, failed_to: str = "") -> Report:
        """Return the result as a report; `failed_to` is the file the failed rows were written to."""
        blocks: list[Block] = [self._counts()]
        if self.notices:
            rows = sorted(self.notices.items())
            blocks.append(_table("notices", "Noticed and kept", ("what", "rows"), rows))
        if self.ignored:
            blocks.append(_table("ignored", "No touches", ("what", "rows"), sorted(self.ignored.items())))
        if self.unknown:
            unknown = [(name, word, n) for (name, word), n in self.unknown.most_common(_SHOWN_REASONS)]
            note = "say what they mean under [values.FIELD] of a mapping, or how to take them under [unknown]"
            blocks.append(
                _table("unknown", "Words that are not known", ("field", "word", "rows"), unknown, note)
            )
        if self.failed:
            note = f"they are in {failed_to}: mend them there, and import that file" if failed_to else ""
            lines = self.failed.reasons(_SHOWN_REASONS)
            blocks.append(_table("failed", "Not imported", ("reason", "rows", "first line"), lines, note))
        if self.notes:
            blocks.append(Notes(tuple(self.notes)))
        kept = any((*self.created.values(), *self.referred.values(), self.updated, self.recognised))
        subtitle = "one step to undo: improv undo" if kept else "nothing was changed"
        if dry_run:
            subtitle = "a preview: nothing was kept"
        return Report("import", f"{self.file} as {self.kind}", subtitle, (Section("", tuple(blocks)),), today)

    def _counts(self) -> Table:
        counts = [("rows in the file", self.rows)]
        counts += [(f"{_plural(table)} added", n) for table, n in self.created.items() if table not in _PARTS]
        counts += [
            (f"{_plural(table)} added because rows refer to them", n) for table, n in self.referred.items()
        ]
        said = (
            ("visitors recognised", self.recognised),
            ("people who asked for no more mail", self.unsubscribed),
            ("rows that updated a record", self.updated),
            ("rows that say what is known already", self.unchanged),
            ("rows whose record is there already, left as it is", self.there),
            ("rows that are no touch", self.ignored.total()),
            ("rows left out because they look like a known record", self.skipped),
            ("rows not imported", len(self.failed)),
            ("of these set aside as ambiguous", len(self.set_aside)),
        )
        counts += [(what, n) for what, n in said if n]
        return _table("counts", "", ("what", "how many"), counts)


def _plural(table: str) -> str:
    return BY_TABLE[table].plural if table in BY_TABLE else _TABLES.get(table, f"{table.replace('_', ' ')}s")


def _table(
    key: str,
    title: str,
    columns: tuple[str, ...],
    rows: list[tuple[str, int]] | list[tuple[str, str, int]] | list[tuple[str, int, int]],
    note: str = "",
) -> Table:
    made = tuple(
        Column(
            name.replace(" ", "_"), name, "number" if name in {"rows", "how many", "first line"} else "text"
        )
        for name in columns
    )
    return Table(key, title, made, rows, note=note)
