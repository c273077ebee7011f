"""How rows become opportunities: with their dated terms, their stay in a stage, and how they ended."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from improv.models import Contact, Opportunity, OpportunityOutcome, OpportunityTerms, StageStay
from improv.transfer.importing import Kinds, with_folded
from improv.transfer.rows import Words

TERMS: Final = ("value", "probability", "close_on", "owner")
NEGATIVE_STAY: Final = "stays that end before they began: left out of averages"


@dataclass(frozen=True, slots=True)
class _Now:
    """Where an opportunity of the store stands: its open stay or its open outcome, and its last sequence."""

    stay: tuple[int, str, str] | None
    outcome: tuple[int, str, str] | None
    sequence: int


class Opportunities(Kinds):
    """A row is an opportunity as it stands: its stage, or how it ended."""

    table = "opportunity"
    plain = ("title", "description", "type", "source", "business_unit", "location", "rating")

    def create(self, values: dict[str, Any]) -> int:
        """Make the opportunity with its terms, its stay and its outcome."""
        values["title"] = self.called(values, "id")
        opened = self.day(
            values, "opened_on", "opportunities without the day they were opened", values.get("stage_since")
        )
        if opened > self.today:
            self.importing.notice("opportunities opened after today")
        own = with_folded(self.kept(values), "title") | self._links(values, opened)
        number = self.batch.add(
            Opportunity, opened_on=opened, external_id=values.get("id"), imported=True, **own
        )
        terms = {name: values.get(name) for name in TERMS}
        self.batch.add(OpportunityTerms, opportunity_id=number, on_day=opened, **terms)
        if "value" not in values:
            self.importing.notice("opportunities without a value")
        self._begin(number, values, opened)
        self.importing.moved.add(number)
        if "contact" in values:
            said = {name: values.get(f"contact_{name}") for name in ("role", "email", "phone")}
            self.batch.add(Contact, opportunity_id=number, name=values["contact"], added_on=opened, **said)
        self.importing.note("opportunity", number, values.get("as_of", opened), values)
        return number

    def _links(self, values: dict[str, Any], opened: date) -> dict[str, int]:
        """Return the lead, client and campaign of a row. A client is made of one that bought, and of nobody else."""
        source = {"source": values["source"]} if "source" in values else {}
        won = values.get("outcome") == "won"
        lead = self.links.to("lead", values, opened, **source)
        found = {"lead_id": lead, "campaign_id": self.links.to("campaign", values, opened)}
        if won:
            found["client_id"] = self.links.to("client", values, self._ended_on(values, opened), lead_id=lead)
        else:
            found["client_id"] = self.links.known("client", values)
        if not won and found["client_id"] is None and ("client" in values or "client_name" in values):
            self.importing.notice("clients that rows name, who are not known and have not bought: left out")
        return {name: number for name, number in found.items() if number is not None}

    def _ended_on(self, values: dict[str, Any], opened: date) -> date:
        """Return the day it ended: as the row says, else the day it should close, else as late as it is known."""
        for name in ("closed_on", "close_on", "stage_since"):
            if name in values:
                day: date = values[name]
                return day
        self.importing.notice(
            "closed opportunities without the day they ended: the day they were opened stands for it"
        )
        return opened

    def _begin(self, number: int, values: dict[str, Any], opened: date) -> None:
        """Write the first stay, and the outcome that ended it. One that ended in an unknown stage has no stay."""
        outcome, stage = values.get("outcome"), values.get("stage")
        since = values.get("stage_since", opened)
        ended = self._ended_on(values, opened) if outcome else None
        if stage is None and outcome is None:
            self.importing.notice("open opportunities without a stage: they begin in the first")
            stage = self.importing.work.playbook.sale_stages[0].key
        if stage is not None:
            if ended is not None and ended < since:
                self.importing.notice(NEGATIVE_STAY)
            self.batch.add(
                StageStay,
                opportunity_id=number,
                stage=stage,
                since=since,
                until=ended,
                sequence=1,
                imported=True,
            )
        if ended is not None:
            if ended < opened:
                self.importing.notice("opportunities that ended before they were opened")
            self._end(number, values, ended, stage)

    def _end(self, number: int, values: dict[str, Any], day: date, stage: str | None) -> None:
        self.batch.add(
            OpportunityOutcome,
            opportunity_id=number,
            outcome=values["outcome"],
            stage=stage,
            since=day,
            imported=True,
            **reasons(values),
        )

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Correct the opportunity; its terms, stage and outcome are added as of the day of the row, or today."""
        self.batch.flush()
        day = values.get("as_of", self.today)
        own = with_folded({name: values.get(name) for name in self.plain}, "title")
        changed = self.batch.change("opportunity", number, own | self._links(values, day))
        changed = self._agree(number, values, day) or changed
        return self._advance(number, values, day) or changed

    def _agree(self, number: int, values: dict[str, Any], day: date) -> bool:
        """Add terms as of a day when they differ from those that hold."""
        row = self.importing.work.connection.execute(
            f"SELECT {', '.join(TERMS)} FROM opportunity_terms WHERE opportunity_id = ? ORDER BY on_day DESC, id DESC LIMIT 1",
            (number,),
        ).fetchone()
        before = dict(zip(TERMS, row or (None,) * len(TERMS), strict=True))
        if before["close_on"]:
            before["close_on"] = date.fromisoformat(before["close_on"])
        after = before | {name: values[name] for name in TERMS if name in values}
        if after == before:
            return False
        self.batch.add(OpportunityTerms, opportunity_id=number, on_day=day, **after)
        return True

    def _advance(self, number: int, values: dict[str, Any], day: date) -> bool:
        """Move, end or reopen the opportunity where the row says that it stands elsewhere than the store does."""
        stage, outcome, now = values.get("stage"), values.get("outcome"), self._now(number)
        if outcome is not None:
            if now.outcome and now.outcome[1] == outcome:
                return False
            ended = values.get("closed_on", values.get("close_on", day))
            self._close_now(now, ended)
            self._end(number, values, ended, stage or (now.stay[1] if now.stay else None))
            self.importing.moved.add(number)
            return True
        if stage is None or (now.stay and now.stay[1] == stage):
            return False
        since = values.get("stage_since", day)
        self._close_now(now, since)
        self.importing.moved.add(number)
        self.batch.add(
            StageStay,
            opportunity_id=number,
            stage=stage,
            since=since,
            sequence=now.sequence + 1,
            imported=True,
        )
        return True

    def _now(self, number: int) -> _Now:
        ask = self.importing.work.connection.execute
        stay = ask(
            "SELECT id, stage, since FROM stage_stay WHERE opportunity_id = ? AND until IS NULL", (number,)
        )
        outcome = ask(
            "SELECT id, outcome, since FROM opportunity_outcome WHERE opportunity_id = ? AND until IS NULL",
            (number,),
        )
        last = ask("SELECT MAX(sequence) FROM stage_stay WHERE opportunity_id = ?", (number,)).fetchone()[0]
        return _Now(stay.fetchone(), outcome.fetchone(), last or 0)

    def _close_now(self, now: _Now, day: date) -> None:
        """End what is open on a day; one that ends before it began is marked as imported, and counted."""
        for table, one in (("stage_stay", now.stay), ("opportunity_outcome", now.outcome)):
            if one is None:
                continue
            backward = day.isoformat() < one[2]
            if backward:
                self.importing.notice(NEGATIVE_STAY)
            self.batch.change(table, one[0], {"until": day} | ({"imported": 1} if backward else {}))


def reasons(values: dict[str, Any]) -> dict[str, str]:
    """Return the reason of an outcome: one of the playbook's, or somebody's own words."""
    said = values.get("reason")
    if said is None:
        return {}
    return {"words": str(said)} if isinstance(said, Words) else {"reason": said}
