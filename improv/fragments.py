"""Pieces of SQL that the lists and the pages of records share, over a record's row `x`.

What was said of a day is the latest said up to today: what is to hold from a later day does not hold yet.
"""

from typing import Final

from improv.records.words import TAG


def called(known: str, key: str) -> str:
    """Return the SQL of what the playbook calls a key; the key itself where it no longer knows it."""
    return f"COALESCE((SELECT k.name FROM {known} AS k WHERE k.key = {key}), {key})"


def name_of(table: str, number: str, column: str = "name") -> str:
    """Return the SQL of the name, or of another column, of the record with a number."""
    return f"(SELECT y.{column} FROM {table} AS y WHERE y.id = {number})"


def days_since(day: str) -> str:
    """Return the SQL of how long ago a day is; nothing where it is still to come, as by a clock that is wrong."""
    return f"CASE WHEN {day} <= :today THEN days({day}, :today) END"


def latest_reading(table: str, kind: str, column: str) -> str:
    """Return the SQL of the latest reading of a record."""
    return (
        f"(SELECT r.{column} FROM reading AS r WHERE r.{table}_id = x.id AND r.kind = '{kind}' "
        "AND r.on_day <= :today ORDER BY r.on_day DESC, r.id DESC LIMIT 1)"
    )


DUE: Final = latest_reading("task", "due", "text")

# Whom a record is with: the opportunity, else the client, else the lead, by its name, letter and number.
WHOM: Final = """COALESCE(o.title, c.name, l.name) AS name,
    CASE WHEN o.id IS NOT NULL THEN 'O' WHEN c.id IS NOT NULL THEN 'C' ELSE 'L' END AS letter,
    COALESCE(o.id, c.id, l.id) AS number"""
JOIN_WHOM: Final = """LEFT JOIN opportunity AS o ON o.id = x.opportunity_id
    LEFT JOIN client AS c ON c.id = x.client_id LEFT JOIN lead AS l ON l.id = x.lead_id"""

# How an opportunity stands: its terms `t`, its open stay `s`, and how it ended, `z`.
JOIN_STANDING: Final = """
LEFT JOIN opportunity_terms AS t ON t.id = (SELECT y.id FROM opportunity_terms AS y
    WHERE y.opportunity_id = x.id AND y.on_day <= :today ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
LEFT JOIN stage_stay AS s ON s.opportunity_id = x.id AND s.until IS NULL
LEFT JOIN opportunity_outcome AS z ON z.opportunity_id = x.id AND z.until IS NULL"""
STAGE: Final = "COALESCE(s.stage, z.stage)"

# The last verdict on a lead, `q`.
JOIN_VERDICT: Final = """
LEFT JOIN qualification AS q ON q.id = (SELECT y.id FROM qualification AS y
    WHERE y.lead_id = x.id AND y.decided_on <= :today ORDER BY y.decided_on DESC, y.id DESC LIMIT 1)"""

LAST_VISIT: Final = "(SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = x.id AND v.held_on <= :today)"


def own_url(row: str) -> str:
    """Return the SQL of a link as it is given away: its tag behind the query, the fragment kept."""
    whole, start = f"{row}.url", f"INSTR({row}.url || '#', '#')"
    head = f"SUBSTR({whole}, 1, {start} - 1)"
    return (
        f"{head} || CASE WHEN INSTR({head}, '?') > 0 THEN '&' ELSE '?' END || '{TAG}=' || {row}.tag || "
        f"SUBSTR({whole}, {start})"
    )


def touches_of(whom: str, shown: str, noun: str = "lead") -> str:
    """Return the SQL of the touches `w` of some leads `l` (or clients), their own and those of visitors they were."""
    return (
        f"SELECT {shown} FROM {whom} AS l JOIN touch AS w ON w.{noun}_id = l.id UNION ALL "
        f"SELECT {shown} FROM {whom} AS l JOIN visitor AS b ON b.{noun}_id = l.id JOIN touch AS w ON w.visitor_id = b.id"
    )


# Every touch with whose it is: by itself, or since its visitor was recognised.
TOUCHED: Final = """(SELECT w.id, w.kind, w.on_day, w.at_time, w.page, w.seconds, w.words, w.utm_source, w.link_id,
        w.visitor_id, w.lead_id, w.client_id FROM touch AS w WHERE w.visitor_id IS NULL
    UNION ALL SELECT w.id, w.kind, w.on_day, w.at_time, w.page, w.seconds, w.words, w.utm_source, w.link_id,
        w.visitor_id, b.lead_id, b.client_id FROM visitor AS b JOIN touch AS w ON w.visitor_id = b.id)"""

# How a snooze stands on the day: the last one of a flag and a record holds, until it is over or taken back.
SNOOZE_STATUS: Final = """CASE WHEN x.ended_on IS NOT NULL THEN 'taken back' WHEN x.until_on <= :today THEN 'over'
    WHEN EXISTS (SELECT 1 FROM snooze AS y WHERE y.id > x.id AND y.code = x.code AND COALESCE(
        y.lead_id = x.lead_id, y.opportunity_id = x.opportunity_id, y.client_id = x.client_id,
        y.referral_id = x.referral_id, y.event_id = x.event_id, y.quota_id = x.quota_id,
        y.task_id = x.task_id)) THEN 'past'
    ELSE 'holds' END"""

# How a quota stands on the day: the last one set for whom it is holds, and one of nothing ends it.
QUOTA_STATUS: Final = """CASE WHEN x.on_day > :today THEN 'ahead' WHEN EXISTS (SELECT 1 FROM quota AS y
    WHERE CASE WHEN y.points IS NULL THEN 0 ELSE 1 END = CASE WHEN x.points IS NULL THEN 0 ELSE 1 END
    AND COALESCE(y.owner, '') = COALESCE(x.owner, '')
    AND COALESCE(y.unit, '') = COALESCE(x.unit, '') AND y.on_day <= :today
    AND (y.on_day > x.on_day OR (y.on_day = x.on_day AND y.id > x.id))) THEN 'past'
    WHEN COALESCE(x.value, x.points) = 0 THEN 'ended' ELSE 'holds' END"""

# What a saved list asks: its query, or its options as they were typed.
SAVED_WORDS: Final = """COALESCE(replace(x.query, char(10), ' '), (SELECT GROUP_CONCAT('--' || o.key || ' ' ||
    CASE o.value WHEN '' THEN '''''' ELSE o.value END, ' ')
    FROM json_each(x.options) AS o))"""

# What became of a task that is over: one that a step of a track became may be over without being done.
TASK_ENDED: Final = """COALESCE((SELECT y.ending FROM enrolment_step AS y
    WHERE y.task_id = x.id AND y.ending IN ('skipped', 'dropped')), 'done')"""

# How an enrolment stands on the day: it rests while a pause holds.
ENROLMENT_STATUS: Final = """CASE WHEN x.until IS NOT NULL THEN x.ending
    WHEN EXISTS (SELECT 1 FROM enrolment_pause AS p WHERE p.enrolment_id = x.id AND p.since <= :today
        AND (COALESCE(p.ended_on, p.until_on) IS NULL OR COALESCE(p.ended_on, p.until_on) > :today)) THEN 'paused'
    ELSE 'running' END"""
