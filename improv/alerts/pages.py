"""How red flags are shown: the page of those that are up, the explanation of one, and the list of all."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from improv.alerts.flag import Flag, Rules
from improv.alerts.mending import Words
from improv.alerts.raised import CATALOGUE, Alert, Raised, flag_of, flags_of, unjudged
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.playbook import Flag as Spec
from improv.playbook import Playbook
from improv.reader import Reader
from improv.report import Cell, Column, Days, Facts, Made, Ref, Report, Section, Severity, Table

_LIMIT: Final = r":limit_([a-z_]+)"
_COLUMNS: Final = (
    Column("severity", "Severity", "severity"),
    Column("code", "Code"),
    Column("record", "Record", "ref"),
    Column("why", "Why"),
    Column("days", "Days", "days"),
    Column("command", "To mend it", "command"),
)


class _Page(NamedTuple):
    """What a page of flags is called, its table, how one that is up is, and the command that shows it."""

    name: str
    title: str
    table: str
    one_up: str
    command: str


_ALERTS: Final = _Page("alerts", "Red flags", "Red flags", "red flag is up", "improv alerts")
_CHECK: Final = _Page("check", "The charter", "Rules broken", "rule of the charter is broken", "improv check")


def alerts_table(found: Sequence[Alert], note: str = "", page: _Page = _ALERTS) -> Table:
    """Return red flags as a table, one line each, as they come; `note` says what is not among them."""
    rows = Made(_line, found)
    empty = f"No {page.one_up} ({note})." if note else f"No {page.one_up}."
    return Table(page.name, page.table, _COLUMNS, rows, empty, note if rows else "")


def _line(alert: Alert) -> tuple[Cell, ...]:
    """Return the line of a red flag."""
    return (
        Severity(alert.severity),
        alert.code,
        Ref(alert.ref, alert.name),
        alert.reason,
        Days(alert.days),
        alert.mend,
    )


def snoozed_words(found: Raised, page: _Page = _ALERTS) -> str:
    """Say how many alerts are snoozed and how they are seen; nothing where none is."""
    number = len(found) - len(found.awake())
    return f"{number:,} snoozed: {page.command} --all" if number else ""


def unseen_words(found: Raised, reader: Reader, page: _Page = _ALERTS) -> str:
    """Say how many alerts are snoozed, and which flags of the user's own cannot be judged; nothing where none is."""
    codes = unjudged(reader) if page is _ALERTS else []
    faulty = f"{', '.join(codes)} cannot be judged: improv playbook check" if codes else ""
    return "; ".join(filter(None, (snoozed_words(found, page), faulty)))


def _snoozed_table(found: Raised) -> Table:
    """Return the alerts that are snoozed, with until when and why."""
    rows = [
        (
            Severity(alert.severity),
            alert.code,
            Ref(alert.ref, alert.name),
            alert.reason,
            alert.snooze.until.isoformat() if alert.snooze.until else "it gets worse",
            alert.snooze.because,
        )
        for alert in found
        if alert.asleep and alert.snooze
    ]
    columns = (*_COLUMNS[:4], Column("until", "Until"), Column("because", "Because"))
    wake = "to wake one: improv alerts unsnooze CODE RECORD" if rows else ""
    return Table("snoozed", "Snoozed", columns, rows, "Nothing is snoozed.", wake)


def alerts_report(
    found: Raised,
    reader: Reader,
    *,
    everything: bool = False,
    of: Rules | None = "method",
) -> Report:
    """Return the page of red flags: one line each, worst first; those that are snoozed only with `everything`."""
    page = _CHECK if of == "charter" else _ALERTS
    up, hidden = found.awake(), unseen_words(found[:0] if everything else found, reader, page)
    said = [f"{number:,} {level}" for level, number in up.severities().items() if number]
    tables = (alerts_table(up, hidden, page), *([_snoozed_table(found)] if everything else []))
    return Report(
        name=page.name,
        title=page.title,
        subtitle=", ".join(said),
        sections=(Section("", tables),),
        as_of=reader.today,
    )


