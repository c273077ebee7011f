"""The outbox: what is kept is sent once, or again as it is where nobody knows, and never forgotten."""

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from improv import memory, outbox, storefile
from improv.memory import Said, Subject
from improv.post import MailNotSent, Post, Unanswered, Unreached

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
ADA, BOB = Subject("L3", "L", 1), Subject("L3", "L", 2)
POST = Post(("sam@example.com",), "sam@example.com", sendmail="/usr/sbin/sendmail")
InDoubt = Callable[[], object]
Server = Callable[[bytes, Post, InDoubt], None]


@dataclass
class Desk:
    """A store, a clock, and what a server got; `mood` is how the server takes the next messages."""

    connection: sqlite3.Connection
    got: list[bytes] = field(default_factory=list)
    time: datetime = START

    def keep(self, text: str, *told: Subject, purpose: str = "alerts", day: str | None = None) -> None:
        """Keep a message that says something of alerts."""
        said = {subject: Said("critical", "2026-11-23") for subject in told} if purpose == "alerts" else None
        with outbox.transaction(self.connection):
            memory.put(
                self.connection,
                purpose=purpose,
                message_id=f"<{text}>",
                subject=text,
                message=text.encode(),
                at=self.time,
                told=said,
                day=day,
            )

    def send(self, server: Server | None = None, *, at_once: bool = False) -> tuple[int, list[str]]:
        """Deliver; return how many were sent, and why others were not."""

        def taken(message: bytes, _post: Post, *, in_doubt: InDoubt) -> None:
            if server:
                server(message, _post, in_doubt)
            else:
                in_doubt()
                self.got.append(message)

        with patch("improv.mail.hand_over", taken):
            sent, failures = outbox.deliver(self.connection, POST, lambda: self.time, at_once=at_once)
        return sent, [error.what for error in failures]

    def states(self) -> dict[str, str]:
        """Return how each message stands."""
        return {letter.subject: letter.state for letter in reversed(memory.letters(self.connection))}

    def said(self) -> set[Subject]:
        """Return of which alerts mails have spoken."""
        return set(memory.said(self.connection))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a new store, at seven in the morning."""
    path = tmp_path / "improv.db"
    storefile.create(path, {"timezone": "Europe/Berlin", "currency": "EUR"})
    with contextlib.closing(storefile.open_to_write(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # no power fails here
        yield Desk(connection)


# How a server takes a message.


def down(_message: bytes, _post: Post, _in_doubt: InDoubt) -> None:
    raise Unreached("the server was not reached")


def refusing(_message: bytes, _post: Post, _in_doubt: InDoubt) -> None:
    raise MailNotSent("the server said no to the recipient")


def refusing_late(_message: bytes, _post: Post, in_doubt: InDoubt) -> None:
    in_doubt()
    raise MailNotSent("the server said no when it had the message")


def silent(_message: bytes, _post: Post, in_doubt: InDoubt) -> None:
    in_doubt()
    raise Unanswered("the server did not say whether it took the message")


def test_what_is_kept_is_sent_once_the_oldest_first(desk: Desk) -> None:
    """And what it says of alerts has been said from then on."""
    desk.keep("one", purpose="report")
    desk.keep("two", ADA)
    assert desk.said() == set()
    assert desk.send() == (2, [])
    assert desk.send(at_once=True) == (0, [])
    assert desk.got == [b"one", b"two"]
    assert desk.states() == {"one": "sent", "two": "sent"}
    assert memory.said(desk.connection) == {ADA: Said("critical", "2026-11-23")}


def test_what_still_waits_gives_way_to_what_is_true_by_now(desk: Desk) -> None:
    """Nobody has it, so that nothing is lost; a mail for another purpose stays."""
    desk.keep("weekly", purpose="report weekly")
    desk.keep("one", ADA)
    desk.send(down)
    desk.keep("two", ADA, BOB)
    assert desk.states() == {"weekly": "waiting", "two": "waiting"}
    with outbox.transaction(desk.connection):
        memory.withdraw(desk.connection, "alerts")
    assert desk.states() == {"weekly": "waiting"}


def test_it_is_tried_again_after_ever_longer_waits(desk: Desk) -> None:
    """5 minutes, twice as long after each failure, at most 6 hours; not a second earlier."""
    desk.keep("one", ADA)
    for minutes in (5, 10, 20, 40, 80, 160, 320, 360, 360, 360):
        assert desk.send(refusing) == (0, ["the server said no to the recipient"])
        desk.time += timedelta(minutes=minutes, seconds=-1)
        assert desk.send(refusing) == (0, [])
        desk.time += timedelta(seconds=1)
    assert desk.send() == (1, [])


def test_what_is_written_anew_is_tried_no_sooner(desk: Desk) -> None:
    """A server that is down is not asked more often because there is more to tell."""
    desk.keep("one", ADA)
    desk.send(down)
    desk.time += timedelta(minutes=5)
    desk.send(down)
    desk.keep("two", ADA, BOB)
    assert desk.send() == (0, [])
    (waits,) = memory.waiting(desk.connection)
    assert (waits.subject, waits.attempts, waits.error) == ("two", 2, "the server was not reached")
    desk.time += timedelta(minutes=10)
    assert desk.send() == (1, [])


def test_at_once_asks_no_clock(desk: Desk) -> None:
    """`improv mail send` tries what is not due, too."""
    desk.keep("one", ADA)
    desk.send(refusing)
    assert desk.send(at_once=True) == (1, [])


def test_a_clock_that_was_set_back_holds_no_mail(desk: Desk) -> None:
    """Its next attempt would be years ahead."""
    desk.keep("one", ADA)
    desk.send(refusing)
    desk.time -= timedelta(days=3650)
    assert desk.send() == (1, [])


def test_a_way_that_is_closed_is_tried_once_a_round(desk: Desk) -> None:
    """A server that is down is down for every message; one that refuses a message may take the next."""
    for text in ("one", "two", "three"):
        desk.keep(text, purpose=text)
    assert desk.send(down) == (0, ["the server was not reached"])
    assert desk.send(refusing) == (0, ["the server said no to the recipient"] * 2)
    tries = {letter.subject: letter.attempts for letter in memory.waiting(desk.connection)}
    assert tries == {"one": 1, "two": 1, "three": 1}


def test_where_nobody_knows_the_same_message_goes_out_again(desk: Desk) -> None:
    """What it says counts as said meanwhile, and no newer mail takes its place."""
    desk.keep("one", ADA)
    assert desk.send(silent) == (0, ["the server did not say whether it took the message"])
    assert desk.states() == {"one": "doubtful"}
    assert desk.said() == {ADA}
    desk.keep("two", ADA, BOB)
    desk.time += timedelta(minutes=5)
    assert desk.send() == (2, [])
    assert desk.got == [b"one", b"two"]


@pytest.mark.parametrize("server", [down, refusing, refusing_late])
def test_what_was_in_doubt_stays_so_until_it_is_taken(desk: Desk, server: Server) -> None:
    """A no to the second attempt says nothing of the first."""
    desk.keep("one", ADA)
    desk.send(silent)
    desk.send(server, at_once=True)
    assert desk.states() == {"one": "doubtful"}


def test_a_message_that_was_refused_is_written_anew(desk: Desk) -> None:
    """The server said no after it had all of it: nobody has it."""
    desk.keep("one", ADA)
    desk.send(refusing_late)
    assert desk.states() == {"one": "waiting"}
    assert desk.said() == set()


def test_what_a_later_mail_left_out_is_sent_as_it_is(desk: Desk) -> None:
    """Another run kept a mail while the fate of the first was in doubt: it does not tell again what the first tells."""

    def refusing_slowly(_message: bytes, _post: Post, in_doubt: InDoubt) -> None:
        if not desk.got:
            in_doubt()
            assert desk.said() == {ADA}
            desk.keep("two", ADA, BOB)
            desk.got.append(b"")
            raise MailNotSent("the server said no when it had the message")
        in_doubt()

    desk.keep("one", ADA)
    assert desk.send(refusing_slowly)[0] == 1
    assert desk.states() == {"one": "doubtful", "two": "sent"}


def test_what_was_taken_back_on_its_way_is_not_sent(desk: Desk) -> None:
    """Another run kept what is true by now: the first stops before its last bytes, and the newer one goes out instead."""

    def slow(message: bytes, _post: Post, in_doubt: InDoubt) -> None:
        if message == b"one":
            desk.keep("two", ADA, BOB)
        in_doubt()
        desk.got.append(message)

    desk.keep("one", ADA)
    assert desk.send(slow) == (1, [])
    assert desk.got == [b"two"]
    assert desk.states() == {"two": "sent"}


def test_what_was_said_last_is_said_by_the_latest_mail_not_by_the_one_that_came_last(desk: Desk) -> None:
    """A mail in doubt may be taken after a later one."""
    desk.keep("one", ADA)
    desk.send(silent)
    desk.keep("two", BOB)
    assert desk.send() == (1, [])
    desk.time += timedelta(minutes=5)
    assert desk.send() == (1, [])
    assert desk.got == [b"two", b"one"]
    assert desk.said() == {BOB}


def test_a_mail_that_is_given_up_has_said_nothing(desk: Desk) -> None:
    """One that was sent cannot be given up."""
    desk.keep("one", ADA)
    desk.send(silent)
    desk.keep("weekly", purpose="report weekly")
    desk.send(at_once=True)
    desk.keep("two", BOB)
    desk.send(silent)
    with outbox.transaction(desk.connection):
        assert memory.drop(desk.connection, 1) is None
        dropped = memory.drop(desk.connection, 3)
        assert memory.drop(desk.connection, 3) is None
    assert dropped is not None
    assert dropped.subject == "two"
    assert desk.said() == {ADA}
    assert desk.states() == {"one": "sent", "weekly": "sent"}


def test_a_mail_for_a_day_went_out_when_it_was_sent_or_may_have_been(desk: Desk) -> None:
    """One that waits did not."""
    desk.keep("one", day="2026-11-23")

    def went_out(day: str = "2026-11-23", purpose: str = "alerts") -> bool:
        return memory.went_out(desk.connection, purpose, day)

    assert not went_out()
    desk.send(silent)
    assert went_out()
    desk.send(at_once=True)
    assert went_out()
    assert not went_out("2026-11-30")
    assert not went_out(purpose="report weekly")


def test_old_mails_are_forgotten_but_never_what_was_said_nor_what_waits(desk: Desk) -> None:
    """So many are kept."""
    desk.keep("lost", purpose="lost")
    desk.send(refusing)
    desk.keep("old", ADA)
    desk.keep("first", purpose="first")
    desk.send()
    with patch.object(memory, "_MAILS_KEPT", 5):
        for number in range(10):
            desk.keep(f"report {number}", purpose=f"{number}")
            desk.send()
    kept = ["lost", "old", "first", *(f"report {number}" for number in range(10))]
    assert list(desk.states()) == kept  # the last words on alerts are older than all of these
    desk.keep("new", BOB)
    with patch.object(memory, "_MAILS_KEPT", 5):
        desk.send()
    assert list(desk.states()) == ["lost", *kept[-4:], "new"]
    assert desk.said() == {BOB}


def test_one_run_delivers_at_a_time(tmp_path: Path) -> None:
    """The right to do so ends with the run, however it ends; the file it is held on is private."""
    store = tmp_path / "improv.db"
    with outbox.alone(store) as mine, patch.object(outbox, "_PATIENCE", 0), outbox.alone(store) as others:
        assert (mine, others) == (True, False)
    with outbox.alone(store) as mine:
        assert mine
    assert (tmp_path / "improv.db.mail-lock").stat().st_mode & 0o777 == 0o600


# Whatever happens.


class Killed(BaseException):
    """The run ends here."""


@dataclass
class Fate:
    """Runs on a changing set of alerts, each as luck has it: a server in any mood, other runs in between, sudden ends."""

    desk: Desk
    luck: random.Random
    up: set[Subject] = field(default_factory=set)
    written: dict[str, tuple[set[Subject], set[Subject]]] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    kind: bool = False

    def change(self) -> None:
        """Let an alert come up or clear."""
        self.up ^= {Subject("L3", "L", self.luck.randrange(4))}

    def keep(self) -> None:
        """Keep what is new, as a run does."""
        said = self.desk.said()
        if said == self.up:
            with outbox.transaction(self.desk.connection):
                memory.withdraw(self.desk.connection, "alerts")
            return
        name = f"{len(self.written)}"
        self.written[name] = (self.up - said, said - self.up)
        self.desk.keep(name, *self.up)

    def run(self) -> None:
        """Run once, perhaps not to the end."""
        with contextlib.suppress(Killed):
            self.keep()
            self.maybe_killed()
            self.desk.send(self.serve)
        self.desk.time += timedelta(minutes=self.luck.choice((1, 10, 400)))
        self.doubted |= {name for name, state in self.desk.states().items() if state == "doubtful"}

    def serve(self, message: bytes, _post: Post, in_doubt: InDoubt) -> None:
        """Take a message or not, as the server's mood is."""
        mood = "kind" if self.kind else self.luck.choice(("kind", "down", "no", "late", "cut", "deaf"))
        if mood == "down":
            raise Unreached("down")
        if mood == "no":
            raise MailNotSent("no")
        self.meanwhile()
        in_doubt()
        self.doubted.add(message.decode())
        self.meanwhile()
        if mood == "late":
            raise MailNotSent("late")
        if mood != "deaf":
            self.desk.got.append(message)
        self.maybe_killed()
        if mood in {"cut", "deaf"}:
            raise Unanswered("cut")

    def meanwhile(self) -> None:
        """Another run may keep what it finds, and this one may end."""
        self.maybe_killed()
        if not self.kind and self.luck.random() < 0.3:
            self.change()
            self.keep()

    def maybe_killed(self) -> None:
        """End the run here, or not."""
        if not self.kind and self.luck.random() < 0.1:
            raise Killed


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_each_alert_is_told_once(desk: Desk, seed: int) -> None:
    """Whoever reads the mails in their order knows in the end what is up, and hears nothing twice.

    Only a mail whose fate was in doubt may arrive twice, and then it is the same mail.
    """
    fate = Fate(desk, random.Random(seed))  # noqa: S311 - no secret
    for _ in range(60):
        if fate.luck.random() < 0.5:
            fate.change()
        fate.run()
    fate.kind = True
    for _ in range(3):
        desk.time += timedelta(days=1)
        fate.run()
    assert memory.waiting(desk.connection) == []
    arrived = [message.decode() for message in desk.got]
    assert {name for name in arrived if arrived.count(name) > 1} <= fate.doubted
    known = set[Subject]()
    for name in sorted(set(arrived), key=int):
        new, cleared = fate.written[name]
        assert not new & known, name
        assert cleared <= known, name
        known = (known | new) - cleared
    assert known == fate.up
    assert len(set(arrived)) > 5
