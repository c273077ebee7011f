"""How rows become leads, clients, visits and referrals."""

from datetime import date
from typing import Any, Final

from improv.models import Client, ClientStatus, Lead, Lifecycle, Qualification, Referral, Renewal, Visit
from improv.playbook import offered
from improv.text import folded
from improv.transfer.importing import Kinds, clock_of, columns, needed, with_folded
from improv.transfer.values import Fault, Moment

_MONTHS_IN_YEAR: Final = 12
_LEAD_READINGS: Final = ("owner", "score", "temperature")
_CLIENT_READINGS: Final = ("owner", "health", "engagement", "revenue")
_BEST_SATISFACTION: Final = 5
_LAST_SAFE_DAY: Final = 28


class Leads(Kinds):
    """A row is a lead; owner, score and temperature are dated readings."""

    table = "lead"
    plain = (
        *("name", "company", "email", "phone", "website", "gender", "age_group", "job_profile"),
        *(
            "industry",
            "city",
            "region",
            "country",
            "source",
            "met_at",
            "met_on",
            "platform",
            "first_meeting_on",
        ),
    )

    def create(self, values: dict[str, Any]) -> int:
        """Make the lead with its first span of lifecycle and its readings."""
        values["name"] = self.called(values, "email", "id")
        day = self.day(
            values, "received_on", "leads without the day they were received", values.get("qualified_on")
        )
        links = self._linked(values, day)
        own = with_folded(self.kept(values), "name", "company") | links
        number = self.batch.add(Lead, received_on=day, external_id=values.get("id"), **own)
        state = values.get("lifecycle", "lead")
        self.batch.add(Lifecycle, lead_id=number, state=state, since=day)
        self._said(number, values, day)
        return number

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the lead; what is dated holds from the day of the row, or today."""
        day = values.get("as_of", self.today)
        own = with_folded({name: values.get(name) for name in self.plain}, "name", "company")
        own["received_on"] = values.get("received_on")
        changed = self.batch.change("lead", number, own | self._linked(values, day))
        changed = self._moved(number, values, day) or changed
        return self._said(number, values, day) or changed

    def _linked(self, values: dict[str, Any], day: date) -> dict[str, int]:
        found = {
            "referring_client_id": self.links.to("client", values, day),
            "campaign_id": self.links.to("campaign", values, day),
        }
        return {name: number for name, number in found.items() if number is not None}

    def _said(self, number: int, values: dict[str, Any], day: date) -> bool:
        on = values.get("as_of", day)
        changed = self.importing.read("lead", number, on, values, _LEAD_READINGS)
        verdict = values.get("qualified")
        if verdict and verdict != self._verdict(number):
            decided, because = values.get("qualified_on", on), values.get("qualified_because")
            self.batch.add(
                Qualification, lead_id=number, verdict=verdict, decided_on=decided, because=because
            )
            changed = True
        if changed or self.importing.mode == "create":
            self.importing.note("lead", number, on, values)
        return changed

    def _verdict(self, number: int) -> str | None:
        row = self.importing.work.connection.execute(
            "SELECT verdict FROM qualification WHERE lead_id = ? ORDER BY decided_on DESC, id DESC LIMIT 1",
            (number,),
        ).fetchone()
        return None if row is None else str(row[0])

    def _moved(self, number: int, values: dict[str, Any], day: date) -> bool:
        """Open a new span of lifecycle when the row says another state than the open one."""
        state = values.get("lifecycle")
        if state is None:
            return False
        self.batch.flush()
        row = self.importing.work.connection.execute(
            "SELECT id, state, since FROM lifecycle WHERE lead_id = ? AND until IS NULL", (number,)
        ).fetchone()
        if row is not None and row[1] == state:
            return False
        since = max(day, date.fromisoformat(row[2])) if row else day
        if row is not None:
            self.batch.change("lifecycle", row[0], {"until": since})
        self.batch.add(Lifecycle, lead_id=number, state=state, since=since)
        return True


class Clients(Kinds):
    """A row is a client; a former one has left on a day, for a reason."""

    table = "client"
    plain = (
        *("name", "contact_name", "email", "phone", "industry", "city", "region", "country"),
        "referrals_before",
    )

    def create(self, values: dict[str, Any]) -> int:
        """Make the client with its spans of status, its readings and its renewal."""
        values["name"] = self.called(values, "contact_name", "email", "id")
        tenure = values.get("tenure_months")
        counted = None if tenure is None else _months_before(self.today, tenure)
        since = self.day(
            values, "since_on", "clients without the day they became one", counted, values.get("left_on")
        )
        former = values.get("status") == "former" or "left_on" in values
        left = self._left_on(values, since) if former else None
        lead = self.links.to("lead", values, since)
        own = with_folded(self.kept(values), "name")
        number = self.batch.add(Client, since_on=since, lead_id=lead, external_id=values.get("id"), **own)
        self.batch.add(ClientStatus, client_id=number, status="active", since=since, until=left)
        if left is not None:
            because = values.get("left_because")
            self.batch.add(ClientStatus, client_id=number, status="former", since=left, reason=because)
        self._said(number, values, since, left)
        self.importing.note("client", number, values.get("as_of", since), values)
        return number

    def _left_on(self, values: dict[str, Any], since: date) -> date:
        left = self.day(values, "left_on", "former clients without the day they left", values.get("as_of"))
        if left < since:
            raise Fault(f"left_on: {left} is before {since}, when they became a client")
        return left

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the client; what is dated holds from the day of the row, or today."""
        day = values.get("as_of", self.today)
        own = with_folded({name: values.get(name) for name in self.plain}, "name")
        lead = self.links.to("lead", values, day)
        changed = self.batch.change(
            "client", number, own | {"lead_id": lead, "since_on": values.get("since_on")}
        )
        changed = self._status(number, values, day) or changed
        return self._said(number, values, day, None) or changed

    def _status(self, number: int, values: dict[str, Any], day: date) -> bool:
        """End the open span of status when the row says another one."""
        status = values.get("status") or ("former" if "left_on" in values else None)
        if status is None:
            return False
        self.batch.flush()
        row = self.importing.work.connection.execute(
            "SELECT id, status, since FROM client_status WHERE client_id = ? AND until IS NULL", (number,)
        ).fetchone()
        if row is not None and row[1] == status:
            return False
        on = values.get("left_on", day) if status == "former" else day
        if row is not None and on.isoformat() < row[2]:
            raise Fault(f"{on} is before {row[2]}, when they became {row[1]}")
        if row is not None:
            self.batch.change("client_status", row[0], {"until": on})
        reason = values.get("left_because") if status == "former" else None
        self.batch.add(ClientStatus, client_id=number, status=status, since=on, reason=reason)
        return True

    def _said(self, number: int, values: dict[str, Any], day: date, left: date | None) -> bool:
        if "monthly_revenue" in values:
            values.setdefault("revenue", values["monthly_revenue"] * _MONTHS_IN_YEAR)
        on = values.get("as_of", left if left is not None else day)
        changed = self.importing.read("client", number, on, values, _CLIENT_READINGS)
        due = values.get("renewal_on")
        if due is not None and not self._has_renewal(number, due):
            self.batch.add(Renewal, client_id=number, due_on=due, noted_on=min(on, due))
            changed = True
        return changed

    def _has_renewal(self, number: int, due: date) -> bool:
        sql = "SELECT 1 FROM renewal WHERE client_id = ? AND due_on = ?"
        return self.importing.work.connection.execute(sql, (number, due.isoformat())).fetchone() is not None


