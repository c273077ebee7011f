"""Formulas: the facts a client or a lead may be rated by, and the SQL of what they are rated on a day.

A fact is one whole number about a record `x` on the day `:on`, unknown (NULL) before there is anything to tell. A
playbook makes a formula of facts: a part gives nothing at its `worst` and 100 points at its `best`, evenly in between
and none beyond; the rating is the mean of the parts that are known, by their weights, and there is none while too
little is known (`rating_known_percent` of the weights). All is whole numbers, rounded half up.

The reader puts the tables below before a query that names one: `health_part` has a row for each part of the formula and
each active client it is asked of (all whom nobody rated by hand, or `:only` one), `rated_health` what each client is rated. The last reading somebody entered holds; where there is
none, or it says that the formula is to be asked again, the formula on the day itself; where that knows nothing, what
was kept of it last. Only active clients and leads are rated by formula.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from improv.named import NamedTuple

# What is rated, and who is.
RATED: Final = {"health": "client", "engagement": "client", "score": "lead"}
BY_HAND: Final = "by hand"
BY_FORMULA: Final = "by formula"
UNKNOWN: Final = "too little known to rate by"

# Whether a record `x` is one of those that a query is about, where it says so.
AMONG: Final = "x.id IN (SELECT a.value FROM json_each(:among) AS a)"

_YEAR: Final = 365
_QUARTER: Final = 90

# Whether a touch `w` says that somebody is interested: a click, a form, a chat, a named page, or their own link.
INTEREST: Final = """(w.kind IN ('form', 'chat', 'click') OR w.link_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM playbook_page AS g WHERE w.page GLOB g.path))"""

# Whether a record `x` is active on the day.
ACTIVE: Final[Mapping[str, str]] = {
    "client": """x.since_on <= :on AND EXISTS (
  SELECT 1 FROM client_status AS s WHERE s.client_id = x.id AND s.status = 'active'
  AND s.since <= :on AND (s.until IS NULL OR s.until > :on))""",
    "lead": """x.received_on <= :on
AND NOT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = x.id AND o.opened_on <= :on)
AND COALESCE((SELECT q.verdict FROM qualification AS q WHERE q.lead_id = x.id AND q.decided_on <= :on
              ORDER BY q.decided_on DESC, q.id DESC LIMIT 1), 'yes') = 'yes'""",
}


# The numbers between which a record is looked for: its own where one is told, else all. A range is found by index.
ONLY: Final = "COALESCE(CAST({0} AS INTEGER), 0) AND COALESCE(CAST({0} AS INTEGER), 9223372036854775807)"


class Fact(NamedTuple):
    """One whole number about a record: what it says and when it is unknown, and its SQL."""

    sentence: str
    sql: str


def _added(*rows: str) -> str:
    """Return the SQL of the sum of what each row counts; unknown without any row."""
    return f"(SELECT SUM(y.counts) FROM ({' UNION ALL '.join(rows)}) AS y)"


def _last(*rows: str) -> str:
    """Return the SQL of the last of many days; unknown without any."""
    return f"(SELECT MAX(y.day) FROM ({' UNION ALL '.join(rows)}) AS y)"


def _since_last(*rows: str) -> str:
    return f"days({_last(*rows)}, :on)"


def _in_year(day: str) -> str:
    return f"CASE WHEN days({day}, :on) < {_YEAR} THEN 1 ELSE 0 END AS counts"


def _after_a_year(sql: str) -> str:
    return f"CASE WHEN days(x.since_on, :on) >= {_YEAR} THEN {sql} END"


def _belonging(of: str, table: str, shown: str, where: str) -> tuple[str, ...]:
    """Return the SQL of the rows `z` of a table that belong to a record; to a client also those of their sales."""
    own = f"SELECT {shown} FROM {table} AS z WHERE z.{of}_id = x.id AND {where}"
    sales = (
        f"SELECT {shown} FROM opportunity AS o JOIN {table} AS z ON z.opportunity_id = o.id "
        f"WHERE o.{of}_id = x.id AND COALESCE(z.{of}_id, 0) <> x.id AND {where}"
    )
    return (own, sales) if of == "client" else (own,)


def _activities(of: str, shown: str, which: str) -> tuple[str, ...]:
    return _belonging(of, "activity", shown, f"z.done_on <= :on AND {which}")


def _kind_is(mark: str) -> str:
    # The plus keeps to the index of whom the activity belongs to: they are fewer than those of a kind.
    return f"+z.kind IN (SELECT k.key FROM playbook_activity_kind AS k WHERE k.{mark} = 1)"


_VISITS: Final = "FROM visit AS v WHERE v.client_id = x.id AND v.held_on <= :on"
# Visits count nothing here: they are what could have brought something.
_VISITED: Final = f"SELECT 0 AS counts {_VISITS}"
_DUE: Final = """(SELECT r.text FROM reading AS r WHERE r.task_id = z.id AND r.kind = 'due' AND r.on_day <= :on
  ORDER BY r.on_day DESC, r.id DESC LIMIT 1)"""


def _met(of: str) -> tuple[str, ...]:
    """Return the SQL of the days on which a record was met: events held, and visits to a client."""
    held = f"SELECT e.closed_on AS day FROM event AS e WHERE e.{of}_id = x.id AND e.status = 'done' AND e.closed_on <= :on"
    return (held, f"SELECT v.held_on AS day {_VISITS}") if of == "client" else (held,)


def _reached(of: str) -> tuple[str, ...]:
    """Return the SQL of the days on which a record was met or reached; a referral's lead also by its first contact."""
    activities = _activities(of, "z.done_on AS day", _kind_is("contact"))
    first = "SELECT r.contacted_on AS day FROM referral AS r WHERE r.lead_id = x.id AND r.contacted_on <= :on"
    return (*_met(of), *activities, *([first] if of == "lead" else []))


