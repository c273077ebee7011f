"""`improv check`: the charter's rules that are broken, and mending them one by one."""

import contextlib
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

from improv import interrupts
from improv.commands.alerts import (
    FLAGS_FOUND,
    Client,
    Code,
    Everything,
    ExitCode,
    Owner,
    SeverityOption,
    found,
    show_flag,
    shown,
)
from improv.commands.declared import Exit, Option
from improv.commands.desk import BLANK, desk
from improv.commands.doors import noun_app, told
from improv.errors import Interrupted, Usage
from improv.fields import one_word

if TYPE_CHECKING:
    from improv.alerts import Alert, Raised
    from improv.memory import Subject

app = noun_app(
    "The charter's rules that are broken, worst first: which record, why, and the command that mends it.",
    """
    improv check
    improv check --owner sam --kind opportunity
    improv check --fix
    improv check explain H12
    improv alerts snooze H12 audit --until fri --because "they decide on Thursday"
    """,
)
APPS = {"check": app}
ANSWERS = ("yes", "no", "skip", "quit")


@app.by_itself
def check(
    severity: SeverityOption = None,
    owner: Owner = None,
    kind: Annotated[
        str | None, Option("--kind", metavar="KIND", help="lead, opportunity, client or task")
    ] = None,
    client: Client = None,
    everything: Everything = False,
    exit_code: ExitCode = False,
    fix: Annotated[
        bool,
        Option("--fix", help="propose what mends each, one by one; in a pipe only the commands"),
    ] = False,
) -> None:
    """List the rules of the charter that are broken, worst first; in a pipe nothing when none is."""
    asked = {"severity": severity, "owner": owner, "kind": kind, "client": client}
    any_up = _fix(asked) if fix else shown(asked, everything=everything, of="charter")
    if any_up and exit_code:
        raise Exit(FLAGS_FOUND)


def _fix(asked: Mapping[str, str | None]) -> bool:
    """Propose what mends each broken rule; tell whether any is left. Without a person the commands are only printed."""
    here = desk()
    here.refuse_looking_back()

    def look() -> "Raised":
        with here.reading() as reader:
            return found(reader, asked, of="charter").awake()

    if here.has_person:
        return _one_by_one(look)
    up = look()
    here.say(*(alert.mend for alert in up))
    return bool(up)


def _one_by_one(look: "Callable[[], Raised]") -> bool:
    """Go through what is broken, looking again after each: what mends one may mend another. Tell whether any is left."""
    if not look():
        desk().hint("No rule of the charter is broken.")
        return False
    mended = _asked(look)
    up = look()
    desk().say("")  # the answer's line ends here when it was stopped
    told(f"{mended:,} mended, {len(up):,} left", then="improv undo" if mended else "improv check")
    return bool(up)


def _asked(look: "Callable[[], Raised]") -> int:
    """Propose one after the other until nothing is left or a person stops; return how many were mended."""
    passed: set[Subject] = set()
    skipped: set[str] = set()
    mended = 0
    with contextlib.suppress(Interrupted, KeyboardInterrupt):
        while left := [one for one in look() if one.subject not in passed and one.code not in skipped]:
            alert = left[0]
            answer = _proposed(alert, len(left))
            if answer == "quit":
                break
            if answer == "yes" and not _mended(alert):
                continue
            mended += answer == "yes"
            passed.add(alert.subject)
            skipped |= {alert.code} if answer == "skip" else set()
    interrupts.hold()  # what was mended is kept
    return mended


def _proposed(alert: "Alert", left: int) -> str:
    """Show what is broken and what mends it; return what a person says to that."""
    here = desk()
    here.say("", f"{alert.code} {alert.ref} {alert.name}: {alert.reason}", f"  {alert.mend}")
    while True:
        typed = here.ask(f"Do it? yes, no, skip all {alert.code}, or quit ({left:,} to go):")
        try:
            return one_word(typed, ANSWERS) if typed else "no"
        except Usage as error:
            here.hint(f"{error.what}: {error.value}; {error.mend}")


def _mended(alert: "Alert") -> bool:
    """Type the mending command, with what has to be chosen in it; tell whether it was done."""
    here, words = desk(), shlex.split(alert.mend)[1:]
    if BLANK in words:
        chosen = here.ask(f"{alert.asks}:")
        if chosen is None:
            return False
        words = [chosen if word == BLANK else word for word in words]
    code = here.type_again(words)
    if code == Interrupted.exit_code:
        raise Interrupted("stopped")
    return code == 0


@app.command()
def explain(code: Code) -> None:
    """Say what a rule means, why it matters, its limits, and what mends it."""
    show_flag(code)


@app.command("list")
def list_rules() -> None:
    """List every rule of the charter that is checked."""
    from improv.alerts import flags_table  # noqa: PLC0415 - only this command needs it

    desk().show_list(flags_table(desk().playbook(), of="charter"))
