"""Each metric: a November worked by hand, an empty store, and the edges of what it counts."""

from collections.abc import Mapping

import pytest

from improv import measure, playbook
from improv.dates import month_of, parse_period
from improv.errors import Usage
from improv.metrics import CATALOGUE, find
from improv.metrics.reading import Reading
from improv.models import (
    Activity,
    Campaign,
    CampaignResult,
    Client,
    ClientStatus,
    Event,
    Lead,
    Lifecycle,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    Qualification,
    Referral,
    StageStay,
    Story,
    Task,
    Visit,
)
from improv.models import Reading as DatedValue
from improv.models import Testimonial as Praise
from tests.book import TODAY, Book

NOVEMBER = month_of(TODAY)  # the 22nd is today


def lead(book: Book, name: str, on: str, source: str | None = None) -> int:
    return book.add(Lead, name=name, name_folded=name.lower(), received_on=on, source=source).id or 0


def opportunity(book: Book, on: str, **fields: object) -> int:
    return book.add(Opportunity, title="deal", title_folded="deal", opened_on=on, **fields).id or 0


def stays(book: Book, deal: int, *steps: tuple[str, str, str | None]) -> None:
    for sequence, (stage, since, until) in enumerate(steps):
        book.add(StageStay, opportunity_id=deal, stage=stage, since=since, until=until, sequence=sequence)


def terms(book: Book, deal: int, on: str, **fields: object) -> None:
    book.add(OpportunityTerms, opportunity_id=deal, on_day=on, **fields)


def outcome(book: Book, deal: int, on: str, how: str, **fields: object) -> None:
    book.add(OpportunityOutcome, opportunity_id=deal, since=on, outcome=how, **fields)


def event(book: Book, kind: str, set_on: str, scheduled_for: str, **fields: object) -> int:
    given = {"kind": kind, "set_on": set_on, "scheduled_for": scheduled_for, "first_set_on": set_on}
    return book.add(Event, **given, **fields).id or 0


def client(book: Book, name: str, since: str, until: str | None = None) -> int:
    number = book.add(Client, name=name, name_folded=name.lower(), since_on=since).id or 0
    book.add(ClientStatus, client_id=number, status="active", since=since, until=until)
    if until:
        book.add(ClientStatus, client_id=number, status="former", since=until)
    return number


def referral(book: Book, account: int, on: str, **fields: object) -> None:
    book.add(Referral, client_id=account, name="Zoe", name_folded="zoe", received_on=on, **fields)


def measured(book: Book, name: str, when: str = "", as_of: str | None = None) -> Reading:
    reader = book.reader(as_of)
    period = parse_period(when, reader.today) if when else month_of(reader.today)
    return measure.measure(reader, find(name), period)