def last_contact(of: str) -> str:
    """Return the SQL of the last day a lead, an opportunity or a client was met or reached."""
    return _last(*_reached(of))


def _responses(of: str) -> tuple[str, ...]:
    return (*_met(of), *_activities(of, "z.done_on AS day", "z.response = 'yes'"))


def _touches(of: str, shown: str) -> tuple[str, str]:
    """Return the SQL of the touches `w` of a record: its own, and those of visitors recognised by the day."""
    return (
        f"SELECT {shown} FROM touch AS w WHERE w.{of}_id = x.id AND w.on_day <= :on",
        f"""SELECT {shown} FROM visitor AS b JOIN touch AS w ON w.visitor_id = b.id
        WHERE b.{of}_id = x.id AND b.attributed_on <= :on AND w.on_day <= :on""",
    )


def _of_both(of: str) -> dict[str, Fact]:
    """Return the facts that a client and a lead have alike."""
    tried = _kind_is("attempt")
    responded = f"COALESCE({_last(*_responses(of))}, '')"
    since = _added(*_activities(of, "z.times AS counts", f"z.done_on > {responded} AND {tried}"))
    missed = f"""SELECT CASE WHEN e.status = 'no-show' AND days(e.closed_on, :on) < {_YEAR} THEN 1 ELSE 0 END AS counts
        FROM event AS e WHERE e.{of}_id = x.id AND e.status IN ('done', 'no-show') AND e.closed_on <= :on"""
    return {
        "days-since-contact": Fact(
            "days since they were last met or reached; unknown before the first time",
            _since_last(*_reached(of)),
        ),
        "days-since-response": Fact(
            "days since they last responded or were met; unknown before the first time",
            _since_last(*_responses(of)),
        ),
        "attempts-without-response": Fact(
            "attempts to reach them since they last responded or were met; unknown before the first attempt",
            f"CASE WHEN {_added(*_activities(of, '1 AS counts', tried))} > 0 THEN COALESCE({since}, 0) END",
        ),
        "no-shows": Fact(
            f"events of the last {_YEAR} days they did not come to; unknown before one was held or missed",
            _added(missed),
        ),
        "days-since-touch": Fact(
            "days since they last did something by themselves: a page, a form, a mail opened; unknown before the first",
            _since_last(*_touches(of, "CASE WHEN w.kind <> 'unsubscribe' THEN w.on_day END AS day")),
        ),
        f"interest-of-{_QUARTER}-days": Fact(
            f"signs of interest of the last {_QUARTER} days: clicks, forms, chats, named pages, own links followed; "
            "unknown before the first touch",
            _added(
                *_touches(
                    of,
                    f"CASE WHEN days(w.on_day, :on) < {_QUARTER} AND {INTEREST} THEN 1 ELSE 0 END AS counts",
                )
            ),
        ),
    }


