"""Tracks day by day: every step once, on its own day however late; who answers is off; pauses shift what is left."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from improv.actions import clients, events, leads, opportunities, touches, tracks
from improv.actions import work as everyday
from improv.dates import Moment
from improv.errors import ImprovError
from improv.models import EnrolmentStep, Task
from improv.playbook import Playbook, Track, load
from improv.reader import Reader
from improv.resolve import Found
from improv.tracks import Standing, standing, standings
from tests.book import Book, open_book

FIRST = date(2027, 3, 1)  # a year from here holds both changes of the clocks and a 29 February
ADA = Found("lead", 1, "Ada")
METHOD = load()
HAND = load(overrides={"track": {track.key: {"enrol_when": []} for track in METHOD.tracks}})


def day(after: int) -> date:
    """Return the day so many days after the first."""
    return FIRST + timedelta(days=after)


class Days:
    """A book that is lived day by day: what is done is done on `today`, and known as of it."""

    def __init__(self, book: Book) -> None:
        self.work = book.work
        self.on(0)
        leads.add(self.work, "Ada", FIRST, {"owner": "Sam", "email": "ada@a.example"})

    def on(self, after: int) -> date:
        """Go to a day."""
        self.work.today = day(after)
        self.work.reader = Reader(self.work.connection, self.work.playbook, day(after))
        return self.work.today

    def enrol(self, track: str, about: Found = ADA, after: int = 0) -> int:
        """Put somebody on a track by hand; return the number of the enrolment."""
        made, _ = tracks.enrol(self.work, about, self.work.playbook.track(track), day(after))
        return made.id

    def run(self) -> list[str]:
        """Run the tracks; return the kinds of what was done."""
        return [done.what for done in tracks.run(self.work)]

    def finish(self, **how: Any) -> None:
        """Finish every step that is open today."""
        for row in self.work.reader.rows("SELECT id FROM enrolment_step WHERE ending IS NULL ORDER BY id"):
            tracks.finish(self.work, self.work.get(EnrolmentStep, row["id"]), self.work.today, **how)

    def made(self) -> list[tuple[int, int, int]]:
        """Return the steps that became tasks: enrolment, day on the track, and the day due, from the first day on."""
        rows = self.work.reader.rows(
            """SELECT s.enrolment_id, s.step, (SELECT r.text FROM reading AS r WHERE r.task_id = s.task_id
            ORDER BY r.id LIMIT 1) AS due FROM enrolment_step AS s ORDER BY s.id"""
        )
        return [(row[0], row[1], (date.fromisoformat(row[2]) - FIRST).days) for row in rows]

    def now(self, number: int = 1) -> Standing:
        """Return how an enrolment stands today."""
        return standing(self.work.reader, number)

    def ended(self, number: int = 1) -> tuple[str | None, int | None]:
        """Return how an enrolment ended, and how many days after the first."""
        now = self.now(number)
        return now.ending, None if now.until is None else (now.until - FIRST).days


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """Give a book without rules, on its first day, with Ada in it."""
    with open_book(tmp_path / "improv.db", FIRST, HAND) as book:
        yield Days(book)


def client(days: Days) -> Found:
    """Make a client."""
    made = clients.add(days.work, "Acme", days.work.today, {})
    return Found("client", made.id or 0, "Acme")


# A year, day by day.


@pytest.mark.parametrize("track", METHOD.tracks, ids=lambda track: track.key)
def test_a_year_day_by_day_makes_every_step_once_on_its_day(days: Days, track: Track) -> None:
    """Each step is a task on its day, and done that day; then the next track runs as if begun on the last day."""
    days.enrol(track.key)
    expected = {1: [step.after for step in track.steps]}
    last = track.steps[-1].after
    if track.then is not None:
        following = METHOD.track(track.then)
        expected[2] = [step.after for step in following.steps if last + step.after <= 365]
    for after in range(366):
        days.on(after)
        before = len(days.made())
        assert days.run().count("task") == len(days.made()) - before
        assert before == len(days.made()) or days.run() == [], "a second run of the same day does nothing"
        assert [due for _, _, due in days.made()[before:]] == [after] * (len(days.made()) - before)
        days.finish()
    shift = {1: 0, 2: last}
    assert days.made() == [
        (one, step, shift[one] + step) for one, steps in expected.items() for step in steps
    ]
    assert days.ended() == ("finished", last)
    assert [now.key for now in standings(days.work.reader)] == ([track.then] if track.then else [])
    logged = days.work.reader.value("SELECT COUNT(*) FROM activity")
    assert logged == sum(map(len, expected.values())), "each step done is logged, once"


def test_runs_that_are_late_make_the_same_tasks_each_on_its_own_day(days: Days) -> None:
    """After five weeks without a run, one task for each step, due when the step was: what is overdue says so."""
    days.enrol("event")
    days.on(35)
    assert days.run() == ["task"] * 5
    assert days.made() == [(1, step, step) for step in (1, 3, 7, 14, 21)]
    assert days.run() == []


# What takes somebody off.

Happens = Callable[[Days], object]


def _activity(response: str) -> Happens:
    return lambda days: everyday.log(days.work, "email", ADA, days.work.today, {"response": response})


def _booking(days: Days) -> None:
    events.schedule(days.work, ADA, "introductory-call", Moment(days.work.today), days.work.today, {})


def _sale(won: bool) -> Happens:  # noqa: FBT001 - a case
    def close(days: Days) -> None:
        deal = opportunities.add(days.work, ADA, "Audit", None, days.work.today, {})
        if won:
            opportunities.win(days.work, deal.id or 0, days.work.today, 100)
        else:
            opportunities.lose(days.work, deal.id or 0, days.work.today, "price", None)

    return close


EXITS: dict[str, tuple[Happens, str]] = {
    "reply": (_activity("yes"), "replied"),
    "booking": (_booking, "booked"),
    "won": (_sale(won=True), "won"),
    "unsubscribed": (
        lambda days: leads.edit(days.work, 1, None, days.work.today, {"unsubscribed_on": days.work.today}),
        "unsubscribed",
    ),
    "not-qualified": (lambda days: leads.qualify(days.work, 1, "no", None, days.work.today), "not qualified"),
}


@pytest.mark.parametrize("exit_", EXITS)
@pytest.mark.parametrize("track", [one.key for one in METHOD.tracks if "reply" in one.exits])
def test_who_answers_is_off_at_once_and_from_that_day(days: Days, track: str, exit_: str) -> None:
    """What happened a minute ago hides the step; the next run, however late, records the day and drops the tasks."""
    happens, ending = EXITS[exit_]
    days.enrol(track)
    first, second, *_ = (step.after for step in METHOD.track(track).steps)
    days.on(first)
    days.run()
    days.on(second)
    happens(days)
    assert not days.now().runs
    assert days.now().fallen_due(day(400)) == []
    days.on(second + 40)
    assert days.run() == ["end"]
    assert days.ended() == (ending, second)
    assert [made.ending for made in days.now().made.values()] == ["dropped"]
    assert days.work.get(Task, days.now().made[first].task).done_on == day(second)
    days.on(400)
    assert days.run() == []


@pytest.mark.parametrize("happens", [_activity("no"), _sale(won=False)], ids=["no response", "a lost sale"])
def test_what_is_no_exit_leaves_nobody_off(days: Days, happens: Happens) -> None:
    """An email without an answer, or a sale that is lost where no rule speaks of it."""
    days.enrol("general-interest")
    days.on(1)
    happens(days)
    assert days.now().runs
    assert days.run() == ["task"]


def test_a_reply_of_the_first_day_belongs_to_what_brought_them_there(days: Days) -> None:
    """The day after it is a reply to the track."""
    days.enrol("general-interest")
    _activity("yes")(days)
    assert days.now().runs
    days.on(1)
    _activity("yes")(days)
    assert days.now().leaving == (day(1), "replied")


def test_a_client_leaves_the_value_add_track_by_going_and_not_by_a_visit_booked(days: Days) -> None:
    who = client(days)
    days.enrol("value-add", who)
    days.on(30)
    events.schedule(days.work, who, "client-visit", Moment(day(40)), day(30), {})
    assert days.run() == ["task"]
    days.on(31)
    clients.set_status(days.work, who.id, "former", day(31), "price")
    assert days.run() == ["end"]
    assert days.ended() == ("left", 31)


def test_an_exit_is_the_playbooks(days: Days) -> None:
    """A track without exits goes on whatever happens."""
    own = load(overrides={"track": {"event": {"exits": [], "enrol_when": []}}})
    days.work.playbook = own
    days.on(0)
    days.enrol("event")
    days.on(1)
    _activity("yes")(days)
    assert days.now().runs


@pytest.mark.parametrize(("kind", "ending"), [("form", "sent a form"), ("click", "clicked")])
def test_a_form_or_a_click_takes_somebody_off_where_the_playbook_says_so(
    days: Days, kind: str, ending: str
) -> None:
    """Not on the day they were put on it, and under no other playbook."""
    days.enrol("event")
    for after in (0, 2):
        days.on(after)
        touches.add(days.work, ADA, day(after), None, {"kind": kind})
        assert days.now().runs
    days.work.playbook = load(overrides={"track": {"event": {"exits": [kind], "enrol_when": []}}})
    days.on(2)
    assert days.now().leaving == (day(2), ending)
    assert days.run() == ["end"]
    assert days.ended() == (ending, 2)


def test_what_a_stranger_did_counts_once_it_is_known_who_it_was(days: Days) -> None:
    """A form of day 2 by a visitor who is recognised on day 5 takes them off on day 5; one from before the track never."""
    days.work.playbook = load(overrides={"track": {"event": {"exits": ["form"], "enrol_when": []}}})
    days.on(1)
    visitor = touches.add_visitor(days.work, None, day(0), {})
    touches.add(days.work, Found("visitor", visitor.id or 0, ""), day(0), None, {"kind": "form"})
    days.enrol("event", after=1)
    days.on(2)
    touches.attribute(days.work, visitor.id or 0, ADA, day(2))
    assert days.now().runs
    touches.release(days.work, visitor.id or 0)
    touches.add(days.work, Found("visitor", visitor.id or 0, ""), day(2), None, {"kind": "form"})
    days.on(5)
    assert days.now().runs
    touches.attribute(days.work, visitor.id or 0, ADA, day(5))
    assert days.now().leaving == (day(5), "sent a form")


def test_who_unsubscribes_by_a_touch_is_off(days: Days) -> None:
    days.enrol("general-interest")
    days.on(3)
    touches.add(days.work, ADA, day(3), None, {"kind": "unsubscribe"})
    assert days.now().leaving == (day(3), "unsubscribed")


# Pauses.


def test_a_pause_shifts_what_is_left_by_its_days(days: Days) -> None:
    """Paused on day 4 for 10 days: the steps of day 7, 14, 21 fall due on day 17, 24, 31."""
    days.enrol("event")
    days.on(4)
    days.run()
    tracks.pause(days.work, 1, day(14))
    assert [days.now().due_on(step) for step in days.now().ahead] == [day(17), day(24), day(31)]
    days.on(16)
    assert days.run() == []
    days.on(17)
    assert days.run() == ["task"]


def test_a_pause_without_an_end_holds_until_it_is_resumed(days: Days) -> None:
    """Nothing is due meanwhile; resumed after 20 days, the rest is 20 days later."""
    days.enrol("event")
    tracks.pause(days.work, 1, None)
    days.on(20)
    assert days.run() == []
    assert [days.now().due_on(step) for step in days.now().ahead] == [None] * 5
    tracks.resume(days.work, 1)
    assert [days.now().due_on(step) for step in days.now().ahead] == [day(20 + n) for n in (1, 3, 7, 14, 21)]


def test_open_tasks_wait_until_the_day_a_pause_ends(days: Days) -> None:
    days.enrol("event")
    days.on(1)
    days.run()
    tracks.pause(days.work, 1, day(9))
    assert days.now().made[1].due == day(9)


def test_what_cannot_be_is_refused(days: Days) -> None:
    """Twice on a track, resumed without a pause, paused twice, a pause that ends today, off twice."""
    days.enrol("event")
    with pytest.raises(ImprovError, match="is on this track"):
        days.enrol("event")
    with pytest.raises(ImprovError, match="it is not paused"):
        tracks.resume(days.work, 1)
    with pytest.raises(ImprovError, match="a day to come"):
        tracks.pause(days.work, 1, FIRST)
    tracks.pause(days.work, 1, None)
    with pytest.raises(ImprovError, match="it is paused already"):
        tracks.pause(days.work, 1, day(3))
    tracks.leave(days.work, 1, FIRST)
    for again in (tracks.leave, tracks.pause):
        with pytest.raises(ImprovError, match="ended already"):
            again(days.work, 1, day(3))
    leads.edit(days.work, 1, None, FIRST, {"unsubscribed_on": FIRST})
    with pytest.raises(ImprovError, match="would leave this track at once"):
        days.enrol("event")


# Steps.


def test_a_step_is_skipped_or_was_logged_already_without_another_activity(days: Days) -> None:
    days.enrol("event")
    days.on(3)
    days.run()
    one, other = (made.task for made in days.now().made.values())
    for task, skip in ((one, True), (other, False)):
        step = tracks.step_of(days.work, task)
        assert step is not None
        tracks.finish(days.work, step, days.work.today, skip=skip, log=False)
    assert [made.ending for made in days.now().made.values()] == ["skipped", "done"]
    assert days.now().over == 2
    assert days.work.reader.value("SELECT COUNT(*) FROM activity") == 0


def test_a_step_put_before_one_that_was_had_is_not_made_up_for(days: Days) -> None:
    """The playbook changes under somebody on day 3: a new step of day 2 is passed, one of day 4 comes."""
    days.enrol("event")
    days.on(3)
    days.run()
    steps = [{"after": n, "activity": "email", "what": f"day {n}"} for n in (1, 2, 3, 4)]
    days.work.playbook = load(overrides={"track": {"event": {"steps": steps, "enrol_when": []}}})
    days.on(10)
    days.run()
    assert [step for _, step, _ in days.made()] == [1, 3, 4]


def test_a_track_that_the_playbook_no_longer_knows_rests(days: Days) -> None:
    days.enrol("event")
    others = {one.key: vars(one) for one in METHOD.tracks if one.key != "event"}
    assert "event" not in others
    days.work.playbook = load(
        overrides={
            "playbook": {"replace": ["track"]},
            "track": {
                "other": {
                    "name": "o",
                    "audience": "a",
                    "steps": [{"after": 1, "activity": "email", "what": "w"}],
                }
            },
        }
    )
    days.on(30)
    assert days.run() == []
    assert days.now().called == "event"


def test_moving_on_by_hand_ends_the_track_before_and_drops_its_tasks(days: Days) -> None:
    days.enrol("general-interest")
    days.on(1)
    days.run()
    days.enrol("event", after=1)
    assert days.ended(1) == ("moved on", 1)
    assert [made.ending for made in days.now(1).made.values()] == ["dropped"]
    assert days.now(2).runs


# Rules.


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Days]:
    """Give a book with the rules of the method, on its first day, with Ada in it."""
    with open_book(tmp_path / "improv.db", FIRST) as book:
        yield Days(book)


def on_tracks(days: Days) -> list[tuple[str, str, int, str | None]]:
    """Return who is on which track since when, and why."""
    return [(now.name, now.key, (now.since - FIRST).days, now.because) for now in standings(days.work.reader)]


def test_a_new_lead_is_put_on_general_interest_and_once(ruled: Days) -> None:
    ruled.on(5)
    assert ruled.run() == ["enrolment", "task"]
    assert on_tracks(ruled) == [("Ada", "general-interest", 0, "a new lead")]
    tracks.leave(ruled.work, 1, day(5))
    assert ruled.run() == [], "who was taken off by hand stays off"


def test_who_was_met_at_an_event_has_its_track_first(ruled: Days) -> None:
    """Then general interest, from the day the last step is over."""
    leads.edit(ruled.work, 1, None, FIRST, {"met_at": "Rhine Fair"})
    for after in range(25):
        ruled.on(after)
        ruled.run()
        ruled.finish()
    assert ruled.ended(1) == ("finished", 21)
    assert on_tracks(ruled) == [("Ada", "general-interest", 21, "after event")]


def test_a_lost_sale_moves_somebody_on(ruled: Days) -> None:
    """From the day it was lost, whenever the run comes within the days of the playbook; a second loss changes nothing."""
    ruled.run()
    ruled.on(3)
    _sale(won=False)(ruled)
    ruled.on(10)
    assert ruled.run() == ["task", "end", "enrolment"][1:]
    assert ruled.ended(1) == ("moved on", 3)
    assert on_tracks(ruled) == [("Ada", "lost-sale", 3, "O1 Audit: lost")]
    _sale(won=False)(ruled)
    assert ruled.run() == []


def test_a_stagnant_sale_moves_somebody_on_and_an_event_ahead_keeps_it_alive(ruled: Days) -> None:
    """Intro is critical after more than 7 days: on day 8."""
    ruled.run()
    opportunities.add(ruled.work, ADA, "Audit", None, FIRST, {})
    ruled.on(7)
    assert "enrolment" not in ruled.run()
    ruled.on(8)
    assert "enrolment" in ruled.run()
    assert on_tracks(ruled) == [("Ada", "lost-sale", 8, "O1 Audit: more than 7 days in Intro")]


@pytest.mark.parametrize(
    ("field", "value"),
    [("unsubscribed_on", FIRST), ("not qualified", None), ("long ago", None), ("a client", None)],
)
def test_nobody_is_put_on_a_track_who_should_not_be(ruled: Days, field: str, value: object) -> None:
    """Unsubscribed, not qualified, longer ago than the playbook says, or a client about whom the salesperson decides."""
    if field == "not qualified":
        leads.qualify(ruled.work, 1, "no", None, FIRST)
    elif field == "long ago":
        ruled.on(31)
    elif field == "a client":
        _sale(won=True)(ruled)
    else:
        leads.edit(ruled.work, 1, None, FIRST, {field: value})
    assert ruled.run() == []


def test_on_the_last_day_that_counts_a_rule_still_speaks(ruled: Days) -> None:
    ruled.on(30)
    assert ruled.run()[0] == "enrolment"


def _with_tracks(**changed: dict[str, Any]) -> Playbook:
    return load(overrides={"track": {key.replace("_", "-"): value for key, value in changed.items()}})


def test_a_rule_is_switched_off_in_the_playbook(ruled: Days) -> None:
    ruled.work.playbook = _with_tracks(general_interest={"enrol_when": []})
    ruled.on(1)
    assert ruled.run() == []


def test_a_target_industry_has_its_track_before_everybodys(ruled: Days) -> None:
    """By the words people type, in any case; the others have general interest."""
    ruled.work.playbook = _with_tracks(industry={"industry": ["Dental practice"], "enrol_when": ["new"]})
    leads.edit(ruled.work, 1, None, FIRST, {"industry": "dental PRACTICE"})
    leads.add(ruled.work, "Bob", FIRST, {"industry": "mills"})
    ruled.on(0)
    ruled.run()
    assert [(name, key) for name, key, _, _ in on_tracks(ruled)] == [
        ("Ada", "industry"),
        ("Bob", "general-interest"),
    ]


def test_a_won_sale_begins_a_track_of_the_users_own(ruled: Days) -> None:
    """The lead leaves, the client begins; value-add has no rule unless the user gives it one."""
    ruled.work.playbook = _with_tracks(value_add={"enrol_when": ["won"]})
    ruled.run()
    ruled.on(2)
    _sale(won=True)(ruled)
    ruled.run()
    assert ruled.ended(1) == ("won", 2)
    assert on_tracks(ruled) == [("Ada", "value-add", 2, "O1 Audit: won")]
    assert standings(ruled.work.reader)[0].noun == "client"


# Whatever happens.

WHATEVER = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(
            ["run"] * 4 + ["finish", "finish", "skip", "pause", "rest", "resume", "reply", "lose", "book"]
        ),
    ),
    max_size=25,
)


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(WHATEVER)
def test_whatever_happens_each_step_is_made_once_in_order_and_never_early(
    tmp_path_factory: pytest.TempPathFactory, doings: list[tuple[int, str]]
) -> None:
    """However far apart the runs: a step is made on or after its day, never twice, never after its track ended."""
    with open_book(tmp_path_factory.mktemp("any") / "improv.db", FIRST) as book:
        days, after = Days(book), 0
        for gap, doing in doings:
            after += gap
            days.on(after)
            _do(days, doing)
        steps = [(one, step) for one, step, _ in days.made()]
        assert len(steps) == len(set(steps))
        for now in standings(days.work.reader, "1 = 1"):
            mine = [(step, due) for one, step, due in days.made() if one == now.id]
            assert [step for step, _ in mine] == [step.after for step in now.steps][: len(mine)]
            begun = (now.since - FIRST).days
            assert all(due >= begun + step for step, due in mine)
            assert all(now.until is None or due <= (now.until - FIRST).days for _, due in mine)
        assert len(standings(days.work.reader)) <= 1


def _do(days: Days, doing: str) -> None:
    """Do one thing, where it can be done."""
    (running, *_) = [now.id for now in standings(days.work.reader)] or [0]
    today = days.work.today
    if doing in {"finish", "skip"}:
        days.finish(skip=doing == "skip")
    elif doing in {"pause", "rest", "resume"} and running:
        paused = days.now(running).paused(today)
        if doing == "resume" and paused:
            tracks.resume(days.work, running)
        elif doing != "resume" and not paused:
            tracks.pause(days.work, running, None if doing == "rest" else today + timedelta(days=9))
    elif doing in {"reply", "lose", "book"}:
        {"reply": _activity("yes"), "lose": _sale(won=False), "book": _booking}[doing](days)
    elif doing == "run":
        days.run()
        assert days.run() == []
