"""`improv report`: every report of the catalogue, each a command made from its declaration."""

from collections.abc import Callable
from typing import Annotated

import typer

from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.nouns import BY_TABLE
from improv.reports import CATALOGUE, Maker, catalogue_table, make

app = noun_app(
    "The reports.",
    """
    improv report list
    improv report weekly
    improv report scorecard --for 2026-Q3 --by source
    """,
)
APPS = {"report": app}


@app.command("list")
def list_reports() -> None:
    """List every report: what it shows, and how often it is read."""
    desk().show_list(catalogue_table())


def _shown(
    maker: Maker, period: str | None = None, by: list[str] | None = None, about: str | None = None
) -> None:
    """Make a report and show it."""
    from improv.dates import parse_period  # noqa: PLC0415 - only a report needs it
    from improv.resolve import resolve  # noqa: PLC0415 - as above

    with desk().reading() as reader:
        span = None if period is None else parse_period(period, reader.today)
        record = None if about is None else resolve(reader, about, [maker.about])
        report = make(maker.name, reader, span, [key for word in by or () for key in word.split(",")], record)
    desk().show(report)


def _command(maker: Maker) -> Callable[..., None]:
    """Return the command of a report; one that has its own days takes no period."""
    if maker.about:
        return _about_a_record(maker)
    if not maker.period:
        return lambda: _shown(maker)

    def about_a_period(
        period: Annotated[
            str,
            typer.Option("--for", metavar="PERIOD", help="what it is about: 'last month', 2026-Q3 …"),
        ] = maker.period,
        by: Annotated[
            list[str] | None,
            typer.Option("--by", metavar="KEY", help="break its figures down, by one key or two"),
        ] = None,
    ) -> None:
        _shown(maker, period, by)

    return about_a_period


def _about_a_record(maker: Maker) -> Callable[..., None]:
    letter = BY_TABLE[maker.about].letter

    def about_a_record(
        record: Annotated[
            str | None,
            typer.Option(
                f"--{maker.about}",
                metavar=maker.about.upper(),
                help=f"the {maker.about} it is about, such as {letter}2; the last one unless told",
            ),
        ] = None,
    ) -> None:
        _shown(maker, about=record)

    return about_a_record


def _examples(maker: Maker) -> str:
    """Return examples of a report: now, then, and as it was on a past day."""
    command = f"improv report {maker.name}"
    about = [f"{command} --for 'last month' --by owner"] if maker.period else []
    about += [f"{command} --{maker.about} {BY_TABLE[maker.about].letter}2"] if maker.about else []
    return "\n".join((command, *about, f"{command} --as-of 2026-11-13"))


for _maker in CATALOGUE.values():
    app.command(_maker.name, help=_maker.sentence, epilog=shaped(_examples(_maker)))(_command(_maker))
