"""The diary of the sample book: stories of leads, sales and clients, told together day by day until today.

A story is a generator: it yields the day it goes on, and what it does then it does through the program's own actions.
Because all stories share one agenda, a client refers somebody only after becoming a client, whoever told it first.
"""

import tomllib
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date, time, timedelta
from heapq import heappop, heappush
from importlib.resources import files
from random import Random
from typing import Any, TypeVar

from improv.dates import Moment
from improv.playbook import ActivityKind, EventKind, Stage, offered
from improv.resolve import Found
from improv.sample.people import Cast
from improv.store import Writing

Story = Generator[date, None, None]
Thing = TypeVar("Thing")

BOOK_DAYS = 365
SATURDAY = 5
SLOTS = (time(9, 30), time(11), time(14), time(15, 30), time(10, 15), time(16, 30), time(13))
USUAL_GAP = (3, 7)
USUAL_DAYS = (5, 10)


def workday(day: date) -> date:
    """Return the day, or the Monday after it when it falls on a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= SATURDAY else day


def workday_before(day: date) -> date:
    """Return the day, or the Friday before it when it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


class Diary:
    """One consultant's year: the agenda of the stories, chance, the words, and what the playbook offers."""

    def __init__(self, work: Writing, seed: int) -> None:
        self.work = work
        self.book = work.playbook
        self.today = work.today
        self.first = work.today - timedelta(days=BOOK_DAYS)
        self.monday = work.today - timedelta(days=work.today.weekday())
        self.chance = Random(seed)  # noqa: S311 - a sample, not a secret
        self.words: Mapping[str, Any] = tomllib.loads(
            files("improv.sample").joinpath("words.toml").read_text(encoding="utf-8")
        )
        self.cast = Cast(self.words, self.chance)
        self.owner: str = self.words["consultant"]
        # What becomes of a new client is told by whoever fills the book.
        self.welcome: Callable[[Found, date], None] = lambda client, on: None  # noqa: ARG005 - nothing yet
        self.campaigns: list[tuple[int, date, date]] = []
        self._agenda: list[tuple[date, int, Story]] = []
        self._begun = 0
        self._decks: dict[str, list[Any]] = {}
        self._slots: dict[date, int] = {}

    # ── The agenda ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, story: Story, day: date) -> None:
        """Let a story begin on a day."""
        self._begun += 1
        heappush(self._agenda, (day, self._begun, story))

    def tell(self) -> None:
        """Tell all stories up to today; what would come later has not happened."""
        while self._agenda and self._agenda[0][0] <= self.today:
            day, turn, story = heappop(self._agenda)
            following = next(story, None)
            if following is not None:
                heappush(self._agenda, (max(day, following), turn, story))

    def ago(self, days: int) -> date:
        """Return the day so many days before today."""
        return self.today - timedelta(days=days)

    def this_week(self, days: int) -> date:
        """Return the day so many days before today, but none before this week's Monday."""
        return max(self.monday, self.ago(days))

    # ── Chance ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, deck: str, cards: Sequence[Thing]) -> Thing:
        """Draw a card; the deck is shuffled anew when it is used up, so that shares hold in small numbers too."""
        if not self._decks.get(deck):
            self._decks[deck] = self.chance.sample(list(cards), len(cards))
        drawn: Thing = self._decks[deck].pop()
        return drawn

    def happens(self, deck: str, times: int, of: int) -> bool:
        """Say whether something happens that happens `times` in every `of`."""
        return self.draw(deck, [True] * times + [False] * (of - times))

    def say(self, words: str) -> str:
        """Return one of the words of a list."""
        said: str = self.draw(f"words {words}", self.words[words])
        return said

    def days(self, pair: tuple[int, int]) -> int:
        """Return a number of days from the lowest to the highest."""
        return self.chance.randint(*pair)

    def within(self, start: date, pair: tuple[int, int]) -> date:
        """Return a day so long after another, a workday when there is one."""
        all_days = [start + timedelta(days=days) for days in range(pair[0], pair[1] + 1)]
        return self.chance.choice([day for day in all_days if day.weekday() < SATURDAY] or all_days)

    def at(self, day: date) -> Moment:
        """Return a day with a time of day that is still free."""
        used = self._slots.get(day, 0)
        self._slots[day] = used + 1
        return Moment(day, SLOTS[used % len(SLOTS)])

    # ── What the playbook offers ─────────────────────────────────────────────────────────────────────────────────────

    def event_kind(self, stage: Stage, turn: int = 0) -> EventKind | None:
        """Return the kind of event that carries a stage: its key event, then others of its own, else any of a sale."""
        kinds = offered(self.book.event_kinds)
        own = [kind for kind in kinds if kind.key == stage.key_event]
        own += [kind for kind in kinds if kind.stage == stage.key and not kind.visit and kind not in own]
        own = own or [kind for kind in kinds if kind.sales][:1]
        return own[turn % len(own)] if own else None

    @property
    def visit_event(self) -> EventKind | None:
        """The kind of event that books a client visit."""
        return next((kind for kind in offered(self.book.event_kinds) if kind.visit), None)

    @property
    def after_sale(self) -> Stage | None:
        """The stage of clients, where the playbook has one."""
        return next((stage for stage in self.book.stages if stage.after_sale), None)

    def contacts(self) -> list[ActivityKind]:
        """Return the kinds of activity that reach somebody: plain calls and messages where there are any."""
        reaching = [kind for kind in offered(self.book.activity_kinds) if kind.contact]
        tried = [kind for kind in reaching if kind.attempt]
        return [kind for kind in tried if kind.group is None] or tried or reaching

    def roads(self, stop: Stage, start: Stage | None = None) -> list[list[Stage]]:
        """Return every way through the stages of a sale from the first to `stop`."""
        stages = self.book.sale_stages
        at = start or stages[0]
        if at == stop:
            return [[at]]
        onward = [stage for stage in stages if stage.key in at.advances_to] or [
            stage for stage in stages if stage.position > at.position
        ][:1]
        return [[at, *road] for stage in onward for road in self.roads(stop, stage)]

    def road(self, stop: Stage) -> list[Stage]:
        """Return one way to a stage; past all stages in order when the playbook names no way there."""
        found = self.roads(stop)
        if found:
            return self.chance.choice(found)
        return [stage for stage in self.book.sale_stages if stage.position <= stop.position]


def found(table: str, number: int | None, name: str) -> Found:
    """Return a record that was just written as what the actions take."""
    assert number is not None, "it was just written"  # noqa: S101 - a fault of ours
    return Found(table, number, name)
