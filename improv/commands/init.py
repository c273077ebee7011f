"""`improv init`: make the store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from improv import shelf, storefile
from improv.commands.declared import Option
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
        Option("--timezone", metavar="ZONE", help="your time zone; the machine's unless told"),
    ] = None,
    currency: Annotated[
        str | None, Option("--currency", metavar="CODE", help="your currency; EUR unless told")
    ] = None,
    playbook: Annotated[
        str | None, Option("--playbook", metavar="NAME", help="the playbook to use, such as solo")
    ] = None,
) -> None:
    """Make the store. The first command that writes makes it too, with the machine's time zone."""
    here = desk()
    if not storefile.missing(here.path):
        storefile.open_to_read(here.path).close()  # what is damaged says so itself
        raise Refused("there is a store already", str(here.path), "improv --db another-file init")
    settings = here.settings()
    if timezone:
        settings["timezone"] = str(zone(timezone))
    if currency:
        code = currency.strip().upper()
        if len(code) != CURRENCY_LETTERS or not (code.isascii() and code.isalpha()):
            raise Usage("a currency is three letters", currency, "--currency EUR")
        settings["currency"] = code
    chosen = named(here, playbook) if playbook else None
    title = taken(here, chosen).title if chosen else None
    if chosen:
        choose(here, chosen)
    left = list(_set_aside(here.path)) if storefile.is_gone(here.path) else []
    if not storefile.create(here.path, settings, anew=True):
        raise Refused("there is a store already: another command has just made it", str(here.path))
    told(
        f"made {here.path}",
        f"time zone {settings['timezone']}, currency {settings['currency']}",
        f"playbook {title}, written to {here.configuration}" if title else None,
        *left,
        then='improv lead add "Ada Lovelace" --source referral',
    )


def _set_aside(path: Path) -> Iterator[str]:
    """Leave what is left of the store that was here to its backups, and tell how it comes back."""
    aside = shelf.set_journal_aside(path, path)
    if aside is not None:
        yield f"what a killed command left of the store that was here is kept: {aside}"
    back = shelf.way_back(path, "")
    if back:
        yield f"the store that was here comes back with: {back}"
