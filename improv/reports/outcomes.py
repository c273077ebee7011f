"""The reports of how sales end: discoveries and the sales cycle."""

from collections import Counter
from collections.abc import Sequence
from sqlite3 import Row
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Counted, Word
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Cell, Column, Percent, Ref, Section, Share, Table
from improv.reports import charts
from improv.reports.parts import amount, day, days, in_words
from improv.scores import target_words
from improv.statistics import whole_percents

_STANDING: Final = """
SELECT 'O' || o.id AS ref, x.since AS ended, COALESCE(r.name, x.reason) AS reason, COALESCE(k.name, s.stage) AS stage,
    o.opened_on AS opened, t.value AS value
FROM opportunity AS o
LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
LEFT JOIN playbook_reason AS r ON r.key = x.reason
LEFT JOIN opportunity_terms AS t ON t.id = (SELECT u.id FROM opportunity_terms AS u WHERE u.opportunity_id = o.id
    ORDER BY u.on_day DESC, u.id DESC LIMIT 1)
LEFT JOIN stage_stay AS s ON s.id = (SELECT y.id FROM stage_stay AS y WHERE y.opportunity_id = o.id
    ORDER BY CASE WHEN y.until IS NULL THEN 0 ELSE 1 END, y.sequence DESC LIMIT 1)
LEFT JOIN playbook_stage AS k ON k.key = s.stage
WHERE o.id IN (SELECT value FROM json_each(:numbers))"""


def discovery(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return what became of the discoveries entered in the period, each from its first entry, and of every stage."""
    told = measure.explain(reader, CATALOGUE["win_rate_from_discovery"], period)
    standing = _standing(reader, told.counted)
    outcomes = sorted((told.reading.states or {}).items(), key=lambda item: (-item[1], item[0]))
    ended = Table(
        "outcomes",
        "Outcomes",
        (
            Column("outcome", "Outcome"),
            Column("n", "Discoveries", "number"),
            Column("share", "Of all", "share"),
        ),
        tuple((state, n, Share(n, told.reading.n)) for state, n in outcomes),
        empty="No discovery was entered.",
    )
    listed = Table(
        "discoveries",
        "Discoveries",
        (
            Column("day", "Entered", "day"),
            Column("record", "Opportunity", "ref"),
            Column("outcome", "Outcome"),
            Column("ended", "On", "day"),
            Column("reason", "Reason"),
            Column("stage", "Stage"),
            Column("value", "Value", "money"),
        ),
        tuple(_discovery(row, standing[row.ref]) for row in told.counted),
        empty="No discovery was entered.",
    )
    return (
        Section("Outcomes", (ended,)),
        Section("From stage to stage", (_from_stage_to_stage(reader, period),)),
        Section("Discoveries", (listed,)),
    )


def _from_stage_to_stage(reader: Reader, period: Period) -> Table:
    """Return what came next after each stage, of all stays begun in the period, as a matrix in percent."""
    stays: dict[Word, Counter[Word]] = {}
    conversion = CATALOGUE["stage_conversion"]
    for (stage, went_to), part in measure.by(reader, conversion, period, "stage", "went_to"):
        stays.setdefault(stage, Counter())[went_to] += part.n
    places = {stage.key: stage.position for stage in reader.playbook.stages}
    came = sum(stays.values(), Counter[Word]())
    ahead = sorted(came, key=lambda word: (places.get(str(word), len(places) + 1), -came[word], str(word)))
    percents = [whole_percents([each[word] for word in ahead]) for each in stays.values()]
    rows: list[tuple[Cell, ...]] = [
        (in_words(reader, "went_to", word), *(Percent(each[row]) for each in percents))
        for row, word in enumerate(ahead)
    ]
    rows += [("stays begun", *(each.total() for each in stays.values()))] if rows else []
    # A stage is a column, because there are fewer of them than of what may come next.
    return Table(
        "stage_to_stage",
        "From stage to stage",
        (
            Column("went_to", "Then"),
            *(Column(str(stage), in_words(reader, "stage", stage), "share") for stage in stays),
        ),
        rows,
        empty="No stage was entered.",
        note="From the stage above to the one beside; each column adds up to 100%." if rows else "",
    )


def _discovery(row: Counted, now: Row) -> tuple[Cell, ...]:
    return (
        day(row.day),
        Ref(row.ref, row.name or ""),
        row.state,
        day(now["ended"]),
        now["reason"],
        now["stage"],
        amount(now["value"]),
    )


def _standing(reader: Reader, counted: Sequence[Counted]) -> dict[str, Row]:
    """Return how each of these opportunities stands now, by its id."""
    numbers = ", ".join(row.ref.removeprefix("O") for row in counted)
    return {row["ref"]: row for row in reader.rows(_STANDING, {"numbers": f"[{numbers}]"})}


def sales_cycle(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the days from opening to winning by closing stage, the days in each stage, and every win."""
    return (
        Section("By closing stage", (_by_closing_stage(reader, period),)),
        Section("Time in stage", (charts.time_in_stage(reader, period),)),
        Section("Wins", (_wins(reader, period),)),
    )


def _by_closing_stage(reader: Reader, period: Period) -> Table:
    cycle = CATALOGUE["sales_cycle"]
    whole = measure.measure(reader, cycle, period)
    won = dict(measure.by(reader, CATALOGUE["won_deals"], period, "stage"))
    rows = [
        (in_words(reader, "stage", key[0]), *_lengths(part), *_of_wins(won[key]))
        for key, part in measure.by(reader, cycle, period, "stage")
    ]
    rows += [("all", *_lengths(whole), None, None, None)] if rows else []
    return Table(
        "closing_stages",
        "By closing stage",
        (
            Column("stage", "Closed in"),
            Column("won", "Won", "number"),
            Column("mean", "Mean", "days"),
            Column("median", "Median", "days"),
            Column("of_wins", "Of wins", "share"),
            Column("goal", "Goal"),
            Column("verdict", "Verdict"),
        ),
        tuple(rows),
        empty="Nothing was won.",
        note=f"By {cycle.clock}." if rows else "",
    )


def _wins(reader: Reader, period: Period) -> Table:
    wins = measure.explain(reader, CATALOGUE["sales_cycle"], period).counted
    standing = _standing(reader, wins)
    return Table(
        "wins",
        "Wins",
        (
            Column("day", "Won", "day"),
            Column("record", "Opportunity", "ref"),
            Column("opened", "Opened", "day"),
            Column("days", "Days", "days"),
            Column("value", "Value", "money"),
        ),
        tuple(
            (
                day(row.day),
                Ref(row.ref, row.name or ""),
                day(standing[row.ref]["opened"]),
                days(row.days),
                amount(standing[row.ref]["value"]),
            )
            for row in wins
        ),
        empty="Nothing was won.",
    )


def _lengths(reading: Reading) -> tuple[Cell, ...]:
    lengths = reading.survival
    if lengths is None:
        return reading.n, None, None
    return lengths.finished, days(lengths.finished_mean), days(lengths.finished_median)


def _of_wins(part: Reading) -> tuple[Cell, ...]:
    """Return how many of all wins closed in a stage, against the stage's goal."""
    return Share(part.n, part.of_all or 0), target_words(part) or None, part.verdict
