"""The rankings: the accounts that buy most, the salespeople who sell most, and the reasons given most often."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from improv import measure
from improv.dates import Period
from improv.fragments import called, name_of
from improv.measure import Key
from improv.metrics import CATALOGUE
from improv.metrics.fragments import OUTCOMES
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Cell, Column, Percent, Section, Share, Table
from improv.reports.parts import amount, day, in_words, money, ordered, ref, span
from improv.scores import cell

_ACCOUNTS: Final = f"""
SELECT 'C' AS letter, c.id AS number, c.name AS name, COUNT(*) AS won, SUM(t.value) AS value, MAX(x.since) AS latest,
    COUNT(*) OVER () AS accounts
{OUTCOMES} LEFT JOIN client AS c ON c.id = o.client_id
WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :last
GROUP BY c.id, c.name
ORDER BY CASE WHEN SUM(t.value) IS NULL THEN 1 ELSE 0 END, SUM(t.value) DESC, c.name, c.id
LIMIT :limit_accounts_shown"""

_WORDS: Final = f"""
SELECT x.answered_on AS day, 'Y' AS letter, x.id AS number, x.question AS question,
    {called("playbook_reason", "x.reason")} AS reason, x.words AS words,
    COALESCE({name_of("opportunity", "x.opportunity_id", "title")}, {name_of("client", "x.client_id")},
             {name_of("lead", "x.lead_id")}) AS name, COUNT(*) OVER () AS answers
FROM survey_answer AS x WHERE x.words IS NOT NULL AND x.answered_on BETWEEN :first AND :last
ORDER BY x.answered_on DESC, x.id DESC LIMIT :limit_reasons_shown"""


def accounts(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the clients with the most value won in the period."""
    whole = measure.measure(reader, CATALOGUE["won_value"], period).value
    found = reader.rows(_ACCOUNTS, span(period))
    table = Table(
        "accounts",
        "Top accounts",
        (
            Column("record", "Client", "ref"),
            Column("won", "Won", "number"),
            Column("value", "Value won", "money"),
            Column("share", "Of all", "share"),
            Column("latest", "Latest", "day"),
        ),
        tuple(
            (
                ref(row) or "no client",
                row["won"],
                amount(row["value"]),
                Percent(round(100 * row["value"] / whole)) if whole and row["value"] is not None else None,
                day(row["latest"]),
            )
            for row in found
        ),
        empty="Nothing was won.",
        note=_more(found[0]["accounts"] - len(found)) if found else "",
    )
    return (Section("Top accounts", (table,)),)


def _more(hidden: int) -> str:
    return f"and {hidden} more" if hidden > 0 else ""


# Salespeople.

_SOLD: Final = ("won_deals", "won_value", "win_rate", "average_deal")
_WORKED: Final = ("mql", "sql")


