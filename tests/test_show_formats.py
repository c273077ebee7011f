"""A report for other programs and other people: CSV, Markdown, a web page, and files of them."""

import csv
import io
import re
import stat
from datetime import date, time
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from improv.report import (
    Block,
    Cell,
    Column,
    Days,
    Facts,
    Kind,
    Money,
    Notes,
    Percent,
    Ref,
    Report,
    Score,
    Scorecard,
    Section,
    Severity,
    Share,
    Table,
    Timeline,
    Trend,
)
from improv.show import FORMATS, render, render_table
from improv.text import shown
from tests.charts import FORMS, hostile_chart
from tests.run import run
from tests.session import must

DEALS = Table(
    "deals",
    "Deals",
    (
        Column("deal", "Deal", "ref"),
        Column("value", "Value", "money"),
        Column("close", "Close", "day"),
        Column("chance", "Chance", "number"),
        Column("kept", "Kept", "share"),
        Column("trend", "Trend", "trend"),
    ),
    (
        (
            Ref("O7", "Acme, Ltd"),
            Money(1250000),
            date(2026, 11, 24),
            Percent(63),
            Share(3, 8),
            Trend((1, 2.5, None, 4)),
        ),
        (Ref("O12", "東京"), Money(-9950), None, None, Share(0, 0), Trend(())),
    ),
    note="Two deals.",
)
STAGES = Table(
    "stages",
    "Stages",
    (Column("stage", "Stage"), Column("open", "Open", "number"), Column("value", "Value", "money")),
    (("Intro", 1, Money(5000)), ("Proposal", 4, Money(20000)), ("Realign", 0, None)),
)
NOTHING = Table("overdue", "Overdue", (Column("task", "Task"),), (), empty="No follow-up is overdue.")
CARD = Scorecard(
    "week",
    "Scorecard",
    (
        Score("leads", "New leads", 14, None, None, "≥ 10", "on target", "+3", (8, None, 14)),
        Score(
            "win", "Win rate", None, Share(6, 16), (0.1848, 0.6136), "", "too few to tell", "", (), "3 open"
        ),
        Score("stay", "Days in Proposal", Days(13.5), None, (9, None), "< 5 d", "above target"),
    ),
)
RECORD = (
    Facts("fields", "Facts", (("Title", "one\ntwo"), ("Closes", None))),
    Timeline(
        "history",
        "History",
        (
            (date(2026, 11, 3), None, None, "opened"),
            (date(2026, 11, 5), time(15, 0), Ref("E9", "discovery"), "held"),
        ),
    ),
    Notes(("1. A sentence.",)),
)
WEEKLY = Report(
    "weekly",
    "Weekly report",
    "Week 47",
    (
        Section("Scorecard", (CARD,)),
        Section("Ahead", (DEALS, STAGES, NOTHING)),
        Section("O7", RECORD),
    ),
    date(2026, 11, 22),
    (date(2026, 11, 16), date(2026, 11, 22)),
    ("Whole days.",),
)
HOSTILE = (
    "=1+1",
    "+49 30 1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "\t=1",
    "\n=1",
    "'=1",
    "''",
    'say "hi", you',
    "two\nlines",
    "<script>alert(1)</script>",
    "</style><img src=x onerror=y>",
    "a | b \\| c \\",
    "[x](http://e.example) `code` *b* _i_ ~~s~~ ![i](j)",
    "&lt; &amp; $x$",
    "# no heading",
    "- no list",
    "12. no list",
    "\x1b[31mred",
    "\u202eevil",
    "",
)


def listed(*cells: Cell) -> Table:
    """Make a list of one column."""
    return Table("names", "Names", (Column("name", "Name"),), [(cell,) for cell in cells])


def rows(page: str) -> list[dict[str, str]]:
    """Read CSV as any program would."""
    return list(csv.DictReader(io.StringIO(page, newline="")))


def told(row: dict[str, str]) -> dict[str, str]:
    """Return what a row says, without its empty cells."""
    return {key: value for key, value in row.items() if value}


# CSV


def test_a_list_as_csv_has_its_keys_and_every_digit() -> None:
    assert render_table(DEALS, "csv").splitlines() == [
        "deal,deal_name,value,close,chance,kept,kept_hits,kept_of,trend",
        'O7,"Acme, Ltd",12500.00,2026-11-24,63,0.375,3,8,1;2.5;;4',
        "O12,東京,-99.50,,,,0,0,",
    ]


