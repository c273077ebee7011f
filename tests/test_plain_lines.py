"""A line that is read without Typer means what Typer would have made of it: the same functions, given the same."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from improv import cli
from improv.commands import by_typer, directory, plainly, saved
from improv.commands.declared import REQUIRED, Argument, Command, Parameter
from improv.commands.desk import Desk, sit_down
from improv.commands.doors import with_custom_fields
from improv.commands.program import OPTIONS, hoisted
from improv.errors import Usage
from tests import drawn
from tests.run import run

CALM = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What stands in no declaration, or for something else than itself, and values of every kind.
ODD = (
    *(
        "",
        "-",
        "--",
        "-h",
        "--help",
        "--bogus",
        "-x",
        "-qx",
        "-o",
        "-o=page.csv",
        "--db",
        "--db=x",
        "--version",
    ),
    *("--format", "csv", "--force", "--form", "no-such-command", "list", "show", "=", "a=b", "ž\udcff"),
)
VALUES = (
    *("", "ada", "L1", "two words", "-", "--", "-5", "--on", "--on=fri", "x=y", "/no/such/file", "/", "\0"),
    *("0", "1", "7", " 7 ", "007", "+3", "1_000", "٣", "1.5", "100000", "100001", "1000001", "no", "yes"),
)
Called = list[tuple[str, str]]


def declared() -> Iterator[tuple[str, Command]]:
    """Yield every command with its words, those of the playbook's own fields, reports and lists among them."""
    for name, group in directory.groups():
        with_custom_fields(group, lambda: drawn.PLAYBOOK)
        if group.itself is not None:
            yield name, group.itself
        for verb, command in group.commands.items():
            yield name if group.only else f"{name} {verb}", command


EVERY = list(declared())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Called:
    """Give what was called, each with what it was given; nothing runs."""
    called: Called = []

    def hears(words: str) -> Any:
        return lambda *word, **told: called.append((words, repr((word, sorted(told.items())))))

    for words, command in EVERY:
        monkeypatch.setattr(command, "function", hears(words))
    monkeypatch.setattr(saved, "run", hears("list NAME"))
    for name in ("laid", "by_itself"):
        for room in (plainly, by_typer):
            monkeypatch.setattr(room, name, hears(name))
    return called


def typed(parameter: Parameter) -> SearchStrategy[list[str]]:
    """Draw a way to type a parameter: any value for it, joined to its word or apart; seldom without."""
    values = st.sampled_from(VALUES)
    if isinstance(parameter.typed, Argument):
        return values.map(lambda value: [value])
    words = st.sampled_from([word for both in parameter.typed.words for word in both.split("/")])
    if parameter.kind is bool:
        return words.map(lambda word: [word])
    return st.tuples(words, values, st.integers(0, 9)).map(
        lambda it: [f"{it[0]}={it[1]}"] if it[2] < 3 else [it[0], it[1]] if it[2] < 9 else [it[0]]
    )


@st.composite
def lines(draw: st.DrawFn, words: str, command: Command) -> list[str]:
    """Draw a line: a command, what it must be given, some of what it may, and seldom a word that is odd."""
    needed = [one for one in command.parameters if one.default is REQUIRED]
    further = [one for one in command.parameters if one not in needed]
    taken = [*needed, *draw(st.lists(st.sampled_from([*further, *further, *OPTIONS]), max_size=3))]
    parts = [draw(typed(one)) for one in taken]
    if draw(st.integers(0, 7)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), [draw(st.sampled_from(ODD))])
    parts = draw(st.permutations(parts))
    return [*words.split(), *(word for part in parts for word in part)]


def test_whatever_is_read_without_typer_is_what_typer_reads(heard: Called) -> None:
    """Of every command, with its options in any order, good and bad values, and fields of the user's own."""
    here = Desk({"IMPROV_CONFIG": str(drawn.CONFIG)}, cli.perform)
    sit_down(here)

    def says_the_same(line: list[str]) -> bool:
        words = [word for some in hoisted(line) for word in some]
        calls = plainly.read(words, here.playbook)
        if calls is None:
            return False
        heard.clear()
        for function, told in calls:
            function(**told)
        ours = heard.copy()
        heard.clear()
        assert by_typer.run(words) == 0, line
        assert heard == ours, line
        return True

    never_plain = []
    for words, command in EVERY:
        plain = list[bool]()
        of_it = given(lines(words, command))
        settings(CALM, max_examples=10)(of_it(lambda line: plain.append(says_the_same(line))))()  # noqa: B023 - run at once
        if not any(plain):
            never_plain.append(words)
    assert never_plain == ["list save"]


@pytest.mark.parametrize(
    "line", ["--nonsense", "lead", "lead ad Ada", "show", "alerts --all=yes", "history --limit few"]
)
def test_what_is_wrong_with_a_line_is_told_by_typer(line: str, tmp_path: Path) -> None:
    """Nothing of it is run, and the words are Typer's."""
    db = tmp_path / "improv.db"
    assert plainly.read(shlex.split(line), lambda: drawn.PLAYBOOK) is None
    assert run(*shlex.split(line), db=db).code == Usage.exit_code
    assert not db.exists()
