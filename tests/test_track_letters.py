"""The messages of tracks: filled for whom they go to, drafted, and sent only when told; then the step is done."""

import contextlib
import sqlite3
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from improv.calendar.file import Person
from improv.errors import ImprovError
from improv.models import Client, Enrolment, Lead
from improv.playbook import Track, load
from improv.track_letters import compose, prepare
from improv.tracks import standing
from tests.book import Book
from tests.mailbox import Mailbox

METHOD = load()
SAM = Person("Sam Vimes", "sam@example.com")
ME = '[me]\nname = "Sam Vimes"\nemail = "sam@example.com"'


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    """Give a mailbox, and Ada on the event track since Saturday: the step of Sunday is due on Monday 23 November."""
    made = Mailbox(tmp_path)
    made.set(ME)
    made.must(
        "lead add 'Ada Lovelace' --on 2026-11-21 --met-at 'Rhine Fair' --email ada@example.org",
        "track run",
    )
    return made


def test_a_message_is_shown_and_written_as_a_draft_and_changes_no_record(
    box: Mailbox, tmp_path: Path
) -> None:
    before = box.db.read_bytes()
    assert box.type("track draft ada").out.splitlines() == [
        "From: Sam Vimes <sam@example.com>",
        "To: Ada Lovelace <ada@example.org>",
        "Subject: Good to have met you, Ada",
        "",
        "Hello Ada,",
        "",
        "it was good to talk to you.",
        "We met at: Rhine Fair",
        "",
        "If there is anything you would like to know after our talk, just",
        "reply to this message.",
        "",
        "Sam Vimes",
        "",
        "  due Sun 22 Nov; nothing is sent yet",
        "  next: improv track send D1",
    ]
    written = box.type(f"track draft ada -o {tmp_path / 'letter.eml'}")
    assert written.told[-1] == "  next: improv task done K1, once it is sent"
    draft = (tmp_path / "letter.eml").read_text()
    assert draft.startswith("X-Unsent: 1\nFrom: Sam Vimes\n <sam@example.com>\n")
    assert "Subject: Good to have met you, Ada" in draft
    assert box.letters() == []
    assert box.db.read_bytes() == before


def test_a_message_is_sent_only_when_told_and_then_the_step_is_done_and_logged(box: Mailbox) -> None:
    """To the other side alone, once; and all of it is one step of undo."""
    sent = box.type("track send ada")
    assert sent.out.splitlines()[-2:] == [
        f"accepted by {box.sendmail}; logged as A1",
        "  next: improv track due",
    ]
    (letter,) = box.letters()
    assert (letter["From"], letter["To"]) == ("Sam Vimes <sam@example.com>", "Ada Lovelace <ada@example.org>")
    assert letter["Message-ID"]
    assert letter.get_content().startswith("Hello Ada,\n")
    assert (
        box.type("show K1").out.splitlines()[-1]
        == "2026-11-23\t–\t–\ttask done: email: good to have met you there"
    )
    assert "email: Good to have met you, Ada" in box.type("show L1").out
    again = box.type("track send ada")
    assert again.told[0] == "improv: this step is no task yet"
    assert box.type("undo").out.splitlines()[0].endswith(" track send ada")
    assert "No activity" in box.type("activity list").out or box.type("activity list").out == ""


def test_what_did_not_go_is_not_done(box: Mailbox) -> None:
    """Refused by the program, nothing is logged and the step is still due."""
    box.takes("exit 1")
    refused = box.type("track send ada")
    assert (refused.code, refused.out) == (6, "")
    assert box.type("activity list").out == ""
    assert "improv track draft D1" in box.type("track due").out


def test_what_is_not_written_to_its_end_is_drafted_and_never_sent(box: Mailbox) -> None:
    """Until the user's own words stand in the settings."""
    box.must("lead add 'Bob Low' --on 2026-11-21 --email bob@example.org", "track run")
    assert box.type("track draft bob").out.splitlines()[-2:] == [
        "  due Sun 22 Nov; what stands between << and >> is still to be filled in",
        "  next: improv track draft D2 -o letter.eml",
    ]
    assert box.type("track send bob").told == [
        "improv: something in this message is still to be filled in",
        "  at fault: Good to meet you, Bob",
        "  to mend:  improv track draft D2 -o letter.eml, or write [playbook.track_message.nice-to-meet-you] in the settings",
    ]
    assert box.letters() == []
    box.set(
        ME
        + '\n[playbook.track_message.nice-to-meet-you]\nsubject = "Hello"\ntext = "We build mills, {name}."'
    )
    assert box.type("track send bob").code == 0
    assert [letter.get_content() for letter in box.letters()] == ["We build mills, Bob Low.\n"]


