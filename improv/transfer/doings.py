"""How rows become events, activities, survey answers, and campaigns with their results."""

from datetime import date
from typing import Any, Final

from improv.errors import Usage
from improv.models import Activity, Campaign, CampaignResult, Event, SurveyAnswer
from improv.nouns import BY_TABLE
from improv.playbook import Reason, folded
from improv.transfer.importing import Importing, Kinds, clock_of, columns, needed, with_folded
from improv.transfer.rows import Words
from improv.transfer.values import Fault, Moment

_PARTIES: Final = ("opportunity", "lead", "client")
# What exports call the row that adds up the others.
_TOTALS: Final = frozenset(("total", "totals", "grand total", "gesamt", "summe"))
_FIGURES: Final = (
    *("spend", "impressions", "clicks", "emails_opened", "links_clicked", "forms"),
    *("platform_leads", "platform_customers"),
)


class Events(Kinds):
    """A row is a booking: the day it was set, the day it is for, and what became of it."""

    table = "event"
    plain = (
        *("kind", "subject", "ends_time", "place", "visit_kind", "assigned_to", "assigned_by"),
        *("anticipated_stage", "actual_stage", "outcome", "discussion"),
    )

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self._last: tuple[int, dict[str, int | None]] = (0, {})

    def create(self, values: dict[str, Any]) -> int:
        """Keep the booking; one that is scheduled before it was set is kept and counted."""
        needed(values, "kind")
        booked: Moment = needed(values, "set_on")
        due: Moment = needed(values, "scheduled_for")
        if due.day < booked.day:
            self.importing.notice("events that are scheduled before they were set")
        parties = self._parties(values, booked.day)
        return self.batch.add(
            Event,
            set_on=booked.day,
            first_set_on=booked.day,
            scheduled_for=due.day,
            scheduled_time=values.get("scheduled_time", clock_of(due)),
            external_id=values.get("id"),
            imported=True,
            **self._ended(values, booked.day, due.day),
            **self.kept(values),
            **parties,
        )

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the booking, and say what became of it."""
        stored = self.batch.peek("event", number, "set_on", "scheduled_for")
        booked, due = (
            columns(values.get(name)) or date.fromisoformat(was)
            for name, was in zip(("set_on", "scheduled_for"), stored, strict=True)
        )
        new = self._ended(values, booked, due) if {"status", "closed_on"} & values.keys() else {}
        new |= {"set_on": booked, "scheduled_for": due, **self._parties(values, booked)}
        if isinstance(values.get("scheduled_for"), Moment):
            new["scheduled_time"] = clock_of(values["scheduled_for"])
        if new.get("status") == "scheduled" and self.batch.peek("event", number, "status") != ("scheduled",):
            self.batch.flush()  # what is empty is never written by a change: booked again, it was not closed
            sql = "UPDATE event SET status = 'scheduled', closed_on = NULL WHERE id = ?"
            self.importing.work.connection.execute(sql, (number,))
        return self.batch.change("event", number, self.kept(values) | new)

    def _ended(self, values: dict[str, Any], booked: date, due: date) -> dict[str, Any]:
        """Return the status and the day it was closed: the day it was for, never before the day it was set."""
        status = values.get("status", "done" if "closed_on" in values else "scheduled")
        if status == "scheduled":
            return {"status": status, "closed_on": None}
        closed = values.get("closed_on", max(due, booked))
        if closed < booked:
            self.importing.notice("events that ended before they were set")
        return {"status": status, "closed_on": closed}

    def _parties(self, values: dict[str, Any], day: date) -> dict[str, int]:
        found = {f"{party}_id": self.links.to(party, values, day) for party in _PARTIES}
        if found["opportunity_id"] is not None:
            for name, number in self._of(found["opportunity_id"]).items():
                found[name] = number if found[name] is None else found[name]
        return {name: number for name, number in found.items() if number is not None}

    def _of(self, opportunity: int) -> dict[str, int | None]:
        """Return the lead and the client of an opportunity; the rows of one mostly follow each other."""
        if self._last[0] != opportunity:
            row = self.importing.work.connection.execute(
                "SELECT lead_id, client_id FROM opportunity WHERE id = ?", (opportunity,)
            ).fetchone()
            self._last = opportunity, dict(zip(("lead_id", "client_id"), row or (), strict=False))
        return self._last[1]


class _OfOne(Kinds):
    """Rows whose record belongs to one opportunity, lead or client at most."""

    def _party(self, values: dict[str, Any], day: date) -> dict[str, int]:
        said = [party for party in _PARTIES if party in values or f"{party}_name" in values]
        if len(said) > 1:
            what = BY_TABLE[self.table].plural
            self.importing.notice(
                f"{what} that name several records: kept with the first of opportunity, lead, client"
            )
        for party in said[:1]:
            number = self.links.to(party, values, day)
            return {} if number is None else {f"{party}_id": number}
        return {}


class Activities(_OfOne):
    """A row is something that was done; it belongs to one opportunity, lead or client at most."""

    table = "activity"
    plain = ("kind", "times", "subject", "done_on", "minutes", "response", "outcome", "owner", "notes")

    def create(self, values: dict[str, Any]) -> int:
        """Keep the activity with the record it was done for."""
        needed(values, "kind")
        done: Moment = needed(values, "done_on")
        self._check(values)
        campaign = self.links.to("campaign", values, done.day)
        return self.batch.add(
            Activity,
            done_time=clock_of(done),
            campaign_id=campaign,
            external_id=values.get("id"),
            **self._party(values, done.day),
            **self.kept(values),
        )

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the activity."""
        self._check(values)
        return super().change(number, values)

    def _check(self, values: dict[str, Any]) -> None:
        if values.get("times", 1) < 1:
            raise Fault("times: an activity was done at least once")


