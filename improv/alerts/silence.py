"""Snoozed alerts in the mail: what it says nothing of, and what it tells anew."""

from collections.abc import Mapping, Sequence
from datetime import date

from improv.alerts.raised import Alert, unjudged
from improv.memory import Said, Subject
from improv.reader import Reader
from improv.snoozes import Snooze, latest


def quiet(reader: Reader, found: Sequence[Alert], said: Mapping[Subject, Said]) -> set[Subject]:
    """Return what a mail says nothing of, not even that it cleared: what is snoozed, and what no flag looks at, or can."""
    up, put_aside = {alert.subject for alert in found}, latest(reader)
    unseen = unjudged(reader)
    asleep = {alert.subject for alert in found if alert.asleep}
    return asleep | {
        subject
        for subject, told in said.items()
        if subject not in up
        and (
            subject.code in unseen
            or _is_off(reader, subject.code)
            or _hides(put_aside.get(subject), told, reader.today)
        )
    }


def _is_off(reader: Reader, code: str) -> bool:
    """Tell whether a flag was switched off, or is there no more, since a mail spoke of it."""
    spec = reader.playbook.flags.get(code)
    return spec is None or spec.off


def _hides(snooze: Snooze | None, told: Said, today: date) -> bool:
    """Tell whether a snooze runs, and no mail has spoken since of what it hid."""
    return snooze is not None and snooze.runs(today) and told.on_day <= snooze.since.isoformat()


def woken(reader: Reader, found: Sequence[Alert], said: Mapping[Subject, Said]) -> set[Subject]:
    """Return what was snoozed since a mail spoke of it, and is so no more, or is another condition by now."""
    up, put_aside = {alert.subject: alert for alert in found}, latest(reader)
    return {
        subject
        for subject, told in said.items()
        if subject in put_aside and _over(put_aside[subject], up.get(subject), reader.today) > told.on_day
    }


def _over(snooze: Snooze, alert: Alert | None, today: date) -> str:
    """Return the day from which a snooze hides nothing, as text; an empty one while it does."""
    over = snooze.over_on(today)
    if over is None and alert is not None and alert.snooze is None:
        over = alert.since
    return over.isoformat() if over else ""
