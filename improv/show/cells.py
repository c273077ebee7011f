"""How each kind of value is written, once for people and once to the last digit."""

from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from improv import text
from improv.named import NamedTuple
from improv.report import Cell, Days, Money, Percent, Range, Ref, Score, Severity, Share, Trend, Unit

# Nothing to say; also what joins the two ends of a range.
DASH: Final = "\u2013"

_LEVELS: Final = "▁▂▃▅▇"
_ASCII_LEVELS: Final = "_.-=#"
# Signs of our own that a terminal without Unicode must be spared.
_ASCII_SIGNS: Final = str.maketrans(
    {
        DASH: "-",
        "…": "...",
        "─": "-",
        "·": "|",
        "≥": ">=",
        "≤": "<=",
        "±": "+/-",
        "\u2212": "-",
        "\u00d7": "x",
        "→": "->",
    }
)


class Look(NamedTuple):
    """How a page is to look: its width in columns, whether colours and Unicode may be used.

    `cents` writes them even where they are nought, so that the amounts of a column line up. `precise` writes every
    figure to its last digit and without thousands separators, for programs to read. Of a text at most `letters` are
    shown, and how many more there are.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    cents: bool = False
    precise: bool = False
    letters: int | None = None

    def gate(self, words: str, *, keep_newlines: bool = False) -> str:
        """Return text that is safe to show: nothing in it is obeyed, and without Unicode nothing in it is beyond ASCII."""
        more = 0 if self.letters is None else len(words) - self.letters
        if more > 0:
            words = f"{words[: self.letters]} … and {more:,} more letters, which --format plain shows"
        safe = text.shown(words, keep_newlines=keep_newlines)
        if self.unicode or safe.isascii():
            return safe
        return safe.translate(_ASCII_SIGNS).encode("ascii", "backslashreplace").decode("ascii")

    def cell(self, cell: Cell, *, keep_newlines: bool = False) -> str:
        """Return a value as text; nothing to say is a dash."""
        match cell:
            case str():
                words = self.gate(cell, keep_newlines=keep_newlines)
            case date():
                words = cell.isoformat()
            case Ref(id=record, name=name):
                words = self.gate(f"{record} {name}".rstrip())
            case Severity(level=level):
                words = level
            case Trend(values=values):
                words = self.trend(values)
            case Share():
                words = self.share(cell)
            case Range():
                words = self.range(cell)
            case None | int() | float() | Money() | Days() | Percent():
                words = self._figure(cell)
        return words

    def _figure(self, cell: float | Money | Days | Percent | None) -> str:
        comma: Literal["", ","] = "" if self.precise else ","
        match cell:
            case None:
                return self.gate(DASH)
            case Money(minor=minor):
                whole, cents = divmod(abs(minor), 100)
                decimals = f".{cents:02}" if cents or self.cents or self.precise else ""
                return f"{'-' if minor < 0 else ''}{whole:{comma}}{decimals}"
            case Percent(value=int(value)):
                return f"{value}%"
            case Percent(value=value):
                return f"{value:.{4 if self.precise else 1}f}%"
            case Days(value=value):
                return self._number(value) + ("" if self.precise else " d")
            case int() | float():
                return self._number(cell)

    def _number(self, number: float) -> str:
        """Write a count in whole, a mean to one decimal (precisely: to six)."""
        if isinstance(number, int):
            return str(number) if self.precise else f"{number:,}"
        return f"{number:.6f}" if self.precise else f"{number:,.1f}"

    def _point(self, number: float) -> str:
        """Write a point of a trend precisely, without decimals that say nothing."""
        words = self._number(number)
        return words.rstrip("0").removesuffix(".") if self.precise and "." in words else words

    def share(self, share: Share) -> str:
        """Return a percentage with its k of n, never one without the other."""
        percentage, base = self.share_parts(share)
        if not base:
            return percentage
        return f"{percentage} ({base})" if self.precise else f"{percentage} {base}"

    def share_parts(self, share: Share) -> tuple[str, str]:
        """Return the percentage, and the k of n it stands on (empty where nothing is underneath)."""
        if share.value is None:
            return self.gate(DASH), ""
        return f"{100 * share.value:.{4 if self.precise else 1}f}%", f"{share.hits} of {share.of}"

    def interval(self, score: Score) -> str:
        """Return a metric's 95% interval: in percent for a share, else in days; empty where it has none."""
        if score.interval is None:
            return ""
        low, high = score.interval
        if is_share(score):
            return self.range(Range(low, 1.0 if high is None else high, "share"))
        return self.range(Range(float(low), None if high is None else float(high), "days"))

    def range(self, span: Range) -> str:
        """Return a range with its unit: "18-61%", "2-3 d", "≥ 9 d", "< 5 d"."""
        unit = "%" if span.unit == "share" else " d" if span.unit == "days" and not self.precise else ""
        low, high = (None if end is None else self.end(end, span.unit) for end in (span.low, span.high))
        if low is None:
            return self.gate(f"{'<' if span.strict else '≤'} {high}{unit}" if high else DASH)
        if high is None:
            return self.gate(f"{'>' if span.strict else '≥'} {low}{unit}")
        if low == high:
            return f"{low}{unit}"
        between = " to " if low.startswith("-") else DASH
        return self.gate(f"{low}{between}{high}{unit}")

    def end(self, end: float, unit: Unit) -> str:
        """Return one end of a range without its unit; whole where that is exact."""
        match unit:
            case "share":
                return f"{100 * end:.{4 if self.precise else 0}f}"
            case "money":
                return self._figure(Money(round(end)))
            case "days" | "number":
                return self._number(end) if self.precise else self._number(float(end)).removesuffix(".0")

    def trend(self, values: Iterable[float | None]) -> str:
        """Return a row of small bars, the lowest value lowest; precisely, the numbers themselves."""
        series = tuple(values)
        if self.precise:
            return " ".join(self.gate(DASH) if value is None else self._point(value) for value in series)
        known = [value for value in series if value is not None]
        if not known:
            return ""
        low, spread = min(known), max(known) - min(known)
        levels = _LEVELS if self.unicode else _ASCII_LEVELS
        top = len(levels) - 1

        def bar(value: float | None) -> str:
            if value is None:
                return " "
            # A flat line says "no change": neither low nor high.
            return levels[round((value - low) / spread * top) if spread else top // 2]

        return "".join(map(bar, series))


def is_share(score: Score) -> bool:
    """Whether a metric's value is a share, so that its interval is one of fractions."""
    return score.share is not None or isinstance(score.value, Share)


def share_of(score: Score) -> Share | None:
    """Return the k of n of a metric, wherever it was put."""
    if score.share is not None:
        return score.share
    return score.value if isinstance(score.value, Share) else None
