"""`improv mail`: try the settings, and see, send or give up what is in the outbox."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from improv.commands.declared import Argument
from improv.commands.desk import desk, zone
from improv.commands.doors import noun_app, told
from improv.errors import NotFound
from improv.report import Cell, Column, Facts, Notes, Report, Section, Table

if TYPE_CHECKING:
    from improv.memory import Letter

app = noun_app(
    "Mail: try the settings, see what was sent and what waits.",
    """
    improv mail test
    improv mail list
    improv mail show 12
    improv mail send
    improv mail drop 12
    """,
)
APPS = {"mail": app}
Number = Annotated[int, Argument(metavar="NUMBER", help="its number, as `improv mail list` shows it")]


@app.command()
def test() -> None:
    """Send one message to yourself, and say in words what is refused."""
    from improv.commands.outgoing import hand_over_once, refuse  # noqa: PLC0415 - only what sends loads it
    from improv.commands.postbox import post  # noqa: PLC0415 - as above
    from improv.letters import digest_days, test_message  # noqa: PLC0415 - as above

    here = desk()
    refuse("as_of", "known_on", "output", "format")
    settings = here.config().get("mail", {})
    way = post(settings, here.configuration, here.environment)
    digest_days(settings.get("digest"))
    hand_over_once(test_message(way, here.now()), way)
    told(
        f"a test message was accepted by {way.way}", f"for {', '.join(way.to)}", then="improv alerts --email"
    )


@app.command()
def send() -> None:
    """Send what waits in the outbox now, whenever its next attempt was due."""
    from improv.commands.outgoing import outgoing  # noqa: PLC0415 - only what sends loads it

    with outgoing("mail send") as run:
        sent = run.deliver(at_once=True)
    told(f"{sent} sent" if sent else "nothing waits to be sent", then="improv mail list")


@app.command("list")
def list_mails() -> None:
    """List the messages, the newest first: sent, waiting, or in doubt whether the server took it."""
    from improv import memory  # noqa: PLC0415 - only the list needs it
    from improv.commands.outgoing import refuse  # noqa: PLC0415 - as above

    refuse("as_of", "known_on")
    with desk().reading() as reader:
        letters = memory.letters(reader.connection)
    columns = (
        Column("id", "No.", "number"),
        Column("state", "State"),
        Column("created", "Written"),
        Column("sent", "Sent"),
        Column("attempts", "Tries", "number"),
        Column("subject", "Subject"),
        Column("error", "What went wrong"),
    )
    rows = [
        (one.id, one.state, _when(one.created_at), _when(one.sent_at), one.attempts, one.subject, one.error)
        for one in letters
    ]
    desk().show_list(Table("mails", "Mails", columns, rows, empty="No mail was written yet."))


@app.command()
def show(number: Number) -> None:
    """Show what a message says, and how it stands."""
    from improv import memory  # noqa: PLC0415 - only what shows a message loads it
    from improv.commands.outgoing import refuse  # noqa: PLC0415 - as above
    from improv.mail import text_of  # noqa: PLC0415 - as above

    refuse("as_of", "known_on")
    with desk().reading() as reader:
        found = next((one for one in memory.letters(reader.connection) if one.id == number), None)
        if found is None:
            raise NotFound("no mail has this number", str(number), "improv mail list")
        text = text_of(memory.message(reader.connection, number))
    sections = (
        Section("", (Facts("mail", "", _facts(found)),)),
        Section("", (Notes(tuple(text.splitlines())),)),
    )
    desk().show(Report("mail", found.subject, "", sections, reader.today))


def _when(instant: str | None) -> str | None:
    """Return an instant as the user's clock shows it."""
    if instant is None:
        return None
    return f"{datetime.fromisoformat(instant).astimezone(zone(desk().settings()['timezone'])):%Y-%m-%d %H:%M}"


def _facts(letter: "Letter") -> tuple[tuple[str, Cell], ...]:
    pairs = (
        ("number", str(letter.id)),
        ("state", letter.state),
        ("written", _when(letter.created_at)),
        ("sent", _when(letter.sent_at)),
        ("tries", letter.attempts),
        ("what went wrong", letter.error),
        ("tried again from", None if letter.sent_at else _when(letter.next_at)),
    )
    return tuple((name, value) for name, value in pairs if value is not None)


@app.command()
def drop(number: Number) -> None:
    """Give up a message that is not sent; what it says of red flags counts as not said."""
    from improv.commands.outgoing import given_up  # noqa: PLC0415 - only what sends loads it

    letter = given_up(number)
    told(f"mail {letter.id} is given up", letter.subject, then="improv mail list")
