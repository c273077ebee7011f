"""The catalogue of metrics: each is declared once, and every answer about it comes from that declaration."""

from typing import Final

from improv.errors import Usage
from improv.metrics.clients import CLIENTS
from improv.metrics.events import EVENTS
from improv.metrics.leads import LEADS
from improv.metrics.metric import Metric
from improv.metrics.pipeline import PIPELINE
from improv.metrics.reach import REACH
from improv.metrics.revenue import REVENUE
from improv.metrics.sales import SALES
from improv.metrics.visits import VISITS
from improv.metrics.ways import WAYS
from improv.metrics.work import WORK
from improv.playbook import mending

CATALOGUE: Final[dict[str, Metric]] = {
    metric.name: metric
    for metric in (*LEADS, *WAYS, *SALES, *PIPELINE, *EVENTS, *CLIENTS, *VISITS, *REVENUE, *WORK, *REACH)
}

__all__ = ["CATALOGUE", "Metric", "find"]


def find(typed: str) -> Metric:
    """Return the metric of a name, typed with underscores, hyphens or spaces."""
    name = "_".join(typed.casefold().replace("-", " ").replace("_", " ").split())
    if name not in CATALOGUE:
        raise Usage("no metric is called so", typed, mending(name, CATALOGUE))
    return CATALOGUE[name]
