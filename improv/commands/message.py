"""What the doors share that prepare a message to the other side of an event: it is shown, or written as a draft."""

from typing import TYPE_CHECKING, Annotated

from improv.commands.declared import Option
from improv.commands.desk import desk
from improv.commands.listing import pick
from improv.errors import Usage
from improv.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from improv.calendar.file import Person
    from improv.calendar.invitation import Draft, Purpose

Invite = Annotated[bool, Option("--invite", help="prepare an invitation to the other side, and show it")]
Confirm = Annotated[bool, Option("--confirm", help="prepare a confirmation to the other side, and show it")]
To = Annotated[
    str | None, Option("--to", metavar="ADDRESS", help="another mail address than the one on record")
]
Send = Annotated[bool, Option("--send", help="show it and send it at once, as [mail] in the settings says")]
VERBS: "dict[Purpose, str]" = {"invitation": "invite", "confirmation": "confirm"}


def wanted(*, invite: bool, confirm: bool) -> "Purpose | None":
    """Return which message is to be prepared with a booking."""
    if invite and confirm:
        raise Usage("an invitation says all that a confirmation says", "--invite --confirm", "--invite")
    return "invitation" if invite else "confirmation" if confirm else None


def draft(reader: Reader, number: int | None, purpose: "Purpose", to: str | None = None) -> "Draft":
    """Return the message about an event, from the user to the other side."""
    from improv.calendar.invitation import prepare  # noqa: PLC0415 - only a message needs it

    assert number is not None  # noqa: S101 - the event is written already
    return prepare(reader, number, purpose, sender(), to)


def sender(*, shown: bool = False) -> "Person":
    """Return the user as the sender of a message, refused where the settings do not say their address.

    One that is only `shown` is somebody without it, too.
    """
    from improv.calendar.file import Person  # noqa: PLC0415 - only a message needs it
    from improv.calendar.invitation import address  # noqa: PLC0415 - as above

    here = desk()
    mend = f'email = "you@example.com" under [me] in {here.configuration}'
    if here.address is None and shown:
        return Person(here.me or "you", "")
    if here.address is None:
        raise Usage("the settings do not say what your mail address is", "[me]", mend)
    me = Person(here.me or here.address, here.address)
    address(me, mend)
    return me


def present(made: "Draft") -> None:
    """Show a message before it is sent, or write it as a draft where --output names a file."""
    from improv.calendar.invitation import compose, unsent  # noqa: PLC0415 - only a message needs it

    here = desk()
    if here.format == "eml":
        here.put_file(unsent(compose(made, at=here.now())).decode())
        here.hint(f"  next: {here.program} event edit {made.event} --confirmation-on today, once it is sent")
        return
    _shown(made, "nothing is sent yet")
    how = "--send" if here.config().get("mail") else f"-o {made.purpose}.eml"
    here.say(f"  next: {here.program} event {VERBS[made.purpose]} {made.event} {how}")


def _shown(made: "Draft", how: str) -> None:
    show_mail(made.sender, made.to, made.subject, made.text)
    desk().say("", f"  attached: {made.attachment}; {how}")


def show_mail(me: "Person", to: "Person", subject: str, text: str) -> None:
    """Show a message: from whom, to whom, about what, and its text."""
    here = desk()
    for header, who in (("From", me), ("To", to)):
        here.say(f"{header}: {who.name}" + (f" <{who.email}>" if who.email else ""))
    here.say(f"Subject: {subject}", "", *text.split("\n"))


def prepared(event: str, purpose: "Purpose", to: str | None, *, send: bool) -> None:
    """Prepare the message about an event that is booked already, and send it where that is asked for."""
    with desk().reading() as reader:
        made = draft(reader, pick(reader, event, "event").id, purpose, to)
    if send:
        _sent(made)
    else:
        present(made)


def _sent(made: "Draft") -> None:
    """Send the message about an event to the other side."""
    from improv.calendar.invitation import compose  # noqa: PLC0415 - only a message needs it

    here = desk()
    way = send(made.sender, made.to, lambda number: compose(made, message_id=number, at=here.now()))
    _shown(made, f"accepted by {way}")
    here.say(f"  next: {here.program} event edit {made.event} --confirmation-on today")


def send(me: "Person", to: "Person", compose: "Callable[[str], bytes]") -> str:
    """Send a message under a new Message-ID, and return by which way it went."""
    from improv.commands.outgoing import hand_over_once, refuse  # noqa: PLC0415 - only what sends loads it
    from improv.commands.postbox import post  # noqa: PLC0415 - as above
    from improv.letters import new_id  # noqa: PLC0415 - as above

    here = desk()
    refuse("as_of", "known_on", "output", "format")
    way = post({"to": me.email, **here.config().get("mail", {})}, here.configuration, here.environment)
    way = way._replace(to=(to.email,), sender=me.email)
    hand_over_once(compose(new_id(way)), way)
    return way.way
