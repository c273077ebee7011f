"""A book with records on the first and on the last day there is, and what lies between them."""

import re
from pathlib import Path

from tests.session import must
from tests.test_two_clocks import desk_at

FIRST, LAST = "1900-01-01", "2199-12-31"
# An age or a length of time that is below zero, as a page tells it.
NEGATIVE = re.compile(r"(?<![\w–.-])-\d[\d,]* ?(days?|hours?|minutes?|d)\b")
# Typed on the first day and again on the last one; `{n}` tells them apart, and what lies ahead lies on the last.
_LINES = """
campaign add 'Letter {n}' --type email --ends-on {last}
campaign result 'Letter {n}' --spend 450
client add 'Client {n}' --health 80 --revenue 40k --owner Sam --email c{n}@x.example
client add 'Gone {n}' --unsubscribed-on {day}
client left 'Gone {n}' --because price
client renewal 'Client {n}' --due {last}
client renewal 'Client {n}' --discussed {day}
client upsell 'Client {n}' 'second site {n}' --value 9k
lead add 'Lead {n}' --company 'Engines {n}' --source web --score 40 --temperature cold --met-on {day} --first-meeting-on {last} --unsubscribed-on {day} --email l{n}@x.example --campaign 'Letter {n}'
lead add 'Unasked {n}' --source referral
lead add 'Kept {n}' --source web --email k{n}@x.example
lead lifecycle 'Unasked {n}' mql
lead qualify 'Lead {n}' --yes
opportunity add 'Lead {n}' --title 'Deal {n}' --value 12k --close-on {last} --probability 30
opportunity add 'Lead {n}' --title 'Lost {n}' --value 3k
opportunity add 'Client {n}' --title 'Won {n}' --value 3k
opportunity add 'Client {n}' --title 'Undecided {n}' --value 3k
opportunity contact 'Deal {n}' Charles --role buyer
opportunity line 'Deal {n}' Audit --revenue 12k --cost 3k
opportunity move 'Deal {n}' proposal
opportunity won 'Won {n}' --value 4k
opportunity lost 'Lost {n}' --because price --check-in {last}
opportunity no-decision 'Undecided {n}'
event schedule 'Deal {n}' discovery-meeting '{last} 23:58' --set {day} --ends-time 23:59 --confirmation-on {day}
event schedule 'Deal {n}' discovery-meeting '{day} 00:00'
event done @ --next overcome --outcome positive
event schedule 'Deal {n}' discovery-meeting '{day} 10:00'
event cancel @
event schedule 'Deal {n}' discovery-meeting '{day} 11:00'
event no-show @
event schedule 'Deal {n}' discovery-meeting '{day} 12:00'
event move @ '{last} 12:00'
visit schedule 'Client {n}' {last}
visit log 'Client {n}' --testimonial 'Best {n}' --story 'halved {n}' --referral 'Grace {n}' --satisfaction 4
testimonial edit T{k} --published-on {day} --used-on {day}
task add 'due late {n}' --about 'Deal {n}' --due {last}
task add 'due now {n}' --about 'Deal {n}' --due {day}
task done @
task add 'due again {n}' --about 'Deal {n}' --due {day}
task move @ {last}
note add 'Lead {n}' 'a note {n}' --pinned
log call 'Lead {n}' 'rang {n}' --minutes 7 --on '{day} 00:00'
survey add 'did not buy' price --who 'Lead {n}'
quota set 40k --per quarter --owner Sam --from {day}
quota set 500 --points --from {day}
kpi pick new-leads visits lost closed points
kpi change 'raised {n}'
touch add 'Lead {n}' --page /pricing --on '{day} 00:00'
visitor add 'Stranger {n}'
visitor attribute B{k} 'Lead {n}'
link make 'Kept {n}' https://example.com/{n}
track enrol 'Kept {n}' event
track enrol 'Client {n}' value-add
alerts ack C6 'Client {n}'
track run
rate
list save 'all {n}' lead
"""


def make(db: Path) -> Path:
    """Make the book; a track that began on the first day has all its tasks in between."""
    for number, name, day in ((1, "first", FIRST), (2, "last", LAST)):
        _type(_LINES.format(n=name, k=number, day=day, last=LAST), db, day)
    _type(f"alerts snooze C7 'Client first' --until {LAST}\ntrack pause D1 --until {LAST}", db, FIRST)
    _type("track run", db, "2026-11-23")
    return db


def _type(lines: str, db: Path, day: str) -> None:
    with desk_at(f"{day}T12:00+00:00"):
        for line in lines.strip().splitlines():
            must(line, db, day)
