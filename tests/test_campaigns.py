"""Campaigns: what each took and brought, the return on it, and one's own hours as a cost where a rate is told."""

from datetime import date
from pathlib import Path

import pytest

from improv import measure
from improv.dates import month_of, parse_period
from improv.metrics import find
from improv.metrics.reading import Reading
from improv.models import Activity, Campaign, CampaignResult, Lead, ProductLine
from improv.playbook import Playbook
from improv.reports import make
from improv.show import render
from tests.book import Book
from tests.run import run
from tests.session import must
from tests.test_metrics import NOVEMBER, Worked, lead, opportunity, outcome, terms, wrong

SIXTY = 6000  # an hour, in minor units
WORKED: Worked = {
    "campaign_activities": 4,  # one that names it, two calls with its lead, one with its opportunity
    "campaign_minutes": 120,  # 90 + 30; the last took nobody knows how long
    "campaign_time_cost": 12000,  # two hours
    "campaign_full_cost": 22000,
    "cost_per_campaign_opportunity": 5000,
    "campaign_roi": 2,  # (300 - 100) / 100
    "campaign_roi_with_time": 80 / 220,
}


def a_campaign(book: Book, name: str = "Ads", **fields: object) -> int:
    given = {"name": name, "name_folded": name.lower(), "starts_on": "2026-11-01"}
    return book.add(Campaign, **given | fields).id or 0


def a_result(book: Book, campaign: int, spend: int | None, day: str = "2026-11-05", **figures: int) -> None:
    book.add(CampaignResult, campaign_id=campaign, on_day=day, spend=spend, **figures)


def a_win(book: Book, campaign: int, revenue: int | None, cost: int | None) -> int:
    """Win an opportunity of a campaign with one product line, or with none."""
    deal = opportunity(book, "2026-11-06", campaign_id=campaign)
    terms(book, deal, "2026-11-06", value=revenue)
    if revenue is not None:
        given = {"product": "day", "added_on": "2026-11-06", "revenue": revenue, "cost": cost}
        book.add(ProductLine, opportunity_id=deal, **given)
    outcome(book, deal, "2026-11-20", "won")
    return deal


def advertise(book: Book) -> None:
    """One campaign for 100, a lead, two opportunities, one won with a profit of 300, and what was done for it."""
    ads = a_campaign(book, type="social-media", subtype="LinkedIn")
    a_result(book, ads, 10_000)
    anna, ben = lead(book, "Anna", "2026-11-02"), lead(book, "Ben", "2026-11-02")
    book.work.change(book.work.get(Lead, anna), campaign_id=ads)
    deal = opportunity(book, "2026-11-07", lead_id=anna)
    a_win(book, ads, 50_000, 20_000)
    for kind, times, minutes, about in (
        ("email", 1, 90, {"campaign_id": ads}),
        ("connected-call", 2, 30, {"lead_id": anna}),
        ("demo", 1, None, {"opportunity_id": deal}),
        ("dial", 7, 45, {"lead_id": ben}),
    ):
        book.add(Activity, kind=kind, times=times, minutes=minutes, done_on="2026-11-09", **about)


def at_sixty(book: Book) -> Playbook:
    return Playbook(**{**vars(book.work.playbook), "hour_costs": SIXTY})


def measured(book: Book, name: str, own: Playbook | None = None) -> Reading:
    return measure.measure(book.reader(playbook=own), find(name), NOVEMBER)


def page(book: Book, own: Playbook | None = None, period: str = "this month") -> list[str]:
    reader = book.reader(playbook=own)
    return render(make("campaigns", reader, parse_period(period, reader.today)), "plain").splitlines()


def under(told: list[str], title: str) -> list[str]:
    """Return the rows of one table."""
    begins = next(at for at, line in enumerate(told, start=1) if line.lstrip("#") == f" {title}")
    return told[begins : told.index("", begins)]


def test_what_a_campaign_takes_and_returns_agrees_with_a_month_worked_by_hand(book: Book) -> None:
    advertise(book)
    readings = {name: measured(book, name, at_sixty(book)) for name in WORKED}
    assert wrong(readings, WORKED) == {}
    unknown = {"no minutes": 1}
    assert {name: it.left_out for name, it in readings.items() if it.left_out} == dict.fromkeys(
        ("campaign_minutes", "campaign_time_cost", "campaign_full_cost"), unknown
    )