class Surveys(_OfOne):
    """A row is what somebody answered to one question; a reason the playbook does not know is their own words."""

    table = "survey_answer"
    plain = ("question", "answered_on")

    def create(self, values: dict[str, Any]) -> int:
        """Keep the answer with the record it is of."""
        needed(values, "question")
        day = needed(values, "answered_on").day
        said = self._said(values)
        if not said:
            raise Fault("an answer is a reason, or their own words")
        return self.batch.add(
            SurveyAnswer,
            external_id=values.get("id"),
            **self._party(values, day),
            **self.kept(values),
            **said,
        )

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the answer."""
        own = {"question": self.batch.peek(self.table, number, "question")[0]} | self.kept(values)
        return self.batch.change(self.table, number, own | self._said(values | own))

    def _said(self, values: dict[str, Any]) -> dict[str, str]:
        """Return the reason and the words that are given; a reason of another question is refused."""
        reason, words = values.get("reason"), values.get("words")
        if isinstance(reason, Words):
            reason, words = None, "; ".join(filter(None, (str(reason), words)))
        asked = folded(values["question"])
        if reason is not None and all(reason != one.key or asked not in one.of for one in self._reasons):
            raise Fault(f"reason: {reason} does not answer “{values['question']}”")
        return {name: said for name, said in (("reason", reason), ("words", words)) if said}

    @property
    def _reasons(self) -> tuple[Reason, ...]:
        return self.importing.work.playbook.reasons


class Campaigns(Kinds):
    """A row is a campaign, or a result of one: rows of one campaign make one record with dated results."""

    table = "campaign"
    plain = ("name", "type", "subtype", "ends_on", "tracked_phone", "keywords", "owner")

    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        # The results that were there before this file, by their id and day: its own rows may share both, one for each
        # audience.
        known = importing.work.connection.execute(
            "SELECT external_id, on_day FROM campaign_result WHERE external_id IS NOT NULL"
        )
        self._there = {(result, date.fromisoformat(day)) for result, day in known}

    def write(self, line: int, values: dict[str, Any]) -> None:  # noqa: ARG002 - as the other kinds
        """Write the campaign when it is new or changed, and the row's figures as a result of it."""
        result, mode = self.importing.result, self.importing.mode
        values["name"] = self.called(values, "id")
        if values["name"].casefold().startswith("total:") or values["name"].casefold() in _TOTALS:
            raise Fault(f"name: “{values['name']}” adds up the other rows and is no campaign")
        found, has_result = self._own(values), any(name in values for name in _FIGURES)
        if found is None and mode == "update":
            raise Fault("no campaign has this id or name")
        self._pair(values, found)
        if found is None:
            number = self.create(values)
            new = True
            self.importing.say(self.table, number, values, new=True)
        else:
            number = found
            new = mode != "create" and any(
                [self.change(number, values), self.importing.say(self.table, number, values)]
            )
            result.updated += new
        said = has_result and self._result(number, values)
        if not new and not said:
            result.there += 1

    def _pair(self, values: dict[str, Any], found: int | None) -> None:
        """Refuse a sub-type that is none of its type, be it of the row or of the campaign that is there."""
        names = ("type", "subtype")
        there = (None, None) if found is None else self.batch.peek("campaign", found, *names)
        kind, subtype = (values.get(name, was) for name, was in zip(names, there, strict=True))
        if subtype is None or not {*names} & values.keys():
            return
        try:
            own = self.importing.work.playbook.campaign_subtype(kind, subtype)
        except Usage as error:
            raise Fault(
                f"subtype: {error.what}: {error.value}; {error.mend.removeprefix('--subtype, ')}"
            ) from None
        values["subtype"] = own

    def _own(self, values: dict[str, Any]) -> int | None:
        if "id" in values:
            return super()._own(values)
        return self.links.directory("campaign").find(None, values["name"])

    def create(self, values: dict[str, Any]) -> int:
        """Make the campaign; without its first day it starts with its first result."""
        own = self.kept(values)
        if "starts_on" in values:
            _check_order(values["starts_on"], values.get("ends_on"))
            fields = with_folded(own, "name") | {"external_id": values.get("id")}
            number = self.batch.add(Campaign, starts_on=values["starts_on"], **fields)
            self.links.directory("campaign").learn(number, values.get("id"), values["name"])
            return number
        known = [values[name] for name in ("result_on", "ends_on") if name in values]
        day = self.day(values, "starts_on", "campaigns without their first day", min(known, default=None))
        return self.links.new("campaign", values.get("id"), values["name"], day, own)

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the campaign."""
        first, last = self.batch.peek("campaign", number, "starts_on", "ends_on")
        _check_order(
            values.get("starts_on", date.fromisoformat(first)),
            values.get("ends_on", last and date.fromisoformat(last)),
        )
        own = with_folded({name: values.get(name) for name in self.plain}, "name")
        return self.batch.change("campaign", number, own | {"starts_on": values.get("starts_on")})

    def _result(self, number: int, values: dict[str, Any]) -> bool:
        """Keep the row's figures; not again when an earlier file brought this id on this day."""
        days = values.get("result_on"), values.get("ends_on"), values.get("starts_on")
        day = next((day for day in days if day is not None), self.today)
        if (values.get("result_id"), day) in self._there:
            return False
        self.links.lower("campaign", number, day)
        figures = {name: values[name] for name in _FIGURES if name in values}
        own = {"on_day": day, "external_id": values.get("result_id")}
        self.batch.add(CampaignResult, campaign_id=number, **own, **figures)
        return True


def _check_order(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise Fault(f"ends_on: {last} is before {first}, when it starts")
