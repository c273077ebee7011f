"""What a command says, and where: to a terminal, a pipe or a file, in a pager, as a question to a person.

Results go to stdout, everything else to stderr.
"""

import contextlib
import itertools
import os
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, TextIO

from improv.errors import ImprovError, Interrupted, Usage
from improv.interrupts import STOPPED
from improv.report import Cell, Made, Report, Section, Table
from improv.text import clipped, shown

PLAIN_WIDTH = 80
LONGEST_VALUE = 400
_MOST_DIGITS = 6
PAGES = "improv report weekly -o week.html"


class Screen(ABC):
    """Where one run of the program shows what it has to say, as its options (`--format`, `-o`) ask for."""

    format: str | None = None
    output: Path | None = None
    force: bool = False
    open_it: bool = False
    no_pager: bool = False
    written: bool = False
    # What a page that looks back cannot show any more.
    missing: str | None = None
    arguments: Sequence[str] = ()
    # What must not be said before it is true, while there is such.
    held_back: list[tuple[TextIO, str]] | None = None
    # How improv is called about this store: pasted, a command that is proposed must reach no other one.
    program: str = "improv"
    # Whether nobody may be asked: what is at the terminal's other end are lines of a batch.
    unattended: bool = False

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    @property
    @abstractmethod
    def path(self) -> Path:
        """Where the store is, which no page may replace."""

    def say(self, *lines: str) -> None:
        """Print lines of a result; what users typed is made harmless on its way out."""
        for line in lines:
            self._print(sys.stdout, shown(line) + "\n")

    def hint(self, line: str) -> None:
        """Print a line that is no result; where it can be told to nobody the command goes on."""
        with contextlib.suppress(OSError):
            self._print(sys.stderr, shown(line) + "\n")

    def tell(self, error: ImprovError) -> int:
        """Say on stderr what went wrong, and return its exit code."""
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        # An error that knows no value has the command itself at fault; one that knows no way out has its help.
        if not isinstance(error, Interrupted):
            typed = ["improv", *self.arguments]
            error.value = clipped(error.value or shlex.join(typed), LONGEST_VALUE)
            helped = shlex.join([*itertools.takewhile(str.isalpha, typed), "--help"])
            error.mend = self.about_here(error.mend) or helped
        with contextlib.suppress(OSError):  # there may be nobody left to tell; the exit code says it
            for line in error.lines():
                sys.stderr.write(shown(line) + "\n")
            sys.stderr.flush()
        return error.exit_code

    def about_here(self, proposed: str) -> str:
        """Return what is proposed with each of its commands about this store, whichever is the usual one."""
        if self.program == "improv":
            return proposed
        import re  # noqa: PLC0415 - only where a store is named on the line

        return re.sub(r"(^|, or |then )improv(?= [a-z]|$)", lambda found: found[1] + self.program, proposed)

    def _print(self, stream: TextIO, text: str) -> None:
        if self.held_back is None:
            stream.write(text)
        else:
            self.held_back.append((stream, text))

    def show(self, report: Report) -> None:
        """Print a report as suits the reader: a person at a terminal, a pipe, or the format asked for."""
        from improv.show import pieces  # noqa: PLC0415 - only what shows loads it

        if self.missing:
            report = report._replace(notes=(*report.notes, self.missing))
            self.missing = None
        if self.program != "improv":
            report = report._replace(sections=tuple(map(self._section_of_here, report.sections)))
        self._out(pieces(report, **self._look()))

    def show_list(self, table: Table) -> None:
        """Print a list of records; on a terminal an empty one says so."""
        from improv.show import pieces  # noqa: PLC0415 - only what shows loads it

        self._hint_at_missing()
        page = pieces(self._of_here(table), **self._look())
        first = next(page, "")
        if first or self.output is not None:
            self._out(itertools.chain([first], page))
        elif self.is_terminal and table.empty:
            self.hint(table.empty)

    def _section_of_here(self, section: Section) -> Section:
        blocks = (self._of_here(block) if isinstance(block, Table) else block for block in section.blocks)
        return Section(section.title, tuple(blocks))

    def _of_here(self, table: Table) -> Table:
        """Return a table with the commands in it about this store."""
        kinds = [column.kind for column in table.columns]
        if self.program == "improv" or "command" not in kinds:
            return table

        def named(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
            cells = zip(kinds, row, strict=True)
            return tuple(
                self.about_here(cell) if kind == "command" and isinstance(cell, str) else cell
                for kind, cell in cells
            )

        return table._replace(rows=Made(named, table.rows))

    def write_to(self, output: Path | None, *, force: bool, open_it: bool) -> None:
        """Take pages to a file instead, in the format of its suffix unless another was asked for."""
        if output is None:
            if force:
                raise Usage("--force says that --output may replace a file", mend=PAGES)
            if open_it:
                raise Usage("--open opens the file of --output", mend=PAGES)
            return
        from improv.commands.pagefile import format_by_suffix  # noqa: PLC0415 - only where a file is named

        self.output, self.force, self.open_it = output, force, open_it
        self.format = self.format or format_by_suffix(output)

    def refuse_unwritten(self) -> None:
        """Say so when there was no page for the file that was named."""
        if self.output is not None and not self.written:
            raise Usage("this command shows no page, and no file was written", str(self.output), PAGES)

    def is_file(self, form: str) -> bool:
        """Whether what has a form of its own goes out in it: when it is asked for, and into a pipe."""
        return self.format == form or (self.format is None and not self.is_terminal)

    def put_file(self, text: str) -> None:
        """Print a file of a form of its own, in UTF-8 whatever the locale's is; or write it where it was asked for."""
        self._hint_at_missing()
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        self._put(text)

    def _hint_at_missing(self) -> None:
        """Say beside what has no place for a note that some of it is gone; once."""
        if self.missing:
            self.hint(self.missing)
            self.missing = None

    def _out(self, page: Iterable[str]) -> None:
        """Print a page as it comes; a table for other programs is a file, in which no letter may become an escape."""
        if self.format == "csv":
            self.put_file("".join(page))
        elif self.output is None and not self.is_terminal:
            sys.stdout.writelines(page)
        else:
            self._put("".join(page))

    def _put(self, page: str) -> None:
        """Print a page, in a pager where it is longer than the screen; or write it to the file that was named."""
        if self.output is None:
            if not self._paged(page):
                sys.stdout.write(page)
            return
        data = page.encode()
        self.put_stream(lambda file: file.write(data))
        if self.open_it:
            import webbrowser  # noqa: PLC0415 - only where one is asked for

            if not webbrowser.open(self.output.resolve().as_uri()):
                self.hint("no browser was found to open it")

    def put_stream(self, write: Callable[[IO[bytes]], object]) -> None:
        """Write what is too long to be held as one page to stdout, or to the file that was named."""
        self._hint_at_missing()
        if self.output is None:
            write(sys.stdout.buffer)
            return
        from improv.commands.pagefile import save  # noqa: PLC0415 - only where a file is named

        save(write, self.output, self.path, force=self.force)
        self.written = True
        self.hint(f"written: {self.output}")

    def _paged(self, page: str) -> bool:
        """Show a page that is longer than the screen in a pager; false where it is to be printed."""
        if self.no_pager or not self.is_terminal or self.environment.get("TERM", "dumb") == "dumb":
            return False
        from improv.commands import pager  # noqa: PLC0415 - only a terminal needs it

        columns, lines = _size(self.environment)
        words = pager.chosen(self.environment)
        if not words or lines is None or pager.height(page, columns) < lines:
            return False
        unseen = pager.show(page, words, self.environment)
        if unseen is not None:
            sys.stdout.write(page)
            sys.stdout.flush()
            self.hint(f"printed in one go: {unseen}")
        return True

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return sys.stdout.isatty()

    @property
    def columns(self) -> int:
        """How wide the screen is."""
        return _size(self.environment)[0]

    @property
    def has_person(self) -> bool:
        """Whether a person is there to read, and to answer."""
        return not self.unattended and sys.stdin.isatty() and sys.stdout.isatty()

    def _look(self) -> dict[str, Any]:
        if self.output is not None:
            return {"fmt": self.format, "width": PLAIN_WIDTH, "colour": False, "unicode": True}
        terminal = self.is_terminal
        plain = "NO_COLOR" in self.environment or self.environment.get("TERM") == "dumb"
        encoding = (sys.stdout.encoding or "").lower().replace("-", "")
        return {
            "fmt": self.format or ("terminal" if terminal else "plain"),
            "width": self.columns if terminal else PLAIN_WIDTH,
            "colour": terminal and not plain,
            "unicode": encoding.startswith("utf") or self.format == "csv",
        }

    def ask(self, question: str) -> str | None:
        """Ask a person for a value; nothing when no person is there, or when they press Enter."""
        if not self.has_person:
            return None
        sys.stderr.write(shown(question) + " ")
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            answer = ""
        if not answer:
            sys.stderr.write("\n")  # what is said of it stands on a line of its own
            raise Interrupted(STOPPED)
        return answer.strip() or None

    def piped(self, what: str) -> str:
        """Return the words on stdin, which `-` stands for; refused where they are no small text in UTF-8."""
        from improv import textfile  # noqa: PLC0415 - only who types `-` reads one

        if self.unattended:
            raise Usage("a line of a batch has no input of its own", "-", "write the words into the line")
        try:
            return textfile.text(sys.stdin.buffer)
        except ValueError as error:
            raise Usage(f"this is no {what}: {error}", "-") from error


def _size(environment: Mapping[str, str]) -> tuple[int, int | None]:
    """Return the columns and lines of the terminal, as COLUMNS and LINES say, else as it says itself."""
    try:
        real = os.get_terminal_size(sys.stdout.fileno())
        columns, lines = real.columns, real.lines
    except (OSError, ValueError):
        columns = lines = 0
    columns = _number(environment.get("COLUMNS", "")) or columns or PLAIN_WIDTH
    return columns, _number(environment.get("LINES", "")) or lines or None


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else 0
