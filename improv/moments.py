"""Good moments to ask a client: which there were of late, for what nobody has asked since, and how often we ask.

The playbook says what makes a moment, and what is asked for then; here stands what can make one.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, get_args

from improv.alerts.current import ACTIVE_CLIENT
from improv.named import NamedTuple
from improv.playbook import Moment, Wanted
from improv.reader import Reader
from improv.report import Column, Ref, Table
from improv.resolve import Found

# Whatever makes a moment, and the moments it makes: those that come after its like, and the one its kind of visit names.
_HAPPENED: Final = f"""WITH {ACTIVE_CLIENT}, happened AS (
  SELECT 'visit' AS what, k.moment, v.client_id, v.held_on AS on_day, v.satisfaction, v.id AS visit_id
  FROM visit v LEFT JOIN playbook_visit_kind k ON k.key = v.kind
  UNION ALL SELECT 'testimonial', NULL, t.client_id, t.given_on, NULL, t.visit_id FROM testimonial t
  UNION ALL SELECT 'renewal', NULL, r.client_id, r.discussed_on, NULL, NULL FROM renewal r
  UNION ALL SELECT 'win', NULL, c.id, w.since, NULL, NULL FROM opportunity_outcome w
    JOIN opportunity o ON o.id = w.opportunity_id JOIN client c ON c.id = o.client_id
    WHERE w.outcome = 'won' AND w.until IS NULL AND c.since_on < w.since
)
SELECT m.key, c.id, c.name, h.on_day, h.visit_id
FROM happened h JOIN active_client c ON c.id = h.client_id JOIN playbook_moment m ON m.after = h.what OR m.key = h.moment
WHERE h.on_day BETWEEN DATE(:today, -:limit_ask_within || ' days') AND :today
  AND (m.satisfaction IS NULL OR h.satisfaction >= m.satisfaction)"""

# The last day on which each of these clients was asked for something, or gave it.
_WAYS: Final = (
    "'testimonial', x.held_on FROM visit AS x WHERE x.asked_testimonial = 1",
    "'story', x.held_on FROM visit AS x WHERE x.asked_story = 1",
    "'referral', x.held_on FROM visit AS x WHERE x.asked_referral = 1",
    "'testimonial', x.given_on FROM testimonial AS x WHERE 1 = 1",
    "'story', x.told_on FROM story AS x WHERE 1 = 1",
    "'referral', x.received_on FROM referral AS x WHERE 1 = 1",
)
_OF_THEM: Final = "x.client_id IN (SELECT j.value FROM json_each(:clients) AS j)"
_ASKED: Final = f"""WITH asked (client_id, wanted, on_day) AS (
  {" UNION ALL ".join(f"SELECT x.client_id, {way} AND {_OF_THEM}" for way in _WAYS)}
) SELECT a.client_id, a.wanted, MAX(a.on_day) AS on_day FROM asked AS a GROUP BY a.client_id, a.wanted"""

# What is typed once the client was asked, where no visit is there to note it on: what they gave.
_GIVEN: Final[dict[Wanted, str]] = {
    "testimonial": "improv testimonial add {ref}",
    "story": "improv story add {ref}",
    "referral": 'improv referral add {ref} "…"',
}


class Ask(NamedTuple):
    """A client, a good moment to ask them, and what nobody has asked them for since."""

    client: Found
    moment: Moment
    on_day: date
    visit: int | None
    wanted: tuple[Wanted, ...]

    @property
    def command(self) -> str:
        """What is typed once they were asked for the first thing."""
        first = self.wanted[0]
        if self.visit is not None:
            return f"improv visit edit V{self.visit} --asked-{first}"
        return _GIVEN[first].format(ref=self.client.ref)


def asks(reader: Reader, client: int | None = None) -> list[Ask]:
    """Return the good moments of the last days to ask for something, the latest first: each thing at its latest one.

    `client` is the number of the only client who is looked at.
    """
    moments = reader.playbook.moments
    order = {moment.key: place for place, moment in enumerate(moments)}
    rows = [row for row in reader.rows(_HAPPENED) if client is None or row["id"] == client]
    rows.sort(
        key=lambda row: (row["on_day"], -order[row["key"]], row["visit_id"] or 0, -row["id"]), reverse=True
    )
    clients = f"[{','.join(str(number) for number in {row['id'] for row in rows})}]"
    asked = {
        (row["client_id"], row["wanted"]): row["on_day"] for row in reader.rows(_ASKED, {"clients": clients})
    }
    found = []
    for row in rows:
        moment, about = moments[order[row["key"]]], Found("client", row["id"], row["name"])
        wanted = tuple(what for what in moment.asks_for if asked.get((about.id, what), "") < row["on_day"])
        # Asked at the latest moment, nothing is asked for at an earlier one.
        asked |= {(about.id, what): row["on_day"] for what in wanted}
        if wanted:
            found.append(Ask(about, moment, date.fromisoformat(row["on_day"]), row["visit_id"], wanted))
    return found


def _how_often(reader: Reader, wanted: Wanted) -> str:
    """Tell at how many visits of the quarter something was asked for, beside the goal."""
    from improv import measure  # noqa: PLC0415 - metrics are loaded only where there is something to ask for
    from improv.dates import quarter_of  # noqa: PLC0415 - as above
    from improv.metrics import declared  # noqa: PLC0415 - as above

    quarter = quarter_of(reader.today)
    reading = measure.measure(reader, declared("visits", f"{wanted}_ask_rate"), quarter)
    goal = f", goal {reading.target.bound}%" if reading.target else ""
    return f"a {wanted} was asked for at {reading.hits} of {reading.n} visits in {quarter.label}{goal}"


def ask_words(reader: Reader, about: Ask) -> Iterator[str]:
    """Yield what it is a good moment to ask for, how often each is asked for, and what is typed once it was."""
    *others, last = (f"a {wanted}" for wanted in about.wanted)
    things = f"{', '.join(others)} and {last}" if others else last
    yield f"a good moment to ask for {things}: {about.moment.name}"
    yield from (_how_often(reader, wanted) for wanted in about.wanted)
    yield f"once asked: {about.command}"


def asks_table(reader: Reader) -> Table:
    """Return the good moments to ask as a table, with how often we ask."""
    found = asks(reader)
    missed = [wanted for wanted in get_args(Wanted) if any(wanted in one.wanted for one in found)]
    return Table(
        "asks",
        "Good moments to ask",
        (
            Column("day", "Day", "day"),
            Column("record", "Client", "ref"),
            Column("moment", "Moment"),
            Column("wanted", "Ask for"),
            Column("command", "Once asked", "command"),
        ),
        [
            (
                one.on_day,
                Ref(one.client.ref, one.client.name),
                one.moment.name,
                ", ".join(one.wanted),
                one.command,
            )
            for one in found
        ],
        empty=f"No client waits to be asked after a good moment of the last {reader.playbook.limits['ask_within']} days.",
        note="; ".join(_how_often(reader, wanted) for wanted in missed),
    )
