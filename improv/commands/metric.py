"""`improv metric` and `improv explain`: any figure of the method, and the records behind it."""

from typing import Annotated

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.dates import Period, parse_period
from improv.report import Column, Report, Scorecard, Section, Table

metric_app = noun_app("Any figure of the method.", "")
explain_app = noun_app("A figure's definition and the records behind it.", "")
APPS = {"metric": metric_app, "explain": explain_app}
TREND = 6
PeriodOption = Annotated[
    str,
    typer.Option("--for", metavar="PERIOD", help="the period it is about, such as 'last month' or 2026-Q3"),
]


@metric_app.command(
    epilog=shaped(
        "improv metric list\nimprov metric win-rate --for 2026-Q3 --by source\nimprov metric time-in-stage --for 'last 90 days' --by stage"
    )
)
def metric(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a metric's name; `list` lists them")],
    period: PeriodOption = "this month",
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="KEY", help="break it down, by one key or two")
    ] = None,
) -> None:
    """Show any figure of the method: value, k of n, interval, target, verdict; or broken down."""
    from improv import scores  # noqa: PLC0415 - only a figure needs it
    from improv.metrics import find  # noqa: PLC0415 - as above

    if name == "list":
        desk().show_list(_catalogue())
        return
    chosen = find(name)
    with desk().reading() as reader:
        span = parse_period(period, reader.today)
        if by:
            table = scores.table_by(reader, chosen, span, [key for word in by for key in word.split(",")])
            section = Section(chosen.title, (table,))
        else:
            section = Section(
                chosen.title,
                (Scorecard("scorecard", chosen.title, (scores.score(reader, chosen, span, _before(span)),)),),
            )
        report = Report(
            "metric",
            chosen.title,
            f"{chosen.sentence} Clock: {chosen.clock}.",
            (section,),
            reader.today,
            (span.first, span.last),
        )
    desk().show(report)


def _before(period: Period) -> list[Period]:
    """Return the period and the ones before it, oldest first; a period of no unit has no trend."""
    if period.unit is None:
        return []
    periods = [period]
    while len(periods) < TREND:
        periods.insert(0, periods[0].previous())
    return periods


def _catalogue() -> Table:
    from improv.metrics import CATALOGUE  # noqa: PLC0415 - only the list needs it

    rows = tuple((one.name, one.kind, one.sentence, one.clock, one.source) for one in CATALOGUE.values())
    columns = (
        Column("name", "Name"),
        Column("kind", "Kind"),
        Column("sentence", "What it is"),
        Column("clock", "Clock"),
        Column("source", "Source"),
    )
    return Table("metrics", "Metrics", columns, rows)


@explain_app.command(epilog=shaped("improv explain win-rate --for 'last month'\nimprov explain S1"))
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a metric's name, or a flag's code")],
    period: PeriodOption = "this month",
) -> None:
    """Show a figure's definition, clock and formula, the records counted, and those left out and why."""
    from improv import scores  # noqa: PLC0415 - only a figure needs it
    from improv.alerts import CATALOGUE as FLAGS  # noqa: PLC0415 - as above
    from improv.alerts import flag_report  # noqa: PLC0415 - as above
    from improv.metrics import find  # noqa: PLC0415 - as above

    with desk().reading() as reader:
        if name.upper() in FLAGS:
            report = flag_report(name, reader)
        else:
            report = scores.explanation_report(reader, find(name), parse_period(period, reader.today))
    desk().show(report)
