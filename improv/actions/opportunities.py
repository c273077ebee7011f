"""What is done with opportunities: opened, moved from stage to stage, won, lost, reopened."""

from datetime import date
from typing import Any

from improv.actions import clients, leads
from improv.actions.dated import not_after_today, not_before, one_line, split_dated
from improv.custom import missing
from improv.errors import Refused
from improv.models import (
    Client,
    Contact,
    Lead,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    ProductLine,
    StageStay,
)
from improv.nouns import ref
from improv.playbook import Stage, offered
from improv.resolve import Found, party
from improv.store import Writing
from improv.text import folded, refuse_controls

TERMS = ("value", "probability", "close_on", "owner")


def add(
    work: Writing, about: Found, title: str | None, stage: str | None, on: date, values: dict[str, Any]
) -> Opportunity:
    """Open an opportunity with a lead or a client; it starts its stay in the first stage, or in `stage`, that day."""
    not_after_today(work, on, "the day it was opened")
    own, terms = split_dated(values, *TERMS)
    lead_id, client_id = party(work.reader, about)
    if about.table == "lead":
        not_before(on, work.get(Lead, about.id).received_on, "an opportunity", "its lead was received")
    else:
        not_before(on, _known_since(work, about.id, lead_id), "an opportunity", "they were known")
        lead_id = None
    called = one_line(title or about.name, "title")
    chosen = work.playbook.stage(stage) if stage else work.playbook.sale_stages[0]
    if chosen.after_sale:
        raise Refused("this stage comes after the sale: an opportunity cannot be opened in it", chosen.name)
    opportunity = work.add(
        Opportunity,
        title=called,
        title_folded=folded(called),
        lead_id=lead_id,
        client_id=client_id,
        opened_on=on,
        **own,
    )
    number = _id(opportunity)
    work.add(OpportunityTerms, opportunity_id=number, on_day=on, **terms)
    _refuse_unfilled(work, number, chosen, new=True)
    work.add(StageStay, opportunity_id=number, stage=chosen.key, since=on, sequence=1)
    _lifecycle(work, lead_id, on)
    work.subject = ref("opportunity", number)
    return opportunity


def _refuse_unfilled(work: Writing, number: int, stage: Stage, *, new: bool = False) -> None:
    """Refuse a stage from which on a field of the user's own must be filled, and is not."""
    for one in missing(work.reader, number, stage):
        needed = f"--{one.field.key} …"
        is_own = new and one.field.noun == "opportunity"
        raise Refused(
            f"{one.field.name} must be filled from {one.from_stage} on",
            "the new opportunity has none" if is_own else f"{one.record} has none",
            needed if is_own else f"improv {one.field.noun} edit {one.record} {needed}",
        )


def _lifecycle(work: Writing, lead_id: int | None, on: date, *, lost_win: bool = False) -> None:
    """Move a lead to where its deals say it is; who is a customer stays one, unless the win was taken back."""
    if lead_id is None:
        return
    rows = work.reader.rows(
        "SELECT COALESCE(x.outcome, 'open') AS how FROM opportunity o LEFT JOIN opportunity_outcome x "
        "ON x.opportunity_id = o.id AND x.until IS NULL WHERE o.lead_id = :lead",
        {"lead": lead_id},
    )
    state = leads.by_deals({row["how"] for row in rows})
    if lost_win or leads.state(work, lead_id) != "customer":
        leads.enter(work, lead_id, state, on)


def _known_since(work: Writing, client_id: int, lead_id: int | None) -> date:
    """Return since when a client is known: as a client, or as the lead it was before."""
    since = work.get(Client, client_id).since_on
    return since if lead_id is None else min(since, work.get(Lead, lead_id).received_on)


def _id(opportunity: Opportunity) -> int:
    assert opportunity.id is not None  # noqa: S101 - it was just written
    return opportunity.id


