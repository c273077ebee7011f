"""The report of goals: what should be reached within a week, a month and a quarter of the first record."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from improv import measure
from improv.dates import Period, describe_day
from improv.history import HISTORY
from improv.metrics import Metric, measurable
from improv.playbook import Goal, Playbook
from improv.reader import Reader
from improv.report import Block, Cell, Column, Notes, Score, Scorecard, Section, Table
from improv.scores import cell, score, target_words

_DONE: Final = ("lead", "opportunity", "event", "visit", "activity", "task")


def goals(reader: Reader) -> tuple[Section, ...]:
    """Return each goal's targets and how far they are reached, counted from the first record's day."""
    start = first_day(reader)
    return tuple(
        Section(f"Goal: {goal.name}", tuple(_blocks(reader, goal, start))) for goal in reader.playbook.goals
    )


def first_day(reader: Reader) -> date | None:
    """Return the first day anything was done; since when somebody has been a client says nothing about it."""
    firsts = " UNION ALL ".join(f"SELECT MIN({HISTORY[name].by}) AS day FROM {name}" for name in _DONE)
    first = reader.value(f"SELECT MIN(f.day) AS day FROM ({firsts}) AS f")
    return None if first is None else date.fromisoformat(first)


def towards(reader: Reader, metric: str) -> Table:
    """Return the goals that one metric has, with their day and what is reached."""
    start = first_day(reader)
    rows: list[tuple[Cell, ...]] = []
    for goal in reader.playbook.goals:
        window = _window(goal, start, reader.today)
        if metric in goal.targets and window:
            reading = measure.measure(_judging(reader, goal), measurable(reader.playbook)[metric], window)
            rows.append((goal.name, window.last, target_words(reading), cell(reading), reading.verdict))
    return Table(
        "goals",
        "Against the goals",
        (
            Column("goal", "Goal"),
            Column("due", "By", "day"),
            Column("target", "Target"),
            Column("reached", "Reached", "number"),
            Column("verdict", "Verdict"),
        ),
        tuple(rows),
        empty="No goal has begun.",
        note="Counted from the day of the first record." if rows else "",
    )


def _blocks(reader: Reader, goal: Goal, start: date | None) -> Iterator[Block]:
    """Yield a goal's scorecard, then what is told in words alone."""
    window, known = _window(goal, start, reader.today), measurable(reader.playbook)
    if goal.targets and window:
        judging = _judging(reader, goal)
        scores = tuple(_score(judging, known[name], window) for name in goal.targets if name in known)
        yield Scorecard(goal.key.replace("-", "_"), _due(goal, window.last, reader.today), scores)
    elif goal.targets:
        yield Notes(("Not begun: nothing is recorded that was done.",))
    missing = [name.replace("_", " ") for name in goal.targets if name not in known]
    told = {"not measured": missing, "in words": goal.what}
    yield Notes(tuple(f"{what}: {'; '.join(words)}" for what, words in told.items() if words))


def _due(goal: Goal, last: date, today: date) -> str:
    if goal.within is None:
        return goal.name
    words = describe_day(last, today)
    return (
        f"was due {words}"
        if last < today
        else f"due {words}, day {goal.within - (last - today).days} of {goal.within}"
    )


def _score(judging: Reader, metric: Metric, window: Period) -> Score:
    """Return what was reached by the goal's day; once that is over, also what is reached by now."""
    made = score(judging, metric, window)._replace(change="")
    if window.last >= judging.today:
        return made
    now = measure.measure(judging, metric, window._replace(last=judging.today))
    return made if now.verdict == made.verdict else made._replace(note=f"{now.verdict} by now")


def _window(goal: Goal, start: date | None, today: date) -> Period | None:
    """Return the days a goal has, from the first record on; without an end, up to today."""
    if start is None or start > today:
        return None
    last = today if goal.within is None else start + timedelta(days=goal.within - 1)
    return Period(start, last, goal.name)


def _judging(reader: Reader, goal: Goal) -> Reader:
    """Return the reader with the goal's own targets in place of the playbook's."""
    return reader.judging(Playbook(**{**vars(reader.playbook), "targets": goal.targets}))
