"""The catalogue of metrics: each is declared once, and every answer about it comes from that declaration.

The playbook may declare more (`own.py`): `named` and `find` know those as well.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

from improv.errors import ImprovError, Usage
from improv.metrics.campaigns import CAMPAIGNS
from improv.metrics.clients import CLIENTS
from improv.metrics.events import EVENTS
from improv.metrics.leads import LEADS
from improv.metrics.metric import Metric
from improv.metrics.pipeline import PIPELINE
from improv.metrics.reach import REACH
from improv.metrics.revenue import REVENUE
from improv.metrics.sales import SALES
from improv.metrics.surveys import SURVEYS
from improv.metrics.touches import TOUCHES
from improv.metrics.tracks import TRACKS
from improv.metrics.visits import VISITS
from improv.metrics.ways import WAYS
from improv.metrics.work import WORK
from improv.playbook import Playbook, meant

GROUPS: Final[dict[str, tuple[Metric, ...]]] = {
    "Leads": LEADS,
    "The way through the funnel": WAYS,
    "Sales": SALES,
    "Pipeline": PIPELINE,
    "Events": EVENTS,
    "Clients": CLIENTS,
    "Visits": VISITS,
    "Revenue": REVENUE,
    "Surveys": SURVEYS,
    "Touches": TOUCHES,
    "Work and campaigns": WORK,
    "Web leads and cold calling": REACH,
    "What campaigns take and return": CAMPAIGNS,
    "Tracks": TRACKS,
}
CATALOGUE: Final[dict[str, Metric]] = {metric.name: metric for group in GROUPS.values() for metric in group}

__all__ = ["CATALOGUE", "GROUPS", "Metric", "as_typed", "find", "measurable", "named", "names", "suggested"]


def find(typed: str, playbook: Playbook | None = None) -> Metric:
    """Return the metric of a name, typed with underscores, hyphens or spaces."""
    name = "_".join(typed.casefold().replace("-", " ").replace("_", " ").split())
    known = CATALOGUE if playbook is None else names(playbook)
    if name not in known:
        raise Usage("no metric is called so", typed, meant(name, known) + "improv metric list names them all")
    return CATALOGUE[name] if playbook is None else named(name, playbook)


def named(name: str, playbook: Playbook) -> Metric:
    """Return the metric with a name that is known to exist: one of ours, or one that the playbook declares itself."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    from improv.metrics.own import own  # noqa: PLC0415 - only a metric of the user's own needs it

    return own(name, playbook)


def names(playbook: Playbook) -> list[str]:
    """Return the names of all metrics: ours, then those that the playbook declares itself."""
    return list(dict.fromkeys((*CATALOGUE, *playbook.metrics)))


def measurable(playbook: Playbook) -> dict[str, Metric]:
    """Return every metric that can be measured by its name: ours, and those of the playbook's own that fit."""
    found = dict(CATALOGUE)
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
