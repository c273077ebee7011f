"""`improv alerts`: the red flags, worst first."""

from typing import Annotated, cast

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app
from improv.errors import Usage
from improv.fields import one_word
from improv.resolve import resolve

app = noun_app(
    "The red flags, worst first: who, why, how long, and the command that mends it.",
    """
    improv alerts
    improv alerts --severity critical --owner sam
    improv alerts explain S1
    improv alerts --email
    """,
)
app.info.no_args_is_help = False
APPS = {"alerts": app}
FLAGS_FOUND = 10


@app.callback(invoke_without_command=True)
def alerts(
    ctx: typer.Context,
    severity: Annotated[str | None, typer.Option("--severity", help="critical or warning")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="whose records")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="lead, opportunity, event, client, referral or quota")
    ] = None,
    client: Annotated[str | None, typer.Option("--client", metavar="CLIENT", help="of this client")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="exit with 10 when there are flags")] = False,
    email: Annotated[
        bool,
        typer.Option(
            "--email", help="mail what is new, worse or cleared since the last mail; say nothing else"
        ),
    ] = False,
) -> None:
    """List the red flags, worst first; in a pipe nothing when there is none."""
    if ctx.invoked_subcommand is not None:
        return
    if email:
        if asked := [
            f"--{name} {value}"
            for name, value in (("severity", severity), ("owner", owner), ("kind", kind), ("client", client))
            if value
        ]:
            raise Usage("a mail tells of every flag", " ".join(asked), "improv alerts --email")
        if _mailed() and exit_code:
            raise typer.Exit(FLAGS_FOUND)
        return
    from improv import alerts as flags  # noqa: PLC0415 - only this command needs it
    from improv.playbook import Severity  # noqa: PLC0415 - as above

    here = desk()
    with here.reading() as reader:
        found = flags.alerts(
            reader,
            now_time=here.local_time(),
            severity=cast(
                "Severity | None", one_word(severity, ("critical", "warning")) if severity else None
            ),
            owner=owner,
            kind=cast("flags.Kind | None", one_word(kind, flags.KINDS) if kind else None),
            client=resolve(reader, client, ["client"]).id if client else None,
        )
        report = flags.alerts_report(found, reader)
    if found or here.is_terminal or here.format:
        here.show(report)
    if found and exit_code:
        raise typer.Exit(FLAGS_FOUND)


def _mailed() -> bool:
    """Mail what is new about the red flags; tell whether any is up."""
    from improv.commands.outgoing import outgoing  # noqa: PLC0415 - only what sends loads it
    from improv.letters import about_alerts, digest_days  # noqa: PLC0415 - as above

    here = desk()
    digest = digest_days(here.config().get("mail", {}).get("digest"))
    with outgoing("alerts") as run:
        found = run.keep(
            lambda connection, reader, post: about_alerts(
                connection, reader, post, here.now(), here.local_time(), digest
            )
        )
        run.deliver()
    return bool(found.up)


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="a flag's code, such as S1")]) -> None:
    """Say what a flag means, why it matters, its limits, and what mends it."""
    from improv.alerts import flag_report  # noqa: PLC0415 - only this command needs it

    with desk().reading() as reader:
        report = flag_report(code, reader)
    desk().show(report)


@app.command("list")
def list_flags() -> None:
    """List every flag there is."""
    from improv.alerts import flags_table  # noqa: PLC0415 - only this command needs it

    desk().show_list(flags_table(desk().playbook()))
