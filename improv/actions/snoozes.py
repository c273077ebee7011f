"""What is done with red flags: put aside for a record, until a day or until they get worse, and taken up again."""

from datetime import date

from improv.actions.dated import one_line
from improv.errors import Refused
from improv.memory import Subject
from improv.models import Snooze
from improv.resolve import Found
from improv.snoozes import latest
from improv.store import Writing


def put_aside(
    work: Writing, code: str, about: Found, severity: str, until: date | None, because: str | None
) -> Snooze:
    """Put a flag that is up aside for a record: until a day, else until it gets worse; what was said before is over."""
    if until is not None and until <= work.today:
        raise Refused(
            "a snooze ends on a day to come",
            until.isoformat(),
            f"improv alerts snooze {code} {about.ref} --until +7d",
        )
    kept = work.add(
        Snooze,
        code=code,
        **{f"{about.table}_id": about.id},
        severity=severity,
        since_on=work.today,
        until_on=until,
        because=one_line(because, "reason") if because else None,
    )
    work.subject = about.ref
    return kept


def take_up(work: Writing, code: str, about: Found) -> Snooze:
    """Take back that a flag was put aside for a record."""
    last = latest(work.reader).get(Subject(code, about.ref[0], about.id))
    over = None if last is None else last.over_on(work.today)
    if last is None or over is not None:
        raise Refused(
            "this flag is not snoozed on this record",
            f"{code}, {about.ref} {about.name}" + (f": since {over} no more" if over else ""),
            "improv alerts --all",
        )
    work.subject = about.ref
    return work.change(work.get(Snooze, last.id), ended_on=work.today)
