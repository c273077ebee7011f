"""`improv opportunity`: a sale that may be won."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    ahead,
    also_said,
    ask_missing,
    ask_required,
    day_words,
    named,
    noun_app,
    past,
    still_booked,
    told,
    typed,
    writes,
)
from improv.commands.listing import with_common_verbs, with_edit
from improv.dates import days_between
from improv.errors import Usage
from improv.fields import one_word
from improv.money import money, parse_money, parse_percent
from improv.playbook import offered
from improv.records.words import CONTACT_ROLES
from improv.resolve import Found, resolve

app = noun_app(
    "Opportunities: sales that may be won. `opp` for short.",
    """
    improv opp add acme --title "Audit 2027" --value 12k --close-on "31 mar"
    improv opp move acme proposal
    improv opp won acme --value 11.5k
    improv opp lost beta --because price
    improv opp list --stage proposal --owner sam
    """,
)
APPS = {"opportunity": app}
OppArgument = Annotated[str, Argument(metavar="OPPORTUNITY", help="an id such as O7, or a name")]
Value = Annotated[str | None, Option("--value", metavar="AMOUNT", help="what it is worth")]
Words = Annotated[str | None, Option("--words", metavar="TEXT", help="in their own words")]
CheckIn = Annotated[
    str | None, Option("--check-in", metavar="DAY", help="the day to ask again, kept as a task")
]
ToMarketing = Annotated[bool, Option("--to-marketing", help="hand the lead to marketing")]


@writes(
    app,
    "opportunity",
    "add",
    fields="opportunity",
    examples='improv opp add acme --title "Audit 2027" --value 12k',
)
def add(
    about: Annotated[str | None, Argument(metavar="LEAD|CLIENT", help="with whom: an id or a name")] = None,
    title: Annotated[
        str | None,
        Option("--title", metavar="TEXT", help="what it is called; the name of the lead unless told"),
    ] = None,
    stage: Annotated[
        str | None,
        Option("--stage", metavar="STAGE", help="the stage it starts in; the first unless told"),
    ] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Open an opportunity with a lead or a client."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.actions.dated import reading  # noqa: PLC0415 - as above

    whom = named(about, "With whom?", "the lead or client", "improv opportunity add ada")
    ask_missing("opportunity", fields)
    with desk().writing() as work:
        found = resolve(work.reader, whom, ["client", "lead"])
        values = typed(work.reader, "opportunity", fields)
        # Whoever works the lead or the client works what is sold to them.
        values.setdefault("owner", None)
        values["owner"] = (
            values["owner"] or reading(work, found.table, found.id, "owner", work.today) or desk().me
        )
        made = opportunities.add(work, found, title, stage, past(on, work.today), values)
        stay = opportunities.stay(work, int(work.subject[1:]) if work.subject else 0)
        first = work.playbook.stage(stay.stage)
        kind = work.playbook.event_of(first)
    worth = money(values["value"]) if values.get("value") is not None else "no value yet"
    told(
        f"O{made.id} {made.title} opened with {found.ref} {found.name}: {worth}, in {first.name} since {day_words(made.opened_on, work.today)}",
        also_said(work.reader, "opportunity", values),
        then=f"improv event schedule O{made.id} {kind} {work.playbook.by_when(kind)}",
    )


@writes(app, "opportunity", "move", examples="improv opp move acme proposal --on fri")
def move(
    opportunity: OppArgument,
    stage: Annotated[str, Argument(metavar="STAGE", help="the stage it is in now")],
    probability: Annotated[
        str | None, Option("--probability", metavar="PERCENT", help="the chance to win it now")
    ] = None,
    on: On = None,
) -> None:
    """Move an opportunity to another stage."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        left = opportunities.stay(work, found.id)
        chance = parse_percent(probability) if probability else None
        day = past(on, work.today)
        ask_required(work, found, stage, day)
        stay = opportunities.move(work, found.id, stage, day, chance)
        was, to = work.playbook.name_of("stage", left.stage), work.playbook.stage(stay.stage)
        kind = work.playbook.event_of(to)
    told(
        f"{found.ref} {found.name} moved to {to.name} {day_words(stay.since, work.today)}, "
        f"after {_days(days_between(left.since, stay.since))} in {was}",
        then=f"improv event schedule {found.ref} {kind} {work.playbook.by_when(kind)}",
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


@writes(app, "opportunity", "won", examples="improv opp won acme --value 11.5k --on fri")
def won(
    opportunity: OppArgument,
    value: Value = None,
    because: Annotated[str | None, Option("--because", metavar="REASON", help="why they bought")] = None,
    on: On = None,
) -> None:
    """Close an opportunity as won; its lead becomes a client."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        day = past(on, work.today)
        reason = work.playbook.reason("bought", because).key if because else None
        ask_required(work, found, work.playbook.sale_stages[-1].key, day)
        client = opportunities.win(work, found.id, day, parse_money(value) if value else None, reason)
        opened, worth = _cycle(work.reader, found.id)
        booked = still_booked(work.reader, found)
    told(
        f"{found.ref} {found.name} won {day_words(day, work.today)}: {money(worth)}, "
        f"{_days(days_between(opened, day))} after it was opened",
        f"C{client.id} {client.name} is a client since {day_words(client.since_on, work.today)}",
        *booked,
        then=f"improv visit schedule C{client.id} +7d",
    )


def _cycle(reader: Any, number: int) -> tuple[date, int]:  # noqa: ANN401 - the transaction's reader
    row = reader.row(
        "SELECT o.opened_on, t.value FROM opportunity o JOIN opportunity_terms t ON t.opportunity_id = o.id "
        "WHERE o.id = :id ORDER BY t.on_day DESC, t.id DESC LIMIT 1",
        {"id": number},
    )
    return date.fromisoformat(row["opened_on"]), row["value"]


@writes(
    app, "opportunity", "lost", examples="improv opp lost acme --because price --words 'twice the budget'"
)
def lost(
    opportunity: OppArgument,
    because: Annotated[
        str | None, Option("--because", metavar="REASON", help="why, a reason of the playbook")
    ] = None,
    words: Words = None,
    check_in: CheckIn = None,
    to_marketing: ToMarketing = False,
    on: On = None,
) -> None:
    """Close an opportunity as lost, with the reason."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    book = desk().playbook()
    known = ", ".join(reason.key for reason in offered(book.reasons) if "lost" in reason.of)
    asked = f"Why was it lost? ({known})"
    if book.closing.lost_needs_reason:
        said: str | None = named(because, asked, "the reason it was lost", f"--because, one of: {known}")
    else:
        said = because or desk().ask(f"{asked} (Enter to skip)")
    _one_of(check_in, to_marketing=to_marketing)
    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        day = past(on, work.today)
        reason = work.playbook.reason("lost", said) if said else None
        opportunities.lose(work, found.id, day, reason.key if reason else None, words)
        after = _afterwards(work, found, day, check_in, to_marketing=to_marketing)
        booked = still_booked(work.reader, found)
    told(
        f"{found.ref} {found.name} lost {day_words(day, work.today)}"
        + (f": {reason.name}" if reason else "")
        + (f", “{words}”" if words else ""),
        after,
        *booked,
        then=_next_after(found, after, "check in"),
    )


def _one_of(check_in: str | None, *, to_marketing: bool) -> None:
    """Refuse both a date to check in and a hand-over: somebody else checks in then."""
    if check_in is not None and to_marketing:
        raise Usage(
            "whoever hands a lead to marketing does not check in",
            "--check-in --to-marketing",
            "--check-in DAY, or --to-marketing",
        )


def _afterwards(
    work: Any,  # noqa: ANN401 - a Writing, which only what writes loads
    found: Found,
    day: date,
    check_in: str | None,
    *,
    to_marketing: bool,
) -> str | None:
    """Set the day to check in after a deal that was not won, or hand its lead to marketing; say what was done."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.actions.work import add_task  # noqa: PLC0415 - as above

    said = None
    if to_marketing:
        lead = opportunities.to_marketing(work, found.id, day)
        said = f"L{lead.id} {lead.name} handed to {work.playbook.marketing}"
    elif check_in is not None:
        due = ahead(check_in, work.today)
        task = add_task(work, "check in", found, day, {"due": due})
        said = f"K{task.id} check in: due {day_words(due, work.today)}"
    work.subject = found.ref
    return said


def _next_after(found: Found, after: str | None, what: str) -> str:
    """Return the next sensible command after a deal that was not won: a date to check in, once."""
    return (
        f"improv opportunity show {found.ref}"
        if after
        else f"improv task add '{what}' --about {found.ref} --due +90d"
    )


@writes(app, "opportunity", "no-decision", examples="improv opp no-decision acme --because went-quiet")
def no_decision(
    opportunity: OppArgument,
    because: Annotated[
        str | None, Option("--because", metavar="REASON", help="why, a reason of the playbook")
    ] = None,
    words: Words = None,
    check_in: CheckIn = None,
    to_marketing: ToMarketing = False,
    on: On = None,
) -> None:
    """Close an opportunity in which nobody decided."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    _one_of(check_in, to_marketing=to_marketing)
    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        day = past(on, work.today)
        reason = work.playbook.reason("no-decision", because) if because else None
        opportunities.no_decision(work, found.id, day, reason.key if reason else None, words)
        after = _afterwards(work, found, day, check_in, to_marketing=to_marketing)
        booked = still_booked(work.reader, found)
    told(
        f"{found.ref} {found.name} closed without a decision {day_words(day, work.today)}"
        + (f": {reason.name}" if reason else "")
        + (f", “{words}”" if words else ""),
        after,
        *booked,
        then=_next_after(found, after, "ask again"),
    )


@writes(app, "opportunity", "reopen", examples="improv opp reopen acme --stage proposal")
def reopen(
    opportunity: OppArgument,
    stage: Annotated[
        str | None,
        Option(
            "--stage", metavar="STAGE", help="the stage it is in now; the one it was closed in unless told"
        ),
    ] = None,
    on: On = None,
) -> None:
    """Open a closed opportunity again."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        stay = opportunities.reopen(work, found.id, stage, past(on, work.today))
        name = work.playbook.name_of("stage", stay.stage)
    told(
        f"{found.ref} {found.name} is open again, in {name} since {day_words(stay.since, work.today)}",
        then=f"improv opportunity show {found.ref}",
    )


@writes(app, "opportunity", "contact", examples="improv opp contact acme 'Grace Hopper' --role buyer")
def contact(
    opportunity: OppArgument,
    name: Annotated[str, Argument(metavar="NAME", help="the person")],
    role: Annotated[
        str | None, Option("--role", metavar="ROLE", help="influencer, decision maker or buyer")
    ] = None,
    email: Annotated[str | None, Option("--email", metavar="ADDRESS", help="email address")] = None,
    phone: Annotated[str | None, Option("--phone", metavar="TEXT", help="phone number")] = None,
    on: On = None,
) -> None:
    """Add a person at the other side, with their role."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        values = {"role": one_word(role, CONTACT_ROLES) if role else None, "email": email, "phone": phone}
        opportunities.add_contact(work, found.id, name, values, past(on, work.today))
    told(
        f"{name} added to {found.ref} {found.name}" + (f" as {values['role']}" if role else ""),
        then=f"improv opportunity show {found.ref}",
    )


@writes(app, "opportunity", "line", examples="improv opp line acme 'Audit' --revenue 8k --cost 2k")
def line(
    opportunity: OppArgument,
    product: Annotated[str, Argument(metavar="PRODUCT", help="the product or service")],
    revenue: Annotated[str | None, Option("--revenue", metavar="AMOUNT", help="what it brings")] = None,
    cost: Annotated[str | None, Option("--cost", metavar="AMOUNT", help="what it costs you")] = None,
    included: Annotated[
        bool, Option("--included/--not-included", help="whether it is part of the offer")
    ] = True,
    on: On = None,
) -> None:
    """Add a product line to the offer."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, opportunity, ["opportunity"])
        values = {
            "revenue": parse_money(revenue) if revenue else None,
            "cost": parse_money(cost) if cost else None,
        }
        opportunities.add_line(
            work, found.id, product, {**values, "included": included}, past(on, work.today)
        )
    margin = (values["revenue"] or 0) - (values["cost"] or 0)
    known = values["revenue"] is not None and values["cost"] is not None
    told(
        f"{product} added to {found.ref} {found.name}"
        + (f": margin {money(margin) if margin >= 0 else '-' + money(-margin)}" if known else ""),
        then=f"improv opportunity show {found.ref}",
    )


def _edit(work: Any, found: Found, title: str | None, on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    opportunities.edit(work, found.id, title, on, values)


with_edit(app, "opportunity", _edit, called="title", dated=True)
with_common_verbs(app, "opportunity")
