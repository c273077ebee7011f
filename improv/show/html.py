"""One self-contained page: light, dark and printed, readable on a phone; nothing in it runs or asks the network.

Every text passes the gate and is escaped by one function, `_Page.text`; all else in the markup is our own words. Bars,
sparklines and intervals are drawn here, and each says in words what it shows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

from improv.report import (
    RIGHT_ALIGNED,
    Block,
    Cell,
    Chart,
    Facts,
    Kind,
    Money,
    Notes,
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
from improv.show import charts
from improv.show.cells import DASH, Look, share_of
from improv.show.drawn import sparkline, whisker
from improv.text import shown, width

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = Path(__file__).with_name("page.css")
# Mail programs know fewer rules, no variables, and put their own light or dark behind the words.
_MAIL_STYLE: Final = Path(__file__).with_name("mail.css")
_MOST_BARS: Final = 12
_SHORT: Final = 16
# What fits side by side on a phone and on paper, in letters; a column of words is never squeezed below the last.
_PHONE: Final = 40
_PAPER: Final = 104
_WORDS_AT_LEAST: Final = 14
# A day and an option of a command are never broken.
_UNBROKEN: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b|(?<!\S)--[\w-]{1,24}(?![\w-])")
_MEASURED: Final[tuple[Kind, ...]] = ("money", "number")

# A scorecard's columns after the metric: title, what stands there, whether it is a figure.
_SCORE_COLUMNS: Final = (
    ("Value", "value", True),
    ("95% interval", "interval", False),
    ("Target", "target", False),
    ("Verdict", "verdict", False),
    ("Change", "change", False),
    ("Trend", "trend", False),
)
_LEVELS: Final = {"critical": "poor", "warning": "wary"}


def report(report: Report, look: Look) -> str:
    """Return the whole report as one page."""
    page = _Page(look)
    heading = " – ".join(words for words in (report.title, report.subtitle) if words)
    return page.whole(heading, page.report(report))


def mailed(report: Report) -> str:
    """Return the whole report as the page of a mail."""
    page = _Page(Look())
    return page.whole(report.title, page.report(report), _MAIL_STYLE)


def table(table: Table, look: Look) -> str:
    """Return one list as a page of its own."""
    page = _Page(look)
    heading = f"<header>\n<h1>{page.text(table.title)}</h1>\n</header>"
    return page.whole(table.title, (heading, "<main>", page.table(table, ""), "</main>"))


class _Page:
    """A page, made block by block from strings that are already escaped."""

    def __init__(self, look: Look) -> None:
        self.ascii = not look.unicode
        self.look = look._replace(unicode=True, precise=False)

    def text(self, words: str) -> str:
        """Return words that a browser takes for words."""
        return escape(self.look.gate(words, keep_newlines=True))

    def prose(self, words: str) -> str:
        """Return words whose days and options stay whole when a line is broken."""
        return _UNBROKEN.sub(r'<span class="whole">\g<0></span>', self.text(words))

    def whole(self, title: str, parts: Iterable[str], style: Path = _STYLE) -> str:
        """Return the document; where the output has no Unicode, as character references."""
        head = (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{self.text(title)}</title>",
            f"<style>\n{style.read_text('ascii')}</style>",
            "</head>",
            "<body>",
        )
        page = "".join(f"{part}\n" for part in (*head, *parts, "</body>", "</html>") if part)
        return page.encode("ascii", "xmlcharrefreplace").decode() if self.ascii else page

    def report(self, report: Report) -> Iterator[str]:
        span = " to ".join(map(_day, report.span))
        days = (
            f'<span class="whole">{words}</span>' for words in (span, f"as of {_day(report.as_of)}") if words
        )
        about = (self.text(report.subtitle), *days)
        yield f"<header>\n<h1>{self.text(report.title)}</h1>"
        yield f'<p class="about">{" · ".join(words for words in about if words)}</p>\n</header>\n<main>'
        for section in report.sections:
            yield "<section>"
            if section.title:
                yield f"<h2>{self.text(section.title)}</h2>"
            yield from (self.block(block, section) for block in section.blocks)
            yield "</section>"
        yield "</main>"
        if report.notes:
            yield f"<footer>\n{self.lines(report.notes)}\n</footer>"

    def block(self, block: Block, section: Section) -> str:
        """Return a block under its heading, which is left out where it only repeats the section's."""
        if isinstance(block, Notes):
            return self.lines(block.lines)
        level = "h3" if section.title else "h2"
        heading = (
            f"<{level}>{self.text(block.title)}</{level}>" if block.title not in {"", section.title} else ""
        )
        match block:
            case Table():
                return self.table(block, heading)
            case Chart(table=table):
                return self.chart(block, heading) if table.rows else self.table(table, heading)
            case Scorecard():
                return self.scorecard(block, heading)
            case Facts():
                return self.facts(block, heading)
            case Timeline():
                return self.timeline(block, heading)

    def lines(self, lines: Iterable[str]) -> str:
        return "\n".join(f'<p class="note">{self.prose(line)}</p>' for line in lines)

    # Tables

    def table(self, table: Table, heading: str, *, bars: bool = True) -> str:
        """Return a table in a frame that scrolls; what has no rows takes one line."""
        note = self.lines((table.note,)) if table.note else ""
        if not table.rows:
            empty = f"<p>{self.text(table.empty)}</p>" if table.empty else ""
            return f'<div class="quiet">{heading}{empty}</div>{note}'
        broken = any(isinstance(cell, Money) and cell.minor % 100 for row in table.rows for cell in row)
        page = _Page(self.look._replace(cents=broken))
        tops = _tops(table) if bars else {}
        shapes = [_shape(table, index) for index in range(len(table.columns))]
        rows = (page.row(table, row, tops, shapes) for row in table.rows)
        titles = ((column.title, column.kind in RIGHT_ALIGNED) for column in table.columns)
        return self.framed(f"block {page.layout(table, shapes)}", table.title, heading, titles, rows) + note

    def layout(self, table: Table, shapes: Sequence[str]) -> str:
        """Return how a table is set where it does not fit: figures under names scroll, records turn into small blocks.

        Nothing scrolls on paper: what is too wide for it turns into blocks there, whatever it is.
        """
        needed = 2 * (len(shapes) - 1)
        for index, (column, shape) in enumerate(zip(table.columns, shapes, strict=True)):
            title = min(_WORDS_AT_LEAST, width(column.title))
            widest = max(width(self.look.cell(row[index])) for row in table.rows)
            needed += max(title, min(_WORDS_AT_LEAST, widest) if shape == "words" else widest)
        figures = all(column.kind in {*RIGHT_ALIGNED, "verdict"} for column in table.columns[1:])
        on_screen = "figures" if figures else "records" if needed > _PHONE else ""
        return f"{on_screen} wide" if needed > _PAPER else on_screen

    def row(self, table: Table, row: Iterable[Cell], tops: dict[Kind, float], shapes: Iterable[str]) -> str:
        """Return a row, headed by its first cell; a figure among few rows has a bar, as long as its part of the largest."""
        markup: list[str] = []
        for column, cell, shape in zip(table.columns, row, shapes, strict=True):
            inner, size, top = self.cell(cell, column.kind), _size(cell), tops.get(column.kind)
            if top and size is not None:
                inner = f'<span class="bar" style="--part:{max(0.0, 100 * size / top):.1f}%">{inner}</span>'
            tag, about = (
                ("td", f' data-title="{self.text(column.title)}"') if markup else ("th", ' scope="row"')
            )
            markup.append(f'<{tag}{about} class="{shape}">{inner}</{tag}>')
        return f"<tr>{''.join(markup)}</tr>"

    def framed(
        self, kind: str, title: str, heading: str, titles: Iterable[tuple[str, bool]], rows: Iterable[str]
    ) -> str:
        """Return the table's frame, caption, column titles and rows."""
        caption = heading or f'<span class="unseen">{self.text(title)}</span>'
        heads = "".join(
            f'<th scope="col" class="{"right" if right else "left"}{" long" if width(shown(words)) > _SHORT else ""}">'
            f"{self.text(words)}</th>"
            for words, right in titles
        )
        return "\n".join(
            (
                f'<div class="{kind}"><div class="frame" role="region" aria-label="{self.text(title)}" tabindex="0">',
                f"<table>\n<caption>{caption}</caption>",
                f"<thead><tr>{heads}</tr></thead>\n<tbody>",
                *rows,
                "</tbody>\n</table></div></div>",
            )
        )

    def chart(self, chart: Chart, heading: str) -> str:
        """Return a chart with what its signs mean, and the table of its figures beneath."""
        says = f"<p>{self.text(chart.says)}</p>" if chart.says else ""
        drawn = charts.svg(chart, self.look, self.text)
        titles = {column.key: column.title for column in chart.table.columns}
        signs = {
            chart.value: "dot" if chart.range or chart.form == "line" else "bar",
            chart.range: "range",
            chart.target: "target",
        }
        keys = [
            f'<span class="sign {sign}">{self.text(titles[key])}</span>' for key, sign in signs.items() if key
        ]
        legend = f'<p class="legend">{" ".join(keys)}</p>' if len(keys) > 1 and drawn else ""
        figures = self.table(chart.table, "", bars=not drawn)
        return "\n".join(
            part
            for part in (f'<figure class="block">{heading}', says, drawn, legend, figures, "</figure>")
            if part
        )

    def cell(self, cell: Cell, kind: Kind = "text") -> str:
        """Return a value as markup."""
        match cell:
            case str() if kind == "verdict":
                markup = self.said(cell)
            case None:
                markup = f'<span class="soft">{DASH}</span>'
            case Ref(id=record, name=name):
                markup = f'<span class="id">{self.text(record)}</span> {self.text(name)}'
            case Severity(level=level):
                markup = f'<span class="said {_LEVELS[level]}">{level}</span>'
            case Share():
                figure, base = self.look.share_parts(cell)
                markup = f'{figure} <span class="base">{base}</span>' if base else figure
            case Trend(values=values):
                markup = sparkline(values)
            case date():
                markup = _day(cell)
            case _:
                markup = self.prose(self.look.cell(cell, keep_newlines=True))
        return markup

    # Metrics

    def scorecard(self, card: Scorecard, heading: str) -> str:
        """Return the metrics as a table that turns into small blocks on a phone."""
        rows = [self.parts(score) for score in card.scores]
        titles = [("Metric", False)]
        for title, kind, right in _SCORE_COLUMNS:
            told = any(row[kind] for row in rows)
            titles.append((title if told else "", right))
        bodies = map(self.score, card.scores, rows)
        return self.framed("block card", card.title, heading, titles, bodies) if rows else ""

    def score(self, score: Score, parts: dict[str, str]) -> str:
        cells = "".join(
            f'<td class="{kind}{" right" if right else ""}">{parts[kind]}</td>'
            for _, kind, right in _SCORE_COLUMNS
        )
        return f'<tr><th scope="row">{self.text(score.title)}{self.small(score.note)}</th>{cells}</tr>'

    def parts(self, score: Score) -> dict[str, str]:
        """Return what stands under each column title of a scorecard; empty where there is nothing to say."""
        share = share_of(score)
        figure, base = self.look.share_parts(share) if share else (self.look.cell(score.value), "")
        target, _, pace = score.target.partition(" (")
        change, _, doubt = score.change.partition(", ")
        interval = self.text(self.look.interval(score))
        bar = (
            whisker(share.value, score.interval)
            if share and share.value is not None and score.interval
            else ""
        )
        words = score.verdict or ""
        return {
            "value": self.text(figure) + self.small(base),
            "interval": f"{bar}<small>{interval}</small>" if interval else "",
            "target": self.text(target) + self.small(pace.removesuffix(")")),
            "verdict": self.said(words) if words else "",
            "change": self.text(change) + self.small(doubt),
            "trend": sparkline(score.trend),
        }

    def said(self, verdict: str) -> str:
        """Return a word that judges, in its colour."""
        return f'<span class="said {charts.TONES.get(verdict, charts.POOR)}">{self.text(verdict)}</span>'

    def small(self, words: str) -> str:
        return f"<small>{self.text(words)}</small>" if words else ""

    # Records

    def facts(self, facts: Facts, heading: str) -> str:
        pairs = "\n".join(
            f"<dt>{self.text(name)}</dt><dd>{self.cell(cell)}</dd>" for name, cell in facts.pairs
        )
        return f'<div class="block">{heading}<dl>\n{pairs}\n</dl></div>' if pairs else ""

    def timeline(self, timeline: Timeline, heading: str) -> str:
        entries: list[str] = []
        for day, clock, ref, words in timeline.entries:
            moment = f"{day}T{clock:%H:%M}" if clock else f"{day}"
            about = f"{self.cell(ref)} " if ref else ""
            entries.append(
                f'<li><time datetime="{moment}">{moment.replace("T", " ")}</time>{about}{self.prose(words)}</li>'
            )
        happened = "\n".join(entries)
        return f'<div class="block">{heading}<ol>\n{happened}\n</ol></div>' if entries else ""


