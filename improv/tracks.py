"""Who is on which track, when each step falls due, and what takes somebody off it: computed from what is recorded."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from improv.fragments import DUE
from improv.named import NamedTuple
from improv.nouns import ref
from improv.playbook import Step, Track
from improv.reader import Reader
from improv.report import Cell, Column, Ref, Table

# What is recorded of an enrolment that ends by an exit of the playbook.
EXITS: Final = {
    "reply": "replied",
    "booking": "booked",
    "won": "won",
    "unsubscribed": "unsubscribed",
    "not-qualified": "not qualified",
    "left": "left",
    "form": "sent a form",
    "click": "clicked",
}

_ENROLMENTS: Final = """
SELECT x.*, CASE WHEN x.lead_id IS NULL THEN 'client' ELSE 'lead' END AS noun,
    COALESCE(x.lead_id, x.client_id) AS number, COALESCE(l.name, c.name) AS name
FROM enrolment AS x LEFT JOIN lead AS l ON l.id = x.lead_id LEFT JOIN client AS c ON c.id = x.client_id
WHERE {which} ORDER BY x.id"""


def _done_with(
    table: str,
    exit_: str,
    day: str,
    where: str,
    *,
    later: int,
    lead: str = "x.lead_id",
    client: str = "x.client_id",
) -> str:
    """Return the SQL of what was done with a lead or a client; `later` where the day somebody began says nothing."""
    return f"""SELECT '{exit_}' AS exit, {day} AS day, {later} AS later,
    COALESCE({lead}, o.lead_id, c.lead_id) AS lead, COALESCE({client}, o.client_id) AS client
FROM {table} AS x LEFT JOIN opportunity AS o ON o.id = x.opportunity_id
LEFT JOIN client AS c ON c.id = COALESCE({client}, o.client_id)
WHERE {where} AND {day} >= (SELECT MIN(w.since) FROM who AS w)"""


_WON: Final = _done_with(
    *("opportunity_outcome", "won", "x.since", "x.outcome = 'won' AND x.until IS NULL"),
    later=0,
    lead="o.lead_id",
    client="o.client_id",
)


def later_of(one: str, other: str) -> str:
    """Return the SQL of the later of two days."""
    return f"CASE WHEN {other} > {one} THEN {other} ELSE {one} END"


def _touching(noun: str) -> str:
    """Return the SQL of the forms sent and links clicked since, from the day on that it is known whose they are."""
    answered = "t.kind IN ('form', 'click') AND t.on_day > w.since"
    return f"""SELECT w.id, t.kind, t.on_day FROM who AS w JOIN touch AS t ON t.{noun}_id = w.{noun} WHERE {answered}
    UNION ALL SELECT w.id, t.kind, {later_of("t.on_day", "b.attributed_on")} FROM who AS w
        JOIN visitor AS b ON b.{noun}_id = w.{noun} JOIN touch AS t ON t.visitor_id = b.id WHERE {answered}"""


# A reply or a booking of the very day belongs to what brought somebody there; the rest takes them off at once.
_EXITS: Final = f"""
WITH who AS (SELECT e.id, e.since, COALESCE(e.lead_id, c.lead_id) AS lead, e.client_id AS client, e.lead_id
    FROM enrolment AS e LEFT JOIN client AS c ON c.id = e.client_id WHERE e.until IS NULL),
doing AS ({_done_with("activity", "reply", "x.done_on", "x.response = 'yes'", later=1)}
    UNION ALL {_done_with("event", "booking", "x.set_on", "x.moved_from_id IS NULL", later=1)}
    UNION ALL {_WON}),
