"""A query of the user's: read-only SQL over the views (docs/views.md), checked before it runs.

It is checked where nothing is: against a store in memory that has the views as empty tables and nothing else, under
SQLite's authorizer. What that store accepts is one SELECT over views and the playbook's lists, with functions that only
compute; a table of ours, a pragma, an attached file or a change is not there, or is denied. Only then it is put before
the real records, which are opened for reading alone, and stopped when it takes too long.
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from improv import views
from improv.errors import ImprovError, NotFound, Refused, Usage, quotes_a_value
from improv.named import NamedTuple
from improv.playbook import Playbook, mending
from improv.reader import Reader
from improv.report import Column, Kind, Table, cell_of, day_of

PATIENCE: Final = 60  # seconds
MOST_ROWS: Final = 1_000_000
# What every query may ask for.
GIVEN: Final = ("today",)
_OURS: Final = frozenset({*GIVEN, "as_of", "known_on", "only", "among"})

_LONGEST_VALUE: Final = 10_000_000  # bytes: no function may build more than that
_LOOKS_EVERY: Final = 10_000  # steps of SQLite's machine
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
# What computes, and only that: nothing that reads a file, makes up a value or knows the store.
FUNCTIONS: Final = frozenset(
    """-> ->> abs avg ceil ceiling coalesce count cume_dist date datetime days dense_rank first_value floor
    format glob group_concat ifnull iif instr json_array_length json_extract json_type json_valid
    julianday lag last_value lead length like likely lower ltrim max min mod nth_value ntile nullif
    percent_rank printf quote rank replace round row_number rtrim sign strftime substr substring sum
    time total trim trunc typeof unicode unlikely upper""".split()  # noqa: SIM905 - a word a line
)
_TOKEN: Final = re.compile(
    r"""'[^']*'|"[^"]*"|\[[^\]]*\]|`[^`]*`|--[^\n]*|/\*.*?(?:\*/|$)|(?P<parameter>[:@$]\w+|\?\d*)|\w+|\S""",
    re.DOTALL,
)
_ONLY_READS: Final = "a query only reads: it is one SELECT over the views"
_TO_MEND: Final = "improv query --views lists what there is"
_FUNCTIONS_ARE: Final = "docs/views.md lists those it may"
_EXAMPLES: Final = "docs/views.md has examples"


