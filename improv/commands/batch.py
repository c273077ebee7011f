"""`improv batch`: many commands from a file or from another program, at the start-up cost of one.

Commands that write records are kept in groups: one transaction holds some of them, each a savepoint in it and an undo
step of its own, and what they say is said once it is true. Any other command ends the group before it runs.
"""

import contextlib
import gc
import os
import select
import shlex
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

from improv import interrupts
from improv.commands.declared import Argument, Exit, Option
from improv.commands.desk import Desk, desk, sit_down
from improv.commands.directory import ALIASES, group_of
from improv.commands.doors import ALONE, WRITERS, noun_app, quoted, shaped, told
from improv.errors import ImprovError, Interrupted, Refused, Usage
from improv.interrupts import STOPPED
from improv.named import NamedTuple
from improv.textfile import no_such_file

if TYPE_CHECKING:
    from improv.store import Held

app = noun_app("Run many commands.", "")
APPS = {"batch": app}
EXAMPLES = """
improv batch monday.txt
improv batch monday.txt --as-one
printf '%s\\n' 'lead add Ada' 'log call ada "asked for a date"' | improv batch -
"""
LONGEST_LINE: Final = 16 * 1024 * 1024
# How long a group may keep others from writing, and how long they then have to take their turn.
HELD_SECONDS: Final = 0.25
TURN_SECONDS: Final = 0.02


class Line(NamedTuple):
    """A line of a batch: its number, and its bytes."""

    number: int
    typed: bytes


@app.command(epilog=shaped(EXAMPLES))
def batch(
    file: Annotated[
        str,
        Argument(metavar="FILE", help="a command on each line, as it is typed; - for standard input"),
    ],
    as_one: Annotated[
        bool, Option("--as-one", help="all of it is one undo step: one bad line, and nothing is kept")
    ] = False,
    keep_going: Annotated[
        bool, Option("--keep-going", help="go on after a bad line, and count them at the end")
    ] = False,
    begin_at: Annotated[int, Option("--from", metavar="LINE", min=1, help="the line to begin with")] = 1,
    quiet: Annotated[bool, Option("--quiet", "-q", help="say only what went wrong, and the end")] = False,
) -> None:
    """Run the commands of a file, one after the other; blank lines and lines that begin with # are skipped."""
    here = desk()
    here.refuse_looking_back()
    if here.unattended:
        raise Usage("a batch cannot hold another", file, "leave this line out")
    if as_one and keep_going:
        raise Usage("one step is whole or absent", "--as-one --keep-going", "leave out one of them")
    gc.enable()  # a batch may be long
    run, last = _Run(here, file, as_one=as_one, keep_going=keep_going, quiet=quiet), 0
    with _opened(file) as source, contextlib.closing(run):
        try:
            for line in lines(source):
                last = line.number if line else last
                run.take(line if line is None or line.number >= begin_at else None)
        except KeyboardInterrupt as error:  # in a line, or while the next one is waited for
            raise run.stopped() from error
        if begin_at > last + 1:  # the one after the last is where a batch goes on that was stopped at its end
            raise Usage(f"there are only {last:,} lines", f"--from {begin_at}", "begin with one of them")
        run.keep()


@contextlib.contextmanager
def _opened(file: str) -> Iterator[int]:
    """Open what holds the commands; give its descriptor."""
    if file == "-":
        yield sys.stdin.fileno()
        return
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError as error:
        raise no_such_file(Path(file), "improv batch - reads standard input") from error
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise Usage("this is a folder, not a file", file, "name a file in it")
        yield descriptor
    finally:
        os.close(descriptor)


