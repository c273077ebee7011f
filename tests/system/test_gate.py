"""One gate in front of every output: a store in which every text is an enemy's, and every command there is.

What is asked comes from the registry of commands and from the pages of `tests/test_two_clocks.py`; a new command, option
or column is asked by itself.
"""

import csv
import io
import json
import re
import shlex
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from unittest.mock import patch

import pytest
from markdown_it import MarkdownIt

from improv import playbook
from improv.commands import directory
from improv.commands.by_typer import built
from improv.commands.desk import Desk
from improv.report import Report, Table
from improv.show import FORMATS, render, render_table
from tests.hostile import HOSTILE, leaked, tomlled, typed
from tests.test_json_schema import VALIDATOR
from tests.test_show_formats import OURS, _Page
from tests.test_two_clocks import EARLIER, LATER, MONDAY, PAGES, desk_at

pytest_plugins = ("tests.enemy",)
pytestmark = pytest.mark.xdist_group("enemy")

# What of the characters that are asked about each format is made of.
MADE_OF = {"terminal": "\n", "plain": "\n\t", "csv": "\n\t", "markdown": "\n", "html": "\n\t", "json": "\n"}
# What Markdown of ours is made of.
MARKDOWN = {
    *("inline", "text", "text_special", "softbreak", "html_inline"),
    *(
        f"{part}_{end}"
        for part in (
            "heading",
            "paragraph",
            "strong",
            "bullet_list",
            "list_item",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        )
        for end in ("open", "close")
    ),
}
# What is no page of records, and shows an enemy's words all the same.
ALSO = (
    *(
        "mail list",
        "mail show 1",
        "doctor",
        "schedule show",
        "playbook list",
        "playbook show",
        "playbook diff solo",
    ),
    *(
        "event invite E1 --to a@b.example",
        "event confirm E1 --to a@b.example",
        "track draft D2 --to a@b.example",
    ),
)
# What a shell can pass: no NUL, and bytes that are no text as Python hands them over.
TYPED = [words for words in (*HOSTILE, "\udc80\udcff") if "\0" not in words]


class Page(NamedTuple):
    """What one command showed: in each format, and beside its pages."""

    command: str
    code: int
    shown: dict[str, str]
    out: str
    err: str


@pytest.fixture(scope="module")
def pages(enemy: Path, config: Path) -> list[Page]:
    """Give all that every command that looks shows, in every format."""
    found, book = list[Page](), playbook.load(*tomlled(config))
    shown: dict[str, str] = {}

    def show(_: Desk, report: Report) -> None:
        shown.update({form: render(report, form, colour=True) for form in FORMATS})

    def show_list(_: Desk, table: Table) -> None:
        shown.update({form: render_table(table, form, colour=True) for form in FORMATS})

    with (
        desk_at(f"{MONDAY}T18:30+00:00"),
        patch.multiple(Desk, show=show, show_list=show_list, playbook=lambda _: book),
    ):
        for command in (*PAGES, *ALSO):
            shown.clear()
            done = typed(enemy, config, *shlex.split(command))
            found.append(Page(command, done.code, dict(shown), done.out, done.err))
    return found


def test_no_page_lets_anything_of_an_enemy_be_obeyed(pages: list[Page]) -> None:
    """Every list, record and report, in every format: not a character of them is left but newlines, tabs and our colours."""
    leaks = {
        (page.command, form): found
        for page in pages
        for form, text in (page.shown | {"out": page.out, "err": page.err}).items()
        if (found := leaked(text.replace("\r\n", "\n"), kept=MADE_OF.get(form, "\n\t")))
    }
    assert leaks == {}
    assert [page.command for page in pages if "itself failed" in page.err] == []
    assert len([page for page in pages if page.shown]) > len(pages) * 0.9
    told = [page for page in pages if re.search(r"\\[xu][0-9a-f]{2}", page.shown.get("plain", ""))]
    assert len(told) > len(pages) / 3


