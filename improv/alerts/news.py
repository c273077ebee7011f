"""What is new about the red flags since the last mail: those that are new, worse, still there, or cleared."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from improv.alerts.flag import Flag
from improv.alerts.pages import alerts_table
from improv.alerts.raised import Alert, by_severity, flags_of
from improv.alerts.standing import GRAVITY
from improv.memory import Said, Subject
from improv.named import NamedTuple
from improv.nouns import BY_LETTER
from improv.reader import Reader
from improv.report import Column, Notes, Ref, Report, Section, Table
from improv.text import clipped, shown

_LONGEST_SUBJECT: Final = 120


class Cleared(NamedTuple):
    """An alert that a mail spoke of and that is no longer up."""

    subject: Subject
    name: str


class News(NamedTuple):
    """The red flags of a day against what mails have said of them."""

    new: tuple[Alert, ...]
    worse: tuple[Alert, ...]
    still: tuple[Alert, ...]
    cleared: tuple[Cleared, ...]

    @property
    def up(self) -> tuple[Alert, ...]:
        """Every flag that is up."""
        return (*self.new, *self.worse, *self.still)

    def __bool__(self) -> bool:
        """Whether anything is worth a mail."""
        return bool(self.new or self.worse or self.cleared)


def news(
    reader: Reader,
    found: Sequence[Alert],
    said: Mapping[Subject, Said],
    *,
    quiet: Collection[Subject] = (),
    woken: Collection[Subject] = (),
) -> News:
    """Return what is new.

    `quiet` are snoozed: nothing is said of them, not even that they cleared. `woken` were snoozed when they were last
    spoken of, and are told anew. Where a more exact flag took the place of another, the condition got worse; it has
    not cleared.
    """
    up, flags = {alert.subject: alert for alert in found}, flags_of(reader.playbook)
    known = {subject: told for subject, told in said.items() if subject not in woken}
    gone = [subject for subject in known if subject not in up]
    replaced = {
        subject: heir
        for subject in gone
        for heir, alert in up.items()
        if heir[1:] == subject[1:] and subject.code in flags[alert.code].covers
    }
    heirs = set(replaced.values()) - known.keys()
    worse = [
        subject
        for subject, alert in up.items()
        if subject in heirs or (subject in known and _is_worse(alert, known[subject]))
    ]
    new = [subject for subject in up if subject not in known and subject not in heirs]
    still = [subject for subject in up if subject not in worse and subject not in new]
    cleared = tuple(
        Cleared(subject, _name(reader, subject))
        for subject in gone
        if subject not in replaced and subject not in quiet
    )

    def alerts(subjects: Sequence[Subject]) -> tuple[Alert, ...]:
        return tuple(up[subject] for subject in subjects)

    return News(alerts(new), alerts(worse), alerts(still), cleared)


def _is_worse(alert: Alert, told: Said) -> bool:
    return GRAVITY.index(alert.severity) < GRAVITY.index(told.severity)


def _name(reader: Reader, subject: Subject) -> str:
    noun = BY_LETTER[subject.letter]
    sql = f"SELECT {noun.label} AS name FROM {noun.table} AS x WHERE x.id = :id"
    return reader.value(sql, {"id": subject.number}) or ""


def told_by(found: News, on_day: str) -> dict[Subject, Said]:
    """Return what has been said of each alert once a mail about this was accepted."""
    return {alert.subject: Said(alert.severity, on_day) for alert in found.up}


def subject_line(found: News) -> str:
    """Return what matters in one line: "2 critical, 3 new: Acme: no visit since …, 94 days ago"."""
    counts = (
        (by_severity(alert.severity for alert in found.up)["critical"], "critical"),
        (len(found.new), "new"),
        (len(found.worse), "worse"),
        (len(found.cleared), "cleared"),
    )
    words = ", ".join(f"{number:,} {what}" for number, what in counts if number)
    told = [*found.worse, *found.new] or ([] if found.cleared else [*found.still])
    if told:
        worst = min(told, key=lambda alert: GRAVITY.index(alert.severity))
        about = f"{worst.name}: {worst.reason}"
    else:
        about = ", ".join(f"{one.subject.code} {one.name}" for one in found.cleared)
    return clipped(shown(f"{words or f'{len(found.still):,} still there'}: {about}"), _LONGEST_SUBJECT)


def news_report(found: News, reader: Reader, *, digest: bool = False, notes: Sequence[str] = ()) -> Report:
    """Return the page of a mail: what is new, worse or cleared; what is still there is counted, and listed in a digest."""
    parts = (("New", found.new), ("Worse", found.worse))
    sections = [
        Section(title, (alerts_table([_told_back(alert) for alert in part])._replace(title=title),))
        for title, part in parts
        if part
    ]
    if found.cleared:
        sections.append(Section("Cleared", (_cleared_table(found.cleared, flags_of(reader.playbook)),)))
    if found.still and digest:
        sections.append(Section("Still there", (alerts_table(found.still)._replace(title="Still there"),)))
    elif found.still:
        sections.append(Section("", (Notes((f"{len(found.still):,} still there: improv alerts",)),)))
    return Report(
        name="alerts",
        title="Red flags",
        subtitle=subject_line(found).partition(":")[0],
        sections=tuple(sections),
        as_of=reader.today,
        notes=tuple(notes),
    )


def _told_back(alert: Alert) -> Alert:
    """Return an alert that was snoozed with the words that it is back, and why it was put aside."""
    if alert.snooze is None:
        return alert
    because = f" ({alert.snooze.because})" if alert.snooze.because else ""
    return alert._replace(reason=f"{alert.reason}; back from its snooze{because}")


def _cleared_table(cleared: Sequence[Cleared], flags: Mapping[str, Flag]) -> Table:
    rows = [
        (
            subject.code,
            Ref(f"{subject.letter}{subject.number}", name),
            flags[subject.code].title if subject.code in flags else None,
        )
        for subject, name in cleared
    ]
    return Table(
        "cleared",
        "Cleared",
        (Column("code", "Code"), Column("record", "Record", "ref"), Column("flag", "Flag")),
        rows,
    )
