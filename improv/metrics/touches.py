"""The metrics of touches: what people do by themselves, who they are, and which contact precedes a sale."""

from typing import Final

from improv.formulas import INTEREST
from improv.fragments import touches_of
from improv.metrics.fragments import contacts_of, of_kinds
from improv.metrics.leads import LEADS
from improv.metrics.metric import Metric

_SOURCE: Final = "[E] tracking"
_DONE: Final = "day of the touch"
_KEYS: Final = ("kind", "campaign", "utm_source", "utm_medium", "utm_campaign")
# A client's touches are those of the lead it was, where it was one.
# Looked up, not joined: what nobody asks for is not looked up.
_TOUCH: Final = """SELECT w.id AS id, COALESCE(w.lead_id, (SELECT b.lead_id FROM visitor AS b WHERE b.id = w.visitor_id),
      (SELECT c.lead_id FROM client AS c WHERE c.id = COALESCE(w.client_id,
        (SELECT b.client_id FROM visitor AS b WHERE b.id = w.visitor_id)))) AS about, w.on_day AS day, w.kind AS kind,
    (SELECT m.name FROM campaign AS m WHERE m.id = w.campaign_id) AS campaign,
    w.utm_source AS utm_source, w.utm_medium AS utm_medium, w.utm_campaign AS utm_campaign"""

# The first day an opportunity of a lead was won that still stands as won.
_WON: Final = """(SELECT o.lead_id AS lead_id, MIN(x.since) AS day FROM opportunity AS o
    JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.outcome = 'won' AND x.until IS NULL
    WHERE o.lead_id IS NOT NULL GROUP BY o.lead_id)"""


def _points_of(whom: str, shown: str) -> str:
    """Return the SQL of whatever reached some leads or came from them; who unsubscribes is not won by it."""
    done = f"{shown}, w.on_day AS day, w.kind AS kind, w.campaign_id AS campaign_id"
    points = f"{contacts_of('l.id', f'{shown}, ', f'{whom} AS l')} UNION ALL {touches_of(whom, done)}"
    return f"(SELECT * FROM ({points}) AS a WHERE a.kind <> 'unsubscribe')"


_POINTS: Final = _points_of("lead", "l.id AS lead_id, l.received_on AS received_on")
_WINNER: Final = _points_of("(SELECT y.id AS id FROM lead AS y WHERE y.id = f.lead_id)", "l.id AS lead_id")
_LEAD_TO_WIN: Final = next(metric for metric in LEADS if metric.name == "lead_to_win")


