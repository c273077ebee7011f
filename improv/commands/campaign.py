"""`improv campaign`: a planned effort to find leads."""

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
    told,
    typed,
    writes,
)
from improv.commands.listing import with_common_verbs, with_edit
from improv.errors import Usage
from improv.money import money
from improv.resolve import Found, resolve

app = noun_app(
    "Campaigns: what was tried to find leads, what it cost and what it did.",
    """
    improv campaign add "Spring letter" --type "direct mail" --subtype letter --starts "1 mar"
    improv campaign result spring --spend 450 --clicks 80 --on fri
    """,
)
APPS = {"campaign": app}


@writes(
    app,
    "campaign",
    "add",
    fields="campaign",
    examples='improv campaign add "Spring letter" --type "direct mail" --subtype letter',
)
def add(
    name: Annotated[str | None, Argument(metavar="NAME", help="what it is called")] = None,
    starts_on: Annotated[
        str | None,
        Option(
            "--starts",
            "--starts-on",
            metavar="DAY",
            help="first day, ahead unless --on is given; today unless told",
        ),
    ] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Add a campaign: a name is enough."""
    from improv.actions import campaigns  # noqa: PLC0415 - only what writes loads SQLModel

    called = named(
        name, "What is it called?", "the name of the campaign", 'improv campaign add "Spring letter"'
    )
    if starts_on and on:
        raise Usage("a campaign starts on one day", f"--starts {starts_on} and --on {on}", "give one of them")
    ask_missing("campaign", fields)
    with desk().writing() as work:
        day = ahead(starts_on, work.today) if starts_on else past(on, work.today)
        values = typed(work.reader, "campaign", fields)
        campaign = campaigns.add(work, called, day, values)
    told(
        f"M{campaign.id} {campaign.name} added: from {day_words(campaign.starts_on, work.today)}",
        also_said(work.reader, "campaign", values),
        then=f"improv campaign result M{campaign.id} --spend …",
    )


@writes(
    app,
    "campaign",
    "result",
    fields="campaign_result",
    examples="improv campaign result spring --spend 450 --clicks 80",
)
def result(
    campaign: Annotated[str, Argument(metavar="CAMPAIGN", help="an id such as M2, or a name")],
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Keep what a campaign did on a day."""
    from improv.actions import campaigns  # noqa: PLC0415 - only what writes loads SQLModel

    if not any(value is not None for value in fields.values()):
        raise Usage("a result needs a figure", mend="--spend 450, --impressions, --clicks, …")
    with desk().writing() as work:
        found = resolve(work.reader, campaign, ["campaign"])
        day = past(on, work.today)
        campaigns.add_result(work, found.id, day, typed(work.reader, "campaign_result", fields))
        spent = work.reader.value(
            "SELECT SUM(spend) FROM campaign_result WHERE campaign_id = :id", {"id": found.id}
        )
    told(
        f"{found.ref} {found.name}: result of {day_words(day, work.today)} kept"
        + (f", {money(spent)} spent so far" if spent else ""),
        then=f"improv campaign show {found.ref}",
    )


def _edit(work: Any, found: Found, name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import campaigns  # noqa: PLC0415 - only what writes loads SQLModel

    campaigns.edit(work, found.id, name, values)


with_edit(app, "campaign", _edit, called="name")
with_common_verbs(app, "campaign")
