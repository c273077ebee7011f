"""What is done with campaigns: added, edited, and their results kept day by day."""

from datetime import date
from typing import Any

from improv.actions.dated import not_after_today, not_before, one_line
from improv.models import Campaign, CampaignResult
from improv.nouns import ref
from improv.store import Writing
from improv.text import folded


def add(work: Writing, name: str, on: date, values: dict[str, Any]) -> Campaign:
    """Add a campaign that starts on a day, which may be ahead."""
    called = one_line(name, "name")
    _paired(work, values)
    campaign = work.add(Campaign, name=called, name_folded=folded(called), starts_on=on, **values)
    work.subject = ref("campaign", campaign.id)
    return campaign


def edit(work: Writing, number: int, name: str | None, values: dict[str, Any]) -> Campaign:
    """Correct what was said of a campaign."""
    if name:
        called = one_line(name, "name")
        values = values | {"name": called, "name_folded": folded(called)}
    campaign = work.get(Campaign, number)
    if "type" in values or "subtype" in values:
        values = {"type": campaign.type, "subtype": campaign.subtype} | values
        _paired(work, values)
    work.subject = ref("campaign", number)
    return work.change(campaign, **values)


def _paired(work: Writing, values: dict[str, Any]) -> None:
    """Refuse a sub-type that is none of its type: the pair is the key."""
    if values.get("subtype") is not None:
        work.playbook.campaign_subtype(values.get("type"), values["subtype"])


def add_result(work: Writing, number: int, on: date, values: dict[str, Any]) -> CampaignResult:
    """Keep what a campaign did on a day."""
    campaign = work.get(Campaign, number)
    not_after_today(work, on, "a result")
    not_before(on, campaign.starts_on, "a result", "the campaign started")
    work.subject = ref("campaign", number)
    return work.add(CampaignResult, campaign_id=number, on_day=on, **values)
