"""`improv alerts`: the red flags, worst first, and those that are put aside."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, cast

from improv.commands.declared import Argument, Exit, Option
from improv.commands.desk import desk
from improv.commands.doors import Due, ahead, day_words, named, noun_app, refuse_due, told, writes
from improv.errors import Usage
from improv.reader import Reader
from improv.records.words import SEVERITIES
from improv.resolve import resolve

if TYPE_CHECKING:
    from improv.alerts import Raised, Rules
    from improv.snoozes import Snooze

app = noun_app(
    "The red flags, worst first: who, why, how long, and the command that mends it.",
    """
    improv alerts
    improv alerts --severity critical --owner sam
    improv alerts explain S1
    improv alerts snooze S3 acme --until fri --because "their board meets on Thursday"
    improv alerts --all
    improv alerts --email
    """,
)
APPS = {"alerts": app}
FLAGS_FOUND = 10
Code = Annotated[str, Argument(metavar="CODE", help="a flag's code, such as S1")]
RecordArgument = Annotated[
    str, Argument(metavar="RECORD", help="whom it is about: an id such as O7, or a name")
]
Because = Annotated[str | None, Option("--because", metavar="TEXT", help="why it may wait")]
SeverityOption = Annotated[str | None, Option("--severity", metavar="SEVERITY", help="critical or warning")]
Owner = Annotated[str | None, Option("--owner", metavar="NAME", help="whose records")]
Client = Annotated[str | None, Option("--client", metavar="CLIENT", help="of this client")]
Everything = Annotated[bool, Option("--all", help="those that are snoozed too, until when and why")]
ExitCode = Annotated[bool, Option("--exit-code", help="exit with 10 when there are flags")]


@app.by_itself
def alerts(
    severity: SeverityOption = None,
    owner: Owner = None,
    kind: Annotated[
        str | None,
        Option("--kind", metavar="KIND", help="lead, opportunity, event, client, referral or quota"),
    ] = None,
    client: Client = None,
    everything: Everything = False,
    exit_code: ExitCode = False,
    email: Annotated[
        bool,
        Option("--email", help="mail what is new, worse or cleared since the last mail; say nothing else"),
    ] = False,
    due: Due = None,
) -> None:
    """List the red flags, worst first; in a pipe nothing when there is none."""
    asked = {"severity": severity, "owner": owner, "kind": kind, "client": client}
    if not email:
        refuse_due(due)
    any_up = _mailed(asked, due, everything=everything) if email else shown(asked, everything=everything)
    if any_up and exit_code:
        raise Exit(FLAGS_FOUND)


def shown(asked: Mapping[str, str | None], *, everything: bool, of: "Rules | None" = "method") -> bool:
    """Show the red flags that were asked for; tell whether any is up that is not snoozed."""
    from improv.alerts import alerts_report  # noqa: PLC0415 - only what judges flags loads them

    here = desk()
    with here.reading() as reader:
        flags = found(reader, asked, of=of)
        report = alerts_report(flags, reader, everything=everything, of=of)
    up = flags.awake()
    if up or (everything and flags) or here.is_terminal or here.format:
        here.show(report)
    return bool(up)


def found(reader: Reader, asked: Mapping[str, str | None], *, of: "Rules | None" = "method") -> "Raised":
    """Return the red flags that were asked for, those that are snoozed too."""
    from improv import alerts as flags  # noqa: PLC0415 - only what judges flags loads them
    from improv.playbook import Severity  # noqa: PLC0415 - as above

    severity, kind, client = asked["severity"], asked["kind"], asked["client"]
    kinds = tuple(dict.fromkeys(flag.kind for flag in flags.CATALOGUE.values() if of in {None, flag.rules}))
    return flags.alerts(
        reader,
        now_time=desk().local_time(),
        severity=cast("Severity | None", _one_of(severity, SEVERITIES)),
        owner=asked["owner"],
        kind=cast("flags.Kind | None", _one_of(kind, kinds)),
        client=resolve(reader, client, ["client"]).id if client else None,
        of=of,
    )


def _one_of(typed: str | None, words: tuple[str, ...]) -> str | None:
    """Return the word that was meant, if any was typed."""
    if not typed:
        return None
    from improv.fields import one_word  # noqa: PLC0415 - only what narrows them needs the table of fields

    return one_word(typed, words)


def _mailed(asked: Mapping[str, str | None], when: str | None, *, everything: bool) -> bool:
    """Mail what is new about the red flags; tell whether any is up."""
    narrowed = [f"--{name} {value}" for name, value in asked.items() if value] + ["--all"] * everything
    if narrowed:
        raise Usage(
            "a mail tells of every flag that is not snoozed", " ".join(narrowed), "improv alerts --email"
        )
    from improv.commands.outgoing import due, outgoing  # noqa: PLC0415 - only what sends loads it

    if not due("alerts", when):
        return False
    from improv.letters import about_alerts, digest_days  # noqa: PLC0415 - as above

    here = desk()
    settings = here.config().get("mail", {})
    digest = digest_days(settings.get("digest"))
    with outgoing("alerts") as run:
        told_about = run.keep(
            lambda connection, reader, post: about_alerts(
                connection,
                reader,
                post,
                here.now(),
                here.local_time(),
                digest,
                run.missed("alerts"),
                charter=settings.get("charter", False),
            )
        )
        run.deliver()
    return bool(told_about.up)


@writes(
    app,
    "alerts",
    "snooze",
    examples='improv alerts snooze S3 acme --until fri --because "their board meets on Thursday"',
)
def snooze(
    code: Code,
    record: RecordArgument,
    until: Annotated[
        str | None,
        Option("--until", metavar="DAY", help="the day it comes back, unless it gets worse before"),
    ] = None,
    because: Because = None,
) -> None:
    """Put a flag that is up aside for a record, until a day or until it gets worse."""
    day = named(
        until, "Until when?", "the day it comes back", f"improv alerts snooze {code} {record} --until fri"
    )
    _put_aside(code, record, day, because)


@writes(app, "alerts", "ack", examples='improv alerts ack C4 acme --because "they never give any"')
def ack(code: Code, record: RecordArgument, because: Because = None) -> None:
    """Acknowledge a flag that is up: it is quiet until it gets worse, or begins anew."""
    _put_aside(code, record, None, because)


def _put_aside(code: str, record: str, until: str | None, because: str | None) -> None:
    """Snooze a flag that is up, and say what is quiet now, and until when."""
    from improv.actions import snoozes  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.alerts import flag_of, up_on  # noqa: PLC0415 - only what judges flags loads them
    from improv.commands.listing import pick  # noqa: PLC0415 - as above

    here = desk()
    flag = flag_of(code, here.playbook())
    with here.writing() as work:
        found = pick(work.reader, record, flag.kind)
        alert = up_on(work.reader, flag, found, here.local_time())
        before = alert.snooze if alert.asleep else None
        day = ahead(until, work.today) if until else None
        why = because or (before.because if before else None)
        kept = snoozes.put_aside(work, flag.code, found, alert.severity, day, why)
    how = (
        f"snoozed until {day_words(day, work.today)}"
        if day
        else "acknowledged: quiet until it gets worse or begins anew"
    )
    told(
        f"Z{kept.id} {flag.code} of {found.ref} {found.name} {how}",
        f"because {kept.because}" if kept.because else None,
        alert.reason,
        f"was snoozed until {_until(before, work.today)}" if before else None,
        then=f"improv alerts unsnooze {flag.code} {found.ref}",
    )


def _until(snooze: "Snooze", today: date) -> str:
    """Say until when a flag is quiet."""
    return day_words(snooze.until, today) if snooze.until else "it gets worse"


@writes(app, "alerts", "unsnooze", examples="improv alerts unsnooze S3 acme")
def unsnooze(code: Code, record: RecordArgument) -> None:
    """Take back that a flag was snoozed or acknowledged."""
    from improv.actions import snoozes  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.alerts import alerts as raised  # noqa: PLC0415 - only what judges flags loads them
    from improv.alerts import flag_of  # noqa: PLC0415 - as above
    from improv.commands.listing import pick  # noqa: PLC0415 - as above

    here = desk()
    flag = flag_of(code, here.playbook())
    with here.writing() as work:
        found = pick(work.reader, record, flag.kind)
        kept = snoozes.take_up(work, flag.code, found)
        now = raised(work.reader, now_time=here.local_time(), about=found, of=flag.rules)
    up = [one for one in now if one.code == flag.code]
    told(
        f"Z{kept.id} {flag.code} of {found.ref} {found.name} is no longer snoozed",
        *(f"{one.severity}: {one.reason}" for one in up),
        None if up else "it is not up now",
        then=up[0].mend if up else "improv alerts --all",
    )


@app.command()
def explain(code: Code) -> None:
    """Say what a flag means, why it matters, its limits, and what mends it."""
    show_flag(code)


def show_flag(code: str) -> None:
    """Show what a flag means, of the method or of the charter."""
    from improv.alerts import flag_report  # noqa: PLC0415 - only what judges flags loads them

    with desk().reading() as reader:
        report = flag_report(code, reader)
    desk().show(report)


@app.command("list")
def list_flags() -> None:
    """List every flag there is."""
    from improv.alerts import flags_table  # noqa: PLC0415 - only this command needs it

    desk().show_list(flags_table(desk().playbook()))
