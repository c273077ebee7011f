"""What is promised of a figure, whether it holds, and how a page tells that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Bound(NamedTuple):
    """A promise: what it is about, in which case, what that came to, and the most it may be."""

    about: str
    case: str
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


def misses(bounds: Sequence[Bound], reasons: Mapping[str, str]) -> list[str]:
    """Return a line for each thing of which a promise is missed: how often, by how much at worst, and why."""
    lines = []
    for about in dict.fromkeys(bound.about for bound in bounds):
        promised = [bound for bound in bounds if bound.about == about]
        missed = [bound for bound in promised if not bound.holds]
        if missed:
            worst = max(missed, key=lambda bound: bound.value / bound.most)
            told = f"{figure(worst.value)} where {figure(worst.most)} was promised"
            often = f"{len(missed)} of {len(promised)} miss, at worst {worst.case}: " if worst.case else ""
            lines.append(f"- {about}: {often}{told}. {reasons.get(about, 'No reason is known yet.')}")
    return lines


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
