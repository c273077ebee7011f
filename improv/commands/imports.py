"""`improv import`: bring in leads, deals, stage histories, events … from CSV files of any maker."""

import gc
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from improv import storefile
from improv.commands import pagefile
from improv.commands.declared import Argument, Exit, Option
from improv.commands.desk import desk
from improv.commands.doors import noun_app, told, writes
from improv.commands.progress import progress
from improv.errors import ImprovError, Refused, Usage
from improv.nouns import BY_TABLE
from improv.textfile import refuse_no_file

if TYPE_CHECKING:
    from improv.store import Writing
    from improv.transfer.csvfile import CsvFile
    from improv.transfer.mapping import Mapping

import_app = noun_app("Bring in records from a CSV file.", "")
APPS = {"import": import_app}
EXAMPLES = """
improv import deals.csv --as opportunities --dry-run
improv import deals.csv --as opportunities --map "Deal size=value" --save-mapping deals.toml
improv import history.csv --mapping stages.toml
improv import contacts.csv --as leads --keep-rest
improv import people.vcf
improv import book.jsonl
"""
KINDS = "leads, opportunities, stages, events, clients, visits, referrals, activities, surveys, campaigns or touches"
LONG = 250_000  # bytes of a file that takes seconds, packed as it may be
CHOICES = {
    "mode": ("create", "update", "both"),
    "missing": ("create", "refuse"),
    "duplicates": ("keep", "skip", "update"),
}


@writes(import_app, "import", "", examples=EXAMPLES, alone=True)
def bring_in(
    file: Annotated[
        Path, Argument(metavar="FILE", help="a CSV file with a header row, vCards, or an export")
    ],
    kind: Annotated[str | None, Option("--as", metavar="KIND", help=KINDS)] = None,
    mapping: Annotated[
        Path | None,
        Option("--mapping", metavar="TOML", help="how columns become fields; guessed unless told"),
    ] = None,
    single: Annotated[
        list[str] | None,
        Option("--map", metavar='"COLUMN=FIELD"', help="map one column otherwise; repeat it"),
    ] = None,
    constant: Annotated[
        list[str] | None,
        Option("--set", metavar='"FIELD=VALUE"', help="fill a field of every row that has none; repeat it"),
    ] = None,
    save: Annotated[
        Path | None, Option("--save-mapping", metavar="TOML", help="write the mapping to a new file")
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="show what would be done, and do nothing")] = False,
    mode: Annotated[
        str,
        Option("--mode", metavar="MODE", help="create records, update those that are there, or both"),
    ] = "create",
    duplicates: Annotated[
        str,
        Option(
            "--duplicates",
            metavar="keep|skip|update",
            help="a row that looks like a known lead or client: make another, leave it out, or change that one",
        ),
    ] = "keep",
    keep_rest: Annotated[
        bool, Option("--keep-rest", help="keep what has no field in a note with each record")
    ] = False,
    missing: Annotated[
        str, Option("--missing", metavar="create|refuse", help="what rows refer to and the store lacks")
    ] = "create",
    failed: Annotated[
        Path | None,
        Option(
            "--failed",
            metavar="CSV",
            help="where rows that fail go; FILE.failed.csv in this folder unless told",
        ),
    ] = None,
) -> None:
    """Bring in a CSV file or vCards: every row becomes a record, or stands in a file of failed rows with its reason."""
    for named in (file, mapping):
        if named is not None:
            refuse_no_file(named)
    if _is_whole(file):
        _bring_whole(file, kind, mapping, dry_run=dry_run)
        return
    how: dict[str, Any] = {"mode": mode, "missing": missing, "duplicates": duplicates}
    for option, said in how.items():
        _one_of(f"--{option}", said, CHOICES[option])
    opened, chosen = _mapped(file, kind, mapping, single or [], constant or [])
    chosen = chosen.keeping_rest() if keep_rest else chosen
    if mapping is None or dry_run:
        _show_mapping(chosen, opened)
    to = _set_aside_in(file, failed, "vcf" if _is_vcard(file) else "csv")
    if save is not None:
        pagefile.refuse(save, desk().path)
    _run(opened, chosen, to, dry_run=dry_run, save=save, **how)


