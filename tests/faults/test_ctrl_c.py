"""Ctrl-C at any moment: words and code 130, or done and told; no traceback, and nothing half done."""

import contextlib
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from improv.errors import Interrupted
from tests.faults.deeds import DEEDS
from tests.faults.tally import FULL, Tally, evenly
from tests.faults.test_kills import duration
from tests.faults.world import TODAY, Deed, World
from tests.run import HANGS_AFTER, ROOT, Result, start

STOPS = 100 if FULL else 4
STARTS = 50 if FULL else 3
STEPS = 500 if FULL else 10
READING = (("lead", "list"), ("report", "weekly"), ("alerts",), ("--help",), ("show", "O1"))


def unspoken(result: Result) -> str | None:
    """Return what is wrong with how a command ended that Ctrl-C may have stopped."""
    late = "the backup of the day was not made: stopped ("  # what was done had been said by then
    if result.code == 0 and (result.err == "" or (result.err.startswith(late) and len(result.told) == 1)):
        return None
    unbegun = result.code == -signal.SIGINT or (result.code == 1 and "KeyboardInterrupt" in result.err)
    if unbegun and str(ROOT / "improv") not in result.err:
        return None  # Python itself had not begun: it tells in its own words where it was stopped
    # An import has said by then how it reads the file.
    told = (
        "Traceback" not in result.err and result.told[-1:] and result.told[-1].startswith("improv: stopped; ")
    )
    return None if result.code == Interrupted.exit_code and told else f"ended with {result}"


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_ctrl_c_leaves_a_command_whole_or_absent(
    deed: Deed, world_of: Callable[..., World], tally: Tally
) -> None:
    """The moments are spread over the time that the command takes."""
    world = world_of(deed)
    took = duration(world)
    world.fresh()
    usual = world.do().err
    lost, stopped = [], 0
    for number in range(STOPS):
        world.fresh()
        child = world.start()
        time.sleep(took * 1.1 * number / STOPS)
        child.send(signal.SIGINT)
        ended = child.end()
        stopped += ended.code == Interrupted.exit_code
        spoken = Result(ended.code, ended.out, ended.err.removeprefix(usual))
        for fault in (unspoken(spoken), world.judge(ended)):
            lost += [f"after {number}/{STOPS}: {fault}"] if fault else []
    told = [f"stopped; nothing was changed ({stopped} times), or done ({STOPS - stopped} times)"]
    tally.add(f"{deed.name}: Ctrl-C at any moment", STOPS, len(lost), told)
    assert lost == []


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_ctrl_c_between_any_two_steps_leaves_a_command_whole_or_absent(
    deed: Deed, world_of: Callable[..., World], tally: Tally
) -> None:
    """The steps are lines of Python, in the program and in the libraries, which may be tidying up just then."""
    world = world_of(deed)
    world.fresh()
    usual = world.start(step=0).end().err
    steps = range(1, int(world.nursery.steps.read_text("utf-8")) + 1)
    lost, stopped = [], 0
    for step in (chosen := evenly(steps, STEPS)):
        world.fresh()
        ended = world.start(step=step).end()
        stopped += ended.code == Interrupted.exit_code
        spoken = Result(ended.code, ended.out, ended.err.removeprefix(usual))
        for fault in (unspoken(spoken), world.judge(ended)):
            lost += [f"at step {step:,} of {len(steps):,}: {fault}"] if fault else []
    told = [f"stopped; nothing was changed ({stopped} times), or done ({len(chosen) - stopped} times)"]
    tally.add(f"{deed.name}: Ctrl-C between two steps of Python", len(chosen), len(lost), told)
    assert stopped > 0
    assert lost == []


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_ctrl_c_ends_a_page_in_words(book: Path, words: tuple[str, ...], tally: Tally) -> None:
    """A process as the shell starts it; before it reads the program's first line Ctrl-C is Python's own."""
    began = time.monotonic()
    assert stopped_after(HANGS_AFTER, words, book).code == 0
    took = time.monotonic() - began
    faults, said = [], Counter[str]()
    for number in range(STARTS):
        ended = stopped_after(took * number / STARTS, words, book)
        if fault := unspoken(ended):
            faults.append(f"after {number}/{STARTS}: {fault}")
        said[
            {0: "shown", 1: "Python was not yet there", -signal.SIGINT: "Python was not yet there"}.get(
                ended.code, "stopped; nothing was changed"
            )
        ] += 1
    told = [f"{what} ({times} times)" for what, times in sorted(said.items())]
    tally.add(f"{' '.join(words)}: Ctrl-C at any moment", STARTS, len(faults), told)
    assert faults == []


def stopped_after(seconds: float, words: tuple[str, ...], db: Path) -> Result:
    """Start a command, press Ctrl-C when so many seconds are over, and return how it ended."""
    with start(*words, db=db, today=TODAY) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            out, err = process.communicate(timeout=seconds)
            return Result(process.returncode, out, err)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANGS_AFTER)
    return Result(process.returncode, out, err)
