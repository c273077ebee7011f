"""Second opinions on the metrics of tracks."""

from tests.independent.figure import Figure, count, opinion, share
from tests.independent.seen import Row, Seen

ANSWERS = ("replied", "booked", "won")


def begun(seen: Seen) -> list[Row]:
    """Return the enrolments that began in the period."""
    return [row for row in seen.enrolment if seen.within(row.since)]


@opinion
def enrolments(seen: Seen) -> Figure:
    """Those that began."""
    return count(begun(seen))


@opinion
def people_on_tracks(seen: Seen) -> Figure:
    """Those that began by the day and did not end by then."""
    return count(
        row for row in seen.enrolment if row.since <= seen.on and (row.until is None or row.until > seen.on)
    )


@opinion
def track_steps_done(seen: Seen) -> Figure:
    """Steps done in the period: neither skipped nor dropped."""
    return count(row for row in seen.enrolment_step if row.ending == "done" and seen.within(row.ended_on))


@opinion
def track_answers(seen: Seen) -> Figure:
    """Of those that began, those that ended by an answer; the others ended otherwise or run."""
    states = ["answer" if row.ending in ANSWERS else row.ending or "on it" for row in begun(seen)]
    return share(states, "answer", "on it")
