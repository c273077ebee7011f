"""`improv show`: any record by its id or name."""

from improv.commands.doors import noun_app, shaped
from improv.commands.listing import RecordArgument, show_record

app = noun_app("Show any record: its fields and its whole history.", "")
APPS = {"show": app}


@app.command(epilog=shaped("improv show O7\nimprov show acme\nimprov show @"))
def show(record: RecordArgument) -> None:
    """Show any record: its fields and its whole history."""
    show_record(record)
