"""JSON is what the published schema says: every page and list there is passes, and whatever is wrong with one fails."""

import json
import shlex
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from improv import metrics
from improv.nouns import NOUNS
from improv.report import (
    Column,
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
    Section,
    Severity,
    Share,
    Table,
    Timeline,
    Trend,
)
from improv.reports.catalogue import CATALOGUE as REPORTS
from improv.show import json as shown
from improv.show import render, render_table
from tests.kept import MONDAY, SAMPLE, Kept
from tests.run import ROOT, run
from tests.session import must
from tests.test_show_charts import RATE

# The sample book takes seconds to make: one worker makes it, for all who read it.
pytestmark = pytest.mark.xdist_group("sample")

SCHEMA = json.loads((ROOT / "docs" / f"improv-{shown.SCHEMA}.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

LISTS = ("metric list", "report list", "alerts list", "history", "playbook check")
PAGES = (
    *("", "today", "alerts", "alerts --all", "todo", "alerts explain S1", "explain S1"),
    *(f"report {name}" for name in REPORTS),
    *(f"explain {name}" for name in ("win-rate", "velocity", "time-in-stage", "client-health")),
    "report scorecard --for 2026-Q3 --by source,owner",
    "plan --wins 2 --per month",
    "list",
    "query --views leads",
    "query 'SELECT * FROM opportunities'",
)
LISTED_ELSEWHERE = {"upsell", "snooze", "saved_list"}
OF_A_METRIC = (
    "--for 2026",
    "--for 2026 --by month",
    "--trend monthly",
    "--for 2026-Q4 --against 2026-Q3",
    "--why '1 oct..today'",
)


@pytest.fixture
def sample(kept: Callable[..., Kept]) -> Path:
    """Give the store of the sample book."""
    return kept(SAMPLE).path


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with nothing in it."""
    db = tmp_path_factory.mktemp("empty") / "improv.db"
    must("init", db)
    return db


def document(command: str, db: Path) -> Any:
    """Return what a command writes as JSON, read as strictly as JSON can be."""
    result = run(*shlex.split(command), "--format", "json", db=db, today=MONDAY)
    assert (result.code, result.err) == (0, ""), (command, result.err)
    return json.loads(result.out, parse_constant=pytest.fail)


def told(document: Any) -> None:
    """Fail where a document is not what the schema says, or a row does not have the keys of its columns."""
    error = next(VALIDATOR.iter_errors(document), None)
    assert error is None, f"{error and error.json_path}: {error and error.message}"
    for table in tables(document):
        keys = [column["key"] for column in table["columns"]]
        assert all(list(row) == keys for row in table["rows"])
        drawn = {table.get(f"{use}_column") for use in ("value", "range", "target", "verdict")}
        assert drawn - {None} <= set(keys)


def tables(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every table and chart of a document."""
    if isinstance(part, dict):
        if "columns" in part:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from tables(inner)


def test_the_schema_is_one_and_names_its_version() -> None:
    """It is a draft 2020-12 schema; its version is the one that is written; no object of it is left open."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert SCHEMA["$defs"]["schema"]["const"] == shown.SCHEMA
    assert f"improv-{shown.SCHEMA}.schema.json" in (ROOT / "docs" / "formats.md").read_text("utf-8")
    closed = [part for part in parts(SCHEMA["$defs"]) if "properties" in part and "allOf" not in part]
    assert len(closed) > 20
    assert all(part["additionalProperties"] is False for part in closed)
    assert all(set(part["required"]) == set(part["properties"]) for part in closed)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a schema that says what an object of a document is."""
    if isinstance(schema, dict):
        if schema.get("type") in ("object", ["object", "null"]):
            yield schema
        for inner in schema.values():
            yield from parts(inner)


@pytest.mark.parametrize("store", ["sample", "empty"])
def test_every_page_and_list_is_what_the_schema_says(store: str, request: pytest.FixtureRequest) -> None:
    db = request.getfixturevalue(store)
    lists = (f"{noun.command} list" for noun in NOUNS if noun.table not in LISTED_ELSEWHERE)
    for command in dict.fromkeys((*PAGES, *LISTS, *lists)):
        told(document(command, db))


@pytest.mark.parametrize("store", ["sample", "empty"])
@pytest.mark.parametrize("question", OF_A_METRIC)
def test_every_form_of_a_metric_is_what_the_schema_says(
    store: str, question: str, request: pytest.FixtureRequest
) -> None:
    """One metric of each kind and unit; a level has no month to be broken down by."""
    db = request.getfixturevalue(store)
    kinds = {(metric.kind, metric.unit): metric for metric in reversed(metrics.CATALOGUE.values())}
    for metric in kinds.values():
        if "--by" not in question or (not metric.is_level and metric.kind != "ratio"):
            told(document(f"metric {metric.name} {question}", db))


def test_every_kind_of_record_shown_is_what_the_schema_says(sample: Path) -> None:
    for noun in NOUNS:
        told(document(f"show {noun.letter}1", sample))


# What is wrong fails.

CELLS = Table(
    "cells",
    "Cells",
    (
        Column("ref", "Ref", "ref"),
        Column("money", "Money", "money"),
        Column("day", "Day", "day"),
        Column("share", "Share", "share"),
        Column("percent", "Percent", "share"),
        Column("days", "Days", "days"),
        Column("range", "Range", "range"),
        Column("severity", "Severity", "severity"),
        Column("trend", "Trend", "trend"),
    ),
    (
        (
            *(Ref("O7", "Acme"), Money(1250), date(2026, 11, 24), Share(3, 8), Percent(63), Days(4.5)),
            *(Range(0.2, None, "share"), Severity("critical"), Trend((1, None, 2.5))),
        ),
    ),
)
WHOLE = Report(
    "whole",
    "All there is",
    "",
    (
        Section("Drawn", (CELLS, RATE)),
        Section(
            "Said",
            (
                Scorecard(
                    "card",
                    "Card",
                    (Score("win", "Win", Share(3, 8), None, (0.1, None), verdict="on target"),),
                ),
                Facts("facts", "Facts", (("Name", "Acme"),)),
                Timeline("past", "Past", ((date(2026, 11, 5), time(15), Ref("E9", "call"), "held"),)),
                Notes(("A sentence.",)),
            ),
        ),
    ),
    date(2026, 11, 22),
    (date(2026, 11, 16), date(2026, 11, 22)),
    ("Whole days.",),
)


def objects(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where the objects of a document are, rows left out: their keys are those of the columns."""
    if isinstance(part, dict):
        if path[-2:-1] != ("rows",):
            yield path
        for key, inner in part.items():
            yield from objects(inner, (*path, key))
    if isinstance(part, list):
        for place, inner in enumerate(part):
            yield from objects(inner, (*path, place))


def shape(document: Any, path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return what kind of object is at a place: where it is but for its number, and its keys."""
    words = (step for step in path if isinstance(step, str))
    return *words, *sorted(at(document, path))


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return what is at a place of a document."""
    for step in path:
        document = document[step]
    return document


def test_a_key_too_many_or_too_few_anywhere_fails() -> None:
    for whole in (json.loads(render(WHOLE, "json")), json.loads(render_table(CELLS, "json"))):
        told(whole)
        kinds = {shape(whole, path): path for path in objects(whole)}
        for path in kinds.values():
            part = at(whole, path)
            part["surprise"] = 1
            assert not VALIDATOR.is_valid(whole), path
            del part["surprise"]
            for key in list(part):
                value = part.pop(key)
                assert not VALIDATOR.is_valid(whole), (*path, key)
                part[key] = value
        told(whole)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), 2),
        (("as_of",), "22 Nov"),
        (("period",), "this week"),
        (("notes",), [1]),
        (("sections", 0, "blocks", 0, "kind"), "picture"),
        (("sections", 0, "blocks", 0, "columns", 0, "kind"), "colour"),
        (("sections", 0, "blocks", 0, "rows", 0, "money"), {"minor": 12.5}),
        (("sections", 0, "blocks", 0, "rows", 0, "share"), {"hits": 1, "of": "8", "value": None}),
        (("sections", 0, "blocks", 0, "rows", 0, "range", "unit"), "miles"),
        (("sections", 0, "blocks", 0, "rows", 0, "day"), True),
        (("sections", 0, "blocks", 0, "rows", 0, "trend"), [1, "2"]),
        (("sections", 0, "blocks", 0, "rows", 0), ["O7"]),
        (("sections", 0, "blocks", 1, "form"), "pie"),
        (("sections", 0, "blocks", 1, "value_column"), None),
        (("sections", 1, "blocks", 0, "scores", 0, "verdict"), "fine"),
        (("sections", 1, "blocks", 0, "scores", 0, "interval", "low"), None),
        (("sections", 1, "blocks", 2, "entries", 0, "time"), "3 pm"),
    ],
)
def test_a_wrong_value_fails(path: tuple[str | int, ...], wrong: object) -> None:
    document = json.loads(render(WHOLE, "json"))
    *to, last = path
    at(document, tuple(to))[last] = wrong
    assert not VALIDATOR.is_valid(document)