def test_an_empty_list_as_csv_is_its_header() -> None:
    assert render_table(NOTHING, "csv") == "task\n"
    assert render_table(DEALS._replace(rows=()), "csv") == render_table(DEALS, "csv").splitlines()[0] + "\n"


def test_a_report_as_csv_is_one_rectangle() -> None:
    page = render(WEEKLY, "csv")
    assert len({len(line) for line in csv.reader(io.StringIO(page, newline=""))}) == 1
    found = rows(page)
    assert [told(row) for row in found if row["block"] == "report"] == [
        {"block": "report", "name": name, "value": value}
        for name, value in (
            ("report", "weekly"),
            ("title", "Weekly report"),
            ("subtitle", "Week 47"),
            ("first", "2026-11-16"),
            ("last", "2026-11-22"),
            ("as_of", "2026-11-22"),
        )
    ]
    assert [told(row) for row in found if row["block"] == "week"][1:] == [
        {
            "section": "Scorecard",
            "block": "week",
            "metric": "win",
            "title": "Win rate",
            "value": "0.375",
            "value_hits": "6",
            "value_of": "16",
            "low": "0.1848",
            "high": "0.6136",
            "verdict": "too few to tell",
            "note": "3 open",
        },
        {
            "section": "Scorecard",
            "block": "week",
            "metric": "stay",
            "title": "Days in Proposal",
            "value": "13.5",
            "low": "9",
            "target": "< 5 d",
            "verdict": "above target",
        },
    ]
    assert [told(row) for row in found if row["section"] == "O7"] == [
        {"section": "O7", "block": "fields", "name": "Title", "value": "one\ntwo"},
        {"section": "O7", "block": "fields", "name": "Closes"},
        {"section": "O7", "block": "history", "day": "2026-11-03", "text": "opened"},
        {
            "section": "O7",
            "block": "history",
            "day": "2026-11-05",
            "time": "15:00",
            "record": "E9",
            "record_name": "discovery",
            "text": "held",
        },
        {"section": "O7", "block": "notes", "text": "1. A sentence."},
    ]
    assert told(found[-1]) == {"block": "notes", "text": "Whole days."}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_of_csv_is_a_formula_and_each_gives_its_text_back(name: str) -> None:
    (row,) = rows(render_table(listed(name), "csv")) or [{"name": ""}]
    assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\n", "＝"))
    assert row["name"].removeprefix("'") == shown(name, keep_newlines=True)


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_comes_back_from_csv(name: str) -> None:
    (row,) = rows(render_table(Table("t", "", (Column("n", ""), Column("m", "")), [(name, 1)]), "csv"))
    assert row["n"].removeprefix("'") == shown(name, keep_newlines=True)
    assert row["m"] == "1"


# Markdown


def test_a_report_as_markdown() -> None:
    assert render(WEEKLY, "markdown") == MARKDOWN.removeprefix("\n")


class _Cells(HTMLParser):
    """The texts of a page's elements of one name."""

    def __init__(self, element: str) -> None:
        super().__init__()
        self.element, self.texts, self.inside = element, [""], False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self.element:
            self.inside = True
            self.texts.append("")
        elif tag == "br" and self.inside:
            self.texts[-1] += "\n"
        elif self.inside:
            raise AssertionError((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != self.element

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[-1] += data


def texts(page: str, element: str) -> list[str]:
    """Return the texts of a page's elements of one name; there is nothing but text in them."""
    cells = _Cells(element)
    cells.feed(page)
    return cells.texts[1:]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip() == name])
