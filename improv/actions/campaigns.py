"""What is done with campaigns: added, edited, and their results kept day by day."""

from datetime import date
from typing import Any

from improv.actions.dated import not_after_today, one_line
from improv.errors import Refused
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
    if "starts_on" in values:
        _refuse_late_start(work, number, values["starts_on"])
    work.subject = ref("campaign", number)
    return work.change(campaign, **values)


def _refuse_late_start(work: Writing, number: int, day: date | None) -> None:
    """Refuse a first day after the first result, and none at all."""
    name = ref("campaign", number)
    if day is None:
        raise Refused("a campaign has a first day", name, f"improv campaign edit {name} --starts-on DAY")
    first = work.reader.value(
        "SELECT MIN(on_day) FROM campaign_result WHERE campaign_id = :id", {"id": number}
    )
    if first is not None and first < day.isoformat():
        raise Refused(
            "a campaign cannot start after its first result",
            f"{day.isoformat()} is after {first}",
            f"improv campaign edit {name} --starts-on {first}",
        )


def _paired(work: Writing, values: dict[str, Any]) -> None:
    """Refuse a sub-type that is none of its type: the pair is the key."""
    if values.get("subtype") is not None:
        work.playbook.campaign_subtype(values.get("type"), values["subtype"])


def add_result(work: Writing, number: int, on: date, values: dict[str, Any]) -> CampaignResult:
    """Keep what a campaign did on a day."""
    campaign = work.get(Campaign, number)
    not_after_today(work, on, "a result")
    if on < campaign.starts_on:
        raise Refused(
            "a result cannot be before the campaign started",
            f"{on.isoformat()} is before {campaign.starts_on.isoformat()}",
            f"improv campaign edit {ref('campaign', number)} --starts-on {on.isoformat()}",
        )
    work.subject = ref("campaign", number)
    return work.add(CampaignResult, campaign_id=number, on_day=on, **values)
