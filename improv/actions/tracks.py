"""What is done with tracks: somebody is put on one or taken off, pauses, and its steps become tasks when they are due."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from improv import enrolling
from improv.actions import work as everyday
from improv.actions.dated import not_after_today, not_before, not_before_parent, one_line, reading
from improv.dates import describe_day
from improv.errors import Refused
from improv.models import Activity, Enrolment, EnrolmentPause, EnrolmentStep, Task
from improv.named import NamedTuple
from improv.nouns import ref
from improv.playbook import Step, Track, offered
from improv.resolve import Found
from improv.store import Writing
from improv.tracks import Standing, standing, standings


class Done(NamedTuple):
    """One thing that a run did: an enrolment, an end or a task; the record, and what there is to say."""

    what: str
    ref: str
    words: str


def enrol(
    work: Writing, about: Found, track: Track, on: date, because: str | None = None
) -> tuple[Standing, Standing | None]:
    """Put a lead or a client on a track because a person says so; refused when they would leave it at once."""
    made, moved = _begin(work, about, track, on, because)
    now = standing(work.reader, _number(made))
    if now.leaving is not None and now.leaving.day == on:
        value = f"{track.name}: {now.leaving.ending}"
        raise Refused(
            f"{about.ref} {about.name} would leave this track at once", value, f"improv show {about.ref}"
        )
    return now, moved


def _number(enrolment: Enrolment) -> int:
    assert enrolment.id is not None  # noqa: S101 - it is in the store
    return enrolment.id


def _begin(
    work: Writing, about: Found, track: Track, on: date, because: str | None
) -> tuple[Enrolment, Standing | None]:
    """Write an enrolment that begins on a day; return it, and the one it moved on from."""
    not_after_today(work, on, "the day somebody is put on a track")
    not_before_parent(work, about, on, "an enrolment")
    before = _last_of(work, about)
    if before is not None and before.until is None:
        if before.key == track.key:
            since, mend = before.since.isoformat(), f"improv track show {before.ref}"
            raise Refused(f"{about.ref} {about.name} is on this track", f"{track.name}, since {since}", mend)
        not_before(on, before.since, "an enrolment", "the one before began")
        end(work, work.get(Enrolment, before.id), on, "moved on")
    elif before is not None and before.until is not None:
        not_before(on, before.until, "an enrolment", "the one before ended")
        before = None
    words = one_line(because, "reason") if because else None
    made = work.add(Enrolment, track=track.key, **{f"{about.table}_id": about.id}, since=on, because=words)
    work.subject = ref("enrolment", made.id)
    return made, before


def _last_of(work: Writing, about: Found) -> Standing | None:
    """Return the enrolment that runs, else the one that ended last."""
    row = work.reader.row(
        f"SELECT id FROM enrolment WHERE {about.table}_id = :id "
        "ORDER BY CASE WHEN until IS NULL THEN 0 ELSE 1 END, until DESC, id DESC LIMIT 1",
        {"id": about.id},
    )
    return None if row is None else standing(work.reader, row["id"])


def end(work: Writing, enrolment: Enrolment, on: date, ending: str) -> None:
    """Take somebody off a track, and drop the tasks that its steps became."""
    for row in work.reader.rows(
        "SELECT id FROM enrolment_step WHERE enrolment_id = :id AND ending IS NULL ORDER BY step",
        {"id": enrolment.id},
    ):
        step = work.get(EnrolmentStep, row["id"])
        day = max(on, step.made_on)
        if work.get(Task, step.task_id).done_on is None:
            everyday.finish_task(work, step.task_id, day)
        work.change(step, ended_on=day, ending="dropped")
    work.change(enrolment, until=on, ending=ending)
    work.subject = ref("enrolment", enrolment.id)


def leave(work: Writing, number: int, on: date) -> Enrolment:
    """Take somebody off a track because a person says so."""
    enrolment = _running(work, number)
    not_after_today(work, on, "the day somebody leaves a track")
    not_before(on, enrolment.since, "the day somebody leaves a track", "they were put on it")
    end(work, enrolment, on, "taken off")
    return enrolment


def _running(work: Writing, number: int) -> Enrolment:
    enrolment = work.get(Enrolment, number)
    if enrolment.until is not None:
        value = f"{ref('enrolment', number)}, {enrolment.ending} {enrolment.until.isoformat()}"
        raise Refused("this enrolment ended already", value, "improv track list --status running")
    return enrolment


def pause(work: Writing, number: int, until: date | None) -> Standing:
    """Let a track rest from today until a day, or until it is resumed; its open tasks wait until that day, too."""
    _running(work, number)
    now = standing(work.reader, number)
    if (rests := now.paused(work.today)) is not None:
        over = rests.over.isoformat() if rests.over else "it is resumed"
        raise Refused("it is paused already", f"{now.ref}, until {over}", f"improv track resume {now.ref}")
    if until is not None:
        if until <= work.today:
            raise Refused(
                "a pause ends on a day to come",
                until.isoformat(),
                f"improv track pause {now.ref} --until +7d",
            )
        for task in (now.made[day].task for day in now.open_steps):
            if str(reading(work, "task", task, "due", work.today)) < until.isoformat():
                everyday.move_task(work, task, until, work.today)
    work.add(EnrolmentPause, enrolment_id=number, since=work.today, until_on=until)
    work.subject = now.ref
    return standing(work.reader, number)


def resume(work: Writing, number: int) -> Standing:
    """Let a track go on today that was paused; the days paused are added to what is left."""
    _running(work, number)
    row = work.reader.row(
        "SELECT id FROM enrolment_pause WHERE enrolment_id = :id AND ended_on IS NULL "
        "AND (until_on IS NULL OR until_on > :today) ORDER BY id DESC LIMIT 1",
        {"id": number},
    )
    if row is None:
        raise Refused(
            "it is not paused", ref("enrolment", number), f"improv track pause {ref('enrolment', number)}"
        )
    work.change(work.get(EnrolmentPause, row["id"]), ended_on=work.today)
    work.subject = ref("enrolment", number)
    return standing(work.reader, number)


def make(work: Writing, now: Standing, step: Step, due: date) -> Task:
    """Make the task of a step: due on the step's own day, however late it is made."""
    owner = reading(work, now.noun, now.number, "owner", work.today)
    kind = work.playbook.entry("activity_kind", step.activity)
    assert kind is not None  # noqa: S101 - the playbook was refused otherwise
    about = Found(now.noun, now.number, now.name)
    task = everyday.add_task(
        work, f"{kind.name}: {step.what}", about, work.today, {"due": due, "assigned_to": owner}
    )
    work.add(
        EnrolmentStep,
        enrolment_id=now.id,
        step=step.after,
        kind=kind.key,
        task_id=task.id,
        made_on=work.today,
    )
    return task


