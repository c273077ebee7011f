"""The method is data: nothing of it stands in code, and another funnel is another file."""

import ast
from pathlib import Path

import pytest

import improv
from improv import playbook
from improv.nouns import BY_TABLE
from improv.playbook.compiled import SHIPPED
from tests.run import run

CODE = [
    path
    for path in sorted(Path(improv.__file__).parent.rglob("*.py"))
    if path.parent.name != "playbooks"
    and path.name != "tree.py"  # written by the program, of the playbook and of itself
]

# Words that are also names of our own: nouns of records, fields, reports, words of the records' statuses, kinds of a
# playbook entry.
OURS = {
    *BY_TABLE,
    *("campaign", "email", "note", "other", "product", "service", "price", "web", "print", "website"),
    *("buyer", "influencer", "results", "demo", "presentation", "industry", "discovery", "chat"),
}


def keys_of_the_method() -> set[str]:
    """Return every key and name that a playbook which is shipped gives a stage, source, kind or track."""
    books = [playbook.load(file.stem) for file in SHIPPED.glob("*.toml")]
    assert len(books) > 2
    lists = ("stages", "event_kinds", "sources", "visit_kinds", "activity_kinds", "campaign_types", "tracks")
    entries = [entry for book in books for name in lists for entry in getattr(book, name)]
    words = {entry.key for entry in entries} | {entry.name for entry in entries}
    return {word for word in words if word.casefold() not in OURS}


def strings_of(path: Path) -> list[tuple[int, str]]:
    """Return the strings of a module, its documentation and help left out."""
    tree = ast.parse(path.read_text("utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


def test_no_stage_source_or_kind_of_the_playbook_stands_in_code() -> None:
    """A string that is a key or a name of the method, alone or quoted in SQL, is a stray."""
    method = keys_of_the_method()
    strays = [
        f"{path.name}:{line}: {word}"
        for path in CODE
        for line, text in strings_of(path)
        for word in method
        if text == word or f"'{word}'" in text
    ]
    assert strays == []


def test_no_limit_or_target_of_the_playbook_stands_in_sql() -> None:
    """Queries bind the method's numbers: none of them is written into one."""
    book = playbook.load()
    numbers = {str(number) for number in book.limits.values() if number > 3}
    numbers |= {str(target.bound) for target in book.targets.values() if target.bound > 3}
    numbers |= {str(n) for stage in book.stages for n in (stage.warning_after, stage.critical_after) if n}
    numbers -= {"100", "24", "60"}  # of a percentage, hours of a day, minutes of an hour
    queries = [
        (path, line, text)
        for path in CODE
        if path.parts[-2] in {"alerts", "metrics", "reports", "listings"} or path.name == "todo.py"
        for line, text in strings_of(path)
        if " FROM " in f" {' '.join(text.split())} " or " WHERE " in f" {' '.join(text.split())} "
    ]
    assert queries
    strays = [
        f"{path.name}:{line}: {number}"
        for path, line, text in queries
        for number in numbers
        if number in text.replace("(", " ").replace(")", " ").replace(",", " ").split()
    ]
    assert strays == []


FUNNEL = """
[playbook]
key = "bakery"
title = "A bakery's wholesale funnel"
extends = "improv"
replace = ["stage", "event_kind"]

[stage.tasting]
name = "Tasting"
days = [1, 3]
warning_after = 4
critical_after = 6
probability = 20
discovery = true
key_event = "sampling"
advances_to = ["order"]

[stage.order]
name = "First order"
days = [2, 5]
warning_after = 8
critical_after = 12
probability = 60
may_close = true

[stage.standing]
name = "Standing order"
after_sale = true

[event_kind.sampling]
name = "sampling"
gap = [1, 3]
sales = true
stage = "tasting"

[event_kind.delivery]
name = "delivery"
gap = [1, 2]
visit = true
"""


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """Write a playbook with a funnel of its own, and settings that use it."""
    (tmp_path / "bakery.toml").write_text(FUNNEL, "utf-8")
    config = tmp_path / "config.toml"
    config.write_text('[playbook]\nuse = "bakery.toml"\n', "utf-8")
    return config


def test_a_funnel_of_its_own_gets_a_right_weekly_report(tmp_path: Path, bakery: Path) -> None:
    """Two deals at 20 and 60 percent, one won in the week: worked by hand."""

    def type_in(*words: str, today: str) -> str:
        result = run(*words, db=tmp_path / "improv.db", today=today, config=bakery)
        assert result.code == 0, result.err
        return result.out

    for name in ("Corner Cafe", "Grand Hotel", "Night Kiosk"):
        type_in("lead", "add", name, "--source", "walk-in", today="2026-11-16")
        type_in("opp", "add", name, "--value", "1000", today="2026-11-16")
    type_in(
        "event", "schedule", "grand", "sampling", "+2d", "--anticipated-stage", "order", today="2026-11-16"
    )
    type_in("event", "done", "grand", "--next", "order", today="2026-11-18")
    type_in("opp", "move", "night", "order", today="2026-11-18")
    type_in("opp", "won", "night", today="2026-11-20")
    lines = type_in("report", "weekly", "--format", "plain", today="2026-11-20").splitlines()
    assert "Tasting\t1\t1000.00\t200.00" in lines
    assert "First order\t1\t1000.00\t600.00" in lines
    assert "all open\t2\t2000.00\t800.00" in lines
    assert "Standing order (active clients)\t1\t–\t–" in lines
    won = next(line for line in lines if line.startswith("Win rate from discovery\t"))
    assert won.split("\t")[1] == "33.3333% (1 of 3)"
    gap = next(line for line in lines if line.startswith("Set-to-scheduled gap\t"))
    assert gap.split("\t")[1] == "2.000000"
    assert any(line.startswith("2026-11-20\tO3 Night Kiosk\twon") for line in lines)
