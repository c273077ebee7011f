"""`improv log` and `improv activity`: what was done towards a sale or a client."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    also_said,
    ask_missing,
    moment_words,
    noun_app,
    past_moment,
    told,
    typed,
    writes,
)
from improv.commands.listing import ABOUT, with_common_verbs, with_edit
from improv.playbook import folded
from improv.reader import Reader
from improv.resolve import Found, resolve

log_app = noun_app("Log an activity.", "")
activity_app = noun_app(
    "Activities: what was done. `improv log` writes one.",
    """
    improv activity list --period "this week"
    improv activity edit A9 --minutes 20
    """,
)
APPS = {"log": log_app, "activity": activity_app}
EXAMPLES = """
improv log call acme "asked about the budget" --minutes 7 --response yes
improv log --times 12 dials
improv log email L12 "sent the brochure" --on fri
improv log again --times 8
"""
AGAIN = "again"


@writes(log_app, "log", "", fields="activity", examples=EXAMPLES)
def log(
    kind: Annotated[
        str,
        Argument(
            metavar="KIND",
            help="a kind of the playbook, such as call or email; `again` for what was logged last",
        ),
    ],
    about: Annotated[
        str | None, Argument(metavar="RECORD", help="the lead, opportunity or client, if any")
    ] = None,
    notes: Annotated[str | None, Argument(metavar="WORDS", help="what was said")] = None,
    times: Annotated[
        int | None, Option("--times", metavar="N", min=1, max=100_000, help="how many; one unless told")
    ] = None,
    connected: Annotated[
        bool, Option("--connected", help="they answered: the same as --response yes")
    ] = False,
    on: Annotated[str | None, Option("--on", metavar="DAY [TIME]", help="when; today unless told")] = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Log something done: a call, an email, a card."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    ask_missing("activity", fields)
    with desk().writing() as work:
        found = resolve(work.reader, about, ABOUT) if about else None
        day, clock = past_moment(on, work.today)
        values = typed(work.reader, "activity", fields, mine="owner") | {"done_time": clock}
        values |= {"times": times} if times else {}
        values |= {"notes": notes} if notes else {}
        values |= {"response": "yes"} if connected else {}
        if folded(kind) == AGAIN:
            kind, found, values = _again(work, found, values)
        made = everyday.log(work, kind, found, day, values)
        chosen = work.playbook.activity_kind(made.kind)
        earned = _earned(work.reader, f"A{made.id}", day) if chosen.points else None
    told(
        f"A{made.id} {chosen.name}"
        + (f" × {made.times}" if made.times > 1 else "")
        + (f" with {found.ref} {found.name}" if found else "")
        + f", {moment_words(day, clock, work.today)}",
        also_said(work.reader, "activity", values),
        earned,
        then=f"improv task add 'follow up' --about {found.ref} --due +3d" if found else None,
    )


def _again(
    work: Any,  # noqa: ANN401 - a Writing, which only what writes loads
    found: Found | None,
    values: dict[str, Any],
) -> tuple[str, Found | None, dict[str, Any]]:
    """Return what was logged last, to be logged again: the same kind and number with the same record, unless told."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    before, about = everyday.last(work)
    kept = {name: getattr(before, name) for name in ("times", "subject", "owner", "campaign_id")}
    return before.kind, found or about, kept | values


def _earned(reader: Reader, ref: str, day: date) -> str | None:
    from improv.quotas import earned_words  # noqa: PLC0415 - metrics are loaded only where there are points

    return earned_words(reader, ref, day)


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    everyday.edit_activity(work, found.id, values)


# Every noun has `add`; for activities it is the shorter `improv log`.
writes(
    activity_app,
    "activity",
    "add",
    fields="activity",
    examples=EXAMPLES.replace("improv log", "improv activity add"),
)(log)
with_edit(activity_app, "activity", _edit)
with_common_verbs(activity_app, "activity")
