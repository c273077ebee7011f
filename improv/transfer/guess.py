"""A mapping guessed from a file's headers and words: only what is known by name is taken, and it is shown."""

from dataclasses import replace
from typing import Final

from improv.errors import Usage
from improv.playbook import Playbook
from improv.playbook import folded as key_of
from improv.report import Column, Table
from improv.transfer.alternatives import Alternatives, compact, known
from improv.transfer.choices import choices
from improv.transfer.csvfile import REASON, CsvFile
from improv.transfer.fields import Field, Kind
from improv.transfer.mapping import Mapping, check_columns, ignored

# What exports write for a missing value; only those that the file holds come into the guessed mapping.
_PLACEHOLDERS: Final = frozenset(
    ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "-", "--", "Select", "000000000000000AAA")
)
_ENDED: Final = {
    "won": "won, closed won, gewonnen, gagné, gagnée, ganado, ganada, ganho, ganha",
    "lost": "lost, closed lost, verloren, perdu, perdue, perdido, perdida",
    "no decision": "no decision, closed no decision, keine entscheidung",
}
# Choice → what its words mean, by the words that files write.
_MEANINGS: Final[dict[str, dict[str, str]]] = {
    "stage": _ENDED,
    "outcome": _ENDED | {"": "open, active, in progress, pending, offen, ouvert, abierto, aberto"},
    "event_status": {
        "done": "done, completed, held, kept, attended, erledigt, stattgefunden, terminé, realizada",
        "no-show": "no-show, missed, nicht erschienen, absent",
        "cancelled": "cancelled, canceled, abgesagt, annulé, cancelada",
        "moved": "moved, rescheduled, verschoben, reporté",
    },
    "touch_kind": {
        "page": "page, visit, view, pageview, page view, seite, visited",
        "form": "form, submitted, form submission, submit",
        "email open": "open, opened, email opened, opens, geöffnet, ouvert, abierto, aberto",
        "click": "click, clicked, link clicked, clicks, geklickt, cliqué, clic, clique",
        "unsubscribe": "unsubscribe, unsubscribed, unsub, abgemeldet, désabonné, baja",
    },
    "client_status": {
        "active": "active, current, stayed, joined, aktiv, actif, activo, ativo",
        "former": "former, churned, left, lost, inactive, ehemalig, gekündigt, ancien, inactivo",
    },
}
# Lists that other people keep longer: a word of theirs is kept as it is.
_OPEN_LISTS: Final = frozenset(("source", "campaign_type"))
_MOST_WORDS: Final = 500


def _column(by_key: dict[str, str], header: str) -> str | None:
    """Return the column of a header; one with a star stands for any that ends so, the first in the file."""
    key = compact(header)
    if not header.startswith("*"):
        return by_key.get(key)
    return next((column for own, column in reversed(by_key.items()) if own.endswith(key)), None)


def guess(file: CsvFile, kind: Kind, playbook: Playbook, single: list[str] | None = None) -> Mapping:
    """Return the mapping that the headers suggest, with single columns mapped otherwise; refused when there is none."""
    by_key = {compact(header): header for header in reversed(file.headers) if header != REASON}
    taken: dict[str, list[str]] = {}
    for name, one in kind.fields.items():
        headers = [name, *one.headers]
        found = next((column for header in headers if (column := _column(by_key, header))), None)
        if found is not None and found not in taken:
            taken[found] = [name]
    for name, parts in kind.parts.items():
        own = [next((by_key[key] for one in part if (key := compact(one)) in by_key), None) for part in parts]
        if not any(name in fields for fields in taken.values()):
            for header in own:
                if header is not None:
                    taken.setdefault(header, []).append(name)
    for column, fields in taken.items():
        # Exports without a name for a deal name the company, which is both.
        if fields == ["lead_name"] and "title" in kind.fields and ["title"] not in taken.values():
            taken[column] = ["title", "lead_name"]
    first = _alternatives(kind, file, taken)
    mapping = Mapping(kind, columns={column: tuple(fields) for column, fields in taken.items()}, first=first)
    mapping = mapping.with_columns(single or [])
    if not mapping.columns and not mapping.first:
        raise Usage(
            f"no column is known as a field of {kind.name}",
            ", ".join(file.headers),
            'say what they are: --map "column=field", or a --mapping file',
        )
    check_columns(mapping, file)
    return _with_words(mapping, file, playbook)


