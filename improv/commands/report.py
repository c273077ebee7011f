"""`improv report`: the reports."""

from typing import Annotated

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.dates import parse_period

app = noun_app("The reports.", "improv report weekly\nimprov report weekly --for 'last week'")
APPS = {"report": app}


@app.command(
    epilog=shaped(
        "improv report weekly\nimprov report weekly --for 'last week'\nimprov report weekly --as-of 2026-11-13"
    )
)
def weekly(
    period: Annotated[
        str, typer.Option("--for", metavar="PERIOD", help="the week it is about")
    ] = "this week",
) -> None:
    """Show the Monday and Friday page: the week's scorecard, the pipeline, what is ahead and what was done."""
    from improv import reports  # noqa: PLC0415 - only a report needs it

    with desk().reading() as reader:
        report = reports.weekly(reader, parse_period(period, reader.today))
    desk().show(report)


@app.callback()
def reports_group() -> None:
    """Keep `weekly` a command of its own: more will follow."""
