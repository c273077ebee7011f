"""By what a figure is broken down: the words that a lead, an opportunity and a client are sorted under."""

from collections.abc import Iterator
from typing import Final

from improv.custom import words_of_each
from improv.metrics.metric import Metric
from improv.nouns import BY_LETTER
from improv.playbook import CustomField, Playbook


def _column(table: str, column: str) -> str:
    return f"SELECT id, {column} AS word FROM {table}"


def _latest(subject: str, kind: str) -> str:
    """Return the last reading's words: whose it is, how warm; looked up for whom it is asked."""
    return f"""SELECT z.id AS id, (SELECT r.text FROM reading AS r WHERE r.{subject}_id = z.id AND r.kind = '{kind}'
        ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS word FROM {subject} AS z"""


def _of_client(word: str, *joins: str) -> str:
    return f"SELECT c.id AS id, {word} AS word FROM client AS c LEFT JOIN lead AS l ON l.id = c.lead_id {' '.join(joins)}"


def _of_opportunity(word: str, *joins: str) -> str:
    return (
        f"SELECT o.id AS id, {word} AS word FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id "
        f"LEFT JOIN client AS c ON c.id = o.client_id {' '.join(joins)}"
    )


def _of_lead_campaign(column: str) -> str:
    return f"SELECT l.id AS id, m.{column} AS word FROM lead AS l LEFT JOIN campaign AS m ON m.id = l.campaign_id"


_LATEST_TERMS: Final = """SELECT z.id AS id, (SELECT t.owner FROM opportunity_terms AS t WHERE t.opportunity_id = z.id
    ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS word FROM opportunity AS z"""
# The stage it is in; of a closed one, the last it was in.
_STAGE: Final = """SELECT z.id AS id, COALESCE(
    (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = z.id AND s.until IS NULL ORDER BY s.sequence DESC LIMIT 1),
    (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = z.id ORDER BY s.sequence DESC LIMIT 1)) AS word
    FROM opportunity AS z"""
# Each opportunity stands under one word only, so that the parts add up to the whole.
_PRODUCT: Final = (
    "SELECT o.id AS id, CASE WHEN n.first_one IS NULL THEN o.type WHEN n.first_one = n.last_one THEN n.first_one "
    "ELSE 'several products' END AS word FROM opportunity AS o LEFT JOIN (SELECT opportunity_id, "
    "MIN(product) AS first_one, MAX(product) AS last_one FROM product_line WHERE included = 1 "
    "GROUP BY opportunity_id) AS n ON n.opportunity_id = o.id"
)
_PLACES: Final = ("industry", "city", "region", "country")
_PERSON: Final = ("age_group", "job_profile", "gender")
_ITS_CAMPAIGN: Final = "LEFT JOIN campaign AS m ON m.id = COALESCE(o.campaign_id, l.campaign_id)"
# The lead that an opportunity came from; of one with a client, the lead that the client was.
_ITS_LEAD: Final = "LEFT JOIN lead AS p ON p.id = COALESCE(o.lead_id, c.lead_id)"

DIMENSIONS: Final[dict[str, dict[str, str]]] = {
    "lead": {
        "source": _column("lead", "source"),
        "owner": _latest("lead", "owner"),
        "campaign": _of_lead_campaign("name"),
        "campaign_day": _of_lead_campaign("starts_on"),
        **{column: _column("lead", column) for column in (*_PLACES, *_PERSON)},
        "temperature": _latest("lead", "temperature"),
    },
    "opportunity": {
        "source": _of_opportunity("COALESCE(o.source, l.source)"),
        "owner": _LATEST_TERMS,
        "campaign": _of_opportunity("m.name", _ITS_CAMPAIGN),
        "campaign_day": _of_opportunity("m.starts_on", _ITS_CAMPAIGN),
        "stage": _STAGE,
        "product": _PRODUCT,
        "client": _of_opportunity("c.name"),
        **{column: _of_opportunity(f"COALESCE(c.{column}, l.{column})") for column in _PLACES},
        **{column: _of_opportunity(f"p.{column}", _ITS_LEAD) for column in _PERSON},
        "temperature": _of_opportunity(
            "h.word", _ITS_LEAD, f"LEFT JOIN ({_latest('lead', 'temperature')}) AS h ON h.id = p.id"
        ),
        **{
            column: _column("opportunity", column)
            for column in ("type", "rating", "location", "business_unit")
        },
    },
    "client": {
        "client": _column("client", "name"),
        "source": _of_client("l.source"),
        "owner": _latest("client", "owner"),
        "campaign": _of_client("m.name", "LEFT JOIN campaign AS m ON m.id = l.campaign_id"),
        **{column: _column("client", column) for column in _PLACES},
        **{column: _of_client(f"l.{column}") for column in _PERSON},
    },
}


