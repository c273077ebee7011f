"""The read side: rows of plain SQL, as of a day, as known on an entry. Nothing here imports SQLModel, and nothing here can write.

Before a query the reader puts common table expressions: the record tables as they were on the day, or as they had
been typed in by then (only when that was asked for), the playbook's lists as tables of their own (`playbook_stage`, …),
what clients and leads are rated (`rated_health`, …), and what earned points (`earned`). A query never knows.
"""

import re
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, TypeVar

from improv import formulas
from improv.history import HISTORY, as_of_select
from improv.journal import columns_of, known_select
from improv.playbook import TABLES, Playbook, Table
from improv.points import TABLES as POINTS
from improv.recorded import RECORDED

T = TypeVar("T")

# What is told by other tables: each comes after those it names.
_DERIVED = (*formulas.TABLES, *POINTS)
_WORD = r"[a-z_]+"
# Texts and comments, where nothing means anything; beside them what a macro begins with, and what its arguments end with.
# Each alternative begins with a plain letter: then the search leaps from one such letter to the next.
_QUOTED = r"""'[^']*'|"[^"]*"|--[^\n]*|/\*.*?(?:\*/|$)|"""
_DAYS = r"(?<![\w.:@$].)[Aa][Yy][Ss]\s*\("
_MACRO = rf"(?s){_QUOTED}d{_DAYS}|D{_DAYS}"
_MARK = rf"(?s){_QUOTED}\(|\)|,"


def expand_days(sql: str) -> str:
    """Replace each `days(a, b)` by the whole days from `a` to `b` in SQLite's words; the one macro of our SQL."""
    made, end = "", 0
    if "days" not in sql.casefold():  # as in lists: they need no pattern
        return sql
    for token in re.finditer(_MACRO, sql):
        if token.start() < end or token[0][0] not in "dD":
            continue
        first, second, place = _two_arguments(sql, token.end())
        made += f"{sql[end : token.start()]}CAST(julianday({expand_days(second)}) - julianday({expand_days(first)}) AS INTEGER)"
        end = place
    return made + sql[end:]


def _two_arguments(sql: str, start: int) -> tuple[str, str, int]:
    """Return the two arguments that begin at a place, and the place after their closing bracket."""
    depth, parts = 1, [start]
    for token in re.compile(_MARK).finditer(sql, start):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == "," and depth == 1:
            parts.append(token.end())
        if not depth:
            first, second = parts
            return sql[first : second - 1].strip(), sql[second : token.start()].strip(), token.end()
    raise ValueError(f"days( without its end: {sql[start:]}")


@cache
def _derived(name: str, facts: frozenset[tuple[str, str]], *, among: bool) -> str:
    """Return a table that is told by others as it stands before a query; by these facts, of all or `among` some."""
    told = POINTS[name] if name in POINTS else formulas.table(name, facts, among=among)
    return f"{name} {expand_days(told)}"


