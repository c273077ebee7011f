"""Where imported deals take their leads: through the lifecycle by the days of the deals, as typed ones do."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice, zip_longest
from typing import Final

from improv.actions.leads import by_deals
from improv.models import Lifecycle
from improv.named import NamedTuple
from improv.register import Numbers
from improv.transfer.batch import Batch
from improv.transfer.importing import Importing

_LEADS: Final = "SELECT DISTINCT lead_id FROM opportunity WHERE id IN (SELECT value FROM json_each(?)) AND lead_id IS NOT NULL"
# Every deal of some leads, with each outcome it had.
_DEALS: Final = """
SELECT o.lead_id, o.id, o.opened_on, x.outcome, x.since, x.until
FROM opportunity o LEFT JOIN opportunity_outcome x ON x.opportunity_id = o.id
WHERE o.lead_id IN (SELECT value FROM json_each(?))
ORDER BY o.lead_id, o.id, x.id"""
_STATES: Final = """
SELECT y.lead_id, y.id, y.state, y.since FROM lifecycle y
WHERE y.until IS NULL AND y.lead_id IN (SELECT value FROM json_each(?))"""
_AT_ONCE: Final = 5_000


class _Row(NamedTuple):
    """A deal with one of its outcomes, if it had any."""

    lead_id: int
    deal: int
    opened_on: str
    outcome: str | None
    since: str | None
    until: str | None


def follow(importing: Importing) -> None:
    """Move each lead whose deals were taken further, on the days that they were; what was told later stands."""
    ask, leads = importing.work.connection.execute, Numbers()
    moved = iter(importing.moved)
    while some := list(islice(moved, _AT_ONCE)):
        for (lead,) in ask(_LEADS, (json.dumps(some),)):
            leads.add(lead)
    each = iter(leads)
    while some := list(islice(each, _AT_ONCE)):
        _follow(importing, json.dumps(some))
        importing.batch.flush()


def _follow(importing: Importing, leads: str) -> None:
    ask, today = importing.work.connection.execute, importing.work.today.isoformat()
    current = {lead: (number, state, since) for lead, number, state, since in ask(_STATES, (leads,))}
    rows = map(_Row._make, ask(_DEALS, (leads,)).fetchall())
    for lead, deals in groupby(rows, key=lambda row: row.lead_id):
        if lead in current:
            number, state, since = current[lead]
            spans = _spans(list(deals), state, since, today)
            _write(importing.batch, lead, number, list(spans))


def _write(batch: Batch, lead: int, number: int, spans: list[tuple[str, str]]) -> None:
    """End the span that is open where the first of others begins, each of which ends where the next one does."""
    if spans:
        batch.change("lifecycle", number, {"until": spans[0][0]})
    for (day, state), after in zip_longest(spans, spans[1:]):
        until = date.fromisoformat(after[0]) if after else None
        batch.add(Lifecycle, lead_id=lead, state=state, since=date.fromisoformat(day), until=until)


def _spans(rows: list[_Row], state: str, first: str, last: str) -> Iterator[tuple[str, str]]:
    """Yield the days on which deals take a lead from its state to another; who was a customer before stays one."""
    stays = state == "customer"
    days = {day for row in rows for day in (row.opened_on, row.since, row.until) if day}
    for day in sorted(day for day in days if first <= day <= last and not stays):
        how = _standing(rows, day)
        if how and by_deals(how) != state:
            state = by_deals(how)
            yield day, state


def _standing(rows: list[_Row], day: str) -> set[str]:
    """Return how the deals that were opened by a day stood at its end."""
    how: dict[int, str] = {}
    for row in rows:
        if row.opened_on <= day:
            how.setdefault(row.deal, "open")
            if row.outcome and row.since and row.since <= day and (row.until is None or row.until > day):
                how[row.deal] = row.outcome
    return set(how.values())
