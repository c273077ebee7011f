"""Raising red flags: what every flag of the catalogue finds, one line for each condition, the worst first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, overload

from improv import snoozes
from improv.alerts import charter, clients, hygiene, leads, lifecycle, opportunities, quotas
from improv.alerts.flag import Flag, Kind, Rules
from improv.alerts.mending import Vocabulary
from improv.alerts.standing import GRAVITY, Up, standing
from improv.errors import NotFound, Refused
from improv.memory import Subject
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.playbook import Playbook, Severity
from improv.reader import Reader
from improv.resolve import Found
from improv.snoozes import Snooze
from improv.text import folded

_METHOD: Final = (*leads.FLAGS, *opportunities.FLAGS, *clients.FLAGS, *quotas.FLAGS)
_CHARTER: Final = (*charter.FLAGS, *lifecycle.FLAGS, *hygiene.FLAGS)
CATALOGUE: Final[dict[str, Flag]] = {flag.code: flag for flag in (*_METHOD, *_CHARTER)}


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


class Raised(Sequence[Alert]):
    """Red flags that are up, worst first. Each is put into words when it is looked at: a page of three makes three."""

    def __init__(
        self, up: Sequence[Up], vocabulary: Vocabulary, today: date, snoozed: Mapping[Subject, Snooze]
    ) -> None:
        self._up, self._vocabulary, self._today, self._snoozed = up, vocabulary, today, snoozed

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._up)

    def __iter__(self) -> Iterator[Alert]:
        """Yield one after the other."""
        return map(self._alert, self._up)

    @overload
    def __getitem__(self, place: int) -> Alert: ...

    @overload
    def __getitem__(self, place: slice) -> "Raised": ...

    def __getitem__(self, place: int | slice) -> "Alert | Raised":
        """Return the one at a place, or those of some places."""
        return self._of(self._up[place]) if isinstance(place, slice) else self._alert(self._up[place])

    def __eq__(self, other: object) -> bool:
        """Tell whether they are the same, one after the other."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _of(self, up: Sequence[Up]) -> "Raised":
        return Raised(up, self._vocabulary, self._today, self._snoozed)

    def awake(self) -> "Raised":
        """Return those that nobody has put aside, or that have come back since."""
        return self._of([one for one in self._up if not self._snooze(one)[1]]) if self._snoozed else self

    def severities(self) -> dict[Severity, int]:
        """Count them by severity, the worst first."""
        return by_severity(one.severity for one in self._up)

    def records(self) -> Iterator[tuple[Flag, Severity, tuple[str, int]]]:
        """Yield of each its flag, how grave it is, and the letter and number of its record: to count, without a word."""
        return ((one.source.flag, one.severity, (one.letter, one.id)) for one in self._up)

    def _snooze(self, one: Up) -> tuple[Snooze | None, bool]:
        """Return the last snooze of this condition, and whether it holds: until it gets worse; what begins after it is new."""
        snooze = self._snoozed.get(Subject(one.source.flag.code, one.letter, one.id))
        if snooze is None or (one.dated and one.began(self._today) > snooze.since):
            return None, False
        graver = GRAVITY.index(one.severity) < GRAVITY.index(snooze.severity)
        return snooze, snooze.runs(self._today) and not graver

    def _alert(self, one: Up) -> Alert:
        flag, ref, since = one.source.flag, f"{one.letter}{one.id}", one.began(self._today)
        words = self._vocabulary.about(ref, {**one.row, "since": since.isoformat()})
        snooze, asleep = self._snooze(one) if self._snoozed else (None, False)
        return Alert(
            code=flag.code,
            severity=one.severity,
            kind=flag.kind,
            ref=ref,
            name=one.name,
            owner=one.owner,
            client_id=one.client_id,
            reason=flag.reason.format_map(words),
            since=since,
            days=one.days,
            why=flag.why,
            mend=flag.mend.format_map(words),
            asks=flag.asks.format_map(words),
            dated=one.dated,
            snooze=snooze,
            asleep=asleep,
        )


def alerts(
    reader: Reader,
    *,
    now_time: str | None = None,
    severity: Severity | None = None,
    owner: str | None = None,
    kind: Kind | None = None,
    client: int | None = None,
    about: Found | None = None,
    of: Rules | None = "method",
) -> "Raised":
    """Return the red flags that are up on the reader's day, the worst and longest first, one for each condition.

    They are those of the method unless others are asked for; `of` nothing they are all.
    `now_time` is the user's own time, as `2026-11-22T15:30`; without it, or on another day, referrals are judged by
    whole days. `client` is the number of a client: their own flags and those of what they sell, book and refer; `about`
    is one record. Those that somebody put aside are among them; `awake` leaves them out.
    """
    flags = (
        flag
        for flag in flags_of(reader.playbook).values()
        if of in {None, flag.rules} and not reader.playbook.flags[flag.code].off
    )
    found = standing(reader, flags, _now(reader, now_time))
    wanted = [
        one
        for one in found
        if (severity is None or one.severity == severity)
        and (owner is None or folded(one.owner or "") == folded(owner))
        and (kind is None or one.source.flag.kind == kind)
        and (client is None or one.client_id == client)
        and (about is None or (one.letter, one.id) == (BY_TABLE[about.table].letter, about.id))
    ]
    return Raised(wanted, Vocabulary(reader), reader.today, snoozes.latest(reader))


def _now(reader: Reader, now_time: str | None) -> str | None:
    """Return the time only when it is one of the reader's day: another day has no time of day."""
    return now_time if now_time and now_time[:10] == reader.today.isoformat() else None


def unjudged(reader: Reader) -> list[str]:
    """Return the codes of the flags of the user's own that cannot be judged."""
    if not reader.playbook.own_flags:
        return []
    from improv.alerts import own  # noqa: PLC0415 - only flags of the user's own need it

    return [code for code, _ in own.faults(reader.playbook, reader)]


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
    found = {alert.code: alert for alert in alerts(reader, now_time=now_time, about=about, of=flag.rules)}
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


def by_severity(found: Iterable[Severity]) -> dict[Severity, int]:
    """Count severities, the worst first."""
    listed = list(found)
    return {level: listed.count(level) for level in GRAVITY}
