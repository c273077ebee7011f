"""Any metric, measured: over the whole catalogue the parts add up, the rows add up, and the past stays as it was."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from improv import measure, scores, statistics
from improv.breakdown import tables_by
from improv.dates import Period, day_of, month_of, parse_period, week_of
from improv.errors import Usage
from improv.measure import Explanation
from improv.metrics import CATALOGUE, find
from improv.metrics.reading import Reading
from improv.models import (
    Client,
    ClientStatus,
    Lead,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    StageStay,
    Visit,
)
from improv.reader import Reader
from improv.report import Days, Facts, Money, Ref, Share, Table
from improv.statistics import newcombe
from tests.book import TODAY, Book, open_book
from tests.life import FIRST, Life

PAST = date(2026, 10, 14)
SPAN = Period(FIRST, TODAY, "the whole book")


@pytest.fixture(scope="module", params=[6, 8])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def lived(book: Book, seed: int) -> Book:
    """Give a random book of sixteen weeks."""
    Life(book, seed).live(TODAY)
    return book


PERIODS = (
    SPAN,
    month_of(date(2026, 10, 5)),
    week_of(PAST),
    Period(TODAY, TODAY + timedelta(days=13), "ahead"),
)


def added_again(told: Explanation) -> tuple[int, float | None]:
    """Add the rows of an explanation up, in the plainest way."""
    metric, rows = told.reading.metric, told.counted
    if metric.kind == "ratio":
        (of, above), (_, below) = map(added_again, told.parts)
        return of, metric.times * above / below if below and above is not None else None
    values = [row.value for row in rows if row.value is not None]
    figure: float | None = len(rows)
    if metric.kind == "share":
        figure = sum(row.state in metric.hits for row in rows) / len(rows) if rows else None
    elif metric.kind == "duration" and metric.shows == "mean":
        figure = sum(row.days or 0 for row in rows) / len(rows) if rows else None
    elif metric.kind == "duration":
        figure = statistics.product_limit((row.days or 0, row.ended) for row in rows).median
    elif metric.shows == "mean":
        figure = sum(values) / len(values) if values else None
    elif metric.kind == "total" or metric.shows == "sum":
        figure = None if told.left_out and not rows else sum(values) / metric.divisor
    return len(rows), figure


def figures(reading: Reading) -> tuple[object, ...]:
    """Return all that a reading says, its metric and period aside."""
    said = (reading.value, reading.n, reading.hits, reading.still_open, reading.interval, reading.states)
    return (*said, reading.left_out, reading.survival, reading.verdict)


def test_the_rows_that_explain_a_metric_give_its_figure_again(lived: Book) -> None:
    reader = lived.reader()
    seen = Counter[str]()
    for metric in CATALOGUE.values():
        for period in PERIODS:
            told = measure.explain(reader, metric, period)
            n, figure = added_again(told)
            assert (metric.name, n) == (metric.name, told.reading.n)
            assert told.reading.value == pytest.approx(figure), metric.name
            assert Counter(row.why for row in told.left_out) == Counter(told.reading.left_out or {})
            assert all(row.name for row in told.counted if row.ref[0] in "LOCM")
            seen[metric.name] += n
    assert [name for name in CATALOGUE if not seen[name]] == []


def test_a_breakdown_by_any_key_adds_up_to_the_whole(lived: Book) -> None:
    reader = lived.reader()
    for metric in CATALOGUE.values():
        whole = measure.measure(reader, metric, SPAN)
        for key in measure.keys_of(metric):
            parts = [part for _, part in measure.by(reader, metric, SPAN, key)]
            what = f"{metric.name} by {key}"
            if metric.kind == "ratio":
                assert sum(part.parts[0].n for part in parts if part.parts) == whole.n, what
                continue
            assert sum(part.n for part in parts) == whole.n, what
            assert sum(part.hits for part in parts) == whole.hits, what
            states = sum((Counter(part.states) for part in parts), Counter[str]())
            assert (states, what) == (Counter(whole.states), what)
            left_out = sum((Counter(part.left_out) for part in parts), Counter[str]())
            assert (left_out, what) == (Counter(whole.left_out), what)
            if metric.kind == "total" or metric.shows == "sum":
                assert sum(part.value or 0 for part in parts) == pytest.approx(whole.value or 0), what


def test_as_of_a_day_every_metric_is_what_a_book_that_ends_there_says(
    lived: Book, seed: int, tmp_path: Path
) -> None:
    looking_back = lived.reader(PAST)
    with open_book(tmp_path / "then.db", PAST) as then:
        Life(then, seed).live(PAST)
        at_the_time = Reader(then.work.connection, then.work.playbook, PAST)
        for metric in CATALOGUE.values():
            for period in (SPAN, month_of(PAST), week_of(PAST)):
                back, now = (measure.measure(it, metric, period) for it in (looking_back, at_the_time))
                assert (metric.name, figures(back)) == (metric.name, figures(now))
            rows, same = (measure.explain(it, metric, SPAN).counted for it in (looking_back, at_the_time))
            assert sorted(map(str, rows)) == sorted(map(str, same)), metric.name
            for key in measure.keys_of(metric):
                parts, there = (measure.by(it, metric, SPAN, key) for it in (looking_back, at_the_time))
                assert [(word, figures(part)) for word, part in parts] == [
                    (word, figures(part)) for word, part in there
                ], f"{metric.name} by {key}"


def test_a_trend_is_what_measuring_each_period_gives(lived: Book) -> None:
    reader = lived.reader()
    periods = [*SPAN.split("week"), day_of(PAST), SPAN]
    for metric in CATALOGUE.values():
        trend = [figures(reading) for reading in measure.trend(reader, metric, periods)]
        assert trend == [figures(measure.measure(reader, metric, period)) for period in periods], metric.name


def lead(book: Book, on: str, source: str | None = None, **fields: object) -> Lead:
    return book.add(Lead, name="Ann", name_folded="ann", received_on=on, source=source, **fields)


def test_a_breakdown_takes_two_keys_and_none_comes_last(book: Book) -> None:
    lead(book, "2026-10-31", "web", city="Bonn")
    lead(book, "2026-11-01", "web", city="Bonn")
    lead(book, "2026-11-02", "web", city="Bonn")
    lead(book, "2026-11-02", "referral")
    lead(book, "2026-11-03", None, city="Kiel")
    parts = measure.by(book.reader(), find("new_leads"), SPAN, "source", "city")
    assert [(key, part.value) for key, part in parts] == [
        (("web", "Bonn"), 3),
        (("referral", None), 1),
        ((None, "Kiel"), 1),
    ]
    months = measure.by(book.reader(), find("new_leads"), SPAN, "month")
    assert [(key, part.value) for key, part in months] == [(("2026-10",), 1), (("2026-11",), 4)]


def test_stages_come_in_the_order_of_the_funnel(book: Book) -> None:
    for number, stage in enumerate(("overcome", "a stage of old", "intro", "proposal")):
        deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on="2026-11-01").id
        book.add(StageStay, opportunity_id=deal, stage=stage, since="2026-11-01", sequence=number)
    parts = measure.by(book.reader(), find("pipeline_count"), SPAN, "stage")
    assert [key for key, _ in parts] == [("intro",), ("proposal",), ("overcome",), ("a stage of old",)]


def test_an_opportunity_has_its_own_source_or_else_that_of_its_lead(book: Book) -> None:
    who = book.add(Lead, name="Ann", name_folded="ann", received_on="2026-11-01", source="web").id
    for source in ("referral", None):
        book.add(
            Opportunity, title="deal", title_folded="deal", opened_on="2026-11-02", lead_id=who, source=source
        )
    parts = measure.by(book.reader(), find("opportunities"), SPAN, "source")
    assert [key for key, _ in parts] == [("referral",), ("web",)]


def test_a_key_that_a_metric_does_not_have_is_refused_with_those_it_has(book: Book) -> None:
    with pytest.raises(Usage) as refused:
        measure.by(book.reader(), find("new_leads"), SPAN, "sorce")
    assert refused.value.mend.startswith("did you mean `source`? use one of source, owner, campaign, ")
    with pytest.raises(Usage):
        measure.by(book.reader(), find("new_leads"), SPAN, "source", "owner", "city")


def test_a_share_with_open_rows_is_judged_by_both_ends(book: Book) -> None:
    def enter(how_many: int, how: str | None) -> None:
        for _ in range(how_many):
            deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on="2026-11-01").id
            book.add(StageStay, opportunity_id=deal, stage="mutual-discovery", since="2026-11-01", sequence=0)
            if how:
                book.add(OpportunityOutcome, opportunity_id=deal, since="2026-11-09", outcome=how)

    def discovered() -> Reading:
        return measure.measure(book.reader(), find("win_rate_from_discovery"), month_of(TODAY))

    enter(30, "won")
    enter(10, "lost")
    assert discovered().verdict == "on target"
    enter(40, None)
    reading = discovered()
    assert (reading.worst, reading.best, reading.verdict) == (30 / 80, 70 / 80, "too few to tell")
    assert reading.interval == (statistics.wilson(30, 80)[0], statistics.wilson(70, 80)[1])


def test_a_single_miss_breaks_a_target_of_all(book: Book) -> None:
    for _ in range(3):
        lead(book, "2026-11-01", "web")
    assert measure.measure(book.reader(), find("leads_with_source"), SPAN).verdict == "on target"
    lead(book, "2026-11-01")
    assert measure.measure(book.reader(), find("leads_with_source"), SPAN).verdict == "below target"


def test_the_target_of_a_count_fits_the_period_and_waits_for_its_end(book: Book) -> None:
    for _ in range(14):
        lead(book, "2026-11-09", "web")

    def judged(period: str) -> tuple[str, str | None, str]:
        reader = book.reader()
        line = scores.score(reader, find("new_leads"), parse_period(period, reader.today))
        return line.target, line.verdict, line.note

    assert judged("2026-11-09") == ("≥ 2 a day", "on target", "")
    assert judged("2026-11-09..2026-11-15") == ("≥ 14 (2 a day)", "on target", "")
    assert judged("2026-11-08..2026-11-15") == ("≥ 16 (2 a day)", "below target", "")
    assert judged("2026-11") == ("≥ 60 (2 a day)", "too few to tell", "day 22 of 30")
    assert judged("all") == ("", None, "")


def test_a_running_period_is_compared_with_as_many_days_of_the_one_before(book: Book) -> None:
    for day in ("2026-10-01", "2026-10-22", "2026-10-23", "2026-11-05", "2026-11-06", "2026-11-22"):
        lead(book, day, "web")
    reader = book.reader()
    running = measure.change(reader, find("new_leads"), month_of(TODAY))
    assert (running.before.value, running.difference) == (2, 1)
    over = measure.change(reader, find("new_leads"), month_of(date(2026, 10, 1)))
    assert (over.before.value, over.difference) == (0, 3)


def test_a_change_of_a_share_says_when_it_may_be_chance(book: Book) -> None:
    for month, known, unknown in ((9, 5, 5), (10, 6, 4)):
        for place in range(known + unknown):
            lead(book, f"2026-{month:02}-10", "web" if place < known else None)
    line = scores.score(book.reader(), find("leads_with_source"), month_of(date(2026, 10, 1)))
    assert (line.value, line.change) == (Share(6, 10), "+10.0 points, may be chance")
    first = scores.score(book.reader(), find("leads_with_source"), month_of(date(2026, 9, 1)))
    assert first.change == ""


def test_a_share_with_open_rows_differs_only_when_they_cannot_turn_it(book: Book) -> None:
    """Six deals of September were lost; the six of October are open, and then won."""
    deals = [
        book.add(Opportunity, title="deal", title_folded="deal", opened_on=f"2026-{month:02}-10").id
        for month in (9, 10)
        for _ in range(6)
    ]
    for deal in deals[:6]:
        book.add(OpportunityOutcome, opportunity_id=deal, outcome="lost", since="2026-09-20")

    def changed() -> measure.Change:
        return measure.change(book.reader(), find("pipeline_entry_to_win"), month_of(date(2026, 10, 1)))

    assert (changed().difference, changed().verdict) == (0, "too few to tell")
    missed, hit = newcombe(0, 6, 0, 6), newcombe(6, 6, 0, 6)
    assert missed is not None
    assert hit is not None
    assert changed().interval == (missed[1], hit[2])
    for deal in deals[6:]:
        book.add(OpportunityOutcome, opportunity_id=deal, outcome="won", since="2026-10-20")
    assert (changed().difference, changed().verdict) == (1, "more than chance")


def test_what_matures_is_compared_with_the_same_hindsight(book: Book) -> None:
    """Leads become deals after ten days: on 2 November those of 28 October are not, as those of 28 September were not."""
    for day, opened in (("2026-09-28", "2026-10-08"), ("2026-10-28", "2026-11-07")):
        for _ in range(6):
            book.add(Opportunity, title="d", title_folded="d", opened_on=opened, lead_id=lead(book, day).id)
    october = month_of(date(2026, 10, 1))

    def changed(day: str) -> tuple[float | None, str | None, date | None]:
        told = measure.change(book.reader(day), find("lead_to_opportunity"), october)
        return told.difference, told.verdict, told.seen_on

    assert changed("2026-11-02") == (0, "may be chance", date(2026, 10, 2))
    assert changed("2026-11-07") == (1, "more than chance", date(2026, 10, 7))
    assert changed("2026-11-08") == (0, "may be chance", date(2026, 10, 8))


def test_counts_are_compared_by_the_day_and_medians_by_their_intervals(book: Book) -> None:
    """Thirteen leads against three in as many days is more than chance; a level and a sum are not judged."""
    for day, leads in (("2026-10-05", 3), ("2026-11-05", 13)):
        for _ in range(leads):
            lead(book, day, "web")
    reader, november = book.reader(), month_of(TODAY)
    counted = measure.change(reader, find("new_leads"), november)
    assert (counted.difference, counted.verdict) == (10, "more than chance")
    assert counted.times == statistics.rate_ratio(13, 22, 3, 22)
    whole = measure.change(
        reader, find("new_leads"), parse_period("2026-11-05", TODAY), against=month_of(TODAY)
    )
    assert whole.times == statistics.rate_ratio(13, 1, 13, 30)
    # Nobody was reached: no median, and nothing to compare.
    assert measure.change(reader, find("days_to_first_contact"), november).verdict == "too few to tell"
    for name in ("pipeline_count", "won_value", "visits_per_client", "sales_cycle", "visits_of_year"):
        assert measure.change(reader, find(name), november).verdict is None, name


def test_a_score_tells_what_is_open_left_out_and_unfinished(book: Book) -> None:
    deal = book.add(Opportunity, title="Big deal", title_folded="big deal", opened_on="2026-11-01").id
    book.add(
        StageStay, opportunity_id=deal, stage="intro", since="2026-11-01", until="2026-11-05", sequence=0
    )
    book.add(
        StageStay, opportunity_id=deal, stage="proposal", since="2026-11-05", until="2026-11-11", sequence=1
    )
    book.add(StageStay, opportunity_id=deal, stage="overcome", since="2026-11-11", sequence=2)
    november = month_of(TODAY)
    notes = {
        name: scores.score(book.reader(), find(name), november).note
        for name in ("pipeline_entry_to_win", "pipeline_value", "time_in_stage", "event_gap")
    }
    assert notes == {
        "pipeline_entry_to_win": "1 open: may end at 0.0% to 100.0%",
        "pipeline_value": "1 left out: no value",
        "time_in_stage": "2 finished: mean 5.0 d, median 5 d; with 1 still inside: product-limit median 6 d",
        "event_gap": "",
    }
    weeks = SPAN.split("week")[-2:]
    trend = scores.score(book.reader(), find("opportunities"), november, weeks).trend
    assert trend == (0, 0)


def test_a_breakdown_is_shown_by_name_with_the_whole_below(book: Book) -> None:
    deals = (
        ("web", "won", 50000),
        ("web", "lost", None),
        ("cold-call", "won", 20000),
        (None, "no decision", None),
    )
    for source, how, value in deals:
        deal = book.add(
            Opportunity, title="deal", title_folded="deal", opened_on="2026-11-01", source=source
        ).id
        book.add(OpportunityOutcome, opportunity_id=deal, since="2026-11-09", outcome=how)
        book.add(OpportunityTerms, opportunity_id=deal, on_day="2026-11-01", value=value)
    (rate,) = tables_by(book.reader(), find("win_rate"), SPAN, ["source"])
    assert [column.key for column in rate.columns] == ["source", "win_rate", "lost", "won", "left_out"]
    assert set(rate.rows) == {
        ("web", Share(1, 2), 1, 1, 0),
        ("cold call", Share(1, 1), 0, 1, 0),
        (None, Share(0, 0), 0, 0, 1),
        ("all", Share(2, 3), 1, 2, 1),
    }
    # A count by two keys is told in shares of the first: a matrix whose rows add up.
    (closed,) = tables_by(book.reader(), find("closed"), SPAN, ["source", "state"])
    assert [column.title for column in closed.columns] == [
        "Source",
        "State",
        "Closed",
        "Of source",
        "Left out",
    ]
    assert set(closed.rows) == {
        ("web", "won", 1, Share(1, 2), 0),
        ("web", "lost", 1, Share(1, 2), 0),
        ("cold call", "won", 1, Share(1, 1), 0),
        (None, "no decision", 1, Share(1, 1), 0),
        ("all", None, 4, Share(4, 4), 0),
    }
    (amounts,) = tables_by(book.reader(), find("won_value"), SPAN, ["source"])
    assert amounts.rows[-1] == ("all", Money(70000), 2, 0)
    (empty,) = tables_by(book.reader(), find("won_value"), day_of(FIRST), ["source"])
    assert (list(empty.rows), empty.empty) == ([], "Nothing is recorded for 2026-08-01.")


def test_an_explanation_names_definition_clock_formula_and_every_record(book: Book) -> None:
    kept = {"title": "Big deal", "title_folded": "big deal", "opened_on": "2026-11-10"}
    for won_on in ("2026-11-20", "2026-11-09"):
        deal = book.add(Opportunity, **kept).id
        book.add(OpportunityOutcome, opportunity_id=deal, since=won_on, outcome="won", imported=True)
    report = scores.explanation_report(book.reader(), find("sales_cycle"), month_of(TODAY))
    (section,) = report.sections
    facts, counted, left_out = section.blocks
    assert isinstance(facts, Facts)
    assert dict(facts.pairs) == {
        "definition": find("sales_cycle").sentence,
        "clock": "day won",
        "formula": "days in cycle / opportunities won",
        "source": "[A] monthly scorecard",
        "figure": Days(10),
        "target": "< 45 d",
        "note": "1 in all: mean 10.0 d, median 10 d; 1 left out: closed before it was opened",
    }
    assert isinstance(counted, Table)
    assert list(counted.rows) == [(Ref("O1", "Big deal"), date(2026, 11, 20), Days(10))]
    assert isinstance(left_out, Table)
    assert list(left_out.rows) == [
        (Ref("O2", "Big deal"), date(2026, 11, 9), Days(-1), "closed before it was opened")
    ]


def test_a_ratio_is_explained_by_its_two_metrics(book: Book) -> None:
    account = book.add(Client, name="Acme", name_folded="acme", since_on="2026-11-13").id
    book.add(ClientStatus, client_id=account, status="active", since="2026-11-13")
    book.add(Visit, client_id=account, held_on="2026-11-20")
    report = scores.explanation_report(book.reader(), find("visits_per_client"), month_of(TODAY))
    assert [section.title for section in report.sections] == [
        "Visits per client",
        "Visits of a year",
        "Client-days of a year",
    ]
    line = scores.score(book.reader(), find("visits_per_client"), month_of(TODAY))
    assert (line.value, line.target, line.verdict) == (36.5, "≥ 4 a year", "on target")
    (part,) = measure.by(book.reader(), find("visits_per_client"), month_of(TODAY), "client")
    assert (part[0], part[1].value) == (("Acme",), 36.5)