def sell(book: Book, account: int) -> None:
    """One sale won, one lost, two open, one without a decision."""
    anna, ben = lead(book, "Anna", "2026-11-02", "referral"), lead(book, "Ben", "2026-11-05", "web")
    lead(book, "Cem", "2026-11-20")
    dora = lead(book, "Dora", "2026-10-15", "web")
    for who, day, verdict in (
        (anna, "11-03", "yes"),
        (ben, "11-06", "yes"),
        (ben, "11-10", "no"),
        (dora, "10-20", "yes"),
    ):
        book.add(Qualification, lead_id=who, decided_on=f"2026-{day}", verdict=verdict)
    book.add(Lifecycle, lead_id=anna, state="mql", since="2026-11-04", until="2026-11-06")
    book.add(Lifecycle, lead_id=anna, state="sql", since="2026-11-06")
    won = opportunity(book, "2026-11-03", lead_id=anna)
    stays(
        book,
        won,
        ("intro", "2026-11-03", "2026-11-05"),
        ("mutual-discovery", "2026-11-05", "2026-11-12"),
        ("proposal", "2026-11-12", "2026-11-18"),
    )
    terms(book, won, "2026-11-03", value=100000, probability=50, close_on="2026-11-20", owner="Ida")
    outcome(book, won, "2026-11-18", "won", stage="proposal")
    lost = opportunity(book, "2026-11-06", lead_id=ben)
    stays(book, lost, ("intro", "2026-11-06", "2026-11-09"), ("mutual-discovery", "2026-11-09", "2026-11-16"))
    terms(book, lost, "2026-11-06", value=200000, close_on="2026-11-15")
    outcome(book, lost, "2026-11-16", "lost", stage="mutual-discovery", reason="price")
    open_ = opportunity(book, "2026-10-20", lead_id=dora)
    stays(book, open_, ("intro", "2026-10-20", "2026-11-01"), ("mutual-discovery", "2026-11-01", None))
    terms(book, open_, "2026-10-20", value=300000, probability=40, close_on="2026-11-10")
    terms(book, open_, "2026-11-08", value=300000, probability=40, close_on="2026-11-25")
    unvalued = opportunity(book, "2026-11-10", client_id=account)
    stays(book, unvalued, ("intro", "2026-11-10", None))
    undecided = opportunity(book, "2026-11-01")
    stays(book, undecided, ("intro", "2026-11-01", "2026-11-04"))
    outcome(book, undecided, "2026-11-04", "no decision", stage="intro")
    met = {"status": "done", "opportunity_id": won}
    found, proposal = "mutual-discovery", "proposal"
    event(
        book,
        "introductory-call",
        "2026-11-03",
        "2026-11-04",
        closed_on="2026-11-04",
        anticipated_stage=found,
        actual_stage=found,
        **met,
    )
    event(
        book,
        "discovery-meeting",
        "2026-11-05",
        "2026-11-12",
        closed_on="2026-11-12",
        anticipated_stage="realign",
        actual_stage=proposal,
        **met,
    )
    event(
        book,
        "discovery-meeting",
        "2026-11-09",
        "2026-11-15",
        closed_on="2026-11-15",
        status="no-show",
        opportunity_id=lost,
    )
    event(
        book,
        "discovery-meeting",
        "2026-11-11",
        "2026-11-24",
        opportunity_id=open_,
        anticipated_stage=proposal,
    )
    referral(book, account, "2026-11-02", lead_id=anna)


def visit(book: Book, acme: int) -> None:
    """Two visits in November, one in June, and what they yielded."""
    beta = client(book, "Beta", "2026-01-01", "2026-11-11")
    client(book, "Gamma", "2026-08-23")
    for day, health in (("2026-10-25", 90), ("2026-11-15", 60)):
        book.add(DatedValue, client_id=acme, kind="health", on_day=day, value=health)
    event(book, "client-visit", "2026-11-20", "2026-11-30", client_id=acme)
    asked = {"asked_testimonial": True, "asked_story": True, "asked_referral": True}
    review = book.add(Visit, client_id=acme, held_on="2026-11-10", kind="qbr", **asked).id
    book.add(Visit, client_id=acme, held_on="2026-11-20", kind="check-in", asked_referral=True)
    book.add(Visit, client_id=beta, held_on="2026-06-01", kind="check-in")
    book.add(Praise, client_id=acme, visit_id=review, given_on="2026-11-10", kind="video")
    book.add(Story, client_id=acme, told_on="2026-11-21")
    referral(book, acme, "2026-11-10", visit_id=review)
    referral(book, acme, "2026-11-12", declined_on="2026-11-13")


def toil(book: Book) -> None:
    """Activities, tasks and a campaign."""
    book.add(Activity, kind="dial", times=5, done_on="2026-11-16", owner="Ida")
    book.add(Activity, kind="connected-call", times=2, done_on="2026-11-17", minutes=12)
    book.add(Activity, kind="connected-call", done_on="2026-11-18", minutes=5)
    book.add(Activity, kind="client-lunch", done_on="2026-11-18")
    book.add(Activity, kind="a kind of old", done_on="2026-11-18")
    dues = (("2026-11-20",), ("2026-11-10", "2026-11-30"), (), ("2026-11-22",), ("2026-11-01",))
    for number, moved in enumerate(dues):
        done = "2026-11-05" if number == len(dues) - 1 else None
        task = book.add(Task, what="call", created_on="2026-10-30", done_on=done).id
        for day, due in enumerate(moved):
            book.add(DatedValue, task_id=task, kind="due", on_day=f"2026-11-0{day + 1}", text=due)
    campaign = book.add(Campaign, name="Ads", name_folded="ads", starts_on="2026-11-01").id
    first = {"spend": 10000, "clicks": 40, "impressions": 1000, "platform_leads": 3, "platform_customers": 1}
    book.add(CampaignResult, campaign_id=campaign, on_day="2026-11-05", **first)
    book.add(CampaignResult, campaign_id=campaign, on_day="2026-11-06", clicks=10)