def flag_report(code: str, reader: Reader) -> Report:
    """Return the explanation of one flag: what it means, why it matters, its limits, and what mends it."""
    flag = flag_of(code, reader.playbook)
    facts = Facts("flag", flag.code, tuple(_explained(flag, reader.playbook)))
    return Report(
        name="alert",
        title=f"{flag.code} {flag.title}",
        subtitle=flag.sentence,
        sections=(Section("", (facts,)),),
        as_of=reader.today,
    )


def flags_table(book: Playbook, of: Rules | None = None) -> Table:
    """Return every flag with its meaning and how grave it is."""
    columns = (
        Column("code", "Code"),
        Column("title", "Flag"),
        Column("kind", "About"),
        Column("severity", "Severity"),
        Column("sentence", "Meaning"),
    )
    rows = [
        (flag.code, flag.title, flag.kind, gravity(book.flags[flag.code]), flag.sentence)
        for flag in flags_of(book).values()
        if of in {None, flag.rules}
    ]
    return Table("flags", "Red flags", columns, rows)


def _explained(flag: Flag, book: Playbook) -> list[tuple[str, Cell]]:
    pairs: list[tuple[str, Cell]] = [
        ("meaning", flag.sentence),
        ("why it matters", flag.why),
        ("rule of the charter", flag.group or None),
        ("about", flag.kind),
        ("severity", gravity(book.flags[flag.code])),
        *((f"limit {name.replace('_', ' ')}", book.limits[name]) for name in limits_of(flag)),
        *((f"limit {name.replace('_', ' ')}", value) for name, value in flag.given.items()),
        *(
            (f"{field.replace('_', ' ')} of each {table.replace('_', ' ')}", words)
            for table, field, words in entry_limits(flag, book)
        ),
        ("stands for", ", ".join(flag.covers) or None),
        ("gives way to", ", ".join(covered_by(flag)) or None),
        ("to mend it", usage(flag)),
    ]
    return [(name, value) for name, value in pairs if value is not None]


def limits_of(flag: Flag) -> tuple[str, ...]:
    """Return the limits of the playbook that a flag asks for, by name."""
    return (*flag.limits, *dict.fromkeys(re.findall(_LIMIT, flag.sql)))


def entry_limits(flag: Flag, book: Playbook) -> Iterator[tuple[str, str, str]]:
    """Yield the limits that each stage or kind of event has of its own: the list, the field, and all of them in words."""
    for table, field in flag.fields:
        given = (
            (entry.name, getattr(entry, field))
            for entry in getattr(book, f"{table}s")
            if not getattr(entry, "after_sale", False)
        )
        ends = [
            (name, value[-1] if isinstance(value, tuple) else value)
            for name, value in given
            if value is not None
        ]
        yield table, field, ", ".join(f"{name} {end}" for name, end in ends)


def covered_by(flag: Flag) -> list[str]:
    """Return the codes of the flags that say the same more exactly."""
    return [other.code for other in CATALOGUE.values() if flag.code in other.covers]


def usage(flag: Flag) -> str:
    """Return the mending command as its usage: words in capitals stand for what each record needs."""
    ref = f"{BY_TABLE[flag.kind].letter}…"
    days = dict.fromkeys(("soon", "visit_soon"), "DAY") | dict.fromkeys(
        ("key_event", "contact", "call"), "KIND"
    )
    steps = {
        "onward": f"opp move {ref} STAGE",
        "rebook": f"move {ref} DAY",
        "past_close": f"opp edit {ref} --close-on …",
    }
    return flag.mend.format_map(Words(ref=ref, **days, **steps))


def gravity(spec: Spec) -> str:
    """Say how grave a flag is, and how grave it gets; or that it is off."""
    if spec.off:
        return "off"
    return spec.severity if spec.worse in {None, spec.severity} else f"{spec.severity}, then {spec.worse}"
