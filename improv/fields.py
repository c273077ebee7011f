"""The fields of each record as people give them: the option, its meaning, and what kind of value it takes.

One table serves every command that adds or edits a record: the options are made from it, what was typed is read by
the kind of the field, and a field whose value changes over time (`dated`) is kept as a dated reading.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from improv.custom import PREFIX
from improv.dates import Looking, parse_day, parse_minutes, parse_time
from improv.errors import Refused, Usage
from improv.money import parse_money, parse_percent
from improv.named import NamedTuple
from improv.playbook import CustomField, Playbook, folded
from improv.reader import Reader
from improv.records import words
from improv.resolve import resolve
from improv.text import refuse_controls

MONTHS = 12
MOST = 1_000_000_000
LINKS = ("client", "campaign")


class Field(NamedTuple):
    """One field of a record: its name, what it says, the kind of value, and whether a terminal asks for it.

    A choice is one of its `choices`; all other lists are the playbook's or fixed.
    """

    name: str
    help: str
    kind: str = "text"
    dated: bool = False
    asked: bool = False
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option that gives it, such as `--close-on`."""
        name = self.name.removesuffix("_id") if self.kind in LINKS else self.name.removeprefix(PREFIX)
        return "--" + name.replace("_", "-")


_OWNER = Field("owner", "who works it", dated=True)
_WHERE = (
    Field("industry", "industry"),
    Field("city", "city"),
    Field("region", "region or state"),
    Field("country", "country"),
)
_REACHED = (Field("email", "email address", asked=True), Field("phone", "phone number", asked=True))
_UNSUBSCRIBED = Field("unsubscribed_on", "the day they asked for no more mail", "past")
_EXTERNAL = Field("external_id", "its id in another system")
_CAMPAIGN = Field("campaign_id", "the campaign it came from", "campaign")

