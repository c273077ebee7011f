"""A calendar as the file that calendar programs read (iCalendar, RFC 5545).

The same items make the same bytes: every instant in it is the journal's. All text goes through the gate of
`improv.text` first, and is escaped and folded by the library.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from icalendar import Alarm, Calendar, Component, Event, Timezone, Todo, vCalAddress, vText

from improv.calendar.items import Diary, Item
from improv.named import NamedTuple
from improv.nouns import ref
from improv.text import shown

_PROGRAM: Final = "-//improv//improv//EN"
# What a calendar calls the state of an item; what was held, and that to which nobody came, stays.
_STATUS: Final = {"cancelled": "CANCELLED", "open": "NEEDS-ACTION"}
_ELSE: Final = {"event": "CONFIRMED", "visit": "CONFIRMED", "task": "COMPLETED"}
_NOON: Final = time(12)


class Person(NamedTuple):
    """Somebody in an invitation: a name, and a mail address."""

    name: str
    email: str


class _Text(vText):
    """A text as the library escapes it, but for a backslash before an N, which it takes for a line break."""

    def to_ical(self) -> bytes:
        """Return the text as it stands in the file."""
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N"))


def uid(store: str, item: Item) -> str:
    """Return the name under which calendars know an item for good."""
    return f"{ref(item.noun, item.first)}-{store}@improv"


def write(diary: Diary, today: date) -> str:
    """Return the file of a calendar."""
    return _file(diary, [_component(diary, item) for item in diary.items], today)


def message(diary: Diary, today: date, title: str, organizer: Person, attendee: Person | None = None) -> str:
    """Return the file that goes to the other side of an event: an attendee is asked to answer, else it is to be kept.

    Nothing in it is for your eyes only.
    """
    (item,) = diary.items
    event = _component(diary, item._replace(title=title, notes=(), reminder=None))
    event.add("ORGANIZER", _address(organizer))
    if attendee is not None:
        asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
        event.add("ATTENDEE", _address(attendee, **asked))
    return _file(diary, [event], today, method="PUBLISH" if attendee is None else "REQUEST")


def _file(diary: Diary, components: Iterable[Component], today: date, *, method: str = "") -> str:
    calendar = Calendar()
    calendar.add("PRODID", _PROGRAM)
    calendar.add("VERSION", "2.0")
    if method:
        calendar.add("METHOD", method)
    calendar.add_component(_zone(diary, today))
    for component in components:
        calendar.add_component(component)
    made: bytes = calendar.to_ical()
    return made.decode()


def _zone(diary: Diary, today: date) -> Component:
    """Return the time zone with its changes in the years of the calendar; it is there even when nothing else is."""
    years = {moment.year for item in diary.items for moment in (item.start, item.end) if moment} or {
        today.year
    }
    return Timezone.from_tzinfo(
        diary.zone, diary.zone.key, date(min(years), 1, 1), date(max(years) + 1, 1, 1)
    )


def _component(diary: Diary, item: Item) -> Component:
    task = item.noun == "task"
    made: Component = Todo() if task else Event()
    made.add("UID", uid(diary.store, item))
    made.add("SEQUENCE", item.changes)
    made.add("CREATED", datetime.fromisoformat(item.made))
    made.add("DTSTAMP", datetime.fromisoformat(item.changed))
    made.add("LAST-MODIFIED", datetime.fromisoformat(item.changed))
    made.add("SUMMARY", _Text(shown(item.title)))
    made.add("STATUS", _STATUS.get(item.state, _ELSE[item.noun]))
    if item.place:
        made.add("LOCATION", _Text(shown(item.place)))
    if item.notes:
        made.add("DESCRIPTION", _Text("\n".join(map(shown, item.notes))))
    if task:
        _due(made, item, diary)
    else:
        _when(made, item)
    return made


def _due(made: Component, item: Item, diary: Diary) -> None:
    if item.start is not None:
        made.add("DUE", item.start)
    if item.done_on is not None:
        # The format wants an instant, and only the day is known.
        made.add("COMPLETED", datetime.combine(item.done_on, _NOON, diary.zone).astimezone(UTC))


def _when(made: Component, item: Item) -> None:
    made.add("DTSTART", item.start)
    if item.end is not None:
        made.add("DTEND", item.end)
    # At what time of the day is not known: the day is not taken by it.
    made.add("TRANSP", "OPAQUE" if item.end else "TRANSPARENT")
    if item.reminder is not None:
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("TRIGGER", -timedelta(minutes=item.reminder))
        alarm.add("DESCRIPTION", _Text(shown(item.title)))
        made.add_component(alarm)


def _address(person: Person, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    address.params.update({"CN": shown(person.name), **parameters})
    return address
