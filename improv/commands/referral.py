"""`improv referral`: somebody a client named to you."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    day_words,
    moment_words,
    named,
    noun_app,
    past,
    past_moment,
    quoted,
    told,
    typed,
    writes,
)
from improv.commands.listing import VisitOption, pick, with_common_verbs, with_edit
from improv.resolve import Found, resolve

app = noun_app(
    "Referrals: each becomes a lead, and is due a first contact within a day.",
    """
    improv referral add acme "Grace Hopper" --phone "+49 228 1234"
    improv referral contacted R5
    """,
)
APPS = {"referral": app}


@writes(
    app,
    "referral",
    "add",
    fields="referral",
    examples='improv referral add acme "Grace Hopper" --how "over lunch"',
)
def add(
    client: Annotated[str | None, Argument(metavar="CLIENT", help="the client who referred them")] = None,
    name: Annotated[str | None, Argument(metavar="NAME", help="who was referred")] = None,
    on: Annotated[
        str | None, Option("--on", metavar="DAY [TIME]", help="when it was received; today unless told")
    ] = None,
    visit: VisitOption = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Record somebody a client named; they become a lead."""
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    whose = named(
        client,
        "Which client referred them?",
        "the client who referred them",
        'improv referral add acme "Grace Hopper"',
    )
    who = named(
        name,
        "Who was referred?",
        "the name of who was referred",
        f'improv referral add {quoted(whose)} "Grace Hopper"',
    )
    ask_missing("referral", fields)
    with desk().writing() as work:
        found = resolve(work.reader, whose, ["client"])
        day, clock = past_moment(on, work.today)
        values = typed(work.reader, "referral", fields) | {"received_time": clock}
        origin = pick(work.reader, visit, "visit").id if visit else None
        made = visits.add_referral(work, found.id, who, day, values, origin)
    hours = work.playbook.limits["referral_contact_within_hours"]
    told(
        f"R{made.id} {made.name} referred by {found.ref} {found.name}, {moment_words(day, clock, work.today)}: now lead L{made.lead_id}",
        f"first contact is due within {hours} hours",
        also_said(work.reader, "referral", values),
        then=f"improv log call L{made.lead_id} '…'",
    )


@writes(app, "referral", "contacted", examples='improv referral contacted R5 --on "fri 15:00"')
def contacted(
    referral: Annotated[str, Argument(metavar="REFERRAL", help="an id such as R5, or a name")],
    on: Annotated[str | None, Option("--on", metavar="DAY [TIME]", help="when; today unless told")] = None,
) -> None:
    """Say when a referral was contacted first."""
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, referral, ["referral"])
        day, clock = past_moment(on, work.today)
        changed = visits.referral_contacted(work, found.id, day, clock)
    told(
        f"{found.ref} {found.name} contacted {moment_words(day, clock, work.today)}",
        then=f"improv opportunity add L{changed.lead_id}",
    )


@writes(app, "referral", "declined", examples="improv referral declined R5")
def declined(
    referral: Annotated[str, Argument(metavar="REFERRAL", help="an id such as R5, or a name")],
    on: On = None,
) -> None:
    """Say that a referral came to nothing."""
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, referral, ["referral"])
        day = past(on, work.today)
        changed = visits.referral_declined(work, found.id, day)
    told(
        f"{found.ref} {found.name} declined {day_words(day, work.today)}",
        then=f"improv client show C{changed.client_id}",
    )


def _edit(work: Any, found: Found, name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    visits.edit_referral(work, found.id, name, values)


with_edit(app, "referral", _edit, called="name")
with_common_verbs(app, "referral")
