"""What clients and leads are rated, worked out in plain Python from the rows: it shares nothing with the program's SQL."""

from collections.abc import Callable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

from improv.playbook import Playbook
from improv.reader import Reader

Row = dict[str, Any]
TABLES = (
    *(
        "client",
        "client_status",
        "lead",
        "qualification",
        "opportunity",
        "visit",
        "event",
        "activity",
        "task",
    ),
    *("reading", "testimonial", "referral", "touch", "visitor"),
)


class Plain:
    """Every row of a store, and what follows from those up to a day."""

    def __init__(self, reader: Reader, on: date) -> None:
        self.book: Playbook = reader.playbook
        self.on = on.isoformat()
        self.rows: dict[str, list[Row]] = {
            table: [dict(row) for row in reader.rows(f"SELECT * FROM {table} ORDER BY id")]
            for table in TABLES
        }

    def ratings(self, kind: str) -> dict[int, tuple[int | None, list[int | None], int | None]]:
        """Return of every active record: what it is rated, the values of the formula's facts, what the formula says."""
        of = "lead" if kind == "score" else "client"
        active = self._active_leads() if of == "lead" else self._active_clients()
        parts = [part for part in self.book.formulas[kind] if part.weight]
        told = {}
        for record in active:
            facts = self._lead(record) if of == "lead" else self._client(record)
            values = [facts[part.key] for part in parts]
            known = [(part, value) for part, value in zip(parts, values, strict=True) if value is not None]
            own = [part for part in parts if facts[part.key] is not None or not part.optional]
            weight, whole = sum(part.weight for part, _ in known), sum(part.weight for part in own)
            formula = None
            if weight and 100 * weight >= self.book.limits["rating_known_percent"] * whole:
                gained = sum(part.weight * points(value, part.worst, part.best) for part, value in known)
                formula = half_up(Fraction(gained, weight))
            by_hand = self._latest(of, record["id"], kind, kept=False)
            kept = self._latest(of, record["id"], kind, kept=True)
            held = by_hand["value"] if by_hand else None
            before = kept["value"] if kept else None
            rated = next((one for one in (held, formula, before) if one is not None), None)
            told[record["id"]] = (rated, values, formula)
        return told

    def _latest(self, of: str, number: int, kind: str, *, kept: bool) -> Row | None:
        mine = [
            row
            for row in self.rows["reading"]
            if row[f"{of}_id"] == number and row["kind"] == kind and row["on_day"] <= self.on
        ]
        said = [row for row in mine if (row["parts"] is not None) == kept]
        return max(said, key=lambda row: (row["on_day"], row["id"]), default=None)

    def _active_clients(self) -> Iterator[Row]:
        for record in self.rows["client"]:
            spans = [span for span in self.rows["client_status"] if span["client_id"] == record["id"]]
            if any(
                span["status"] == "active"
                and span["since"] <= self.on
                and (span["until"] or "9999") > self.on
                for span in spans
            ):
                yield record

    def _active_leads(self) -> Iterator[Row]:
        for record in self._up_to("lead", "received_on"):
            opened = [
                row for row in self._up_to("opportunity", "opened_on") if row["lead_id"] == record["id"]
            ]
            verdicts = [
                row for row in self._up_to("qualification", "decided_on") if row["lead_id"] == record["id"]
            ]
            last = max(verdicts, key=lambda row: (row["decided_on"], row["id"]), default={"verdict": "yes"})
            if not opened and last["verdict"] == "yes":
                yield record

    def _up_to(self, table: str, day: str) -> list[Row]:
        return [row for row in self.rows[table] if row[day] is not None and row[day] <= self.on]

    def _ago(self, day: str | None) -> int | None:
        return None if day is None else (date.fromisoformat(self.on) - date.fromisoformat(day)).days

    def _in_year(self, day: str) -> bool:
        return (self._ago(day) or 0) < 365

    def _client(self, record: Row) -> dict[str, int | None]:
        number = record["id"]
        sales = {row["id"] for row in self.rows["opportunity"] if row["client_id"] == number}
        visits = [row for row in self._up_to("visit", "held_on") if row["client_id"] == number]
        referrals = [row for row in self._up_to("referral", "received_on") if row["client_id"] == number]
        praise = [row for row in self._up_to("testimonial", "given_on") if row["client_id"] == number]
        told = sorted(
            (row["held_on"], row["id"], row["satisfaction"]) for row in visits if row["satisfaction"]
        )
        problem = {kind.key: kind.problem for kind in self.book.visit_kinds}
        kinds = [row for row in visits if row["kind"] in problem]
        tasks = [
            row
            for row in self._up_to("task", "created_on")
            if row["client_id"] == number or row["opportunity_id"] in sales
        ]
        year_old = (self._ago(record["since_on"]) or 0) >= 365
        return {
            "days-since-visit": self._ago(max((row["held_on"] for row in visits), default=None)),
            "last-satisfaction": told[-1][2] if told else None,
            "visits-of-year": sum(self._in_year(row["held_on"]) for row in visits)
            if visits and year_old
            else None,
            "problem-visits": sum(problem[row["kind"]] and self._in_year(row["held_on"]) for row in kinds)
            if kinds
            else None,
            "overdue-tasks": sum(map(self._overdue, tasks)) if tasks else None,
            "testimonials": len(praise) if praise or visits else None,
            "referrals-of-year": sum(self._in_year(row["received_on"]) for row in referrals)
            if year_old and (visits or referrals)
            else None,
            **self._both(
                lambda row: row["client_id"] == number,
                lambda row: row["client_id"] == number or row["opportunity_id"] in sales,
                [row["held_on"] for row in visits],
                [],
            ),
            **self._by_themselves("client_id", number),
        }

    def _lead(self, record: Row) -> dict[str, int | None]:
        number = record["id"]

        def mine(row: Row) -> bool:
            return bool(row["lead_id"] == number)

        booked = [row for row in self._up_to("event", "set_on") if mine(row)]
        done = [row for row in self._up_to("activity", "done_on") if mine(row)]
        called = [row["contacted_on"] for row in self._up_to("referral", "contacted_on") if mine(row)]
        warmth = self._latest("lead", number, "temperature", kept=False)
        met = [
            row
            for row in booked
            if (row["closed_on"] and row["closed_on"] <= self.on and row["status"] == "done")
            or ((row["closed_on"] or "9999") > self.on and row["scheduled_for"] >= self.on)
        ]
        return {
            "meetings": len(met) if booked or done else None,
            "temperature": ("cold", "warm", "hot").index(warmth["text"]) if warmth else None,
            **self._both(mine, mine, [], called),
            **self._by_themselves("lead_id", number),
        }

    def _both(
        self,
        met_by: Callable[[Row], bool],
        done_by: Callable[[Row], bool],
        visits: list[str],
        called: list[str],
    ) -> dict[str, int | None]:
        kinds = {kind.key: kind for kind in self.book.activity_kinds}
        closed = [row for row in self._up_to("event", "closed_on") if met_by(row)]
        done = [row for row in self._up_to("activity", "done_on") if done_by(row)]
        met = visits + [row["closed_on"] for row in closed if row["status"] == "done"]
        reached = met + called + [row["done_on"] for row in done if kinds[row["kind"]].contact]
        responded = met + [row["done_on"] for row in done if row["response"] == "yes"]
        tried = [row for row in done if kinds[row["kind"]].attempt]
        last = max(responded, default="")
        ended = [row for row in closed if row["status"] in {"done", "no-show"}]
        missed = [row for row in ended if row["status"] == "no-show" and self._in_year(row["closed_on"])]
        return {
            "days-since-contact": self._ago(max(reached, default=None)),
            "days-since-response": self._ago(max(responded, default=None)),
            "attempts-without-response": sum(row["times"] for row in tried if row["done_on"] > last)
            if tried
            else None,
            "no-shows": len(missed) if ended else None,
        }

    def _by_themselves(self, column: str, number: int) -> dict[str, int | None]:
        """Return what a record did by itself, and as a visitor that was known by then."""
        known = [row for row in self._up_to("visitor", "attributed_on") if row[column] == number]
        visitors = {row["id"] for row in known}
        done = [
            row
            for row in self._up_to("touch", "on_day")
            if row[column] == number or row["visitor_id"] in visitors
        ]
        recent = [row for row in done if (self._ago(row["on_day"]) or 0) < 90]
        return {
            "days-since-touch": self._ago(
                max((row["on_day"] for row in done if row["kind"] != "unsubscribe"), default=None)
            ),
            "interest-of-90-days": sum(map(self._interested, recent)) if done else None,
        }

    def _interested(self, touch: Row) -> bool:
        named = any(fnmatchcase(touch["page"] or "", page.path) for page in self.book.pages)
        return named or touch["link_id"] is not None or touch["kind"] in {"click", "form", "chat"}

    def _overdue(self, task: Row) -> bool:
        due = self._latest("task", task["id"], "due", kept=False)
        return due is not None and due["text"] < self.on and (task["done_on"] or "9999") > self.on