def salespeople(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return who won what in the period, most value first, and what each works at on its last day."""
    return (
        Section("Sales", (_sales(reader, period),)),
        Section("What each works at", (worked_at(reader, period),)),
    )


def _sales(reader: Reader, period: Period) -> Table:
    metrics = [CATALOGUE[name] for name in _SOLD]
    found = [dict(measure.by(reader, one, period, "owner")) for one in metrics]
    value = found[_SOLD.index("won_value")]
    keys = sorted(ordered(found), key=lambda key: (None in key, -_worth(value.get(key)), str(key)))
    rows: list[tuple[Cell, ...]] = [
        (in_words(reader, "owner", key[0]), *(_shown(part.get(key)) for part in found)) for key in keys
    ]
    rows += [("all", *(cell(measure.measure(reader, one, period)) for one in metrics))] if rows else []
    return Table(
        "sales",
        "Sales",
        (
            Column("owner", "Salesperson"),
            Column("won", "Won", "number"),
            Column("value", "Value won", "money"),
            Column("win_rate", "Win rate", "share"),
            Column("average", "Average deal", "money"),
        ),
        tuple(rows),
        empty="Nothing was won or lost.",
        note="Win rate: won of those won or lost." if rows else "",
    )


def _worth(reading: Reading | None) -> float:
    return reading.value or 0 if reading else 0


def _shown(reading: Reading | None) -> Cell:
    return None if reading is None else cell(reading)


def worked_at(reader: Reader, period: Period) -> Table:
    """Return how many leads, opportunities and customers each salesperson has on the last day of the period."""
    states = measure.by(reader, CATALOGUE["leads_in_lifecycle"], period, "owner", "state")
    held: list[dict[Key, Reading]] = [
        *({key[:1]: part for key, part in states if key[1] == state} for state in _WORKED),
        *(
            dict(measure.by(reader, CATALOGUE[name], period, "owner"))
            for name in ("pipeline_count", "pipeline_value", "active_clients")
        ),
    ]
    return Table(
        "worked_at",
        "What each works at",
        (
            Column("owner", "Salesperson"),
            *(Column(state, state.upper(), "number") for state in _WORKED),
            Column("opportunities", "Opportunities", "number"),
            Column("value", "Their value", "money"),
            Column("customers", "Customers", "number"),
        ),
        tuple(
            (
                in_words(reader, "owner", key[0]),
                *(
                    money(part.get(key)) if place == len(_WORKED) + 1 else _count(part.get(key))
                    for place, part in enumerate(held)
                ),
            )
            for key in ordered(held)
        ),
        empty="Nobody has a lead, an opportunity or a customer.",
    )


def _count(reading: Reading | None) -> int:
    return reading.n if reading else 0


# Reasons.

_Words = Mapping[str | None, int]
# Title, the question that surveys ask, what is recorded with a reason of its own, and when that is.
_WHY: Final = (
    ("Why they click", "clicked", "", ""),
    ("Why they buy", "bought", "won", "At the close"),
    ("Why they do not buy", "did not buy", "lost", "At the close"),
    ("Why nothing was decided", "", "no decision", "At the close"),
    ("Why they call support", "called support", "", ""),
    ("Why they leave", "left", "left", "On leaving"),
)
_TWICE: Final = "The same person may stand in both columns."


def reasons(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return why people click, buy, do not buy, call support and leave: as they say, and as it was recorded."""
    asked = _given(reader, "survey_answers", period, "question")
    recorded = _given(reader, "closed", period, "state")
    recorded["left"] = _counted(reader, dict(measure.by(reader, CATALOGUE["lost_clients"], period, "reason")))
    tables = []
    for title, question, outcome, when in _WHY:
        sources = [("asked", "In surveys", asked.get(question, {}))] if question else []
        sources += [("recorded", when, recorded.get(outcome, {}))] if outcome else []
        tables.append(_ranking(reader, (question or outcome).replace(" ", "_"), title, sources))
    return (*(Section(table.title, (table,)) for table in tables), _in_their_words(reader, period))


def _given(reader: Reader, name: str, period: Period, key: str) -> dict[str, _Words]:
    """Return how often each reason was given, by what it is a reason for."""
    found: dict[str, dict[Key, Reading]] = {}
    for (word, reason), part in measure.by(reader, CATALOGUE[name], period, key, "reason"):
        found.setdefault(str(word), {})[reason,] = part
    return {word: _counted(reader, parts) for word, parts in found.items()}


def _counted(reader: Reader, parts: Mapping[Key, Reading]) -> _Words:
    """Return how often each reason was given; one typed as the playbook calls it is the playbook's."""
    counts: Counter[str | None] = Counter()
    for (word,), part in parts.items():
        counts[None if word is None else in_words(reader, "reason", word)] += part.n
    return counts


def _ranking(reader: Reader, key: str, title: str, sources: Sequence[tuple[str, str, _Words]]) -> Table:
    """Return the reasons given most often, each source in a column of its own."""
    most = reader.playbook.limits["reasons_shown"]
    total = sum((Counter(words) for *_, words in sources), Counter[str | None]())
    ranked = sorted(total, key=lambda word: (word is None, -total[word], word))
    rows: list[tuple[Cell, ...]] = [
        (
            word or in_words(reader, "reason", None),
            *(Share(words.get(word, 0), sum(words.values())) for *_, words in sources),
        )
        for word in ranked[:most]
    ]
    notes = [_TWICE] if all(words for *_, words in sources) and len(sources) > 1 else []
    return Table(
        key,
        title,
        (Column("reason", "Reason"), *(Column(name, heading, "share") for name, heading, _ in sources)),
        rows,
        empty="No reason was given.",
        note=". ".join(filter(None, (_more(len(ranked) - most), *notes))),
    )


def _in_their_words(reader: Reader, period: Period) -> Section:
    found = reader.rows(_WORDS, span(period))
    table = Table(
        "words",
        "In their own words",
        (
            Column("day", "Day", "day"),
            Column("record", "Answer", "ref"),
            Column("question", "Question"),
            Column("reason", "Reason"),
            Column("words", "Words"),
        ),
        tuple((day(row["day"]), ref(row), row["question"], row["reason"], row["words"]) for row in found),
        empty="Nobody answered in their own words.",
        note=_more(found[0]["answers"] - len(found)) if found else "",
    )
    return Section(table.title, (table,))
