"""`improv track`: a series of touches over time, who is on which, and what is due."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from improv.commands import message
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import On, ahead, day_words, named, noun_app, past, shaped, told, writes
from improv.commands.listing import pick, show_record, with_common_verbs
from improv.errors import Refused, Usage
from improv.playbook import Track, folded, offered
from improv.playbook.words import spellings
from improv.resolve import resolve
from improv.tracks import progress, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from improv.actions.tracks import Done
    from improv.track_letters import Letter

app = noun_app(
    "Tracks: a series of touches over time. Who is on which, and what is due.",
    """
    improv track
    improv track enrol ada general-interest
    improv track run
    improv track due
    improv track draft ada
    """,
)
APPS = {"track": app}
Enrolment = Annotated[str, Argument(metavar="ENROLMENT", help="an id such as D3, or who is on the track")]
WhenDue = Annotated[
    str | None,
    Option(
        "--due", metavar="WHEN", help="only if it was due, at 06:30, and did not run well since; says nothing"
    ),
]
DryRun = Annotated[bool, Option("--dry-run", help="show what would be done, and do nothing")]


@app.by_itself
def track() -> None:
    """Show the tracks there are, unless a command says what to do with them."""
    from improv.reports.tracks import overview  # noqa: PLC0415 - only this page needs it

    with desk().reading() as reader:
        report = overview(reader)
    desk().show(report)


@app.command("due", epilog=shaped("improv track due\nimprov track due --as-of fri"))
def due() -> None:
    """Show the steps that are due today and before; who replied or booked a minute ago is off already."""
    from improv.reports import tracks as pages  # noqa: PLC0415 - only this page needs it

    with desk().reading() as reader:
        report = pages.due(reader)
    desk().show(report)


@app.command("show", epilog=shaped("improv track show general-interest\nimprov track show D3"))
def show(
    what: Annotated[str, Argument(metavar="TRACK", help="a track, an id such as D3, or who is on one")],
) -> None:
    """Show a track with its steps and its people; or how far one of them is."""
    chosen = _track_called(what)
    if chosen is None:
        show_record(what, "enrolment")
        return
    from improv.reports.tracks import page  # noqa: PLC0415 - only this page needs it

    with desk().reading() as reader:
        report = page(reader, chosen)
    desk().show(report)


def _track_called(typed: str) -> Track | None:
    """Return the track that has just this name."""
    tracks = desk().playbook().tracks
    wanted = folded(typed)
    return next((one for one in tracks if wanted in spellings(one)), None)


@writes(
    app,
    "track",
    "enrol",
    examples="improv track enrol ada general-interest --on fri\nimprov track enrol --by-rule --dry-run",
)
def enrol(
    record: Annotated[str | None, Argument(metavar="RECORD", help="the lead or client")] = None,
    track_name: Annotated[str | None, Argument(metavar="TRACK", help="a track of the playbook")] = None,
    because: Annotated[str | None, Option("--because", metavar="TEXT", help="why")] = None,
    on: On = None,
    by_rule: Annotated[bool, Option("--by-rule", help="whom the playbook's rules put on a track")] = False,
    dry_run: DryRun = False,
) -> None:
    """Put a lead or a client on a track; they move on from the one they were on."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    if by_rule:
        _enrol_by_rule(record or because or on, dry_run=dry_run)
        return
    if dry_run:
        raise Usage("--dry-run goes with --by-rule", mend="improv track enrol --by-rule --dry-run")
    known = ", ".join(one.key for one in offered(desk().playbook().tracks))
    whom = named(record, "Whom?", "the lead or client", "improv track enrol ada general-interest")
    which = named(track_name, f"Which track? ({known})", "the track", f"one of: {known}")
    with desk().writing() as work:
        found, chosen = resolve(work.reader, whom, ("client", "lead")), work.playbook.track(which)
        now, moved = tracks.enrol(work, found, chosen, past(on, work.today), because)
    told(
        f"{now.ref} {now.who} is on {now.called} since {day_words(now.since, work.today)}",
        f"because {now.because}" if now.because else None,
        f"moved on from {moved.called}, {moved.ref}" if moved else None,
        progress(now),
        then="improv track run" if now.fallen_due(work.today) else f"improv track show {now.ref}",
    )


def _enrol_by_rule(given: str | None, *, dry_run: bool) -> None:
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    if given is not None:
        raise Usage("rules say who, when and why", given, "improv track enrol --by-rule")
    with desk().writing(dry_run=dry_run) as work:
        done = tracks.by_rule(work)
    _tell(done, "nobody is to be put on a track", dry_run=dry_run)


@writes(app, "track", "run", examples="improv track run\nimprov track run --dry-run")
def run(dry_run: DryRun = False, due: WhenDue = None) -> None:
    """Bring all tracks up to today: by rule on, by what happened off, and each step that is due becomes a task, once."""
    if due is not None:
        if dry_run:
            raise Usage(
                "--dry-run shows what --due does in silence", "--dry-run --due", "improv track run --dry-run"
            )
        _run_by_itself(due)
        return
    _tell(_run(dry_run=dry_run), "nothing is due on any track", dry_run=dry_run)


def _run(*, dry_run: bool = False) -> "Sequence[Done]":
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing(dry_run=dry_run) as work:
        return tracks.run(work)


def _run_by_itself(when: str) -> None:
    """Run the tracks as cron does, if it is due: not a word where all is well."""
    from improv.commands.outgoing import due, noted  # noqa: PLC0415 - only what runs by itself loads it
    from improv.commands.schedule import TRACKS  # noqa: PLC0415 - as above

    if due(TRACKS, when):
        with noted(TRACKS):
            _run()


