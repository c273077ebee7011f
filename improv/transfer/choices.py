"""The words a choice may be: lists of the playbook and fixed words. A file's word must be one of them, whole."""

from typing import Final

from improv.custom import PREFIX
from improv.playbook import Playbook, Recorded
from improv.playbook.words import folded, spellings
from improv.records import words

_FIXED: Final = {
    "outcome": words.OUTCOMES,
    "opportunity_type": words.OPPORTUNITY_TYPES,
    "contact_role": words.CONTACT_ROLES,
    "temperature": words.TEMPERATURES,
    "lifecycle": words.LIFECYCLE,
    "qualified": words.QUALIFIED,
    "event_status": words.EVENT_STATUSES,
    "event_outcome": words.EVENT_OUTCOMES,
    "client_status": words.CLIENT_STATUSES,
    "response": words.RESPONSES,
    "survey_question": words.QUESTIONS,
    "touch_kind": words.TOUCHES,
}


def choices(playbook: Playbook, name: str) -> dict[str, str]:
    """Return the words of a choice as they may be written (folded) → as they are kept."""
    if name in _FIXED:
        return {folded(word): word for word in _FIXED[name]}
    if name.startswith(PREFIX):
        custom = playbook.field(name.removeprefix(PREFIX))
        return {folded(word): word for word in (custom.choices if custom else ())}
    return {word: one.key for one in _listed(playbook, name) for word in spellings(one)}


def _listed(playbook: Playbook, name: str) -> tuple[Recorded, ...]:
    lists: dict[str, tuple[Recorded, ...]] = {
        "stage": playbook.sale_stages,
        "any_stage": playbook.stages,
        "event_kind": playbook.event_kinds,
        "source": playbook.sources,
        "visit_kind": playbook.visit_kinds,
        "activity_kind": playbook.activity_kinds,
        "campaign_type": playbook.campaign_types,
        "reason": playbook.reasons,
    }
    return lists[name]
