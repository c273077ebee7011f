"""What is done with campaigns: added, edited, and their results kept day by day."""

from datetime import date
from typing import Any

from improv.actions.dated import not_before
from improv.models import Campaign, CampaignResult
from improv.nouns import ref
from improv.store import Writing
from improv.text import folded, refuse_controls


def add(work: Writing, name: str, on: date, values: dict[str, Any]) -> Campaign:
    """Add a campaign that starts on a day, which may be ahead."""
    called = refuse_controls(name.strip(), "name")
    campaign = work.add(Campaign, name=called, name_folded=folded(called), starts_on=on, **values)
    work.subject = ref("campaign", campaign.id)
    return campaign


def edit(work: Writing, number: int, name: str | None, values: dict[str, Any]) -> Campaign:
    """Correct what was said of a campaign."""
    if name:
        called = refuse_controls(name.strip(), "name")
        values = values | {"name": called, "name_folded": folded(called)}
    work.subject = ref("campaign", number)
    return work.change(work.get(Campaign, number), **values)


def add_result(work: Writing, number: int, on: date, values: dict[str, Any]) -> CampaignResult:
    """Keep what a campaign did on a day."""
    campaign = work.get(Campaign, number)
    not_before(on, campaign.starts_on, "a result", "the campaign started")
    work.subject = ref("campaign", number)
    return work.add(CampaignResult, campaign_id=number, on_day=on, **values)
