"""What a purge leaves no trace in: the records, the journal with its words, and the outbox. All in one transaction.

The journal is not told what a purge did but rewritten as if what is erased had never been: each image and digest of a
record that stays still fits the next, so that other commands can be undone as before, and the doctor has nothing to say.
"""

import json
import shlex
from collections.abc import Callable
from typing import Final

from improv import journal
from improv.mail import text_of
from improv.nouns import BY_LETTER
from improv.purges import BLANK
from improv.purging.extent import Extent, Row, listed
from improv.purging.images import rewrite
from improv.purging.mentions import standing, take_out, texts_of
from improv.text import folded

_LETTER: Final = f"Subject: {BLANK}\r\nContent-Type: text/plain\r\n\r\n{BLANK}\r\n".encode()
# Shorter words of a command say nothing of anybody.
_A_WORD: Final = 3
_AMONG: Final = "IN (SELECT value FROM json_each(?))"


def erase(found: Extent, entry: int, *, everywhere: bool) -> list[int]:
    """Erase all that a purge reaches, within its open entry; return the entries of the journal that lost something.

    `everywhere`: the name is taken out of what others' records say, too.
    """
    work = found.connection
    work.execute("PRAGMA defer_foreign_keys = ON")
    altered: set[Row] = {
        (table, number) for (table, _), numbers in found.emptied.items() for number in numbers
    }
    if everywhere:
        altered |= {(table, number) for table, number, _ in standing(found)}
    before = {row: journal.image(work, *row) for row in altered}
    texts = _texts(found)
    for (table, column), numbers in found.emptied.items():
        work.execute(f"UPDATE {table} SET {column} = NULL WHERE id {_AMONG}", (listed(numbers),))
    if everywhere:
        take_out(found)
    for table, numbers in found.gone.items():
        work.execute(f"DELETE FROM {table} WHERE id {_AMONG}", (listed(numbers),))
    cut = _cut(found, entry)
    rewrite(found, before)
    _silence(found, cut, texts)
    _forget_mails(found)
    return cut


def _cut(found: Extent, entry: int) -> list[int]:
    """Take out of the journal what it keeps of the rows that go, and what it has just written itself."""
    work, cut = found.connection, set[int]()
    work.execute("DELETE FROM journal_change WHERE entry_id = ?", (entry,))
    for table, numbers in found.gone.items():
        theirs = f"record = ? AND record_id {_AMONG}"
        bound = (table, listed(numbers))
        cut |= {one for (one,) in work.execute(f"SELECT entry_id FROM journal_change WHERE {theirs}", bound)}
        work.execute(f"DELETE FROM journal_change WHERE {theirs}", bound)
    work.execute(
        "UPDATE journal_entry SET changes = (SELECT COUNT(*) FROM journal_change c WHERE c.entry_id = journal_entry.id) "
        f"WHERE id {_AMONG}",
        (listed(cut),),
    )
    return sorted(cut)


def _texts(found: Extent) -> set[str]:
    """Return all that people wrote in the rows that go, as they are and as they were."""
    work, texts = found.connection, set[str]()
    for table, numbers in found.gone.items():
        columns = texts_of(work, table)
        if not columns:
            continue
        for row in work.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id {_AMONG}", (listed(numbers),)
        ):
            texts.update(folded(text) for text in row if text)
        for (image,) in work.execute(
            f"SELECT before FROM journal_change WHERE record = ? AND record_id {_AMONG} AND before IS NOT NULL",
            (table, listed(numbers)),
        ):
            texts.update(folded(str(text)) for column, text in json.loads(image).items() if column in columns)
    return texts


def _silence(found: Extent, cut: list[int], texts: set[str]) -> None:
    """Take the person out of the words of every command, and out of what it was about."""
    work, touched, written = found.connection, set(cut), "\n".join(texts)
    for number, command, subject, changes in work.execute(
        "SELECT id, command, subject, changes FROM journal_entry"
    ).fetchall():
        if number in touched:
            said = _silent(found, command, written) if changes else f"{command.partition(' ')[0]} {BLANK}"
        else:
            said = _without(command, found.words.found)
        about = None if _is_gone(found, subject) else subject
        if (said, about) != (command, subject):
            work.execute(
                "UPDATE journal_entry SET command = ?, subject = ? WHERE id = ?", (said, about, number)
            )


def _silent(found: Extent, command: str, written: str) -> str:
    """Return the words of a command that wrote of others, too, without what it may have written of the person."""

    def theirs(word: str) -> bool:
        plain = folded(word)
        wrote = len(plain) >= _A_WORD and plain in written
        return wrote or found.words.names(word) or _is_gone(found, word.upper())

    return _without(command, theirs)


def _without(command: str, theirs: Callable[[str], bool]) -> str:
    """Return a command with some of its words blanked; the first, which says what kind it is, stays."""
    try:
        first, *words = shlex.split(command)
    except ValueError:  # it was not typed in a shell
        return BLANK if theirs(command) else command
    hit = [theirs(word) for word in words]
    said = [BLANK if named else shlex.quote(word) for word, named in zip(words, hit, strict=True)]
    return " ".join([first, *said]) if any(hit) else command


def _is_gone(found: Extent, subject: str | None) -> bool:
    """Tell whether an id, such as L12, is that of a record that goes."""
    letter, number = (subject or "")[:1], (subject or "")[1:]
    if letter not in BY_LETTER or not (number.isascii() and number.isdigit()):
        return False
    return int(number) in found.gone.get(BY_LETTER[letter].table, ())


def mails_about(found: Extent) -> list[int]:
    """Return the mails of the outbox that name the person, or one of their records."""
    rows = found.connection.execute("SELECT id, subject, message, said FROM memory_mail ORDER BY id")
    return [
        number
        for number, subject, message, said in rows
        if found.words.found(subject) or _speaks(found, text_of(message)) or _said(found, said) != said
    ]


def _speaks(found: Extent, text: str) -> bool:
    return found.words.found(text) or any(_is_gone(found, word.strip(".,:;()")) for word in text.split())


def _said(found: Extent, said: str | None) -> str | None:
    """Return what was said of the alerts without those about the person."""
    if said is None:
        return None
    told = json.loads(said)
    kept = [one for one in told if not _is_gone(found, f"{one[1]}{one[2]}")]
    return said if len(kept) == len(told) else json.dumps(kept)


def _forget_mails(found: Extent) -> None:
    """Forget the mails about the person that nobody has, and of those that were sent what they said.

    That they were sent stays known: else the same would be mailed again.
    """
    work = found.connection
    for number in mails_about(found):
        (said,) = work.execute("SELECT said FROM memory_mail WHERE id = ?", (number,)).fetchone()
        work.execute("DELETE FROM memory_mail WHERE id = ? AND state <> 'sent'", (number,))
        work.execute(
            "UPDATE memory_mail SET subject = ?, message = ?, said = ? WHERE id = ?",
            (BLANK, _LETTER, _said(found, said), number),
        )
