"""Calendars in tests: a store with an id that is known, commands typed at an instant, and the file read line by line."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from improv.commands.desk import Desk
from tests.run import Result
from tests.session import behind, must

STORE = "5eed5eed5eed5eed"
MONDAY = "2026-11-23"
Type = Callable[..., Result]


def named(path: Path) -> None:
    """Give the store an id that a test can write down."""
    behind(path, f"UPDATE store_setting SET value = '{STORE}' WHERE key = 'id'")


def typing(db: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Return a way to type commands on a Monday; each is typed in a minute after the last, from 8:01 UTC on."""
    must("init --timezone Europe/Berlin", db, MONDAY)
    named(db)
    minutes = iter(range(1, 60))

    def typed(command: str, today: str = MONDAY) -> Result:
        now = datetime(2026, 11, 23, 8, next(minutes), tzinfo=UTC)
        with monkeypatch.context() as clock:
            clock.setattr(Desk, "now", lambda _: now)
            return must(command, db, today)

    return typed


def lines(text: str) -> list[str]:
    """Return the lines of a calendar file, unfolded; each ends as the format wants it."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def components(text: str) -> list[Any]:
    """Return the events and tasks of a calendar file, as another program reads them."""
    return [part for part in Calendar.from_ical(text).walk() if part.name in {"VEVENT", "VTODO"}]


def said(text: str, *names: str) -> list[tuple[str, ...]]:
    """Return these properties of each event and task, as they stand in the file; nothing where one has none."""
    found = []
    for part in components(text):
        values = dict(part.property_items(recursive=False))
        found.append(tuple(_written(values.get(name)) for name in names))
    return found


def _written(value: Any) -> str:
    return "" if value is None else str(value.to_ical().decode())
