"""The report of a day: what came in, what was set, what is wrong, and how the clients are."""

from datetime import timedelta
from typing import Final

from improv.alerts import alerts, alerts_table, unseen_words
from improv.dates import Period, week_of
from improv.reader import Reader
from improv.report import Column, Section, Table
from improv.reports import agenda, clients, events
from improv.reports.parts import day, ref, scorecards, span

# What a single day is too short for.
_OF_THE_WEEK: Final = {
    "Week of the day": (
        *("referrals", "visits", "testimonial_ask_rate", "testimonials", "anticipation_accuracy"),
        *("event_gap", "won_deals"),
    )
}

_NEW_LEADS: Final = """
SELECT l.received_on AS day, 'L' AS letter, l.id AS number, l.name AS name, COALESCE(s.name, l.source) AS source,
    (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1)
    AS qualified
FROM lead AS l LEFT JOIN playbook_source AS s ON s.key = l.source
WHERE l.received_on BETWEEN :first AND :last ORDER BY l.received_on, l.id"""


def daily(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the day: its week so far, new leads, events set, red flags, and how the clients are."""
    ahead = timedelta(days=reader.playbook.limits["visits_within"])
    coming = Period(period.last, period.last + ahead, "")
    up = alerts(reader)
    return (
        Section("Week of the day", scorecards(reader, week_of(period.last), _OF_THE_WEEK)),
        Section("Leads", (_new_leads(reader, period),)),
        Section("Events", (events.set_on(reader, period), agenda.closed(reader, period))),
        Section("Red flags", (alerts_table(up.awake(), unseen_words(up, reader)),)),
        Section(
            "Clients",
            (
                agenda.visits_held(reader, period),
                agenda.visits_booked(reader, coming)._replace(title=f"Visits in the next {ahead.days} days"),
                clients.clients_at_risk(reader, period),
            ),
        ),
    )


def _new_leads(reader: Reader, period: Period) -> Table:
    return Table(
        "leads",
        "New leads",
        (
            Column("day", "Day", "day"),
            Column("record", "Lead", "ref"),
            Column("source", "Source"),
            Column("qualified", "Qualified"),
        ),
        tuple(
            (day(row["day"]), ref(row), row["source"], row["qualified"])
            for row in reader.rows(_NEW_LEADS, span(period))
        ),
        empty="No lead came in.",
    )
