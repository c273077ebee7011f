"""The fixed words of the records: statuses that mean the same in every playbook.

What a playbook lists (stages, sources, kinds) is never here.
"""

LIFECYCLE = ("subscriber", "lead", "mql", "sql", "opportunity", "customer")
QUALIFIED = ("yes", "no")
TEMPERATURES = ("cold", "warm", "hot")
OPPORTUNITY_TYPES = ("product", "service")
OUTCOMES = ("won", "lost", "no decision")
CONTACT_ROLES = ("influencer", "decision maker", "buyer")
EVENT_STATUSES = ("scheduled", "done", "no-show", "moved", "cancelled")
EVENT_OUTCOMES = ("positive", "negative", "needs adjustment")
CLIENT_STATUSES = ("active", "former")
TESTIMONIAL_KINDS = ("written", "video")
PERMISSIONS = ("yes", "no", "asked")
RESPONSES = ("yes", "no")
# What a survey asks. A reason of the playbook says which of them it may answer.
QUESTIONS = ("clicked", "bought", "did not buy", "called support", "left")
# What somebody does by themselves.
TOUCHES = ("page", "form", "chat", "email open", "click", "unsubscribe")
# The parameter of a URL that carries the tag of a link: unlikely to be one that a site uses itself.
TAG = "im_tag"
READINGS = ("owner", "score", "temperature", "health", "engagement", "revenue", "due")
QUOTA_PERIODS = ("month", "quarter", "year")
SEVERITIES = ("warning", "critical")
# The kinds of values of a custom field, and those that are kept as whole numbers.
FIELD_KINDS = ("text", "number", "money", "day", "choice", "yes-no")
FIELD_NUMBERS = ("number", "money", "yes-no")
# How somebody leaves a track, and what becomes of one of its steps.
ENDINGS = (
    *("finished", "moved on", "taken off"),
    *("replied", "booked", "won", "unsubscribed", "not qualified", "left", "sent a form", "clicked"),
)
STEP_ENDINGS = ("done", "skipped", "dropped")
# What a red flag can be about.
FLAGGED = ("lead", "opportunity", "client", "referral", "event", "quota", "task")
# What a note can be written on.
NOTED = (
    "opportunity",
    "client",
    "lead",
    "event",
    "visit",
    "testimonial",
    "story",
    "referral",
    "activity",
    "task",
    "campaign",
)
