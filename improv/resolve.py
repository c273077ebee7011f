"""What people type for a record → exactly one record, or a refusal that lists the candidates.

A record answers to its id (`O7`), to `@` (the record touched last), or to its name: exactly, by the beginning of a
word, or by any part, in that order. The first of these that hits decides; more than one hit is refused with the list.
"""

from collections.abc import Sequence

from improv import journal
from improv.errors import Ambiguous, NotFound, Usage
from improv.named import NamedTuple
from improv.nouns import BY_LETTER, BY_TABLE
from improv.reader import Reader
from improv.text import folded

SHOWN_CANDIDATES = 8


class Found(NamedTuple):
    """A record that was named: its table, its number, and what a person calls it."""

    table: str
    id: int
    name: str

    @property
    def ref(self) -> str:
        """The record's id as people write it."""
        return f"{BY_TABLE[self.table].letter}{self.id}"


# Where a name is looked for. `hay` is folded already; a company is a second name of a lead.
_NAMED = {
    "lead": "SELECT id, name AS label, name_folded AS hay FROM lead "
    "UNION ALL SELECT id, name, company_folded FROM lead WHERE company_folded IS NOT NULL",
    "client": "SELECT id, name AS label, name_folded AS hay FROM client",
    "opportunity": "SELECT id, title AS label, title_folded AS hay FROM opportunity "
    "UNION ALL SELECT o.id, o.title, l.name_folded FROM opportunity o JOIN lead l ON l.id = o.lead_id "
    "UNION ALL SELECT o.id, o.title, l.company_folded FROM opportunity o JOIN lead l ON l.id = o.lead_id "
    "WHERE l.company_folded IS NOT NULL "
    "UNION ALL SELECT o.id, o.title, c.name_folded FROM opportunity o JOIN client c ON c.id = o.client_id",
    "referral": "SELECT id, name AS label, name_folded AS hay FROM referral",
    "campaign": "SELECT id, name AS label, name_folded AS hay FROM campaign",
}
# What is still going on comes before what has ended when a name could mean both.
_CURRENT = {
    "opportunity": "SELECT id FROM opportunity WHERE id NOT IN "
    "(SELECT opportunity_id FROM opportunity_outcome WHERE until IS NULL)",
    "client": "SELECT client_id FROM client_status WHERE until IS NULL AND status = 'active'",
}
# A name that hits a client and the lead it once was means the client; a deal under way comes before both.
_FIRST = ("opportunity", "client", "lead", "referral", "campaign")


# How a name is looked for, the surest way first, and how many letters each way asks for.
_TESTS = (
    (1, "hay = :wanted"),
    (2, "' ' || hay LIKE '% ' || :literal || '%' ESCAPE '\\'"),
    (3, "hay LIKE '%' || :literal || '%' ESCAPE '\\'"),
)


def by_id(reader: Reader, text: str) -> Found | None:
    """Return the record an id names, nothing when the text is no id; refused when no such record is there."""
    word = text.strip()
    if word == "@":
        subject = journal.last_subject(reader.connection, reader.known_on)
        if subject is None:
            raise NotFound("no record has been touched yet", "@", "improv lead add NAME")
        word = subject
    letter, number = word[:1].upper(), word[1:]
    if letter not in BY_LETTER or not (number.isascii() and number.isdigit()) or len(number) > 15:  # noqa: PLR2004 - SQLite's integers
        return None
    noun = BY_LETTER[letter]
    row = reader.row(f"SELECT {noun.label} FROM {noun.table} x WHERE x.id = :id", {"id": int(number)})
    if row is None:
        raise NotFound(f"there is no {noun.singular} with this id", word, _list_command([noun.table]))
    return Found(noun.table, int(number), str(row[0] or ""))


def _by_id_among(reader: Reader, text: str, tables: Sequence[str]) -> Found | None:
    """Return the record of these tables an id names. A name that reads as an id names its record where no id does."""
    try:
        found = by_id(reader, text)
    except NotFound:
        named = _exactly(reader, text, tables)
        if named is not None:
            return named
        raise
    if found is None or found.table in tables:
        return found
    named = _exactly(reader, text, tables)
    if named is not None:
        return named
    raise Usage(
        f"this is {BY_TABLE[found.table].one}, not {' or '.join(BY_TABLE[one].one for one in tables)}",
        found.ref,
        _list_command(tables),
    )


