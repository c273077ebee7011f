"""What is known of a purge afterwards: that there was one, when, and how many rows went. Plain SQL."""

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Final

from improv.errors import Refused
from improv.nouns import BY_TABLE

# What is written where somebody's words stood.
BLANK: Final = "(purged)"
# Who stands for a person: what may be purged by an id, and besides those a contact, by their name.
NAMED: Final = ("lead", "client", "referral", "visitor")
PERSONS: Final = (*NAMED, "contact")


def in_words(erased: Mapping[str, int]) -> str:
    """Return how much a purge erased: the persons by their noun, all that hung on them as one number."""
    # A referral they gave and a contact of theirs are somebody else; one that is the person was all there was of them.
    who = [table for table in ("lead", "client", "visitor") if erased.get(table)]
    who = who or ["referral" if erased.get("referral") else "contact"]
    named = [_counted(table, erased[table]) for table in who if erased.get(table)]
    if others := sum(count for table, count in erased.items() if table not in who):
        named.append(f"{others:,} record{'' if others == 1 else 's'}")
    return " and ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)


def _counted(table: str, n: int) -> str:
    return BY_TABLE[table].counted(n) if table in BY_TABLE else f"{n:,} {table}{'' if n == 1 else 's'}"


def told(connection: sqlite3.Connection) -> dict[int, str]:
    """Return what each purge erased, by the number of its entry."""
    import json  # noqa: PLC0415 - only who looks at the journal needs it

    rows = connection.execute("SELECT entry_id, erased FROM purge")
    return {entry: f"{in_words(json.loads(erased))} erased" for entry, erased in rows}


def missing(connection: sqlite3.Connection, known_on: int | None, as_of: date | None) -> str | None:
    """Say what a page that looks back cannot show any more; nothing where nobody was purged since."""
    rows = connection.execute(
        "SELECT entry_id FROM purge WHERE entry_id > :known_on OR on_day > :as_of ORDER BY entry_id",
        {"known_on": known_on, "as_of": None if as_of is None else as_of.isoformat()},
    ).fetchall()
    if not rows:
        return None
    who = "1 person was" if len(rows) == 1 else f"{len(rows)} persons were"
    entries = ", ".join(f"#{entry}" for (entry,) in rows)
    return f"{who} purged since ({entries}): what they added to this page is gone"


def refuse_undo(connection: sqlite3.Connection, number: int, command: str) -> None:
    """Refuse to undo a purge, and a command of which a purge left nothing."""
    if connection.execute("SELECT 1 FROM purge WHERE entry_id = ?", (number,)).fetchone():
        raise Refused(
            "a purge cannot be undone: what it erased is nowhere any more",
            f"#{number} {command}",
            "improv history, and improv undo NUMBER for another command",
        )
    wrote = connection.execute("SELECT 1 FROM journal_change WHERE entry_id = ?", (number,)).fetchone()
    if wrote is None:
        raise Refused("all that this command wrote was purged", f"#{number} {command}", "improv history")


def cut_by(connection: sqlite3.Connection, number: int) -> int | None:
    """Return the last purge that took something out of an entry, by its number."""
    row = connection.execute(
        "SELECT MAX(entry_id) FROM purge WHERE :number IN (SELECT value FROM json_each(cut))",
        {"number": number},
    ).fetchone()
    return None if row[0] is None else int(row[0])
