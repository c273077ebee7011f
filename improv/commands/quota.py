"""`improv quota`: what is to be won or earned in a period."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import ahead, day_words, noun_app, told, typed, writes
from improv.commands.listing import with_common_verbs, with_edit
from improv.dates import month_of
from improv.fields import whole_number
from improv.money import parse_money
from improv.reader import Reader
from improv.resolve import Found

if TYPE_CHECKING:
    from improv.models import Quota

app = noun_app(
    "Quotas: what is to be won, or the points to earn, in each month, quarter or year.",
    """
    improv quota set 40k --per quarter --owner Sam
    improv quota set 500 --points --owner Sam
    improv quota drop --owner Sam
    improv report quota
    """,
)
APPS = {"quota": app}
EXAMPLES = """
improv quota set 40k --per quarter --owner Sam
improv quota set 500 --points --owner Sam
improv quota set 120k --per year --unit managed --from "1 jan"
"""
Points = Annotated[bool, Option("--points", help="points to earn rather than value to win")]
Owner = Annotated[
    str | None, Option("--owner", metavar="NAME", help="whose it is; nobody's is everyone's together")
]
Unit = Annotated[str | None, Option("--unit", metavar="NAME", help="the business unit it is for")]
From = Annotated[
    str | None,
    Option("--from", metavar="DAY", help="from which day on, one ahead unless its year is typed"),
]


@writes(app, "quota", "set", examples=EXAMPLES)
def set_quota(
    amount: Annotated[str, Argument(metavar="AMOUNT", help="what is to be won or earned; '' ends the quota")],
    points: Points = False,
    per: Annotated[str, Option("--per", metavar="PERIOD", help="in each month, quarter or year")] = "month",
    owner: Owner = None,
    unit: Unit = None,
    since: From = None,
) -> None:
    """Set what is to be reached, from a day on: unless told, from when this month, quarter or year began."""
    _keep(amount, since, {"per": per, "owner": owner, "unit": unit}, points=points)


# Every noun has `add`; a quota is set.
writes(app, "quota", "add", examples=EXAMPLES.replace("quota set", "quota add"))(set_quota)


@writes(
    app, "quota", "drop", examples="improv quota drop --owner Sam\nimprov quota drop --points --owner Sam"
)
def drop(points: Points = False, owner: Owner = None, unit: Unit = None, since: From = None) -> None:
    """End a quota from a day on, today unless told."""
    _keep("", since, {"per": "month", "owner": owner, "unit": unit}, points=points)


def _keep(amount: str, since: str | None, given: dict[str, Any], *, points: bool) -> None:
    """Set a quota and say how it stands; one of nothing ends the one before."""
    from improv.actions import quotas  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.quotas import PERIOD_OF, whose_words  # noqa: PLC0415 - as above

    with desk().writing() as work:
        values = typed(work.reader, "quota", given)
        reach = (whole_number if points else parse_money)(amount) if amount.strip() else 0
        begins = PERIOD_OF[values["per"]](work.today).first if reach else work.today
        day = ahead(since, work.today) if since else begins
        quota = quotas.set_from(work, day, values | {"points" if points else "value": reach})
        what, *facts = _told(work.reader, quota)
    told(f"Q{quota.id} {whose_words(quota.owner, quota.unit)}: {what}", *facts, then="improv report quota")


def _told(reader: Reader, quota: "Quota") -> Iterator[str]:
    """Tell a quota as it was understood, from when it counts, and how the running period stands."""
    from improv.quotas import MEASURES, PERIOD_OF, Measure, Quotas, amount_words, subject  # noqa: PLC0415 - as above

    of: Measure = "value" if quota.points is None else "points"
    from_day = f"from {day_words(quota.on_day, reader.today)} on"
    if amount := quota.value or quota.points:
        words = amount_words(MEASURES[of], amount)
        yield f"{f'{words} to win' if of == 'value' else f'{words} points to earn'} a {quota.per}, {from_day}"
    else:
        yield f"no quota of {of} {from_day}"
    month, period = month_of(quota.on_day), PERIOD_OF[quota.per](reader.today)
    if quota.on_day > month.first:
        yield f"{month.label} still goes by what held on its first day"
    standing = Quotas(reader, of).standing(period, subject(quota.owner, quota.unit))
    if standing.words and quota.on_day <= period.last:
        yield f"{period.label}: {standing.words}"


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import quotas  # noqa: PLC0415 - only what writes loads SQLModel

    quotas.edit(work, found.id, values)


with_edit(app, "quota", _edit)
with_common_verbs(app, "quota")
