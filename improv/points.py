"""What earns points: activities that were logged, and events held, visits and new leads by themselves, once.

Nothing is stored of it. The reader puts `earned` before a query that names it: a row for whatever is worth points of
the playbook, with its record (`E12`), `how` it came about, its day, the kind of activity it is, and whose it is;
`credited` are those of the days from `:first` to `:last`, and nothing of another day is looked at for them. An
event held is the activity its kind names, a visit that of its visit kind, a lead the one of `[points]`. An event that
a visit with points fulfils is that visit, and earns nothing itself.

What somebody logged by hand stands for what would earn by itself, so that nothing counts twice: of one kind and day, an
activity with a lead, an opportunity or a client for as many with the same one as it was done times, an activity with
nobody for as many others of its owner. These are left out.

Whose something is, and whether it was logged as well, is looked up only where that is asked for, or matters.
"""

from typing import Final

LOGGED: Final = "logged"
_HOWS: Final = {LOGGED: "A", "event": "E", "visit": "V", "lead": "L"}

# Whom a doing `d` is with, the same whether it names the opportunity `o`, the client `c` or the lead.
_PARTY: Final = """COALESCE('L' || COALESCE(d.lead_id, o.lead_id, c.lead_id),
  'C' || COALESCE(d.client_id, o.client_id), 'O' || d.opportunity_id)"""
_PARTIES: Final = """LEFT JOIN opportunity AS o ON o.id = d.opportunity_id
  LEFT JOIN client AS c ON c.id = COALESCE(d.client_id, o.client_id)"""

_ITS_OPPORTUNITY: Final = "(SELECT o.{} FROM opportunity AS o WHERE o.id = d.opportunity_id)"


def _worked_by(subject: str) -> str:
    """Return the SQL of who worked the lead or the client on the day; before anybody was named, who was named first."""
    named = f"SELECT r.text FROM reading AS r WHERE r.{subject}_id = d.{subject}_id AND r.kind = 'owner'"
    return (
        f"({named} AND r.on_day <= d.day ORDER BY r.on_day DESC, r.id DESC LIMIT 1), "
        f"({named} ORDER BY r.on_day, r.id LIMIT 1)"
    )


_SOLD_BY: Final = """(SELECT t.owner FROM opportunity_terms AS t
  WHERE t.opportunity_id = d.opportunity_id AND t.on_day <= d.day ORDER BY t.on_day DESC, t.id DESC LIMIT 1)"""
# What was logged says itself whose it is, and for which campaign.
_OWNER: Final = f"""CASE WHEN d.owner IS NOT NULL OR d.how = '{LOGGED}' THEN d.owner
  ELSE COALESCE({_SOLD_BY}, {_worked_by("lead")}, {_worked_by("client")}) END"""
_CAMPAIGN: Final = f"""CASE WHEN d.how <> 'event' THEN d.campaign_id ELSE COALESCE({_ITS_OPPORTUNITY.format("campaign_id")},
  (SELECT l.campaign_id FROM lead AS l WHERE l.id = COALESCE(d.lead_id, {_ITS_OPPORTUNITY.format("lead_id")}))) END"""


def _by_themselves(among: str = "", when: str = "1 = 1", held: str = "") -> str:
    """Return the SQL of what earns by itself.

    It is written out where it is read, and no table of its own, so that only the days are looked at that are asked for;
    `among` is a table that says so itself, and `when` how, of events `held`.
    """
    return f"""SELECT 'event' AS how, e.id AS number, +e.closed_on AS day, y.activity AS kind, y.points AS points, 1 AS times,
    e.assigned_to AS owner, NULL AS campaign_id, e.lead_id AS lead_id, e.opportunity_id AS opportunity_id,
    e.client_id AS client_id
  FROM {among} event AS e CROSS JOIN worth AS y ON y.what = +e.kind AND y.how = 'event'
  WHERE {held or when.format("e.closed_on")} AND e.status = 'done' AND NOT EXISTS (
    SELECT 1 FROM visit AS v WHERE v.event_id = e.id
    AND v.kind IN (SELECT z.what FROM playbook_earning AS z WHERE z.how = 'visit'))
  UNION ALL
  SELECT 'visit', v.id, v.held_on, y.activity, y.points, 1, v.owner, NULL, NULL, NULL, v.client_id
  FROM {among} visit AS v CROSS JOIN worth AS y ON y.what = +v.kind AND y.how = 'visit'
  WHERE {when.format("v.held_on")}
  UNION ALL
  SELECT 'lead', l.id, l.received_on, y.activity, y.points, 1, NULL, l.campaign_id, l.id, NULL, NULL
  FROM {among} lead AS l CROSS JOIN worth AS y ON y.how = 'lead' WHERE {when.format("l.received_on")}"""


