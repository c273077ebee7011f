"""A store in which every text is an enemy's, and what of it may never come out.

`poison` finds the columns in the store's own schema and writes behind the program's back; `leaked` looks at what a
command wrote, character by character, by a list of its own and not by the gate's.
"""

import contextlib
import re
import sqlite3
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from improv import journal
from improv.recorded import RECORDED
from tests.kept import MONDAY
from tests.run import Result, run

# What terminals, pagers, mail programs and spreadsheets have obeyed: each is to be read, and never to be done.
CONTROLS = (
    "\x1b[2J\x1b[1;1H",  # an empty screen
    "\x1b]0;owned\x07",  # another title of the window
    "\x1b]52;c;b3duZWQ=\x07",  # another clipboard
    "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",  # a link
    "\x1bPq#0~\x1b\\",  # a picture
    "\x1b[7m\x1b[5m",  # blinking
    "\x9b2J\x9d0;owned\x9c",  # the same in one byte
    "100\rfree of charge",  # a line written over
    "Eve\b\b\bAda",  # letters written over
    "\x07\x0e\x05",  # a bell, other letters, an answer typed by the terminal
    "nul\x00 del\x7f",
    "\u202egnp.exe\u202c",  # read backwards
    "\u2066a\u2067b\u2068c\u2069 \u200e\u200f\u061c",
    "one\u2028two\u2029three\x85four",  # lines where none are seen
    "\x0b\x0c\x1c\x1d\x1e",  # lines to Python and to nobody else
    "tab\tnewline\nimprov: all is well",
)
# What is only dangerous where text is markup.
MARKUP = (
    "[red]loud[/red] [/] [link=https://evil.example]here[/link] :smile:",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]><!-- </title></style>",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged",
    "a@b.example\r\nBcc: all@evil.example",
    "=cmd|' /C calc'!A0",
    "`rm -rf ~` | $(reboot) {name} %s {0}",
)
HOSTILE = (*CONTROLS, *MARKUP)
# The colours of a page at a terminal, as it writes them; nothing of an enemy's looks like one.
_OUR_COLOURS = re.compile(r"\x1b\[(?:0|[12]|3[123]|1;2|[12];3[123])m")
# As Unicode has it: controls, halves of a letter, line separators, and what changes the direction of a line.
_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_OBEYED = re.compile(
    "[\u061c\u200e\u200f"
    + "".join(
        re.escape(char)
        for char in map(chr, range(0x1_0000))
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(char) in _DIRECTIONS
    )
    + "]"
)
_KEYS = {place for places in RECORDED.values() for place in places}

Column = tuple[str, str]


def poison(db: Path, said: Sequence[str] = HOSTILE) -> None:
    """Put an enemy's words behind every text of a store, then before it, so that the journal holds them too.

    A column is spared where a rule of its table says what may stand there, and an instant stays one. Keys of the
    playbook are changed in every second row alone, else no report would find anything.
    """
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        journal.prepare(connection)
        words = cycle(said)
        for joined in ("COALESCE({0}, 'x') || ' ' || ?", "? || {0}"):
            connection.execute("BEGIN")
            journal.begin(connection, f"lead add '{next(words)}'", "2026-11-22T10:00:00Z")
            for table, column in texts(connection):
                _poison(connection, table, column, joined.format(column), words)
            journal.close(connection, "L1")
            connection.execute("COMMIT")


def _poison(
    connection: sqlite3.Connection, table: str, column: str, joined: str, words: Iterator[str]
) -> None:
    found = f"SELECT rowid FROM {table} WHERE COALESCE({column}, '') NOT GLOB '????-??-??T*' ORDER BY rowid"
    rows = connection.execute(found).fetchall()
    poisoned = not rows
    for (row,) in rows[:: 2 if (table, column) in _KEYS else 1]:
        with contextlib.suppress(sqlite3.IntegrityError):
            sql = f"UPDATE {table} SET {column} = {joined} WHERE rowid = ?"
            connection.execute(sql, (next(words), row))
            poisoned = True
    assert poisoned or _ruled(connection, table, column), (
        f"{table}.{column} took nothing, and no rule says why"
    )


def _ruled(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Tell whether a rule of its table says what may stand in a column."""
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    return re.search(rf"CHECK[^\n]*\b{column}\b", sql) is not None


def texts(connection: sqlite3.Connection) -> list[Column]:
    """Return every column that holds text, of every table but the settings, the seals and the journal's images."""
    return connection.execute(
        "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' "
        "AND t.name NOT LIKE 'sqlite_%' AND t.name NOT IN ('store_setting', 'seal', 'journal_change') "
        "AND (c.type LIKE '%CHAR%' OR c.type LIKE '%TEXT%') ORDER BY 1, 2"
    ).fetchall()


def tomlled(config: Path) -> tuple[str, dict[str, Any]]:
    """Return the playbook of settings, and what they lay over it."""
    return "improv", tomllib.loads(config.read_text("utf-8"))["playbook"]


def typed(enemy: Path, config: Path, *words: object, **more: Any) -> Result:
    """Type one command on the enemy's book."""
    return run(*words, db=enemy, today=MONDAY, config=config, **more)


def leaked(text: str, *, kept: str = "\n") -> list[str]:
    """Return the places where something could be obeyed, each with what stands around it; `kept` may stand."""
    bare = _OUR_COLOURS.sub("", text)
    return [
        repr(bare[max(0, found.start() - 30) : found.end() + 10])
        for found in _OBEYED.finditer(bare)
        if found[0] not in kept
    ]