@pytest.fixture
def november(book: Book) -> Book:
    """Give a month of one consultant, small enough to add up by hand."""
    acme = client(book, "Acme", "2026-10-24")
    sell(book, acme)
    visit(book, acme)
    toil(book)
    return book


# A whole number or a mean; for a share (hits, of, still open).
Worked = Mapping[str, float | tuple[int, int, int]]
WORKED: Worked = {
    "new_leads": 3,
    "leads_with_source": (2, 3, 0),
    "referral_share": (1, 3, 0),
    "qualified_leads": 1,
    "lead_qualification": (1, 3, 1),  # Anna; Ben is not any more, and nobody has looked at Cem
    "qualified_lead_to_opportunity": (2, 2, 0),
    "contact_before_opportunity": 2,
    "active_leads": 1,
    "marketing_qualified_leads": 1,
    "sales_qualified_leads": 1,
    "leads_in_lifecycle": 1,
    "lead_to_opportunity": (2, 3, 1),
    "lead_to_win": (1, 3, 1),
    "opportunities": 4,
    "opportunities_from_leads": (2, 4, 0),
    "won_deals": 1,
    "won_value": 100000,
    "lost": 1,
    "closed": 3,
    "win_rate": (1, 2, 0),
    "won_of_closed": (1, 3, 0),
    "win_rate_from_stage": (
        3,
        6,
        0,
    ),  # the won one was in three stages, the lost in two, the undecided in one
    "appointments_per_win": 2,
    "conversations_per_win": 2,
    "win_rate_from_discovery": (1, 3, 1),
    "pipeline_entry_to_win": (1, 4, 1),
    "sales_cycle": 15,  # 3 to 18 November
    "time_in_stage": 6.5,  # ended after 2 3 3 6 7 7 days, still inside after 12 and 21: half are left from 6 to 7
    "pipeline_count": 2,
    "days_in_current_stage": 16.5,  # since the 1st and the 10th
    "pipeline_value": 300000,
    "weighted_pipeline": 147000,  # 49% of 3,000
    "weighted_pipeline_by_history": 147600,  # 1 of 2 won from discovery, and 49% of 8 more: 49.2% of 3,000
    "weighted_pipeline_by_hand": 120000,  # 40% of 3,000
    "closing_this_period": 1,
    "closing_value": 300000,
    "opportunities_with_next_event": (1, 2, 0),
    "opportunities_with_anticipated_stage": (1, 2, 0),
    "slipped": 2,
    "event_gap": 6.75,  # (1 + 7 + 6 + 13) / 4
    "event_gap_all": 7.4,  # and 10 for the visit
    "gap_under_goal": (1, 5, 0),
    "gap_over_red_flag": (1, 5, 0),
    "events_kept": (2, 5, 2),
    "events_scheduled": 5,
    "appointments": 2,
    "appointments_set": 4,
    "anticipation_accuracy": (1, 2, 0),
    "active_clients": 2,
    "client_health": 60,
    "days_since_last_visit": 46.5,  # 2, and 91 since 23 August
    "at_risk_clients": 2,
    "clients_with_next_visit": (1, 2, 0),
    "client_days_of_year": 436,  # 30 + 314 + 92
    "visits_of_year": 3,
    "referrals_of_year": 3,
    "visits_per_client": 3 * 365 / 436,
    "referrals_per_client": 3 * 365 / 436,
    "visits": 2,
    "testimonial_collection": (1, 2, 0),
    "testimonial_ask_rate": (1, 2, 0),
    "testimonial_ask_success": (1, 1, 0),
    "story_ask_rate": (1, 2, 0),
    "story_ask_success": (0, 1, 0),
    "referral_ask_rate": (2, 2, 0),
    "referral_ask_success": (1, 2, 0),
    "testimonials": 1,
    "stories": 1,
    "referrals": 3,
    "referral_to_intro": (1, 3, 1),
    "activities": 10,
    "points": 56,  # a client lunch 5, a first appointment 10, a discovery meeting 12, a QBR 20, three leads 9
    "conversations": 2,
    "overdue_tasks": 1,
    "campaign_spend": 10000,
    "campaign_clicks": 50,
    "campaign_impressions": 1000,
    "campaign_leads": 3,
    "campaign_customers": 1,
}
LEFT_OUT = {
    "qualified_leads": {"no longer qualified": 1},
    "win_rate": {"no decision": 1},
    "pipeline_value": {"no value": 1},
    "weighted_pipeline": {"no value": 1},
    "weighted_pipeline_by_history": {"no value": 1},
    "weighted_pipeline_by_hand": {"no value": 1},
    "client_health": {"too little known to rate by": 1},
    "points": {"a kind the playbook does not know": 1},
    "overdue_tasks": {"no due date": 1},
    "campaign_spend": {"not given": 1},
    "campaign_impressions": {"not given": 1},
    "campaign_leads": {"not given": 1},
    "campaign_customers": {"not given": 1},
}