def edit(work: Writing, number: int, title: str | None, on: date, values: dict[str, Any]) -> Opportunity:
    """Change an opportunity. Its terms (value, probability, close date, owner) hold from `on`; the rest is a correction."""
    opportunity = work.get(Opportunity, number)
    own, terms = split_dated(values, *TERMS)
    not_before(on, opportunity.opened_on, "a change", "it was opened")
    agree(work, number, terms, on)
    if title:
        own |= {"title": one_line(title, "title"), "title_folded": folded(title)}
    work.subject = ref("opportunity", number)
    return work.change(opportunity, **own)


def agree(work: Writing, number: int, terms: dict[str, Any], on: date) -> None:
    """Keep new terms from a day on; what is not given stays as it was."""
    if not terms:
        return
    row = work.reader.row(
        "SELECT value, probability, close_on, owner FROM opportunity_terms WHERE opportunity_id = :id "
        "AND on_day <= :on ORDER BY on_day DESC, id DESC LIMIT 1",
        {"id": number, "on": on.isoformat()},
    )
    before = {} if row is None else dict(row)
    if before | {k: v.isoformat() if isinstance(v, date) else v for k, v in terms.items()} != before:
        work.add(OpportunityTerms, opportunity_id=number, on_day=on, **{**before, **terms})
        _carry_on(work, number, on, before, terms)


def _carry_on(work: Writing, number: int, on: date, before: dict[str, Any], terms: dict[str, Any]) -> None:
    """Carry backdated terms into the later rows, each up to the day it was changed again: a row repeats them all."""
    later = work.reader.rows(
        "SELECT id, value, probability, close_on, owner FROM opportunity_terms "
        "WHERE opportunity_id = :id AND on_day > :on ORDER BY on_day, id",
        {"id": number, "on": on.isoformat()},
    )
    for name, value in terms.items():
        for row in later:
            if row[name] != before.get(name):
                break
            work.change(work.get(OpportunityTerms, row["id"]), **{name: value})


def stay(work: Writing, number: int) -> StageStay:
    """Return the open stay of an opportunity; refused when it is closed."""
    row = work.reader.row(
        "SELECT id FROM stage_stay WHERE opportunity_id = :id AND until IS NULL", {"id": number}
    )
    if row is not None:
        return work.get(StageStay, row["id"])
    ended = work.reader.row(
        "SELECT outcome, since FROM opportunity_outcome WHERE opportunity_id = :id AND until IS NULL",
        {"id": number},
    )
    name = ref("opportunity", number)
    said = f"{name}, {ended['outcome']} since {ended['since']}" if ended else name
    raise Refused("the opportunity is closed", said, f"improv opportunity reopen {name}")


def standing(work: Writing, number: int) -> str:
    """Return the key of the stage an open opportunity is in, as the playbook calls it now; refused when it is closed."""
    kept = stay(work, number).stage
    stage = work.playbook.entry("stage", kept)
    return kept if stage is None else stage.key


def move(work: Writing, number: int, stage: str, on: date, probability: int | None = None) -> StageStay:
    """Move an open opportunity to another stage."""
    current, to = stay(work, number), work.playbook.stage(stage)
    not_after_today(work, on, "a move")
    if to.after_sale:
        raise Refused(
            "this stage comes after the sale", to.name, f"improv opportunity won {ref('opportunity', number)}"
        )
    if to.key == standing(work, number):
        raise Refused(
            "it is in this stage already",
            f"{to.name}, since {current.since.isoformat()}",
            f"improv opportunity show {ref('opportunity', number)}",
        )
    not_before(on, current.since, "a move", "the stay it ends began")
    _refuse_unfilled(work, number, to)
    work.change(current, until=on)
    moved = work.add(StageStay, opportunity_id=number, stage=to.key, since=on, sequence=current.sequence + 1)
    if probability is not None:
        agree(work, number, {"probability": probability}, on)
    work.subject = ref("opportunity", number)
    return moved


