"""`improv metric` and `improv explain`: any figure of the method, and the records behind it."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import keys, noun_app, shaped
from improv.dates import Period, Unit, month_of, parse_period, quarter_of, week_of, year_of
from improv.errors import Usage
from improv.playbook import mending
from improv.reader import Reader
from improv.report import Block, Chart, Column, Report, Scorecard, Section, Table

if TYPE_CHECKING:
    from improv.metrics import Metric

metric_app = noun_app("Any figure of the method.", "")
explain_app = noun_app("A figure's definition and the records behind it.", "")
APPS = {"metric": metric_app, "explain": explain_app}
TREND = 6
THIS_MONTH = "this month"
STEPS: dict[str, tuple[Unit, Callable[[date], Period]]] = {
    "weekly": ("week", week_of),
    "monthly": ("month", month_of),
    "quarterly": ("quarter", quarter_of),
    "yearly": ("year", year_of),
}
_FOR = Option("--for", metavar="PERIOD", help="the period it is about, such as 'last month' or 2026-Q3")
PeriodOption = Annotated[str, _FOR]


@metric_app.command(
    epilog=shaped(
        "improv metric list\nimprov metric win-rate --for 2026-Q3 --by source\nimprov metric time-in-stage --for 'last 90 days' --by stage"
        "\nimprov metric new-leads --trend weekly\nimprov metric win-rate --for 2026-Q3 --against 2026-Q2"
        "\nimprov metric pipeline-value --why '1 oct..today'"
    )
)
def metric(
    name: Annotated[str, Argument(metavar="NAME", help="a metric's name; `list` lists them")],
    period: Annotated[str | None, _FOR] = None,
    by: Annotated[
        list[str] | None, Option("--by", metavar="KEY", help="break it down, by one key or two")
    ] = None,
    trend: Annotated[
        str | None,
        Option("--trend", metavar="STEP", help="over time: weekly, monthly, quarterly or yearly"),
    ] = None,
    against: Annotated[
        str | None, Option("--against", metavar="PERIOD", help="an earlier period to compare it with")
    ] = None,
    why: Annotated[
        str | None,
        Option(
            "--why",
            metavar="DAY..DAY",
            help="the records that moved it between two days; what happens in a period is read over as many days as "
            "--for has, ending on each",
        ),
    ] = None,
) -> None:
    """Show any figure of the method: value, k of n, interval, target, verdict; broken down, over time, or why it changed."""
    from improv.breakdown import tables_by  # noqa: PLC0415 - only a figure needs it
    from improv.metrics import find  # noqa: PLC0415 - as above

    if name == "list":
        desk().show_list(_catalogue())
        return
    _one_of({"--by": by, "--trend": trend, "--against": against, "--why": why})
    with desk().reading() as reader:
        chosen = find(name, reader.playbook)
        span = parse_period(period or THIS_MONTH, reader.today)
        if why:
            report = _why(reader, chosen, span, why)
        elif trend:
            report = _page(reader, chosen, span, _trend(reader, chosen, span if period else None, trend))
        elif by:
            report = _page(reader, chosen, span, *tables_by(reader, chosen, span, keys(by)))
        else:
            report = _page(reader, chosen, span, _scorecard(reader, chosen, span, against))
    desk().show(report)


def _one_of(options: Mapping[str, object]) -> None:
    given = [option for option, value in options.items() if value]
    if len(given) > 1:
        raise Usage("these are different questions", " ".join(given), f"improv metric NAME {given[0]} …")


def _page(reader: Reader, chosen: "Metric", span: Period, *blocks: Block) -> Report:
    sentence = f"{chosen.sentence} Clock: {chosen.clock}."
    section = Section(chosen.title, blocks)
    return Report("metric", chosen.title, sentence, (section,), reader.today, (span.first, span.last))


def _scorecard(reader: Reader, chosen: "Metric", span: Period, against: str | None) -> Scorecard:
    from improv import scores  # noqa: PLC0415 - only a figure needs it

    earlier = parse_period(against, reader.today) if against else None
    if against and earlier and earlier.first >= span.first:
        raise Usage(
            "the period to compare with must be the earlier one",
            against,
            f"--against '{span.previous().label}'",
        )
    score = scores.score(reader, chosen, span, _before(span), earlier)
    return Scorecard("scorecard", chosen.title, (score,))


def _trend(reader: Reader, chosen: "Metric", span: Period | None, typed: str) -> Chart:
    """Return a metric over time: through the period given, else over the last few steps."""
    from improv.reports import charts  # noqa: PLC0415 - only a trend needs it

    if typed not in STEPS:
        raise Usage("a trend goes by week, month, quarter or year", typed, mending(typed, STEPS))
    unit, whole = STEPS[typed]
    periods = span.split(unit) if span else _before(whole(reader.today))
    begun = [period for period in periods if period.first <= reader.today]
    return charts.trend(reader, chosen, begun or periods)


def _why(reader: Reader, chosen: "Metric", span: Period, typed: str) -> Report:
    """Return why a metric changed: read over as many days as the period has, ending on each of the two days."""
    from improv import scores  # noqa: PLC0415 - only a figure needs it
    from improv.why import why  # noqa: PLC0415 - as above

    days = parse_period(typed, reader.today)
    first, last = days.first, days.last
    if first == last or last > reader.today:
        raise Usage("--why takes two days, neither to come", typed, f"--why '1 oct..{reader.today}'")
    up_to = "" if chosen.is_level else f"the {span.days} days up to "
    periods = [Period(day - timedelta(days=span.days - 1), day, f"{up_to}{day}") for day in (first, last)]
    then_known = reader.looking(first, desk().last_entry_on(reader.connection, first))
    told = why(then_known, reader.looking(first), reader.looking(last), chosen, *periods)
    return scores.why_report(reader, told)


def _before(period: Period) -> list[Period]:
    """Return the period and the ones before it, oldest first; a period of no unit has no trend."""
    if period.unit is None:
        return []
    periods = [period]
    while len(periods) < TREND:
        periods.insert(0, periods[0].previous())
    return periods


def _catalogue() -> Table:
    from improv.metrics import measurable  # noqa: PLC0415 - only the list needs it

    rows = [
        (one.name, one.kind, one.sentence, one.clock, one.source)
        for one in measurable(desk().playbook()).values()
    ]
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
    name: Annotated[str, Argument(metavar="NAME", help="a metric's name, or a flag's code")],
    period: PeriodOption = THIS_MONTH,
) -> None:
    """Show a figure's definition, clock and formula, the records counted, and those left out and why."""
    from improv import scores  # noqa: PLC0415 - only a figure needs it
    from improv.alerts import flag_report  # noqa: PLC0415 - as above
    from improv.metrics import find  # noqa: PLC0415 - as above

    with desk().reading() as reader:
        if name.upper() in reader.playbook.flags:
            report = flag_report(name, reader)
        else:
            report = scores.explanation_report(
                reader, find(name, reader.playbook), parse_period(period, reader.today)
            )
    desk().show(report)