def test_what_stands_in_the_way_of_a_message_is_told(box: Mailbox) -> None:
    """Nobody to be the sender, no address on record, nothing left that writes; what is only shown needs no sender."""
    box.set("")
    assert box.type("track draft ada").out.startswith("From: you\n")
    assert (
        box.type("track draft ada -o letter.eml").told[0]
        == "improv: the settings do not say what your mail address is"
    )
    box.set(ME)
    box.must("lead edit ada --email ''")
    assert box.type("track draft ada").told == [
        "improv: there is no mail address to write to",
        "  at fault: L1 Ada Lovelace",
        "  to mend:  improv lead edit L1 --email name@example.com",
    ]
    assert box.type("track send ada --to ada@else.example").code == 0
    box.must("log call ada --response yes")
    assert box.type("track draft ada").told[:2] == [
        "improv: nothing more is written on this track",
        "  at fault: D1 L1 Ada Lovelace: replied",
    ]


def _on(book: Book, table: str, number: int | None, track: str) -> int:
    made = book.add(Enrolment, track=track, since="2026-11-20", **{f"{table}_id": number})
    return made.id or 0


def test_a_client_is_written_to_by_the_person_there(book: Book) -> None:
    """The company stands for the person where nobody is known, and is no first name."""
    own = load(
        overrides=tomllib.loads(
            '[track_message.something-useful]\nsubject = "{first_name}"\n'
            'text = "{name} of {company}\\nmet at {met_at}\\n{industry}"'
        )
    )
    for contact, subject, text in (
        ("Grace Hopper", "Grace", "Grace Hopper of Acme Ltd"),
        (None, "Acme Ltd", "Acme Ltd of Acme Ltd"),
    ):
        who = book.add(
            Client,
            name="Acme Ltd",
            name_folded="acme",
            since_on="2026-01-05",
            email="a@b.example",
            contact_name=contact,
        )
        reader = book.reader(playbook=own)
        letter = prepare(reader, standing(reader, _on(book, "client", who.id, "value-add")), SAM)
        assert (letter.subject, letter.text) == (subject, text)


def test_what_a_name_holds_adds_no_header(book: Book) -> None:
    """A line break in a name stays text, and placeholders in it stay as they are."""
    who = book.add(
        Lead,
        name="Eve\r\nBcc: all@example.com {me}",
        name_folded="eve",
        received_on="2026-11-20",
        email="eve@example.org",
        met_at="{name}",
    )
    reader = book.reader()
    letter = prepare(reader, standing(reader, _on(book, "lead", who.id, "event")), SAM)
    assert b"\nBcc:" not in compose(letter, at=datetime(2026, 11, 22, tzinfo=UTC))
    assert "We met at: {name}" in letter.text


@pytest.mark.parametrize("track", [track.key for track in METHOD.tracks])
def test_every_message_of_the_five_tracks_is_a_text_that_stands_alone(book: Book, track: str) -> None:
    """With nothing known but a name: no placeholder left, no empty subject, a greeting and a name below."""
    who = book.add(Lead, name="Ada", name_folded="ada", received_on="2026-11-20", email="ada@example.org")
    reader = book.reader()
    now = standing(reader, _on(book, "lead", who.id, track))
    for step in now.steps:
        if step.message:
            ahead = now._replace(track=Track(**{**vars(METHOD.track(track)), "steps": (step,)}))
            letter = prepare(reader, ahead, SAM)
            assert letter.subject
            assert letter.text.startswith("Hello Ada,\n\n")
            assert letter.text.endswith("\n\nSam Vimes")
            assert "{" not in letter.subject + letter.text


def test_a_step_without_a_message_writes_nothing(book: Book) -> None:
    own = load(
        overrides=tomllib.loads('[track.event]\nsteps = [{ after = 1, activity = "email", what = "hello" }]')
    )
    who = book.add(Lead, name="Ada", name_folded="ada", received_on="2026-11-20", email="ada@example.org")
    reader = book.reader(playbook=own)
    with pytest.raises(ImprovError, match="no step that is left writes anything"):
        prepare(reader, standing(reader, _on(book, "lead", who.id, "event")), SAM)


def test_the_tracks_run_by_themselves_once_a_day_and_say_nothing(box: Mailbox) -> None:
    """Due at half past six in UTC: run once that day and once the next, and each run is written down."""
    box.must("task done K1")
    box.silent("track run --due 06:30")
    box.time += timedelta(days=1)
    for _ in range(2):
        box.silent("track run --due 06:30")
    assert "social message: connect" in box.type("task list --status open").out
    with contextlib.closing(sqlite3.connect(box.db)) as connection:
        rows = connection.execute("SELECT started_at, exit_code FROM memory_run ORDER BY id").fetchall()
    assert rows == [("2026-11-23T07:30:00Z", 0), ("2026-11-24T07:30:00Z", 0)]
    assert box.type("track run --due 06:30 --dry-run").code == 2
