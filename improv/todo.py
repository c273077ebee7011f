"""What is still unfilled: each gap declared once, as words, the SQL that finds it, and the command that fills it."""

from collections.abc import Iterator
from sqlite3 import Row
from typing import Final

from improv.alerts.current import (
    ACTIVE_CLIENT,
    BOOKING,
    CURRENT_LEAD,
    NEXT_EVENT,
    NEXT_VISIT,
    OPEN_OPPORTUNITY,
    TERMS,
)
from improv.alerts.mending import Vocabulary
from improv.custom import holding, required
from improv.named import NamedTuple
from improv.nouns import BY_TABLE, ref
from improv.playbook import Playbook
from improv.playbook.entries import REQUIRED_OF
from improv.reader import Reader
from improv.report import Cell, Column, Ref, Report, Section, Table


class Gap(NamedTuple):
    """Something unfilled. `sql` returns `id` and `name` of each record that lacks it, and what else the command needs."""

    table: str
    missing: str
    sql: str
    fill: str


_LEAD: Final = f"WITH {CURRENT_LEAD} SELECT l.id, l.name FROM current_lead l WHERE"
_TERMS: Final = f"WITH {TERMS} SELECT o.id, o.name FROM expected o WHERE"
_EVENT: Final = f"""WITH {BOOKING}
SELECT b.id, b.name || ', ' || b.kind_name || ' ' || b.scheduled_for AS name, b.client_id FROM booking b WHERE"""

# In the order of the work: what happened and was not written down first, then what sells, then what is known of people.
GAPS: Final = (
    Gap(
        "event",
        "outcome",
        f"{_EVENT} b.visit = 0 AND b.scheduled_for < :today",
        "improv event done {ref} --outcome …",
    ),
    Gap(
        "event",
        "log of the visit",
        f"{_EVENT} b.visit = 1 AND b.scheduled_for < :today AND b.client_id IS NOT NULL",
        "improv visit log C{client_id}",
    ),
    Gap(
        "opportunity",
        "next event",
        f"""WITH {OPEN_OPPORTUNITY}, {NEXT_EVENT}
        SELECT o.id, o.name, o.stage FROM open_opportunity o
        WHERE o.id NOT IN (SELECT n.opportunity_id FROM next_event n)""",
        "improv event schedule {ref} {key_event} {soon}",
    ),
    Gap(
        "event",
        "anticipated stage",
        f"""{_EVENT} b.visit = 0 AND b.opportunity_id IS NOT NULL AND b.scheduled_for >= :today
        AND b.anticipated_stage IS NULL""",
        "improv event edit {ref} --anticipated-stage …",
    ),
    Gap("opportunity", "value", f"{_TERMS} o.value IS NULL", "improv opp edit {ref} --value …"),
    Gap("opportunity", "close date", f"{_TERMS} o.close_on IS NULL", "improv opp edit {ref} --close-on …"),
    Gap(
        "opportunity",
        "reason why it was lost",
        """SELECT o.id, o.title AS name, x.since FROM opportunity o
        JOIN opportunity_outcome x ON x.opportunity_id = o.id AND x.until IS NULL
        WHERE x.outcome = 'lost' AND COALESCE(x.reason, '') = ''""",
        "improv opp reopen {ref} --on {since} && improv opp lost {ref} --on {since} --because …",
    ),
    Gap("lead", "source", f"{_LEAD} COALESCE(l.source, '') = ''", "improv lead edit {ref} --source …"),
    Gap(
        "lead",
        "contact details",
        f"{_LEAD} COALESCE(l.email, '') = '' AND COALESCE(l.phone, '') = ''",
        "improv lead edit {ref} --email …",
    ),
    Gap("lead", "city", f"{_LEAD} COALESCE(l.city, '') = ''", "improv lead edit {ref} --city …"),
    Gap(
        "client",
        "next visit",
        f"""WITH {ACTIVE_CLIENT}, {NEXT_VISIT}
        SELECT c.id, c.name FROM active_client c WHERE c.id NOT IN (SELECT n.client_id FROM next_visit n)""",
        "improv visit schedule {ref} {visit_soon}",
    ),
    Gap(
        "testimonial",
        "permission to publish",
        """SELECT t.id, c.name || ', ' || t.given_on AS name FROM testimonial t JOIN client c ON c.id = t.client_id
        WHERE t.permission IS NULL""",
        "improv testimonial edit {ref} --permission …",
    ),
)


def gaps(playbook: Playbook) -> Iterator[Gap]:
    """Yield what may be unfilled: the method's gaps, and the fields of the user's own that a stage calls for."""
    yield from GAPS
    for noun, column in REQUIRED_OF.items():
        for one, stage in required(playbook, noun):
            yield Gap(
                noun,
                one.name,
                f"""WITH {OPEN_OPPORTUNITY} SELECT DISTINCT x.id, {BY_TABLE[noun].label} AS name FROM open_opportunity o
                JOIN playbook_stage k ON k.key = o.stage AND k.position >= {stage.position}
                JOIN {noun} x ON x.id = o.{column} WHERE {holding(one)} IS NULL""",
                f"improv {noun} edit {{ref}} --{one.key} …",
            )


_COLUMNS: Final = (
    Column("record", "Record", "ref"),
    Column("missing", "What is missing"),
    Column("command", "To fill it", "command"),
)


def todo(reader: Reader) -> Report:
    """Return the page of what is unfilled: each record, what it lacks, and the command that fills it."""
    reader = reader.of_one_moment()
    vocabulary = Vocabulary(reader)
    rows = [
        _row(gap, row, vocabulary)
        for gap in gaps(reader.playbook)
        for row in reader.each(f"{gap.sql} ORDER BY 1")
    ]
    table = Table("todo", "Still unfilled", _COLUMNS, rows, empty="Nothing is unfilled.")
    return Report(
        name="todo",
        title="Still unfilled",
        subtitle=f"{len(rows):,} to fill" if rows else "",
        sections=(Section("", (table,)),),
        as_of=reader.today,
    )


def _row(gap: Gap, row: Row, vocabulary: Vocabulary) -> tuple[Cell, ...]:
    record = ref(gap.table, row["id"])
    return Ref(record, row["name"]), gap.missing, gap.fill.format_map(vocabulary.about(record, dict(row)))