leaving AS (SELECT w.id, d.exit, d.day FROM who AS w JOIN doing AS d ON d.lead = w.lead
        WHERE d.day > w.since OR (d.later = 0 AND d.day = w.since)
    UNION ALL SELECT w.id, d.exit, d.day FROM who AS w JOIN doing AS d ON d.client = w.client
        WHERE d.day > w.since OR (d.later = 0 AND d.day = w.since)
    UNION ALL SELECT w.id, 'unsubscribed', {later_of("w.since", "l.unsubscribed_on")} FROM who AS w
        JOIN lead AS l ON l.id = w.lead WHERE l.unsubscribed_on IS NOT NULL
    UNION ALL SELECT w.id, 'unsubscribed', {later_of("w.since", "c.unsubscribed_on")} FROM who AS w
        JOIN client AS c ON c.id = w.client WHERE c.unsubscribed_on IS NOT NULL
    UNION ALL SELECT w.id, 'not-qualified', {later_of("w.since", "q.decided_on")} FROM who AS w
        JOIN qualification AS q ON q.id = (SELECT y.id FROM qualification AS y WHERE y.lead_id = w.lead_id
            ORDER BY y.decided_on DESC, y.id DESC LIMIT 1) WHERE q.verdict = 'no'
    UNION ALL SELECT w.id, 'left', {later_of("w.since", "s.since")} FROM who AS w
        JOIN client_status AS s ON s.client_id = w.client AND s.until IS NULL WHERE s.status = 'former'
    UNION ALL {_touching("lead")} UNION ALL {_touching("client")})
