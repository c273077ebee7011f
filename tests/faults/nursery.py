"""A process that has loaded the program once, and forks a child of itself for every command.

A command that is hit by a fault a thousand times need not load the same modules a thousand times. The child is a
process of its own all the same: it starts where the shell does, and is killed, traced or refused
a call like any other.
"""

import contextlib
import gc
import itertools
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Self

import improv
from improv import interrupts
from improv.__main__ import run
from tests.run import HANGS_AFTER, ROOT, Result


class Child:
    """A command that is running: its process, and what it did once it has ended."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def end(self, within: float = HANGS_AFTER) -> Result:
        """Wait until it has ended, and return what it did; killed by a signal, its code is minus that.

        What has not ended within so many seconds is killed.
        """
        return self._nursery.ended(self, within)

    def send(self, number: int) -> None:
        """Send it a signal; one that has just ended does not mind."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Nursery:
    """The process; one child at a time."""

    def __init__(self, folder: Path) -> None:
        self.out, self.err, self.steps = folder / "out", folder / "err", folder / "steps"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def start(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        limits: Mapping[str, int] | None = None,
        *,
        stopped: bool = False,
        step: int | None = None,
    ) -> Child:
        """Start a command; `stopped` before it does anything, it can be traced.

        `limits` are the system's own, such as FSIZE: no file may grow beyond so many bytes. At the line of Python with the
        number `step` Ctrl-C is pressed; where it is given `steps` tells afterwards how many lines there were.
        """
        asked = [
            list(words),
            dict(environment),
            [str(self.out), str(self.err)],
            dict(limits or {}),
            [str(self.steps), step],
        ]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        child = Child(self, int(self._line()))
        if not stopped:
            child.send(signal.SIGCONT)
        return child

    def ended(self, child: Child, within: float) -> Result:
        """Return what the child did that was started last."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], within)[0]:
            child.send(signal.SIGKILL)
        code = int(self._line())
        return Result(code, *(kept.read_text("utf-8", "replace") for kept in (self.out, self.err)))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextlib.contextmanager
def traced(child: Child, *how: str) -> Iterator[None]:
    """Let strace hold a child that was started `stopped`, and let it go on."""
    with subprocess.Popen(
        ["strace", "-f", "-qq", *how, "-p", str(child.pid)], stderr=subprocess.PIPE
    ) as tracer:
        until = time.monotonic() + HANGS_AFTER
        while "TracerPid:\t0\n" in _status(child.pid):
            assert tracer.poll() is None, tracer.communicate()
            assert time.monotonic() < until, "strace does not come"
            time.sleep(0.001)
        child.send(signal.SIGCONT)
        yield


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text("utf-8")


# In the process itself.


def _serve() -> None:
    for found in pkgutil.walk_packages(improv.__path__, "improv."):
        import_module(found.name)
    gc.freeze()  # what is loaded for good stays shared
    for line in sys.stdin:
        words, environment, streams, limits, steps = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _be(words, environment, streams, limits, _Steps(*steps))
        os.waitpid(pid, os.WUNTRACED)  # it is ready, and goes on when it is told to
        _answer(pid)
        _answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


class _Steps:
    """The lines of Python that are run, counted; at one of them Ctrl-C is pressed."""

    def __init__(self, told: str, at: int | None) -> None:
        self.told, self.at, self.count = Path(told), at, 0

    def begin(self) -> None:
        """Count, where a line was named, from the next call on."""
        if self.at is not None:
            sys.settrace(self._step)

    def end(self) -> None:
        """Tell how many lines there were."""
        if self.at is not None:
            sys.settrace(None)
            self.told.write_text(str(self.count), "utf-8")

    def _step(self, _frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            self.count += 1
            if self.count == self.at:
                signal.raise_signal(signal.SIGINT)
        return self._step


def _be(
    words: list[str],
    environment: dict[str, str],
    streams: list[str],
    limits: dict[str, int],
    steps: _Steps,
) -> NoReturn:
    """Be the command, as a process that the shell has just started."""
    import resource  # noqa: PLC0415 - only the child needs it

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(streams, start=1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["improv", *words]
    # Names that are drawn by chance are drawn alike every time: strace is told of them.
    tempfile._name_sequence = (f"drawn{number}" for number in itertools.count())  # type: ignore[attr-defined]
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    interrupts.end_quietly()
    os.kill(os.getpid(), signal.SIGSTOP)
    code = 0
    steps.begin()
    try:
        run()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as Python itself ends
        sys.excepthook(*sys.exc_info())
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    steps.end()
    os._exit(code)


if __name__ == "__main__":
    _serve()