def test_without_a_rate_ones_own_time_has_no_cost(book: Book) -> None:
    """Not nothing: unknown, and so is the return on it. The return on what was spent is the same."""
    advertise(book)
    for name in ("campaign_time_cost", "campaign_full_cost", "campaign_roi_with_time"):
        assert measured(book, name).value is None
    assert measured(book, "campaign_full_cost").left_out == {"no hourly rate is set": 4}
    assert measured(book, "campaign_roi").value == 2


@pytest.mark.parametrize(("minutes", "cents"), [(1, 100), (20, 2000), (7, 700)])
def test_time_costs_its_part_of_the_rate(minutes: int, cents: int, book: Book) -> None:
    book.add(Activity, kind="email", minutes=minutes, done_on="2026-11-09", campaign_id=a_campaign(book))
    assert measured(book, "campaign_time_cost", at_sixty(book)).value == cents


def test_half_a_cent_counts_up(book: Book) -> None:
    """A minute of 90.30 an hour is 1.505."""
    book.add(Activity, kind="email", minutes=1, done_on="2026-11-09", campaign_id=a_campaign(book))
    own = Playbook(**{**vars(book.work.playbook), "hour_costs": 9030})
    assert measured(book, "campaign_time_cost", own).value == 151


def test_a_campaign_without_cost_has_no_return_not_an_infinite_one(book: Book) -> None:
    """Won for 300, spent nothing; one that was free says 0, one that nobody knows says nothing: no ROI either way."""
    free = a_campaign(book, "Free")
    a_result(book, free, 0)
    a_win(book, free, 50_000, 20_000)
    told = page(book)
    assert under(told, "What they took and brought")[1] == "M1 Free\t0.00\t0\t1\t0\t1\t500.00\t300.00\t–"
    a_win(book, a_campaign(book, "Unknown"), 50_000, 20_000)
    assert (
        under(page(book), "What they took and brought")[1] == "M2 Unknown\t–\t0\t1\t0\t1\t500.00\t300.00\t–"
    )


def test_a_campaign_that_won_nothing_lost_its_cost(book: Book) -> None:
    """-100%; while a win without product lines leaves profit and return unknown."""
    ads = a_campaign(book)
    a_result(book, ads, 10_000)
    assert (
        under(page(book), "What they took and brought")[1] == "M1 Ads\t100.00\t0\t0\t0\t0\t–\t–\t-100.0000%"
    )
    a_win(book, ads, None, None)
    assert under(page(book), "What they took and brought")[1] == "M1 Ads\t100.00\t0\t1\t0\t1\t–\t–\t–"


def test_the_report_tells_campaigns_and_types_apart_and_adds_up(book: Book) -> None:
    """Two of one pair, one of another, one of none; the cost of each step; what the platforms say."""
    advertise(book)
    for name, pair in (
        ("More", ("social-media", "LinkedIn")),
        ("Letter", ("direct-mail", "letter")),
        ("X", ()),
    ):
        number = a_campaign(book, name, **dict(zip(("type", "subtype"), pair, strict=False)))
        a_result(book, number, 5000, clicks=20, impressions=1000, platform_leads=4, platform_customers=1)
    told = page(book)
    assert under(told, "What they took and brought") == [
        "Campaign\tCost\tLeads\tOpportunities\tActivities\tWins\tWon value\tGross profit\tROI",
        "M4 X\t50.00\t0\t0\t0\t0\t–\t–\t-100.0000%",
        "M3 Letter\t50.00\t0\t0\t0\t0\t–\t–\t-100.0000%",
        "M2 More\t50.00\t0\t0\t0\t0\t–\t–\t-100.0000%",
        "M1 Ads\t100.00\t1\t2\t4\t1\t500.00\t300.00\t200.0000%",
        "all\t250.00\t1\t2\t4\t1\t500.00\t300.00\t20.0000%",
    ]
    assert under(told, "By type and sub-type")[-4:] == [
        "direct mail\tletter\t50.00\t0\t0\t0\t0\t–\t–\t-100.0000%",
        "social media\tLinkedIn\t150.00\t1\t2\t4\t1\t500.00\t300.00\t100.0000%",
        "no type\t–\t50.00\t0\t0\t0\t0\t–\t–\t-100.0000%",
        "all\t–\t250.00\t1\t2\t4\t1\t500.00\t300.00\t20.0000%",
    ]
    assert under(told, "What each step cost")[1] == "M4 X\t50.00\t2.50\t–\t–\t–\t–"
    assert under(told, "What each step cost")[4] == "M1 Ads\t100.00\t–\t100.00\t–\t50.00\t100.00"
    assert under(told, "How often they were seen")[1] == "M4 X\t1000\t20\t2.0000% (20 of 1000)\t–\t–\t–"
    assert under(told, "What the platforms report")[1] == "M4 X\t4\t12.50\t1\t50.00"