def lines(source: int) -> Iterator[Line | None]:
    """Yield each line as it comes; nothing when the next one is not there yet, before it is waited for."""
    number, rest = 0, b""
    while True:
        if not select.select([source], [], [], 0)[0]:
            yield None
        read = os.read(source, 1 << 16)
        *whole, rest = (rest + read).split(b"\n") if b"\n" in read else [rest + read]
        if not read and rest:
            whole, rest = [rest], b""
        for number, typed in enumerate(whole, number + 1):  # noqa: B020 - it counts on
            yield Line(number, typed)
        if not read:
            return
        if len(rest) > LONGEST_LINE:
            raise Usage(
                f"line {number + 1} is longer than any command", f"{len(rest):,} bytes", "is it a batch?"
            )


def words_of(line: Line) -> list[str]:
    """Return the words of a command, without `improv`; none where the line says nothing."""
    try:
        text = line.typed.decode("utf-8-sig" if line.number == 1 else "utf-8").strip()
        words = [] if text.startswith("#") else shlex.split(text)
    except UnicodeDecodeError as error:
        raise Usage(
            "this is no text in UTF-8",
            line.typed[:60].decode("utf-8", "backslashreplace"),
            "save the file as UTF-8",
        ) from error
    except ValueError as error:
        mend = "close the quote, or put the apostrophe into double quotes"
        raise Usage("a quote is opened and not closed", text, mend) from error
    return words[1:] if words[:1] == ["improv"] else words