def _of_doing(table: str, campaign: str = "COALESCE(o.campaign_id, l.campaign_id)") -> dict[str, str]:
    """Return how what is done for an opportunity, a client or a lead comes to the fields of each."""
    belongs = (
        f"SELECT s.id AS id, h.word AS word FROM {table} AS s LEFT JOIN opportunity AS o ON o.id = s.opportunity_id "
        "LEFT JOIN client AS c ON c.id = COALESCE(s.client_id, o.client_id) "
        "LEFT JOIN lead AS l ON l.id = COALESCE(s.lead_id, o.lead_id, c.lead_id) JOIN ({}) AS h ON h.id = "
    )
    numbers = {"opportunity": "o.id", "client": "c.id", "lead": "l.id", "campaign": campaign}
    return {noun: belongs + number for noun, number in numbers.items()}


_DOINGS: Final = {
    **{table: _of_doing(table) for table in ("event", "task", "survey_answer")},
    "activity": _of_doing("activity", "COALESCE(s.campaign_id, o.campaign_id, l.campaign_id)"),
}
# Whose custom fields a record has beside its own, the nearest first, and how it comes to theirs.
_THROUGH: Final[dict[str, dict[str, str]]] = {
    "lead": {"campaign": "SELECT s.id, h.word FROM lead AS s JOIN ({}) AS h ON h.id = s.campaign_id"},
    "opportunity": {
        "client": _of_opportunity("h.word", "JOIN ({}) AS h ON h.id = o.client_id"),
        "lead": _of_opportunity("h.word", _ITS_LEAD, "JOIN ({}) AS h ON h.id = p.id"),
        "campaign": _of_opportunity("h.word", _ITS_CAMPAIGN, "JOIN ({}) AS h ON h.id = m.id"),
    },
    "client": {"lead": _of_client("h.word", "JOIN ({}) AS h ON h.id = l.id")},
    **_DOINGS,
}


def custom_keys(metric: Metric, playbook: Playbook) -> tuple[str, ...]:
    """Return the custom fields that a metric can be broken down by: of the records it counts, and of those they are about."""
    return tuple(dict.fromkeys(one.column for one, _, _ in _custom(metric, playbook)))


def dimensions(metric: Metric, key: str, playbook: Playbook) -> list[tuple[str, str]]:
    """Return the words a metric's rows are sorted under by a key, the first that is filled: SQL, and the column it goes by."""
    found = DIMENSIONS.get(metric.about or "", {}).get(key)
    if found is not None:
        return [(found, "about")]
    return [(sql, column) for one, sql, column in _custom(metric, playbook) if one.column == key]


def _custom(metric: Metric, playbook: Playbook) -> Iterator[tuple[CustomField, str, str]]:
    """Yield each custom field of a metric's rows, the nearest first, with its words and the column they go by.

    A row has the fields of the record that is counted, then those of whom it is about: what is done says itself for
    whom, of all else the metric does.
    """
    # Rows of several nouns have no field in common.
    counted = BY_LETTER[metric.label].table if len(metric.label) == 1 else metric.about
    if counted is None:
        return
    by_itself = metric.about is None or counted in _DOINGS
    about = counted if by_itself else metric.about or counted
    if about != counted:
        yield from _own(counted, "id", playbook)
    column = "id" if by_itself else "about"
    yield from _own(about, column, playbook)
    for other, through in _THROUGH.get(about, {}).items():
        for one in playbook.fields_of(other):
            yield one, through.format(words_of_each(one)), column


def _own(noun: str, column: str, playbook: Playbook) -> Iterator[tuple[CustomField, str, str]]:
    return ((one, words_of_each(one), column) for one in playbook.fields_of(noun))