def _earned(of_day: str = "1 = 1", held: str = "") -> str:
    """Return the SQL of what earned points, of those days that meet a condition, and of events `held` as another says."""
    return f"""(id, how, day, kind, times, points, owner, campaign_id, left_out) AS (WITH
    -- What earns by itself, with the points of the kind it is. Looked up once, and not for every row.
    worth (how, what, activity, points) AS (
    SELECT y.how, y.what, y.activity, k.points
    FROM playbook_earning AS y LEFT JOIN playbook_activity_kind AS k ON k.key = y.activity),
    -- What was logged of the kinds that something else earns as well.
    stand_in (kind, day, party, owner, times) AS (
    SELECT d.kind, d.done_on, {_PARTY}, COALESCE(d.owner, ''), d.times
    FROM activity AS d {_PARTIES} WHERE {of_day.format("d.done_on")} AND d.kind IN (SELECT y.activity FROM playbook_earning AS y)),
    -- The days between the first of them and the last: none where there are none, so that nothing else is looked at.
    logged_span (since, up_to) AS (
    SELECT s.since, s.up_to FROM (SELECT MIN(day) AS since, MAX(day) AS up_to FROM stand_in) AS s WHERE s.since IS NOT NULL),
    -- What such a day has of a kind by itself, with the place of each among those with the same one.
    by_itself (how, number, kind, day, owner, party, place) AS (
    SELECT d.how, d.number, d.kind, d.day, COALESCE({_OWNER}, ''), {_PARTY},
      ROW_NUMBER() OVER (PARTITION BY d.kind, d.day, {_PARTY} ORDER BY d.how, d.number)
    FROM ({_by_themselves("logged_span AS z CROSS JOIN", "{} BETWEEN z.since AND z.up_to")}) AS d {_PARTIES}
    WHERE (d.kind, d.day) IN (SELECT kind, day FROM stand_in)),
    -- What somebody logged by hand as well: with the same one, else with nobody.
    logged_too (how, number) AS (
    SELECT q.how, q.number
    FROM (SELECT s.*, ROW_NUMBER() OVER (PARTITION BY s.kind, s.day, s.owner, s.named ORDER BY s.how, s.number) AS turn
          FROM (SELECT b.*, CASE WHEN n.times >= b.place THEN 1 ELSE 0 END AS named FROM by_itself AS b
                LEFT JOIN (SELECT kind, day, party, SUM(times) AS times FROM stand_in WHERE party IS NOT NULL
                           GROUP BY kind, day, party) AS n
                ON n.kind = b.kind AND n.day = b.day AND n.party = b.party) AS s) AS q
    LEFT JOIN (SELECT kind, day, owner, SUM(times) AS times FROM stand_in WHERE party IS NULL
               GROUP BY kind, day, owner) AS u
    ON u.kind = q.kind AND u.day = q.day AND u.owner = q.owner
    WHERE q.named = 1 OR q.turn <= u.times)
    SELECT CASE d.how {" ".join(f"WHEN '{how}' THEN '{letter}'" for how, letter in _HOWS.items())} END || d.number,
      d.how, d.day, d.kind, d.times, d.points, {_OWNER}, {_CAMPAIGN},
      CASE WHEN d.points IS NULL THEN 'a kind the playbook does not know' WHEN x.number IS NOT NULL THEN 'logged by hand' END
    FROM (
      SELECT '{LOGGED}' AS how, a.id AS number, a.done_on AS day, a.kind AS kind, k.points AS points, a.times AS times,
        a.owner AS owner, a.campaign_id AS campaign_id, a.lead_id AS lead_id, a.opportunity_id AS opportunity_id,
        a.client_id AS client_id
      FROM activity AS a LEFT JOIN playbook_activity_kind AS k ON k.key = +a.kind WHERE {of_day.format("a.done_on")}
      UNION ALL {_by_themselves(when=of_day, held=held)}) AS d
    LEFT JOIN logged_too AS x ON x.number = +d.number AND x.how = d.how)"""


# By their numbers, so that those of a year are read as they lie in the store and not here and there, by day.
_HELD: Final = "e.id IN (SELECT i.id FROM event AS i WHERE i.closed_on BETWEEN :first AND :last)"

TABLES: Final = {
    "earned": _earned(),
    # The same of the days from `:first` to `:last` alone, for a query that asks for no others.
    "credited": _earned("{} BETWEEN :first AND :last", _HELD),
}
