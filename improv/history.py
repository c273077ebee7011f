"""What dates each record, and what of it is unknown before which day: the table that time travel reads.

A *fact* has one day; a *span* has `since` and `until`; a *reading* has a day and holds until the next one. As of a
day, a row dated later does not exist, and a column that was learnt later is as it was before (mostly empty).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from improv.named import NamedTuple


class Dated(NamedTuple):
    """The column that dates a row, and for each column learnt later: the day it was learnt, and what stood before.

    Where many ask for the rows of one, by a column that is learnt later, rows that have learnt it come `apart` from those
    that have not: SQLite gathers them once, and would work the column out for everybody who asks.
    """

    by: str
    later: Mapping[str, tuple[str, str]] = MappingProxyType({})
    apart: bool = False


def _learnt(day: str, *columns: str, before: str = "NULL") -> dict[str, tuple[str, str]]:
    return dict.fromkeys((*columns, day), (day, before))


HISTORY: dict[str, Dated] = {
    "campaign": Dated("starts_on"),
    "campaign_result": Dated("on_day"),
    "client": Dated("since_on", _learnt("unsubscribed_on")),
    "client_status": Dated("since", _learnt("until")),
    "renewal": Dated("noted_on", _learnt("discussed_on")),
    "upsell": Dated("found_on", _learnt("closed_on", "opportunity_id", "because")),
    "lead": Dated("received_on", _learnt("unsubscribed_on")),
    "lifecycle": Dated("since", _learnt("until")),
    "qualification": Dated("decided_on"),
    "reading": Dated("on_day"),
    "opportunity": Dated("opened_on"),
    "opportunity_terms": Dated("on_day"),
    "stage_stay": Dated("since", _learnt("until")),
    "opportunity_outcome": Dated("since", _learnt("until")),
    "product_line": Dated("added_on"),
    "contact": Dated("added_on"),
    "event": Dated(
        "set_on",
        _learnt("closed_on", "actual_stage", "outcome", "discussion")
        | {"status": ("closed_on", "'scheduled'"), "confirmation_on": ("confirmation_on", "NULL")},
    ),
    "visit": Dated("held_on"),
    "testimonial": Dated("given_on", _learnt("published_on", "published_where") | _learnt("used_on")),
    "story": Dated("told_on"),
    "referral": Dated("received_on", _learnt("contacted_on", "contacted_time") | _learnt("declined_on")),
    "activity": Dated("done_on"),
    "task": Dated("created_on", _learnt("done_on")),
    "note": Dated("noted_on"),
    "quota": Dated("on_day"),
    "kpi": Dated("since", _learnt("until")),
    "change": Dated("on_day"),
    "survey_answer": Dated("answered_on"),
    "snooze": Dated("since_on", _learnt("ended_on")),
    "visitor": Dated("seen_on", _learnt("attributed_on", "lead_id", "client_id", "because"), apart=True),
    "link": Dated("made_on"),
    "touch": Dated("on_day"),
    "field_value": Dated("on_day"),
    "saved_list": Dated("saved_on"),
    "enrolment": Dated("since", _learnt("until", "ending")),
    "enrolment_pause": Dated("since", _learnt("ended_on")),
    "enrolment_step": Dated("made_on", _learnt("ended_on", "ending")),
}


def as_of_select(table: str, columns: Sequence[str], source: str = "") -> str:
    """Return the SELECT that shows `table` as it was at the end of the day `:as_of`; its rows come from `source`."""
    dated = HISTORY[table]
    # The plus keeps this cut from choosing an index: most of a store is older than a day somebody looks back to, and by
    # an index each row would be fetched at a place of its own.
    rows = f"FROM {source or f'main.{table}'} WHERE +{dated.by} <= :as_of"
    if source or not dated.apart:
        return f"SELECT {', '.join(_column(column, dated) for column in columns)} {rows}"
    ((day, _),) = set(dated.later.values())
    before = ", ".join(f"NULL AS {column}" if column in dated.later else column for column in columns)
    return f"""SELECT {", ".join(columns)} {rows} AND +{day} <= :as_of
        UNION ALL SELECT {before} {rows} AND CASE WHEN {day} <= :as_of THEN 0 ELSE 1 END = 1"""


def _column(column: str, dated: Dated) -> str:
    if column not in dated.later:
        return column
    day, before = dated.later[column]
    # Not learnt yet, or never learnt (an empty day): what stood before.
    return f"CASE WHEN {day} <= :as_of THEN {column} ELSE {before} END AS {column}"
