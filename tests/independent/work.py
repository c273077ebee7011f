"""Second opinions on the metrics of daily work and of what campaigns report."""

from datetime import date

from tests.independent.figure import Figure, Opinion, count, enter, opinion, total
from tests.independent.points import by_themselves
from tests.independent.seen import Row, Seen, newest


def done(seen: Seen) -> list[Row]:
    """Return the activities done in the period."""
    return [activity for activity in seen.activity if seen.within(activity.done_on)]


@opinion
def activities(seen: Seen) -> Figure:
    """Activities done, as many times as each was."""
    return total(activity.times for activity in done(seen))


@opinion
def points(seen: Seen) -> Figure:
    """What they are worth, and what earns by itself unless somebody logged it; an unknown kind is left out."""
    worth = ((row.times, seen.listed("activity_kind", row.kind)) for row in done(seen))
    logged = [times * kind.get("points", 0) if kind else None for times, kind in worth]
    return total([*logged, *by_themselves(seen)])


@opinion
def conversations(seen: Seen) -> Figure:
    """Activities that reached somebody and were longer than a short exchange."""
    return total(
        row.times
        for row in done(seen)
        if seen.listed("activity_kind", row.kind).get("contact")
        and (row.minutes or 0) > seen.limit("conversation_minutes")
    )


def _sent(seen: Seen, channel: str) -> list[Row]:
    return [row for row in done(seen) if seen.listed("activity_kind", row.kind).get("channel") == channel]


@opinion
def calls(seen: Seen) -> Figure:
    """Activities that the method counts as calls."""
    return total(row.times for row in _sent(seen, "call"))


@opinion
def calls_with_outcome(seen: Seen) -> Figure:
    """Those of which it is noted what came of them, or whether somebody responded."""
    noted = (row for row in _sent(seen, "call") if row.outcome is not None or row.response is not None)
    return total(row.times for row in noted)


@opinion
def emails(seen: Seen) -> Figure:
    """Activities that the method counts as emails."""
    return total(row.times for row in _sent(seen, "email"))


@opinion
def survey_answers(seen: Seen) -> Figure:
    """Answers given in the period."""
    return count(row for row in seen.survey_answer if seen.within(row.answered_on))


@opinion
def overdue_tasks(seen: Seen) -> Figure:
    """Tasks that were to do on the day and due before it; what has no due date is left out."""
    undone = [
        task
        for task in seen.task
        if task.created_on <= seen.on and (task.done_on is None or task.done_on > seen.on)
    ]
    due = [_due(seen, task) for task in undone]
    return count((day for day in due if day is not None and day < seen.on), left_out=due.count(None))


def _due(seen: Seen, task: Row) -> date | None:
    said = [row for row in seen.reading.of("task_id", task.id) if row.kind == "due" and row.on_day <= seen.on]
    last = newest(said, "on_day")
    return None if last is None else date.fromisoformat(last.text)


def _reported(column: str) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        return total(getattr(row, column) for row in seen.campaign_result if seen.within(row.on_day))

    return calculate


for _column in ("spend", "clicks", "impressions"):
    enter(f"campaign_{_column}", _reported(_column))


def _reported_or_touched(column: str, kind: str) -> Opinion:
    """Add up what results say; where those of a campaign never say it, its touches count."""

    def calculate(seen: Seen) -> Figure:
        said = {row.campaign_id for row in seen.campaign_result if getattr(row, column) is not None}
        there = {row.id for row in seen.campaign}
        touched = [
            None if row.campaign_id in said else 1
            for row in seen.touch
            if row.kind == kind and row.campaign_id in there and seen.within(row.on_day)
        ]
        return total(
            [getattr(row, column) for row in seen.campaign_result if seen.within(row.on_day)] + touched
        )

    return calculate


enter("campaign_emails_opened", _reported_or_touched("emails_opened", "email open"))
enter("campaign_links_clicked", _reported_or_touched("links_clicked", "click"))
enter("campaign_forms", _reported_or_touched("forms", "form"))
enter("campaign_leads", _reported("platform_leads"))
enter("campaign_customers", _reported("platform_customers"))