def _exactly(reader: Reader, text: str, tables: Sequence[str]) -> Found | None:
    """Return the one record that has just this name, when the name reads as an id."""
    word = folded(text)
    if word[:1].upper() not in BY_LETTER or not word[1:].isdigit():
        return None
    hits = [
        hit
        for table in _FIRST
        if table in tables
        for hit in _hits(reader, table, "hay = :wanted", word, word)
    ]
    return hits[0] if len(hits) == 1 else None


def resolve(reader: Reader, text: str, tables: Sequence[str]) -> Found:
    """Return the one record of these tables that the text names; refused when there is none or more than one."""
    found = _by_id_among(reader, text, tables)
    if found is not None:
        return found
    if not folded(text):
        raise Usage("a record has to be named", repr(text), _list_command(tables))
    candidates = matching(reader, text, tables)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise NotFound(f"no {_listed(tables)} answers to this name", text, _list_command(tables))
    shown = "; ".join(f"{one.ref} {one.name}" for one in candidates[:SHOWN_CANDIDATES])
    more = len(candidates) - SHOWN_CANDIDATES
    raise Ambiguous(
        f"{len(candidates)} records answer to this name",
        f"{text}: {shown}" + (f"; and {more} more" if more > 0 else ""),
        f"type the id, for example {candidates[0].ref}",
    )


def matching(reader: Reader, text: str, tables: Sequence[str]) -> list[Found]:
    """Return the records a name hits: exactly, else by the beginning of a word, else by any part."""
    wanted = folded(text)
    literal = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    ordered = [table for table in _FIRST if table in tables]
    for shortest, test in _TESTS:
        # A letter or two stand in too many names to be taken for a part of one; other scripts say more with less.
        if len(wanted) < shortest and wanted.isascii():
            continue
        hits: list[Found] = []
        for table in ordered:
            hits += _hits(reader, table, test, wanted, literal)
        if hits:
            return _narrowed(reader, hits)
    return []


def _hits(reader: Reader, table: str, test: str, wanted: str, literal: str) -> list[Found]:
    rows = reader.rows(
        f"SELECT id, MIN(label) AS label FROM ({_NAMED[table]}) AS named WHERE {test} GROUP BY id ORDER BY id",
        {"wanted": wanted, "literal": literal},
    )
    return [Found(table, row["id"], row["label"]) for row in rows]


def _narrowed(reader: Reader, hits: list[Found]) -> list[Found]:
    """Leave out what has ended, and the lead a client or a deal came from, when something better is left."""
    if len(hits) == 1:
        return hits
    for table, current in _CURRENT.items():
        mine = [hit for hit in hits if hit.table == table]
        if len(mine) > 1:
            going_on = {row[0] for row in reader.each(current)}
            kept = [hit for hit in mine if hit.id in going_on]
            if kept:
                hits = [hit for hit in hits if hit.table != table or hit in kept]
    hits = _without_ended_deals(reader, hits)
    for table in _FIRST:
        first = [hit for hit in hits if hit.table == table]
        if len(first) == 1 and _same_party(reader, first[0], hits):
            return first
    return hits


def _without_ended_deals(reader: Reader, hits: list[Found]) -> list[Found]:
    """Leave out deals that have ended where who they were with answers to the name, too: it is them who is meant now."""
    people = {(hit.table, hit.id) for hit in hits if hit.table in {"client", "lead"}}
    deals = [hit.id for hit in hits if hit.table == "opportunity"]
    if not people or not deals:
        return hits
    ended = {
        row[0]
        for row in reader.each(
            "SELECT opportunity_id FROM opportunity_outcome "
            f"WHERE until IS NULL AND opportunity_id IN ({', '.join(map(str, deals))})"
        )
    }

    def is_theirs(deal: Found) -> bool:
        return not people.isdisjoint(zip(("lead", "client"), party(reader, deal), strict=True))

    return [hit for hit in hits if hit.table != "opportunity" or hit.id not in ended or not is_theirs(hit)]