def _run(
    opened: "CsvFile",
    chosen: "Mapping",
    to: Path,
    *,
    dry_run: bool,
    save: Path | None = None,
    **how: Any,  # noqa: ANN401 - as `run_import` takes it
) -> None:
    """Import a file and show what became of its rows; those that fail are written to a file of their own."""
    from improv.transfer.files import write_failed  # noqa: PLC0415 - only an import needs it
    from improv.transfer.importer import run_import  # noqa: PLC0415 - only what writes loads SQLModel

    gc.enable()  # a long command: what is no longer used must go
    before = _state(opened.path)
    with _store(dry_run=dry_run), _writing(opened.path, dry_run=dry_run) as work:
        result = run_import(work, opened, chosen, progress=progress, **how)
        # It is read twice, and what was learnt of it must be true of what was brought in.
        if _state(opened.path) != before:
            raise Refused(
                "the file was changed while it was read; nothing was changed",
                str(opened.path),
                "type it again",
            )
        written = bool(result.failed) and not dry_run
        if written:
            pagefile.save(lambda file: write_failed(opened, result.failed, file), to, desk().path)
        if save is not None:
            _save(chosen.with_dates(result.proved), save)
    desk().show(result.as_report(work.today, dry_run=dry_run, failed_to=str(to) if written else ""))
    if result.rows and len(result.failed) == result.rows:
        raise Exit(ImprovError.exit_code)


def _writing(file: Path, *, dry_run: bool) -> "AbstractContextManager[Writing]":
    """Open the store to write, a backup first; a file that takes long shuts nobody out who reads."""
    return desk().writing(dry_run=dry_run, backup="import", long=file.stat().st_size > LONG)


def _state(path: Path) -> tuple[int, int]:
    there = path.stat()
    return there.st_size, there.st_mtime_ns


def _set_aside_in(file: Path, failed: Path | None, suffix: str) -> Path:
    """Return where what fails goes: beside you, not beside the file, for other people's folders are theirs."""
    if failed is None:
        stem = Path(file.name.removesuffix(".gz")).stem
        names = (f"{stem}.failed{number}.{suffix}" for number in chain([""], map(".{}".format, count(2))))
        return next(to for to in map(Path, names) if storefile.missing(to))
    if failed.exists() and failed.samefile(file):
        raise Usage(
            "the failed rows cannot go into the file they come from",
            str(failed),
            f"--failed another-file.{suffix}",
        )
    pagefile.refuse(failed, desk().path)
    return failed


