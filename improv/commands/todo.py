"""`improv todo`: what is still unfilled."""

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped

app = noun_app("What is still unfilled, and the command that fills it.", "")
APPS = {"todo": app}


@app.command(epilog=shaped("improv todo"))
def todo() -> None:
    """List what is still unfilled, and the command that fills it."""
    from improv.todo import todo as unfilled  # noqa: PLC0415 - only this command needs it

    with desk().reading() as reader:
        report = unfilled(reader)
    desk().show(report)
