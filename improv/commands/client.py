"""`improv client`: an account that bought."""

from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    ahead,
    also_said,
    ask_missing,
    day_words,
    named,
    noun_app,
    past,
    quoted,
    still_booked,
    told,
    typed,
    writes,
)
from improv.commands.lead import question_similar
from improv.commands.listing import keep_custom, with_common_verbs, with_edit
from improv.custom import apart
from improv.dates import days_between
from improv.errors import Usage
from improv.money import money, parse_money
from improv.resolve import Found, looks_like, resolve, the_one

app = noun_app(
    "Clients: accounts that bought, and what is due with them.",
    """
    improv client add "Acme Ltd" --on 2024-03-01 --health 80
    improv client renewal acme --due 2027-03-31
    improv client upsell acme "second site" --value 9k
    improv client left acme --because "went in-house"
    """,
)
APPS = {"client": app}
ClientArgument = Annotated[str, Argument(metavar="CLIENT", help="an id such as C3, or a name")]


@writes(app, "client", "add", fields="client", examples='improv client add "Acme Ltd" --on 2024-03-01')
def add(
    name: Annotated[str | None, Argument(metavar="NAME", help="who it is")] = None,
    on: Annotated[
        str | None, Option("--on", "--since", metavar="DAY", help="a client since; today unless told")
    ] = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Add a client: a name is enough."""
    from improv.actions import clients  # noqa: PLC0415 - only what writes loads SQLModel

    who = named(name, "Who is the client?", "the name of the client", 'improv client add "Acme Ltd"')
    ask_missing("client", fields)
    with desk().writing() as work:
        question_similar(who, looks_like(work.reader, who, ["client"]))
        values = typed(work.reader, "client", fields, mine="owner")
        client = clients.add(work, who, past(on, work.today), values)
    told(
        f"C{client.id} {client.name} added: a client since {day_words(client.since_on, work.today)}",
        also_said(work.reader, "client", values),
        then=f"improv visit schedule C{client.id} +7d",
    )


def _status(client: str, word: str, because: str | None, on: str | None) -> None:
    from improv.actions import clients  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = resolve(work.reader, client, ["client"])
        span = clients.set_status(work, found.id, word, past(on, work.today), because)
        booked = () if word == "active" else still_booked(work.reader, found)
    told(
        f"{found.ref} {found.name} is {word} since {day_words(span.since, work.today)}"
        + (f": {because}" if because else ""),
        *booked,
        then=f"improv client show {found.ref}",
    )


@writes(app, "client", "left", examples='improv client left acme --because "went in-house"')
def left(
    client: ClientArgument,
    because: Annotated[str | None, Option("--because", metavar="TEXT", help="why they left")] = None,
    on: On = None,
) -> None:
    """Say that a client left, and why."""
    _status(
        client,
        "former",
        named(because, "Why did they leave?", "the reason they left", "--because 'went in-house'"),
        on,
    )


@writes(app, "client", "back", examples="improv client back acme")
def back(client: ClientArgument, on: On = None) -> None:
    """Say that a former client came back."""
    _status(client, "active", None, on)


@writes(
    app,
    "client",
    "renewal",
    examples="improv client renewal acme --due 2027-03-31\nimprov client renewal acme --discussed fri",
)
def renewal(
    client: ClientArgument,
    due: Annotated[
        str | None, Option("--due", metavar="DAY", help="the day the contract is to be renewed")
    ] = None,
    discussed: Annotated[
        str | None, Option("--discussed", metavar="DAY", help="the day it was discussed")
    ] = None,
    on: Annotated[
        str | None, Option("--on", metavar="DAY", help="the day you learnt of it; today unless told")
    ] = None,
) -> None:
    """Note when a contract is to be renewed, or that it was discussed."""
    from improv.actions import clients  # noqa: PLC0415 - only what writes loads SQLModel

    if (due is None) == (discussed is None):
        raise Usage("a renewal is either due or discussed", mend="--due 2027-03-31, or --discussed today")
    with desk().writing() as work:
        found = resolve(work.reader, client, ["client"])
        if due is not None:
            kept = clients.renewal(work, found.id, ahead(due, work.today), past(on, work.today))
        else:
            kept = clients.renewal_discussed(work, found.id, past(discussed, work.today))
    days = days_between(work.today, kept.due_on)
    said = f"renewal due {day_words(kept.due_on, work.today)}, in {days} days"
    told(
        f"{found.ref} {found.name}: " + (f"{said}, discussed" if discussed else said),
        then=f"improv client show {found.ref}"
        if discussed
        else f"improv client renewal {found.ref} --discussed today",
    )


@writes(
    app,
    "client",
    "upsell",
    fields="upsell",
    examples='improv client upsell acme "second site" --value 9k\nimprov client upsell U4 --pursued O12',
)
def upsell(
    client: Annotated[str, Argument(metavar="CLIENT|UPSELL", help="a client, or an opening such as U4")],
    what: Annotated[str | None, Argument(metavar="WHAT", help="the opening that was found")] = None,
    value: Annotated[str | None, Option("--value", metavar="AMOUNT", help="what it may be worth")] = None,
    pursued: Annotated[
        str | None, Option("--pursued", metavar="OPPORTUNITY", help="the opportunity that pursues it")
    ] = None,
    dropped: Annotated[str | None, Option("--dropped", metavar="WHY", help="it was dropped, and why")] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Note an opening for more business at a client, or say that one is pursued or dropped."""
    from improv.actions import clients  # noqa: PLC0415 - only what writes loads SQLModel

    if pursued is None and dropped is None:
        ask_missing("upsell", fields)
    with desk().writing() as work:
        day = past(on, work.today)
        found = resolve(work.reader, client, ["client", "upsell"])
        values = typed(work.reader, "upsell", fields)
        if pursued is None and dropped is None:
            said = _opening(found, what)
            made = clients.found_upsell(work, found.id, said, parse_money(value) if value else None, day)
        else:
            number = found.id if found.table == "upsell" else _waiting(work.reader, found)
            opportunity = resolve(work.reader, pursued, ["opportunity"]).id if pursued else None
            made = clients.close_upsell(work, number, day, opportunity, dropped)
        assert made.id is not None  # noqa: S101 - it was just written
        keep_custom(work, Found("upsell", made.id, made.what), apart(values)[1])
    worth = f", {money(made.value)}" if made.value is not None else ""
    state = "pursued" if pursued else "dropped" if dropped else "found"
    told(
        f"U{made.id} {made.what}{worth}: {state} {day_words(day, work.today)}",
        also_said(work.reader, "upsell", values),
        then=f"improv opportunity add C{made.client_id} --title {quoted(made.what)}"
        if state == "found"
        else f"improv client show C{made.client_id}",
    )


def _opening(found: Found, what: str | None) -> str:
    """Return what was found at a client; refused of an opening that is known."""
    if found.table != "client":
        raise Usage(
            "say whether it is pursued or dropped", found.ref, "--pursued OPPORTUNITY, or --dropped WHY"
        )
    example = f'improv client upsell {found.ref} "second site"'
    return named(what, "What is the opening?", "the opening that was found", example)


def _waiting(reader: Any, found: Found) -> int:  # noqa: ANN401 - the transaction's reader
    return the_one(reader, found, "upsell").id


def _edit(work: Any, found: Found, name: str | None, on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import clients  # noqa: PLC0415 - only what writes loads SQLModel

    clients.edit(work, found.id, name, on, values)


with_edit(app, "client", _edit, called="name", dated=True)
with_common_verbs(app, "client")
