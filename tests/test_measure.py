"""Any metric, measured: its breakdowns, verdicts and changes, and how they are shown and explained."""

from datetime import date

import pytest

from improv import measure, scores, statistics
from improv.breakdown import tables_by
from improv.dates import Period, day_of, month_of, parse_period
from improv.errors import Usage
from improv.metrics import find
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
from improv.report import Days, Facts, Money, Ref, Share, Table
from improv.statistics import newcombe
from tests.book import TODAY, Book
from tests.life import FIRST

_NEVER = "WHEN '' THEN ''"
SPAN = Period(FIRST, TODAY, "the whole book")


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


@pytest.mark.parametrize("reasons", [{}, {"web": "a visitor"}, {"web": "a visitor", "referral": "a friend"}])
def test_what_is_left_out_is_told_by_its_reasons_however_many_there_are(
    book: Book, reasons: dict[str, str]
) -> None:
    """No reason, one, or two: what counts is the rest, and a trend, which groups by day, agrees."""
    for source, times in (("web", 1), ("referral", 2), (None, 3)):
        for _ in range(times):
            lead(book, "2026-11-02", source)
    why = " ".join(f"WHEN '{source}' THEN '{reason}'" for source, reason in reasons.items())
    metric = find("new_leads")._replace(
        name="strangers",
        sql="SELECT l.id AS id, l.id AS about, l.received_on AS day, "
        f"CASE l.source {why or _NEVER} END AS left_out FROM lead AS l",
    )
    told = measure.measure(book.reader(), metric, SPAN)
    counted = {"web": 1, "referral": 2}
    expected = {reason: counted[source] for source, reason in reasons.items()}
    assert (told.value, told.left_out) == (6 - sum(expected.values()), expected)
    assert measure.trend(book.reader(), metric, [SPAN]) == [told]