def _same_party(reader: Reader, first: Found, hits: list[Found]) -> bool:
    """Say whether all hits are one party: a deal, the client it is with, and the lead both came from."""
    lead, client = party(reader, first)
    return all(hit == first or (hit.table, hit.id) in {("lead", lead), ("client", client)} for hit in hits)


def party(reader: Reader, found: Found) -> tuple[int | None, int | None]:
    """Return the lead and the client that a lead, opportunity or client belongs to."""
    sql = {
        "opportunity": "SELECT COALESCE(o.lead_id, c.lead_id), "
        "COALESCE(o.client_id, (SELECT MIN(k.id) FROM client k WHERE k.lead_id = o.lead_id)) "
        "FROM opportunity o LEFT JOIN client c ON c.id = o.client_id WHERE o.id = :id",
        "client": "SELECT lead_id, id FROM client WHERE id = :id",
        "lead": "SELECT id, (SELECT MIN(c.id) FROM client c WHERE c.lead_id = lead.id) FROM lead WHERE id = :id",
    }.get(found.table)
    row = None if sql is None else reader.row(sql, {"id": found.id})
    return (None, None) if row is None else (row[0], row[1])


# What of a table still waits to be dealt with, when a name stands for what belongs to it.
_WAITING = {
    "event": "status = 'scheduled'",
    "task": "done_on IS NULL",
    "upsell": "closed_on IS NULL",
    "enrolment": "until IS NULL",
}


def the_one(reader: Reader, about: Found, table: str) -> Found:
    """Return the one record of a table that belongs to a lead, an opportunity or a client.

    Events and tasks that still wait come before those that are closed.
    """
    noun = BY_TABLE[table]
    owned = {row[0] for row in reader.each(f"SELECT name FROM pragma_table_info('{table}')")}
    lead, client = party(reader, about)
    keys = (
        {"opportunity_id": about.id}
        if about.table == "opportunity" and "opportunity_id" in owned
        else {"lead_id": lead, "client_id": client}
    )
    keys = {column: key for column, key in keys.items() if column in owned and key is not None}
    if not keys:
        raise NotFound(
            f"no {noun.singular} belongs to this record",
            f"{about.ref} {about.name}",
            f"improv {noun.command} list",
        )
    belongs = " OR ".join(f"x.{column} = :{column}" for column in keys)
    for condition in (_WAITING.get(table), "1 = 1"):
        if condition is None:
            continue
        rows = reader.rows(
            f"SELECT x.id, {noun.label} AS label, x.{noun.dated_by} AS day FROM {table} x "
            f"WHERE ({belongs}) AND {condition} ORDER BY x.{noun.dated_by}, x.id",
            keys,
        )
        if len(rows) == 1:
            return Found(table, rows[0]["id"], str(rows[0]["label"] or ""))
        if rows:
            shown = "; ".join(
                f"{noun.letter}{row['id']} {row['label'] or ''} ({row['day']})"
                for row in rows[:SHOWN_CANDIDATES]
            )
            raise Ambiguous(
                f"{len(rows)} {noun.plural} belong to {about.ref} {about.name}",
                shown,
                f"type the id, for example {noun.letter}{rows[0]['id']}",
            )
    raise NotFound(
        f"no {noun.singular} belongs to this record",
        f"{about.ref} {about.name}",
        f"improv {noun.command} list",
    )


def looks_like(reader: Reader, name: str, tables: Sequence[str]) -> list[Found]:
    """Return known records that a new name may be a second spelling of."""
    wanted = folded(name)
    return [hit for table in tables for hit in _hits(reader, table, "hay = :wanted", wanted, wanted)]


# More nouns than these are named as one: a record.
_NAMED_TOGETHER = 4


def _listed(tables: Sequence[str]) -> str:
    """Return the nouns that a name was looked for among: an event or a task has none, and answers to whose it is."""
    if len(tables) > _NAMED_TOGETHER:
        return "record"
    *others, last = [table for table in tables if table in _NAMED] or tables
    return f"{', '.join(others)} or {last}" if others else last


# What is put aside has no list of its own.
_LISTED = {"snooze": "alerts --all", "saved_list": "list"}


def _list_command(tables: Sequence[str]) -> str:
    table = tables[0]
    return f"improv {_LISTED.get(table, f'{BY_TABLE[table].command} list')}"