def _months_before(day: date, months: int) -> date:
    """Return the day so many months before another; what is before 1900 fails."""
    years, month = divmod(day.year * _MONTHS_IN_YEAR + day.month - 1 - months, _MONTHS_IN_YEAR)
    if years < date.min.replace(year=1900).year:
        raise Fault(f'tenure_months: "{months}" goes back before 1900')
    return date(years, month + 1, min(day.day, _LAST_SAFE_DAY))


class Visits(Kinds):
    """A row is a visit that was held."""

    table = "visit"
    plain = (
        *("kind", "held_on", "attendees", "topics", "outcomes", "satisfaction"),
        *("asked_testimonial", "asked_story", "asked_referral", "next_steps", "owner"),
    )

    def create(self, values: dict[str, Any]) -> int:
        """Keep the visit with its client."""
        day = needed(values, "held_on")
        self._check(values)
        client = self.links.to("client", values, day)
        if client is None:
            raise Fault("client is missing: a visit belongs to one")
        return self.batch.add(Visit, client_id=client, external_id=values.get("id"), **self.kept(values))

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the visit."""
        self._check(values)
        return super().change(number, values)

    def _check(self, values: dict[str, Any]) -> None:
        satisfaction = values.get("satisfaction")
        if satisfaction is not None and not 1 <= satisfaction <= _BEST_SATISFACTION:
            raise Fault(f"satisfaction: {satisfaction} is not from 1 to {_BEST_SATISFACTION}")


class Referrals(Kinds):
    """A row is somebody a client named; it becomes a lead whose source is the referral."""

    table = "referral"
    plain = (
        *("name", "how", "kind", "email", "phone", "estimated_value", "incentive"),
        *("contacted_on", "contacted_time", "declined_on"),
    )

    def create(self, values: dict[str, Any]) -> int:
        """Keep the referral with its client and its lead."""
        values["name"] = self.called(values, "email")
        received: Moment = needed(values, "received_on")
        self._check(values, received.day)
        client = self.links.to("client", values, received.day)
        if client is None:
            raise Fault("client is missing: a referral comes from one")
        lead = self._lead(values, client, received.day)
        own = with_folded(self.kept(values), "name") | {"received_time": clock_of(received), "lead_id": lead}
        return self.batch.add(
            Referral, client_id=client, received_on=received.day, external_id=values.get("id"), **own
        )

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the referral."""
        (received,) = self.batch.peek("referral", number, "received_on")
        self._check(values, date.fromisoformat(received))
        return self.batch.change(
            "referral", number, with_folded({name: columns(values.get(name)) for name in self.plain}, "name")
        )

    def _check(self, values: dict[str, Any], received: date) -> None:
        self._timed(values)
        for name in ("contacted_on", "declined_on"):
            if name in values and columns(values[name]) < received:
                raise Fault(f"{name}: {columns(values[name])} is before {received}, when it was received")

    def _timed(self, values: dict[str, Any]) -> None:
        if isinstance(values.get("contacted_on"), Moment):
            values["contacted_time"] = clock_of(values["contacted_on"])

    def _lead(self, values: dict[str, Any], client: int, day: date) -> int:
        """Return the lead the referral became: the one it names, else a new one."""
        named: dict[str, Any] = {name: values[name] for name in ("lead", "lead_name") if name in values}
        found = self.links.known("lead", named) if named else None
        if found is not None:
            return found
        source = next(
            (one.key for one in offered(self.importing.work.playbook.sources) if one.from_client), None
        )
        name = named.get("lead_name", values["name"])
        number = self.batch.add(
            Lead,
            name=name,
            name_folded=folded(name),
            email=values.get("email"),
            phone=values.get("phone"),
            received_on=day,
            source=source,
            referring_client_id=client,
            external_id=named.get("lead"),
        )
        self.batch.add(Lifecycle, lead_id=number, state="lead", since=day)
        self.links.directory("lead").learn(number, named.get("lead"), name)
        return number
