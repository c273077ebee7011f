"""A chart in every format: drawn for people, and no figure lost in any."""

import csv
import io
import json
import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from improv.report import Cell, Chart, Column, Days, Form, Money, Range, Report, Section, Share, Table
from improv.show import bars, render
from improv.show.marks import marks_of, scale_of
from improv.text import width
from tests.charts import FORMS

STAGES = Chart(
    Table(
        "stages",
        "Days in each stage",
        (
            Column("stage", "Stage"),
            Column("usual", "Target", "range"),
            Column("median", "Median", "days"),
            Column("quartiles", "Quartiles", "range"),
            Column("ended", "Ended", "number"),
        ),
        (
            ("Intro", Range(2, 3, "days"), Days(2.0), Range(2.0, 2.0, "days"), 19),
            ("Proposal", Range(10, 15, "days"), Days(9.0), Range(8.0, 13.0, "days"), 9),
            ("Overcome", Range(12, 18, "days"), Days(19.0), Range(4.0, None, "days"), 6),
            ("Realign", Range(8, 12, "days"), None, None, 0),
        ),
        note="By day entered.",
    ),
    "bars",
    "Longest in Overcome.",
    "median",
    "quartiles",
    "usual",
)
GAPS = Chart(
    Table(
        "gaps",
        "Gaps",
        (Column("gap", "Gap"), Column("set", "Set", "number"), Column("verdict", "Goal", "verdict")),
        (
            ("negative", 1, "before it was set"),
            ("0 d", 0, "on target"),
            ("1 d", 4, "on target"),
            ("2 d", 2, None),
            ("over 2 d", 3, "over the red flag"),
        ),
    ),
    "columns",
    "Ten events.",
    "set",
    verdict="verdict",
)
RATE = Chart(
    Table(
        "rate",
        "Win rate over time",
        (
            Column("period", "Period"),
            Column("rate", "Value", "share"),
            Column("interval", "95%", "range"),
            Column("target", "Target", "range"),
            Column("verdict", "Verdict", "verdict"),
        ),
        (
            ("Sep 2026", Share(0, 0), None, Range(0.35, None, "share"), None),
            (
                "Oct 2026",
                Share(1, 4),
                Range(0.0456, 0.6994, "share"),
                Range(0.35, None, "share"),
                "too few to tell",
            ),
            (
                "Nov 2026",
                Share(9, 10),
                Range(0.5958, 0.9821, "share"),
                Range(0.35, None, "share"),
                "on target",
            ),
        ),
    ),
    "line",
    "Oct 2026: 25.0%, 1 of 4. Nov 2026 so far: 90.0%, 9 of 10.",
    "rate",
    "interval",
    "target",
    "verdict",
)
NOTHING = STAGES._replace(table=STAGES.table._replace(rows=(), empty="No stage was entered."), says="")


def page(*charts: Chart) -> Report:
    """Make a report of charts alone."""
    return Report("charts", "Charts", "", (Section("", charts),), date(2026, 11, 22))


def amounts(*values: float | None, form: Form = "bars", verdict: str | None = None) -> Chart:
    """Make a chart of amounts, the first named 1."""
    columns = (Column("n", "N"), Column("value", "Value", "money"), Column("verdict", "Verdict", "verdict"))
    rows = [
        (str(place), None if value is None else Money(round(value)), verdict)
        for place, value in enumerate(values, 1)
    ]
    return Chart(Table("amounts", "Amounts", columns, rows), form, "", "value", verdict="verdict")


def lines(report: Report, columns: int, *, unicode: bool = True, colour: bool = False) -> list[str]:
    """Return the lines of a page for a person, without its title."""
    return render(report, "terminal", width=columns, unicode=unicode, colour=colour).splitlines()[3:]


# For a person at a terminal


def test_a_row_is_drawn_at_its_end_on_one_scale() -> None:
    """The target is shade, the range a line, the figure a dot; what is not known is not drawn."""
    assert lines(page(STAGES), 80) == [
        "Days in each stage",
        "Longest in Overcome.",
        "Stage      Target  Median  Quartiles  Ended  0 d                            20 d",
        "Intro       2–3 d   2.0 d        2 d     19     ●░░",
        "Proposal  10–15 d   9.0 d     8–13 d      9                ━●━▒▒▒▒▒▒░░░░",
        "Overcome  12–18 d  19.0 d      ≥ 4 d      6         ━━━━━━━━━━━━━━▒▒▒▒▒▒▒▒▒▒▒━●→",
        "Realign    8–12 d       –          –      0",
        "● Median  ━ Quartiles  ░ Target",
        "By day entered.",
    ]


