"""`improv doctor`: what is not well, and the command that mends it."""

from improv.commands.checks import CHECKS, unwell
from improv.commands.declared import Exit
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.commands.outgoing import refuse
from improv.errors import ImprovError
from improv.report import Column, Table

app = noun_app("What is not well.", "")
APPS = {"doctor": app}


@app.command(epilog=shaped("improv doctor\nimprov doctor --format json"))
def doctor() -> None:
    """Look at the store, the settings, the mail and the schedule; say what is not well, and nothing else."""
    here = desk()
    refuse("as_of", "known_on", to="the doctor")
    rows = list(unwell(here))
    table = Table(
        "doctor",
        "What is not well",
        (
            Column("check", "Check"),
            Column("what", "What is not well"),
            Column("value", "At fault"),
            Column("mend", "To mend it", "command"),
        ),
        rows,
        empty=f"all is well: {', '.join(check.name for check in CHECKS)}",
    )
    here.show_list(table)
    if rows:
        raise Exit(ImprovError.exit_code)
