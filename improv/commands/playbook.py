"""`improv playbook`: the method's numbers, and which of them cannot hold together."""

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.playbook.check import findings
from improv.report import Column, Table

app = noun_app("The playbook: the method's lists, targets and limits.", "improv playbook check")
APPS = {"playbook": app}


@app.command(epilog=shaped("improv playbook check"))
def check() -> None:
    """Compute which targets cannot hold together."""
    rows = tuple((one.code, one.sentence, ", ".join(one.keys)) for one in findings(desk().playbook()))
    desk().show_list(
        Table(
            "findings",
            "Targets that cannot hold together",
            (
                Column("code", "Finding"),
                Column("sentence", "What does not hold"),
                Column("keys", "Numbers at play"),
            ),
            rows,
            empty="every target can hold together with the others",
        )
    )


@app.callback()
def playbook(ctx: typer.Context) -> None:
    """Keep `check` a command of its own: more will follow."""
    del ctx