def test_a_bar_without_a_range_begins_at_nought() -> None:
    """One, four, two and three of four; nought has none."""
    assert lines(page(GAPS), 60) == [
        "Gaps",
        "Ten events.",
        "Gap       Set  Goal               0                        4",
        "negative    1  before it was set  ██████▌",
        "0 d         0  on target",
        "1 d         4  on target          ██████████████████████████",
        "2 d         2  –                  █████████████",
        "over 2 d    3  over the red flag  ███████████████████▌",
    ]


def test_where_figures_leave_no_room_those_that_are_not_drawn_stand_beneath() -> None:
    assert lines(page(STAGES), 60)[2:] == [
        "Stage      Target  Median  Quartiles  0 d               20 d",
        "Intro       2–3 d   2.0 d        2 d    ●░",
        "Proposal  10–15 d   9.0 d     8–13 d          ━●━▒▒▒▒░░",
        "Overcome  12–18 d  19.0 d      ≥ 4 d      ━━━━━━━━━▒▒▒▒▒▒▒●→",
        "Realign    8–12 d       –          –",
        "● Median  ━ Quartiles  ░ Target",
        "",
        "Stage     Ended",
        "Intro        19",
        "Proposal      9",
        "Overcome      6",
        "Realign       0",
        "By day entered.",
    ]


def test_where_even_these_leave_no_room_the_drawing_stands_above_all_figures() -> None:
    assert lines(page(RATE), 60) == [
        "Win rate over time",
        "Oct 2026: 25.0%, 1 of 4. Nov 2026 so far: 90.0%, 9 of 10.",
        "Period    0%                                            100%",
        "Sep 2026",
        "Oct 2026    ━━━━━━━━━━●━━━━▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░",
        "Nov 2026                   ░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒●▒▒▒▒",
        "● Value  ━ 95%  ░ Target",
        "",
        "Period            Value     95%  Target  Verdict",
        "Sep 2026              –       –   ≥ 35%  –",
        "Oct 2026   25.0% 1 of 4   5–70%   ≥ 35%  too few to tell",
        "Nov 2026  90.0% 9 of 10  60–98%   ≥ 35%  on target",
    ]


def test_at_20_columns_each_row_is_a_block_with_its_drawing() -> None:
    assert lines(page(STAGES), 20)[:12] == [
        "Days in each stage",
        "Longest in Overcome.",
        "Intro",
        "  Target 2–3 d",
        "  Median 2.0 d",
        "  Quartiles 2 d",
        "  Ended 19",
        "   ●░",
        "Proposal",
        "  Target 10–15 d",
        "  Median 9.0 d",
        "  Quartiles 8–13 d",
    ]


def test_without_unicode_a_chart_is_ascii() -> None:
    told = lines(page(STAGES, GAPS), 60, unicode=False)
    assert all(line.isascii() for line in told)
    assert "Overcome  12-18 d  19.0 d     >= 4 d      ---------=======o>" in told
    assert "over 2 d    3  over the red flag  ####################" in told


def test_a_bar_below_nought_goes_to_the_left() -> None:
    """From -200 to 400: ten of thirty columns lie below nought; what is hardly below it is still seen."""
    chart = amounts(-20_000, 40_000, -1, 0, None)
    assert [line[21:] for line in lines(page(chart), 51)[1:]] == [
        "-200                       400",
        "██████████",
        "          ████████████████████",
        "         █",
        "",
        "",
    ]


def test_colours_of_a_chart_repeat_its_verdicts() -> None:
    told = "\n".join(lines(page(GAPS), 80, colour=True))
    assert "\x1b[32mon target" in told
    assert "\x1b[31mover the red flag" in told
    assert "\x1b[31m█" in told
    assert "\x1b[32m█" in told


def test_a_chart_of_nothing_is_a_sentence_without_axes() -> None:
    assert lines(page(NOTHING, NOTHING), 80) == ["Days in each stage  No stage was entered."] * 2
    assert lines(page(amounts(None, 0)), 80) == [
        "Amounts",
        "N  Value  Verdict",
        "1      –  –",
        "2      0  –",
    ]