def test_hostile_names_in_markdown_are_text(name: str) -> None:
    """A parser of Markdown finds what was typed, in a table, in a heading and in a sentence."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    safe = shown(name, keep_newlines=True)
    assert texts(parser.render(render_table(listed(name, "x"), "markdown")), "td") == [safe, "x"]
    page = Report("r", name or "R", "", (Section("S", (Notes((name,)),)),), date(2026, 1, 1))
    made = parser.render(render(page, "markdown"))
    assert texts(made, "h1") == [safe or "R"]
    assert texts(made, "p")[1:] == ([safe] if safe else [])


# The web page


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "h1",
        "h2",
        "h3",
    ),
    *("p", "div", "span", "small", "time", "dl", "dt", "dd", "ol", "li"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "path", "circle", "line"),
    *("figure", "desc", "rect", "text", "tspan"),
}


def test_a_page_is_well_formed_and_asks_nothing_of_the_network() -> None:
    written = render(WEEKLY, "html")
    page = _Page(written)
    assert set(page.tags) <= OURS
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert ("html", "lang", "en") in page.attributes
    assert not {name for _, name, _ in page.attributes} & {"src", "href", "srcset", "action"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in written
    assert "@import" not in written
    assert "://" not in written


def test_a_page_says_its_structure() -> None:
    page = _Page(render(WEEKLY, "html"))
    headings = [tag for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert " ".join(headings) == "h1 h2 h2 h3 h3 h3 h2 h3 h3"
    assert page.tags.count("caption") == page.tags.count("table") == 3
    assert page.tags.count("th") == sum(name == "scope" for _, name, _ in page.attributes)
    assert page.tags.count("svg") == page.tags.count("title") - 1


def test_charts_say_in_words_what_they_show() -> None:
    written = render(WEEKLY, "html")
    assert "<title>trend, oldest first: 8, nothing, 14</title>" in written
    assert "<title>38%, between 18% and 61%</title>" in written
    assert '<span class="said poor">above target</span>' in written


def test_the_bars_of_a_short_table_are_parts_of_the_largest_figure_of_their_kind() -> None:
    """One, four and none; 50 and 200; a table that begins with records has no bars."""
    assert re.findall(r"--part:([\d.]+%)", render_table(STAGES, "html")) == [
        "25.0%",
        "25.0%",
        "100.0%",
        "100.0%",
        "0.0%",
    ]
    assert "--part:" not in render_table(DEALS, "html")
    assert "--part:" not in render_table(STAGES._replace(rows=[STAGES.rows[0]] * 13), "html")


@pytest.mark.parametrize(
    ("columns", "row", "layout"),
    [
        ("text number number", ("Intro", 1, 2), "figures"),
        ("text" + 10 * " number", ("Intro", *(10 * [1_000_000])), "figures wide"),
        ("day text", (date(2026, 11, 3), "a rather long subject"), ""),
        ("day text ref", (date(2026, 11, 3), "a rather long subject", Ref("O12", "Acme, Ltd")), "records"),
        ("ref" + 6 * " text", (Ref("O12", "Acme, Ltd"), *(6 * ["a rather long subject"])), "records wide"),
    ],
)
def test_what_is_too_wide_for_a_phone_or_for_paper_is_set_as_blocks_there(
    columns: str, row: tuple[Cell, ...], layout: str
) -> None:
    """Figures under names scroll on a phone instead; on paper nothing does."""
    kinds = cast("list[Kind]", columns.split())
    made = Table("t", "T", tuple(Column(str(at), f"C{at}", kind) for at, kind in enumerate(kinds)), (row,))
    page = render_table(made, "html")
    assert re.findall(r'<div class="block ?([^"]*)">', page) == [layout]
    assert re.findall('data-title="(.*?)"', page) == [f"C{at}" for at in range(1, len(kinds))]


def test_a_day_and_an_option_stay_whole_when_a_line_is_broken() -> None:
    """Names with hyphens may be broken."""
    mended = Table("m", "M", (Column("m", "M", "command"),), (("improv lead edit L-9 --on 2026-11-03",),))
    assert re.findall('<span class="whole">(.*?)</span>', render_table(mended, "html")) == [
        "--on",
        "2026-11-03",
    ]


def test_a_scorecard_names_only_the_columns_in_which_it_says_something() -> None:
    """The columns stay, so that all scorecards of a page line up."""
    card = Scorecard("s", "S", (Score("leads", "New leads", 14, target="≥ 10 (2 a day)"),))
    page = render(WEEKLY._replace(sections=(Section("", (card,)),)), "html")
    assert re.findall("<th scope=.col.*?>(.*?)</th>", page) == ["Metric", "Value", "", "Target", "", "", ""]
    assert '<td class="target">≥ 10<small>2 a day</small></td>' in page


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_a_page_are_text_wherever_they_stand(name: str) -> None:
    ref = Ref("L1", name)
    blocks: tuple[Block, ...] = (
        Table(name, name, (Column("a", name, "ref"), Column("b", name)), [(ref, name)], note=name),
        Table(name, name, (), (), empty=name),
        Scorecard(name, name, (Score(name, name, name, None, None, name, name, name, (), name),)),
        Facts(name, name, ((name, name),)),
        Timeline(name, name, ((date(2026, 1, 1), None, ref, name),)),
        Notes((name,)),
        *(hostile_chart(name, form) for form in FORMS),
    )
    page = Report(
        "r", name, name, (Section(name, blocks), Section("", blocks)), date(2026, 1, 1), None, (name,)
    )
    made = _Page(render(page, "html"))
    assert set(made.tags) <= OURS
    assert made.text.count(shown(name, keep_newlines=True)) >= 20
    assert not {"\x1b", "\u202e"} & set(made.text)


def test_a_page_for_an_output_without_unicode_is_ascii_and_says_the_same() -> None:
    page = render(WEEKLY, "html", unicode=False)
    assert page.isascii()
    assert "東京" in _Page(page).text


@pytest.mark.parametrize(
    ("subtitle", "last", "said"),
    [
        ("2026-11-20", 20, "2026-11-20 · as of 2026-11-23"),
        ("why it changed", 20, "why it changed · 2026-11-20 · as of 2026-11-23"),
        ("2026-W47", 22, "2026-W47 · 2026-11-20 to 2026-11-22 · as of 2026-11-23"),
    ],
)
def test_a_page_about_one_day_names_it_once(subtitle: str, last: int, said: str) -> None:
    """The daily report named it three times, one beside the other."""
    period = (date(2026, 11, 20), date(2026, 11, last))
    page = Report("r", "R", subtitle, (), date(2026, 11, 23), period)
    assert render(page, "terminal").splitlines()[1] == said
    assert said in render(page, "markdown").splitlines()
    assert said in re.sub("<[^>]+>", "", render(page, "html"))


def test_severity_and_an_empty_table_are_words() -> None:
    flags = Table("f", "F", (Column("s", "S", "severity"),), ((Severity("critical"),),))
    assert '<span class="said poor">critical</span>' in render_table(flags, "html")
    assert "<p>No follow-up is overdue.</p>" in render_table(NOTHING, "html")


def _colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", style))


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) > 4 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1, 2])
def test_every_colour_of_a_word_stands_out_from_the_paper(theme: int) -> None:
    """Light, dark and print: at least 4.5 to 1."""
    found = _colours(re.findall(r":root \{(.*?)\}", render(WEEKLY, "html"), re.DOTALL)[theme])
    for name in ("ink", "soft", "accent", "good", "poor", "wary"):
        low, high = sorted((_light(found[name]), _light(found["paper"])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, name


# Files


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Give a book with one lead."""
    db = tmp_path / "improv.db"
    must("lead add Ada --source web", db)
    return db


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("week.csv", "section,block"),
        ("week.md", "# Weekly report"),
        ("week.HTML", "<!doctype html>"),
        ("week.json", "{"),
        ("week.txt", "# Weekly report"),
    ],
)
def test_a_report_in_a_file_takes_its_format_from_the_suffix(name: str, begins: str, book: Path) -> None:
    file = book.parent / name
    result = run("report", "weekly", "-o", file, db=book)
    assert (result.code, result.out, result.err) == (0, "", f"written: {file}\n")
    assert file.read_text("utf-8").startswith(begins)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(book.parent.glob("*.part"))