def wrong(readings: Mapping[str, Reading], worked: Worked) -> dict[str, object]:
    """Return what differs from what was worked by hand."""
    found = {
        name: (it.hits, it.n, it.still_open) if it.metric.kind == "share" else it.value
        for name, it in readings.items()
    }
    return {name: value for name, value in found.items() if value != pytest.approx(worked[name])}


def test_every_metric_agrees_with_a_month_worked_by_hand(november: Book) -> None:
    reader = november.reader()
    readings = {name: measure.measure(reader, find(name), NOVEMBER) for name in WORKED}
    assert wrong(readings, WORKED) == {}
    assert {name: it.left_out for name, it in readings.items() if it.left_out} == LEFT_OUT


def test_with_nothing_recorded_counts_are_zero_and_all_else_is_nothing(book: Book) -> None:
    reader = book.reader()
    for metric in CATALOGUE.values():
        reading = measure.measure(reader, metric, NOVEMBER)
        is_sum = metric.kind in {"count", "total"} or (metric.kind == "level" and metric.shows != "mean")
        assert reading.value == (0 if is_sum else None), metric.name
        assert (reading.n, reading.interval, reading.left_out or {}) == (0, None, {}), metric.name


def test_every_target_of_the_playbook_has_its_metric_and_every_metric_its_words(book: Book) -> None:
    assert [name for name in book.work.playbook.targets if name not in CATALOGUE] == []
    assert [name for goal in book.work.playbook.goals for name in goal.targets if name not in CATALOGUE] == []
    for metric in CATALOGUE.values():
        assert metric.sentence.endswith(".")
        assert metric.title
        assert metric.clock
        assert metric.in_words
        assert metric.source[0] == "["


def test_a_metric_is_found_as_people_type_it_and_an_unknown_one_is_refused() -> None:
    assert find("Win-Rate from discovery").name == "win_rate_from_discovery"
    with pytest.raises(Usage) as refused:
        find("win_rat")
    assert refused.value.mend == "did you mean `win_rate`? improv metric list names them all"
    with pytest.raises(Usage) as refused:
        find("zzz")
    assert refused.value.mend == "improv metric list names them all"


def test_a_lead_is_new_on_the_first_and_the_last_day_of_the_period_only(book: Book) -> None:
    for day in ("2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"):
        lead(book, "Eve", day)
    assert measured(book, "new_leads", "2026-10").value == 2


def test_time_in_stage_tells_the_finished_and_the_unfinished_both(november: Book) -> None:
    lengths = measured(november, "time_in_stage").survival
    assert lengths is not None
    assert (lengths.finished, lengths.inside, lengths.finished_median, lengths.median) == (6, 2, 4.5, 6.5)
    assert lengths.finished_mean == pytest.approx(28 / 6)


