"""What is done with survey answers: kept as they were given, and corrected."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from improv.actions.dated import not_after_today, not_before_parent
from improv.errors import Usage
from improv.models import SurveyAnswer
from improv.nouns import ref
from improv.playbook import folded
from improv.resolve import Found
from improv.store import Writing


def add(
    work: Writing,
    question: str,
    reasons: Sequence[str],
    about: Found | None,
    on: date,
    values: dict[str, Any],
) -> list[SurveyAnswer]:
    """Keep what somebody, or nobody in particular, answered to a question: one answer for each reason.

    Their own words stand with each; without a reason they are an answer by themselves.
    """
    not_after_today(work, on, "the day of an answer")
    if about is not None:
        not_before_parent(work, about, on, "an answer")
    link = {} if about is None else {f"{about.table}_id": about.id}
    given = dict.fromkeys(reason_of(work, question, reason) for reason in reasons) or (None,)
    answers = [
        work.add(
            SurveyAnswer, question=question, answered_on=on, **link, **_said(values | {"reason": reason})
        )
        for reason in given
    ]
    work.subject = ref("survey_answer", answers[-1].id)
    return answers


def edit(work: Writing, number: int, values: dict[str, Any]) -> SurveyAnswer:
    """Correct an answer; the question it answers stays."""
    answer = work.get(SurveyAnswer, number)
    if values.get("reason"):
        values = values | {"reason": reason_of(work, answer.question, values["reason"])}
    _said({"reason": answer.reason, "words": answer.words} | values)
    work.subject = ref("survey_answer", number)
    return work.change(answer, **values)


def reason_of(work: Writing, question: str, typed: str) -> str:
    """Return the reason that is meant, among those that may answer the question."""
    return work.playbook.reason(folded(question), typed).key


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Refuse an answer that says nothing."""
    if values.get("reason") is None and values.get("words") is None:
        raise Usage(
            "an answer is a reason, or their own words", "", "improv survey add bought price --words '…'"
        )
    return values
