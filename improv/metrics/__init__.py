"""The catalogue of metrics: each is declared once, and every answer about it comes from that declaration."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from improv.errors import Usage
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
from improv.metrics.visits import VISITS
from improv.metrics.ways import WAYS
from improv.metrics.work import WORK
from improv.playbook import Playbook, mending

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
}
CATALOGUE: Final[dict[str, Metric]] = {metric.name: metric for group in GROUPS.values() for metric in group}

__all__ = ["CATALOGUE", "GROUPS", "Metric", "as_typed", "find", "suggested"]


def find(typed: str) -> Metric:
    """Return the metric of a name, typed with underscores, hyphens or spaces."""
    name = "_".join(typed.casefold().replace("-", " ").replace("_", " ").split())
    if name not in CATALOGUE:
        raise Usage("no metric is called so", typed, mending(name, CATALOGUE))
    return CATALOGUE[name]


def as_typed(name: str) -> str:
    """Return a metric's name as it is typed in a command."""
    return name.replace("_", "-")


def suggested(playbook: Playbook, named: Sequence[str], how_many: int) -> list[str]:
    """Return metrics to pick: those that are named, filled up with the ones that have a target, then with any."""
    known = chain(named, (name for name in playbook.targets if name in CATALOGUE), CATALOGUE)
    return list(dict.fromkeys(known))[:how_many]