def test_an_imported_stay_that_ends_before_it_began_is_left_out_of_averages(book: Book) -> None:
    deal = opportunity(book, "2026-11-01")
    kept = {"opportunity_id": deal, "stage": "intro", "imported": True}
    book.add(StageStay, since="2026-11-09", until="2026-11-08", sequence=0, **kept)
    book.add(StageStay, since="2026-11-09", until="2026-11-09", sequence=1, **kept)
    reading = measured(book, "time_in_stage")
    assert (reading.n, reading.value, reading.left_out) == (1, 0, {"ends before it began": 1})


def test_a_negative_gap_stays_in_the_mean_and_is_counted(book: Book) -> None:
    for for_day in ("2026-11-08", "2026-11-16"):
        event(book, "discovery-meeting", "2026-11-10", for_day, imported=True)
    reading = measured(book, "event_gap")
    assert reading.value == 2
    assert reading.states == {"negative": 1, "in order": 1}


def test_a_gap_of_five_days_misses_the_goal_and_one_of_ten_is_no_red_flag(book: Book) -> None:
    for day in ("05", "06", "11", "12"):  # gaps of 4, 5, 10 and 11 days
        event(book, "discovery-meeting", "2026-11-01", f"2026-11-{day}")
    assert measured(book, "gap_under_goal").hits == 1
    assert measured(book, "gap_over_red_flag").hits == 1


def test_a_sale_won_before_it_was_opened_is_reported_and_not_averaged(book: Book) -> None:
    deal = opportunity(book, "2026-11-10")
    outcome(book, deal, "2026-11-09", "won", imported=True)
    reading = measured(book, "sales_cycle")
    assert (reading.value, reading.left_out) == (None, {"closed before it was opened": 1})


def test_a_reopened_deal_counts_by_its_last_outcome_and_as_lost_while_it_was(book: Book) -> None:
    deal = opportunity(book, "2026-10-01")
    outcome(book, deal, "2026-10-10", "lost", until="2026-10-20")
    outcome(book, deal, "2026-11-05", "won")
    reading = measured(book, "win_rate", "2026-10-01..2026-11-22")
    assert (reading.hits, reading.n, reading.left_out) == (1, 1, {"reopened since": 1})
    then = measured(book, "win_rate", "2026-10", as_of="2026-10-15")
    assert (then.hits, then.n) == (0, 1)
    for day, still_open in (("09", 1), ("10", 0), ("19", 0), ("20", 1), ("31", 1)):
        assert measured(book, "pipeline_count", f"2026-10-{day}").value == still_open


def test_discovery_counts_from_the_first_entry_and_once(book: Book) -> None:
    deal = opportunity(book, "2026-10-01")
    stays(
        book,
        deal,
        ("mutual-discovery", "2026-10-05", "2026-10-09"),
        ("intro", "2026-10-09", "2026-11-02"),
        ("mutual-discovery", "2026-11-02", None),
    )
    assert measured(book, "win_rate_from_discovery", "2026-10").states == {"open": 1}
    assert measured(book, "win_rate_from_discovery", "2026-11").n == 0


def test_the_terms_of_the_day_hold_for_the_pipeline_of_a_past_day(book: Book) -> None:
    deal = opportunity(book, "2026-10-01")
    stays(book, deal, ("intro", "2026-10-01", None))
    terms(book, deal, "2026-10-01", value=100)
    terms(book, deal, "2026-10-15", value=300)
    assert [measured(book, "pipeline_value", f"2026-10-{day}").value for day in ("14", "15")] == [100, 300]
    assert measured(book, "pipeline_value", "2026-09-30").value == 0


def test_an_amount_that_nobody_gave_is_nothing_and_not_zero(book: Book) -> None:
    opportunity(book, "2026-11-01")
    reading = measured(book, "pipeline_value")
    assert (reading.value, reading.left_out) == (None, {"no value": 1})