FIELDS: dict[str, tuple[Field, ...]] = {
    "lead": (
        Field("company", "company", asked=True),
        *_REACHED,
        Field("source", "where it came from, a source of the playbook", "source", asked=True),
        Field("referring_client_id", "the client who referred them", "client"),
        Field("met_at", "the event where you met"),
        Field("met_on", "the day you met", "past"),
        Field("platform", "the platform that carried the testimonial"),
        _CAMPAIGN,
        _OWNER,
        Field("score", "lead score, 0-100", "score", dated=True),
        Field("temperature", "cold, warm or hot", "temperature", dated=True),
        Field("first_meeting_on", "first qualification meeting", "day"),
        Field("job_profile", "what they do"),
        Field("age_group", "age group"),
        Field("gender", "gender"),
        *_WHERE,
        Field("website", "web site"),
        _UNSUBSCRIBED,
        _EXTERNAL,
    ),
    "opportunity": (
        Field("value", "what it is worth", "money", dated=True, asked=True),
        Field("close_on", "the day it should close", "future", dated=True, asked=True),
        Field("probability", "chance to win it, set by hand, in percent", "percent", dated=True),
        _OWNER,
        Field("description", "what it is about"),
        Field("type", "product or service", "opportunity_type"),
        Field("source", "where it came from, when not as its lead", "source"),
        _CAMPAIGN,
        Field("business_unit", "business unit"),
        Field("location", "location"),
        Field("rating", "rating"),
        _EXTERNAL,
    ),
    "event": (
        Field("subject", "what it is about"),
        Field("anticipated_stage", "the stage you expect it to lead to", "stage", asked=True),
        Field("ends_time", "when it ends", "time"),
        Field("place", "place"),
        Field("reminder_minutes", "remind me this long before", "minutes"),
        Field("confirmation_on", "the day the confirmation was sent", "past"),
        Field("visit_kind", "what kind of visit", "visit_kind"),
        Field("assigned_to", "who goes"),
        Field("assigned_by", "who assigned it"),
        _EXTERNAL,
    ),
    "client": (
        Field("contact_name", "the person you know there"),
        *_REACHED,
        _OWNER,
        Field("health", "health, 0-100", "score", dated=True),
        Field("engagement", "engagement, 0-100", "score", dated=True),
        Field("revenue", "yearly revenue, or 500/month", "revenue", dated=True),
        Field("referrals_before", "referrals given before you kept count", "count"),
        *_WHERE,
        _UNSUBSCRIBED,
        _EXTERNAL,
    ),
    "visit": (
        Field("kind", "what kind of visit", "visit_kind", asked=True),
        Field("attendees", "who was there"),
        Field("topics", "what was talked about"),
        Field("outcomes", "what came of it", asked=True),
        Field("satisfaction", "how satisfied they are, 1-5", "rating", asked=True),
        Field("asked_testimonial", "you asked for a testimonial", "flag"),
        Field("asked_story", "you asked for a story", "flag"),
        Field("asked_referral", "you asked for a referral", "flag"),
        Field("next_steps", "next steps"),
        Field("owner", "who went"),
        _EXTERNAL,
    ),
    "testimonial": (
        Field("content", "the words", asked=True),
        Field("kind", "written or video", "testimonial_kind"),
        Field("method", "how it was given"),
        Field("collected_by", "who collected it"),
        Field("rating", "rating, 1-5", "rating"),
        Field("permission", "permission to publish: yes, no or asked", "permission", asked=True),
        Field("published_on", "the day it was published", "past"),
        Field("published_where", "where it was published"),
        Field("used_on", "the day marketing used it", "past"),
        _EXTERNAL,
    ),
    "story": (
        Field("achieved", "what was achieved", asked=True),
        Field("numbers", "the numbers in it"),
        Field("permission", "permission to tell it: yes, no or asked", "permission"),
        _EXTERNAL,
    ),
    "referral": (
        *_REACHED,
        Field("how", "how it was given"),
        Field("kind", "what kind of referral"),
        Field("estimated_value", "what it may be worth", "money"),
        Field("incentive", "incentive offered"),
        _EXTERNAL,
    ),
    "activity": (
        Field("subject", "what it was about"),
        Field("minutes", "how long it took", "minutes"),
        Field("response", "did they respond: yes or no", "response"),
        Field("outcome", "what came of it"),
        Field("owner", "who did it"),
        _CAMPAIGN,
        Field("notes", "more words"),
        _EXTERNAL,
    ),
    "task": (
        Field("due", "the day it is due", "future", dated=True, asked=True),
        Field("assigned_to", "who does it"),
        Field("assigned_by", "who assigned it"),
        _EXTERNAL,
    ),
    "change": (Field("on_day", "the day it was changed, corrected", "past"),),
    "survey_answer": (
        Field("reason", "why, a reason of the playbook for the question"),
        Field("words", "in their own words", asked=True),
        _EXTERNAL,
    ),
    "note": (Field("pinned", "keep it on top", "flag"), Field("written_by", "who wrote it")),
    "campaign": (
        Field("type", "type, such as direct mail", "campaign_type"),
        Field("subtype", "sub-type, such as letter", "campaign_subtype"),
        Field("starts_on", "first day, corrected", "day"),
        Field("ends_on", "last day", "future"),
        Field("tracked_phone", "tracked phone number"),
        Field("keywords", "search keywords"),
        Field("owner", "who runs it"),
        _EXTERNAL,
    ),
    "campaign_result": (
        Field("spend", "what it cost", "money"),
        Field("impressions", "impressions", "count"),
        Field("clicks", "clicks", "count"),
        Field("emails_opened", "emails opened", "count"),
        Field("links_clicked", "links clicked", "count"),
        Field("forms", "forms filled in", "count"),
        Field("platform_leads", "leads as the platform reports them", "count"),
        Field("platform_customers", "customers as the platform reports them", "count"),
    ),
    "touch": (
        Field("kind", f"what they did: {', '.join(words.TOUCHES)}", "touch_kind"),
        Field("page", "the page, such as /pricing"),
        Field("seconds", "how many seconds they stayed", "count"),
        Field("words", "what they wrote or said"),
        Field("utm_source", "UTM source of the visit"),
        Field("utm_medium", "UTM medium"),
        Field("utm_campaign", "UTM campaign"),
        Field("campaign_id", "the campaign it belongs to", "campaign"),
        _EXTERNAL,
    ),
    "visitor": (Field("name", "what they are called"), Field("email", "email address")),
    "link": (Field("campaign_id", "the campaign it belongs to", "campaign"),),
    "upsell": (),
    "quota": (
        Field("value", "what is to be won", "money"),
        Field("points", "the points to earn", "count"),
        Field("per", "in each month, quarter or year", "per"),
        Field("owner", "whose it is; nobody's is everyone's together"),
        Field("unit", "the business unit it is for"),
    ),
}


_KINDS = {"number": "integer", "yes-no": "yes_or_no"}


def fields_of(playbook: Playbook, noun: str) -> tuple[Field, ...]:
    """Return the fields of a noun: the program's own, and those that the playbook adds."""
    return (*FIELDS.get(noun, ()), *(custom_field(one) for one in playbook.fields_of(noun)))


def custom_field(one: CustomField) -> Field:
    """Return a custom field as all others are declared; it is dated where others of its noun are."""
    return Field(
        PREFIX + one.column,
        one.help or one.name,
        _KINDS.get(one.kind, one.kind),
        is_dated(one.noun),
        one.asked,
        one.choices,
    )


def is_dated(noun: str) -> bool:
    """Tell whether something of a noun changes over time: then `edit --on DAY` says from when; else it corrects."""
    return any(one.dated for one in FIELDS.get(noun, ()))


