"""The fields of touches, as mailing programs and web statistics write them, and of the people their ids stand for."""

from typing import Final

from improv.records.words import TOUCHES
from improv.transfer.fields import REACHED, Kind, choice, kind, link, of, text

_PERSON: Final = "member id, member, subscriber id, subscriber, contact id, recipient id, profile id, person id, unique email id"
_ADDRESS: Final = (
    *REACHED[0].headers,
    "email_address",
    "recipient",
    "recipient email",
    "subscriber email",
    "to",
)

TOUCHED: Final[Kind] = kind(
    "touches",
    "touch",
    "touch",
    "touch id, activity id, event id",
    choice(
        "touch_kind", "kind", f"what they did: {', '.join(TOUCHES)}", "action, kind, event, activity, type"
    ),
    of(
        "moment",
        "on_day",
        "when they did it",
        "timestamp, on day, date, time, action date, event time, occurred at, opened at, clicked at, created at, datum, fecha, data",
    ),
    text("email", "whose it is, by mail address", ", ".join(_ADDRESS)),
    text("member", "whose it is, by an id of the mailing program: --people says the addresses", _PERSON),
    text("name", "what they are called", "name, full name, contact name"),
    text("page", "the page or the link", "url, page, link, link url, clicked url, path, target"),
    *link(
        "campaign",
        "campaign id, automation email id, email id, message id, broadcast id",
        "campaign, campaign name, email name, subject, kampagne, campagne, campaña, campanha",
    ),
    of("integer", "seconds", "how many seconds they stayed", "seconds, duration, time on page"),
    text("words", "what they wrote or said", "words, message, reason, comment"),
    text("utm_source", "UTM source", "utm source"),
    text("utm_medium", "UTM medium", "utm medium"),
    text("utm_campaign", "UTM campaign", "utm campaign"),
)

# Who the ids of a mailing program are.
PERSONS: Final[Kind] = kind(
    "people",
    "person",
    "person",
    _PERSON,
    text("email", "email address", ", ".join(_ADDRESS)),
    of("name", "name", "what they are called", "name, full name, contact name"),
    name=(
        "first name, given name, fname, merge fname, vorname",
        "last name, family name, lname, merge lname, nachname",
    ),
)