def step_of(work: Writing, task: int) -> EnrolmentStep | None:
    """Return the step that a task is, if it is one that is still to do."""
    row = work.reader.row(
        "SELECT id FROM enrolment_step WHERE task_id = :task AND ending IS NULL", {"task": task}
    )
    return None if row is None else work.get(EnrolmentStep, row["id"])


def finish(
    work: Writing,
    step: EnrolmentStep,
    on: date,
    values: Mapping[str, Any] = MappingProxyType({}),
    *,
    log: bool = True,
    skip: bool = False,
) -> tuple[Activity | None, list[Done]]:
    """Say that a step is done, and `log` its activity unless it is; or skip it. After the last step the next track begins."""
    now = standing(work.reader, step.enrolment_id)
    task = everyday.finish_task(work, step.task_id, on)
    logged = None
    if log and not skip:
        about = Found(now.noun, now.number, now.name)
        said = {"subject": task.what.partition(": ")[2] or task.what, "owner": task.assigned_to}
        logged = everyday.log(work, step.kind, about, on, {**said, **values})
    work.change(step, ended_on=on, ending="skipped" if skip else "done")
    work.subject = ref("task", step.task_id)
    return logged, _move_on(work, standing(work.reader, step.enrolment_id), on)


def write(work: Writing, now: Standing, step: Step, subject: str) -> tuple[Activity, list[Done]]:
    """Say that the message of a step is sent today."""
    made = step_of(work, now.made[step.after].task)
    assert made is not None  # noqa: S101 - the message of a step that is over is not prepared
    logged, moved = finish(work, made, work.today, {"subject": subject})
    assert logged is not None  # noqa: S101 - nothing was skipped
    return logged, moved


def _move_on(work: Writing, now: Standing, on: date) -> list[Done]:
    """End a track whose steps are all over, and begin the one that follows."""
    if not (now.runs and now.is_through and now.track):
        return []
    end(work, work.get(Enrolment, now.id), on, "finished")
    done = [Done("end", now.ref, f"{now.who} finished {now.called}")]
    then = next((one for one in offered(work.playbook.tracks) if one.key == now.track.then), None)
    if then is None:
        return done
    made, _ = _begin(work, Found(now.noun, now.number, now.name), then, on, f"after {now.called}")
    return [*done, _enrolled(work, made, now.who, then)]


def _enrolled(work: Writing, made: Enrolment, who: str, track: Track) -> Done:
    since = describe_day(made.since, work.today)
    why = f": {made.because}" if made.because else ""
    return Done("enrolment", ref("enrolment", made.id), f"{who} on {track.name} since {since}{why}")


def by_rule(work: Writing) -> list[Done]:
    """Put on a track whom the playbook's rules say, once for each cause; what was decided later stands."""
    return [done for one in enrolling.wanted(work.reader) for done in _by_rule(work, one)]


def _by_rule(work: Writing, one: enrolling.Enrolling) -> Iterator[Done]:
    about = Found(one.noun, one.number, one.name)
    before = _last_of(work, about)
    if before is not None:
        if before.since >= one.since:
            return
        if before.until is None:
            yield from _take_off(work, before, one.since)
            before = standing(work.reader, before.id)
        if before.until is None and before.key == one.track.key:
            return
        if before.until is not None and before.until > one.since:
            return
    made, moved = _begin(work, about, one.track, one.since, one.because)
    if moved is not None:
        yield Done("end", moved.ref, f"{about.ref} {about.name} moved on from {moved.called}")
    yield _enrolled(work, made, f"{about.ref} {about.name}", one.track)


def _take_off(work: Writing, now: Standing, by: date) -> Iterator[Done]:
    """End an enrolment that something took off its track by a day."""
    if now.leaving is not None and now.leaving.day <= by:
        end(work, work.get(Enrolment, now.id), now.leaving.day, now.leaving.ending)
        day = describe_day(now.leaving.day, work.today)
        yield Done("end", now.ref, f"{now.who} left {now.called} {day}: {now.leaving.ending}")


def run(work: Writing) -> list[Done]:
    """Bring all tracks up to today: by rule on, by what happened off, and what is due becomes tasks, each step once."""
    done = by_rule(work)
    for now in standings(work.reader):
        done += _take_off(work, now, work.today)
    while through := [now for now in standings(work.reader) if now.runs and now.is_through]:
        for now in through:
            done += _move_on(work, now, work.today)
    for now in standings(work.reader):
        for step, due in now.fallen_due(work.today):
            task = make(work, now, step, due)
            day = describe_day(due, work.today)
            done.append(Done("task", ref("task", task.id), f"{task.what}, for {now.who}: due {day}"))
    work.subject = None
    return done
