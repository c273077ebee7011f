"""The views of touches and tracks: who came by themselves, and who is kept in touch with."""

from typing import Final

from improv.fragments import ENROLMENT_STATUS, name_of, own_url
from improv.views.view import View, col, linked, numbered

# Whose a touch is: by itself, or since its visitor was recognised.
_LEAD: Final = f"COALESCE(x.lead_id, {name_of('visitor', 'x.visitor_id', 'lead_id')})"
_CLIENT: Final = f"COALESCE(x.client_id, {name_of('visitor', 'x.visitor_id', 'client_id')})"

REACH: Final = (
    View(
        "touches",
        "Touches: pages opened, forms sent, chats, mails opened or clicked.",
        "touch",
        (
            *numbered("touch"),
            col("kind", "page, form, chat, email open, click or unsubscribe"),
            col("on_day", "the day", "day"),
            col("at_time", "the time of day"),
            *linked("lead", sql=_LEAD, means="the lead whose it is, by itself or through its visitor"),
            *linked("client", sql=_CLIENT, means="the client whose it is, by itself or through its visitor"),
            *linked("visitor", means="the visitor who made it"),
            col("page", "the page, form or mail"),
            col("seconds", "how long it lasted", "number"),
            col("words", "what was said or asked"),
            col("utm_source", "where they came from, as the link said"),
            col("utm_medium", "by what, as the link said"),
            col("utm_campaign", "for what, as the link said"),
            *linked("campaign"),
            *linked("link", means="the link of one's own that was followed"),
        ),
    ),
    View(
        "visitors",
        "Visitors: who came by, and who they turned out to be.",
        "visitor",
        (
            *numbered("visitor"),
            col("name", "name"),
            col("email", "email address"),
            col("seen_on", "the day of the first touch", "day"),
            *linked("lead", means="the lead they are"),
            *linked("client", means="the client they are"),
            col("attributed_on", "the day they were recognised", "day"),
            col("because", "how they were recognised"),
        ),
    ),
    View(
        "links",
        "Links of one person's own: whoever follows one is that person.",
        "link",
        (
            *numbered("link"),
            col("url", "the link as it is given away", sql=own_url("x")),
            col("page", "the page it leads to", sql="x.url"),
            col("tag", "what tells it from others"),
            *linked("lead", means="the lead whose it is"),
            *linked("client", means="the client whose it is"),
            *linked("campaign"),
            col("made_on", "the day it was made", "day"),
        ),
    ),
    View(
        "enrolments",
        "Who was put on a track, since when, and how it ended.",
        "enrolment",
        (
            *numbered("enrolment"),
            col("track", "the track: a key of the playbook"),
            *linked("lead"),
            *linked("client"),
            col("since", "the first day", "day"),
            col("until", "the day it ended; empty while it runs", "day"),
            col("status", "running, paused, or how it ended", sql=ENROLMENT_STATUS),
            col("because", "why they were put on it"),
        ),
    ),
    View(
        "enrolment_pauses",
        "When tracks rested.",
        "enrolment_pause",
        (
            *linked("enrolment"),
            col("since", "the first day", "day"),
            col("until_on", "the day it should go on; empty: until it is resumed", "day"),
            col("ended_on", "the day it was resumed", "day"),
        ),
    ),
    View(
        "enrolment_steps",
        "Steps of tracks that became tasks.",
        "enrolment_step",
        (
            *linked("enrolment"),
            col("step", "its day on the track", "number"),
            col("kind", "what is done: the key of a kind of activity"),
            *linked("task"),
            col("made_on", "the day it became a task", "day"),
            col("ended_on", "the day it was over", "day"),
            col("ending", "done, skipped or dropped; empty while it is to do"),
        ),
    ),
)