def _renamed(playbook: Playbook) -> dict[str, dict[str, dict[str, str]]]:
    """Return where records may hold keys that the playbook calls otherwise by now: table → column → key as it was → now."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for listed, columns in RECORDED.items():
        if names := playbook.renamed(listed):
            for table, column in columns:
                found.setdefault(table, {})[column] = names
    return found


class Reader:
    """Reads a store on one connection, as of a day or as it is now.

    `today` is the user's day; `as_of` the day that is looked at, today unless told; `known_on` the number of the last
    journal entry that counts, all of them unless told. Limits of the playbook are bound as `:limit_…`, the day as
    `:today`, and as `:on` the day a figure is read on: the same, unless the query is given another. `:only` is the
    number of the one record to be rated, all of them unless one is given; a query that names `:among`, a list of numbers in
    JSON, is told what those are rated. `:hour_costs` is what an hour of the user's costs. What `once.py` finds is bound as
    `:once_…` where a query asks for it.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        playbook: Playbook,
        today: date,
        *,
        as_of: date | None = None,
        known_on: int | None = None,
    ) -> None:
        self.connection = connection
        self.playbook = playbook
        self.as_of = as_of
        self.known_on = known_on
        self.today = as_of or today
        self._bound: dict[str, Any] = {f"limit_{name}": value for name, value in playbook.limits.items()}
        self._bound |= {
            **dict.fromkeys(("today", "on"), self.today.isoformat()),
            "as_of": None if as_of is None else as_of.isoformat(),
            "known_on": known_on,
            "only": None,
            "hour_costs": playbook.hour_costs,
        }
        self._tables: dict[str, Table] = {}
        self._listed: dict[tuple[str, ...], str] = {}
        self._texts: dict[str, str] = {}
        self._facts = frozenset(
            (kind, part.key) for kind, parts in playbook.formulas.items() for part in parts
        )
        self._renamed = _renamed(playbook)
        self._prepared: dict[str, str] = {}
        self._asked: dict[str, tuple[str, ...]] = {}
        self._kept: dict[Any, Any] | None = None

    def of_one_moment(self) -> "Reader":
        """Return a reader of the same that asks nothing twice: for a page, during which nothing is written."""
        if self._kept is not None:
            return self
        reader = Reader(self.connection, self.playbook, self.today, as_of=self.as_of, known_on=self.known_on)
        reader._kept = {}
        return reader

    def judging(self, playbook: Playbook) -> "Reader":
        """Return a reader of the same with other targets."""
        reader = Reader(self.connection, playbook, self.today, as_of=self.as_of, known_on=self.known_on)
        reader._kept = self._kept
        return reader

    def kept(self, what: Hashable, find: Callable[[], T]) -> T:
        """Return what was found before on this page, or find it."""
        if self._kept is None:
            return find()
        if what not in self._kept:
            self._kept[what] = find()
        found: T = self._kept[what]
        return found

    def looking(self, as_of: date | None, known_on: int | None = None) -> "Reader":
        """Return a reader of the same store as of another day, never knowing more than this one."""
        ends = [end for end in (self.known_on, known_on) if end is not None]
        known = min(ends, default=None)
        return self.kept(("looking", as_of, known), lambda: self._looking(as_of, known))

    def _looking(self, as_of: date | None, known_on: int | None) -> "Reader":
        reader = Reader(self.connection, self.playbook, self.today, as_of=as_of, known_on=known_on)
        return reader if self._kept is None else reader.of_one_moment()

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return list(self.each(sql, parameters))

    def each(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[sqlite3.Row]:
        """Return the rows of a query one by one."""
        cursor = self.connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(
            self.prepared(sql), {**self._bound, **self._found_once(sql), **(parameters or {})}
        )

    def once(self, name: str) -> str:
        """Return what is found once on a page, in JSON."""
        from improv.once import ONCE  # noqa: PLC0415 - most pages ask for nothing of it

        return self.kept(("once", name), lambda: str(self.value(ONCE[name])))

    def _found_once(self, sql: str) -> dict[str, str]:
        if sql not in self._asked:
            self._asked[sql] = tuple(re.findall(rf":once_({_WORD})", sql))
        return {f"once_{name}": self.once(name) for name in self._asked[sql]}

    def row(self, sql: str, parameters: Mapping[str, Any] | None = None) -> sqlite3.Row | None:
        """Return the first row of a query, or nothing."""
        return next(iter(self.each(sql, parameters)), None)

    def value(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - a column of any type
        """Return the first column of the first row, or nothing."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def prepared(self, sql: str) -> str:
        """Return the query with the tables it names put before it."""
        if sql not in self._prepared:
            self._prepared[sql] = self._prepare(sql)
        return self._prepared[sql]

    def _prepare(self, sql: str) -> str:
        derived: list[str] = []
        text = sql
        for name in reversed(_DERIVED):
            if name in text:
                table = _derived(name, self._facts, among=":among" in sql)
                text += table
                derived.insert(0, table)
        # To look for these few names is a tenth of taking a query apart into words.
        tables = [self._playbook_table(name, text) for name in TABLES if name in text]
        looked_back = self.as_of is not None or self.known_on is not None
        cut = HISTORY.keys() if looked_back else self._renamed.keys()
        if cut:  # such as `lead`, which is part of many a name
            tables += [self._record_table(name) for name in sorted(cut & set(re.findall(_WORD, text)))]
        tables += derived
        body = expand_days(sql).strip()
        if not tables:
            return body
        if body[:5].upper() == "WITH ":
            return f"WITH {', '.join(tables)}, {body[5:]}"
        return f"WITH {', '.join(tables)} {body}"

    def _playbook_table(self, name: str, text: str) -> str:
        """Return a list of the playbook as a table, its values bound, with the columns that a query names.

        To compile a list takes longer than to run most queries. Most want the same of one: that is written once.
        """
        if name not in self._tables:
            self._tables[name] = self.playbook.table(name)
        columns, rows = self._tables[name]
        whole = "SELECT *" in text  # as around a query of the user's
        places = [place for place, column in enumerate(columns) if whole or column in text] or [0]
        shown = tuple(columns[place] for place in places)
        if (name, *shown) not in self._listed:
            values = [f"({', '.join([self._written(row[place]) for place in places])})" for row in rows]
            listed = (
                f"VALUES {', '.join(values)}"
                if values
                else f"SELECT {', '.join('NULL' for _ in shown)} WHERE 1 = 0"
            )
            self._listed[name, *shown] = f"{name} ({', '.join(shown)}) AS ({listed})"
        return self._listed[name, *shown]

    def _written(self, value: str | int | None) -> str:
        """Return a value of the playbook as a query has it: a number as it is, a text bound, each text once.

        SQLite looks for a bound value's name among all that a query has, so that many of them take longer than the query.
        """
        if not isinstance(value, str):
            return "NULL" if value is None else str(value)
        if value not in self._texts:
            self._texts[value] = f"listed_{len(self._texts)}"
            self._bound[self._texts[value]] = value
        return f":{self._texts[value]}"

    def _record_table(self, name: str) -> str:
        """Return a record table as had been typed in by then, of that what was true on the day, under today's keys."""
        columns, found = columns_of(self.connection, name), ""
        if self.known_on is not None:
            found = f"({known_select(name, columns)}) AS known"
        if self.as_of is not None:
            found = f"({as_of_select(name, columns, found)}) AS past"
        shown = ", ".join(self._column(name, column) for column in columns)
        sql = f"SELECT {shown} FROM {found or f'main.{name}'}"
        if self.known_on is None:
            return f"{name} AS NOT MATERIALIZED ({sql})"
        # By their numbers: what was typed later must not change the order of rows that are equal to a query either.
        return f"{name} AS MATERIALIZED ({sql} ORDER BY id)"

    def _column(self, table: str, column: str) -> str:
        """Return a column, each key that the playbook calls otherwise by now as it is called now."""
        cases = []
        for place, (was, key) in enumerate(self._renamed.get(table, {}).get(column, {}).items()):
            old, new = f"was_{table}_{column}_{place}", f"now_{table}_{column}_{place}"
            self._bound |= {old: was, new: key}
            cases.append(f"WHEN :{old} THEN :{new}")
        return f"CASE {column} {' '.join(cases)} ELSE {column} END AS {column}" if cases else column