SELECT id, exit, MIN(day) AS day FROM leaving GROUP BY id, exit ORDER BY MIN(day), exit"""


_MADE: Final = f"""SELECT s.*, {DUE} AS due FROM enrolment_step AS s JOIN task AS x ON x.id = s.task_id
ORDER BY s.enrolment_id, s.step"""


class Pause(NamedTuple):
    """A pause since a day, and the day it is over; nothing while nobody said when."""

    since: date
    over: date | None

    def holds(self, day: date) -> bool:
        """Tell whether it is on that day."""
        return self.since <= day and (self.over is None or day < self.over)


class Made(NamedTuple):
    """A step that became a task, the day that is due, and what became of it."""

    task: int
    due: date | None
    ended: date | None
    ending: str | None


class Leaving(NamedTuple):
    """What takes somebody off a track, and the day it happened."""

    day: date
    ending: str


class Standing(NamedTuple):
    """An enrolment as it stands; `track` is nothing where the playbook no longer knows it."""

    id: int
    key: str
    track: Track | None
    noun: str
    number: int
    name: str
    since: date
    until: date | None
    ending: str | None
    because: str | None
    pauses: Sequence[Pause]
    made: Mapping[int, Made]
    leaving: Leaving | None

    @property
    def ref(self) -> str:
        """The enrolment's id as people write it."""
        return ref("enrolment", self.id)

    @property
    def who(self) -> str:
        """The lead or the client, by id and name."""
        return f"{ref(self.noun, self.number)} {self.name}"

    @property
    def called(self) -> str:
        """What the track is called."""
        return self.track.name if self.track else self.key

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the track."""
        return self.track.steps if self.track else ()

    @property
    def runs(self) -> bool:
        """Whether it neither ended nor is to end."""
        return self.until is None and self.leaving is None

    @property
    def ahead(self) -> tuple[Step, ...]:
        """The steps that did not become tasks yet; what the playbook puts before one that did is left out."""
        furthest = max(self.made, default=-1)
        return tuple(step for step in self.steps if step.after > furthest)

    @property
    def open_steps(self) -> list[int]:
        """The steps that are tasks still to do, by their days."""
        return [day for day, made in self.made.items() if made.ending is None]

    @property
    def is_through(self) -> bool:
        """Whether no step is left."""
        return self.track is not None and not self.ahead and not self.open_steps

    @property
    def over(self) -> int:
        """How many steps are over, done or skipped."""
        return sum(made.ending in {"done", "skipped"} for made in self.made.values())

    def due_on(self, step: Step) -> date | None:
        """Return the day a step falls due, later by the days paused; nothing while a pause has no end."""
        day = self.since + timedelta(days=step.after)
        for pause in self.pauses:
            if pause.since <= day:
                if pause.over is None:
                    return None
                day += pause.over - pause.since
        return day

    def fallen_due(self, on: date) -> list[tuple[Step, date]]:
        """Return the steps that are due by a day and are no tasks yet."""
        if not self.runs:
            return []
        found = [(step, self.due_on(step)) for step in self.ahead]
        return [(step, day) for step, day in found if day is not None and day <= on]

    def paused(self, on: date) -> Pause | None:
        """Return the pause that holds on a day."""
        return next((pause for pause in self.pauses if pause.holds(on)), None)


def standings(
    reader: Reader, which: str = "x.until IS NULL", bound: Mapping[str, object] | None = None
) -> list[Standing]:
    """Return enrolments as they stand: those that run unless told."""
    rows = reader.rows(_ENROLMENTS.format(which=which), bound)
    if not rows:
        return []
    tracks = {track.key: track for track in reader.playbook.tracks}
    pauses, made, leaving = _pauses(reader), _made(reader), _leaving(reader)
    found = []
    for row in rows:
        track = tracks.get(row["track"])
        exits = track.exits if track else ()
        taken = next((one for exit_, one in leaving.get(row["id"], ()) if exit_ in exits), None)
        found.append(
            Standing(
                row["id"],
                row["track"],
                track,
                row["noun"],
                row["number"],
                row["name"],
                date.fromisoformat(row["since"]),
                _day(row["until"]),
                row["ending"],
                row["because"],
                pauses.get(row["id"], ()),
                made.get(row["id"], {}),
                taken,
            )
        )
    return found


def standing(reader: Reader, number: int) -> Standing:
    """Return one enrolment as it stands."""
    return standings(reader, "x.id = :number", {"number": number})[0]


def _pauses(reader: Reader) -> dict[int, list[Pause]]:
    found: dict[int, list[Pause]] = {}
    for row in reader.rows("SELECT * FROM enrolment_pause ORDER BY since, id"):
        over = row["ended_on"] or row["until_on"]
        found.setdefault(row["enrolment_id"], []).append(Pause(date.fromisoformat(row["since"]), _day(over)))
    return found


def _made(reader: Reader) -> dict[int, dict[int, Made]]:
    found: dict[int, dict[int, Made]] = {}
    for row in reader.rows(_MADE):
        made = Made(row["task_id"], _day(row["due"]), _day(row["ended_on"]), row["ending"])
        found.setdefault(row["enrolment_id"], {})[row["step"]] = made
    return found


def _leaving(reader: Reader) -> dict[int, list[tuple[str, Leaving]]]:
    found: dict[int, list[tuple[str, Leaving]]] = {}
    for row in reader.rows(_EXITS):
        taken = Leaving(date.fromisoformat(row["day"]), EXITS[row["exit"]])
        found.setdefault(row["id"], []).append((row["exit"], taken))
    return found


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


_STEPS: Final = (
    Column("step", "Day", "number"),
    Column("due", "Due", "day"),
    Column("what", "What"),
    Column("state", "State"),
    Column("task", "Task", "ref"),
)


def step_table(now: Standing, today: date) -> Table:
    """Return the steps of an enrolment: when each falls due, and what became of it."""
    rows: list[tuple[Cell, ...]] = [
        (step.after, now.due_on(step), step.what, *_state(now, step, today)) for step in now.steps
    ]
    return Table(
        "steps", "Steps", _STEPS, rows, empty="The playbook knows no such track.", note=progress(now)
    )


def _state(now: Standing, step: Step, today: date) -> tuple[str, Cell]:
    made = now.made.get(step.after)
    if made is not None:
        state = "to do" if made.ended is None else f"{made.ending} {made.ended.isoformat()}"
        return state, Ref(ref("task", made.task), "")
    if step not in now.ahead or not now.runs:
        return "not taken", None
    due = now.due_on(step)
    return "paused" if due is None else "due" if due <= today else "ahead", None


def progress(now: Standing) -> str:
    """Say how far somebody is on a track, and what comes next."""
    said = f"{now.over} of {len(now.steps)} steps over"
    if now.until is not None:
        return f"{said}; {now.ending} {now.until.isoformat()}"
    if now.leaving is not None:
        return f"{said}; {now.leaving.ending} {now.leaving.day.isoformat()}: improv track run takes them off"
    if not now.ahead:
        return f"{said}; none ahead"
    due = now.due_on(now.ahead[0])
    return f"{said}; next {'when it is resumed' if due is None else due.isoformat()}: {now.ahead[0].what}"


def waiting(reader: Reader) -> str:
    """Say how many steps are due and no tasks yet, and how many people are off, if any; and what makes it so."""
    now = standings(reader)
    due = sum(len(one.fallen_due(reader.today)) for one in now)
    off = sum(one.leaving is not None for one in now)
    said = [f"{due} step{'s' * (due > 1)} of tracks due"] if due else []
    said += [f"{off} {'people' if off > 1 else 'person'} off"] if off else []
    return f"{', '.join(said)}: improv track run" if said else ""