def _close(
    work: Writing, number: int, outcome: str, on: date, reason: str | None, said: str | None
) -> OpportunityOutcome:
    current = _ending(work, number, on)
    work.change(current, until=on)
    work.subject = ref("opportunity", number)
    return work.add(
        OpportunityOutcome,
        opportunity_id=number,
        outcome=outcome,
        stage=current.stage,
        since=on,
        reason=reason,
        words=said,
    )


def _ending(work: Writing, number: int, on: date) -> StageStay:
    """Return the stay that closing an opportunity ends; refused when it is closed, or on a day on which it cannot end."""
    current = stay(work, number)
    not_after_today(work, on, "the day it closed")
    not_before(on, current.since, "the day it closed", "its last stay began")
    return current


def win(work: Writing, number: int, on: date, value: int | None, reason: str | None = None) -> Client:
    """Close an opportunity as won: its last stay ends, and its client is made or becomes active again."""
    _ending(work, number, on)
    if value is not None:
        agree(work, number, {"value": value}, on)
    worth = work.reader.value(
        "SELECT value FROM opportunity_terms WHERE opportunity_id = :id AND on_day <= :on ORDER BY on_day DESC, id DESC LIMIT 1",
        {"id": number, "on": on.isoformat()},
    )
    if worth is None:
        name = ref("opportunity", number)
        raise Refused("a won opportunity needs its value", name, f"improv opportunity won {name} --value …")
    _may_be_won(work, number)
    _refuse_unfilled(work, number, work.playbook.sale_stages[-1])
    _close(work, number, "won", on, reason, None)
    opportunity = work.get(Opportunity, number)
    client = _client(work, opportunity, on)
    if opportunity.client_id is None:
        work.change(opportunity, client_id=client.id)
    _lifecycle(work, opportunity.lead_id, on)
    work.subject = ref("opportunity", number)
    return client


def _may_be_won(work: Writing, number: int) -> None:
    """Refuse to win from a stage where sales do not close, where the playbook says that they only do so elsewhere."""
    key, name = standing(work, number), ref("opportunity", number)
    closing = [stage for stage in work.playbook.sale_stages if stage.may_close]
    if work.playbook.closing.won_only_where_it_may_close and key not in {stage.key for stage in closing}:
        stage = work.playbook.entry("stage", key)
        names = " or ".join(one.name for one in closing)
        raise Refused(
            f"a sale is won on leaving {names}",
            f"{name}, in {stage.name if stage else key}",
            f"improv opportunity move {name} {closing[0].key}",
        )


def _client(work: Writing, opportunity: Opportunity, on: date) -> Client:
    _, client_id = party(work.reader, Found("opportunity", _id(opportunity), ""))
    if client_id is not None:
        clients.welcome_back(work, client_id, on)
        return work.get(Client, client_id)
    if opportunity.lead_id is None:
        return clients.add(work, opportunity.title, on, {})
    lead = work.get(Lead, opportunity.lead_id)
    known = {
        name: getattr(lead, name) for name in ("email", "phone", "industry", "city", "region", "country")
    }
    contact = lead.name if lead.company else None
    owner = work.reader.value(
        "SELECT text FROM reading WHERE lead_id = :id AND kind = 'owner' ORDER BY on_day DESC, id DESC LIMIT 1",
        {"id": opportunity.lead_id},
    )
    values = {"lead_id": lead.id, "contact_name": contact, "owner": owner, **known}
    return clients.add(work, lead.company or lead.name, on, values)


def lose(work: Writing, number: int, on: date, reason: str | None, said: str | None) -> OpportunityOutcome:
    """Close an opportunity as lost, with the reason where the playbook demands one.

    Its lead goes back to SQL unless another deal holds it.
    """
    if reason is None and work.playbook.closing.lost_needs_reason:
        name = ref("opportunity", number)
        known = next((one.key for one in offered(work.playbook.reasons) if "lost" in one.of), "REASON")
        raise Refused(
            "a lost sale needs its reason", name, f"improv opportunity lost {name} --because {known}"
        )
    ended = _close(work, number, "lost", on, reason, said)
    _lifecycle(work, work.get(Opportunity, number).lead_id, on)
    return ended