def _day(day: date) -> str:
    return f'<time datetime="{day}">{day}</time>'


def _shape(table: Table, index: int) -> str:
    """Return how a column is set: figures and short words on one line, long words in as many as they take."""
    kind = table.columns[index].kind
    if kind in RIGHT_ALIGNED:
        return "figure right"
    cells = [row[index] for row in table.rows]
    long = any(
        isinstance(cell, Ref) or (isinstance(cell, str) and width(shown(cell)) > _SHORT) for cell in cells
    )
    return "words" if long else "figure"


def _tops(table: Table) -> dict[Kind, float]:
    """Return the largest figure of each kind that gets bars: few rows, each under a name of its own."""
    if not table.columns or table.columns[0].kind != "text" or not 1 < len(table.rows) <= _MOST_BARS:
        return {}
    tops: dict[Kind, float] = {}
    for row in table.rows:
        for column, cell in zip(table.columns, row, strict=True):
            size = _size(cell)
            if column.kind in _MEASURED and size is not None:
                tops[column.kind] = max(tops.get(column.kind, 0.0), size)
    return tops


def _size(cell: Cell) -> float | None:
    """Return how large a bar is; None for what has none."""
    if isinstance(cell, Money):
        return cell.minor
    return cell if isinstance(cell, int | float) else None
