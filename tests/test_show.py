"""A report in each format: the page for a person, plain text for a pipe, JSON for programs."""

import json
import subprocess
import sys
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from improv.errors import Usage
from improv.report import (
    Block,
    Cell,
    Column,
    Days,
    Facts,
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
from improv.text import width
from tests.charts import FORMS, hostile_chart

DEALS = Table(
    "closing",
    "Closing this week",
    (
        Column("deal", "Deal", "ref"),
        Column("value", "Value", "money"),
        Column("close", "Close date", "day"),
        Column("chance", "Chance", "number"),
        Column("trend", "Trend", "trend"),
    ),
    (
        (
            Ref("O7", "Acme [eu] Ltd"),
            Money(1250000),
            date(2026, 11, 24),
            Percent(63),
            Trend((1, 2.5, None, 4)),
        ),
        (Ref("O12", "東京データ"), Money(-9950), None, None, Trend((2, 2))),
    ),
)
FLAGS = Table(
    "flags",
    "Flags",
    (
        Column("severity", "Severity", "severity"),
        Column("who", "Who", "ref"),
        Column("why", "Why"),
        Column("for", "For", "days"),
        Column("kept", "Kept", "share"),
    ),
    (
        (Severity("critical"), Ref("O7", "Acme"), "in Proposal for 34 days", Days(4), Share(37, 97)),
        (Severity("warning"), Ref("C3", "Zoë"), "no visit for 97 days", Days(9.453724), Share(0, 0)),
    ),
    note="Two flags.",
)
NOTHING = Table("overdue", "Overdue", (Column("task", "Task"),), (), empty="No follow-up is overdue.")
WEEK = Scorecard(
    "week",
    "Scorecard",
    (
        Score("leads", "New leads", 1400, None, None, "10+", "on target", "+3", (8, 9, 14)),
        Score(
            "win",
            "Win rate",
            None,
            Share(6, 16),
            (0.1848, 0.6136),
            "35%+",
            "too few to tell",
            "",
            (),
            "3 open",
        ),
        Score("gap", "Gap", 6.25, None, None, "< 5 days", "above target", "+0.4"),
        Score("stay", "Days in Proposal", Days(13.0), None, (9, None), "", None),
        Score("ask", "Testimonials", Share(0, 0)),
    ),
)
RECORD = Section(
    "O7",
    (
        Facts("fields", "", (("Title", "Acme [eu] Ltd"), ("Closes", None), ("Note", "one\ntwo"))),
        Timeline(
            "history",
            "History",
            (
                (date(2026, 11, 3), None, None, "opened in Intro"),
                (date(2026, 11, 5), time(15, 0), Ref("E9", "discovery"), "held"),
            ),
        ),
        Notes(("A sentence.",)),
    ),
)
WEEKLY = Report(
    "weekly",
    "Weekly report",
    "Week 47",
    (Section("Scorecard", (WEEK,)), Section("Monday", (DEALS, FLAGS, NOTHING)), RECORD),
    date(2026, 11, 22),
    (date(2026, 11, 16), date(2026, 11, 22)),
    ("Figures count whole days.",),
)

HOSTILE = (
    "Acme [eu] Ltd",
    "[/x]",
    "[bold red]x[/]",
    "\x1b[31mred",
    "\u202eevil",
    ":smile:",
    "two\nlines\tand a tab\r",
    "\x9b2J\x00\u2028",
    "half \ud83d",
    "n" * 200,
    "東京" * 40,
    "=1+1",
    "",
)
UNSAFE = {*map(chr, (*range(10), *range(11, 32), *range(127, 160))), "\u202e", "\u2028", "\ud83d"}


def page(text: str) -> str:
    """Take the margin off an expected page."""
    return text.removeprefix("\n")


def listed(*cells: Cell, kind: str = "text") -> Table:
    """Make a list of one column."""
    return Table("names", "Names", (Column("name", "Name", kind),), [(cell,) for cell in cells])  # type: ignore[arg-type]  # a kind is given as a word


def test_a_page_at_80_columns() -> None:
    assert render(WEEKLY, "terminal", width=80) == page(TERMINAL_80)


def test_a_page_at_20_columns_sets_each_row_as_a_block() -> None:
    assert render(WEEKLY._replace(sections=WEEKLY.sections[:2]), "terminal", width=20) == page(TERMINAL_20)


def test_a_word_is_broken_only_where_nothing_else_fits() -> None:
    """The key keeps its 20 letters and the sentence beside it wraps; at 30 columns there is no room for the key."""
    keyed = (("limit.no_visit_after", "a client is flagged after 90 days"),)
    table = Table("lines", "Lines", (Column("line", "Line"), Column("says", "Says")), keyed)
    assert render_table(table, "terminal", width=40).splitlines() == [
        "Line                  Says",
        "limit.no_visit_after  a client is",
        "                      flagged after 90",
        "                      days",
    ]
    assert render_table(table, "terminal", width=30).splitlines() == [
        "Line            Says",
        "limit.no_visit  a client is",
        "_after          flagged after",
        "                90 days",
    ]


def test_a_long_text_goes_beneath_its_row_and_what_says_nothing_is_left_out() -> None:
    """The columns that fit stay in line; of the others each row tells what it has."""
    flags = Table(
        "flags",
        "Flags",
        (
            Column("code", "Code"),
            Column("record", "Record", "ref"),
            Column("days", "Days", "days"),
            Column("why", "Why"),
            Column("mend", "To mend it", "command"),
        ),
        (
            (
                "C1",
                Ref("C2", "Glasbach"),
                Days(132),
                "no visit since the last one on 17 July",
                "improv visit schedule C2",
            ),
            ("S7", Ref("O62", "Supplier review"), Days(9), "too long in Intro", None),
        ),
    )
    assert render_table(flags, "terminal", width=50).splitlines() == [
        "Code  Record                Days",
        "C1    C2 Glasbach          132 d",
        "  Why no visit since the last one on 17 July",
        "  To mend it improv visit schedule C2",
        "S7    O62 Supplier review    9 d",
        "  Why too long in Intro",
    ]


def test_what_a_share_stands_on_goes_beneath_it_where_one_line_is_too_wide() -> None:
    report = WEEKLY._replace(sections=WEEKLY.sections[:1], notes=(), subtitle="", period=None)
    assert render(report, "terminal", width=66) == page(TERMINAL_66)


def test_a_page_without_unicode_is_ascii() -> None:
    shown = render(WEEKLY, "terminal", width=110, unicode=False)
    assert shown.isascii()
    assert "Win rate           37.5%  6 of 16  18-61%  35%+      too few to tell" in shown
    assert r"O12 \u6771\u4eac\u30c7\u30fc\u30bf     -99.50  -                -  --" in shown
    assert "_- #" in shown


def test_a_page_is_never_wider_than_110_columns() -> None:
    lines = render(WEEKLY, "terminal", width=300).splitlines()
    assert max(map(width, lines)) == 110


def test_colours_only_repeat_what_words_say() -> None:
    shown = render(WEEKLY, "terminal", width=110, colour=True)
    assert "\x1b[32mon target" in shown
    assert "\x1b[31mabove target" in shown
    assert "\x1b[1;31mcritical" in shown
    assert "\x1b[33mwarning" in shown


def test_a_report_in_a_pipe() -> None:
    assert render(WEEKLY, "plain") == page(PLAIN)


def test_a_list_in_a_pipe_is_rows_alone() -> None:
    assert render_table(DEALS, "plain").splitlines() == [
        "O7 Acme [eu] Ltd\t12500.00\t2026-11-24\t63%\t1 2.5 – 4",
        "O12 東京データ\t-99.50\t–\t–\t2 2",
    ]


def test_an_empty_list_says_nothing_in_a_pipe_and_a_sentence_on_a_page() -> None:
    assert render_table(NOTHING, "plain") == ""
    assert render_table(NOTHING, "terminal") == "No follow-up is overdue.\n"
    assert json.loads(render_table(NOTHING, "json"))["rows"] == []


def test_empty_blocks_leave_no_trace() -> None:
    blocks = (Scorecard("s", "", ()), Facts("f", "", ()), Timeline("t", "", ()), Notes(()))
    report = Report("r", "R", "", (Section("Empty", blocks),), date(2026, 1, 1))
    assert render(report, "terminal", width=12).split() == ["R", "as", "of", "2026-01-01", "Empty", "──────"]


def test_cents_show_in_a_whole_column_or_not_at_all() -> None:
    """Amounts line up digit under digit."""
    assert render_table(listed(Money(100), Money(123450), kind="money"), "terminal").splitlines() == [
        "    Name",
        "    1.00",
        "1,234.50",
    ]
    assert render_table(listed(Money(100), Money(-123400), kind="money"), "terminal").splitlines() == [
        "  Name",
        "     1",
        "-1,234",
    ]


def test_a_pipe_gets_every_digit() -> None:
    """The mean of the no-show file, a win rate, and amounts without separators."""
    cells = (9.453724, Days(9.453724), Share(37, 97), Money(364500000), 12971)
    assert render_table(listed(*cells), "plain").splitlines() == [
        "9.453724",
        "9.453724",
        "38.1443% (37 of 97)",
        "3645000.00",
        "12971",
    ]
    assert [line.strip() for line in render_table(listed(*cells), "terminal").splitlines()[1:]] == [
        "9.5",
        "9.5 d",
        "38.1% 37 of 97",
        "3,645,000",
        "12,971",
    ]


def test_json_keeps_values_and_their_units() -> None:
    told: dict[str, Any] = json.loads(render(WEEKLY, "json"))
    assert {key: told[key] for key in ("schema", "report", "title", "as_of", "period", "notes")} == {
        "schema": 1,
        "report": "weekly",
        "title": "Weekly report",
        "as_of": "2026-11-22",
        "period": {"first": "2026-11-16", "last": "2026-11-22"},
        "notes": ["Figures count whole days."],
    }
    card, monday, record = (section["blocks"] for section in told["sections"])
    assert card[0]["scores"][1] == {
        "metric": "win",
        "title": "Win rate",
        "value": {"hits": 6, "of": 16, "value": 0.375},
        "interval": {"low": 0.1848, "high": 0.6136},
        "target": "35%+",
        "verdict": "too few to tell",
        "change": "",
        "trend": [],
        "note": "3 open",
    }
    assert monday[0]["rows"][0] == {
        "deal": {"id": "O7", "name": "Acme [eu] Ltd"},
        "value": {"minor": 1250000},
        "close": "2026-11-24",
        "chance": {"percent": 63},
        "trend": [1, 2.5, None, 4],
    }
    assert monday[1]["rows"][1]["for"] == {"days": 9.453724}
    assert monday[1]["rows"][1]["kept"] == {"hits": 0, "of": 0, "value": None}
    assert monday[1]["rows"][0]["severity"] == "critical"
    assert [block["kind"] for block in record] == ["facts", "timeline", "notes"]
    assert record[1]["entries"][1] == {
        "day": "2026-11-05",
        "time": "15:00",
        "record": {"id": "E9", "name": "discovery"},
        "text": "held",
    }


def test_json_is_strict_ascii() -> None:
    """What is not a number is an error of ours, not a puzzle for the reader."""
    assert render(WEEKLY, "json").isascii()
    with pytest.raises(ValueError, match="not JSON compliant"):
        render_table(listed(float("nan")), "json")


def test_hostile_names_reach_json_unharmed() -> None:
    rows = json.loads(render_table(listed(*HOSTILE), "json"))["rows"]
    assert [row["name"] for row in rows] == list(HOSTILE)


def test_hostile_names_in_a_pipe_are_one_field_on_one_line() -> None:
    assert render_table(listed(*HOSTILE), "plain").splitlines() == [
        "Acme [eu] Ltd",
        "[/x]",
        "[bold red]x[/]",
        r"\x1b[31mred",
        r"\u202eevil",
        ":smile:",
        r"two\nlines\tand a tab\r",
        r"\x9b2J\x00\u2028",
        r"half \ud83d",
        "n" * 200,
        "東京" * 40,
        "=1+1",
        "",
    ]


def test_hostile_names_on_a_page_are_text() -> None:
    assert render_table(listed(*HOSTILE[:9], HOSTILE[10]), "terminal", width=40).splitlines() == [
        "Name",
        "Acme [eu] Ltd",
        "[/x]",
        "[bold red]x[/]",
        r"\x1b[31mred",
        r"\u202eevil",
        ":smile:",
        r"two\nlines\tand a tab\r",
        r"\x9b2J\x00\u2028",
        r"half \ud83d",
        *("東京" * 10,) * 4,
    ]


def test_a_text_no_one_reads_on_a_screen_is_cut_there_and_whole_in_a_pipe() -> None:
    """Ten megabytes in a note: laid out at all they would take minutes."""
    table = listed("word " * 2_000_000)
    shown = render_table(table, "terminal", width=80)
    assert len(shown) < 200_000
    assert "… and 9,900,000 more letters, which --format plain shows" in " ".join(shown.split())
    assert render_table(table, "plain").count("word ") == 2_000_000


def test_a_long_name_is_cut_on_a_page_and_its_id_stays() -> None:
    refs = listed(Ref("O7", "n" * 200), kind="ref")
    assert render_table(refs, "terminal").splitlines()[1] == "O7 " + "n" * 35 + "…"
    assert render_table(refs, "plain") == "O7 " + "n" * 200 + "\n"


@pytest.mark.parametrize("fmt", ["terminal", "plain"])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_place_in_a_report_lets_an_unsafe_character_through(fmt: str, name: str) -> None:
    """Titles, notes, targets and entries go through the same gate as cells."""
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
    report = Report("r", name, name, (Section(name, blocks),), date(2026, 1, 1), notes=(name,))
    for columns in (12, 20, 80):
        shown = render(report, fmt, width=columns)
        assert not UNSAFE & set(shown.replace("\t", "") if fmt == "plain" else shown)


@given(
    st.lists(st.tuples(st.text(max_size=60), st.integers(), st.text(max_size=60)), min_size=1, max_size=4),
    st.integers(12, 120),
)
@settings(max_examples=60, deadline=None)
def test_a_page_keeps_to_its_width(rows: list[tuple[str, int, str]], columns: int) -> None:
    table = Table(
        "t",
        "",
        (Column("a", "Who", "ref"), Column("b", "Value", "money"), Column("c", "Why")),
        [(Ref("L1", name), Money(minor), why) for name, minor, why in rows],
    )
    lines = render_table(table, "terminal", width=columns, unicode=False).splitlines()
    assert max(map(len, lines)) <= columns
    assert sum(line.startswith("L1") for line in lines) >= len(rows)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Usage) as refused:
        render(WEEKLY, "pdf")
    assert refused.value.lines() == [
        "improv: there is no such format",
        "  at fault: pdf",
        f"  to mend:  choose one of: {', '.join(FORMATS)}",
    ]