def refuse_constant(word: str) -> NoReturn:
    """Refuse what JSON has no word for."""
    raise AssertionError(word)


def test_json_is_strict_for_every_page(pages: list[Page]) -> None:
    """ASCII, no NaN, no half of a letter, as another parser reads it too; and as the published schema has it."""
    with closing(sqlite3.connect(":memory:")) as other:
        for page in (page for page in pages if page.shown):
            text = page.shown["json"]
            read = json.loads(text, parse_constant=refuse_constant)
            assert text.isascii(), page.command
            json.dumps(read, ensure_ascii=False).encode("utf-8")
            assert other.execute("SELECT json_valid(?)", (text,)).fetchone() == (1,), page.command
    for page in pages[::9]:
        if page.shown:
            assert next(VALIDATOR.iter_errors(json.loads(page.shown["json"])), None) is None, page.command


def test_no_cell_of_any_csv_is_a_formula(pages: list[Page]) -> None:
    """A spreadsheet finds rows of one length, and a sign in front of numbers alone."""
    for page in (page for page in pages if page.shown.get("csv")):
        header, *rows = csv.reader(io.StringIO(page.shown["csv"]))
        assert {len(row) for row in rows} <= {len(header)}, page.command
        for cell in (cell for row in (header, *rows) for cell in row):
            assert cell[:1] not in tuple("=+-@\t\r\n＝＋－＠") or re.fullmatch(r"-\d+(\.\d+)?", cell), (
                page.command,
                cell,
            )


def test_nothing_in_data_is_an_element_of_a_web_page(pages: list[Page]) -> None:
    """Every tag is one of ours, with attributes of ours; there is no link, no picture, no script to follow."""
    for shown in (page for page in pages if page.shown):
        page = _Page(shown.shown["html"])
        assert set(page.tags) <= OURS, shown.command
        assert not {name for _, name, _ in page.attributes} & {"src", "href", "srcset", "action"}, (
            shown.command
        )
        assert not [name for _, name, _ in page.attributes if name.startswith("on")], shown.command


def test_markup_in_data_stays_what_was_typed(pages: list[Page]) -> None:
    """On a terminal and in a pipe no tag of Rich is taken away, and no smile is drawn."""
    for page in (page for page in pages if page.shown):
        for form in ("terminal", "plain"):
            shown = "".join(page.shown[form].split())
            assert shown.count("loud") == len(re.findall(r"\[red\](?:\x1b\[\d+m)?loud", shown)), (
                page.command,
                form,
            )
            assert "😄" not in shown


