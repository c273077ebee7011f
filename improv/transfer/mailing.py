"""How rows become touches of people known by a mail address, or by an id of the program that sent the mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from improv.actions.touches import own_links
from improv.errors import Usage
from improv.links import page_of, parameters
from improv.models import Touch, Visitor
from improv.playbook import Playbook
from improv.records.words import TAG
from improv.transfer.csvfile import open_csv
from improv.transfer.fields_of_touches import PERSONS
from improv.transfer.guess import guess
from improv.transfer.importing import Importing, Kinds, clock_of, needed
from improv.transfer.rows import Rows
from improv.transfer.values import Fault, Moment

_PLAIN: Final = ("kind", "seconds", "words", "utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a mailing program knows by an id."""

    email: str | None
    name: str | None


def read_people(path: Path, playbook: Playbook) -> dict[str, Person]:
    """Return who the ids in a file stand for; refused where it has no ids, or no mail addresses."""
    file = open_csv(path)
    mapping = guess(file, PERSONS, playbook)
    if not {"id", "email"} <= mapping.mapped:
        raise Usage(
            "the file of people has no ids, or no mail addresses",
            ", ".join(file.headers),
            "a CSV with a column id and a column email",
        )
    rows = Rows(file, mapping, playbook)
    said = (rows.texts(row) for row in file.rows() if not row.fault)
    return {one["id"]: Person(one.get("email"), one.get("name")) for one in said if "id" in one}


class Touches(Kinds):
    """A row is a mail opened, a link clicked, a page visited: a touch of a visitor, known by address or id."""

    table = "touch"

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.people: Mapping[str, Person] = importing.people
        connection = importing.work.connection
        key = connection.execute("SELECT value FROM store_setting WHERE key = 'visitors'").fetchone()[0]
        self._key = str(key).encode()
        self._own_links = own_links(importing.work)
        self._new: set[str] = set()
        self._visitors: dict[str, int] = {}

    def write(self, line: int, values: dict[str, Any]) -> None:  # noqa: ARG002 - as the other kinds
        """Keep the touch of a row with the visitor it is of, unless it is there already."""
        if "kind" not in values:
            raise Fault('kind is missing: --set "kind=unsubscribe" says it for every row')
        at: Moment = needed(values, "on_day")
        if at.day > self.today:
            raise Fault("on_day: the day is after today")
        person = self.people.get(values.get("member", ""), Person(None, None))
        email = (values.get("email") or person.email or "").strip().casefold() or None
        known_as = values.get("member") or email
        if known_as is None:
            raise Fault("whose it is is missing: a mail address, or the id of a person")
        told = {"email": email, "name": values.get("name") or person.name}
        visitor = self._known(known_as, told)
        mark = values.get("id") or self._mark(known_as, at, values)
        if self._there(mark):
            self.importing.result.there += 1
            return
        if visitor is None:
            visitor = self.batch.add(Visitor, known_as=known_as, seen_on=at.day, **told)
            self._visitors[known_as] = visitor
        self._touch(visitor, at, mark, values)

    def _mark(self, known_as: str, at: Moment, values: dict[str, Any]) -> str:
        """Return what a row is known by that has no id: everything it says."""
        said = (
            known_as,
            values["kind"],
            at.day,
            at.clock,
            *(values.get(one) for one in ("campaign", "page")),
        )
        return blake2b("\n".join(map(str, said)).encode(), key=self._key, digest_size=12).hexdigest()

    def _there(self, mark: str) -> bool:
        if mark in self._new:
            return True
        self._new.add(mark)
        sql = "SELECT 1 FROM touch WHERE external_id = ?"
        return self.importing.work.connection.execute(sql, (mark,)).fetchone() is not None

    def written(self) -> None:
        """Let go of the rows that the store knows by now."""
        self._new.clear()

    def _known(self, known_as: str, told: dict[str, str | None]) -> int | None:
        """Return the visitor of a row, by what it is known as, else by its address; keep what is told of them anew."""
        if known_as in self._visitors:
            return self._visitors[known_as]
        sql = "SELECT id FROM visitor WHERE known_as = ? OR email = ? ORDER BY CASE WHEN known_as = ? THEN 0 ELSE 1 END, id"
        found = self.importing.work.connection.execute(sql, (known_as, told["email"], known_as)).fetchone()
        if found is None:
            return None
        self.importing.result.updated += self.batch.change("visitor", found[0], told)
        self._visitors[known_as] = int(found[0])
        return self._visitors[known_as]

    def _touch(self, visitor: int, at: Moment, mark: str, values: dict[str, Any]) -> None:
        if at.day.isoformat() < str(self.batch.peek("visitor", visitor, "seen_on")[0]):
            self.batch.change("visitor", visitor, {"seen_on": at.day})
        url = values.get("page")
        link = self._own_links.get(parameters(url).get(TAG, "")) if url else None
        own = {name: values[name] for name in _PLAIN if name in values}
        if url and urlsplit(url).netloc:
            own.setdefault("words", f"at {urlsplit(url).hostname}")
        campaign = self.links.to("campaign", values, at.day)
        self.batch.add(
            Touch,
            on_day=at.day,
            at_time=clock_of(at),
            page=page_of(url) if url else None,
            campaign_id=campaign or (link and link.campaign_id),
            link_id=link and link.id,
            visitor_id=visitor,
            external_id=mark,
            **own,
        )
        if link is not None and self.batch.peek("visitor", visitor, "attributed_on") == (None,):
            self.batch.change("visitor", visitor, link.learnt(at.day))
            self.importing.result.recognised += 1