def test_with_a_rate_the_report_tells_ones_own_time(book: Book) -> None:
    """A table of its own, by campaign and by type, with both returns; the note says at what an hour."""
    advertise(book)
    told = page(book, at_sixty(book))
    assert under(told, "With own time") == [
        "Campaign\tCost\tOwn time\tBoth\tGross profit\tROI of both",
        "M1 Ads\t100.00\t120.00\t220.00\t300.00\t36.3636%",
        "all\t100.00\t120.00\t220.00\t300.00\t36.3636%",
    ]
    assert told.count("## With own time") == 2
    assert told[-1].endswith("at 60 an hour.")
    assert "## With own time" not in page(book)


def test_campaigns_that_ran_stand_there_and_those_to_come_do_not(book: Book) -> None:
    """One that is over before the period is not there unless something of it falls in; of one name there is one line."""
    a_campaign(book, "Over", starts_on="2026-09-01", ends_on="2026-10-31")
    late = a_campaign(book, "Late bill", starts_on="2026-09-01", ends_on="2026-10-31")
    a_result(book, late, 100)
    a_campaign(book, "Ahead", starts_on="2026-12-01")
    for _ in range(2):
        a_result(book, a_campaign(book, "Twice"), 100)
    rows = under(page(book), "What they took and brought")[1:]
    assert [row.split("\t")[:2] for row in rows] == [
        ["Twice", "2.00"],
        ["M2 Late bill", "1.00"],
        ["all", "3.00"],
    ]


def test_an_empty_store_has_no_campaign(book: Book) -> None:
    assert page(book).count("There was no campaign.") == 4


def test_campaigns_of_which_nothing_is_recorded_in_the_period_are_not_denied(book: Book) -> None:
    """The one that runs has its line; of its type there is nothing to tell, which is not that there was none."""
    a_campaign(book, "Quiet")
    told = page(book)
    assert "There was no campaign." not in told
    assert told.count("No campaign cost or brought anything.") == 1


def test_the_return_changed_because_of_what_was_spent_and_won(book: Book) -> None:
    """The causes add up to the difference, with the 1 that is taken off."""
    ads = a_campaign(book, starts_on="2026-10-01")
    a_result(book, ads, 10_000, day="2026-10-05")
    a_result(book, ads, 20_000)
    a_win(book, ads, 50_000, 20_000)
    october, november = (
        measure.measure(book.reader(), find("campaign_roi"), month_of(date(2026, month, 1)))
        for month in (10, 11)
    )
    assert (october.value, november.value) == (-1, 0.5)


# As a user types it.


def test_the_rate_stands_in_the_settings(tmp_path: Path) -> None:
    """Typed like money; what is no amount is refused by its place."""
    db, config = tmp_path / "improv.db", tmp_path / "config.toml"
    must("campaign add Ads", db)
    must("log email --campaign Ads --minutes 40", db)

    def told(rate: str) -> list[str]:
        config.write_text(f"[me]\nrate = {rate}\n", encoding="utf-8")
        done = run("metric", "campaign-time-cost", db=db, today="2026-11-23", config=config)
        return done.out.splitlines()[-1:] or done.told

    assert told("90")[0].startswith("Own time for campaigns\t60.00\t")
    assert told('"ninety"')[0].startswith("improv: `rate` in [me] of ")
    assert told('"67.50"')[0].startswith("Own time for campaigns\t45.00\t")
    assert told("67.5")[0].startswith("Own time for campaigns\t45.00\t")
    assert told("true") == [
        f"improv: `rate` in [me] of {config} must be an amount",
        "  at fault: True",
        "  to mend:  rate = 90",
    ]
    assert (
        must("metric campaign-time-cost", db).out.splitlines()[-1].startswith("Own time for campaigns\t–\t")
    )


def test_a_sub_type_of_another_type_is_refused_with_those_that_belong(tmp_path: Path) -> None:
    refused = run(
        "campaign", "add", "Spring", "--type", "email", "--subtype", "letter", db=tmp_path / "improv.db"
    )
    assert refused.told == [
        "improv: this sub-type is none of its type",
        "  at fault: email / letter",
        "  to mend:  --subtype, one of: important announcement, product promotion, track general, track vertical",
    ]
