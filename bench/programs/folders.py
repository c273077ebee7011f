"""Programs that keep a file for each record."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bench.generate import TODAY
from bench.programs.program import Program, Words
from bench.records import ADDED, FAIR, SINCE, Record

# khal and todoman read each file once into a cache of their own, and wait for the disk each time.
_MOST: Final = 10_000


class Khal(Program):
    """Events of a whole day."""

    name, command = "khal", "khal"
    pinned = ("khal==0.14.1",)
    most = _MOST

    def fill(self, records: Sequence[Record]) -> None:
        folder = self.home / "calendar"
        self.write(
            "config/khal/config",
            f"[calendars]\n[[leads]]\npath = {folder}\n[locale]\ndateformat = %Y-%m-%d\n"
            "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            "timeformat = %H:%M\nlocal_timezone = UTC\ndefault_timezone = UTC\n[default]\ndefault_calendar = leads\n",
        )
        for one in records:
            until = one.day + timedelta(1)
            when = f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}\nDTEND;VALUE=DATE:{until:%Y%m%d}"
            self.write(f"calendar/{one.number}.ics", _calendar("VEVENT", one, when))

    def add(self, name: str) -> Words:
        return self.say("new", "-g", ADDED, "2027-06-01", name)

    def listed(self) -> Words:
        return self.say("list", "--format", "{title}", SINCE.isoformat(), TODAY.isoformat())


class Todoman(Program):
    """Tasks with a category."""

    name, command = "todoman", "todo"
    pinned = ("todoman==4.7.0",)
    most = _MOST

    def fill(self, records: Sequence[Record]) -> None:
        folder = self.home / "tasks"
        self.write(
            "config/todoman/config.py",
            f'path = "{folder}/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\ndefault_list = "leads"\n',
        )
        for one in records:
            self.write(
                f"tasks/leads/{one.number}.ics", _calendar("VTODO", one, f"DUE;VALUE=DATE:{one.day:%Y%m%d}")
            )

    def add(self, name: str) -> Words:
        return self.say("new", "--list", "leads", "--category", ADDED, name)

    def listed(self) -> Words:
        return self.say("list", "--category", FAIR)


class Khard(Program):
    """Contacts with a category."""

    name, command = "khard", "khard"
    pinned = ("khard==0.22.0",)
    most = _MOST

    def fill(self, records: Sequence[Record]) -> None:
        folder = self.home / "contacts"
        self.write("config/khard/khard.conf", f"[addressbooks]\n[[leads]]\npath = {folder}\n")
        for one in records:
            given, family, number = one.name.split()
            card = f"N:{family} {number};{given};;;\nFN:{one.name}\nUID:{one.number}\nCATEGORIES:{one.source}"
            self.write(f"contacts/{one.number}.vcf", f"BEGIN:VCARD\nVERSION:3.0\n{card}\nEND:VCARD\n")

    def add(self, name: str) -> Words:
        del name
        return self.say("new", "--addressbook", "leads", "--input-file", "-")

    def typed(self, name: str) -> str:
        return f"Formatted name: {name}\nFirst name: {name}\nCategories: {ADDED}\n"

    def listed(self) -> Words:
        return self.say("list", f"categories:{FAIR}")


def _calendar(kind: str, one: Record, when: str) -> str:
    inside = (
        f"UID:{one.number}\nDTSTAMP:20230101T000000Z\nSUMMARY:{one.name}\nCATEGORIES:{one.source}\n{when}"
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:improv\nBEGIN:{kind}\n{inside}\nEND:{kind}\nEND:VCALENDAR\n"
