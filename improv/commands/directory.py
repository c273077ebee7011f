"""The directory of commands: what there is, what each is for, and the module that is imported when one is asked for."""

from collections.abc import Iterator
from importlib import import_module

from improv.commands.declared import Group

# Heading → command → (module, one-line help). The order is the order of the help.
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Record": {
        "lead": ("lead", "somebody who may become a client"),
        "opportunity": ("opportunity", "a sale that may be won (also: opp)"),
        "event": ("event", "a booking: the day it is set, the day it is for"),
        "log": ("activity", "log an activity: a call, an email, a card"),
        "task": ("task", "a follow-up to do"),
        "note": ("note", "words on any record"),
        "client": ("client", "an account that bought"),
        "visit": ("visit", "a client visit and what came of it"),
        "testimonial": ("testimonial", "a client's praise"),
        "story": ("testimonial", "what was achieved at a client"),
        "referral": ("referral", "somebody a client named to you"),
        "campaign": ("campaign", "a planned effort to find leads"),
        "activity": ("activity", "the activities logged"),
        "quota": ("quota", "what is to be won or earned in a period"),
        "change": ("kpi", "what you changed, to see what it did"),
        "touch": ("touch", "what somebody did by themselves: pages, forms, mails opened"),
        "visitor": ("touch", "who did it, known or not yet"),
        "link": ("touch", "a link of one person's own"),
        "survey": ("survey", "why somebody bought, did not buy or left, as they say"),
    },
    "Look": {
        "today": ("today", "today's page: events, tasks, flags, referrals, whom to ask"),
        "calendar": ("calendar", "events, visits and tasks, for a calendar program"),
        "plan": ("plan", "what so many wins need: leads, opportunities, appointments"),
        "report": ("report", "the reports: daily to yearly, and the ten of the method"),
        "alerts": ("alerts", "the red flags, worst first"),
        "check": ("charter", "the charter's rules that are broken, and mending them"),
        "todo": ("todo", "what is still unfilled"),
        "metric": ("metric", "any figure of the method"),
        "explain": ("metric", "a figure's definition and the records behind it"),
        "kpi": ("kpi", "a few figures you track, and what a change did to them"),
        "show": ("show", "any record by its id or name"),
        "list": ("saved", "lists and queries you saved under a name"),
        "query": ("query", "any question, in SQL that only reads"),
    },
    "Keep": {
        "track": ("track", "series of touches over time: who is on which, what is due"),
        "rate": ("rate", "keep health, engagement and score by formula"),
        "import": ("imports", "bring in leads, deals, contacts … from CSV, vCards, an export"),
        "export": ("export", "the whole store for any program, or its people as vCards"),
        "duplicates": ("merge", "leads and clients that may be recorded twice"),
        "merge": ("merge", "make one record of two"),
        "undo": ("journal", "take the last command back"),
        "redo": ("journal", "do again what was undone last"),
        "completion": ("completion", "make TAB complete commands, options and your records"),
        "batch": ("batch", "many commands from a file, at the start-up cost of one"),
        "history": ("journal", "the commands so far"),
        "purge": ("purge", "erase a person for good: records, journal, outbox, backups"),
        "backup": ("backup", "copy the store to a file of its own"),
        "restore": ("backup", "go back to a copy of the store"),
        "mail": ("mail", "try the mail settings, see what was sent and what waits"),
        "schedule": ("schedule", "let the machine mail flags and the weekly report by itself"),
        "doctor": ("doctor", "what is not well: store, mail, schedule, runs"),
        "playbook": ("playbook", "the method's numbers, and which cannot hold together"),
        "init": ("init", "make the store"),
        "sample": ("sample", "make a year-long sample book to try improv on"),
    },
}
ALIASES = {"opp": "opportunity"}


def group_of(name: str) -> Group | None:
    """Import the module of a command, and return what it declares; nothing where there is none of this name."""
    name = ALIASES.get(name, name)
    for commands in COMMANDS.values():
        if name in commands:
            return _declared(commands[name][0], name)
    return None


def groups() -> Iterator[tuple[str, Group]]:
    """Yield every command by its name, with what it declares."""
    for commands in COMMANDS.values():
        for name, (module, _) in commands.items():
            yield name, _declared(module, name)


def _declared(module: str, name: str) -> Group:
    group: Group = import_module(f"improv.commands.{module}").APPS[name]
    return group
