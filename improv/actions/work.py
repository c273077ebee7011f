"""What is done every day: activities logged, follow-up tasks kept, notes written."""

from datetime import date
from typing import Any

from improv.actions import events
from improv.actions.dated import not_after_today, not_before, not_before_parent, one_line, read_on
from improv.errors import Refused
from improv.models import Activity, Note, Task
from improv.nouns import ref
from improv.resolve import Found, party, resolve
from improv.store import Writing


def log(work: Writing, kind: str, about: Found | None, on: date, values: dict[str, Any]) -> Activity:
    """Log something done towards a sale or a client; `values` may hold times, minutes, subject and more."""
    not_after_today(work, on, "what was done")
    if about is not None:
        not_before_parent(work, about, on, "what was done")
    chosen = work.playbook.activity_kind(kind)
    if chosen.answered and values.get("response") == "yes":
        chosen = work.playbook.activity_kind(chosen.answered)
    link = {} if about is None else {f"{about.table}_id": about.id}
    activity = work.add(Activity, kind=chosen.key, done_on=on, **link, **values)
    if about is not None and chosen.contact:
        lead_id, _ = party(work.reader, about)
        events.first_contact(work, lead_id, on, activity.done_time)
    work.subject = ref("activity", activity.id)
    return activity


def last(work: Writing) -> tuple[Activity, Found | None]:
    """Return the activity that was logged last, and the lead, opportunity or client it was with."""
    number = work.reader.value("SELECT MAX(id) FROM activity")
    if number is None:
        raise Refused("no activity has been logged yet", mend="improv log dial --times 12")
    activity = work.get(Activity, number)
    for table in ("lead", "opportunity", "client"):
        if (about := getattr(activity, f"{table}_id")) is not None:
            return activity, resolve(work.reader, ref(table, about), [table])
    return activity, None


def edit_activity(work: Writing, number: int, values: dict[str, Any]) -> Activity:
    """Correct what was said of an activity."""
    work.subject = ref("activity", number)
    return work.change(work.get(Activity, number), **values)


def add_task(work: Writing, what: str, about: Found | None, on: date, values: dict[str, Any]) -> Task:
    """Keep a follow-up to do, on a lead, an opportunity or a client, or on nothing."""
    not_after_today(work, on, "the day a task was made")
    if about is not None:
        not_before_parent(work, about, on, "a task")
    link = {} if about is None else {f"{about.table}_id": about.id}
    due = values.pop("due", None)
    task = work.add(Task, what=one_line(what, "task"), created_on=on, **link, **values)
    assert task.id is not None  # noqa: S101 - it was just written
    if due is not None:
        read_on(work, "task", task.id, "due", due.isoformat(), on)
    work.subject = ref("task", task.id)
    return task


def _open(work: Writing, number: int) -> Task:
    task = work.get(Task, number)
    if task.done_on is not None:
        raise Refused(
            "the task is done already",
            f"{ref('task', number)}, {task.done_on.isoformat()}",
            "improv task list --status open",
        )
    return task


def finish_task(work: Writing, number: int, on: date) -> Task:
    """Say that a task is done."""
    task = _open(work, number)
    not_after_today(work, on, "the day it was done")
    not_before(on, task.created_on, "the day it was done", "the task was made")
    work.subject = ref("task", number)
    return work.change(task, done_on=on)


def move_task(work: Writing, number: int, due: date, on: date) -> Task:
    """Move the day a task is due, from a day on; the past stays as it was."""
    task = _open(work, number)
    not_before(due, task.created_on, "the day it is due", "the task was made")
    read_on(work, "task", number, "due", due.isoformat(), on)
    work.subject = ref("task", number)
    return task


def edit_task(work: Writing, number: int, what: str | None, on: date, values: dict[str, Any]) -> Task:
    """Correct what was said of a task; the day it is due moves from `on`."""
    if "due" in values:
        due = values.pop("due")
        if due is None:
            read_on(work, "task", number, "due", None, on)
        move_task(work, number, due, on)
    if what:
        values["what"] = one_line(what, "task")
    work.subject = ref("task", number)
    return work.change(work.get(Task, number), **values)


def add_note(work: Writing, about: Found, text: str, on: date, values: dict[str, Any]) -> Note:
    """Write a note on any record."""
    not_after_today(work, on, "a note")
    if about.table in ("lead", "opportunity", "client"):
        not_before_parent(work, about, on, "a note")
    note = work.add(Note, text=text.strip(), noted_on=on, **{f"{about.table}_id": about.id}, **values)
    work.subject = ref("note", note.id)
    return note


def edit_note(work: Writing, number: int, text: str | None, values: dict[str, Any]) -> Note:
    """Correct a note, or pin it."""
    if text:
        values = values | {"text": text.strip()}
    work.subject = ref("note", number)
    return work.change(work.get(Note, number), **values)
