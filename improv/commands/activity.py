"""`improv log` and `improv activity`: what was done towards a sale or a client."""

from datetime import date
from typing import Annotated, Any

import typer

from improv.commands.desk import desk
from improv.commands.doors import moment_words, noun_app, past_moment, told, typed, writes
from improv.commands.listing import ABOUT, with_common_verbs, with_edit
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
improv log dial --times 12
improv log email L12 "sent the brochure" --on fri
"""


@writes(log_app, "log", "", fields="activity", examples=EXAMPLES)
def log(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="a kind of the playbook, such as call or email")
    ],
    about: Annotated[
        str | None, typer.Argument(metavar="RECORD", help="the lead, opportunity or client, if any")
    ] = None,
    notes: Annotated[str | None, typer.Argument(metavar="WORDS", help="what was said")] = None,
    times: Annotated[int, typer.Option("--times", min=1, max=100_000, help="how many")] = 1,
    connected: Annotated[
        bool, typer.Option("--connected", help="they answered: the same as --response yes")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY [TIME]", help="when; today unless told")
    ] = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Log something done: a call, an email, a card."""
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, about, ABOUT) if about else None
        day, clock = past_moment(on, work.today)
        values = typed(work.reader, "activity", fields, mine="owner") | {"times": times, "done_time": clock}
        if notes:
            values["notes"] = notes
        if connected:
            values["response"] = "yes"
        made = everyday.log(work, kind, found, day, values)
        chosen = work.playbook.activity_kind(made.kind)
    earned = f", {chosen.points * times} points" if chosen.points else ""
    told(
        f"A{made.id} {chosen.name}"
        + (f" × {times}" if times > 1 else "")
        + (f" with {found.ref} {found.name}" if found else "")
        + f", {moment_words(day, clock, work.today)}{earned}",
        then=f"improv task add 'follow up' --about {found.ref} --due +3d" if found else None,
    )


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import work as everyday  # noqa: PLC0415 - only what writes loads SQLModel

    everyday.edit_activity(work, found.id, values)


# Every noun has `add`; for activities it is the shorter `improv log`.
writes(activity_app, "activity", "add", examples=EXAMPLES.replace("improv log", "improv activity add"))(log)
with_edit(activity_app, "activity", _edit)
with_common_verbs(activity_app, "activity")
