"""What a fact is, and those that several nouns have."""

from typing import Final

from improv.formulas import last_contact
from improv.fragments import days_since
from improv.named import NamedTuple


class Fact(NamedTuple):
    """One thing a record says: its name, the kind of its value (as in `improv.fields`), and the SQL of it."""

    name: str
    kind: str
    sql: str


class Page(NamedTuple):
    """What a noun says beside its fields, first to last, the tables that say it, and the day that its points are of."""

    facts: tuple[Fact, ...]
    joins: str = ""
    earned_on: str = ""


LEAD: Final = Fact("Lead", "lead", "x.lead_id")
OPPORTUNITY: Final = Fact("Opportunity", "opportunity", "x.opportunity_id")
CLIENT: Final = Fact("Client", "client", "x.client_id")
VISIT: Final = Fact("Visit", "visit", "x.visit_id")
ABOUT: Final = (OPPORTUNITY, LEAD, CLIENT)


def contacted(of: str) -> tuple[Fact, Fact]:
    """Return when a record was last contacted, and how long ago that is."""
    return (
        Fact("Last contact", "day", last_contact(of)),
        Fact("Days since last contact", "days", days_since(last_contact(of))),
    )


def next_event(of: str) -> Fact:
    """Return the event that is booked next with a record."""
    return Fact(
        "Next event",
        "event",
        f"(SELECT e.id FROM event AS e WHERE e.{of}_id = :id AND e.status = 'scheduled' "
        "AND e.scheduled_for >= :today ORDER BY e.scheduled_for, e.id LIMIT 1)",
    )


def on_track(of: str) -> Fact:
    """Return the track that a record is on."""
    return Fact(
        "On track",
        "enrolment",
        f"(SELECT e.id FROM enrolment AS e WHERE e.{of}_id = :id AND e.until IS NULL)",
    )


def count(name: str, table: str, column: str) -> Fact:
    """Return how many records of a table name this one; nothing where none does."""
    return Fact(name, "number", f"(SELECT NULLIF(COUNT(*), 0) FROM {table} AS y WHERE y.{column} = :id)")


def points(letter: str) -> Fact:
    """Return the points that a record earned on the day its page is bound to, by itself or as it was logged."""
    return Fact(
        "Points",
        "number",
        f"(SELECT NULLIF(y.times * y.points, 0) FROM credited AS y WHERE y.id = '{letter}' || :id AND y.left_out IS NULL)",
    )
