"""`improv lead`: somebody who may become a client."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    day_words,
    named,
    noun_app,
    past,
    told,
    typed,
    writes,
)
from improv.commands.listing import with_common_verbs, with_edit
from improv.fields import one_word
from improv.records.words import LIFECYCLE
from improv.resolve import Found, looks_like, resolve

app = noun_app(
    "Leads: people and companies who may become clients.",
    """
    improv lead add "Ada Lovelace" --company "Analytical Engines" --source referral
    improv lead qualify ada --no --because "no budget this year"
    improv lead list --source web --period "last month"
    """,
)
APPS = {"lead": app}
Name = Annotated[str | None, Argument(metavar="NAME", help="who it is")]
LeadArgument = Annotated[str, Argument(metavar="LEAD", help="an id such as L12, or a name")]
Because = Annotated[str | None, Option("--because", metavar="TEXT", help="why")]


@writes(app, "lead", "add", fields="lead", examples='improv lead add "Ada Lovelace" --source web --on fri')
def add(name: Name = None, on: On = None, **fields: Any) -> None:  # noqa: ANN401 - one option per field
    """Add a lead: a name is enough."""
    from improv.actions import leads  # noqa: PLC0415 - only what writes loads SQLModel

    who = named(name, "Who is the lead?", "the name of the lead", 'improv lead add "Ada Lovelace"')
    ask_missing("lead", fields)
    fields.setdefault("owner", None)
    with desk().writing() as work:
        similar = looks_like(work.reader, who, ["lead", "client"])
        question_similar(who, similar)
        values = typed(work.reader, "lead", fields, mine="owner")
        lead = leads.add(work, who, past(on, work.today), values)
        done = work.reader.value(
            "SELECT COUNT(*) FROM visitor AS b JOIN touch AS w ON w.visitor_id = b.id WHERE b.lead_id = :id",
            {"id": lead.id},
        )
    source = f"source {lead.source}" if lead.source else "no source yet"
    told(
        f"L{lead.id} {lead.name} added: received {day_words(lead.received_on, work.today)}, {source}",
        f"known as a visitor: {done:,} touch{'' if done == 1 else 'es'}" if done else None,
        also_said(work.reader, "lead", values),
        then=f'improv log call L{lead.id} "…"' if lead.source else f"improv lead edit L{lead.id} --source …",
    )


def question_similar(name: str, similar: list[Any]) -> None:
    """Ask a person, or note in a pipe, that a new name looks like a known one."""
    if not similar:
        return
    shown = ", ".join(f"{one.ref} {one.name}" for one in similar[:3])
    answer = desk().ask(f"{name} looks like {shown}. Add it all the same? (y/N)")
    if answer is None and not desk().is_terminal:
        desk().hint(f"note: {name} looks like {shown}")
    elif not (answer or "").lower().startswith("y"):
        from improv.errors import Refused  # noqa: PLC0415 - only here

        raise Refused("not added", shown, f"improv lead show {similar[0].ref}")


@writes(app, "lead", "qualify", examples='improv lead qualify ada --no --because "no budget"')
def qualify(
    lead: LeadArgument,
    yes: Annotated[bool, Option("--yes/--no", help="qualified, or not")] = True,
    because: Because = None,
    on: On = None,
) -> None:
    """Say whether a lead is qualified, and why."""
    from improv.actions import leads  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, lead, ["lead"])
        day = past(on, work.today)
        leads.qualify(work, found.id, "yes" if yes else "no", because, day)
        first = work.playbook.event_of(work.playbook.sale_stages[0])
    word = "qualified" if yes else "not qualified"
    told(
        f"{found.ref} {found.name} {word} {day_words(day, work.today)}" + (f": {because}" if because else ""),
        then=f"improv event schedule {found.ref} {first} {work.playbook.by_when(first)}"
        if yes
        else "improv lead list --status new",
    )


@writes(app, "lead", "lifecycle", examples="improv lead lifecycle ada mql")
def lifecycle(
    lead: LeadArgument,
    state: Annotated[
        str, Argument(metavar="STATE", help="subscriber, lead, mql, sql, opportunity or customer")
    ],
    because: Because = None,
    on: On = None,
) -> None:
    """Move a lead to another state of its lifecycle."""
    from improv.actions import leads  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, lead, ["lead"])
        word, day = one_word(state, LIFECYCLE), past(on, work.today)
        leads.enter(work, found.id, word, day, because, told=True)
    told(
        f"{found.ref} {found.name} is {word} since {day_words(day, work.today)}",
        then=f"improv lead show {found.ref}",
    )


@writes(
    app,
    "lead",
    "to-marketing",
    examples='improv lead to-marketing ada --because "did not come, never answers"',
)
def to_marketing(lead: LeadArgument, because: Because = None, on: On = None) -> None:
    """Hand a lead back to marketing: it is a lead again, a subscriber stays one, and marketing owns it."""
    from improv.actions import leads  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, lead, ["lead"])
        day = past(on, work.today)
        leads.to_marketing(work, found.id, day, because)
        whom = work.playbook.marketing
    told(
        f"{found.ref} {found.name} handed to {whom} {day_words(day, work.today)}"
        + (f": {because}" if because else ""),
        then=f"improv lead show {found.ref}",
    )


def _edit(work: Any, found: Found, name: str | None, on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import leads  # noqa: PLC0415 - only what writes loads SQLModel

    leads.edit(work, found.id, name, on, values)


with_edit(app, "lead", _edit, called="name", dated=True)
with_common_verbs(app, "lead")
