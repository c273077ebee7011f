"""The KPI habit: the figures to track are picked, and what is changed to move them is recorded."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from improv.actions.dated import not_after_today, not_before, one_line
from improv.errors import Refused, Usage
from improv.metrics import as_typed, find, suggested
from improv.models import Change, Kpi
from improv.nouns import ref
from improv.store import Writing


def pick(work: Writing, names: Sequence[str], on: date) -> None:
    """Track these metrics from a day on, and no others. A pick is one thing: it ends the one before, and all of it."""
    metrics = list(dict.fromkeys(find(name, work.playbook).name for name in names))
    _refuse_too_few_or_many(work, metrics)
    not_after_today(work, on, "a pick")
    last = work.reader.rows("SELECT id, metric, since FROM kpi WHERE until IS NULL")
    if {row["metric"] for row in last} == set(metrics):
        return
    for row in last:
        not_before(on, date.fromisoformat(row["since"]), "a pick", "the last one")
        work.change(work.get(Kpi, row["id"]), until=on)
    for metric in metrics:
        work.add(Kpi, metric=metric, since=on)


def _refuse_too_few_or_many(work: Writing, metrics: Sequence[str]) -> None:
    """Refuse more than can be kept in sight, and fewer than tell what a change did elsewhere."""
    fewest, most = (work.playbook.limits[limit] for limit in ("kpis_fewest", "kpis_most"))
    if not fewest <= len(metrics) <= most:
        fitting = suggested(work.playbook, metrics, fewest) if len(metrics) < fewest else metrics[:most]
        raise Refused(
            f"{fewest} to {most} KPIs are to be picked",
            f"{len(metrics)} picked: {', '.join(map(as_typed, metrics))}" if metrics else "none picked",
            f"improv kpi pick {' '.join(map(as_typed, fitting))}",
        )


def change(work: Writing, what: str, on: date) -> Change:
    """Record what was changed on a day, such as the price."""
    not_after_today(work, on, "what was changed")
    made = work.add(Change, what=one_line(what, "change"), on_day=on)
    work.subject = ref("change", made.id)
    return made


def edit_change(work: Writing, number: int, what: str | None, values: dict[str, Any]) -> Change:
    """Correct what was said of a change."""
    if "on_day" in values:
        if values["on_day"] is None:
            raise Usage("a change has a day", "''", "--on-day 2026-11-03")
        not_after_today(work, values["on_day"], "what was changed")
    if what:
        values = values | {"what": one_line(what, "change")}
    work.subject = ref("change", number)
    return work.change(work.get(Change, number), **values)
