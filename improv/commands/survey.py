"""`improv survey`: why people click, buy, do not buy, call support and leave, as they say themselves."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    day_words,
    named,
    noun_app,
    past,
    told,
    typed,
    writes,
)
from improv.commands.listing import ABOUT, with_common_verbs, with_edit
from improv.fields import one_word
from improv.playbook import folded, offered
from improv.reader import Reader
from improv.records.words import QUESTIONS
from improv.resolve import Found, resolve

ASKED = ", ".join(QUESTIONS)
app = noun_app(
    f"Survey answers: why people {ASKED}.",
    """
    improv survey add "did not buy" price --who ada --words "too dear for the scope" --on fri
    improv survey add bought trust results --who acme
    improv survey add clicked curious
    """,
)
APPS = {"survey": app}


@writes(
    app,
    "survey",
    "add",
    fields="survey_answer",
    examples='improv survey add "did not buy" price timing --who ada --on fri\n'
    'improv survey add left --who acme --words "nobody called us for a year"',
)
def add(
    question: Annotated[str | None, Argument(metavar="QUESTION", help=f"what was asked: {ASKED}")] = None,
    reason: Annotated[
        list[str] | None, Argument(metavar="[REASON]...", help="reasons of the playbook")
    ] = None,
    who: Annotated[
        str | None,
        Option("--who", metavar="RECORD", help="the lead, opportunity or client; nobody unless told"),
    ] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Keep why somebody clicked, bought, did not buy, called support or left: an answer for each reason."""
    from improv.actions import surveys  # noqa: PLC0415 - only what writes loads SQLModel

    said = named(question, f"What was asked? ({ASKED})", "the question", "improv survey add bought price")
    asked = one_word(said, QUESTIONS)
    reasons = reason or _asked_why(asked)
    ask_missing("survey_answer", fields)
    with desk().writing() as work:
        found = resolve(work.reader, who, ABOUT) if who else None
        values = typed(work.reader, "survey_answer", fields)
        answers = surveys.add(work, asked, reasons, found, past(on, work.today), values)
        lines = [_line(work.reader, answer, found) for answer in answers]
    told(*lines, also_said(work.reader, "survey_answer", values), then="improv report reasons")


def _asked_why(question: str) -> list[str]:
    """Ask a person at a terminal for the reason; Enter skips it."""
    known = ", ".join(one.key for one in offered(desk().playbook().reasons) if folded(question) in one.of)
    answer = desk().ask(f"Why? One of {known} (Enter to skip):")
    return [answer] if answer else []


def _line(reader: Reader, answer: Any, found: Found | None) -> str:  # noqa: ANN401 - a record, which only what writes loads
    """Tell an answer back, and how often its reason was given to this question."""
    name = next((one.name for one in reader.playbook.reasons if one.key == answer.reason), answer.reason)
    said = [name, f"“{answer.words}”" if answer.words else None]
    row = reader.row(
        "SELECT COUNT(*) AS n, COUNT(CASE WHEN reason = :reason THEN 1 END) AS k FROM survey_answer "
        "WHERE question = :question",
        {"reason": answer.reason, "question": answer.question},
    )
    return (
        f"Y{answer.id} {answer.question}"
        + (f", {found.ref} {found.name}" if found else "")
        + f", {day_words(answer.answered_on, reader.today)}: {', '.join(word for word in said if word)}"
        + (f" ({row['k']} of {row['n']} so far)" if row and name else "")
    )


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import surveys  # noqa: PLC0415 - only what writes loads SQLModel

    surveys.edit(work, found.id, values)


with_edit(app, "survey_answer", _edit)
with_common_verbs(app, "survey_answer")
