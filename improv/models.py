"""The records as SQLModel tables: the one place to find a record class.

The classes stand in `improv.records`, one module per noun. Importing this module imports SQLModel, so only what
writes may do it; the read side speaks plain SQL to the same tables.
"""

from improv.records.base import Record
from improv.records.campaign import Campaign, CampaignResult
from improv.records.client import Client, ClientStatus, Renewal, Upsell
from improv.records.event import Event
from improv.records.field import FieldValue
from improv.records.kpi import Change, Kpi
from improv.records.lead import Lead, Lifecycle, Qualification
from improv.records.opportunity import (
    Contact,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    ProductLine,
    StageStay,
)
from improv.records.quota import Quota
from improv.records.reading import Reading
from improv.records.saved import SavedList
from improv.records.snooze import Snooze
from improv.records.survey import SurveyAnswer
from improv.records.touch import Link, Touch, Visitor
from improv.records.track import Enrolment, EnrolmentPause, EnrolmentStep
from improv.records.visit import Referral, Story, Testimonial, Visit
from improv.records.work import Activity, Note, Task

RECORDS: tuple[type[Record], ...] = (
    Campaign,
    CampaignResult,
    Client,
    ClientStatus,
    Renewal,
    Upsell,
    Lead,
    Lifecycle,
    Qualification,
    Reading,
    Opportunity,
    OpportunityTerms,
    StageStay,
    OpportunityOutcome,
    ProductLine,
    Contact,
    Event,
    Visit,
    Testimonial,
    Story,
    Referral,
    Activity,
    Task,
    Note,
    Quota,
    Kpi,
    Change,
    SurveyAnswer,
    Snooze,
    Visitor,
    Link,
    Touch,
    FieldValue,
    SavedList,
    Enrolment,
    EnrolmentPause,
    EnrolmentStep,
)

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
