"""What the doors share that prepare a message to the other side of an event: it is shown, or written as a draft."""

from typing import TYPE_CHECKING, Annotated

import typer

from improv.commands.desk import desk
from improv.commands.listing import pick
from improv.errors import Usage
from improv.reader import Reader

if TYPE_CHECKING:
    from improv.calendar.invitation import Draft, Purpose

Invite = Annotated[
    bool, typer.Option("--invite", help="prepare an invitation to the other side, and show it")
]
Confirm = Annotated[
    bool, typer.Option("--confirm", help="prepare a confirmation to the other side, and show it")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="ADDRESS", help="another mail address than the one on record")
]
VERBS: "dict[Purpose, str]" = {"invitation": "invite", "confirmation": "confirm"}


def wanted(*, invite: bool, confirm: bool) -> "Purpose | None":
    """Return which message is to be prepared with a booking."""
    if invite and confirm:
        raise Usage("an invitation says all that a confirmation says", "--invite --confirm", "--invite")
    return "invitation" if invite else "confirmation" if confirm else None


def draft(reader: Reader, number: int | None, purpose: "Purpose", to: str | None = None) -> "Draft":
    """Return the message about an event, from the user to the other side."""
    from improv.calendar.file import Person  # noqa: PLC0415 - only a message needs it
    from improv.calendar.invitation import address, prepare  # noqa: PLC0415 - as above

    here = desk()
    mend = f'email = "you@example.com" under [me] in {here.configuration}'
    if here.address is None:
        raise Usage("the settings do not say what your mail address is", "[me]", mend)
    sender = Person(here.me or here.address, here.address)
    address(sender, mend)
    assert number is not None  # noqa: S101 - the event is written already
    return prepare(reader, number, purpose, sender, to)


def present(made: "Draft") -> None:
    """Show a message before it is sent, or write it as a draft where --output names a file."""
    from improv.calendar.invitation import compose, unsent  # noqa: PLC0415 - only a message needs it

    here = desk()
    if here.format == "eml":
        here.put_file(unsent(compose(made, at=here.now())).decode())
        here.hint(f"  next: improv event edit {made.event} --confirmation-on today, once it is sent")
        return
    here.say(
        *(f"{header}: {who.name} <{who.email}>" for header, who in (("From", made.sender), ("To", made.to)))
    )
    here.say(f"Subject: {made.subject}", "")
    here.say(*made.text.split("\n"), "", f"  attached: {made.attachment}; nothing is sent yet")
    here.say(f"  next: improv event {VERBS[made.purpose]} {made.event} -o {made.purpose}.eml")


def prepared(event: str, purpose: "Purpose", to: str | None) -> None:
    """Prepare the message about an event that is booked already."""
    with desk().reading() as reader:
        made = draft(reader, pick(reader, event, "event").id, purpose, to)
    present(made)
