"""What is done with quotas: set from a day on, ended, corrected."""

from datetime import date
from typing import Any

from improv.actions.dated import one_line
from improv.errors import Refused, Usage
from improv.models import Quota
from improv.nouns import ref
from improv.quotas import Measure, Quotas, whose_words
from improv.reader import Reader
from improv.store import Writing
from improv.text import folded

_KNOWN = {
    "owner": "SELECT owner AS word FROM opportunity_terms UNION SELECT owner FROM activity UNION SELECT owner FROM quota",
    "unit": "SELECT business_unit AS word FROM opportunity UNION SELECT unit FROM quota",
}


def set_from(work: Writing, on: date, values: dict[str, Any]) -> Quota:
    """Set a quota that holds from a day on, which may be ahead; one of nothing ends the one before."""
    values = _checked(work.reader, values)
    of: Measure = "value" if values.get("points") is None else "points"
    owner, unit = values.get("owner"), values.get("unit")
    if not values[of] and not Quotas(work.reader, of).own(on, owner, unit):
        raise Refused("there is no such quota to end", whose_words(owner, unit), "improv quota list")
    quota = work.add(Quota, on_day=on, **values)
    work.subject = ref("quota", quota.id)
    return quota


def edit(work: Writing, number: int, values: dict[str, Any]) -> Quota:
    """Correct what was said of a quota; taking its amount away makes it end the one before."""
    quota = work.get(Quota, number)
    amount, other = ("value", "points") if quota.points is None else ("points", "value")
    if other in values:
        raise Usage(f"this is a quota of {amount}", ref("quota", number), f"--{amount} …")
    if amount in values:
        values[amount] = values[amount] or 0
    work.subject = ref("quota", number)
    return work.change(quota, **_checked(work.reader, {"points": quota.points} | values))


def _checked(reader: Reader, values: dict[str, Any]) -> dict[str, Any]:
    """Refuse points for a unit, and write names as they are written already: figures go by their very words."""
    if values.get("points") is not None and values.get("unit") is not None:
        raise Usage("points are earned by people, not by a business unit", values["unit"], "--owner NAME")
    return values | {
        name: _as_known(reader, name, one_line(values[name], name))
        for name in _KNOWN
        if values.get(name) is not None
    }


def _as_known(reader: Reader, name: str, typed: str) -> str:
    words = [str(row["word"]) for row in reader.each(f"{_KNOWN[name]} ORDER BY 1") if row["word"] is not None]
    same = [word for word in words if folded(word) == folded(typed)]
    return typed if typed in same or not same else same[0]
