"""`improv init`: make the store."""

from typing import Annotated

import typer

from improv import storefile
from improv.commands.desk import desk, zone
from improv.commands.doors import noun_app, shaped, told
from improv.commands.switch import choose, named, taken
from improv.errors import Refused, Usage

app = noun_app("Make the store.", "")
APPS = {"init": app}
CURRENCY_LETTERS = 3


@app.command(
    epilog=shaped(
        "improv init\nimprov init --playbook solo\nimprov init --timezone Europe/Berlin --currency EUR"
    )
)
def init(
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="your time zone; the machine's unless told"),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="your currency; EUR unless told")
    ] = None,
    playbook: Annotated[
        str | None, typer.Option("--playbook", metavar="NAME", help="the playbook to use, such as solo")
    ] = None,
) -> None:
    """Make the store. The first command that writes makes it too, with the machine's time zone."""
    here = desk()
    if here.path.exists() or here.path.is_symlink():
        raise Refused("there is a store already", str(here.path), "improv --db another-file init")
    settings = here.settings()
    if timezone:
        settings["timezone"] = zone(timezone).key
    if currency:
        code = currency.strip().upper()
        if len(code) != CURRENCY_LETTERS or not (code.isascii() and code.isalpha()):
            raise Usage("a currency is three letters", currency, "--currency EUR")
        settings["currency"] = code
    chosen = named(here, playbook) if playbook else None
    title = taken(here, chosen).title if chosen else None
    if chosen:
        choose(here, chosen)
    if not storefile.create(here.path, settings):
        raise Refused("there is a store already: another command has just made it", str(here.path))
    told(
        f"made {here.path}",
        f"time zone {settings['timezone']}, currency {settings['currency']}",
        f"playbook {title}, written to {here.configuration}" if title else None,
        then='improv lead add "Ada Lovelace" --source referral',
    )
