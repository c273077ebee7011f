"""The page docs/performance.md, from what `make bench` measures.

`python -m bench.page [PART …]` measures some parts anew, all of them by default; the others keep what they say, with the
day and the machine they were measured on.
"""

import argparse
import importlib.util
import os
import platform
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from bench import stores
from bench.installed import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
HEAD: Final = """# How fast it is

Monday, 7:40, before the first call: `improv` shows today's page, TAB finishes a name, `improv lead add` takes a card from
your pocket. None of them should make you wait, and none should be slower in three years than today. This page says what each
costs, at sizes from a first month to a team's ten years, beside other programs and beside hand-written SQL, and where a
figure misses what was promised, and why.

Times are told as multiples of starting Python and doing nothing, `python -c pass`, because that is the least a program in
Python can cost, and because such a multiple is about the same on your machine as on this one. Ten times is a tenth of a
second, which feels like at once. `improv --timings` before any command says where its own time went.
"""
TAIL: Final = """## To run it again

`make bench` measures all of it and writes this page anew; it needs Debian or a machine with taskwarrior and hledger, the
`sqlite3` shell, PyPI, and about an hour on two cores, and more the first time, when it makes two stores of a million events.
`make bench PARTS="startup peers"` measures some parts and leaves the others as they are. All of it stays in `build/bench`.
"""
_SECTION: Final = re.compile(r"<!-- (\w+) -->\n(.*?)(?=\n<!-- |\n## To run it again)", re.DOTALL)


class Part(NamedTuple):
    """A part of the page: the module that prints it, and whether it is told the large store."""

    name: str
    on_the_big_store: bool = False


PARTS: Final = (
    Part("startup"),
    Part("peers"),
    Part("size", on_the_big_store=True),
    Part("past", on_the_big_store=True),
    Part("flat", on_the_big_store=True),
    Part("intake"),
    Part("indices", on_the_big_store=True),
)
NAMES: Final = tuple(part.name for part in PARTS)


def kept(page: str) -> dict[str, str]:
    """Return the sections of a page as it was, by part."""
    return {name: text.strip() for name, text in _SECTION.findall(page)}


def page(sections: Mapping[str, str]) -> str:
    """Return the page: its sections in the order of the parts, each behind a comment by which it is found again."""
    told = (f"<!-- {name} -->\n{sections[name]}\n" for name in NAMES if name in sections)
    return "\n".join((HEAD, *told, TAIL))


def dated(text: str, measured: str) -> str:
    """Return a section with a line beneath its heading that says when and on what it was measured."""
    heading, _, rest = text.strip().partition("\n")
    return f"{heading}\n\n*{measured}.*\n{rest}"


def machine() -> str:
    """Return the day, and what kind of machine this is: no name of it, and nothing of who works on it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%-d %B %Y}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )


def measured(part: Part) -> str:
    """Return what a part prints; raises `CalledProcessError` where it fails."""
    words = [sys.executable, "-m", f"bench.{part.name}"]
    if part.on_the_big_store:
        words.append(str(stores.store(stores.BIG)))
    began = time.monotonic()
    printed = subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    _say(f"{part.name}: measured in {time.monotonic() - began:.0f} s")
    return printed


def main(names: Sequence[str]) -> int:
    """Measure these parts, and write the page; the exit code says whether one failed."""
    failed = False
    for part in PARTS:
        if part.name not in names:
            continue
        if importlib.util.find_spec(f"bench.{part.name}") is None:
            _say(f"{part.name}: left out, for there is no bench/{part.name}.py")
            continue
        on = machine()
        try:
            text = dated(measured(part), on)
        except subprocess.CalledProcessError:
            _say(f"{part.name}: failed, and stands in the page as it was")
            failed = True
            continue
        # Written at once: what took minutes is kept, whatever comes after it.
        sections = kept(PAGE.read_text("utf-8")) if PAGE.exists() else {}
        PAGE.write_text(page({**sections, part.name: text}), "utf-8")
    return int(failed)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("parts", nargs="*", metavar="PART", help=", ".join(NAMES))
    chosen = asks.parse_args().parts or NAMES
    if unknown := set(chosen).difference(NAMES):
        asks.error(f"there is no part {min(unknown)}; there are {', '.join(NAMES)}")
    sys.exit(main(chosen))