FIGURES = st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-50, 50))


@given(st.lists(FIGURES, min_size=1, max_size=5), st.integers(2, 60))
@settings(max_examples=100, deadline=None)
def test_no_drawing_is_wider_than_its_place_and_more_is_never_shorter(
    values: list[float | None], columns: int
) -> None:
    marks = marks_of(amounts(*values))
    scale = scale_of(marks)
    known = sorted(mark.value for mark in marks if mark.value is not None)
    assert (scale is None) == (not any(known))
    if scale is None:
        return
    for pen in (bars.UNICODE, bars.ASCII):
        drawn = {mark.value: bars.drawn(mark, scale, columns, pen) for mark in marks}
        assert {len(bar) for bar in drawn.values()} == {columns}
        lengths = [
            (1 if value > 0 else -1) * sum(role == "value" for _, role in drawn[value]) for value in known
        ]
        assert all(one <= other for one, other in pairwise(lengths))
        assert all(bool(value) == bool(length) for value, length in zip(known, lengths, strict=True))


@given(st.floats(0, 100), st.floats(0, 100), st.one_of(st.none(), st.floats(0, 100)), st.integers(12, 120))
@settings(max_examples=60, deadline=None)
def test_a_page_with_a_chart_keeps_to_its_width(
    value: float, low: float, high: float | None, columns: int
) -> None:
    span = Range(low, high, "days", strict=True)
    rows = [(name, Days(value), span, span) for name in ("a", "東京" * 8)]
    kinds = (Column("n", "N"), Column("v", "V", "days"), Column("r", "R", "range"), Column("t", "T", "range"))
    chart = Chart(Table("t", "T", kinds, rows), "bars", "It says.", "v", "r", "t")
    assert max(map(width, lines(page(chart), columns))) <= columns


# For programs and other people: the numbers


def test_in_a_pipe_a_chart_is_its_sentence_and_its_figures() -> None:
    assert render(page(RATE), "plain").splitlines()[3:] == [
        "## Win rate over time",
        "Oct 2026: 25.0%, 1 of 4. Nov 2026 so far: 90.0%, 9 of 10.",
        "Period\tValue\t95%\tTarget\tVerdict",
        "Sep 2026\t–\t–\t≥ 35.0000%\t–",
        "Oct 2026\t25.0000% (1 of 4)\t4.5600–69.9400%\t≥ 35.0000%\ttoo few to tell",
        "Nov 2026\t90.0000% (9 of 10)\t59.5800–98.2100%\t≥ 35.0000%\ton target",
    ]
    assert "Overcome\t12–18\t19.000000\t≥ 4.000000\t6" in render(page(STAGES), "plain").splitlines()
    assert render(page(NOTHING), "plain").splitlines()[4:] == ["No stage was entered.", "By day entered."]


def test_json_keeps_the_figures_of_a_chart_and_says_which_are_drawn() -> None:
    (chart, other) = json.loads(render(page(STAGES, RATE), "json"))["sections"][0]["blocks"]
    assert {key: told for key, told in chart.items() if key not in {"columns", "rows"}} == {
        "kind": "chart",
        "form": "bars",
        "says": "Longest in Overcome.",
        "value_column": "median",
        "range_column": "quartiles",
        "target_column": "usual",
        "verdict_column": None,
        "key": "stages",
        "title": "Days in each stage",
        "note": "By day entered.",
    }
    assert chart["rows"][2] == {
        "stage": "Overcome",
        "usual": {"low": 12, "high": 18, "unit": "days", "strict": False},
        "median": {"days": 19.0},
        "quartiles": {"low": 4.0, "high": None, "unit": "days", "strict": False},
        "ended": 6,
    }
    assert (other["form"], other["verdict_column"]) == ("line", "verdict")


