"""Which numbers stand under a word, of however many words: what grows large lies in a temporary file, not in memory."""

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

IN_MEMORY: Final = 8_000
_PLACES: Final = 1 << 23  # bits that are marked for words in the file: 1 MB
_DIGEST: Final = 16  # bytes that tell any two words apart
Said = int | str | None
_CACHE: Final = -1_000  # kB of the file that are kept at hand


class Register:
    """Words and the numbers under each; numbers of one word are given back smallest first."""

    def __init__(self) -> None:
        self._held: dict[str, int | list[int]] = {}
        self._file: sqlite3.Connection | None = None
        self._away = bytearray()

    def add(self, word: str, number: int) -> None:
        """Write a number under a word."""
        known = self._held.setdefault(word, number)
        if isinstance(known, list):
            known.append(number)
        elif known != number:
            self._held[word] = [known, number]
        if len(self._held) >= IN_MEMORY:
            self._put_away()

    def add_first(self, word: str, number: int) -> int:
        """Write a number under a word that has none yet; return the one it has now."""
        known = self.first(word)
        if known is not None:
            return known
        self.add(word, number)
        return number

    def first(self, word: str) -> int | None:
        """Return the smallest number under a word."""
        return next(iter(self.under(word)), None)

    def under(self, word: str) -> list[int]:
        """Return the numbers under a word."""
        known = self._held.get(word, [])
        held = known if isinstance(known, list) else [known]
        if self._file is None or not self._may_be_away(word):
            return held
        sql = "SELECT number FROM kept WHERE word = ? ORDER BY number"
        return [number for (number,) in self._file.execute(sql, (_mark(word),))] + held

    def _may_be_away(self, word: str) -> bool:
        """Tell whether the file has to be asked: most words are new, and what was never marked is not in it."""
        return all(self._away[at >> 3] >> (at & 7) & 1 for at in _places(word))

    def _put_away(self) -> None:
        if self._file is None:
            self._file = temporary(
                "CREATE TABLE kept (word, number, PRIMARY KEY (word, number)) WITHOUT ROWID"
            )
            self._away = bytearray(_PLACES >> 3)
        rows = sorted(
            (_mark(word), number)
            for word, held in self._held.items()
            for number in (held if isinstance(held, list) else [held])
        )
        self._file.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", rows)
        for word in self._held:
            for at in _places(word):
                self._away[at >> 3] |= 1 << (at & 7)
        self._held.clear()


def _places(word: str) -> tuple[int, int]:
    """Return two places of a word among those that are marked once it is put away."""
    found = hash(word)
    return found % _PLACES, (found >> 32) % _PLACES


class Latest:
    """What was said last of each thing, which a name, a number and a word tell: a number, a text, or nothing."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int, str], Said] = {}
        self._file: sqlite3.Connection | None = None

    def __setitem__(self, of: tuple[str, int, str], said: Said) -> None:
        self._held[of] = said
        if len(self._held) >= IN_MEMORY:
            self._put_away()

    def __contains__(self, of: tuple[str, int, str]) -> bool:
        return of in self._held or self._away(of) is not None

    def __getitem__(self, of: tuple[str, int, str]) -> Said:
        if of in self._held:
            return self._held[of]
        found = self._away(of)
        if found is None:
            raise KeyError(of)
        return found[0]

    def _away(self, of: tuple[str, int, str]) -> tuple[Said] | None:
        if self._file is None:
            return None
        sql = "SELECT said FROM latest WHERE name = ? AND number = ? AND word = ?"
        found: tuple[Said] | None = self._file.execute(sql, of).fetchone()
        return found

    def _put_away(self) -> None:
        if self._file is None:
            self._file = temporary(
                "CREATE TABLE latest (name, number, word, said, PRIMARY KEY (number, name, word)) WITHOUT ROWID"
            )
        rows = [(*of, said) for of, said in self._held.items()]
        self._file.executemany("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?)", rows)
        self._held.clear()


class Numbers:
    """Numbers, each once, given back in their order."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._file: sqlite3.Connection | None = None

    def add(self, number: int) -> None:
        """Take a number."""
        self._held.add(number)
        if len(self._held) >= IN_MEMORY:
            self._put_away()

    def __iter__(self) -> Iterator[int]:
        if self._file is None:
            return iter(sorted(self._held))
        self._put_away()
        return (number for (number,) in self._file.execute("SELECT number FROM kept ORDER BY number"))

    def _put_away(self) -> None:
        if self._file is None:
            self._file = temporary("CREATE TABLE kept (number INTEGER PRIMARY KEY)")
        rows = ((number,) for number in sorted(self._held))
        self._file.executemany("INSERT OR IGNORE INTO kept VALUES (?)", rows)
        self._held.clear()


class Pairings:
    """Words, each met with a number, the same or another each time: `divided` are those that have several."""

    def __init__(self) -> None:
        self._held: list[tuple[str, int]] = []
        self._file: sqlite3.Connection | None = None

    def add(self, word: str, number: int) -> None:
        """Meet a word with a number."""
        self._held.append((word, number))
        if len(self._held) >= IN_MEMORY:
            self._put_away()

    def divided(self, most: int) -> list[str]:
        """Return the words with more than one number, at most so many, in the order in which they were first met."""
        if self._file is None:
            numbers: dict[str, set[int]] = {}
            for word, number in self._held:
                numbers.setdefault(word, set()).add(number)
            return [word for word, those in numbers.items() if len(those) > 1][:most]
        self._put_away()
        sql = (
            "SELECT word FROM met GROUP BY word HAVING MIN(number) < MAX(number) ORDER BY MIN(rowid) LIMIT ?"
        )
        return [bytes(word).decode("utf-8", "surrogatepass") for (word,) in self._file.execute(sql, (most,))]

    def _put_away(self) -> None:
        if self._file is None:
            self._file = temporary("CREATE TABLE met (word BLOB, number INTEGER)")
        rows = ((word.encode("utf-8", "surrogatepass"), number) for word, number in self._held)
        self._file.executemany("INSERT INTO met VALUES (?, ?)", rows)
        self._held.clear()


def temporary(schema: str) -> sqlite3.Connection:
    """Return a database in a temporary file that nobody else sees and that goes with the process."""
    made = sqlite3.connect("", isolation_level=None)
    made.execute(f"PRAGMA cache_size = {_CACHE}")
    made.execute("PRAGMA journal_mode = OFF")
    made.executescript(schema)
    return made


def _mark(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
