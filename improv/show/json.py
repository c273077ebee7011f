"""JSON for programs: raw values and their units, strict, ASCII only.

Money is `{"minor": 1250000}`, a share `{"hits", "of", "value"}`, a length of time `{"days"}`, a record `{"id", "name"}`,
a range `{"low", "high", "unit", "strict"}`, a day ISO text; nothing to say is null. `schema` rises when a program that
read the old form could misread the new; `docs/improv-1.schema.json` is the form of it.
"""

import json
from datetime import date
from typing import Any, Final

from improv.report import (
    Block,
    Cell,
    Chart,
    Days,
    Facts,
    Money,
    Notes,
    Percent,
    Range,
    Ref,
    Report,
    Score,
    Scorecard,
    Severity,
    Share,
    Table,
    Timeline,
    Trend,
)
from improv.show.cells import Look, share_of

SCHEMA: Final = 1


def report(report: Report, _look: Look) -> str:
    """Return the whole report as one object."""
    period = report.period and {"first": report.period[0].isoformat(), "last": report.period[1].isoformat()}
    return _dumped(
        {
            "schema": SCHEMA,
            "report": report.name,
            "title": report.title,
            "subtitle": report.subtitle,
            "as_of": report.as_of.isoformat(),
            "period": period,
            "sections": [
                {"title": section.title, "blocks": [_block(block) for block in section.blocks]}
                for section in report.sections
            ],
            "notes": list(report.notes),
        }
    )


def table(table: Table, _look: Look) -> str:
    """Return one list as one object."""
    return _dumped({"schema": SCHEMA, **_table(table)})


def _dumped(value: dict[str, Any]) -> str:
    """Write strict JSON: what is not a number is an error here, not in the program that reads it."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2) + "\n"


def _block(block: Block) -> dict[str, Any]:
    """Turn a block into an object that names its kind."""
    match block:
        case Table():
            return {"kind": "table", **_table(block)}
        case Chart(table=table, form=form, says=says):
            return {"kind": "chart", "form": form, "says": says, **_drawn(block), **_table(table)}
        case Scorecard(key=key, title=title, scores=scores):
            return {
                "kind": "scorecard",
                "key": key,
                "title": title,
                "scores": [_score(score) for score in scores],
            }
        case Facts(key=key, title=title, pairs=pairs):
            facts = [{"name": name, "value": _cell(cell)} for name, cell in pairs]
            return {"kind": "facts", "key": key, "title": title, "facts": facts}
        case Timeline(key=key, title=title, entries=entries):
            happened = [
                {
                    "day": day.isoformat(),
                    "time": clock.isoformat("minutes") if clock else None,
                    "record": _cell(ref),
                    "text": words,
                }
                for day, clock, ref, words in entries
            ]
            return {"kind": "timeline", "key": key, "title": title, "entries": happened}
        case Notes(lines=lines):
            return {"kind": "notes", "lines": list(lines)}


def _drawn(chart: Chart) -> dict[str, str | None]:
    """Name the columns that a chart draws; null where it has none of that use."""
    keys = {"value": chart.value, "range": chart.range, "target": chart.target, "verdict": chart.verdict}
    return {f"{use}_column": key or None for use, key in keys.items()}


def _table(table: Table) -> dict[str, Any]:
    """Turn a table into its columns and one object per row."""
    keys = [column.key for column in table.columns]
    return {
        "key": table.key,
        "title": table.title,
        "columns": [
            {"key": column.key, "title": column.title, "kind": column.kind} for column in table.columns
        ],
        "rows": [dict(zip(keys, map(_cell, row), strict=True)) for row in table.rows],
        "note": table.note,
    }


def _score(score: Score) -> dict[str, Any]:
    """Turn a metric's line into an object; intervals keep their unit."""
    share = share_of(score)
    return {
        "metric": score.metric,
        "title": score.title,
        "value": _cell(score.value if share is None else share),
        "interval": score.interval and {"low": score.interval[0], "high": score.interval[1]},
        "target": score.target,
        "verdict": score.verdict,
        "change": score.change,
        "trend": list(score.trend),
        "note": score.note,
    }


def _cell(cell: Cell) -> Any:  # noqa: ANN401 - a value of JSON is any of its kinds
    """Turn a value into JSON's own kinds, its unit named."""
    value: Any
    match cell:
        case Money() | Ref() | Range():
            value = cell._asdict()
        case Share(hits=hits, of=of):
            value = {"hits": hits, "of": of, "value": cell.value}
        case Days(value=days):
            value = {"days": days}
        case Percent(value=percent):
            value = {"percent": percent}
        case Severity(level=level):
            value = level
        case Trend(values=values):
            value = list(values)
        case date():
            value = cell.isoformat()
        case None | str() | int() | float():
            value = cell
    return value
