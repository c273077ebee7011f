"""By what a person is known, and where it still stands: whole names, mail addresses and phone numbers, never parts."""

import re
from collections.abc import Iterable
from typing import Final

from improv.purges import BLANK
from improv.text import folded

# Shorter ones stand in too many words, and in too many numbers.
_FEWEST_LETTERS: Final = 2
_FEWEST_DIGITS: Final = 6
_FEWEST_BYTES: Final = 4


class Words:
    """The names, addresses and numbers of one person, to be found in any text, however they are spaced or accented."""

    def __init__(self, known_by: Iterable[str]) -> None:
        self.known = sorted(set(known_by))
        plain = sorted({folded(one) for one in self.known}, key=len, reverse=True)
        found = [re.escape(one).replace(r"\ ", r"\s+") for one in plain if len(one) >= _FEWEST_LETTERS]
        for one in self.known:
            digits = [char for char in one if char.isascii() and char.isdigit()]
            if len(digits) >= _FEWEST_DIGITS and re.fullmatch(r"[\d\s+()./-]+", one):
                found.append(r"[\s()./-]*".join(digits))
        self._plain = plain
        self._pattern = re.compile(
            rf"(?<!\w)(?:{'|'.join(found)})(?!\w)" if found else r"(?!)", re.IGNORECASE
        )

    def found(self, text: object) -> bool:
        """Tell whether the person is named in a text."""
        return isinstance(text, str) and self._pattern.search(folded(text)) is not None

    def is_one(self, text: object) -> bool:
        """Tell whether a text is such a name, address or number, and nothing else."""
        return isinstance(text, str) and folded(text) in self._plain

    def blanked(self, text: str) -> str:
        """Return the text with what names the person taken out; all of it, where that is written as no rule foresees."""
        left = self._pattern.sub(BLANK, text)
        return BLANK if self.found(left) else left

    def names(self, word: str) -> bool:
        """Tell whether a word of a command about the person may be what they were called by: a part of a name will do."""
        return self.found(word) or (bool(plain := folded(word)) and any(plain in one for one in self._plain))

    def raw(self) -> list[bytes]:
        """Return what a file that cannot be read as a store is searched for."""
        return [raw for one in self.known if len(raw := one.encode()) >= _FEWEST_BYTES]
