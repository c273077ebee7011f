"""Brings in the log of a web server: pages opened become touches of visitors, those who followed their own link known.

The log is read as a stream, a batch of lines at a time, so that its length costs no memory. A line that was brought in
before, from this log or from one that overlaps with it, is known by a keyed hash of itself and left as it is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from improv.actions import mailings
from improv.actions.touches import OwnLink, own_links
from improv.models import Touch, Visitor
from improv.records.words import TAG
from improv.store import Writing
from improv.text import folded
from improv.transfer.batch import Batch
from improv.transfer.result import ImportResult
from improv.transfer.weblog import Hit, lines, read

BATCH: Final = 5_000
_REMEMBERED: Final = 50_000
MALFORMED: Final = "this is no line of a web log"
AHEAD: Final = "dated after today"
OTHERS_LINK: Final = "visits by the link of somebody else: they stay with whom the visitor is"
UTM: Final = ("utm_source", "utm_medium", "utm_campaign")


@dataclass(slots=True)
class _Seen:
    """A visitor as the store has them, or will have them."""

    number: int
    seen_on: date
    lead_id: int | None = None
    client_id: int | None = None
    known: bool = False


@dataclass(slots=True)
class _Last:
    """The last page a visitor opened: its touch, when, whether it was there before, and for how long is known."""

    touch: int
    at: datetime
    there: bool
    timed: bool


class PagesOpened:
    """One import of a log under way."""

    def __init__(self, work: Writing, result: ImportResult) -> None:
        self.work = work
        self.result = result
        self.batch = Batch(work)
        settings = dict(work.connection.execute("SELECT key, value FROM store_setting").fetchall())
        self.key = settings["visitors"].encode()
        self.zone = ZoneInfo(settings["timezone"])
        self.session = timedelta(minutes=work.playbook.limits["session_minutes"])
        self.links = own_links(work)
        self.campaigns = _campaigns(work)
        self.last: dict[str, _Last] = {}
        self.times: Counter[bytes] = Counter()
        self.before: Counter[bytes] = Counter()
        self.tagged = 0

    def hits(self, path: Path, set_aside: Callable[[bytes], object]) -> Iterator[Hit]:
        """Yield the pages opened; count what is none, and hand on what is no line of a log."""
        for number, line in lines(path):
            self.result.rows += 1
            found = read(number, line, self.key)
            if isinstance(found, str):
                self.result.ignored[found] += 1
            elif found is None or found.at.astimezone(self.zone).date() > self.work.today:
                self.result.failed[number] = AHEAD if found else MALFORMED
                set_aside(line)
            else:
                yield found

    def take(self, hits: list[Hit]) -> None:
        """Keep a batch of pages opened, in the order of their times."""
        marks = [self._numbered(hit) for hit in hits]
        there = self._there(marks)
        visitors = self._visitors({hit.visitor for hit in hits})
        for hit, mark in sorted(zip(hits, marks, strict=True), key=lambda one: one[0].at):
            visitor = self._visitor(visitors, hit)
            if mark in there:
                self.result.there += 1
                number, timed = there[mark]
            else:
                number, timed = self._touch(hit, mark, visitor), False
            self._stayed(hit, _Last(number, hit.at, mark in there, timed))
        self.batch.flush()
        self._forget()

    def _numbered(self, hit: Hit) -> str:
        """Return what a line is known by: a page opened twice in one second makes two lines that are the same."""
        self.times[hit.mark] += 1
        same = self.times[hit.mark] + self.before[hit.mark]
        return hit.mark.hex() + (f"-{same}" if same > 1 else "")

    def _there(self, marks: Iterable[str]) -> dict[str, tuple[int, bool]]:
        """Return the lines that are in the store already: their touch, and whether it is known how long it lasted."""
        rows = _among(self.work, "SELECT external_id, id, seconds FROM touch WHERE external_id", marks)
        return {row[0]: (row[1], row[2] is not None) for row in rows}

    def _visitors(self, known_as: Iterable[str]) -> dict[str, _Seen]:
        shown = "known_as, id, seen_on, lead_id, client_id, attributed_on"
        rows = _among(self.work, f"SELECT {shown} FROM visitor WHERE known_as", known_as)
        return {
            row[0]: _Seen(row[1], date.fromisoformat(row[2]), row[3], row[4], row[5] is not None)
            for row in rows
        }

    def _visitor(self, visitors: dict[str, _Seen], hit: Hit) -> _Seen:
        """Return the visitor of a page, made when new; whoever follows their own link is known from that day on."""
        day = hit.at.astimezone(self.zone).date()
        if hit.visitor not in visitors:
            number = self.batch.add(Visitor, known_as=hit.visitor, seen_on=day)
            visitors[hit.visitor] = _Seen(number, day)
        visitor = visitors[hit.visitor]
        if day < visitor.seen_on:
            visitor.seen_on = day
            self.batch.change("visitor", visitor.number, {"seen_on": day})
        link = self.links.get(hit.query.get(TAG, ""))
        if link is not None:
            self._recognise(visitor, link, day)
        return visitor

    def _recognise(self, visitor: _Seen, link: OwnLink, day: date) -> None:
        whose = (link.lead_id, link.client_id)
        if visitor.known:
            if (visitor.lead_id, visitor.client_id) != whose:
                self.result.notices[OTHERS_LINK] += 1
            return
        (visitor.lead_id, visitor.client_id), visitor.known = whose, True
        self.batch.change("visitor", visitor.number, link.learnt(day))
        self.result.recognised += 1

    def _touch(self, hit: Hit, mark: str, visitor: _Seen) -> int:
        at = hit.at.astimezone(self.zone)
        said = {name: hit.query[name] for name in UTM if hit.query.get(name)}
        self.tagged += bool(said)
        link = self.links.get(hit.query.get(TAG, ""))
        campaign = (link and link.campaign_id) or self.campaigns.get(folded(said.get("utm_campaign", "")))
        return self.batch.add(
            Touch,
            kind="page",
            on_day=at.date(),
            at_time=f"{at:%H:%M}",
            page=hit.page,
            campaign_id=campaign,
            link_id=link and link.id,
            visitor_id=visitor.number,
            external_id=mark,
            **said,
        )

    def _stayed(self, hit: Hit, page: _Last) -> None:
        """Say how long the page before was looked at: until this one, unless that is too long to be one visit."""
        last = self.last.get(hit.visitor)
        if last is not None and hit.at < last.at:
            return
        if last is not None and not last.timed and hit.at - last.at <= self.session:
            self.batch.change("touch", last.touch, {"seconds": int((hit.at - last.at).total_seconds())})
            self.result.updated += last.there
        self.last[hit.visitor] = page

    def _forget(self) -> None:
        """Let go of what no later line can need."""
        if len(self.times) > _REMEMBERED:
            self.before, self.times = self.times, Counter()
        if len(self.last) > _REMEMBERED:
            newest = max(last.at for last in self.last.values())
            self.last = {who: last for who, last in self.last.items() if newest - last.at <= self.session}


def _campaigns(work: Writing) -> dict[str, int]:
    """Return the campaigns by what a UTM tag may call them: their id in the other system, or their name."""
    rows = work.connection.execute(
        "SELECT id, name_folded, external_id FROM campaign ORDER BY id DESC"
    ).fetchall()
    return {name: row[0] for row in rows for name in (row[1], folded(row[2] or "")) if name}


def _among(work: Writing, sql: str, wanted: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return the rows whose column is one of many words."""
    import json  # noqa: PLC0415 - only an import needs it

    return work.connection.execute(
        f"{sql} IN (SELECT value FROM json_each(?))", (json.dumps(list(wanted)),)
    ).fetchall()


def import_log(
    work: Writing,
    path: Path,
    set_aside: Callable[[bytes], object],
    progress: Callable[[int, int | None], None],
) -> ImportResult:
    """Bring in a log and return what became of its lines; `set_aside` is handed those that are none of a log."""
    result = ImportResult(path.name, "touches")
    heeded = mailings.heeded(work)
    opened = PagesOpened(work, result)
    hits = opened.hits(path, set_aside)
    while batch := list(islice(hits, BATCH)):
        opened.take(batch)
        progress(result.rows, None)
    progress(result.rows, result.rows)
    result.unsubscribed = mailings.heed(work, but=heeded)
    result.created = +opened.batch.created
    if opened.tagged:
        have = "has" if opened.tagged == 1 else "have"
        result.notes.append(f"{opened.tagged:,} of the touches added {have} a UTM tag")
    return result
