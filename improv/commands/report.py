"""`improv report`: every report of the catalogue, each a command made from its declaration."""

from collections.abc import Callable, Sequence
from typing import Annotated

from improv.commands.declared import Command, Option
from improv.commands.desk import desk
from improv.commands.doors import Due, keys, noun_app, refuse_due, shaped
from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.reader import Reader
from improv.report import Report
from improv.reports import catalogue_table, make, maker_of
from improv.reports.catalogue import CATALOGUE, Maker

app = noun_app(
    "The reports.",
    """
    improv report list
    improv report weekly
    improv report scorecard --for 2026-Q3 --by source
    """,
)
APPS = {"report": app}
Email = Annotated[bool, Option("--email", help="mail it, as [mail] in the settings says; once a day")]


@app.command("list")
def list_reports() -> None:
    """List every report: what it shows, and how often it is read."""
    desk().show_list(catalogue_table(desk().playbook()))


class Asked(NamedTuple):
    """Which report is asked for, and about what."""

    maker: Maker
    period: str | None = None
    by: Sequence[str] = ()
    record: str | None = None

    @property
    def narrowly(self) -> list[str]:
        """What tells it from the same report of the same period."""
        return [*self.by, *([self.record] if self.record else [])]

    def made(self, reader: Reader) -> Report:
        """Return the report."""
        from improv.dates import parse_period  # noqa: PLC0415 - only a report needs it
        from improv.resolve import resolve  # noqa: PLC0415 - as above

        span = None if self.period is None else parse_period(self.period, reader.today)
        record = None if self.record is None else resolve(reader, self.record, [self.maker.about])
        return make(self.maker.name, reader, span, keys(self.by), record)


def _shown(asked: Asked, *, email: bool, due: str | None) -> None:
    """Make a report, and show it or mail it."""
    if email:
        _mailed(asked, due)
        return
    refuse_due(due)
    with desk().reading() as reader:
        report = asked.made(reader)
    desk().show(report)


def _mailed(asked: Asked, when: str | None) -> None:
    """Mail a report, once a day for each period."""
    from improv.commands.outgoing import due, outgoing  # noqa: PLC0415 - only what sends loads it

    here, command = desk(), f"report {asked.maker.name}"
    if not due(command, when):
        return
    from improv.letters import about_report  # noqa: PLC0415 - as above

    with outgoing(command) as run:
        kept = run.keep(
            lambda connection, reader, post: about_report(
                connection, asked.made(reader), post, here.now(), asked.narrowly
            )
        )
        run.deliver()
    if not kept and here.is_terminal:
        here.hint("it was mailed today already: improv mail list")


def _function(maker: Maker) -> Callable[..., None]:
    """Return what the command of a report does; one that has its own days takes no period."""
    if maker.about:
        return _about_a_record(maker)
    if not maker.period:

        def as_it_is(email: Email = False, due: Due = None) -> None:
            _shown(Asked(maker), email=email, due=due)

        return as_it_is

    def about_a_period(
        period: Annotated[
            str,
            Option("--for", metavar="PERIOD", help="what it is about: 'last month', 2026-Q3 …"),
        ] = maker.period,
        by: Annotated[
            list[str] | None,
            Option("--by", metavar="KEY", help="break its figures down, by one key or two"),
        ] = None,
        email: Email = False,
        due: Due = None,
    ) -> None:
        _shown(Asked(maker, period, by or ()), email=email, due=due)

    return about_a_period


def _about_a_record(maker: Maker) -> Callable[..., None]:
    letter = BY_TABLE[maker.about].letter

    def about_a_record(
        record: Annotated[
            str | None,
            Option(
                f"--{maker.about}",
                metavar=maker.about.upper(),
                help=f"the {maker.about} it is about, such as {letter}2; the last one unless told",
            ),
        ] = None,
        email: Email = False,
        due: Due = None,
    ) -> None:
        _shown(Asked(maker, record=record), email=email, due=due)

    return about_a_record


def _examples(maker: Maker) -> str:
    """Return examples of a report: now, then, and as it was on a past day."""
    command = f"improv report {maker.name}"
    about = [f"{command} --for 'last month' --by owner"] if maker.period else []
    about += [f"{command} --{maker.about} {BY_TABLE[maker.about].letter}2"] if maker.about else []
    return "\n".join((command, *about, f"{command} --as-of 2026-11-13"))


def _made(maker: Maker) -> Command:
    """Return the command of a report."""
    return Command(maker.name, _function(maker), maker.sentence, shaped(_examples(maker)))


def _own(name: str) -> Command | None:
    """Return the command of a report that the playbook declares itself, made when it is asked for."""
    book = desk().playbook()
    return _made(maker_of(name, book)) if name in book.reports else None


for _maker in CATALOGUE.values():
    app.add(_made(_maker))
app.others = _own
app.named = lambda: (name for name in desk().playbook().reports if name not in CATALOGUE)
