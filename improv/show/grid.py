"""Columns of texts fitted to a width: figures keep theirs, long texts are squeezed."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from improv.named import NamedTuple

GAP: Final = 2
# A column of text is never squeezed below this.
_TEXT_AT_LEAST: Final = 14
# Where texts may go beneath their row, those that stay are squeezed less, and longer ones go first.
_TEXT_IN_STOREYS: Final = 22
_LONG: Final = 42
# Fewer columns than these side by side are no table.
_FEW: Final = 3


class GridColumn(NamedTuple):
    """A column as it is laid out: figures keep their width, texts may be squeezed."""

    title: str
    right: bool = False
    flexible: bool = False


class Grid(NamedTuple):
    """Columns and the rows of texts beneath them."""

    columns: Sequence[GridColumn]
    rows: Sequence[Sequence[Text]]

    def widths(self, room: int, text_at_least: int = _TEXT_AT_LEAST) -> list[int] | None:
        """Return the width of each column, the widest texts squeezed first; None where they cannot fit.

        A word is broken only where the columns would not fit otherwise.
        """
        words = [
            max(text_at_least, _longest_word(row[it] for row in self.rows)) for it in range(len(self.columns))
        ]
        return self._squeezed(room, words) or self._squeezed(room, [text_at_least] * len(self.columns))

    def _squeezed(self, room: int, texts_at_least: Sequence[int]) -> list[int] | None:
        natural = self.natural_widths(room)
        least = [
            min(width, at_least) if column.flexible else width
            for width, at_least, column in zip(natural, texts_at_least, self.columns, strict=True)
        ]
        room -= GAP * (len(natural) - 1)
        if sum(least) > room:
            return None
        while sum(natural) > room:
            squeezable = [index for index, width in enumerate(natural) if width > least[index]]
            natural[max(squeezable, key=natural.__getitem__)] -= 1
        return natural

    def storeys(self, room: int) -> tuple[list[int], list[int]] | None:
        """Return the columns that fit side by side and those to set beneath them; None where hardly any fit.

        Long texts go beneath first, then whatever stands last; the first column stays.
        """
        natural = self.natural_widths(room)
        above = list(range(len(self.columns)))
        long = sorted((it for it in above[1:] if natural[it] > _LONG), key=natural.__getitem__, reverse=True)
        leaving = [*long, *(it for it in reversed(above[1:]) if it not in long)]
        for place in leaving:
            if self.picked(above).widths(room, _TEXT_IN_STOREYS) is not None:
                break
            above.remove(place)
        if len(above) < _FEW:
            return None
        return above, [it for it in range(len(self.columns)) if it not in above]

    def natural_widths(self, room: int) -> list[int]:
        """Return the width of each column where nothing wraps."""
        return [
            min(room, max([len(column.title), *(_widest_line(row[index]) for row in self.rows)]))
            for index, column in enumerate(self.columns)
        ]

    def natural(self, room: int) -> int:
        """Return the columns taken where nothing is squeezed, with the gap to what follows."""
        return sum(self.natural_widths(room)) + GAP * len(self.columns)

    def told(self) -> "Grid":
        """Return the grid without the columns that say nothing in any row."""
        told = [index for index in range(len(self.columns)) if any(row[index].plain for row in self.rows)]
        return self.picked(told)

    def picked(self, places: Sequence[int]) -> "Grid":
        """Return the grid with some of its columns."""
        return Grid([self.columns[it] for it in places], [[row[it] for it in places] for row in self.rows])


def _widest_line(text: Text) -> int:
    """Return the columns that a text takes before anything wraps."""
    return max((line.cell_len for line in text.split("\n")), default=0)


def _longest_word(texts: Iterable[Text]) -> int:
    """Return the columns that the longest word takes."""
    return max((cell_len(word) for text in texts for word in text.plain.split()), default=0)
