"""`improv plan`: planning backwards from so many wins."""

from typing import Annotated

from improv.commands.declared import Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.errors import Usage
from improv.playbook import mending

app = noun_app("What so many wins need: leads, opportunities, appointments, conversations.", "")
APPS = {"plan": app}
PACES = ("week", "month", "quarter", "year")


@app.command(
    epilog=shaped(
        "improv plan --wins 2 --per month\nimprov plan --value 40k --per quarter\nimprov plan --wins 1 --for 'last 180 days'"
    )
)
def plan(
    wins: Annotated[int | None, Option("--wins", metavar="N", min=1, help="how many wins")] = None,
    value: Annotated[
        str | None, Option("--value", metavar="AMOUNT", help="or what they bring, at the average deal")
    ] = None,
    per: Annotated[str, Option("--per", metavar="PACE", help="a week, month, quarter or year")] = "month",
    period: Annotated[
        str, Option("--for", metavar="PERIOD", help="the period whose rates are taken")
    ] = "last 365 days",
) -> None:
    """Plan backwards from so many wins: how many leads, opportunities, appointments and conversations they need."""
    from improv.dates import parse_period  # noqa: PLC0415 - only a plan needs it
    from improv.money import parse_money  # noqa: PLC0415 - as above
    from improv.reports import plan as plans  # noqa: PLC0415 - as above

    if (wins is None) == (value is None):
        raise Usage("a plan begins with --wins or with --value", mend="improv plan --wins 2 --per month")
    if per not in PACES:
        raise Usage("a plan is for a week, month, quarter or year", per, mending(per, PACES))
    with desk().reading() as reader:
        span = parse_period(period, reader.today)
        needed, note = (wins, "") if wins else plans.wins_for(reader, parse_money(value or ""), span)
        report = plans.plan(reader, needed, per, span, note)
    desk().show(report)