def test_csv_writes_a_range_as_two_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(render(page(STAGES, RATE), "csv"), newline="")))
    told = [{key: value for key, value in row.items() if value} for row in rows]
    assert told[5] == {
        "block": "stages",
        "stage": "Overcome",
        "usual_low": "12",
        "usual_high": "18",
        "median": "19",
        "quartiles_low": "4",
        "ended": "6",
    }
    assert told[-1] == {
        "block": "rate",
        "period": "Nov 2026",
        "rate": "0.9",
        "rate_hits": "9",
        "rate_of": "10",
        "interval_low": "0.5958",
        "interval_high": "0.9821",
        "target_low": "0.35",
        "verdict": "on target",
    }
    assert not {"interval", "usual", "quartiles", "target"} & set(rows[0])
    money = Table("m", "M", (Column("r", "R", "range"),), [(Range(150, None, "money"),)])
    assert render(Report("r", "R", "", (Section("", (money,)),), date(2026, 1, 1)), "csv").endswith(
        ",1.50,\n"
    )


def test_markdown_has_a_chart_as_a_table() -> None:
    assert render(page(STAGES), "markdown").splitlines()[4:] == [
        "## Days in each stage",
        "",
        "Longest in Overcome.",
        "",
        "| Stage | Target | Median | Quartiles | Ended |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| Intro | 2–3 d | 2.0 d | 2 d | 19 |",
        "| Proposal | 10–15 d | 9.0 d | 8–13 d | 9 |",
        "| Overcome | 12–18 d | 19.0 d | ≥ 4 d | 6 |",
        "| Realign | 8–12 d | – | – | 0 |",
        "",
        "By day entered.",
    ]


@pytest.mark.parametrize(
    ("span", "words", "precise"),
    [
        (Range(0.1848, 0.6136, "share"), "18–61%", "18.4800–61.3600%"),
        (Range(0.35, None, "share"), "≥ 35%", "≥ 35.0000%"),
        (Range(85, None, strict=True), "> 85", "> 85"),
        (Range(None, 5, "days", strict=True), "< 5 d", "< 5"),
        (Range(None, 5, "days"), "≤ 5 d", "≤ 5"),
        (Range(2.5, 7.0, "days"), "2.5–7 d", "2.500000–7.000000"),
        (Range(-2.0, 3.0, "days"), "-2 to 3 d", "-2.000000 to 3.000000"),
        (Range(125_000, None, "money"), "≥ 1,250", "≥ 1250.00"),
        (Range(None, None), "–", "–"),
    ],
)
def test_a_range_is_told_with_its_unit(span: Range, words: str, precise: str) -> None:
    """Short for a person, to the last digit in a pipe."""
    table = Table("t", "T", (Column("r", "R", "range"),), [(span,)])
    report = Report("r", "R", "", (Section("", (table,)),), date(2026, 1, 1))
    assert render(report, "terminal").splitlines()[-1].strip() == words
    assert render(report, "plain").splitlines()[-1] == precise


# The web page


def shapes(chart: Chart, kind: str, *names: str) -> list[tuple[float, ...]]:
    """Return what stands in some attributes of a chart's shapes of one kind, in percent or pixels."""
    page_ = render(page(chart), "html")
    svg = page_[page_.index("<svg") : page_.index("</svg>")]
    found = re.findall(rf'<\w+ class="{kind}"([^>]*)>', svg)
    return [
        tuple(float(dict(re.findall(r'(\w+)="(-?[\d.]+)', shape))[name]) for name in names) for shape in found
    ]


def test_bars_on_a_page_are_to_scale() -> None:
    """Of 20 days: targets 2-3, 10-15 and 12-18; quartiles 2-2, 8-13 and from 4 on; medians 2, 9 and 19."""
    assert shapes(STAGES, "target", "x", "width") == [(10, 5), (50, 25), (60, 30)]
    assert shapes(STAGES, "range", "x", "width") == [(10, 0), (40, 25)]
    assert shapes(STAGES, "range open", "x", "width") == [(20, 80)]
    assert shapes(STAGES, "point plain", "cx") == [(10,), (45,), (95,)]
    assert len(shapes(STAGES, "track", "x")) == 4
    assert shapes(amounts(-100, 300), "fill plain", "x", "width") == [(0, 25), (25, 75)]


