"""Nights when clocks change, by the commands that cron runs: a daily digest and a weekly report, each exactly once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.machine import Machine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The user's zone, the machine's, the night, and a time that the night leaves out or has twice.
NIGHTS = {
    "Paris loses 02:30": ("Europe/Paris", "Etc/UTC", "2026-03-29", "02:30"),
    "Paris has 02:30 twice": ("Europe/Paris", "America/New_York", "2026-10-25", "02:30"),
    "New York loses 02:30": ("America/New_York", "Europe/Paris", "2026-03-08", "02:30"),
    "New York has 01:30 twice": ("America/New_York", "America/New_York", "2026-11-01", "01:30"),
    "Lord Howe loses 02:15": ("Australia/Lord_Howe", "Etc/UTC", "2026-10-04", "02:15"),
    "Lord Howe has 01:45 twice": ("Australia/Lord_Howe", "Asia/Kathmandu", "2026-04-05", "01:45"),
    "Apia has no 30 December": ("Pacific/Apia", "Etc/UTC", "2011-12-31", "00:00"),
}


def looks(machine: ZoneInfo, minute: int, first: datetime, until: datetime) -> Iterator[datetime]:
    """Yield when a cron in a time zone runs the line `minute * * * *`."""
    while first < until:
        if first.astimezone(machine).minute == minute:
            yield first
        first += HOUR / 4


@pytest.mark.usefixtures("unsynced")
@pytest.mark.parametrize("night", NIGHTS)
def test_a_digest_and_a_weekly_report_go_out_exactly_once(tmp_path: Path, night: str) -> None:
    """Cron looks every hour of the machine's own clock; on the evening before it makes up for that day's, once."""
    zone, theirs, day, at = NIGHTS[night]
    mine, changes = ZoneInfo(zone), date.fromisoformat(day)
    evening = datetime.combine(changes, time(), mine).astimezone(UTC) - 2 * HOUR
    machine = Machine(tmp_path)
    machine.configure(f'sendmail = "{machine.programs / "sendmail"}"', 'digest = "daily"')
    for typed in (("init", "--timezone", zone), ("client", "add", "Acme", "--on", f"{changes.year}-01-05")):
        assert machine.type(*typed, at=evening.isoformat()).code == 0
    minute = datetime.combine(changes + DAY, time.fromisoformat(at), mine).astimezone(ZoneInfo(theirs)).minute
    sent: dict[str, list[date]] = {"alerts": [], "report": []}
    for tick in looks(ZoneInfo(theirs), minute, evening, evening + 10 * HOUR):
        for words in (("alerts", at), ("report", "weekly", f"{changes:%a} {at}".lower())):
            known = len(list((tmp_path / "mails").glob("*")))
            assert machine.type(*words[:-1], "--email", "--due", words[-1], at=tick.isoformat()).told == []
            new = len(list((tmp_path / "mails").glob("*"))) - known
            sent[words[0]] += [tick.astimezone(mine).date()] * new
    eve = evening.astimezone(mine).date()
    assert sent == {"alerts": [eve, changes], "report": [eve, changes]}