def _alternatives(kind: Kind, file: CsvFile, taken: dict[str, list[str]]) -> tuple[Alternatives, ...]:
    """Return the fields of a contact that several columns may say; what only one says is taken as that column's."""
    found = []
    for one in known(kind.name, kind.fields, file.headers) if "email" in kind.fields else []:
        single = dict(zip(one.fields, one.options[0], strict=True)) if len(one.options) == 1 else {}
        if len(single) == 1 and any(name in fields for fields in taken.values() for name in one.fields):
            continue  # the header says it by another name already
        for column, fields in list(taken.items()):
            taken[column] = [name for name in fields if name not in one.fields]
            if not taken[column]:
                del taken[column]
        for name, columns in single.items():
            for column in columns:
                taken.setdefault(column, []).append(name)
        if not single:
            found.append(one)
    return tuple(found)


def _with_words(mapping: Mapping, file: CsvFile, playbook: Playbook) -> Mapping:
    """Add the placeholders that occur, and what words mean; leave out a choice of which no word is known."""
    kind = mapping.kind
    chosen = {
        column: kind.fields[fields[0]]
        for column, fields in mapping.columns.items()
        if kind.fields[fields[0]].choice
    }
    words, blanks = _words_of(file, list(chosen))
    columns, values = dict(mapping.columns), dict(mapping.values)
    unknown: dict[str, str] = {}
    for column, one in chosen.items():
        if one.choice == "reason":
            continue
        own, meant = choices(playbook, one.choice), _meant(one, words[column], playbook)
        strange = {word for word in words[column] if word and key_of(word) not in own and word not in meant}
        if one.choice in _OPEN_LISTS:
            unknown |= {one.name: "keep"} if strange else {}
        elif len(strange) == len(words[column] - {""}) and one.choice != "stage":
            del columns[column]
            continue
        if meant:
            values[one.name] = meant
    return replace(mapping, columns=columns, values=values, unknown=unknown, blank=tuple(sorted(blanks)))


def _words_of(file: CsvFile, columns: list[str]) -> tuple[dict[str, set[str]], set[str]]:
    """Return the words of some columns, and the placeholders that occur in the file."""
    words: dict[str, set[str]] = {column: set() for column in columns}
    wanted = [(words[column], place) for column in columns if (place := file.position(column)) is not None]
    blanks: set[str] = set()
    for row in file.rows():
        cells = list(map(str.strip, row.cells))
        if not _PLACEHOLDERS.isdisjoint(cells):
            blanks |= _PLACEHOLDERS.intersection(cells)
        for met, place in wanted:
            word = cells[place]
            if word not in met and len(met) < _MOST_WORDS and word not in _PLACEHOLDERS:
                met.add(word)
    return words, blanks


def _meant(one: Field, words: set[str], playbook: Playbook) -> dict[str, dict[str, str]]:
    """Return what the words of a column mean that are none of its own: "Closed Won" is an outcome, no stage."""
    if one.choice not in _MEANINGS:
        return {}
    target = "outcome" if one.choice == "stage" else one.name
    own = choices(playbook, one.choice)
    known = {
        compact(word): meaning
        for meaning, listed in _MEANINGS[one.choice].items()
        for word in listed.split(",")
    }
    return {
        word: {target: known[compact(word)]}
        for word in sorted(words)
        if key_of(word) not in own and compact(word) in known
    }


def as_table(mapping: Mapping, file: CsvFile) -> Table:
    """Return the mapping as a table to be shown: each column, what it becomes, and what its words mean."""
    rows: list[tuple[str, str, str]] = [
        (column, ", ".join(fields), "; ".join(mapping.kind.fields[name].means for name in fields))
        for column, fields in mapping.columns.items()
    ]
    rows += [
        (one.told(), ", ".join(one.fields), "; ".join(mapping.kind.fields[name].means for name in one.fields))
        for one in mapping.first
    ]
    rows += [
        (f'"{text}" always', name, mapping.kind.fields[name].means)
        for name, text in mapping.constants.items()
    ]
    for name, meanings in mapping.values.items():
        for word, said in meanings.items():
            meant = ", ".join(f"{field} {value}" if value else "nothing" for field, value in said.items())
            rows.append((f'"{word}" in {name}', meant, "what the value means"))
    how = {"keep": "kept as they are", "blank": "left out", "refuse": "refused"}
    rows += [(f"other words of {name}", how[policy], "") for name, policy in mapping.unknown.items()]
    rows += [(f'"{word}"', "", "counts as missing") for word in mapping.blank]
    unused = file.filled(ignored(file, mapping))
    return Table(
        "mapping",
        f"{file.path.name} as {mapping.kind.name}",
        (Column("column", "in the file"), Column("field", "becomes"), Column("meaning", "which is")),
        rows,
        note=("kept in a note: " if mapping.rest == "note" else "not imported: ") + ", ".join(unused)
        if unused
        else "",
    )
