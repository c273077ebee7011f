"""The metrics of tracks: who is put on one, who is on one, the steps done, and who answers."""

from typing import Final

from improv.metrics.metric import Metric

_ENROLMENT: Final = "SELECT e.id AS id, COALESCE(e.lead_id, c.lead_id) AS about, e.track AS track"
_FROM: Final = "FROM enrolment AS e LEFT JOIN client AS c ON c.id = e.client_id"
_ENDING: Final = "COALESCE(e.ending, 'on it')"
_BEGAN: Final = "day somebody was put on the track"

TRACKS: Final = (
    Metric(
        name="enrolments",
        title="Enrolments",
        sentence="Leads and clients put on a track.",
        kind="count",
        clock=_BEGAN,
        source="[D] tracks",
        in_words="number of enrolments that began in the period",
        about="lead",
        label="D",
        keys=("track", "ending"),
        sql=f"{_ENROLMENT}, e.since AS day, {_ENDING} AS ending {_FROM}",
    ),
    Metric(
        name="people_on_tracks",
        title="People on tracks",
        sentence="Leads and clients that are on a track on the day, paused or not.",
        kind="level",
        clock="last day of the period",
        source="[D] tracks",
        in_words="number of enrolments that run",
        about="lead",
        label="D",
        keys=("track",),
        sql=f"{_ENROLMENT}, e.since AS since, e.until AS until {_FROM}",
    ),
    Metric(
        name="track_steps_done",
        title="Track steps done",
        sentence="Steps of tracks that were done; what was skipped, or dropped because somebody answered, is none.",
        kind="count",
        clock="day the step was done",
        source="[D] tracks",
        in_words="number of steps done in the period",
        about="lead",
        label="K",
        keys=("track", "kind"),
        sql=f"""SELECT s.task_id AS id, COALESCE(e.lead_id, c.lead_id) AS about, s.ended_on AS day, e.track AS track,
            s.kind AS kind {_FROM} JOIN enrolment_step AS s ON s.enrolment_id = e.id WHERE s.ending = 'done'""",
    ),
    Metric(
        name="track_answers",
        title="Track answers",
        sentence="Enrolments that ended because somebody replied, booked an event or bought, of all that began in the "
        "period; while one runs it may still.",
        kind="share",
        clock=_BEGAN,
        source="[D] tracks",
        in_words="enrolments that ended replied, booked or won / enrolments that began",
        unit="percent",
        about="lead",
        label="D",
        keys=("track",),
        hits=("replied", "booked", "won"),
        open=("on it",),
        sql=f"{_ENROLMENT}, e.since AS day, {_ENDING} AS state {_FROM}",
    ),
)