class _Run:
    """One batch: the group of commands that is held, what they said, and how far it is."""

    def __init__(self, here: Desk, file: str, *, as_one: bool, keep_going: bool, quiet: bool) -> None:
        self.here, self.file = here, file
        self.as_one, self.keep_going, self.quiet = as_one, keep_going, quiet
        self.group = contextlib.ExitStack()
        self.held: Held | None = None
        self.since = 0.0
        self.said: list[tuple[TextIO, str]] = []
        self.entries: list[int] = []
        self.waiting: list[int] = []
        self.done = self.reached = 0
        self.bad: list[int] = []

    def take(self, line: Line | None) -> None:
        """Run a line; with none there yet, what was done is kept meanwhile."""
        number = line.number if line is not None else self.next
        try:
            interrupts.again()
            if line is None:
                self._keep_group()
            elif words := words_of(line):
                self._run(number, words)
        except ImprovError as error:
            self._told(error, number)

    def keep(self) -> None:
        """Keep what is held, and say how it went; from now on Ctrl-C comes too late."""
        interrupts.hold()
        try:
            self._keep()
        except ImprovError as error:
            self._told(error, self.next)
        sit_down(self.here)
        told(
            f"{_commands(self.done)} done" + (" as one step" if self.as_one and self.entries else ""),
            f"refused: line {', '.join(map(str, self.bad))}" if self.bad else None,
            then=self._next_command(),
        )
        if self.bad:
            raise Exit(ImprovError.exit_code)

    def close(self) -> None:
        """Let go of what was not kept."""
        sit_down(self.here)
        try:
            self.group.close()
        except Exception as error:
            if not interrupts.caused(error):  # that it was stopped is being told
                raise

    @property
    def next(self) -> int:
        """The first line that is not kept."""
        return self.waiting[0] if self.waiting else self.reached + 1

    def _run(self, number: int, words: list[str]) -> None:
        if any(word == "--db" or word.startswith("--db=") for word in words):
            raise Usage(
                "a batch is about one store", shlex.join(words), f"improv --db FILE batch {quoted(self.file)}"
            )
        joins = _only_writes(words)
        if joins:
            self._hold()
        elif self.as_one:
            raise Refused(
                "only what writes records can be part of one step",
                shlex.join(words),
                "leave it out, or leave out --as-one",
            )
        else:
            self._keep_group()
        at = self._desk()
        code = self.here.performs(at, words)
        self.here.wrote |= at.wrote
        if not joins:
            self.here.read.clear()  # it may have changed the settings
        if code:
            raise ImprovError(f"it ended with exit code {code}")
        self.waiting.append(number)
        if not joins or time.monotonic() - self.since > HELD_SECONDS:
            self._keep_group()

    def _desk(self) -> Desk:
        at = Desk({**self.here.environment, "IMPROV_DB": str(self.here.path)}, self.here.performs)
        at.read, at.held, at.unattended = self.here.read, self.held, True
        at.program = self.here.program
        at.held_back = None if self.held is None else self.said
        return at

    def _hold(self) -> None:
        """Begin a group, where none is held; others have had their turn before."""
        if self.held is not None:
            return
        from improv.store import holding  # noqa: PLC0415 - only what writes loads SQLModel

        if self.entries:
            time.sleep(TURN_SECONDS)
        command = self.here.command() if self.as_one else None
        place = self.group.enter_context(self.here.making())
        self.held = self.group.enter_context(holding(place, self.here.now(), command))
        self.here.read_settings(self.held.connection)  # while it is written nothing may open it again
        self.since = time.monotonic()

    def _keep_group(self) -> None:
        """Keep the group, but where all of it is one."""
        if not self.as_one:
            self._keep()

    def _keep(self) -> None:
        held, self.held = self.held, None
        said, entries = self.said[:], list[int]()
        self.said.clear()
        with _undisturbed(), self.group:
            if held is not None:
                entries = held.keep()
            self.done += len(self.waiting)
            self.reached = max([self.reached, *self.waiting])
            self.waiting.clear()
        self.here.done = True
        self.entries += entries
        for stream, text in said:
            if stream is not sys.stdout:
                with contextlib.suppress(OSError):  # a note that can be told to nobody stops nothing
                    stream.write(text)
            elif not self.quiet:
                stream.write(text)
        sys.stdout.flush()
        for entry in entries:
            self.here.run_hook(entry)

    def _told(self, error: ImprovError, number: int) -> None:
        """Say what is wrong with a line, or with keeping it; what came before is kept, and the rest waits unless told."""
        if isinstance(error, Interrupted):
            raise self.stopped() from error
        at_fault = desk()
        lost = self.as_one or (self.held is not None and self.held.is_lost)
        if not lost:
            try:
                self._keep()
            except ImprovError as failed:
                error, lost = failed, True
        if not self.waiting:
            self.reached = number - 1
        self.bad.append(number)
        error.what = f"line {number}: {error.what}"
        if self.keep_going and not lost:
            at_fault.tell(error)
            self.reached = number
            return
        interrupts.hold()
        if not error.what.endswith("nothing was changed"):
            error.what += f"; kept: {_commands(self.done)}"
        error.mend = "; then ".join(word for word in (error.mend, self._again(self.next)) if word)
        code = at_fault.tell(error)
        sit_down(self.here)
        raise Exit(code)

    def stopped(self) -> Interrupted:
        """Say that it was stopped, what is kept of it, and how to go on."""
        if self.as_one:
            return Interrupted(STOPPED)
        again = self._again(self.next)
        return Interrupted(f"stopped; kept: {_commands(self.done)}" + (f"; then {again}" if again else ""))

    def _again(self, number: int) -> str | None:
        """Return the command that goes on from a line; nothing where all is typed again, or nobody has the lines."""
        if self.as_one or self.file == "-":
            return None
        return f"{self.here.program} batch {quoted(self.file)} --from {number}"

    def _next_command(self) -> str | None:
        if not self.entries:
            return None
        return "improv undo" if self.as_one else f"improv history --limit {len(self.entries)}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hear Ctrl-C afterwards: what was kept must be known as kept, or the way to go on would do it twice."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _only_writes(words: list[str]) -> bool:
    """Tell whether a command only writes records, so that it can be held with others."""
    if group_of(words[0]) is None:
        return False
    noun = ALIASES.get(words[0], words[0])
    return any(name in WRITERS - ALONE for name in (noun, " ".join([noun, *words[1:2]])))


def _commands(n: int) -> str:
    return "nothing" if n == 0 else f"{n:,} command{'' if n == 1 else 's'}"
