"""A first look at the whole file: how many rows, unknown words, ids that name two things, and how it is written."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from improv.register import Pairings
from improv.text import folded
from improv.transfer.fields import Type
from improv.transfer.rows import NUMBERS, Rows
from improv.transfer.values import Evidence

_SHOWN_IDS: Final = 5
_MOST: Final = 10_000
_LONGEST_WORD: Final = 400
_OTHERS: Final = "… and other words"


@dataclass(slots=True)
class Survey:
    """What a first look at the whole file told. `divided` are ids that stand for several names."""

    rows: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    divided: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def survey(rows: Rows, naming: tuple[str, ...]) -> Survey:
    """Look at every row once; prove the form of dates and numbers that the mapping leaves open.

    `naming` are the fields that may hold the record's name, the best first.
    """
    look = _Look(rows, naming)
    for row in rows.file.rows():
        look.found.rows += 1
        if not row.fault:
            look.see(rows.texts(row))
    look.settle()
    _settle_percents(rows, look.parted)
    return look.found


class _Look:
    """What is looked for in each row."""

    def __init__(self, rows: Rows, naming: tuple[str, ...]) -> None:
        self.found = Survey()
        self._rows = rows
        self._naming = naming
        self._dates = [name for name in self._open("day", "moment") if name not in rows.forms.dates]
        self._numbers = [name for name in self._open(*NUMBERS) if name not in rows.forms.decimals]
        self._chosen = [name for name in self._open("choice") if name != "reason"]
        self._evidence = {name: Evidence() for name in (*self._dates, *self._numbers)}
        self._names = Pairings()
        # The percentages of which all that is written is whole are no fractions.
        self._whole = set(self._open("percent", "score"))
        self.parted: list[str] = []

    def _open(self, *types: Type) -> list[str]:
        mapping = self._rows.mapping
        return [
            name for name, one in mapping.kind.fields.items() if one.type in types and name in mapping.mapped
        ]

    def see(self, texts: dict[str, str]) -> None:
        """Look at one row."""
        evidence = self._evidence
        for name in self._dates:
            if name in texts:
                evidence[name].see_day(texts[name])
        for name in self._numbers:
            if name in texts:
                evidence[name].see_number(texts[name])
        for name in [name for name in self._whole if name in texts and not texts[name].isdecimal()]:
            self._whole.remove(name)
            self.parted.append(name)
        for name in self._chosen:
            if name in texts and self._rows.word(name, texts[name]) is None:
                self._count_unknown(name, texts[name][:_LONGEST_WORD])
        if "id" in texts:
            self._meet(texts)

    def _meet(self, texts: dict[str, str]) -> None:
        """Note what the id of a row is called."""
        for one in self._naming:
            if one in texts:
                self._names.add(texts["id"], hash(folded(texts[one])))
                break

    def _count_unknown(self, name: str, word: str) -> None:
        """Count a word that is not known; after very many different ones those that are new count together."""
        known = (name, word) in self.found.unknown or len(self.found.unknown) < _MOST
        self.found.unknown[name, word if known else _OTHERS] += 1

    def settle(self) -> None:
        """Say in which form each column is written, where its values prove one."""
        forms, notes = self._rows.forms, self.found.notes
        self.found.divided.update(self._names.divided(_MOST))
        for name in self._dates:
            seen = self._evidence[name]
            if seen.order:
                forms.dates[name] = seen.order
                notes.append(f'{name} is read as {seen.order}, as "{seen.witness}" shows')
            elif seen.orders:
                notes.append(
                    f"{name} is written in two orders of day and month: what may be either is refused"
                )
        for name in self._numbers:
            if mark := self._evidence[name].decimal:
                forms.decimals[name] = mark
                if mark == ",":
                    notes.append(f"{name} is read with a decimal comma, as its values show")
        if self.found.divided:
            named = ", ".join(sorted(self.found.divided)[:_SHOWN_IDS])
            notes.append(f"ids that stand for several names, each a record of its own: {named}")


def _settle_percents(rows: Rows, percents: list[str]) -> None:
    """Find the percentages that are written as fractions: all of the column is up to 1, and not whole."""
    if not percents:
        return
    sizes = {name: Evidence(decimals=set(rows.forms.decimals.get(name, ""))) for name in percents}
    for row in rows.file.rows():
        texts = {} if row.fault else rows.texts(row)
        for name in percents:
            if name in texts:
                sizes[name].see_size(texts[name])
    rows.forms.fractions.update(name for name in percents if sizes[name].fractions)