def test_only_a_page_for_a_person_loads_rich() -> None:
    """Start-up counts: a pipe never pays for colours, nor a page for JSON."""
    program = (
        "import sys; from datetime import date\n"
        "from improv.report import Report\n"
        "from improv.show import render\n"
        "report = Report('r', 'R', '', (), date(2026, 1, 1))\n"
        "render(report, 'plain'); assert 'json' not in sys.modules\n"
        "render(report, 'json'); assert 'rich' not in sys.modules\n"
        "render(report, 'terminal'); assert 'rich' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


TERMINAL_80 = """
Weekly report
Week 47 · 2026-11-16 to 2026-11-22 · as of 2026-11-22

Scorecard ──────────────────────────────────────────────────────────────────────
                    Value  Target    Verdict          Change  Trend
New leads           1,400  10+       on target            +3  ▁▂▇
Win rate            37.5%  35%+      too few to tell
                  6 of 16            95%: 18–61%
Gap                   6.2  < 5 days  above target       +0.4
Days in Proposal   13.0 d            95%: ≥ 9 d
Testimonials            –
Win rate: 3 open

Monday ─────────────────────────────────────────────────────────────────────────
Closing this week
Deal                  Value  Close date  Chance  Trend
O7 Acme [eu] Ltd  12,500.00  2026-11-24     63%  ▁▃ ▇
O12 東京データ       -99.50  –                –  ▃▃

Flags
Severity  Who      Why                        For            Kept
critical  O7 Acme  in Proposal for 34 days    4 d  38.1% 37 of 97
warning   C3 Zoë   no visit for 97 days     9.5 d               –
Two flags.

Overdue  No follow-up is overdue.

O7 ─────────────────────────────────────────────────────────────────────────────
Title   Acme [eu] Ltd
Closes  –
Note    one
        two

History
2026-11-03                      opened in Intro
2026-11-05 15:00  E9 discovery  held

A sentence.

Figures count whole days.
"""
TERMINAL_66 = """
Weekly report
as of 2026-11-22

Scorecard ────────────────────────────────────────────────────────
                   Value  Target    Verdict          Change  Trend
New leads          1,400  10+       on target            +3  ▁▂▇
Win rate           37.5%  35%+      too few to tell
                 6 of 16            95%: 18–61%
Gap                  6.2  < 5 days  above target       +0.4
Days in           13.0 d            95%: ≥ 9 d
Proposal
Testimonials           –
Win rate: 3 open
"""
TERMINAL_20 = """
Weekly report
Week 47 · 2026-11-16
to 2026-11-22 · as
of 2026-11-22

Scorecard ──────────
New leads
  Value 1,400
  Target 10+
  Verdict on target
  Change +3
  Trend ▁▂▇
Win rate
  Value 37.5%
  k of n 6 of 16
  95% 18–61%
  Target 35%+
  Verdict too few to
  tell
Gap
  Value 6.2
  Target < 5 days
  Verdict above
  target
  Change +0.4
Days in Proposal
  Value 13.0 d
  95% ≥ 9 d
Testimonials
  Value –
Win rate: 3 open

Monday ─────────────
Closing this week
O7 Acme [eu] Ltd
  Value 12,500.00
  Close date
  2026-11-24
  Chance 63%
  Trend ▁▃ ▇
O12 東京データ
  Value -99.50
  Close date –
  Chance –
  Trend ▃▃

Flags
critical
  Who O7 Acme
  Why in Proposal
  for 34 days
  For 4 d
  Kept 38.1% 37 of
  97
warning
  Who C3 Zoë
  Why no visit for
  97 days
  For 9.5 d
  Kept –
Two flags.

Overdue  No
follow-up is
overdue.

Figures count whole
days.
"""
PLAIN = """
# Weekly report
Week 47
period\t2026-11-16\t2026-11-22
as of\t2026-11-22

# Scorecard
Metric\tValue\t95% interval\tTarget\tVerdict\tChange\tTrend\tNote
New leads\t1400\t–\t10+\ton target\t+3\t8 9 14\t–
Win rate\t37.5000% (6 of 16)\t18.4800–61.3600%\t35%+\ttoo few to tell\t–\t–\t3 open
Gap\t6.250000\t–\t< 5 days\tabove target\t+0.4\t–\t–
Days in Proposal\t13.000000\t≥ 9.000000\t–\t–\t–\t–\t–
Testimonials\t–\t–\t–\t–\t–\t–\t–

# Monday
## Closing this week
Deal\tValue\tClose date\tChance\tTrend
O7 Acme [eu] Ltd\t12500.00\t2026-11-24\t63%\t1 2.5 – 4
O12 東京データ\t-99.50\t–\t–\t2 2

## Flags
Severity\tWho\tWhy\tFor\tKept
critical\tO7 Acme\tin Proposal for 34 days\t4\t38.1443% (37 of 97)
warning\tC3 Zoë\tno visit for 97 days\t9.453724\t–
Two flags.

## Overdue
No follow-up is overdue.

# O7
Title\tAcme [eu] Ltd
Closes\t–
Note\tone\\ntwo

## History
2026-11-03\t–\t–\topened in Intro
2026-11-05\t15:00\tE9 discovery\theld

A sentence.

Figures count whole days.
"""