def no_decision(
    work: Writing, number: int, on: date, reason: str | None, said: str | None
) -> OpportunityOutcome:
    """Close an opportunity in which nobody decided; its lead goes back to SQL unless another deal holds it."""
    ended = _close(work, number, "no decision", on, reason, said)
    _lifecycle(work, work.get(Opportunity, number).lead_id, on)
    return ended


def to_marketing(work: Writing, number: int, on: date) -> Lead:
    """Hand the lead of an opportunity that was closed to marketing; refused where it has none."""
    lead_id = work.get(Opportunity, number).lead_id
    if lead_id is None:
        name = ref("opportunity", number)
        raise Refused(
            "only a lead is handed to marketing, and this deal is with a client",
            name,
            f"improv task add 'ask again' --about {name} --due +90d",
        )
    lead = leads.to_marketing(work, lead_id, on, None)
    work.subject = ref("opportunity", number)
    return lead


def reopen(work: Writing, number: int, stage: str | None, on: date) -> StageStay:
    """Open a closed opportunity again, in the stage it was closed in or in another."""
    row = work.reader.row(
        "SELECT id FROM opportunity_outcome WHERE opportunity_id = :id AND until IS NULL", {"id": number}
    )
    name = ref("opportunity", number)
    if row is None:
        raise Refused("it is open already", name, f"improv opportunity show {name}")
    ended = work.get(OpportunityOutcome, row["id"])
    not_after_today(work, on, "the day it was reopened")
    not_before(on, ended.since, "the day it was reopened", "it was closed")
    chosen = _reopened_in(work, name, stage, ended.stage)
    if stage:
        _refuse_unfilled(work, number, work.playbook.stage(stage))
    work.change(ended, until=on)
    last = work.reader.value(
        "SELECT MAX(sequence) FROM stage_stay WHERE opportunity_id = :id", {"id": number}
    )
    again = work.add(StageStay, opportunity_id=number, stage=chosen, since=on, sequence=(last or 0) + 1)
    _lifecycle(work, work.get(Opportunity, number).lead_id, on, lost_win=ended.outcome == "won")
    work.subject = name
    return again


def _reopened_in(work: Writing, name: str, typed: str | None, closed_in: str | None) -> str:
    """Return the stage a sale is reopened in: the one typed, else the one it was closed in, else the first."""
    if typed:
        told = work.playbook.stage(typed)
        if told.after_sale:
            raise Refused(
                "this stage comes after the sale: an opportunity cannot be reopened in it", told.name
            )
        return told.key
    first = work.playbook.sale_stages[0].key
    stage = work.playbook.entry("stage", closed_in)
    if closed_in is not None and stage not in work.playbook.sale_stages:
        raise Refused(
            "the stage it was closed in is not in the playbook any more",
            stage.name if stage else closed_in,
            f"improv opportunity reopen {name} --stage {first}",
        )
    return stage.key if stage else first


def add_contact(work: Writing, number: int, name: str, values: dict[str, Any], on: date) -> Contact:
    """Add a person at the other side, with their role."""
    _since_it_opened(work, number, on, "a contact")
    values = {option: refuse_controls(text, option) if text else text for option, text in values.items()}
    return work.add(Contact, opportunity_id=number, name=one_line(name, "name"), added_on=on, **values)


def add_line(work: Writing, number: int, product: str, values: dict[str, Any], on: date) -> ProductLine:
    """Add a line to the offer."""
    _since_it_opened(work, number, on, "a product line")
    return work.add(
        ProductLine, opportunity_id=number, product=one_line(product, "product"), added_on=on, **values
    )


def _since_it_opened(work: Writing, number: int, on: date, what: str) -> None:
    not_after_today(work, on, what)
    not_before(on, work.get(Opportunity, number).opened_on, what, "it was opened")
    work.subject = ref("opportunity", number)
