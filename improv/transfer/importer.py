"""Imports a file: looks at all of it once, then writes its rows, in the one transaction it is given.

Whatever a row cannot be is a reason beside its line; nothing is half done, because the transaction is all or nothing.
"""

from collections.abc import Callable
from typing import Final, Literal

from improv.actions import mailings
from improv.actions.touches import recognise_all
from improv.store import Writing
from improv.text import clipped
from improv.transfer.batch import Batch
from improv.transfer.csvfile import CsvFile
from improv.transfer.deals import Opportunities
from improv.transfer.doings import Activities, Campaigns, Events, Surveys
from improv.transfer.histories import Histories
from improv.transfer.importing import NAMED, Duplicates, Importing, Kinds, Mode
from improv.transfer.lifecycle import follow
from improv.transfer.links import Links, SetAside
from improv.transfer.mailing import Person, Touches
from improv.transfer.mapping import Mapping
from improv.transfer.people import Clients, Leads, Referrals, Visits
from improv.transfer.result import ImportResult
from improv.transfer.rows import Rows
from improv.transfer.survey import survey
from improv.transfer.values import Fault

Missing = Literal["create", "refuse"]
BATCH: Final = 2_500
LONGEST_REASON: Final = 400
# What may bring the mail address of a visitor, or of whom a visitor is.
_WITH_ADDRESSES: Final = frozenset(("lead", "client", "touch"))
_KINDS: Final[dict[str, type[Kinds]]] = {
    "leads": Leads,
    "opportunities": Opportunities,
    "stages": Histories,
    "events": Events,
    "clients": Clients,
    "visits": Visits,
    "referrals": Referrals,
    "activities": Activities,
    "surveys": Surveys,
    "campaigns": Campaigns,
    "touches": Touches,
}


def run_import(
    work: Writing,
    file: CsvFile,
    mapping: Mapping,
    *,
    mode: Mode = "create",
    missing: Missing = "create",
    duplicates: Duplicates = "keep",
    progress: Callable[[int, int | None], None] | None = None,
    people: "dict[str, Person] | None" = None,
) -> ImportResult:
    """Import the rows of a file by a mapping, and return what became of them.

    `mode` says whether rows make records, change those that are there, or both; `missing` whether what they refer to
    and the store lacks is made, or the row refused; `duplicates` whether a row that looks like a known record makes
    another, is left out, or changes it. `people` are those whom ids of a mailing program stand for. `progress` is told
    how many rows of how many are done.
    """
    rows = Rows(file, mapping, work.playbook)
    tell = progress or (lambda _done, _of: None)
    tell(0, None)
    seen = survey(rows, NAMED.get(mapping.kind.table, ()))
    result = ImportResult(
        file.path.name, mapping.kind.name, missing, seen.rows, unknown=seen.unknown, notices=rows.notices
    )
    result.notes = [*file.notes, *seen.notes]
    result.proved = dict(rows.forms.dates)
    for name in [name for name, policy in mapping.unknown.items() if policy != "refuse"]:
        for key in [key for key in result.unknown if key[0] == name]:
            del result.unknown[key]
    heeded = mailings.heeded(work)
    batch = Batch(work)
    links = Links(batch, create=missing == "create")
    importing = Importing(work, mapping, mode, batch, links, seen, result, people or {}, duplicates)
    writer = _KINDS[mapping.kind.name](importing)
    for done, row in enumerate(file.rows(), 1):
        try:
            writer.write(row.line, rows.values(row))
        except Fault as fault:
            result.failed[row.line] = clipped(str(fault), LONGEST_REASON)
            if isinstance(fault, SetAside):
                result.set_aside.add(row.line)
            writer.spoil(row.line, rows.texts(row))
        if done % BATCH == 0:
            batch.flush()
            writer.written()
            tell(done, seen.rows)
    writer.finish()
    links.release()
    batch.flush()
    follow(importing)
    if mapping.kind.table in _WITH_ADDRESSES:
        result.recognised += recognise_all(work)
        result.unsubscribed = mailings.heed(work, but=heeded)
    tell(seen.rows, seen.rows)
    result.created, result.referred = +batch.created, +batch.referred
    return result
