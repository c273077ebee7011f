"""What is done with leads: added, edited, qualified, moved through the lifecycle."""

from collections.abc import Collection
from datetime import date
from typing import Any

from improv import models
from improv.actions.dated import not_after_today, not_before, one_line, read_all, read_on, split_dated
from improv.errors import Refused
from improv.nouns import ref
from improv.store import Writing
from improv.text import folded

DATED = ("owner", "score", "temperature")


def add(work: Writing, name: str, on: date, values: dict[str, Any]) -> "models.Lead":
    """Add a lead received on a day."""
    not_after_today(work, on, "the day a lead was received")
    own, dated = split_dated(values, *DATED)
    lead = work.add(models.Lead, **names(name, own), received_on=on, **own)
    assert lead.id is not None  # noqa: S101 - it was just written
    read_all(work, "lead", lead.id, dated, on)
    work.add(models.Lifecycle, lead_id=lead.id, state="lead", since=on)
    _recognise(work, lead.id, lead.email, on)
    work.subject = ref("lead", lead.id)
    return lead


def _recognise(work: Writing, lead_id: int, email: str | None, on: date) -> None:
    """Attribute the visitors with a lead's mail address."""
    if email:
        from improv.actions.touches import recognise  # noqa: PLC0415 - most leads have no address yet

        recognise(work, "lead", lead_id, email, on)


def names(name: str, own: dict[str, Any]) -> dict[str, Any]:
    """Return a name and a company with the folded spellings they are found by."""
    found: dict[str, Any] = {"name": one_line(name, "name"), "name_folded": folded(name)}
    if "company" in own:
        found["company_folded"] = folded(own["company"]) if own["company"] else None
    return found


def edit(work: Writing, lead_id: int, name: str | None, on: date, values: dict[str, Any]) -> "models.Lead":
    """Change a lead. What is dated (owner, score, temperature) holds from `on`; the rest is a correction."""
    lead = work.get(models.Lead, lead_id)
    own, dated = split_dated(values, *DATED)
    not_before(on, lead.received_on, "a change", "the lead was received")
    for kind, value in dated.items():
        read_on(work, "lead", lead_id, kind, value, on)
    changed = work.change(lead, **own, **names(name or lead.name, own))
    _recognise(work, lead_id, own.get("email"), lead.received_on)
    work.subject = ref("lead", lead_id)
    return changed


def qualify(
    work: Writing, lead_id: int, verdict: str, because: str | None, on: date
) -> "models.Qualification":
    """Say that a lead is qualified or not, on a day, and why."""
    lead = work.get(models.Lead, lead_id)
    not_after_today(work, on, "a verdict")
    not_before(on, lead.received_on, "a verdict", "the lead was received")
    work.subject = ref("lead", lead_id)
    return work.add(models.Qualification, lead_id=lead_id, verdict=verdict, because=because, decided_on=on)


def by_deals(how: Collection[str]) -> str:
    """Return the state that deals say: a customer once one is won, an opportunity while one is open, else SQL."""
    return "customer" if "won" in how else "opportunity" if "open" in how else "sql"


def enter(
    work: Writing, lead_id: int, state: str, on: date, because: str | None = None, *, told: bool = False
) -> None:
    """Move a lead to a state of its lifecycle; `told` when a person said so, and the same state is then refused."""
    row = work.reader.row(
        "SELECT id, state, since FROM lifecycle WHERE lead_id = :id AND until IS NULL", {"id": lead_id}
    )
    if row is not None:
        if row["state"] == state:
            if told:
                raise Refused(
                    f"the lead is {state} already",
                    f"{ref('lead', lead_id)}, since {row['since']}",
                    f"improv lead show {ref('lead', lead_id)}",
                )
            return
        current = work.get(models.Lifecycle, row["id"])
        if not told and on < current.since:
            return  # a backdated deal does not rewrite a lifecycle that was told later
        not_before(on, current.since, "the next state", f"the lead became {row['state']}")
        work.change(current, until=on)
    work.add(models.Lifecycle, lead_id=lead_id, state=state, since=on, because=because)
    work.subject = work.subject or ref("lead", lead_id)


def state(work: Writing, lead_id: int) -> str | None:
    """Return the state of its lifecycle that a lead is in."""
    word: str | None = work.reader.value(
        "SELECT state FROM lifecycle WHERE lead_id = :id AND until IS NULL", {"id": lead_id}
    )
    return word


# Whom the charter leaves with marketing.
_MARKETINGS = ("subscriber", "lead")


def to_marketing(work: Writing, lead_id: int, on: date, because: str | None) -> "models.Lead":
    """Hand a lead back to marketing: it is a lead again, a subscriber stays one, and marketing owns it."""
    lead, name = work.get(models.Lead, lead_id), ref("lead", lead_id)
    not_after_today(work, on, "the day it was handed to marketing")
    not_before(on, lead.received_on, "handing it to marketing", "the lead was received")
    busy = work.reader.row(
        "SELECT o.id, x.outcome FROM opportunity o LEFT JOIN opportunity_outcome x "
        "ON x.opportunity_id = o.id AND x.until IS NULL WHERE o.lead_id = :id AND COALESCE(x.outcome, 'won') = 'won'",
        {"id": lead_id},
    )
    if busy is not None:
        deal = ref("opportunity", busy["id"])
        raise Refused(
            "a customer is not handed to marketing" if busy["outcome"] else "a deal with the lead is open",
            f"{name}, {deal}",
            f"improv opportunity show {deal}"
            if busy["outcome"]
            else f"improv opportunity lost {deal} --because …",
        )
    before = state(work, lead_id)
    if before not in _MARKETINGS:
        enter(work, lead_id, "lead", on, because, told=True)
    owned = read_on(work, "lead", lead_id, "owner", work.playbook.marketing, on)
    if owned is None and before in _MARKETINGS:
        raise Refused("marketing has the lead already", name, f"improv lead show {name}")
    work.subject = name
    return lead
