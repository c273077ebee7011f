"""The charter's rules about tasks and about clean records, as flags."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from improv.alerts.current import (
    ACTIVE_CLIENT,
    CURRENT_LEAD,
    OPEN_OPPORTUNITY,
    client_owner,
    lead_owner,
    opportunity_owner,
)
from improv.alerts.flag import Flag
from improv.reader import Reader

_LEAD: Final = f"""WITH {CURRENT_LEAD} SELECT l.id, 'L' AS letter, l.name, {lead_owner("l.id")} AS owner,
  NULL AS client_id, l.received_on AS since, days(l.received_on, :today) AS days, 0 AS worse, NULL AS detail
FROM current_lead l"""
_CLIENT: Final = f"""WITH {ACTIVE_CLIENT} SELECT c.id, 'C' AS letter, c.name, {client_owner("c.id")} AS owner,
  c.id AS client_id, c.since_on AS since, days(c.since_on, :today) AS days, 0 AS worse, NULL AS detail
FROM active_client c"""
_OPPORTUNITY: Final = f"""WITH {OPEN_OPPORTUNITY} SELECT o.id, 'O' AS letter, o.name, {opportunity_owner("o.id")} AS owner,
  o.client_id, o.opened_on AS since, days(o.opened_on, :today) AS days, 0 AS worse, NULL AS detail
FROM open_opportunity o"""

_H19: Final = f"""SELECT t.id, 'K' AS letter, t.what AS name,
  COALESCE(t.assigned_to, {opportunity_owner("t.opportunity_id")}, {client_owner("t.client_id")}, {lead_owner("t.lead_id")})
  AS owner, COALESCE(t.client_id, o.client_id) AS client_id,
  d.text AS since, days(d.text, :today) AS days, 0 AS worse, NULL AS detail
FROM task t LEFT JOIN opportunity o ON o.id = t.opportunity_id
JOIN reading d ON d.id = (
  SELECT r.id FROM reading r WHERE r.task_id = t.id AND r.kind = 'due' ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
WHERE t.done_on IS NULL AND days(d.text, :today) > :limit_task_overdue_after"""


def _small_leads(reader: Reader) -> Iterator[Mapping[str, Any]]:
    """Yield the leads whose name begins with a small letter, or whose last word does."""
    for row in reader.each(_LEAD):
        words = row["name"].split()
        if words[0][0].islower() or words[-1][0].islower():
            yield dict(row)


def _small_clients(reader: Reader) -> Iterator[Mapping[str, Any]]:
    """Yield the clients whose name begins with a small letter."""
    return (dict(row) for row in reader.each(_CLIENT) if row["name"].strip()[0].islower())


# What was done about an opportunity since it was opened, with its lead or client too: activities, events held, notes.
_DONE: Final = """(a.opportunity_id = o.id OR (a.done_on >= o.opened_on AND (a.lead_id = o.lead_id OR a.client_id = o.client_id)))"""
_HELD: Final = "(e.opportunity_id = o.id OR (e.closed_on >= o.opened_on AND e.lead_id = o.lead_id))"
_NOTED: Final = "(n.opportunity_id = o.id OR n.lead_id = o.lead_id)"

_H25: Final = f"""{_OPPORTUNITY}
WHERE days(o.opened_on, :today) > :limit_deal_unlogged_after
  AND NOT EXISTS (SELECT 1 FROM activity a WHERE {_DONE})
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.status = 'done' AND {_HELD})"""

_H26: Final = f"""{_OPPORTUNITY}
WHERE NOT EXISTS (SELECT 1 FROM note n WHERE {_NOTED})
  AND NOT EXISTS (SELECT 1 FROM note n JOIN event e ON e.id = n.event_id WHERE {_HELD})
  AND NOT EXISTS (SELECT 1 FROM note n JOIN activity a ON a.id = n.activity_id WHERE {_DONE})
  AND NOT EXISTS (SELECT 1 FROM activity a WHERE COALESCE(a.notes, '') <> '' AND {_DONE})
  AND NOT EXISTS (SELECT 1 FROM event e WHERE COALESCE(e.discussion, '') <> '' AND {_HELD})"""


def _unknown(noun: str, population: str, field: str, code: str, why: str) -> Flag:
    """Return the flag of records of which a field is not known."""
    return Flag(
        code=code,
        group="hygiene",
        title=f"{field} unknown",
        sentence=f"{'A lead that somebody works' if noun == 'lead' else 'An active client'}, {field} not known.",
        why=why,
        kind="lead" if noun == "lead" else "client",
        sql=f"{population} JOIN {noun} k ON k.id = {noun[0]}.id WHERE COALESCE(k.{field}, '') = ''",
        reason=f"{field} not known since {{since}}, {{days}} ago",
        mend=f"improv {noun} edit {{ref}} --{field} …",
        asks=field,
    )


_CITY: Final = "Whoever travels to one customer could see three."

FLAGS: Final = (
    Flag(
        code="H19",
        group="tasks",
        title="task long overdue",
        sentence="A task that is not done though the day it was due is long over.",
        why="A list that holds dead tasks hides the living ones.",
        kind="task",
        sql=_H19,
        reason="due on {since}, {days} ago: more than {limit_task_overdue_after}",
        mend="improv task move {ref} …",
        asks="the day it is due now",
    ),
    Flag(
        code="H20",
        group="hygiene",
        title="lead not capitalised",
        sentence="A lead that somebody works, whose name begins with a small letter, or its last word does.",
        why="What is written carelessly is read to them carelessly.",
        kind="lead",
        find=_small_leads,
        reason="name not capitalised since {since}, {days} ago",
        mend="improv lead edit {ref} --name …",
        asks="the name",
    ),
    Flag(
        code="H21",
        group="hygiene",
        title="client not capitalised",
        sentence="An active client whose name begins with a small letter.",
        why="What is written carelessly is read to them carelessly.",
        kind="client",
        find=_small_clients,
        reason="name not capitalised since {since}, {days} ago",
        mend="improv client edit {ref} --name …",
        asks="the name",
    ),
    _unknown("lead", _LEAD, "city", "H22", _CITY),
    _unknown("client", _CLIENT, "city", "H23", _CITY),
    _unknown("lead", _LEAD, "gender", "H24", "A letter that guesses how to address somebody is not read."),
    Flag(
        code="H25",
        group="hygiene",
        title="nothing logged",
        sentence="An open opportunity on which no activity was logged and no event held since it was opened, for long.",
        why="What is not logged was not done, as far as anybody else can tell.",
        kind="opportunity",
        sql=_H25,
        reason="nothing logged since it was opened on {since}, {days} ago: more than {limit_deal_unlogged_after}",
        mend='improv log {contact} {ref} "…"',
        asks="what was said",
        covers=("H26",),
    ),
    Flag(
        code="H26",
        group="hygiene",
        title="no note of the conversation",
        sentence="An open opportunity without a single note of what was said: on it, on its lead, or with an activity or event.",
        why="A deal that stands on no conversation is a hope.",
        kind="opportunity",
        sql=_H26,
        reason="no note of a conversation since it was opened on {since}, {days} ago",
        mend='improv note add {ref} "…"',
        asks="what was said",
    ),
)
