"""Who is to be put on a track by the playbook's rules, and why: what happened to them lately, once for each cause."""

from collections.abc import Iterator
from datetime import date, timedelta
from sqlite3 import Row
from typing import Final, get_args

from improv.fragments import JOIN_VERDICT
from improv.named import NamedTuple
from improv.playbook import Playbook, Track, offered
from improv.playbook.entries import Cause
from improv.reader import Reader
from improv.text import folded
from improv.tracks import later_of

_CAUSES: Final = get_args(Cause)
_LOST: Final = """SELECT '{cause}' AS cause, o.lead_id AS lead, o.client_id AS client, x.since AS day, 0 AS plus,
    'O' || o.id || ' ' || o.title || ': ' || x.outcome AS because
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.until IS NULL AND x.outcome = '{outcome}' AND x.since >= :earliest"""

# What puts somebody on a track: whom, the day, and why. A sale stagnates when its stage lasts longer than is critical.
_HAPPENED: Final = f"""
{_LOST.format(cause="won", outcome="won")}
UNION ALL {_LOST.format(cause="lost", outcome="lost")}
UNION ALL {_LOST.format(cause="no-decision", outcome="no decision")}
UNION ALL SELECT 'stagnant', o.lead_id, o.client_id, s.since, k.critical_after + 1,
    'O' || o.id || ' ' || o.title || ': more than ' || k.critical_after || ' days in ' || k.name
FROM stage_stay AS s JOIN opportunity AS o ON o.id = s.opportunity_id JOIN playbook_stage AS k ON k.key = s.stage
WHERE s.until IS NULL AND days(s.since, :today) > k.critical_after AND NOT EXISTS (SELECT 1 FROM event AS e
    WHERE e.opportunity_id = o.id AND e.status = 'scheduled' AND e.scheduled_for >= :today)
UNION ALL SELECT 'met-at-event', l.id, NULL, {later_of("l.received_on", "l.met_on")}, 0,
    'met at ' || l.met_at
FROM lead AS l WHERE l.met_at IS NOT NULL AND l.received_on <= :today
UNION ALL SELECT 'new', l.id, NULL, l.received_on, 0, 'a new lead' FROM lead AS l WHERE l.received_on >= :earliest"""

# Nobody who asked for no more mail or is not qualified; about an active client the salesperson decides.
_WHOM: Final = f"""
WITH happened AS ({_HAPPENED}),
whom AS (SELECT h.*, COALESCE(h.client, (SELECT MIN(c.id) FROM client AS c WHERE c.lead_id = h.lead)) AS buyer
    FROM happened AS h)
SELECT w.cause, w.day, w.plus, w.because, CASE WHEN w.buyer IS NULL THEN 'lead' ELSE 'client' END AS noun,
    COALESCE(w.buyer, w.lead) AS number, COALESCE(c.name, x.name) AS name,
    COALESCE(c.since_on, x.received_on) AS began, COALESCE(x.industry, c.industry) AS industry
FROM whom AS w LEFT JOIN lead AS x ON x.id = w.lead LEFT JOIN client AS c ON c.id = w.buyer
LEFT JOIN client_status AS s ON s.client_id = w.buyer AND s.until IS NULL {JOIN_VERDICT}
WHERE COALESCE(x.unsubscribed_on, c.unsubscribed_on) IS NULL AND COALESCE(q.verdict, '') <> 'no'
  AND CASE WHEN w.cause = 'won' THEN s.status = 'active' WHEN w.client IS NOT NULL THEN s.status = 'former'
      ELSE w.buyer IS NULL END"""


class Enrolling(NamedTuple):
    """Somebody who is to be put on a track since a day, and why."""

    noun: str
    number: int
    name: str
    track: Track
    since: date
    because: str


def wanted(reader: Reader) -> list[Enrolling]:
    """Return whom the rules put on a track, as it happened: the first thing first, of one day the gravest."""
    earliest = reader.today - timedelta(days=reader.playbook.limits["enrol_within"])
    rows = reader.rows(_WHOM, {"earliest": earliest.isoformat()})
    dated = [(date.fromisoformat(row["day"]) + timedelta(days=row["plus"]), row) for row in rows]
    dated = [
        (max(day, date.fromisoformat(row["began"])), row)
        for day, row in dated
        if earliest <= day <= reader.today
    ]
    dated.sort(key=lambda one: (one[0], _CAUSES.index(one[1]["cause"]), one[1]["number"]))
    return list(_matched(reader.playbook, dated))


def _matched(playbook: Playbook, dated: list[tuple[date, Row]]) -> Iterator[Enrolling]:
    for day, row in dated:
        track = _track_for(playbook, row["cause"], row["industry"])
        if track is not None:
            yield Enrolling(row["noun"], row["number"], row["name"], track, day, row["because"])


def _track_for(playbook: Playbook, cause: str, industry: str | None) -> Track | None:
    """Return the track for what happened: one for their industry before one for everybody."""
    tracks = [track for track in offered(playbook.tracks) if cause in track.enrol_when]
    theirs = [track for track in tracks if industry and folded(industry) in map(folded, track.industry)] or [
        track for track in tracks if not track.industry
    ]
    return theirs[0] if theirs else None