@pytest.mark.parametrize(
    ("closed", "moved_on", "moved_to", "slips"),
    [
        (None, None, None, 1),  # passed while open
        ("2026-11-10", None, None, 0),  # closed on the very day
        ("2026-11-11", None, None, 1),  # closed a day late
        (None, "2026-11-05", "2026-11-21", 1),  # moved later in good time; the new date passed as well
        (None, "2026-11-05", "2026-11-07", 1),  # moved earlier: that date passed, the first never came
        (None, "2026-11-05", "2026-11-22", 1),  # moved to today, which is not over
    ],
)
def test_a_close_date_slips_when_it_is_moved_later_or_passes(
    book: Book, closed: str | None, moved_on: str | None, moved_to: str | None, slips: int
) -> None:
    deal = opportunity(book, "2026-11-01")
    terms(book, deal, "2026-11-01", close_on="2026-11-10")
    if moved_on:
        terms(book, deal, moved_on, close_on=moved_to)
    if closed:
        outcome(book, deal, closed, "won")
    assert measured(book, "slipped", "2026-11-01..2026-11-20").value == slips


def test_a_client_is_at_risk_just_past_the_limits_and_not_on_them(book: Book) -> None:
    for health, last_visit in (
        (70, "2026-08-24"),
        (69, "2026-08-24"),
        (70, "2026-08-23"),
        (69, "2026-08-23"),
    ):
        account = client(book, "Acme", "2026-01-01")
        book.add(DatedValue, client_id=account, kind="health", on_day="2026-11-01", value=health)
        book.add(Visit, client_id=account, held_on=last_visit)
    states = {"low health": 1, "no visit": 1, "low health and no visit": 1}
    assert measured(book, "at_risk_clients").states == states


def test_a_client_is_active_from_its_first_day_until_the_day_it_left(book: Book) -> None:
    client(book, "Acme", "2026-10-05", "2026-10-20")
    days = ("04", "05", "19", "20")
    assert [measured(book, "active_clients", f"2026-10-{day}").value for day in days] == [0, 1, 1, 0]


def test_a_year_of_visits_has_365_days(book: Book) -> None:
    account = client(book, "Acme", "2020-01-01")
    for day in ("2025-11-22", "2025-11-23", "2026-11-22"):
        book.add(Visit, client_id=account, held_on=day)
    assert measured(book, "client_days_of_year").value == 365
    assert measured(book, "visits_per_client").value == 2


def test_a_task_is_overdue_the_day_after_it_was_due_until_it_is_done(book: Book) -> None:
    task = book.add(Task, what="call", created_on="2026-10-01", done_on="2026-10-12").id
    book.add(DatedValue, task_id=task, kind="due", on_day="2026-10-01", text="2026-10-10")
    days = ("10", "11", "12")
    assert [measured(book, "overdue_tasks", f"2026-10-{day}").value for day in days] == [0, 1, 0]


def test_a_next_event_may_be_today_and_must_not_be_over(book: Book) -> None:
    deal = opportunity(book, "2026-11-01")
    event(book, "discovery-meeting", "2026-11-02", "2026-11-21", opportunity_id=deal)
    assert measured(book, "opportunities_with_next_event", "2026-11-21").hits == 1
    assert measured(book, "opportunities_with_next_event", "2026-11-22").hits == 0
    event(
        book,
        "discovery-meeting",
        "2026-11-02",
        "2026-11-25",
        opportunity_id=deal,
        status="cancelled",
        closed_on="2026-11-20",
    )
    assert measured(book, "opportunities_with_next_event", "2026-11-22").hits == 0
    assert measured(book, "opportunities_with_next_event", "2026-11-19").hits == 1


def test_discovery_is_the_stage_that_the_playbook_calls_so(november: Book) -> None:
    moved = {"mutual-discovery": {"discovery": False}, "proposal": {"discovery": True}}
    reader = november.reader(playbook=playbook.load(overrides={"stage": moved}))
    reading = measure.measure(reader, find("win_rate_from_discovery"), NOVEMBER)
    assert (reading.hits, reading.n) == (1, 1)
