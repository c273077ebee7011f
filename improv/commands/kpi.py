"""`improv kpi` and `improv change`: a few figures to track, and what was changed to see what it does to them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from improv.commands.declared import Argument
from improv.commands.desk import desk
from improv.commands.doors import On, day_words, named, noun_app, past, shaped, told, writes
from improv.commands.listing import with_common_verbs, with_edit
from improv.resolve import Found

if TYPE_CHECKING:
    from improv.reports.kpi import Kpi

app = noun_app(
    "KPIs: a few figures you track; change one thing, and see what it did.",
    """
    improv kpi pick new-leads win-rate event-gap visits won-value
    improv kpi
    improv kpi change "raised the price" --on mon
    improv report kpi
    """,
)
change_app = noun_app(
    "Changes: what you changed, to see what it did to the KPIs.",
    """
    improv change add "raised the price" --on mon
    improv report kpi --change X1
    """,
)
APPS = {"kpi": app, "change": change_app}


@app.by_itself
def kpi() -> None:
    """Show the KPIs, unless a command says what to do with them."""
    list_kpis()


@app.command("list", epilog=shaped("improv kpi list\nimprov kpi list --as-of 'last month'"))
def list_kpis() -> None:
    """Show which KPIs are tracked since when, how far the baseline is, the changes so far, and what comes next."""
    from improv.reports.kpi import standing  # noqa: PLC0415 - only this page needs it

    with desk().reading() as reader:
        report = standing(reader)
    desk().show(report)


@writes(app, "kpi", "pick", examples="improv kpi pick new-leads win-rate event-gap visits won-value")
def pick(
    names: Annotated[
        list[str] | None, Argument(metavar="NAME …", help="metrics, as `improv metric list` names them")
    ] = None,
    on: On = None,
) -> None:
    """Pick the metrics to track from a day on; those picked before and not named are tracked no longer."""
    from improv.actions import kpis  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.reports import kpi as habit  # noqa: PLC0415 - as above

    with desk().writing() as work:
        day = past(on, work.today)
        before = habit.picked(work.reader, day)
        kpis.pick(work, names or (), day)
        now = habit.picked(work.reader, day)
        then = habit.next_command(work.reader)
    new, gone = [one for one in now if one not in before], [one for one in before if one not in now]
    told(
        f"{len(now)} KPIs tracked: {_titles(now)}",
        f"from {day_words(day, work.today)} on: {_titles(new) if before else 'all of them'}" if new else None,
        f"no longer: {_titles(gone)}" if gone else None,
        then=then,
    )


def _titles(kpis: Sequence["Kpi"]) -> str:
    return ", ".join(kpi.metric.title for kpi in kpis)


def change(
    what: Annotated[str | None, Argument(metavar="WHAT", help="what you changed")] = None,
    on: On = None,
) -> None:
    """Record what you changed on a day, one thing at a time."""
    from improv.actions import kpis  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.reports import kpi as habit  # noqa: PLC0415 - as above

    said = named(what, "What did you change?", "what was changed", habit.CHANGE_COMMAND)
    with desk().writing() as work:
        made = kpis.change(work, said, past(on, work.today))
        tried = habit.Changed(f"X{made.id}", made.what, made.on_day)
        window, doubts = habit.window_of(work.reader, tried.day), habit.beside(work.reader, tried)
        then = habit.next_command(work.reader, tried)
    told(
        f"{tried.ref} {tried.what}: changed {day_words(tried.day, work.today)}",
        f"day {window.after.days} of {window.length}, compared with {window.before.days} days before",
        *(f"more than one thing was changed: {one}" for one in doubts),
        then=then,
    )


writes(app, "kpi", "change", examples='improv kpi change "raised the price" --on mon')(change)
# Every noun has `add`; for changes it is the clearer `improv kpi change`.
writes(change_app, "change", "add", examples='improv change add "raised the price" --on mon')(change)


def _edit(work: Any, found: Found, what: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import kpis  # noqa: PLC0415 - only what writes loads SQLModel

    kpis.edit_change(work, found.id, what, values)


with_edit(change_app, "change", _edit, called="what")
with_common_verbs(change_app, "change")
