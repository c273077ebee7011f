"""The metric of surveys: a month worked by hand, and whose answers they are."""

from improv import measure
from improv.metrics import find
from improv.models import SurveyAnswer
from tests.book import Book
from tests.test_metrics import NOVEMBER, Worked, client, lead, measured, opportunity, wrong

WORKED: Worked = {"survey_answers": 4}


def answer(book: Book, question: str, on: str, reason: str | None, **whose: int) -> None:
    book.add(SurveyAnswer, question=question, answered_on=on, reason=reason, words="so", **whose)


def asked(book: Book) -> None:
    """Ask a lead, its sale, its client, and somebody unknown; two were asked before and after the month."""
    anna = lead(book, "Anna", "2026-10-02", "web")
    acme, old = client(book, "Acme", "2026-10-05"), client(book, "Old", "2026-10-05")
    book.work.connection.execute("UPDATE client SET lead_id = ? WHERE id = ?", (anna, acme))
    answer(book, "clicked", "2026-10-31", "curious", lead_id=anna)
    answer(book, "clicked", "2026-11-01", "curious", lead_id=anna)
    answer(
        book, "bought", "2026-11-10", "price", opportunity_id=opportunity(book, "2026-10-10", lead_id=anna)
    )
    answer(book, "bought", "2026-11-11", "price", client_id=acme)
    answer(book, "bought", "2026-11-12", None, client_id=old)


def test_answers_agree_with_a_month_worked_by_hand(book: Book) -> None:
    asked(book)
    assert wrong({name: measured(book, name) for name in WORKED}, WORKED) == {}


def test_answers_are_told_by_question_and_reason_and_by_all_that_is_known_of_the_lead(book: Book) -> None:
    asked(book)
    metric = find("survey_answers")
    parts = measure.by(book.reader(), metric, NOVEMBER, "question", "reason")
    assert [(key, part.n) for key, part in parts] == [
        (("bought", "price"), 2),
        (("bought", None), 1),
        (("clicked", "curious"), 1),
    ]
    assert [(key, part.n) for key, part in measure.by(book.reader(), metric, NOVEMBER, "source")] == [
        (("web",), 3),
        ((None,), 1),
    ]
