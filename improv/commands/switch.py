"""`improv playbook use`: another playbook from now on, written into the configuration, with no open sale left behind."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from improv import playbook as playbooks
from improv import storefile
from improv.commands import pagefile, settings
from improv.commands.declared import Argument, Option
from improv.commands.desk import Desk, desk
from improv.commands.doors import quoted, told
from improv.errors import ImprovError, Refused, Usage
from improv.playbook import Playbook, folded, mending
from improv.playbook.compiled import SHIPPED
from improv.playbook.lines import is_playbook
from improv.reader import Reader
from improv.strays import by_stage, moving, strays, unknown

EXAMPLES = """
improv playbook use solo
improv playbook use mine --dry-run
improv playbook use managed-services --move proposal=presentation
"""
_NAMED = 5


def shipped() -> list[str]:
    """Return the names of the playbooks that come with improv."""
    return sorted(file.stem for file in SHIPPED.glob("*.toml"))


def beside(here: Desk) -> list[str]:
    """Return the names of the files beside the configuration that are playbooks, or are to be."""
    files = sorted(here.configuration.parent.glob("*.toml"))
    return [file.name for file in files if file.name != here.configuration.name and is_playbook(file)]


def named(here: Desk, typed: str) -> str:
    """Return a playbook as the configuration names it: one that is shipped, or a file."""
    if typed in shipped():
        return typed
    if typed.endswith(".toml") or "/" in typed:
        file = Path(typed).resolve()
        return file.name if file.parent == here.configuration.parent.resolve() else str(file)
    if (here.configuration.parent / f"{typed}.toml").is_file():
        return f"{typed}.toml"
    known = [*shipped(), *(name.removesuffix(".toml") for name in beside(here))]
    raise Usage("no playbook is called so", typed, mending(typed, known) + ", or a path that ends in .toml")


def make_folder(here: Desk) -> None:
    """Make the folder of the configuration, which is private."""
    if here.configuration.exists() and not here.configuration.is_file():
        raise Refused(
            "the configuration is no ordinary file", str(here.configuration), "correct IMPROV_CONFIG"
        )
    here.configuration.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def taken(here: Desk, chosen: str) -> Playbook:
    """Return a playbook under the user's own lines, and let this run go by it."""
    after = playbooks.load(*here.playbook_of(chosen), where=str(here.configuration))
    here.read["playbook"] = after
    return after


def use(
    name: Annotated[str, Argument(metavar="NAME|FILE", help="a name of `playbook list`, or a file")],
    move: Annotated[
        list[str] | None,
        Option("--move", metavar="OLD=NEW", help="move the open sales of a stage to one it has"),
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="say what would happen, and change nothing")] = False,
) -> None:
    """Use another playbook from now on.

    What is recorded stays as it is, and no open sale is left in a stage that the other lacks.
    """
    here = desk()
    here.refuse_looking_back()
    try:
        before = here.playbook()
    except ImprovError:  # its file is gone, or does not fit: that is what another one mends
        before = None
    chosen = named(here, name)
    after = taken(here, chosen)
    before = before or after
    moves, facts = dict(_move(typed, before, after) for typed in move or ()), list[str]()
    if storefile.missing(here.path):
        choose(here, chosen, dry_run=dry_run)
    else:
        with here.writing(dry_run=dry_run) as work:
            facts = [*_settled(work, name, before, moves), *_left(work.reader, before)]
            # Last, so that what fails here takes the moves back. Killed between this and the commit, the sales stand
            # where they stood: the doctor and whatever is written about them say so, and the same command mends it.
            choose(here, chosen, dry_run=dry_run)
    stages = after.sale_stages
    told(
        f"{'would use' if dry_run else 'in use'}: {after.title}, {len(stages)} stages from {stages[0].name} to {stages[-1].name}",
        *facts,
        "nothing was changed" if dry_run else f"written to {here.configuration}",
        then=_for_good(here) if dry_run else "improv playbook check",
    )


def _for_good(here: Desk) -> str:
    """Return the command as it was typed, without its dry run."""
    return f"improv {shlex.join(word for word in here.arguments if word != '--dry-run')}"


def choose(here: Desk, chosen: str, *, dry_run: bool = False) -> None:
    """Write the choice into the configuration."""
    if not dry_run:
        make_folder(here)
        text = settings.with_playbook(here.configuration, chosen)
        pagefile.save_text(text, here.configuration, here.path, force=True)


def _move(typed: str, before: Playbook, after: Playbook) -> tuple[str, str]:
    """Read OLD=NEW: a stage of the playbook in use, and one of the other."""
    old, equals, to = typed.partition("=")
    if not (old and equals and to):
        raise Usage("this names no two stages", typed, "--move OLD=NEW")
    stage = before.entry("stage", folded(old))
    return stage.key if stage else folded(old), after.stage(to).key


def _settled(work: Any, name: str, before: Playbook, moves: Mapping[str, str]) -> Iterator[str]:  # noqa: ANN401 - a Writing, which only what writes loads
    """Move every open sale that the playbook has no stage for, and tell of each; refused where it is not told whereto."""
    from improv.actions import opportunities  # noqa: PLC0415 - only what writes loads SQLModel

    lost = strays(work.reader, before=before)
    if any(one.stage not in moves for one in lost):
        raise Refused(
            f"{len(lost)} of the open opportunities stand in stages that this playbook does not have",
            ", ".join(map(str, lost[:_NAMED])) + (" …" if len(lost) > _NAMED else ""),
            moving(lost, quoted(name), moves),
        )
    found = by_stage(lost)
    for old, to in moves.items():
        those = found.get(old, [])
        for one in those:
            opportunities.move(work, one.number, to, work.today)
        who = ", ".join(one.ref for one in those[:_NAMED]) + (" …" if len(those) > _NAMED else "")
        names = f"from {those[0].name} to {work.playbook.stage(to).name}" if those else ""
        yield f"{len(those)} moved {names}: {who}" if those else f"no open sale is left in {old}"


def _left(reader: Reader, before: Playbook) -> Iterator[str]:
    """Tell what the records name that the playbook does not know."""
    for listed, counts in unknown(reader, before).items():
        some = ", ".join(f"{key} {n}" for key, n in counts.most_common(_NAMED))
        more = " …" if len(counts) > _NAMED else ""
        yield f"{listed.replace('_', ' ')}s it does not know stay as recorded: {some}{more}"
