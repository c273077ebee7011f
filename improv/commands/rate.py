"""`improv rate`: keep what the playbook's formulas say of clients and leads."""

from collections import Counter
from typing import Annotated

from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, told, writes
from improv.errors import Usage
from improv.fields import one_word
from improv.formulas import RATED
from improv.nouns import BY_TABLE
from improv.ratings import Looked, Rated, look
from improv.reader import Reader
from improv.resolve import resolve

app = noun_app("Keep what the playbook's formulas say of clients and leads.", "")
APPS = {"rate": app}
TOLD = 3


@writes(app, "rate", "", examples="improv rate\nimprov rate acme --kind health\nimprov rate --dry-run")
def rate(
    records: Annotated[
        list[str] | None,
        Argument(metavar="[CLIENT|LEAD]...", help="ids such as C3, or names; everybody active unless told"),
    ] = None,
    kind: Annotated[
        str | None,
        Option("--kind", metavar="KIND", help="health, engagement or score; all unless told"),
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="show what would be kept, and keep nothing")] = False,
) -> None:
    """Keep today's health, engagement and score by formula as dated readings, except where they are rated by hand."""
    named, kinds = records or [], [one_word(kind, tuple(RATED))] if kind else list(RATED)
    if dry_run:
        with desk().reading() as reader:
            looked = _looked(reader, named, kinds)
    else:
        from improv.actions.ratings import keep  # noqa: PLC0415 - only what writes loads SQLModel

        with desk().writing() as work:
            looked = _looked(work.reader, named, kinds)
            keep(work, looked.to_keep, work.today)
    _tell(looked, "would be kept" if dry_run else "kept", "improv rate" if dry_run else "improv alerts")


def _looked(reader: Reader, named: list[str], kinds: list[str]) -> Looked:
    """Look at the ratings of those who are named, which must have one of the kind."""
    only = [resolve(reader, text, tuple(dict.fromkeys(RATED.values()))) for text in named]
    for found in only:
        if found.table not in {RATED[kind] for kind in kinds}:
            raise Usage(f"a {found.table} has no {kinds[0]}", found.ref, f"improv rate {found.ref}")
    return look(reader, kinds, reader.today.isoformat(), only)


def _tell(looked: Looked, done: str, then: str) -> None:
    """Tell what was kept, what fell furthest, and what was left alone and why."""
    kept = looked.to_keep
    of_kind = Counter(rated.kind for rated in kept)
    counts = [f"{kind} of {number:,} {_whose(kind, number)}" for kind, number in of_kind.items()]
    falls = sorted(
        (rated for rated in kept if rated.fell or len(kept) <= TOLD), key=lambda rated: -rated.fell
    )
    left = [f"{number:,} {why}" for why, number in looked.left.items() if number]
    ratings = f"{len(kept):,} rating{'s' if len(kept) > 1 else ''} by formula {done}: {', '.join(counts)}"
    told(
        ratings if kept else "no rating by formula to keep",
        *(_line(rated) for rated in falls[:TOLD]),
        f"left alone: {', '.join(left)}" if left else None,
        then=then,
    )


def _whose(kind: str, number: int) -> str:
    noun = BY_TABLE[RATED[kind]]
    return noun.table if number == 1 else noun.plural


def _line(rated: Rated) -> str:
    was = "kept for the first time" if rated.kept is None else f"{rated.kept} when it was kept last"
    return f"{rated.about.ref} {rated.about.name}: {rated.kind} {rated.value}, {was}"
