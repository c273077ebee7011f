"""`improv mail`: try the settings, and see and send what is in the outbox."""

from typing import Annotated

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, told
from improv.report import Column, Table

app = noun_app(
    "Mail: try the settings, see what was sent and what waits.",
    """
    improv mail test
    improv mail list
    improv mail send
    """,
)
APPS = {"mail": app}


@app.command()
def test() -> None:
    """Send one message to yourself, and say in words what is refused."""
    from improv.commands.outgoing import outgoing  # noqa: PLC0415 - only what sends loads it
    from improv.letters import about_settings  # noqa: PLC0415 - as above

    with outgoing("mail test") as run:
        run.keep(lambda connection, _reader, post: about_settings(connection, post, desk().now()))
        run.deliver(at_once=True)
        way = run.post.sendmail or f"{run.post.server}:{run.post.port}, {run.post.security}"
    told(
        f"a test message was accepted by {way}, for {', '.join(run.post.to)}", then="improv schedule install"
    )


@app.command()
def send() -> None:
    """Send what waits in the outbox now, whenever its next attempt was due."""
    from improv.commands.outgoing import outgoing  # noqa: PLC0415 - only what sends loads it

    with outgoing("mail send") as run:
        sent = run.deliver(at_once=True)
    told("nothing waits to be sent" if not sent else f"{sent} sent", then="improv mail list")


@app.command("list")
def list_mails(
    everything: Annotated[
        bool, typer.Option("--all", help="those that a newer one took the place of too")
    ] = False,
) -> None:
    """List the messages, the newest first: sent, waiting, or in doubt whether the server took it."""
    from improv import memory  # noqa: PLC0415 - only the list needs it

    with desk().reading() as reader:
        letters = memory.letters(reader.connection)
    columns = (
        Column("id", "No.", "number"),
        Column("state", "State"),
        Column("created", "Written (UTC)"),
        Column("sent", "Sent (UTC)"),
        Column("attempts", "Tries", "number"),
        Column("subject", "Subject"),
        Column("error", "What went wrong"),
    )
    rows = [
        (one.id, one.state, one.created_at, one.sent_at, one.attempts, one.subject, one.error)
        for one in letters
        if everything or one.state != "replaced"
    ]
    desk().show_list(Table("mails", "Mails", columns, rows, empty="No mail was written yet."))
