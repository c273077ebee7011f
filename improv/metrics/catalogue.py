"""Every metric, in groups: loaded only where any of them may be asked for."""

from typing import Final

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