class Typed:
    """Reads what people typed for the fields of a record, by the kind of each field."""

    def __init__(self, reader: Reader | None, playbook: Playbook, today: date) -> None:
        self.reader = reader
        self.playbook = playbook
        self.today = today

    def read(self, noun: str, raw: Mapping[str, str | bool | None]) -> dict[str, Any]:
        """Return the values of the fields that were given; an empty text takes a field's value away."""
        known = {field.name: field for field in fields_of(self.playbook, noun)}
        return {name: self.value(known[name], given) for name, given in raw.items() if given is not None}

    def value(self, field: Field, given: str | bool) -> object:  # noqa: FBT001 - a flag is a value like any other
        """Return the value that was typed for a field; nothing where it is taken away."""
        if isinstance(given, bool):
            return given
        if not given.strip():
            return None
        try:
            return one_word(given, field.choices) if field.choices else self._reading()[field.kind](given)
        except Usage as error:
            # Say which option the value was typed for.
            error.what = f"{field.option}: {error.what}"
            raise

    def _record(self, text: str, table: str) -> int:
        """Read a record's id or name, for which the store is needed."""
        assert self.reader is not None  # noqa: S101 - no field that is asked for names a record
        return resolve(self.reader, text, [table]).id

    def _past(self, text: str) -> date:
        """Read a day on which something was done: one to come would count as done before it is."""
        day = parse_day(text, self.today, Looking.BACK)
        if day > self.today:
            upto = f"a day up to today, {self.today.isoformat()}"
            raise Refused("what was done cannot be in the future", day.isoformat(), upto)
        return day

    def _reading(self) -> dict[str, Callable[[str], object]]:
        book = self.playbook
        subtypes = tuple(dict.fromkeys(word for kind in book.campaign_types for word in kind.subtypes))
        return {
            "text": lambda text: refuse_controls(text.strip(), "text"),
            "past": self._past,
            "day": lambda text: parse_day(text, self.today, Looking.FORWARD),
            "future": lambda text: parse_day(text, self.today, Looking.FORWARD),
            "time": lambda text: parse_time(text).strftime("%H:%M"),
            "minutes": parse_minutes,
            "money": parse_money,
            "revenue": yearly,
            "percent": parse_percent,
            "count": whole_number,
            "integer": lambda text: whole_number(text, -MOST),
            "score": lambda text: whole_number(text, 0, 100),
            "rating": lambda text: whole_number(text, 1, 5),
            "flag": yes_or_no,
            "yes_or_no": yes_or_no,
            "stage": lambda text: book.stage(text).key,
            "source": lambda text: book.source(text).key,
            "visit_kind": lambda text: book.visit_kind(text).key,
            "campaign_type": lambda text: book.campaign_type(text).key,
            "campaign_subtype": lambda text: begun(text, subtypes) or text.strip(),
            "temperature": lambda text: one_word(text, words.TEMPERATURES),
            "opportunity_type": lambda text: one_word(text, words.OPPORTUNITY_TYPES),
            "testimonial_kind": lambda text: one_word(text, words.TESTIMONIAL_KINDS),
            "permission": lambda text: one_word(text, words.PERMISSIONS),
            "response": lambda text: one_word(text, words.RESPONSES),
            "per": lambda text: one_word(text, words.QUOTA_PERIODS),
            "touch_kind": lambda text: one_word(text, words.TOUCHES),
            "client": lambda text: self._record(text, "client"),
            "campaign": lambda text: self._record(text, "campaign"),
        }


def yearly(text: str) -> int:
    """Read a revenue as an amount a year: `6000`, `6000/year` or `500/month`."""
    amount, _, each = text.partition("/")
    if not each:
        return parse_money(amount)
    return parse_money(amount) * {"month": MONTHS, "year": 1}[one_word(each, ("month", "year"))]


def whole_number(text: str, low: int = 0, high: int = MOST) -> int:
    """Read a whole number within a range."""
    written = text.strip().replace(",", "")
    digits = written.removeprefix("-") if low < 0 else written
    if not (digits.isascii() and digits.isdigit()) or not low <= int(written) <= high:
        raise Usage("this is not a whole number in range", text, f"a whole number from {low} to {high}")
    return int(written)


def yes_or_no(text: str) -> bool:
    """Read yes or no."""
    return one_word(text, ("yes", "no")) == "yes"


def one_word(text: str, known: tuple[str, ...]) -> str:
    """Read one of a fixed list of words, or the unmistakable beginning of one; a hyphen is as good as a space."""
    found = begun(text, known)
    if found is None:
        raise Usage("this word is not known here", text, "one of: " + ", ".join(known))
    return found


def begun(text: str, known: tuple[str, ...]) -> str | None:
    """Return the one of a fixed list of words that is meant, whole or by its beginning; none where it is not one."""
    wanted = folded(text)
    hits = [word for word in known if folded(word) == wanted] or [
        word for word in known if wanted and folded(word).startswith(wanted)
    ]
    return hits[0] if len(hits) == 1 else None
