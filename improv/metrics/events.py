"""The metrics of events: how soon they are, whether they are kept, and whether they went as anticipated."""

from typing import Final

from improv.metrics.fragments import is_of_sales
from improv.metrics.metric import Metric, OwnTarget

_SET: Final = "day the event was set"
_EVENT: Final = "SELECT e.id AS id, e.opportunity_id AS about"
_OWN: Final = "e.kind AS kind, e.assigned_to AS assigned_to"
_KEYS: Final = ("kind", "assigned_to")
_OF_ITS_KIND: Final = OwnTarget(key="kind", entries="event_kinds", field="gap", bound="at_most")
_GAP: Final = "days(e.set_on, e.scheduled_for)"
_LENGTH: Final = (
    f"{_EVENT}, e.set_on AS day, {_OWN}, {_GAP} AS days, 1 AS ended, "
    "CASE WHEN e.scheduled_for < e.set_on THEN 'negative' ELSE 'in order' END AS state"
)
_SALES: Final = f"FROM event AS e WHERE {is_of_sales()}"
_JUDGED: Final = f"""{_EVENT}, e.set_on AS day, {_OWN},
    CASE WHEN {_GAP} BETWEEN :limit_gap_goal_below AND :limit_gap_after THEN 'between'
    WHEN {_GAP} < :limit_gap_goal_below THEN 'under the goal' ELSE 'over the red flag' END AS state FROM event AS e"""

EVENTS: Final = (
    Metric(
        name="event_gap",
        title="Set-to-scheduled gap",
        sentence="Days from setting a sales event to the day it is for; each booking counts, negative gaps too.",
        kind="duration",
        clock=_SET,
        source="[A] report 5",
        in_words="days from set to scheduled / sales events set",
        unit="days",
        about="opportunity",
        label="E",
        keys=(*_KEYS, "days"),
        shows="mean",
        own_target=_OF_ITS_KIND,
        sql=f"{_LENGTH} {_SALES}",
    ),
    Metric(
        name="event_gap_all",
        title="Set-to-scheduled gap, every kind",
        sentence="Days from setting any event to the day it is for; each booking counts, negative gaps too.",
        kind="duration",
        clock=_SET,
        source="[A] report 5",
        in_words="days from set to scheduled / events set",
        unit="days",
        about="opportunity",
        label="E",
        keys=(*_KEYS, "days"),
        shows="mean",
        own_target=_OF_ITS_KIND,
        sql=f"{_LENGTH} FROM event AS e",
    ),
    Metric(
        name="gap_under_goal",
        title="Gaps under the goal",
        sentence="Events of every kind whose gap is under the goal, of all events set.",
        kind="share",
        clock=_SET,
        source="[A] timing",
        in_words="events with a gap under the goal / events set",
        unit="percent",
        about="opportunity",
        label="E",
        keys=_KEYS,
        hits=("under the goal",),
        sql=_JUDGED,
    ),
    Metric(
        name="gap_over_red_flag",
        title="Gaps over the red flag",
        sentence="Events of every kind whose gap is over the red flag, of all events set.",
        kind="share",
        clock=_SET,
        source="[A] timing",
        in_words="events with a gap over the red flag / events set",
        unit="percent",
        about="opportunity",
        label="E",
        keys=_KEYS,
        hits=("over the red flag",),
        sql=_JUDGED,
    ),
    Metric(
        name="events_kept",
        title="Events kept",
        sentence="Bookings that took place, of all scheduled in the period; moved, cancelled and no-show ones did not.",
        kind="share",
        clock="day the event was scheduled for",
        source="[C] appointments set and held",
        in_words="events done / events scheduled",
        unit="percent",
        about="opportunity",
        label="E",
        keys=(*_KEYS, "state"),
        hits=("done",),
        open=("scheduled",),
        sql=f"{_EVENT}, e.scheduled_for AS day, {_OWN}, e.status AS state FROM event AS e",
    ),
    Metric(
        name="events_scheduled",
        title="Events scheduled",
        sentence="Events whose day is in the period, visits too; those moved or cancelled are not.",
        kind="count",
        clock="day the event was scheduled for",
        source="[A] Monday",
        in_words="number of events scheduled for the period",
        about="opportunity",
        label="E",
        keys=(*_KEYS, "state"),
        sql=f"""{_EVENT}, e.scheduled_for AS day, {_OWN}, e.status AS state FROM event AS e
            WHERE e.status NOT IN ('moved', 'cancelled')""",
    ),
    Metric(
        name="appointments",
        title="Appointments held",
        sentence="Sales events that took place.",
        kind="count",
        clock="day the event was done",
        source="[C] planning backwards",
        in_words="number of sales events done in the period",
        about="opportunity",
        label="E",
        keys=_KEYS,
        # The plus: a year of events is read faster as it lies in the store than by the index of days.
        sql=f"{_EVENT}, +e.closed_on AS day, {_OWN} {_SALES} AND e.status = 'done'",
    ),
    Metric(
        name="appointments_set",
        title="Appointments set",
        sentence="Sales events booked; one that is moved is booked again.",
        kind="count",
        clock=_SET,
        source="[C] weekly targets",
        in_words="number of sales events set in the period",
        about="opportunity",
        label="E",
        keys=_KEYS,
        sql=f"{_EVENT}, e.set_on AS day, {_OWN} {_SALES}",
    ),
    Metric(
        name="anticipation_accuracy",
        title="Anticipation accuracy",
        sentence="Events that led to the stage that was anticipated, of those done with both stages recorded.",
        kind="share",
        clock="day the event was done",
        source="[A] report 6",
        in_words="anticipated stage came true / events with both stages",
        unit="percent",
        about="opportunity",
        label="E",
        keys=(*_KEYS, "anticipated", "actual"),
        hits=("hit",),
        sql=f"""{_EVENT}, +e.closed_on AS day, {_OWN}, e.anticipated_stage AS anticipated, e.actual_stage AS actual,
            CASE WHEN e.anticipated_stage = e.actual_stage THEN 'hit' ELSE 'miss' END AS state,
            CASE WHEN e.anticipated_stage IS NULL THEN 'no anticipated stage'
            WHEN e.actual_stage IS NULL THEN 'no actual stage' END AS left_out
            FROM event AS e WHERE e.status = 'done'
            AND (e.opportunity_id IS NOT NULL OR e.anticipated_stage IS NOT NULL)""",
    ),
)
