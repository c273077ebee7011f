"""The catalogue of metrics: each is declared once, and every answer about it comes from that declaration.

The playbook may declare more (`own.py`): `named` and `find` know those as well. All of them are in `catalogue.py`; who
needs one that is known beforehand loads its room alone, by `declared`.
"""

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from improv.errors import ImprovError, Usage
from improv.metrics.metric import Metric
from improv.playbook import Playbook, meant

if TYPE_CHECKING:
    from improv.metrics.catalogue import CATALOGUE, GROUPS
else:

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - the catalogue, or its groups
        """Return the catalogue where it is asked for: to load fifteen rooms takes half of Python's own start."""
        if name not in {"CATALOGUE", "GROUPS"}:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("improv.metrics.catalogue"), name)


__all__ = [
    "CATALOGUE",
    "GROUPS",
    "Metric",
    "as_typed",
    "declared",
    "find",
    "measurable",
    "named",
    "names",
    "suggested",
]


def declared(room: str, name: str) -> Metric:
    """Return a metric from the room that declares it."""
    every: tuple[Metric, ...] = getattr(import_module(f"improv.metrics.{room}"), room.upper())
    return next(metric for metric in every if metric.name == name)


def _catalogue() -> dict[str, Metric]:
    """Return ours, all of them."""
    from improv.metrics import catalogue  # noqa: PLC0415 - as above

    return catalogue.CATALOGUE


def find(typed: str, playbook: Playbook | None = None) -> Metric:
    """Return the metric of a name, typed with underscores, hyphens or spaces."""
    name = "_".join(typed.casefold().replace("-", " ").replace("_", " ").split())
    known = _catalogue() if playbook is None else names(playbook)
    if name not in known:
        raise Usage("no metric is called so", typed, meant(name, known) + "improv metric list names them all")
    return _catalogue()[name] if playbook is None else named(name, playbook)


def named(name: str, playbook: Playbook) -> Metric:
    """Return the metric with a name that is known to exist: one of ours, or one that the playbook declares itself."""
    if (known := _catalogue().get(name)) is not None:
        return known
    from improv.metrics.own import own  # noqa: PLC0415 - only a metric of the user's own needs it

    return own(name, playbook)


def names(playbook: Playbook) -> list[str]:
    """Return the names of all metrics: ours, then those that the playbook declares itself."""
    return list(dict.fromkeys((*_catalogue(), *playbook.metrics)))


def measurable(playbook: Playbook) -> dict[str, Metric]:
    """Return every metric that can be measured by its name: ours, and those of the playbook's own that fit."""
    found = dict(_catalogue())
    for name in playbook.metrics:
        with suppress(ImprovError):
            found.setdefault(name, named(name, playbook))
    return found


def as_typed(name: str) -> str:
    """Return a metric's name as it is typed in a command."""
    return name.replace("_", "-")


def suggested(playbook: Playbook, given: Sequence[str], how_many: int) -> list[str]:
    """Return metrics to pick: those that are given, filled up with the ones that have a target, then with any."""
    known = measurable(playbook)
    picked = chain(given, (name for name in playbook.targets if name in known), known)
    return list(dict.fromkeys(picked))[:how_many]
