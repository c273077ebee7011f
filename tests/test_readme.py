"""The README's console blocks are sessions: they are typed as they stand, and must answer as they say."""

import re
import shlex
from pathlib import Path

import pytest

from tests.run import run

README = Path(__file__).parents[1] / "README.md"
MONDAY = "2026-11-23"


def sessions(page: Path) -> list[tuple[str, str]]:
    """Return each command of a page's console blocks with the answer that stands below it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = typed.partition("\n")
            found.append((command, answer))
    return found


def test_the_console_blocks_answer_as_they_say(tmp_path: Path) -> None:
    """One new user, one new store, from the first block to the last."""
    typed = sessions(README)
    assert len(typed) > 5
    for command, answer in typed:
        program, *arguments = shlex.split(command)
        assert program == "improv"
        result = run(*arguments, db=tmp_path / "improv.db", today=MONDAY)
        assert (result.out, result.err, result.code) == (answer, "", 0), command


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_readmes_two_commands_are_targets_of_the_makefile(target: str) -> None:
    """`make demo` and `make test` are what the README promises."""
    assert f"make {target}" in README.read_text("utf-8")
    assert f"\n{target}:" in (README.parent / "Makefile").read_text("utf-8")