def bring_in_touches(
    file: Path,
    people: Path | None,
    single: list[str],
    constant: list[str],
    failed: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Bring in the activity of a mailing, from a CSV; `people` says who its ids are."""
    from improv.transfer.mailing import read_people  # noqa: PLC0415 - only what writes loads SQLModel

    known = read_people(people, desk().playbook()) if people else {}
    opened, chosen = _mapped(file, "touches", None, single, constant)
    _run(opened, chosen, _set_aside_in(file, failed, "csv"), dry_run=dry_run, people=known)


def bring_in_log(file: Path, failed: Path | None, *, dry_run: bool) -> None:
    """Bring in the log of a web server; lines that are none of a log go into a file of their own."""
    from improv.transfer.pages_opened import import_log  # noqa: PLC0415 - only what writes loads SQLModel

    to = _set_aside_in(file, failed, "log")
    gc.enable()  # a long command: what is no longer used must go
    with (
        _store(dry_run=dry_run),
        tempfile.TemporaryFile() as spoilt,
        _writing(file, dry_run=dry_run) as work,
    ):
        result = import_log(work, file, lambda line: spoilt.write(line + b"\n"), progress)
        written = bool(result.failed) and not dry_run
        if written:
            spoilt.seek(0)
            pagefile.save(lambda kept: shutil.copyfileobj(spoilt, kept), to, desk().path)
    desk().show(result.as_report(work.today, dry_run=dry_run, failed_to=str(to) if written else ""))


def _is_whole(path: Path) -> bool:
    from improv.transfer.whole import is_whole  # noqa: PLC0415 - only an import needs it

    return is_whole(path)


def _bring_whole(path: Path, kind: str | None, mapping: Path | None, *, dry_run: bool) -> None:
    """Bring in an export of a whole store, and say what came."""
    from improv.transfer.whole import bring  # noqa: PLC0415 - only an import needs it

    if kind is not None or mapping is not None:
        raise Usage("a whole store says itself what its rows are", str(path), f"improv import {path}")
    gc.enable()  # a long command: what is no longer used must go
    with _store(dry_run=dry_run), _writing(path, dry_run=dry_run) as work:
        brought = bring(work, path, progress)
    progress(1, 1)
    counts = [BY_TABLE[table].counted(n) for table, n in brought.items() if table in BY_TABLE]
    told(
        f"{path.name}: {brought.total():,} rows {'would come' if dry_run else 'came'} into an empty store",
        ", ".join(counts),
        then="improv report scorecard",
    )


def _is_vcard(path: Path) -> bool:
    from improv.transfer.vcard import is_vcard  # noqa: PLC0415 - only an import needs it

    return is_vcard(path)


def _one_of(option: str, said: str, words: tuple[str, ...]) -> None:
    if said not in words:
        raise Usage(f"{option} is one of: {', '.join(words)}", said, f"{option} {words[0]}")


def _mapped(
    path: Path, kind: str | None, mapping: Path | None, single: list[str], constant: list[str]
) -> "tuple[CsvFile, Mapping]":
    """Return the file and its mapping, read or guessed, with single columns mapped otherwise."""
    from improv.transfer.files import open_file  # noqa: PLC0415 - only an import needs it
    from improv.transfer.guess import guess  # noqa: PLC0415 - as above
    from improv.transfer.kinds import kind_of  # noqa: PLC0415 - as above
    from improv.transfer.mapping import check_columns, read_mapping  # noqa: PLC0415 - as above

    book = desk().playbook()
    if kind is None and mapping is None and _is_vcard(path):
        kind = "leads"
    wanted = None if kind is None else kind_of(kind, book)
    if mapping is not None:
        chosen = read_mapping(mapping, wanted, book).with_columns(single)
        opened = open_file(path, encoding=chosen.encoding, delimiter=chosen.delimiter)
    elif wanted is not None:
        opened = open_file(path)
        chosen = guess(opened, wanted, book, single)
    else:
        open_file(path)  # what it is instead of a table comes first
        raise Usage("what the rows are is missing", str(path), f"--as KIND: {KINDS}")
    check_columns(chosen, opened)
    return opened, chosen.with_constants(constant)


def _show_mapping(mapping: "Mapping", file: "CsvFile") -> None:
    """Show how columns become fields, on stderr: it is no result."""
    from improv.show import render_table  # noqa: PLC0415 - only what shows loads it
    from improv.transfer.guess import as_table  # noqa: PLC0415 - only an import needs it

    table = as_table(mapping, file)
    looks = "terminal" if sys.stderr.isatty() else "plain"
    desk().hint(f"{table.title}:")
    for line in render_table(table, fmt=looks, width=desk().columns, colour=False, unicode=True).splitlines():
        desk().hint(line.replace("\t", "  "))
    if table.note and looks == "plain":
        desk().hint(table.note)


def _save(mapping: "Mapping", path: Path) -> None:
    from improv.transfer.mapping import to_toml  # noqa: PLC0415 - only an import needs it

    pagefile.save_text(to_toml(mapping), path, desk().path)
    desk().hint(f"the mapping is in {path}: --mapping {path} uses it again")


@contextmanager
def _store(*, dry_run: bool) -> Iterator[None]:
    """Work at the store; a preview without one works at a store that is thrown away."""
    here = desk()
    if not dry_run or not storefile.missing(here.path) or storefile.is_gone(here.path):
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        before, here.database = here.database, Path(folder) / "improv.db"
        try:
            yield
        finally:
            here.database = before