class Query(NamedTuple):
    """A query that may run: its text, the views it names, and its columns."""

    text: str
    views: frozenset[str]
    columns: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The query with the views before it, as a reader takes it."""
        return views.before(self.text, self.views)


def checked(text: str, playbook: Playbook, given: Iterable[str] = ()) -> Query:
    """Return a query of the user's; refused, in words, where it is none or would do more than read.

    `given` are the parameters it may ask for beside `:today` and the playbook's limits.
    """
    plain = _without_its_end(text)
    if _first_word(plain).upper() not in {"SELECT", "WITH", "VALUES"}:
        raise Refused(_ONLY_READS, plain or "''", 'improv query "SELECT name, owner FROM leads"')
    _refuse_ours(given)
    names = {*given, *GIVEN, *(f"limit_{name}" for name in playbook.limits)}
    bound = dict.fromkeys(_parameters(plain, names))
    read: set[str] = set()
    with closing(_nowhere(playbook)) as nowhere, _words(plain, playbook):
        nowhere.set_authorizer(_authorizer(read, {*views.VIEWS, *playbook.tables()}))
        nowhere.execute(f"EXPLAIN {plain}", bound)
        nowhere.set_authorizer(None)
        columns = _columns(nowhere, plain)
    return Query(plain, frozenset(read & views.VIEWS.keys()), columns)


def _refuse_ours(given: Iterable[str]) -> None:
    """Refuse a value under a name that is ours to give: the day and what cuts the records to it stay what they are."""
    for name in given:
        if name in _OURS or name.startswith(("limit_", "playbook_")):
            raise Usage("this value is given by improv itself", f":{name}", "call yours something else")


def rows(
    reader: Reader, query: Query, bound: Mapping[str, Any] | None = None, *, seconds: int = PATIENCE
) -> Iterator[sqlite3.Row]:
    """Yield the rows of a query; it is stopped after some seconds, and with Ctrl-C."""
    # Both look at or make what a query may not: the tables, and the one that SQLite makes of a list of numbers.
    reader.prepared(query.sql)
    reader.connection.execute("SELECT value FROM json_each('[]')")
    with watched(reader, query.text, seconds):
        reader.connection.set_authorizer(_only_reads)
        try:
            yield from reader.each(query.sql, bound)
        finally:
            reader.connection.set_authorizer(None)


@contextmanager
def watched(reader: Reader, text: str, seconds: int = PATIENCE) -> Iterator[None]:
    """Stop whatever is read when it takes too long, and tell what went wrong in words."""
    connection, ends = reader.connection, time.monotonic() + seconds
    stopped = []

    def late() -> bool:
        # Between two looks Ctrl-C is heard too: it ends the query as an error of this function.
        if time.monotonic() > ends:
            stopped.append(True)
        return bool(stopped)

    longest = connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.set_progress_handler(late, _LOOKS_EVERY)
    try:
        with _words(text, reader.playbook):
            yield
    except _Stopped as error:
        if not stopped:
            raise KeyboardInterrupt from error
        raise ImprovError(
            f"the query took longer than {seconds} s and was stopped",
            text,
            "make it narrower; improv query --timeout 600 waits longer",
        ) from error
    finally:
        connection.set_progress_handler(None, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)


def table(
    reader: Reader, query: Query, bound: Mapping[str, Any] | None = None, *, seconds: int = PATIENCE
) -> Table:
    """Return what a query finds. A column is what the views know by its name, else what its values look like."""
    known = views.kinds(query.views)
    found = [tuple(row) for row in islice(rows(reader, query, bound, seconds=seconds), MOST_ROWS + 1)]
    if len(found) > MOST_ROWS:
        raise Refused(
            f"there are more than {MOST_ROWS:,} rows",
            query.text,
            "make it narrower, or end it with LIMIT 1000",
        )
    kinds = [
        known.get(name) or _looks_like([row[place] for row in found])
        for place, name in enumerate(map(_name, query.columns))
    ]
    columns = tuple(
        Column(key, _title(_name(name)), kind)
        for key, name, kind in zip(_keys(query.columns), query.columns, kinds, strict=True)
    )
    cells = [tuple(cell_of(kind, value) for kind, value in zip(kinds, row, strict=True)) for row in found]
    return Table("query", "Query", columns, cells, "Nothing is like this.")


def views_table(name: str | None = None) -> Table:
    """Return every view, or every column of one."""
    if name is None:
        rows = [(view.name, view.sentence) for view in views.VIEWS.values()]
        return Table("views", "Views", (Column("name", "View"), Column("sentence", "What it shows")), rows)
    view = views.VIEWS.get(name.casefold())
    if view is None:
        raise NotFound("no view is called so", name, mending(name, views.VIEWS))
    columns = (Column("name", "Column"), Column("kind", "Kind"), Column("means", "What it is"))
    return Table("columns", view.name, columns, [(one.name, one.kind, one.means) for one in view.columns])


class _Stopped(Exception):
    """SQLite was told to stop: it took too long, or somebody pressed Ctrl-C."""


@contextmanager
def _words(text: str, playbook: Playbook) -> Iterator[None]:
    """Turn what SQLite says of a query into our words."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise _Stopped from error
        if quotes_a_value(error):  # no fault of the query: whoever opened the store says that it is damaged
            raise
        raise _told(str(error), text, playbook) from error


# What SQLite says; what a person is told of it, and whether it was understood. The word at fault is the first group.
_SAYINGS: Final[tuple[tuple[str, type[ImprovError], str, str], ...]] = (
    (r"no such column: (?:.*\.)?(.+)", Usage, "there is no such column", _TO_MEND),
    (r"no such table: (?:.*\.)?(.+)", Usage, "there is no such view", _TO_MEND),
    (r"no such function: (\w+)", Usage, "a query may not call this function", _FUNCTIONS_ARE),
    (r"not authorized to use function: (\w+)", Refused, "a query may not call this function", _FUNCTIONS_ARE),
    (r"access to (?:\w+\.)*?(\w+)\.\w* is prohibited", Refused, "a query reads the views alone", _TO_MEND),
    (r"vtable constructor failed: (\w+)", Refused, "a query reads the views alone", _TO_MEND),
    (r"not authorized", Refused, _ONLY_READS, _TO_MEND),
    (r'near "(.+)": syntax error', Usage, "this is no SQL", _EXAMPLES),
    (r"incomplete input|unrecognized token.*", Usage, "this is no SQL: it has no end", _EXAMPLES),
    (r"You can only execute one statement.*", Refused, _ONLY_READS, "leave out what follows the semicolon"),
)


def _told(said: str, text: str, playbook: Playbook) -> ImprovError:
    """Return what is wrong with a query: in words, with the place where it is known."""
    word, kind, what, mend = _understood(said)
    if not word:
        return kind(what, text, mend)
    if said.startswith("no such column") and (columns := _columns_named(text)):
        mend = mending(word, columns)
    elif said.startswith("no such table"):
        mend = f"{mending(word, [*views.VIEWS, *playbook.tables()])}; {mend}"
    return kind(what, _placed(word, text), mend)


def _understood(said: str) -> tuple[str, type[ImprovError], str, str]:
    """Return the word at fault, if there is one, and what a person is told."""
    for pattern, kind, what, mend in _SAYINGS:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return found[1] if found.re.groups else "", kind, what, mend
    return "", Usage, f"the query cannot be answered: {said}", _EXAMPLES


