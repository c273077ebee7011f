"""What earns points: activities that were logged, and events held, visits and new leads by themselves, once.

Nothing is stored of it. The reader puts `earned` before a query that names it: a row for whatever is worth points of
the playbook, with its record (`E12`), `how` it came about, its day, the kind of activity it is, and whose it is. An
event held is the activity its kind names, a visit that of its visit kind, a lead the one of `[points]`. An event that
a visit with points fulfils is that visit, and earns nothing itself.

What somebody logged by hand stands for what would earn by itself, so that nothing counts twice: of one kind and day, an
activity with a lead, an opportunity or a client for as many with the same one as it was done times, an activity with
nobody for as many others of its owner. These are left out.
"""

from typing import Final

LOGGED: Final = "logged"


def _with(row: str) -> str:
    """Return the SQL of whom a row is with, the same whether it names the opportunity, the client or the lead."""
    return (
        f"COALESCE('L' || COALESCE({row}.lead_id, o.lead_id, c.lead_id), "
        f"'C' || COALESCE({row}.client_id, o.client_id), 'O' || {row}.opportunity_id)"
    )


def _parties(row: str) -> str:
    return (
        f"LEFT JOIN opportunity AS o ON o.id = {row}.opportunity_id "
        f"LEFT JOIN client AS c ON c.id = COALESCE({row}.client_id, o.client_id)"
    )


def _worked_by(subject: str, number: str, day: str) -> str:
    """Return the SQL of who worked a lead or a client on a day; before anybody was named, who was named first."""
    named = f"SELECT r.text FROM reading AS r WHERE r.{subject}_id = {number} AND r.kind = 'owner'"
    return (
        f"({named} AND r.on_day <= {day} ORDER BY r.on_day DESC, r.id DESC LIMIT 1), "
        f"({named} ORDER BY r.on_day, r.id LIMIT 1)"
    )


_SOLD_BY: Final = """(SELECT t.owner FROM opportunity_terms AS t
      WHERE t.opportunity_id = e.opportunity_id AND t.on_day <= e.closed_on ORDER BY t.on_day DESC, t.id DESC LIMIT 1)"""

TABLES: Final[dict[str, str]] = {
    # What earns by itself, each once.
    "happening": f"""(how, number, day, kind, owner, campaign_id, party) AS (
    SELECT y.how, e.id, e.closed_on, y.activity,
      COALESCE(e.assigned_to, {_SOLD_BY}, {_worked_by("lead", "e.lead_id", "e.closed_on")},
        {_worked_by("client", "e.client_id", "e.closed_on")}),
      COALESCE(o.campaign_id, l.campaign_id), {_with("e")}
    FROM event AS e JOIN playbook_earning AS y ON y.how = 'event' AND y.what = e.kind {_parties("e")}
    LEFT JOIN lead AS l ON l.id = COALESCE(e.lead_id, o.lead_id)
    WHERE e.status = 'done' AND NOT EXISTS (
      SELECT 1 FROM visit AS v JOIN playbook_earning AS z ON z.how = 'visit' AND z.what = v.kind
      WHERE v.event_id = e.id)
    UNION ALL
    SELECT y.how, v.id, v.held_on, y.activity,
      COALESCE(v.owner, {_worked_by("client", "v.client_id", "v.held_on")}), NULL,
      COALESCE('L' || c.lead_id, 'C' || c.id)
    FROM visit AS v JOIN playbook_earning AS y ON y.how = 'visit' AND y.what = v.kind
    JOIN client AS c ON c.id = v.client_id
    UNION ALL
    SELECT y.how, l.id, l.received_on, y.activity, COALESCE({_worked_by("lead", "l.id", "l.received_on")}), l.campaign_id,
      'L' || l.id
    FROM lead AS l JOIN playbook_earning AS y ON y.how = 'lead')""",
    # What was logged of the kinds that something else earns as well.
    "stand_in": f"""(kind, day, party, owner, times) AS (
    SELECT a.kind, a.done_on, {_with("a")}, COALESCE(a.owner, ''), a.times
    FROM activity AS a {_parties("a")} WHERE a.kind IN (SELECT y.activity FROM playbook_earning AS y))""",
    "earned": f"""(id, how, day, kind, times, points, owner, campaign_id, left_out) AS (
    SELECT 'A' || a.id, '{LOGGED}', a.done_on, a.kind, a.times, k.points, a.owner, a.campaign_id,
      CASE WHEN k.key IS NULL THEN 'a kind the playbook does not know' END
    FROM activity AS a LEFT JOIN playbook_activity_kind AS k ON k.key = a.kind
    UNION ALL
    SELECT upper(substr(q.how, 1, 1)) || q.number, q.how, q.day, q.kind, 1, k.points, q.owner, q.campaign_id,
      CASE WHEN q.named = 1 OR q.place <= q.times THEN 'logged by hand' END
    FROM (SELECT s.*, COALESCE(u.times, 0) AS times, ROW_NUMBER() OVER (
            PARTITION BY s.kind, s.day, COALESCE(s.owner, ''), s.named ORDER BY s.how, s.number) AS place
          FROM (SELECT h.*, CASE WHEN n.times >= ROW_NUMBER() OVER (
                  PARTITION BY h.kind, h.day, h.party ORDER BY h.how, h.number) THEN 1 ELSE 0 END AS named
                FROM happening AS h
                LEFT JOIN (SELECT kind, day, party, SUM(times) AS times FROM stand_in WHERE party IS NOT NULL
                           GROUP BY kind, day, party) AS n
                ON n.kind = h.kind AND n.day = h.day AND n.party = h.party) AS s
          LEFT JOIN (SELECT kind, day, owner, SUM(times) AS times FROM stand_in WHERE party IS NULL
                     GROUP BY kind, day, owner) AS u
          ON u.kind = s.kind AND u.day = s.day AND u.owner = COALESCE(s.owner, '')) AS q
    JOIN playbook_activity_kind AS k ON k.key = q.kind)""",
}
