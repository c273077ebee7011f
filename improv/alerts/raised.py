"""Raising red flags: what every flag of the catalogue finds, one line for each condition, the worst first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from improv import playbook, snoozes
from improv.alerts import charter, clients, hygiene, leads, lifecycle, opportunities, quotas
from improv.alerts.flag import Flag, Kind, Rules
from improv.alerts.mending import words_for
from improv.errors import ImprovError, NotFound, Refused
from improv.memory import Subject
from improv.playbook import Playbook, Severity
from improv.reader import Reader
from improv.resolve import Found
from improv.snoozes import Snooze
from improv.text import folded

_METHOD: Final = (*leads.FLAGS, *opportunities.FLAGS, *clients.FLAGS, *quotas.FLAGS)
_CHARTER: Final = (*charter.FLAGS, *lifecycle.FLAGS, *hygiene.FLAGS)
CATALOGUE: Final[dict[str, Flag]] = {flag.code: flag for flag in (*_METHOD, *_CHARTER)}
GRAVITY: Final[tuple[Severity, ...]] = ("critical", "warning")


class Alert(NamedTuple):
    """A red flag that is up: about whom, since when, for what reason, why it matters, and what mends it.

    Where nobody knows since when, it is not `dated`, and `since` is today. `snooze` is the last one of this very
    condition; `asleep` says that it holds.
    """

    code: str
    severity: Severity
    kind: Kind
    ref: str
    name: str
    owner: str | None
    client_id: int | None
    reason: str
    since: date
    days: int
    why: str
    mend: str
    asks: str = ""
    dated: bool = True
    snooze: Snooze | None = None
    asleep: bool = False

    @property
    def subject(self) -> Subject:
        """What it is known by from one day to the next."""
        return Subject(self.code, self.ref[0], int(self.ref[1:]))


def alerts(
    reader: Reader,
    *,
    now_time: str | None = None,
    severity: Severity | None = None,
    owner: str | None = None,
    kind: Kind | None = None,
    client: int | None = None,
    of: Rules | None = "method",
) -> list[Alert]:
    """Return the red flags that are up on the reader's day, the worst and longest first, one for each condition.

    They are those of the method unless others are asked for; `of` nothing they are all.
    `now_time` is the user's own time, as `2026-11-22T15:30`; without it, or on another day, referrals are judged by
    whole days. `client` is the number of a client: their own flags and those of what they sell, book and refer. Those
    that somebody put aside are among them; `awake` leaves them out.
    """
    rows = _standing(reader, of, _now(reader, now_time))
    snoozed = snoozes.latest(reader)
    found = [_with_snooze(_alert(flag, row, reader), snoozed, reader.today) for flag, row in rows]
    wanted = [
        alert
        for alert in found
        if (severity is None or alert.severity == severity)
        and (owner is None or folded(alert.owner or "") == folded(owner))
        and (kind is None or alert.kind == kind)
        and (client is None or alert.client_id == client)
    ]
    return sorted(
        wanted,
        key=lambda alert: (
            GRAVITY.index(alert.severity),
            -alert.days,
            (alert.code[:1], len(alert.code), alert.code),  # H5 before H10
            int(alert.ref[1:]),
        ),
    )


def _now(reader: Reader, now_time: str | None) -> str | None:
    """Return the time only when it is one of the reader's day: another day has no time of day."""
    return now_time if now_time and now_time[:10] == reader.today.isoformat() else None


def _standing(reader: Reader, of: Rules | None, now: str | None) -> list[tuple[Flag, Mapping[str, Any]]]:
    """Return what each flag finds, without what a more specific flag says of the same record."""
    up = [
        (flag, row)
        for flag in flags_of(reader.playbook).values()
        if of in {None, flag.rules} and not _spec(reader, flag).off
        for row in _rows(flag, reader, now)
    ]
    covered: Mapping[tuple[str, int], set[str]] = defaultdict(set)
    for flag, row in up:
        covered[row["letter"], row["id"]].update(flag.covers)
    return [(flag, row) for flag, row in up if flag.code not in covered[row["letter"], row["id"]]]


