"""The nouns of the method, each with its letter: what `L12` and `O7` mean, and how a record is named to a person."""

from improv.named import NamedTuple


class Noun(NamedTuple):
    """A kind of record: its letter, its table, and the SQL of what a person calls one (`x` is its row).

    `door` is the command that keeps it, where that is not called like its table.
    """

    letter: str
    table: str
    plural: str
    label: str
    dated_by: str
    door: str = ""

    @property
    def singular(self) -> str:
        """What one is called."""
        return self.table.replace("_", " ")

    @property
    def one(self) -> str:
        """What one is called, with its article."""
        return f"an {self.singular}" if self.singular[0] in "aeou" else f"a {self.singular}"

    def counted(self, n: int) -> str:
        """Return how many there are, in words: 1 lead, 2,000 leads."""
        return f"{n:,} {self.singular if n == 1 else self.plural}"

    @property
    def command(self) -> str:
        """The command that keeps it."""
        return self.door or self.table


_ABOUT = (
    "COALESCE((SELECT o.title FROM opportunity o WHERE o.id = x.opportunity_id), "
    "(SELECT l.name FROM lead l WHERE l.id = x.lead_id), (SELECT c.name FROM client c WHERE c.id = x.client_id))"
)
_CLIENT = "(SELECT c.name FROM client c WHERE c.id = x.client_id)"

_QUOTA = (
    "COALESCE(x.owner, 'everyone') || COALESCE(' in ' || x.unit, '') || "
    "CASE WHEN x.points IS NULL THEN ', value a ' ELSE ', points a ' END || x.per"
)

_SNOOZE = (
    "x.code || ' of ' || COALESCE('L' || x.lead_id, 'O' || x.opportunity_id, 'C' || x.client_id, "
    "'R' || x.referral_id, 'E' || x.event_id, 'Q' || x.quota_id, 'K' || x.task_id)"
)

# What a visitor is called: a name, an address, or nobody we know.
VISITOR = "COALESCE(x.name, x.email, 'unknown visitor')"


_ENROLMENT = (
    f"COALESCE((SELECT l.name FROM lead l WHERE l.id = x.lead_id), {_CLIENT}) || ', ' || "
    "COALESCE((SELECT k.name FROM playbook_track k WHERE k.key = x.track), x.track)"
)


def _kind(table: str) -> str:
    return f"(SELECT k.name FROM playbook_{table}_kind k WHERE k.key = x.kind)"


NOUNS: tuple[Noun, ...] = (
    Noun("L", "lead", "leads", "x.name", "received_on"),
    Noun("O", "opportunity", "opportunities", "x.title", "opened_on"),
    Noun("E", "event", "events", f"COALESCE(x.subject, {_ABOUT}, {_kind('event')}, x.kind)", "scheduled_for"),
    Noun("C", "client", "clients", "x.name", "since_on"),
    Noun("V", "visit", "visits", _CLIENT, "held_on"),
    Noun("T", "testimonial", "testimonials", _CLIENT, "given_on"),
    Noun("S", "story", "stories", _CLIENT, "told_on"),
    Noun("R", "referral", "referrals", "x.name", "received_on"),
    Noun(
        "A",
        "activity",
        "activities",
        f"COALESCE(x.subject, {_ABOUT}, {_kind('activity')}, x.kind)",
        "done_on",
    ),
    Noun("K", "task", "tasks", "x.what", "created_on"),
    Noun("N", "note", "notes", "x.text", "noted_on"),
    Noun("M", "campaign", "campaigns", "x.name", "starts_on"),
    Noun("U", "upsell", "upsells", "x.what", "found_on", "client"),
    Noun("Q", "quota", "quotas", _QUOTA, "on_day"),
    Noun("X", "change", "changes", "x.what", "on_day"),
    Noun("Y", "survey_answer", "survey answers", f"COALESCE({_ABOUT}, x.question)", "answered_on", "survey"),
    Noun("Z", "snooze", "snoozes", _SNOOZE, "since_on"),
    Noun("B", "visitor", "visitors", VISITOR, "seen_on"),
    Noun("P", "link", "links", "x.url", "made_on"),
    Noun("W", "touch", "touches", "x.kind || COALESCE(' ' || x.page, '')", "on_day"),
    Noun("J", "saved_list", "saved lists", "x.name", "saved_on", "list"),
    Noun("D", "enrolment", "enrolments", _ENROLMENT, "since", "track"),
)

BY_LETTER = {noun.letter: noun for noun in NOUNS}
BY_TABLE = {noun.table: noun for noun in NOUNS}


# Whose records may have fields of the user's own (docs/fields.md).
FIELDED = (
    *("lead", "opportunity", "event", "client", "visit", "testimonial", "story", "referral"),
    *("activity", "task", "campaign", "upsell", "survey_answer"),
)


def ref(table: str, number: int | None) -> str:
    """Return how a record is written, such as `L12`."""
    return f"{BY_TABLE[table].letter}{number}"
