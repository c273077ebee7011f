"""What people of the sample book answer when they are asked why: two in three do, some in their own words."""

from datetime import date, timedelta

from improv.actions import surveys
from improv.playbook import folded, offered
from improv.resolve import Found
from improv.sample.diary import Diary

DAYS_LATER = (2, 30)

# Question → the noun of who is asked, and the SQL of who they are and since when there is something to ask.
_CLOSED = """SELECT o.id, o.title AS name, x.since AS day FROM opportunity_outcome AS x
    JOIN opportunity AS o ON o.id = x.opportunity_id WHERE x.until IS NULL AND x.outcome = """
ASKED = {
    "clicked": (
        "lead",
        "SELECT id, name, received_on AS day FROM lead WHERE campaign_id IS NOT NULL ORDER BY id",
    ),
    "bought": ("opportunity", f"{_CLOSED} 'won' ORDER BY x.id"),
    "did not buy": ("opportunity", f"{_CLOSED} 'lost' ORDER BY x.id"),
    "called support": (
        "client",
        "SELECT id, name, MAX(DATE(since_on, '+40 days'), :first) AS day FROM client ORDER BY id",
    ),
    "left": (
        "client",
        """SELECT c.id, c.name, s.since AS day FROM client_status AS s JOIN client AS c ON c.id = s.client_id
        WHERE s.status = 'former' ORDER BY s.id""",
    ),
}


def ask_everybody(diary: Diary) -> None:
    """Ask everybody the question that fits what they did, some days later; told when the year is over."""
    for question, (noun, sql) in ASKED.items():
        for row in diary.work.reader.rows(sql, {"first": diary.first.isoformat()}):
            day = date.fromisoformat(row["day"]) + timedelta(days=diary.days(DAYS_LATER))
            if day <= diary.today and diary.happens(f"answers {question}", 2, 3):
                _answer(diary, question, Found(noun, row["id"], row["name"]), day)


def _answer(diary: Diary, question: str, who: Found, day: date) -> None:
    known = [one.key for one in offered(diary.book.reasons) if folded(question) in one.of]
    reasons = [diary.draw(f"why {question}", known)] if known else []
    said = not reasons or diary.happens("own words", 1, 3)
    words = diary.draw(f"words {question}", diary.words["answers"][question]) if said else None
    surveys.add(diary.work, question, reasons, who, day, {"words": words})
