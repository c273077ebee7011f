"""The page of all red flags and good moments, `docs/alerts.md`: `python -m improv.alerts_page` writes it."""

import sys
from collections.abc import Iterator
from typing import Final

from improv import playbook
from improv.alerts import CATALOGUE, Flag
from improv.alerts.flag import KINDS
from improv.alerts.pages import covered_by, entry_limits, gravity, limits_of, usage
from improv.nouns import BY_TABLE
from improv.playbook import Moment, Playbook

_HEAD: Final = """# The red flags

Generated from the catalogue in `improv/alerts/`; severities and limits are those of the default playbook.

```sh
improv alerts                                  # the worst first; in a pipe nothing when there is none
improv alerts --severity critical --owner sam --kind client --client acme
improv alerts --as-of "1 oct"                  # as they were; --known-on: as was known then
improv alerts list                             # every flag there is
improv alerts explain S1                       # what it means, why it matters, its limits, what mends it
improv check                                   # those of the charter (H1 …), docs/charter.md; --fix mends one by one
```

**One condition, one line.** Where several flags say the same of a record, the most specific stands: a proposal of 31 days
is S5 alone, not S2, S5 and S7.

## To put one aside

```sh
improv alerts snooze S3 acme --until fri --because "their board meets on Thursday"
improv alerts ack C4 acme --because "they never give any"
improv alerts unsnooze S3 acme
improv alerts --all                            # the snoozed ones too, until when and why
```

A snoozed flag is hidden: from `improv alerts`, today's page, the daily report and the mail. It comes back on its day. An
acknowledged one has no day: it stays hidden. Either comes back at once, by itself, when

- it gets **worse**: more severe than it was when you put it aside, or a more specific flag takes its place;
- it is **new**: it cleared and began again. What counts is the day it counts from (the last visit, the day of a move), and
  whether that is after the day you put it aside. One that came and went without a new such day is still the old one, and
  so is one of which nobody knows when it began (health by formula).

Only what is up can be put aside. To put it aside again moves its day. Snoozes are records: `improv undo` takes one back,
the history of the record tells of it, and `--as-of` and `--known-on` show what was hidden then. The mail tells nothing of a
snoozed flag, not even that it cleared; once it is back the mail tells of it as new.

## To switch one off, or change it

In your settings ([playbook.md](playbook.md)); the names of the limits stand with each flag below:

```toml
[playbook.flag.C4]
off = true

[playbook.flag.S8]
severity = "critical"

[playbook.flag.H22]
off = true

[playbook.limit]
no_visit_after = 60

[playbook.stage.proposal]
slow_after = 21
```

A flag that is off covers no other: with S1 off, an event booked too far ahead is S8.

## To add one

One of your own is declared in your settings: [custom.md](custom.md). A new flag of the program's is one declaration in `improv/alerts/`, its limit and severity in the playbook, and a case in the sample book:
the recipe stands in [CONTRIBUTING.md](../CONTRIBUTING.md).
"""

_CHARTER: Final = """## Of the charter

What `improv check` lists; [charter.md](charter.md) says what is checked and what records cannot tell.
"""

_MOMENTS: Final = """
## Good moments to ask

Clients are asked for testimonials, stories and referrals when they are happiest. `improv visit log` says when a visit was
such a moment, and today's page (`improv`) lists those of the last {ask_within} days (`ask_within`) after which nobody has asked yet.
To have asked is noted on a visit (`improv visit edit V7 --asked-referral`), or shows in what was given. Both say at how many
visits of the quarter each was asked for, beside the goal. A client who has left is not asked.

| Moment | Ask for | What makes it |
|---|---|---|
{rows}

That a project is finished is not recorded, a celebration of it is; nor is praise that nobody wrote down as a testimonial.

Add a moment of your own with `[moment.KEY]` in a playbook, or name one in a `[visit_kind.KEY]` (`moment = "…"`).
"""
# What makes a moment, by the word of the playbook.
_AFTER: Final = {
    "visit": "any visit",
    "testimonial": "a testimonial",
    "renewal": "a renewal that was discussed",
    "win": "an opportunity won with somebody who was a client already",
}


def page(book: Playbook) -> str:
    """Return the page, with the severities and limits of a playbook."""
    lines = [_HEAD]
    for kind in KINDS:
        about = [flag for flag in CATALOGUE.values() if flag.rules == "method" and flag.kind == kind]
        lines += [f"## About {BY_TABLE[kind].plural}", ""] if about else []
        lines += [line for flag in about for line in (*_flag(flag, book), "")]
    lines += [_CHARTER]
    charter = (flag for flag in CATALOGUE.values() if flag.rules == "charter")
    lines += [line for flag in charter for line in (*_flag(flag, book), "")]
    rows = "\n".join(_row(moment, book) for moment in book.moments)
    return "\n".join(lines).rstrip() + "\n" + _MOMENTS.format(rows=rows, **book.limits)


def _flag(flag: Flag, book: Playbook) -> Iterator[str]:
    """Yield what is to be said of a flag."""
    yield f"### {flag.code} {flag.title}"
    yield ""
    yield flag.sentence
    yield ""
    if flag.group:
        yield f"- rule of the charter: {flag.group}"
    yield f"- severity: {gravity(book.flags[flag.code])}"
    yield f"- why it matters: {flag.why}"
    for name in limits_of(flag):
        yield f"- limit: `{name}` = {book.limits[name]}"
    for table, field, words in entry_limits(flag, book):
        yield f"- limit: `{field}` of each `[{table}.KEY]`: {words}"
    if flag.covers:
        yield f"- stands for: {', '.join(flag.covers)}"
    if others := covered_by(flag):
        yield f"- gives way to: {', '.join(others)}"
    yield f"- to mend it: `{usage(flag)}`"


def _row(moment: Moment, book: Playbook) -> str:
    """Return the line of a good moment: what is asked for, and what makes it."""
    makes = [f"a visit of the kind {kind.name}" for kind in book.visit_kinds if kind.moment == moment.key]
    makes += [_AFTER[moment.after]] if moment.after else []
    least = f", satisfaction {moment.satisfaction} or more" if moment.satisfaction else ""
    made = (
        f"{' or '.join(makes)}{least}"
        if makes
        else "nothing that is recorded: it is known to whoever was there"
    )
    return f"| {moment.name} | {', '.join(moment.asks_for)} | {made} |"


if __name__ == "__main__":
    sys.stdout.write(page(playbook.load()))
