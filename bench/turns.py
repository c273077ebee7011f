"""Commands that take turns with the bare interpreter, so that each is told as a multiple of `python -c pass`.

The CPU time of a command is what `wait4` says of the process and of those it waited for, user and system; it is the same
on a machine that does other things besides, where the time on the wall is not.
"""

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

# What is read of a command at once.
_PIECE: Final = 1 << 16
# A screen on which the longest page fits, so that no pager waits for a key.
_LINES, _COLUMNS = 4000, 110


class Cost(NamedTuple):
    """Seconds that one run took: of CPU time, and on the wall."""

    cpu: float
    wall: float


class WentWrong(Exception):
    """A command failed, or did not do what it was measured for: its time would say nothing."""


@dataclass(frozen=True)
class Job:
    """A command that is measured: its words in the run of a number, its whole environment, and what it must have done."""

    name: str
    words: Callable[[int], Sequence[str]]
    world: Mapping[str, str]
    check: Callable[[str, int], str | None] = lambda _said, _run: None
    typed: Callable[[int], str] = lambda _run: ""
    screen: bool = False


@dataclass
class Taken:
    """What the runs of a command took, and those of the bare interpreter just before each."""

    runs: list[Cost] = field(default_factory=list)
    bare: list[Cost] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """CPU time as a multiple of the bare interpreter's: of the medians."""
        return self.cpu / statistics.median(cost.cpu for cost in self.bare)

    @property
    def cpu(self) -> float:
        """The median of the CPU time, in seconds."""
        return statistics.median(cost.cpu for cost in self.runs)

    @property
    def wall(self) -> float:
        """The median of the time on the wall, in seconds."""
        return statistics.median(cost.wall for cost in self.runs)


def take_turns(
    jobs: Sequence[Job], python: Path, rounds: int, patience: float = 20.0, least: int = 3
) -> dict[str, Taken]:
    """Run all jobs in turn, so many rounds; one that took longer than `patience` is run no more than `least` times.

    The first round is not counted: it fills the caches of the system, and leaves behind what is made once a day. Raises
    `WentWrong` when a command did not do what it should.
    """
    bare = Job("python -c pass", lambda _: (str(python), "-c", "pass"), {"PATH": os.defpath})
    taken = {job.name: Taken() for job in jobs}
    for run in range(rounds + 1):
        for job in jobs:
            so_far = taken[job.name]
            if len(so_far.runs) >= least and sum(cost.wall for cost in so_far.runs) > patience:
                continue
            before, cost = measured(bare, run), measured(job, run)
            if run:
                so_far.bare.append(before)
                so_far.runs.append(cost)
    return taken


def measured(job: Job, run: int) -> Cost:
    """Run a job, see that it did what it should, and return what it took."""
    words = list(job.words(run))
    cost, code, said = (_on_a_screen if job.screen else _in_a_pipe)(words, job.world, job.typed(run))
    wrong = f"exit {code}" if code else job.check(said, run)
    if wrong:
        raise WentWrong(f"{job.name}: {wrong}\n{' '.join(words)}\n{said[-2000:]}")
    return cost


def _in_a_pipe(words: Sequence[str], world: Mapping[str, str], typed: str) -> tuple[Cost, int, str]:
    read, write = os.pipe()
    began = time.perf_counter()
    with subprocess.Popen(words, env=world, stdin=subprocess.PIPE, stdout=write, stderr=write) as process:
        os.close(write)
        assert process.stdin is not None  # noqa: S101 - it was asked for
        process.stdin.write(typed.encode())
        process.stdin.close()
        return _ended(process, read, began)


def _on_a_screen(words: Sequence[str], world: Mapping[str, str], typed: str) -> tuple[Cost, int, str]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    os.write(ours, typed.encode())
    began = time.perf_counter()
    with subprocess.Popen(
        words, env=world, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        return _ended(process, ours, began)


def _ended(process: subprocess.Popen[bytes], read: int, began: float) -> tuple[Cost, int, str]:
    """Read all that a command says, wait for its end, and return what it took, its exit code and its words."""
    said = []
    try:
        while piece := os.read(read, _PIECE):
            said.append(piece)
    except OSError:  # so a screen tells that nobody writes to it any more
        pass
    os.close(read)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, wall), process.returncode, b"".join(said).decode()