def points(value: int, worst: int, best: int) -> int:
    """Return the points of a value: none at worst, 100 at best, whole, rounded half up."""
    return half_up(min(Fraction(100), max(Fraction(0), Fraction(100 * (value - worst), best - worst))))


def half_up(number: Fraction) -> int:
    """Return a whole number, rounded half up."""
    return int(number + Fraction(1, 2))


# A formula of every fact there is, each with a part of its own.
EVERY_FACT: dict[str, dict[str, dict[str, dict[str, object]]]] = {
    "formula": {
        "health": {
            "days-since-visit": {"worst": 120, "best": 30},
            "last-satisfaction": {"worst": 1, "best": 5},
            "visits-of-year": {"worst": 0, "best": 4},
            "problem-visits": {"worst": 3, "best": 0},
            "overdue-tasks": {"worst": 2, "best": 0},
            "testimonials": {"name": "testimonials", "worst": 0, "best": 3, "weight": 7},
            "referrals-of-year": {"name": "referrals", "worst": 0, "best": 3, "weight": 9},
            "days-since-contact": {"name": "contact", "worst": 90, "best": 5, "weight": 11},
            "days-since-response": {"name": "response", "worst": 70, "best": 6, "weight": 13},
            "attempts-without-response": {"name": "attempts", "worst": 3, "best": 0, "weight": 17},
            "no-shows": {"name": "no-shows", "worst": 3, "best": 0, "weight": 19},
            "days-since-touch": {"name": "touch", "worst": 50, "best": 2, "weight": 23, "optional": True},
            "interest-of-90-days": {"name": "interest", "worst": 0, "best": 4, "weight": 29},
        },
        "score": {"days-since-contact": {"name": "contact", "worst": 20, "best": 1, "weight": 23}},
    }
}
