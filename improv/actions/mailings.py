"""Who asked for no more mail: a touch says so, and it holds once it is known whose touch it is."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from improv.models import Client, Lead
from improv.store import Writing
from improv.tracks import later_of

_LEAVING: Final = f"""SELECT w.id, COALESCE(w.lead_id, b.lead_id) AS lead, COALESCE(w.client_id, b.client_id) AS client,
    {later_of("w.on_day", "b.attributed_on")} AS day FROM touch AS w LEFT JOIN visitor AS b ON b.id = w.visitor_id
    WHERE w.kind = 'unsubscribe' AND (w.visitor_id IS NULL OR b.attributed_on IS NOT NULL) AND {{which}}
    ORDER BY day, w.id"""


def heeded(work: Writing) -> frozenset[int]:
    """Return the touches that say so and of which it is known whose they are: they were heeded, or taken back since."""
    return frozenset(row["id"] for row in work.reader.rows(_LEAVING.format(which="1 = 1")))


def heed(
    work: Writing,
    which: str = "1 = 1",
    bound: Mapping[str, object] | None = None,
    *,
    but: frozenset[int] = frozenset(),
) -> int:
    """Note for whoever left the mailings by some touches, `but` for those known before, since when; return how many.

    What a person said of it stands.
    """
    noted = 0
    for row in work.reader.rows(_LEAVING.format(which=which), bound):
        if row["id"] in but:
            continue
        noun = "client" if row["lead"] is None else "lead"
        record = work.get(Lead, row["lead"]) if noun == "lead" else work.get(Client, row["client"])
        if record.unsubscribed_on is None:
            day = max(date.fromisoformat(row["day"]), work.began(noun, row[noun]))
            work.change(record, unsubscribed_on=day)
            noted += 1
    return noted