def test_markup_in_data_is_no_markdown(pages: list[Page]) -> None:
    """A parser of it finds headings, tables, lists and what we make bold; no HTML, no code, no link."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for page in [page for page in pages if page.shown][::4]:
        found = parser.parse(page.shown["markdown"])
        inside = [part for one in found for part in one.children or ()]
        html = {one.content for one in inside if one.type == "html_inline"}
        assert html <= {"<br>"}, page.command
        assert {one.type for one in (*found, *inside)} <= MARKDOWN, page.command


# What is typed, given and read.


def commands() -> Iterator[tuple[list[str], Any]]:
    """Yield every command there is, as its words and what Typer made of it."""
    for name, (module, _) in (
        (name, it) for group in directory.COMMANDS.values() for name, it in group.items()
    ):
        made = built(import_module(f"improv.commands.{module}").APPS[name])
        for verb, command in getattr(made, "commands", {"": made}).items():
            yield [name, verb] if verb else [name], command


class _Ones:
    """Stands for the numbers of records in a line of `tests/test_two_clocks.py`: it is always the first."""

    def __getitem__(self, _: object) -> int:
        return 1


def examples() -> dict[str, list[str]]:
    """Return how each command that writes may be typed."""
    lines = [line.format_map(defaultdict(_Ones)) for line in (EARLIER + LATER).splitlines() if line]
    typed = [shlex.split(line) for line in reversed(lines)]
    return {name: words for words in typed for name in (words[0], " ".join(words[:2]))}


def typed_by_an_enemy(every: int = 9) -> Iterator[list[str]]:
    """Yield command lines: each command as it may be typed, and a hostile word after it and for some of its options."""
    words, known = cycle(TYPED), examples()
    for place, (command, made) in enumerate(commands()):
        begun = known.get(" ".join(command), command)
        options = [one.opts[0] for one in made.params if one.opts[0].startswith("--") and not one.is_flag]
        yield begun
        yield [*command, next(words)]
        for option in [*options, "--nothing-of-the-kind"][place % every :: every]:
            yield [*begun, option, next(words)]


def test_what_is_typed_is_shown_as_text_in_every_answer(
    enemy: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command that writes on the enemy's book, and a hostile word for some of the options of each."""
    monkeypatch.chdir(tmp_path)
    db, leaks, codes = Path(shutil.copy(enemy, tmp_path / "improv.db")), {}, Counter[int]()
    book = playbook.load(*tomlled(config))
    with desk_at(f"{MONDAY}T18:30+00:00"), patch.object(Desk, "playbook", lambda _: book):
        for words in typed_by_an_enemy():
            done = typed(db, config, *words, extra={"PATH": ""})
            codes[done.code] += 1
            if found := leaked(done.out.replace("\r\n", "\n"), kept="\n\t") + leaked(done.err):
                leaks[shlex.join(words)] = found
            assert "itself failed" not in done.err, (words, done.err)
    assert codes[0] > 50
    assert codes[2] > 100
    assert leaks == {}


# One bad record hides no other.

SPOILT = {
    "lead": ("name = CAST(x'41ff42' AS TEXT)", "L1\tA\\xffB\t"),
    "opportunity_terms": ("value = 'much'", "\tmuch\t"),
    "event": ("scheduled_for = '9999-99-99'", "\t9999-99-99"),
    "client": ("since_on = ''", "C1\t"),
    "task": ("what = x'00ff'", "\t00ff\t"),
}
LIST_OF = {"opportunity_terms": "opportunity"}


def spoilt(clean: Path, to: Path, table: str) -> Path:
    """Copy a store and spoil a record of it behind the back of all rules and triggers."""
    db = Path(shutil.copy(clean, to))
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(f"DROP TRIGGER journal_{table}_update")
        connection.execute(f"UPDATE {table} SET {SPOILT[table][0]} WHERE id = 1")
    return db


@pytest.mark.parametrize("table", SPOILT)
def test_a_bad_record_hides_no_other(table: str, clean: Path, config: Path, tmp_path: Path) -> None:
    """Bytes that are no text, words where a number is, a day there is not: it stands in its list as it is, among all."""
    db = spoilt(clean, tmp_path / "improv.db", table)
    noun = LIST_OF.get(table, table)
    for form in FORMATS:
        done = typed(db, config, noun, "list", "--format", form)
        assert (done.code, done.err) == (0, "")
    rows, before = (typed(book, config, noun, "list").out.splitlines() for book in (db, clean))
    assert len(rows) == len(before)
    assert any(SPOILT[table][1] in row for row in rows)
    assert len(set(rows) - set(before)) == 1


@pytest.mark.parametrize(("table", "page"), [("opportunity_terms", "report pipeline"), ("event", "show E1")])
def test_a_page_that_cannot_be_made_says_which_record_is_at_fault(
    table: str, page: str, clean: Path, config: Path, tmp_path: Path
) -> None:
    """Whatever failed on it; and nothing is called a fault of the program."""
    done = typed(spoilt(clean, tmp_path / "improv.db", table), config, *page.split())
    assert (done.code, done.told) == (
        5,
        [
            "improv: the store cannot be read: 1 record is not as the journal left it",
            f"  at fault: {table} 1",
            "  to mend:  improv doctor",
        ],
    )