def _rows(flag: Flag, reader: Reader, now: str | None) -> list[Mapping[str, Any]]:
    """Return what a flag finds; one of the user's own that cannot be judged finds nothing, and `unjudged` says so."""
    try:
        return list(flag.rows(reader, now))
    except ImprovError:
        if flag.code in CATALOGUE:
            raise
        return []


def unjudged(reader: Reader) -> list[str]:
    """Return the codes of the flags of the user's own that cannot be judged."""
    if not reader.playbook.own_flags:
        return []
    from improv.alerts import own  # noqa: PLC0415 - only flags of the user's own need it

    return [code for code, _ in own.faults(reader.playbook, reader)]


def _spec(reader: Reader, flag: Flag) -> playbook.Flag:
    return reader.playbook.flags[flag.code]


def _alert(flag: Flag, row: Mapping[str, Any], reader: Reader) -> Alert:
    # By a clock that is wrong what happened is still to come: it has no age, and stays up, so that no mail tells of it.
    spec, days = _spec(reader, flag), max(int(row["days"]), 0)
    since = date.fromisoformat(row["since"]) if row["since"] else reader.today - timedelta(days=days)
    ref = f"{row['letter']}{row['id']}"
    words = words_for(ref, {**row, "days": days, "since": since.isoformat()}, reader)
    return Alert(
        code=flag.code,
        severity=(spec.worse or spec.severity) if row["worse"] else spec.severity,
        kind=flag.kind,
        ref=ref,
        name=row["name"],
        owner=row["owner"],
        client_id=row["client_id"],
        reason=flag.reason.format_map(words),
        since=since,
        days=days,
        why=flag.why,
        mend=flag.mend.format_map(words),
        asks=flag.asks.format_map(words),
        dated=row["since"] is not None or days > 0,
    )


def _with_snooze(alert: Alert, snoozed: Mapping[Subject, Snooze], today: date) -> Alert:
    """Return the alert with its snooze, which holds until the alert gets worse; what begins after it is new."""
    snooze = snoozed.get(alert.subject)
    if snooze is None or (alert.dated and alert.since > snooze.since):
        return alert
    graver = GRAVITY.index(alert.severity) < GRAVITY.index(snooze.severity)
    return alert._replace(snooze=snooze, asleep=snooze.runs(today) and not graver)


def awake(found: Iterable[Alert]) -> list[Alert]:
    """Return the alerts that nobody has put aside, or that have come back since."""
    return [alert for alert in found if not alert.asleep]


def flags_of(book: Playbook) -> dict[str, Flag]:
    """Return every flag by its code: ours, and those of the playbook's own that fit."""
    if not book.own_flags:
        return CATALOGUE
    from improv.alerts import own  # noqa: PLC0415 - only flags of the user's own need it

    return {**CATALOGUE, **{flag.code: flag for flag in own.fitting(book)}}


def flag_of(code: str, book: Playbook) -> Flag:
    """Return the flag with a code; one that no flag has is refused."""
    wanted = code.upper()
    if wanted not in book.flags:
        raise NotFound("no red flag has this code", code, "improv alerts list")
    if wanted in CATALOGUE:
        return CATALOGUE[wanted]
    from improv.alerts import own  # noqa: PLC0415 - only flags of the user's own need it

    return own.own(wanted, book)


def up_on(reader: Reader, flag: Flag, about: Found, now_time: str | None) -> Alert:
    """Return the alert of a flag about a record; refused with what is up there when it is not up."""
    found = {
        alert.code: alert
        for alert in alerts(reader, now_time=now_time, of=flag.rules)
        if alert.ref == about.ref
    }
    if flag.code not in found:
        known = flags_of(reader.playbook)
        up = [f"{code} instead" if flag.code in known[code].covers else code for code in found]
        told = f"up: {', '.join(up)}" if up else "nothing is up"
        raise Refused(
            f"{flag.code} is not up on this record",
            f"{about.ref} {about.name}; {told}",
            "improv check --all" if flag.rules == "charter" else "improv alerts --all",
        )
    return found[flag.code]


def by_severity(found: Iterable[Alert]) -> dict[Severity, int]:
    """Count alerts by severity, the worst first."""
    listed = [alert.severity for alert in found]
    return {level: listed.count(level) for level in GRAVITY}
