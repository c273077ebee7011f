"""The metrics of tracks: a month worked by hand, day by day where it matters, and whose enrolments they are."""

from improv import measure
from improv.metrics import find
from improv.models import Enrolment, EnrolmentStep, Task
from tests.book import Book
from tests.test_metrics import NOVEMBER, Worked, client, lead, measured, wrong

WORKED: Worked = {
    "enrolments": 4,  # Ben's, Cem's, and both of Acme's; Anna's began the day before the month
    "people_on_tracks": 2,  # Anna and Cem: Ben's ended, Acme's too, the last one today
    "track_steps_done": 2,  # one was skipped, one dropped, one is to do, one was done the day before the month
    "track_answers": (2, 4, 1),  # Ben replied, Acme bought; it had moved on before, and Cem is on it
}


def enrolled(
    book: Book, track: str, since: str, until: str | None = None, ending: str | None = None, **who: int
) -> int:
    made = book.add(Enrolment, track=track, since=since, until=until, ending=ending, **who)
    return made.id or 0


def step(book: Book, of: int, day: int, ended: str | None = None, ending: str | None = None) -> None:
    task = book.add(Task, what="step", created_on="2026-10-30", done_on=ended)
    said = {"kind": "email", "made_on": "2026-10-30", "ended_on": ended, "ending": ending}
    book.add(EnrolmentStep, enrolment_id=of, step=day, task_id=task.id, **said)


def nurtured(book: Book) -> None:
    """Put three leads and a client on tracks: the book's own day is 22 November."""
    anna, ben, cem = (lead(book, name, "2026-10-02", "web") for name in ("Anna", "Ben", "Cem"))
    acme = client(book, "Acme", "2026-10-05")
    first = enrolled(book, "event", "2026-10-31", lead_id=anna)
    enrolled(book, "event", "2026-11-01", "2026-11-09", "replied", lead_id=ben)
    enrolled(book, "general-interest", "2026-11-20", lead_id=cem)
    enrolled(book, "value-add", "2026-11-02", "2026-11-10", "moved on", client_id=acme)
    enrolled(book, "lost-sale", "2026-11-10", "2026-11-22", "won", client_id=acme)
    for day, ended, ending in (
        (1, "2026-10-31", "done"),
        (2, "2026-11-01", "done"),
        (3, "2026-11-22", "done"),
        (4, "2026-11-02", "skipped"),
        (5, "2026-11-02", "dropped"),
        (6, None, None),
    ):
        step(book, first, day, ended, ending)


def test_tracks_agree_with_a_month_worked_by_hand(book: Book) -> None:
    nurtured(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}


def test_a_day_earlier_somebody_was_on_a_track_who_left_it_that_day(book: Book) -> None:
    """Acme leaves on the 22nd: on the 21st it is on it, and has not answered."""
    nurtured(book)
    assert measured(book, "people_on_tracks", "", "2026-11-21").value == 3
    answers = measured(book, "track_answers", "2026-11", "2026-11-21")
    assert (answers.hits, answers.n, answers.still_open) == (1, 4, 2)


def test_enrolments_are_told_by_track_and_ending_and_by_what_is_known_of_the_lead(book: Book) -> None:
    nurtured(book)
    parts = measure.by(book.reader(), find("enrolments"), NOVEMBER, "track", "ending")
    assert [(key, part.n) for key, part in parts] == [
        (("event", "replied"), 1),
        (("general-interest", "on it"), 1),
        (("lost-sale", "won"), 1),
        (("value-add", "moved on"), 1),
    ]
    assert [
        (key, part.n) for key, part in measure.by(book.reader(), find("enrolments"), NOVEMBER, "source")
    ] == [
        (("web",), 2),
        ((None,), 2),
    ]
