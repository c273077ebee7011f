"""The pages of tracks: what is due, the tracks there are, and one track with its steps and its people."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from improv.dates import Period
from improv.nouns import ref
from improv.playbook import Track
from improv.reader import Reader
from improv.report import Cell, Column, Facts, Ref, Report, Section, Table
from improv.reports.parts import breakdown
from improv.tracks import Standing, progress, standings, waiting

_FIGURES: Final = ("enrolments", "people_on_tracks", "track_steps_done", "track_answers")
_DUE: Final = (
    Column("due", "Due", "day"),
    Column("record", "Who", "ref"),
    Column("what", "What"),
    Column("track", "Track"),
    Column("place", "Step"),
    Column("command", "To do it", "command"),
)
_TRACKS: Final = (
    Column("track", "Track"),
    Column("steps", "Steps", "number"),
    Column("days", "Days", "days"),
    Column("people", "People", "number"),
    Column("begins", "Begins when"),
    Column("then", "Then"),
)
_STEPS: Final = (
    Column("day", "Day", "number"),
    Column("activity", "Activity"),
    Column("what", "What"),
    Column("message", "Message"),
)
_PEOPLE: Final = (
    Column("record", "On it", "ref"),
    Column("since", "Since", "day"),
    Column("progress", "How far"),
)


def due(reader: Reader) -> Report:
    """Return the page of what is due on the tracks, today and before."""
    return Report("track_due", "Due on tracks", "", (Section("", (due_table(reader),)),), reader.today)


def due_table(reader: Reader) -> Table:
    """Return the steps that are due today and before, those that are no tasks yet as well."""
    lines = [line for now in standings(reader) if now.runs for line in _due(reader, now)]
    lines.sort(key=lambda line: (str(line[0]), line[1:2]))
    return Table("due", "Due", _DUE, lines, empty="No step of a track is due.", note=waiting(reader))


def _due(reader: Reader, now: Standing) -> Iterator[tuple[Cell, ...]]:
    who = Ref(ref(now.noun, now.number), now.name)
    fallen = {step.after: day for step, day in now.fallen_due(reader.today)}
    for place, step in enumerate(now.steps, 1):
        made, where = now.made.get(step.after), f"{place} of {len(now.steps)}"
        if step.after in fallen:
            yield fallen[step.after], who, step.what, now.called, where, "improv track run"
        elif made is not None and made.ending is None and (made.due is None or made.due <= reader.today):
            done = f"improv task done {ref('task', made.task)}"
            command = f"improv track draft {now.ref}" if step.message else done
            yield made.due, who, step.what, now.called, where, command


def overview(reader: Reader) -> Report:
    """Return the tracks of the playbook: how long each is, who is on it, what begins it and what follows."""
    on = Counter(now.key for now in standings(reader))
    rows: list[tuple[Cell, ...]] = [
        (
            track.key,
            len(track.steps),
            track.steps[-1].after,
            on[track.key],
            _begins(track),
            track.then,
        )
        for track in reader.playbook.tracks
        if on[track.key] or not track.retired
    ]
    table = Table("tracks", "Tracks", _TRACKS, rows, empty="The playbook has no track.", note=waiting(reader))
    return Report("tracks", "Tracks", "", (Section("", (table,)),), reader.today)


def _begins(track: Track) -> str:
    """Say what puts somebody on a track by itself."""
    when = ", ".join(track.enrol_when) or "by hand"
    return f"{when}; in {', '.join(track.industry)}" if track.industry else when


def page(reader: Reader, track: Track) -> Report:
    """Return the page of one track: what it is for, its steps, and who is on it."""
    kinds = {kind.key: kind.name for kind in reader.playbook.activity_kinds}
    facts = (
        ("For", track.audience),
        ("Begins when", _begins(track)),
        ("Ends on", ", ".join(track.exits) or "its last step"),
        ("Then", track.then),
    )
    steps = tuple((step.after, kinds[step.activity], step.what, step.message) for step in track.steps)
    people = tuple(
        (Ref(now.ref, f"{ref(now.noun, now.number)} {now.name}"), now.since, progress(now))
        for now in standings(reader)
        if now.key == track.key
    )
    return Report(
        "track",
        track.name.capitalize(),
        "track",
        (
            Section("", (Facts("facts", "Facts", tuple((name, cell) for name, cell in facts if cell)),)),
            Section("Steps", (Table("steps", "Steps", _STEPS, steps),)),
            Section(
                "People", (Table("people", "People", _PEOPLE, people, empty="Nobody is on this track."),)
            ),
        ),
        reader.today,
    )


def tracks(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return how people fare on each track, how they left, and what is due."""
    return (
        Section("By track", (breakdown(reader, _FIGURES, period, ("track",)),)),
        Section("How they ended", (breakdown(reader, ("enrolments",), period, ("track", "ending")),)),
        Section("Due", (due_table(reader),)),
    )