def _columns_named(text: str) -> list[str]:
    """Return the columns of the views that a query names."""
    named = [view for view in views.VIEWS.values() if re.search(rf"\b{view.name}\b", text, re.IGNORECASE)]
    return list(dict.fromkeys(column.name for view in named for column in view.columns))


def _placed(word: str, text: str) -> str:
    """Return a word with the line and column where it stands, when it stands there once."""
    hits = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))
    if len(hits) != 1:
        return word
    before = text[: hits[0].start()]
    return f"{word} (line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))})"


def _says_something(text: str) -> list[re.Match[str]]:
    """Return the tokens of a query without its comments."""
    return [token for token in _TOKEN.finditer(text) if not token[0].startswith(("--", "/*"))]


def _first_word(text: str) -> str:
    return next((token[0] for token in _says_something(text)), "")


def _without_its_end(text: str) -> str:
    """Return a query without what may follow it: blanks, semicolons, comments."""
    ends = [token.end() for token in _says_something(text) if token[0] != ";"]
    return text[: max(ends, default=0)].strip()


def _parameters(text: str, known: Iterable[str]) -> list[str]:
    """Return the parameters that a query asks for, by name; refused where nobody knows one."""
    asked = []
    for token in _TOKEN.finditer(text):
        if word := token["parameter"]:
            if word[0] != ":" or word[1:] not in known:
                mend = "write it as :name" if word[0] != ":" else f"--set {word[1:]}=…"
                raise Usage("the query asks for a value that nobody gave", word, mend)
            asked.append(word[1:])
    return asked


def _nowhere(playbook: Playbook) -> sqlite3.Connection:
    """Return a store in memory with every view as an empty table, and the playbook's lists, and nothing else."""
    nowhere = sqlite3.connect(":memory:", isolation_level=None)
    nowhere.create_function("days", len("ab"), lambda first, last: None, deterministic=True)  # noqa: ARG005 - a macro of the reader's
    for view in views.VIEWS.values():
        nowhere.execute(f"CREATE TABLE {view.name} ({', '.join(column.name for column in view.columns)})")
    for name, (columns, _) in playbook.tables().items():
        nowhere.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    return nowhere


def _only_reads(action: int, *_: object) -> int:
    """Allow to read, whatever it is: the views are made of the tables."""
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _authorizer(read: set[str], known: set[str]) -> Any:  # noqa: ANN401 - a callback of SQLite's
    """Allow to select from what is known, with functions that only compute; note what is read."""

    def allowed(
        action: int, first: str | None, second: str | None, _base: str | None, _inside: str | None
    ) -> int:
        fits = action in _ALLOWED
        if action == sqlite3.SQLITE_READ:
            name = (first or "").lower()
            # Where no column is read SQLite asks for tables that the query itself made up, too.
            fits = name in known or (not second and not _is_sqlites_own(name))
            read.add(name)
        elif action == sqlite3.SQLITE_FUNCTION:
            fits = (second or "").lower() in FUNCTIONS
        return sqlite3.SQLITE_OK if fits else sqlite3.SQLITE_DENY

    return allowed


def _is_sqlites_own(name: str) -> bool:
    """Tell whether a name is a table that SQLite has by itself: its catalogue, or what is a function as well."""
    return name.startswith(("sqlite_", "pragma_")) or name in _modules()


@lru_cache(maxsize=1)
def _modules() -> frozenset[str]:
    with closing(sqlite3.connect(":memory:")) as empty:
        return frozenset(name for (name,) in empty.execute("PRAGMA module_list"))


def _columns(nowhere: sqlite3.Connection, text: str) -> tuple[str, ...]:
    """Return the columns of a query, without running it."""
    nothing = _TOKEN.sub(lambda token: "NULL" if token["parameter"] else token[0], text)
    nowhere.execute(f"CREATE TEMP VIEW asked AS {nothing}")
    return tuple(row[1] for row in nowhere.execute("PRAGMA table_info(asked)"))


def _name(column: str) -> str:
    """Return a column's name as it was written: SQLite numbers those that are called alike."""
    return re.sub(r":\d+$", "", column)


def _title(name: str) -> str:
    """Return a column's name as people read it; what was computed without one stands as it was written."""
    if name.casefold() == "id":
        return "ID"
    return name.replace("_", " ").capitalize() if name.isidentifier() else name


def _keys(columns: Iterable[str]) -> Iterator[str]:
    """Yield a key for each column, none of them twice."""
    seen: dict[str, int] = {}
    for name in map(_name, columns):
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _looks_like(values: Iterable[object]) -> Kind:
    """Return what values look like: numbers, days, else text."""
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, int | float) for value in given):
        return "number"
    return "day" if given and all(map(day_of, given)) else "text"
