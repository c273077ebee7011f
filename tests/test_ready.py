"""What is answered before anything is loaded: as Typer would have answered, or not at all."""

import io
import os
import sys
from pathlib import Path

import pytest

from improv.commands import by_typer, ready
from improv.commands.desk import Desk, sit_down
from improv.commands.tree import ALIASES, COMMANDS, GROWING

AT_80 = {"COLUMNS": "80", "HOME": "/no-such-home"}
CALLED_SHORT = [
    path.replace(whole, short, 1)
    for short, whole in ALIASES.items()
    for path in COMMANDS
    if path.startswith(whole)
]


@pytest.mark.parametrize("path", ["", "lead", "report", "lead add", "metric", *CALLED_SHORT])
def test_a_page_of_help_is_the_one_that_typer_writes(
    path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both words for it; a command that is called by its short name is called so in its page, too."""
    monkeypatch.setenv("COLUMNS", "80")
    sit_down(Desk({"IMPROV_CONFIG": os.devnull}, lambda _, __: 0))
    pages = set()
    for asked in ("--help", "-h"):
        assert ready.answer([*path.split(), asked], AT_80) == 0
        pages.add(capsys.readouterr().out)
    assert by_typer.run([*path.split(), "--help"]) == 0
    assert pages == {capsys.readouterr().out}


@pytest.mark.parametrize(
    "words", ["", "lead", "lead ad --help", "--help lead", "lead --help --version", "--vers"]
)
def test_nothing_else_is_answered_at_once(words: str) -> None:
    """What is not exactly one of the commands with the word for help, nor the version."""
    assert ready.answer(words.split(), AT_80) is None


def test_a_page_that_would_be_another_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow terminal, in letters that cannot write it, and where the user's settings may add to what it shows."""
    assert ready.answer(["lead", "--help"], AT_80 | {"COLUMNS": "79"}) is None
    for grown in ("lead add", "report", "log"):
        assert grown in GROWING
        assert ready.answer([*grown.split(), "--help"], AT_80 | {"IMPROV_CONFIG": "some.toml"}) is None
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert ready.answer(["lead", "--help"], AT_80) is None


def test_settings_where_they_stand_by_themselves_are_heeded(tmp_path: Path) -> None:
    """Below XDG_CONFIG_HOME, else below the home folder, as every command finds them."""
    (tmp_path / ".config" / "improv").mkdir(parents=True)
    for variable, folder in (("HOME", tmp_path), ("XDG_CONFIG_HOME", tmp_path / ".config")):
        assert ready.answer(["lead", "add", "--help"], AT_80 | {variable: str(folder)}) is None
