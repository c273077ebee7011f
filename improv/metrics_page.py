"""The page of all metrics, `docs/metrics.md`, from their declarations: `python -m improv.metrics_page` writes it."""

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from improv import playbook
from improv.metrics import CATALOGUE, GROUPS, Metric
from improv.metrics.dimensions import DIMENSIONS
from improv.playbook import Playbook, Target

_HEAD: Final = """# The metrics

Generated from the catalogue in `improv/metrics/`; the targets are those of the default playbook, and where a metric has
a target of its own for each stage or kind, the field of the playbook that says it: `--by` then judges each.

- `improv metric NAME` shows a figure, `improv explain NAME` its definition and every record behind it.
- A **count** counts records, a **total** adds up a value, a **share** is k of n with its 95% interval, a **duration**
  is in days (still running ones count as at least so long), a **level** is a stock on the last day of the period, a
  **ratio** is one figure over another: a ratio of sums, never a mean of ratios.
- A figure counts by its one clock: the day that decides into which period a record falls.
- With nothing underneath, a share, a mean or a ratio is `–`, never zero.
- Where a value is missing the record is left out and listed, never guessed.
- A figure can also be broken down by [fields of your own](fields.md).
- A metric of your own is declared in your settings, and answers the same: [custom.md](custom.md).
- Whatever counts in a period can be broken down by `month`; a ratio by what its two figures have in common. A metric of
  leads, opportunities or clients can be broken down by all that is known of them:
"""
_COLUMNS: Final = ("Metric", "What it is", "Kind", "Formula", "Clock", "By", "Target", "Source")
_SIGNS: Final = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}
_UNITS: Final = {"percent": "%", "days": " days"}


def page(book: Playbook) -> str:
    """Return the page, with the targets of a playbook."""
    lines = [_HEAD, *(f"  - {about}: {_listed(keys)}" for about, keys in DIMENSIONS.items()), ""]
    lines += [f"There are {len(CATALOGUE)}."]
    for title, metrics in GROUPS.items():
        lines += ["", f"## {title}", "", _row(_COLUMNS), _row("---" for _ in _COLUMNS)]
        lines += [_row(_cells(metric, book.targets.get(metric.name))) for metric in metrics]
    return "\n".join(lines) + "\n"


def _cells(metric: Metric, target: Target | None) -> Iterator[str]:
    yield f"`{metric.name}`<br>{metric.title}"
    yield metric.sentence
    yield metric.kind
    yield metric.in_words
    yield metric.clock
    yield ", ".join(filter(None, (metric.about, _listed(metric.keys)))) or "–"
    own = metric.own_target
    told = [] if target is None else [_target(metric, target)]
    yield "; ".join(told + ([f"by `{own.key}`: its `{own.field}`"] if own else [])) or "–"
    yield metric.source


def _target(metric: Metric, target: Target) -> str:
    unit = _UNITS.get(metric.unit, "")
    per = f" a {target.per}" if target.per else ""
    if target.band:
        low, high = target.band
        return f"{low}–{high}{unit}{per}"
    bounds = ((sign, getattr(target, name)) for name, sign in _SIGNS.items())
    return " ".join(f"{sign} {bound}{unit}" for sign, bound in bounds if bound is not None) + per


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page(playbook.load()))
