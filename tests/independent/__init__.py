"""A second opinion on every metric: plain Python over the rows, by the method's own definitions.

Nothing here knows `measure`, a population or a fragment of SQL: who copies a mistake cannot find it. `seen` gives the
rows as of a day by rules of its own, `figure` adds up, and the other rooms hold one small function for each metric.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from tests.independent.figure import OPINIONS, Opinion


def opinions() -> Mapping[str, Opinion]:
    """Return the second opinions of all rooms, by the name of the metric."""
    for room in iter_modules(__path__):
        import_module(f"{__name__}.{room.name}")
    return OPINIONS
