"""Small charts as inline SVG: a trend, and a share with its interval. Each says in words what it shows."""

from collections.abc import Sequence
from typing import Final

_WIDTH: Final = 96
_HEIGHT: Final = 26
_MIDDLE: Final = _HEIGHT / 2
_SCALE_HEIGHT: Final = 12
# Dots at the edge stay whole.
_EDGE: Final = 3


def sparkline(values: Sequence[float | None]) -> str:
    """Draw a trend, oldest first, from its lowest to its highest; where nothing was, the line is broken."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, spread = min(known), max(known) - min(known)
    step = (_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    path, dots, pen = "", "", False
    for index, value in enumerate(values):
        if value is None:
            pen = False
            continue
        x = _EDGE + index * step
        # A flat line says "no change": neither low nor high.
        y = _EDGE + (_HEIGHT - 2 * _EDGE) * (1 - (value - low) / spread) if spread else _MIDDLE
        path += f"{'L' if pen else 'M'}{x:.1f} {y:.1f}"
        alone = not pen and (index + 1 == len(values) or values[index + 1] is None)
        if alone or index + 1 == len(values):
            dots += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'
        pen = True
    said = ", ".join("nothing" if value is None else _number(value) for value in values)
    return (
        f'<svg class="spark" role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'<title>trend, oldest first: {said}</title><path d="{path}"/>{dots}</svg>'
    )


def whisker(value: float, interval: tuple[float, float | None]) -> str:
    """Draw a share on the line from none to all, with the interval it may lie in."""
    low, high = interval[0], 1.0 if interval[1] is None else interval[1]
    y = _SCALE_HEIGHT / 2
    left, right, at = (_EDGE + (_WIDTH - 2 * _EDGE) * part for part in (low, high, value))
    return (
        f'<svg class="whisker" role="img" width="{_WIDTH}" height="{_SCALE_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_SCALE_HEIGHT}">'
        f"<title>{100 * value:.0f}%, between {100 * low:.0f}% and {100 * high:.0f}%</title>"
        f'<line class="scale" x1="{_EDGE}" x2="{_WIDTH - _EDGE}" y1="{y:g}" y2="{y:g}"/>'
        f'<line class="span" x1="{left:.1f}" x2="{right:.1f}" y1="{y:g}" y2="{y:g}"/>'
        f'<circle class="point" cx="{at:.1f}" cy="{y:g}" r="3"/></svg>'
    )


def _number(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")
