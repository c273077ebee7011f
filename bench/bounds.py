"""What is promised of a figure, whether it holds, and how a page tells that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Bound(NamedTuple):
    """A promise: what is measured, what it came to, and the most it may be."""

    what: str
    value: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether it came to no more."""
        return self.value <= self.most

    @property
    def verdict(self) -> str:
        """One word for it."""
        return "holds" if self.holds else "**misses**"


def misses(bounds: Iterable[Bound], reasons: Mapping[str, str]) -> list[str]:
    """Return a line for each promise that is missed, with its reason."""
    return [
        f"- {bound.what}: {figure(bound.value)} where {figure(bound.most)} was promised. "
        f"{reasons.get(bound.what, 'No reason is known yet.')}"
        for bound in bounds
        if not bound.holds
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """Return a table in Markdown; all columns but the first few are figures."""
    rule = ["---"] * words + ["--:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def figure(value: float) -> str:
    """Return a ratio as it is told: as exact as it is large."""
    return (
        f"{value:.3f}"
        if value < 0.1
        else f"{value:.2f}"
        if value < 2
        else f"{value:.1f}"
        if value < 100
        else f"{value:.0f}"
    )