FACTS: Final[Mapping[str, Mapping[str, Fact]]] = {
    "client": {
        "days-since-visit": Fact(
            "days since the last visit; unknown before the first",
            _since_last(f"SELECT v.held_on AS day {_VISITS}"),
        ),
        "last-satisfaction": Fact(
            "satisfaction at the last visit where it was told, 1 to 5",
            f"(SELECT v.satisfaction {_VISITS} AND v.satisfaction IS NOT NULL ORDER BY v.held_on DESC, v.id DESC LIMIT 1)",
        ),
        "visits-of-year": Fact(
            f"visits of the last {_YEAR} days; unknown before the first visit and in the first year as a client",
            _after_a_year(_added(f"SELECT {_in_year('v.held_on')} {_VISITS}")),
        ),
        "problem-visits": Fact(
            f"visits of the last {_YEAR} days that a problem called for; unknown before a visit has a kind",
            _added(
                f"""SELECT CASE WHEN k.problem = 1 AND days(v.held_on, :on) < {_YEAR} THEN 1 ELSE 0 END AS counts
                FROM visit AS v JOIN playbook_visit_kind AS k ON k.key = v.kind
                WHERE v.client_id = x.id AND v.held_on <= :on"""
            ),
        ),
        "overdue-tasks": Fact(
            "tasks for them or their sales that are overdue; unknown before there was a task",
            _added(
                *_belonging(
                    "client",
                    "task",
                    f"CASE WHEN (z.done_on IS NULL OR z.done_on > :on) AND {_DUE} < :on THEN 1 ELSE 0 END AS counts",
                    "z.created_on <= :on",
                )
            ),
        ),
        "testimonials": Fact(
            "testimonials they gave; unknown before the first visit",
            _added(
                "SELECT 1 AS counts FROM testimonial AS t WHERE t.client_id = x.id AND t.given_on <= :on",
                _VISITED,
            ),
        ),
        "referrals-of-year": Fact(
            f"referrals of the last {_YEAR} days; unknown before the first visit and in the first year as a client",
            _after_a_year(
                _added(
                    f"SELECT {_in_year('r.received_on')} FROM referral AS r WHERE r.client_id = x.id AND r.received_on <= :on",
                    _VISITED,
                )
            ),
        ),
        **_of_both("client"),
    },
    "lead": {
        "meetings": Fact(
            "events held or booked ahead; unknown before anything was done with them",
            _added(
                """SELECT CASE WHEN (e.status = 'done' AND e.closed_on <= :on)
                OR ((e.closed_on IS NULL OR e.closed_on > :on) AND e.scheduled_for >= :on) THEN 1 ELSE 0 END AS counts
                FROM event AS e WHERE e.lead_id = x.id AND e.set_on <= :on""",
                *_belonging("lead", "activity", "0 AS counts", "z.done_on <= :on"),
            ),
        ),
        "temperature": Fact(
            "their temperature: 0 cold, 1 warm, 2 hot",
            """(SELECT CASE r.text WHEN 'cold' THEN 0 WHEN 'warm' THEN 1 WHEN 'hot' THEN 2 END FROM reading AS r
            WHERE r.lead_id = x.id AND r.kind = 'temperature' AND r.on_day <= :on
            ORDER BY r.on_day DESC, r.id DESC LIMIT 1)""",
        ),
        **_of_both("lead"),
    },
}


