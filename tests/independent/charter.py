"""Second opinions on the rules of the charter: who breaks them on the day, by plain Python over the rows."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from tests.independent.seen import Row, Seen, newest

Rule = Callable[[Seen], set[int]]
RULES: Final[dict[str, Rule]] = {}


def rule(code: str) -> Callable[[Rule], Rule]:
    """Enter what a function says as the opinion on the rule of a code."""

    def enter(calculate: Rule) -> Rule:
        RULES[code] = calculate
        return calculate

    return enter


# How records stand


def state(seen: Seen, lead: int) -> Row | None:
    return next((row for row in seen.lifecycle.of("lead_id", lead) if row.until is None), None)


def refused(seen: Seen, lead: int) -> bool:
    last = newest(seen.qualification.of("lead_id", lead), "decided_on")
    return last is not None and last.verdict == "no"


def in_state(seen: Seen, *states: str) -> Iterator[Row]:
    """Yield the leads in a state of their lifecycle, but those found not qualified."""
    for lead in seen.lead:
        found = state(seen, lead.id)
        if found and found.state in states and not refused(seen, lead.id):
            yield lead


def ended(seen: Seen, deal: int) -> Row | None:
    return next(
        (row for row in seen.opportunity_outcome.of("opportunity_id", deal) if row.until is None), None
    )


def open_deals(seen: Seen) -> list[Row]:
    return [deal for deal in seen.opportunity if ended(seen, deal.id) is None]


def clients(seen: Seen) -> list[Row]:
    """Return the clients who have not left."""
    former = {row.client_id for row in seen.client_status if row.until is None and row.status == "former"}
    return [client for client in seen.client if client.id not in former]


def reading(seen: Seen, noun: str, number: int, kind: str) -> str | None:
    rows = [row for row in seen.reading.of(f"{noun}_id", number) if row.kind == kind]
    last = newest(rows, "on_day")
    return last.text if last else None


def due(seen: Seen, task: Row) -> date | None:
    text = reading(seen, "task", task.id, "due")
    return date.fromisoformat(text) if text else None


def tasks_ahead(seen: Seen) -> list[Row]:
    return [task for task in seen.task if not task.done_on and (day := due(seen, task)) and day >= seen.today]


def ahead(seen: Seen) -> list[Row]:
    """Return what is set for a day to come: tasks and bookings."""
    booked = [row for row in seen.event if row.status == "scheduled" and row.scheduled_for >= seen.today]
    return [*tasks_ahead(seen), *booked]


def lead_of(seen: Seen, row: Row) -> int | None:
    """Return the lead that a row is about, itself or by its deal."""
    deal = next((deal for deal in seen.opportunity if deal.id == row.opportunity_id), None)
    return row.lead_id or (deal.lead_id if deal else None)


def client_of(seen: Seen, row: Row) -> int | None:
    """Return the client that a row is about, itself or by its deal."""
    deal = next((deal for deal in seen.opportunity if deal.id == row.opportunity_id), None)
    return row.client_id or (deal.client_id if deal else None)


# The rules


@rule("H1")
def nobodys_lead(seen: Seen) -> set[int]:
    return {lead.id for lead in in_state(seen, "mql", "sql") if not reading(seen, "lead", lead.id, "owner")}


@rule("H2")
def nobodys_deal(seen: Seen) -> set[int]:
    terms = {
        deal.id: newest(seen.opportunity_terms.of("opportunity_id", deal.id), "on_day")
        for deal in open_deals(seen)
    }
    return {number for number, row in terms.items() if row is None or not row.owner}


@rule("H3")
def nobodys_client(seen: Seen) -> set[int]:
    return {client.id for client in clients(seen) if not reading(seen, "client", client.id, "owner")}


def _long_ago(seen: Seen, days: Callable[[Row], list[date]], limit: str) -> set[int]:
    """Return the clients for whom something is longer ago than a limit, and they were clients by then."""
    return {
        client.id
        for client in clients(seen)
        if (seen.today - max([client.since_on, *days(client)])).days > seen.limit(limit)
    }


@rule("H4")
def not_called(seen: Seen) -> set[int]:
    calls = {
        key
        for key, kind in seen.method["activity_kind"].items()
        if kind.get("contact") and kind.get("channel") == "call"
    }

    def spoken(client: Row) -> list[date]:
        talked = [
            row.done_on
            for row in seen.activity
            if row.kind in calls
            and (client_of(seen, row) == client.id or (row.lead_id and row.lead_id == client.lead_id))
        ]
        met = [row.held_on for row in seen.visit.of("client_id", client.id)]
        return [
            *talked,
            *met,
            *(row.closed_on for row in seen.event.of("client_id", client.id) if row.status == "done"),
        ]

    return _long_ago(seen, spoken, "client_call_after")


@rule("H5")
def client_without_task(seen: Seen) -> set[int]:
    set_for = {client_of(seen, row) for row in ahead(seen)}
    return {client.id for client in clients(seen)} - set_for


@rule("H7")
def not_asked_to_refer(seen: Seen) -> set[int]:
    def asked(client: Row) -> list[date]:
        visits = [row.held_on for row in seen.visit.of("client_id", client.id) if row.asked_referral]
        return [*visits, *(row.received_on for row in seen.referral.of("client_id", client.id))]

    return _long_ago(seen, asked, "client_ask_after")


@rule("H8")
def not_offered(seen: Seen) -> set[int]:
    def offered(client: Row) -> list[date]:
        found = [row.found_on for row in seen.upsell.of("client_id", client.id)]
        return [*found, *(row.opened_on for row in seen.opportunity.of("client_id", client.id))]

    return _long_ago(seen, offered, "client_ask_after")


@rule("H10")
def lost_without_a_date(seen: Seen) -> set[int]:
    broken = set()
    for client in clients(seen):
        deals = seen.opportunity.of("client_id", client.id)
        how = {deal.id: ended(seen, deal.id) for deal in deals}
        last = newest([row for row in how.values() if row and row.outcome != "won"], "since")
        going_on = any(
            row is None or (row.outcome == "won" and last and row.since >= last.since) for row in how.values()
        )
        if last is None or going_on:
            continue
        on_it = any(row.opportunity_id == last.opportunity_id for row in ahead(seen))
        since = any(row.client_id == client.id and row.created_on >= last.since for row in tasks_ahead(seen))
        if not on_it and not since:
            broken.add(client.id)
    return broken


@rule("H11")
def deal_without_follow_up(seen: Seen) -> set[int]:
    deals = {row.opportunity_id for row in ahead(seen)}
    leads = {row.lead_id for row in ahead(seen) if row.lead_id and not row.opportunity_id}
    return {deal.id for deal in open_deals(seen) if deal.id not in deals and deal.lead_id not in leads}


@rule("H12")
def past_its_close_date(seen: Seen) -> set[int]:
    terms = {
        deal.id: newest(seen.opportunity_terms.of("opportunity_id", deal.id), "on_day")
        for deal in open_deals(seen)
    }
    return {number for number, row in terms.items() if row and row.close_on and row.close_on < seen.today}


def _outcomes(seen: Seen, lead: int) -> set[str]:
    """Return how the deals of a lead stand: won, lost, no decision, or open."""
    found = [ended(seen, deal.id) for deal in seen.opportunity.of("lead_id", lead)]
    return {row.outcome if row else "open" for row in found}


def _by_state(seen: Seen) -> Iterator[tuple[int, str, set[str]]]:
    for lead in seen.lead:
        found = state(seen, lead.id)
        if found:
            yield lead.id, found.state, _outcomes(seen, lead.id)


@rule("H13")
def lost_but_an_opportunity(seen: Seen) -> set[int]:
    return {
        lead for lead, word, how in _by_state(seen) if word == "opportunity" and not how & {"won", "open"}
    }


@rule("H14")
def behind_its_deals(seen: Seen) -> set[int]:
    return {
        lead
        for lead, word, how in _by_state(seen)
        if word != "customer" and ("won" in how or ("open" in how and word != "opportunity"))
    }


def _waiting(word: str) -> Rule:
    def calculate(seen: Seen) -> set[int]:
        return {lead.id for lead in in_state(seen, word)} - {lead_of(seen, row) for row in ahead(seen)}

    return calculate


rule("H15")(_waiting("sql"))
rule("H16")(_waiting("mql"))


@rule("H17")
def no_interest(seen: Seen) -> set[int]:
    attempts = {key for key, kind in seen.method["activity_kind"].items() if kind.get("attempt")}
    broken = {
        lead.id
        for lead in seen.lead
        if refused(seen, lead.id) and (found := state(seen, lead.id)) and found.state in {"mql", "sql"}
    }
    for lead in in_state(seen, "mql"):
        events, done = seen.event.of("lead_id", lead.id), seen.activity.of("lead_id", lead.id)
        answers = [row.done_on for row in done if row.response == "yes"]
        answers += [row.closed_on for row in events if row.status == "done"]
        last = max(answers, default=date.min)
        missed = [row.closed_on for row in events if row.status == "no-show" and row.closed_on > last]
        tried = sum(row.times for row in done if row.kind in attempts and row.done_on > last)
        booked = any(row.status == "scheduled" for row in events)
        if not booked and (missed or tried >= seen.limit("attempts_without_response")):
            broken.add(lead.id)
    return broken


@rule("H18")
def marketings_lead(seen: Seen) -> set[int]:
    owners = {
        lead.id: reading(seen, "lead", lead.id, "owner") for lead in in_state(seen, "subscriber", "lead")
    }
    return {
        number
        for number, owner in owners.items()
        if owner and owner.lower() != seen.method["team"]["marketing"]
    }


@rule("H19")
def long_overdue(seen: Seen) -> set[int]:
    days = {task.id: due(seen, task) for task in seen.task if not task.done_on}
    late = seen.limit("task_overdue_after")
    return {number for number, day in days.items() if day and (seen.today - day).days > late}


def _done(seen: Seen, deal: Row) -> list[Row]:
    """Return the activities about a deal: on it, or with its lead or client since it was opened."""
    return [
        row
        for row in seen.activity
        if row.opportunity_id == deal.id
        or (
            row.done_on >= deal.opened_on
            and (
                (row.lead_id and row.lead_id == deal.lead_id)
                or (row.client_id and row.client_id == deal.client_id)
            )
        )
    ]


def _events(seen: Seen, deal: Row) -> list[Row]:
    return [
        row
        for row in seen.event
        if row.opportunity_id == deal.id
        or (row.lead_id and row.lead_id == deal.lead_id and row.closed_on and row.closed_on >= deal.opened_on)
    ]


@rule("H25")
def nothing_logged(seen: Seen) -> set[int]:
    return {
        deal.id
        for deal in open_deals(seen)
        if (seen.today - deal.opened_on).days > seen.limit("deal_unlogged_after")
        and not _done(seen, deal)
        and not any(row.status == "done" for row in _events(seen, deal))
    }


@rule("H26")
def no_note(seen: Seen) -> set[int]:
    def words(deal: Row) -> bool:
        done, events = _done(seen, deal), _events(seen, deal)
        on = {row.id for row in done}, {row.id for row in events}
        noted = any(
            row.opportunity_id == deal.id
            or (row.lead_id and row.lead_id == deal.lead_id)
            or row.activity_id in on[0]
            or row.event_id in on[1]
            for row in seen.note
        )
        return noted or any(row.notes for row in done) or any(row.discussion for row in events)

    return {deal.id for deal in open_deals(seen) if not words(deal)}