def test_columns_on_a_page_are_to_scale_and_their_runs_are_named() -> None:
    """Five places of 20% each, filled to 72%; one, four, two and three of four are 150 pixels high."""
    assert shapes(GAPS, "fill poor", "x", "width", "height") == [(2.8, 14.4, 37.5), (82.8, 14.4, 112.5)]
    assert shapes(GAPS, "fill good", "x", "height") == [(42.8, 150)]
    assert shapes(GAPS, "fill plain", "x", "height") == [(62.8, 75)]
    assert shapes(GAPS, "run good", "x1", "x2") == [(20, 60)]
    written = render(page(GAPS), "html")
    assert '<text class="judged poor" x="100%" y="9.33" text-anchor="end">over the red flag</text>' in written


def test_a_line_on_a_page_breaks_where_nothing_was() -> None:
    """Three places from 7.6% on; 25% and 90% of 150 pixels above 178."""
    assert shapes(RATE, "trace", "x1", "y1", "x2", "y2") == [(53.8, 140.5, 84.6, 43)]
    assert shapes(RATE, "point unsure", "cx", "cy") == [(53.8, 140.5)]
    assert shapes(RATE, "range", "x1", "y1", "y2") == [(53.8, 171.16, 73.09), (84.6, 88.63, 30.69)]
    assert shapes(RATE, "target", "x", "y", "width", "height") == [(7.6, 28, 92.4, 97.5)]


@given(st.lists(FIGURES, min_size=1, max_size=20), st.sampled_from(FORMS))
@settings(max_examples=60, deadline=None)
def test_nothing_is_drawn_beside_a_chart(values: list[float | None], form: Form) -> None:
    """Whatever its figures are, each place across is between 0% and 100%."""
    written = render(page(amounts(*values, form=form)), "html")
    places = re.findall(r' (?:x|x1|x2|cx|width)="([^"]*)%"', written)
    assert bool(places) == any(round(value or 0) for value in values)
    assert all(0 <= float(place) <= 100 for place in places)


@pytest.mark.parametrize(
    ("values", "form", "lowest"),
    [
        ((89.0, 91.0, 92.0), "line", "89"),
        ((89.0, 91.0, 92.0), "columns", None),
        ((60.0, 60.0), "line", "0"),
        ((20.0, 91.0), "line", "0"),
    ],
)
def test_only_a_line_far_above_nought_begins_higher(
    values: tuple[float, ...], form: Form, lowest: str | None
) -> None:
    """Its lowest figure on the scale is no longer 0; columns stand on nought, and so does a line that is flat."""
    written = render(page(amounts(*(100 * value for value in values), form=form)), "html")
    scale = re.findall(r'<text class="tick" x="0%"[^>]*>(\d+)<', written)
    assert (scale or [None])[0] == lowest


def test_names_beneath_a_line_are_thinned_out_from_the_last_one_back() -> None:
    """48 weeks on a page: every sixth or so, the last always; a phone shows every second of those."""
    table = RATE.table._replace(rows=[(f"2026-W{week:02}", *RATE.table.rows[1][1:]) for week in range(1, 49)])
    written = render(page(RATE._replace(table=table)), "html")
    named = re.findall(r'class="(tick|tick second)"[^>]*>(2026-W\d\d)<', written)
    assert [week for _, week in named] == [f"2026-W{week:02}" for week in (6, 13, 20, 27, 34, 41, 48)]
    assert [kind for kind, _ in named][-3:] == ["tick", "tick second", "tick"]
    assert '<svg class="plot crowded"' in written


def test_a_chart_on_a_page_says_in_words_what_it_shows() -> None:
    written = render(page(STAGES, NOTHING), "html")
    assert written.count("<svg") == 1
    assert (
        "<title>Days in each stage</title><desc>Longest in Overcome. Intro: 2.0 d; Proposal: 9.0 d; "
        "Overcome: 19.0 d; Realign: –</desc>" in written
    )
    assert '<span class="sign dot">Median</span> <span class="sign range">Quartiles</span>' in written
    assert "<p>No stage was entered.</p>" in written
    assert 'class="figure right">≥ 4 d</td>' in written


def test_every_format_has_every_figure_of_every_chart() -> None:
    """What is drawn can be read."""
    cells: list[Cell] = [cell for chart in (STAGES, GAPS, RATE) for row in chart.table.rows for cell in row]
    names = [cell for cell in cells if isinstance(cell, str)]
    for fmt in ("terminal", "plain", "json", "csv", "markdown", "html"):
        told = render(page(STAGES, GAPS, RATE), fmt, width=110)
        assert all(name in told for name in names), fmt