def test_a_file_in_another_format_than_its_name_says(book: Path) -> None:
    file = book.parent / "leads"
    assert run("--format", "csv", "lead", "list", f"--output={file}", db=book).code == 0
    assert file.read_text("utf-8").splitlines()[1].startswith("L1,")


def test_a_file_that_is_there_is_kept_unless_forced(book: Path) -> None:
    file = book.parent / "leads.csv"
    file.write_text("mine")
    kept = run("lead", "list", "-o", file, db=book)
    assert kept.code == 1
    assert kept.told == [
        "improv: there is a file already",
        f"  at fault: {file}",
        "  to mend:  name another, or say --force to replace it",
    ]
    assert file.read_text() == "mine"
    assert run("lead", "list", "-o", file, "--force", db=book).code == 0
    assert file.read_text("utf-8").startswith("id,")


@pytest.mark.parametrize("told", [[], ["no browser was found to open it"]])
def test_a_file_is_opened_in_a_browser(told: list[str], book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)
        return not told

    monkeypatch.setattr("webbrowser.open", open_it)
    file = book.parent / "my week.html"
    result = run("report", "weekly", "-o", file, "--open", db=book)
    assert (result.code, result.told) == (0, [f"written: {file}", *told])
    assert opened == [file.as_uri()]


def test_a_link_is_followed_and_stays_a_link(book: Path) -> None:
    file, link = book.parent / "real.csv", book.parent / "link.csv"
    file.write_text("old")
    link.symlink_to(file)
    assert run("lead", "list", "-o", link, db=book).code == 1
    assert run("lead", "list", "-o", link, "--force", db=book).code == 0
    assert link.is_symlink()
    assert file.read_text("utf-8").startswith("id,")


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("alerts", "-o", "{}/flags.pdf"), 2, "the name of the file does not say its format"),
        (("alerts", "-o", "{}/none/flags.csv"), 3, "there is no such folder"),
        (("alerts", "--format", "csv", "-o", "{}"), 1, "this is no ordinary file"),
        (("alerts", "--format", "csv", "-o", "{}/improv.db", "--force"), 1, "this is the store itself"),
        (("alerts", "--force"), 2, "--force says that --output may replace a file"),
        (("alerts", "--open"), 2, "--open opens the file of --output"),
        (("--version", "-o", "{}/v.md"), 2, "this command shows no page, and no file was written"),
        (
            ("lead", "add", "Bob", "-o", "{}/b.md"),
            2,
            "--output takes a page, and this command changes records",
        ),
        (("undo", "-o", "{}/b.md"), 2, "--output takes a page, and this command changes records"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_changes(
    arguments: tuple[str, ...], code: int, what: str, book: Path
) -> None:
    before = book.read_bytes(), sorted(book.parent.iterdir())
    result = run(*(word.format(book.parent) for word in arguments), db=book)
    assert (result.code, result.told[0]) == (code, f"improv: {what}")
    assert (book.read_bytes(), sorted(book.parent.iterdir())) == before


def test_the_endings_that_are_proposed_are_those_of_pages(book: Path) -> None:
    """Each of them is taken; a calendar or an export is no page."""
    mend = run("alerts", "-o", book.parent / "flags.pdf", db=book).told[-1]
    endings = re.findall(r"\.\w+", mend)
    assert len(endings) == len(FORMATS) - 1  # all but a terminal
    for ending in endings:
        assert run("alerts", "-o", book.parent / f"flags{ending}", db=book).code == 0


MARKDOWN = r"""
# Weekly report

Week 47 · 2026-11-16 to 2026-11-22 · as of 2026-11-22

## Scorecard

| Metric | Value | k of n | 95% interval | Target | Verdict | Change | Trend |
| --- | ---: | ---: | ---: | --- | --- | ---: | --- |
| New leads | 14 |  |  | ≥ 10 | on target | +3 | ▁ ▇ |
| Win rate | 37.5% | 6 of 16 | 18–61% |  | too few to tell |  |  |
| Days in Proposal | 13.5 d |  | ≥ 9 d | \< 5 d | above target |  |  |

- Win rate: 3 open

## Ahead

### Deals

| Deal | Value | Close | Chance | Kept | Trend |
| --- | ---: | --- | ---: | ---: | --- |
| O7 Acme, Ltd | 12,500.00 | 2026-11-24 | 63% | 37.5% 3 of 8 | ▁▃ ▇ |
| O12 東京 | -99.50 | – | – | – |  |

Two deals.

### Stages

| Stage | Open | Value |
| --- | ---: | ---: |
| Intro | 1 | 50 |
| Proposal | 4 | 200 |
| Realign | 0 | – |

### Overdue

No follow-up is overdue.

## O7

### Facts

| Field | Value |
| --- | --- |
| Title | one<br>two |
| Closes | – |

### History

- **2026-11-03** opened
- **2026-11-05 15:00** E9 discovery: held

1\. A sentence.

Whole days.
"""