def _tables(kind: str, of: str) -> Iterator[tuple[str, str]]:
    """Yield the tables of one rating, each with its columns; a later one reads those before it."""
    latest = f"""SELECT y.{{}} FROM reading AS y WHERE y.{of}_id = x.id AND y.kind = '{kind}' AND y.on_day <= :on
        AND y.parts IS {{}} ORDER BY y.on_day DESC, y.id DESC LIMIT 1"""
    by_hand, kept = (latest.format("value", parts) for parts in ("NULL", "NOT NULL"))
    # Kept by itself, so that a fact is looked up once and not wherever it is used.
    yield (
        f"{kind}_fact",
        f"""(subject_id, place, value) AS MATERIALIZED (
        SELECT x.id, p.place, CASE p.fact {{facts}} END
        FROM {of} AS x CROSS JOIN playbook_part AS p
        WHERE x.id BETWEEN {ONLY.format(":only")} AND {{among}} AND {ACTIVE[of]} AND p.formula = '{kind}'
        AND (CAST(:only AS INTEGER) IS NOT NULL OR ({by_hand}) IS NULL))""",
    )
    # From worst to best a value has gone n of d; n and d may both be negative, n * d of d * d is the same and is not.
    yield (
        f"{kind}_part",
        f"""(subject_id, place, fact, name, value, points, weight) AS (
        SELECT f.subject_id, p.place, p.fact, p.name, f.value,
          CASE WHEN (f.value - p.worst) * (p.best - p.worst) <= 0 THEN 0
          WHEN (f.value - p.worst) * (p.best - p.worst) >= (p.best - p.worst) * (p.best - p.worst) THEN 100
          ELSE (200 * (f.value - p.worst) * (p.best - p.worst) + (p.best - p.worst) * (p.best - p.worst))
            / (2 * (p.best - p.worst) * (p.best - p.worst)) END,
          p.weight
        FROM {kind}_fact AS f JOIN playbook_part AS p ON p.formula = '{kind}' AND p.place = f.place
        WHERE f.value IS NOT NULL OR p.optional = 0)""",
    )
    yield (
        f"{kind}_formula",
        f"""(subject_id, value) AS (
        SELECT q.subject_id, (2 * SUM(q.weight * q.points) + SUM(q.known)) / (2 * SUM(q.known))
        FROM (SELECT *, CASE WHEN points IS NULL THEN 0 ELSE weight END AS known FROM {kind}_part) AS q
        GROUP BY q.subject_id
        HAVING SUM(q.known) > 0 AND 100 * SUM(q.known) >= :limit_rating_known_percent * SUM(q.weight))""",
    )
    yield (
        f"rated_{kind}",
        f"""({of}_id, value, state, by_formula, kept) AS (
        SELECT x.id, COALESCE(r.value, f.value, ({kept})),
          CASE WHEN r.value IS NOT NULL THEN '{BY_HAND}' WHEN COALESCE(f.value, ({kept})) IS NOT NULL THEN '{BY_FORMULA}' END,
          f.value, ({kept})
        FROM {of} AS x
        LEFT JOIN reading AS r ON r.id = ({latest.format("id", "NULL")})
        LEFT JOIN {kind}_formula AS f ON f.subject_id = x.id
        WHERE {{among}})""",
    )


TABLES: Final[dict[str, str]] = dict(table for kind, of in RATED.items() for table in _tables(kind, of))


def table(name: str, used: Collection[tuple[str, str]], *, among: bool) -> str:
    """Return a table as it stands before a query, with the facts that formulas use: the others would only be compiled.

    It is of all records, or `among` those that the query names.
    """
    kind = name.removesuffix("_fact")
    known = FACTS[RATED[kind]].items() if kind != name else ()
    facts = " ".join(f"WHEN '{key}' THEN {fact.sql}" for key, fact in known if (kind, key) in used)
    made = TABLES[name].replace("{facts}", facts or "WHEN '' THEN NULL")
    return made.replace("{among}", AMONG if among else "1 = 1")
