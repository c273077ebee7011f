"""The records as SQLModel tables: the one place to find a record class.

The classes stand in `improv.records`. Each is made when it is first asked for, with those that its foreign keys lead
to: to make one takes SQLAlchemy and pydantic some milliseconds, and a command writes few of them. Importing this module
imports SQLModel, so only what writes may do it; the read side speaks plain SQL to the same tables.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from improv.records.base import Record

if TYPE_CHECKING:
    from improv.records.campaign import Campaign
    from improv.records.campaign_result import CampaignResult
    from improv.records.client import Client
    from improv.records.client_status import ClientStatus
    from improv.records.event import Event
    from improv.records.field import FieldValue
    from improv.records.kpi import Change, Kpi
    from improv.records.lead import Lead
    from improv.records.lifecycle import Lifecycle
    from improv.records.opportunity import (
        Contact,
        Opportunity,
        OpportunityOutcome,
        OpportunityTerms,
        ProductLine,
        StageStay,
    )
    from improv.records.qualification import Qualification
    from improv.records.quota import Quota
    from improv.records.reading import Reading
    from improv.records.renewal import Renewal
    from improv.records.saved import SavedList
    from improv.records.snooze import Snooze
    from improv.records.survey import SurveyAnswer
    from improv.records.touch import Link, Touch, Visitor
    from improv.records.track import Enrolment, EnrolmentPause, EnrolmentStep
    from improv.records.upsell import Upsell
    from improv.records.visit import Referral, Story, Testimonial, Visit
    from improv.records.work import Activity, Note, Task

    RECORDS: tuple[type[Record], ...]

# Every record, and the module of `improv.records` that declares it.
_DECLARED_IN: Final = {
    "Campaign": "campaign",
    "CampaignResult": "campaign_result",
    "Client": "client",
    "ClientStatus": "client_status",
    "Renewal": "renewal",
    "Upsell": "upsell",
    "Lead": "lead",
    "Lifecycle": "lifecycle",
    "Qualification": "qualification",
    "Reading": "reading",
    "Opportunity": "opportunity",
    "OpportunityTerms": "opportunity",
    "StageStay": "opportunity",
    "OpportunityOutcome": "opportunity",
    "ProductLine": "opportunity",
    "Contact": "opportunity",
    "Event": "event",
    "Visit": "visit",
    "Testimonial": "visit",
    "Story": "visit",
    "Referral": "visit",
    "Activity": "work",
    "Task": "work",
    "Note": "work",
    "Quota": "quota",
    "Kpi": "kpi",
    "Change": "kpi",
    "SurveyAnswer": "survey",
    "Snooze": "snooze",
    "Visitor": "touch",
    "Link": "touch",
    "Touch": "touch",
    "FieldValue": "field",
    "SavedList": "saved",
    "Enrolment": "track",
    "EnrolmentPause": "track",
    "EnrolmentStep": "track",
}

__all__ = [
    "RECORDS",
    "Activity",
    "Campaign",
    "CampaignResult",
    "Change",
    "Client",
    "ClientStatus",
    "Contact",
    "Enrolment",
    "EnrolmentPause",
    "EnrolmentStep",
    "Event",
    "FieldValue",
    "Kpi",
    "Lead",
    "Lifecycle",
    "Link",
    "Note",
    "Opportunity",
    "OpportunityOutcome",
    "OpportunityTerms",
    "ProductLine",
    "Qualification",
    "Quota",
    "Reading",
    "Record",
    "Referral",
    "Renewal",
    "SavedList",
    "Snooze",
    "StageStay",
    "Story",
    "SurveyAnswer",
    "Task",
    "Testimonial",
    "Touch",
    "Upsell",
    "Visit",
    "Visitor",
]


def _found(name: str) -> Any:  # noqa: ANN401 - a record class, or all of them
    """Return a record class; its table needs those that its foreign keys lead to, else nothing is written."""
    if name == "RECORDS":
        return tuple(map(_found, _DECLARED_IN))
    if name not in _DECLARED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    record = _declared(name)
    for key in record.__table__.foreign_keys:
        table, _, _ = key.target_fullname.partition(".")
        _declared(table.title().replace("_", ""))
    return record


def _declared(name: str) -> Any:  # noqa: ANN401 - a record class
    return getattr(import_module(f"improv.records.{_DECLARED_IN[name]}"), name)


if not TYPE_CHECKING:  # which knows them by their names

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - as above
        globals()[name] = found = _found(name)
        return found