def _conversion(name: str, title: str, sentence: str, key: str, points: str) -> Metric:
    """Return the leads won since, once for each word of a key that they had before; `points` says who had which when."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="share",
        clock=_LEAD_TO_WIN.clock,
        source=_SOURCE,
        in_words="leads with it that were won / leads with it",
        unit="percent",
        about="lead",
        keys=(key, "state"),
        hits=_LEAD_TO_WIN.hits,
        open=_LEAD_TO_WIN.open,
        matures=True,
        # The day is told along with the points: a period then asks only for those of its own leads.
        sql=f"""SELECT l.id || ' ' || t.word AS id, l.id AS about, t.received_on AS day, l.state AS state, t.word AS {key}
            FROM (SELECT DISTINCT p.lead_id, p.received_on, p.word FROM ({points}) AS p
                  LEFT JOIN {_WON} AS f ON f.lead_id = p.lead_id
                  WHERE p.word IS NOT NULL AND p.day <= COALESCE(f.day, p.day)) AS t
            JOIN ({_LEAD_TO_WIN.sql}) AS l ON l.id = t.lead_id""",
    )


TOUCHES: Final = (
    Metric(
        name="touches",
        title="Touches",
        sentence="What people did by themselves: pages opened, forms sent, chats, mails opened, links clicked.",
        kind="count",
        clock=_DONE,
        source=_SOURCE,
        in_words="number of touches in the period",
        about="lead",
        label="W",
        keys=_KEYS,
        sql=f"{_TOUCH} FROM touch AS w",
    ),
    Metric(
        name="interest",
        title="Indications of interest",
        sentence="Touches that say somebody is interested: a click, a form, a chat, a page the playbook names, or their "
        "own link followed.",
        kind="count",
        clock=_DONE,
        source=_SOURCE,
        in_words="number of touches that show interest in the period",
        about="lead",
        label="W",
        keys=_KEYS,
        sql=f"{_TOUCH} FROM touch AS w WHERE {INTEREST}",
    ),
    Metric(
        name="pages_with_utm",
        title="Pages opened with a UTM tag",
        sentence="Pages opened whose address said by a UTM tag where the visit came from, of all pages opened.",
        kind="share",
        clock=_DONE,
        source=_SOURCE,
        in_words="pages opened with a UTM tag / pages opened",
        unit="percent",
        about="lead",
        label="W",
        hits=("tagged",),
        sql=f"""{_TOUCH}, CASE WHEN COALESCE(w.utm_source, w.utm_medium, w.utm_campaign) IS NULL THEN 'no tag'
            ELSE 'tagged' END AS state FROM touch AS w WHERE w.kind = 'page'""",
    ),
    Metric(
        name="returns",
        title="Returns after silence",
        sentence="Touches of leads who had done nothing for longer than the playbook's silence; unsubscribing is none.",
        kind="count",
        clock=_DONE,
        source=_SOURCE,
        in_words="number of returns in the period",
        about="lead",
        label="W",
        keys=("kind",),
        sql="""SELECT q.id AS id, q.about AS about, q.day AS day, q.kind AS kind FROM (
              SELECT t.id, t.about, t.day, t.kind, LAG(t.day) OVER (PARTITION BY t.about ORDER BY t.day, t.id) AS before
              FROM (SELECT w.id, l.id AS about, w.on_day AS day, w.kind FROM touch AS w
                    LEFT JOIN visitor AS b ON b.id = w.visitor_id JOIN lead AS l ON l.id = COALESCE(w.lead_id, b.lead_id)) AS t
              WHERE t.kind <> 'unsubscribe') AS q
            WHERE days(q.before, q.day) > :limit_returned_after""",
    ),
    Metric(
        name="new_visitors",
        title="New visitors",
        sentence="Visitors first seen, by whom they turned out to be; those nobody knows are open.",
        kind="share",
        clock="day the visitor was first seen",
        source=_SOURCE,
        in_words="visitors known by now / visitors first seen",
        unit="percent",
        about="lead",
        label="B",
        keys=("state",),
        hits=("lead", "client"),
        open=("unknown",),
        matures=True,
        sql="""SELECT b.id AS id, b.lead_id AS about, b.seen_on AS day, CASE WHEN b.lead_id IS NOT NULL THEN 'lead'
            WHEN b.client_id IS NOT NULL THEN 'client' ELSE 'unknown' END AS state FROM visitor AS b""",
    ),
    Metric(
        name="unknown_visitors",
        title="Unknown visitors",
        sentence="Visitors seen up to the day of whom nobody knew then who they are.",
        kind="level",
        clock="last day of the period",
        source=_SOURCE,
        in_words="number of visitors seen and not recognised",
        label="B",
        sql="SELECT b.id AS id, NULL AS about, b.seen_on AS since, b.attributed_on AS until FROM visitor AS b",
    ),
    _conversion(
        "conversion_by_contact",
        "Won by contact point",
        "Leads won since, of all leads received in the period, once for each kind of contact point they had before that: "
        "touches, activities that are a contact, events held.",
        "contact",
        f"SELECT a.lead_id AS lead_id, a.received_on AS received_on, a.kind AS word, a.day AS day FROM {_POINTS} AS a",
    ),
    _conversion(
        "conversion_by_nurture",
        "Won by nurture",
        "Leads won since, of all leads received in the period, once for each type of campaign that reached them before "
        "that, the one they came from among them.",
        "nurture",
        # From the campaigns on: what belongs to one is the smaller part of what is done.
        f"""SELECT l.id AS lead_id, l.received_on AS received_on, m.type AS word, a.done_on AS day
            FROM campaign AS m JOIN activity AS a ON a.campaign_id = m.id
            LEFT JOIN opportunity AS o ON o.id = a.opportunity_id JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
            WHERE {of_kinds("k.contact = 1")}
            UNION ALL SELECT l.id, l.received_on, m.type, w.on_day
            FROM campaign AS m JOIN touch AS w ON w.campaign_id = m.id
            LEFT JOIN visitor AS b ON b.id = w.visitor_id JOIN lead AS l ON l.id = COALESCE(w.lead_id, b.lead_id)
            WHERE w.kind <> 'unsubscribe'
            UNION ALL SELECT l.id, l.received_on, m.type, l.received_on
            FROM lead AS l JOIN campaign AS m ON m.id = l.campaign_id""",
    ),
    Metric(
        name="wins_by_contact",
        title="Leads won by contact point",
        sentence="Leads won, each on the first day, by the first and by the last contact point up to that day.",
        kind="count",
        clock="first day an opportunity of the lead was won",
        source=_SOURCE,
        in_words="number of leads won in the period",
        about="lead",
        label="L",
        keys=("first_contact", "last_contact"),
        sql=f"""SELECT f.lead_id AS id, f.lead_id AS about, f.day AS day,
            (SELECT p.kind FROM {_WINNER} AS p WHERE p.day <= f.day ORDER BY p.day, p.kind LIMIT 1) AS first_contact,
            (SELECT p.kind FROM {_WINNER} AS p WHERE p.day <= f.day ORDER BY p.day DESC, p.kind LIMIT 1) AS last_contact
            FROM {_WON} AS f""",
    ),
)