_COUNTED = {
    "enrolment": ("put on a track", "put on a track"),
    "end": ("off a track", "off a track"),
    "task": ("step became a task", "steps became tasks"),
}


def _tell(done: "Sequence[Done]", nothing: str, *, dry_run: bool) -> None:
    """Tell what a run did, or would do, each thing with its record."""
    counts = Counter(one.what for one in done)
    said = [
        f"{counts[what]} {one if counts[what] == 1 else many}"
        for what, (one, many) in _COUNTED.items()
        if counts[what]
    ]
    told(
        (", ".join(said) or nothing) + (" (nothing is written)" if dry_run and said else ""),
        # What is only tried has no number yet.
        *(one.words if dry_run else f"{one.ref} {one.words}" for one in done),
        then="improv track run" if dry_run and said else "improv track due",
    )


@writes(app, "track", "pause", examples="improv track pause ada --until '1 dec'")
def pause(
    enrolment: Enrolment,
    until: Annotated[
        str | None,
        Option("--until", metavar="DAY", help="the day it goes on; until it is resumed unless told"),
    ] = None,
) -> None:
    """Let a track rest from today on; the days paused are added to the steps that are left."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, enrolment, "enrolment")
        day = ahead(until, work.today) if until else None
        now = tracks.pause(work, found.id, day)
    told(
        f"{found.ref} {found.name} paused until {day_words(day, work.today) if day else 'it is resumed'}",
        progress(now),
        then=f"improv track resume {found.ref}",
    )


@writes(app, "track", "resume", examples="improv track resume ada")
def resume(enrolment: Enrolment) -> None:
    """Let a track go on today."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, enrolment, "enrolment")
        now = tracks.resume(work, found.id)
    told(f"{found.ref} {found.name} goes on", progress(now), then="improv track due")


@writes(app, "track", "leave", examples="improv track leave ada --on fri")
def leave(enrolment: Enrolment, on: On = None) -> None:
    """Take somebody off a track; the tasks that its steps became are dropped."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, enrolment, "enrolment")
        day = past(on, work.today)
        tracks.leave(work, found.id, day)
        now = standing(work.reader, found.id)
    told(
        f"{found.ref} {found.name}: taken off {day_words(day, work.today)}",
        progress(now),
        then="improv track list",
    )


@app.command("draft", epilog=shaped("improv track draft ada\nimprov track draft D3 -o letter.eml"))
def draft(enrolment: Enrolment, to: message.To = None) -> None:
    """Prepare the message of the step that is due, or else of the next: shown, or written as a draft by -o FILE.eml."""
    from improv.track_letters import compose, prepare  # noqa: PLC0415 - only a message needs it

    here = desk()
    with here.reading() as reader:
        now = standing(reader, pick(reader, enrolment, "enrolment").id)
        letter = prepare(reader, now, message.sender(shown=here.format != "eml"), to)
        made = now.made.get(letter.step.after)
    then = f"{here.program} task done K{made.task}" if made else f"{here.program} track run"
    if here.format == "eml":
        from improv.calendar.invitation import unsent  # noqa: PLC0415 - as above

        here.put_file(unsent(compose(letter, at=here.now())).decode())
        here.hint(f"  next: {then}, once it is sent")
        return
    message.show_mail(letter.sender, letter.to, letter.subject, letter.text)
    due = f"due {day_words(letter.due, reader.today)}" if letter.due else "paused"
    here.say("", f"  {due}; {_still(letter)}")
    sends = not letter.is_blank and made and here.config().get("mail")
    how = f"send {now.ref}" if sends else f"draft {now.ref} -o letter.eml"
    here.say(f"  next: {here.program} track {how}")


def _still(letter: "Letter") -> str:
    return (
        "what stands between << and >> is still to be filled in" if letter.is_blank else "nothing is sent yet"
    )


@writes(app, "track", "send", examples="improv track send ada", alone=True)
def send(enrolment: Enrolment, to: message.To = None) -> None:
    """Send the message of the step that is due, as [mail] in the settings says; the step is done then, and logged."""
    from improv.actions import tracks  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.track_letters import compose, prepare  # noqa: PLC0415 - only a message needs it

    here = desk()
    with here.writing() as work:
        now = standing(work.reader, pick(work.reader, enrolment, "enrolment").id)
        letter = prepare(work.reader, now, message.sender(), to)
        _refuse_to_send(
            letter, f"K{now.made[letter.step.after].task}" if letter.step.after in now.made else None
        )
        logged, moved = tracks.write(work, now, letter.step, letter.subject)
        # Last, so that nothing is kept of what did not go, and nothing goes that cannot be kept.
        way = message.send(
            letter.sender, letter.to, lambda number: compose(letter, message_id=number, at=here.now())
        )
    message.show_mail(letter.sender, letter.to, letter.subject, letter.text)
    told(
        f"accepted by {way}; logged as A{logged.id}",
        *(f"{one.ref} {one.words}" for one in moved),
        then="improv track due",
    )


def _refuse_to_send(letter: "Letter", task: str | None) -> None:
    """Refuse what is not due, or is not written to its end."""
    if task is None:
        when = letter.due.isoformat() if letter.due else "paused"
        raise Refused("this step is no task yet", f"{letter.step.what}: {when}", "improv track run")
    if letter.is_blank:
        mend = f"improv track draft {letter.enrolment} -o letter.eml, or write [playbook.track_message.{letter.step.message}] in the settings"
        raise Refused("something in this message is still to be filled in", letter.subject, mend)


with_common_verbs(app, "enrolment", shown=False)
