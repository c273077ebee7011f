"""Real people reached: figures of imported ads, leads, calls and clients, against the same counted in the files.

Besides, every metric is what plain Python makes of the imported rows.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv.dates import parse_period
from improv.reports import make
from improv.show import render
from tests.book import TODAY, Book
from tests.counted import cents, imported, measured, parts, told
from tests.data import real
from tests.files import written
from tests.independent.agree import answers, disagreements
from tests.independent.seen import method

# Each file is imported once, by one worker, for all the tests of this page.
pytestmark = pytest.mark.xdist_group("real people")

# Advertising.

ADS = """kind = "campaigns"
[columns]
xyz_campaign_id = ["id", "name"]
ad_id = "result_id"
Date = "result_on"
Spent = "spend"
Impressions = "impressions"
Clicks = "clicks"
Total_Conversion = "platform_leads"
Approved_Conversion = "platform_customers"
[dates]
Date = "%d-%m-%Y"
[numbers]
decimal = "."
"""


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder = tmp_path_factory.mktemp("kag")
    with imported(folder, (real("kag", "KAG_916_936.csv"), written(folder, ADS, "ads.toml"))) as book:
        yield book


def test_what_a_lead_and_a_customer_cost_is_a_ratio_of_sums(ads: Book) -> None:
    """5.1144 a lead, 14.7009 a customer; a mean of the ads' own ratios is another number, where it is one at all."""
    rows = told(real("kag", "KAG_916_936.csv"))
    spent = sum(cents(row["Spent"]) for row in rows)
    leads, customers, clicks, shown = (
        sum(int(row[column]) for row in rows)
        for column in ("Total_Conversion", "Approved_Conversion", "Clicks", "Impressions")
    )
    assert (shown, clicks, leads, customers) == (8_611_112, 2_097, 595, 207)
    figures = {
        "cost_per_lead": spent / leads,
        "cost_per_customer": spent / customers,
        "cost_per_click": spent / clicks,
        "click_through_rate": clicks / shown,
        "leads_per_click": leads / clicks,
        "customers_per_lead": customers / leads,
    }
    assert {name: measured(ads, name).value for name in figures} == pytest.approx(figures)
    assert [
        round((measured(ads, name).value or 0) / 100, 4) for name in ("cost_per_lead", "cost_per_customer")
    ] == [
        5.1144,
        14.7009,
    ]
    own = [
        cents(row["Spent"]) / int(row["Total_Conversion"]) for row in rows if row["Total_Conversion"] != "0"
    ]
    assert not math.isclose(sum(own) / len(own), figures["cost_per_lead"], rel_tol=0.01)


def test_what_each_campaign_costs_is_told_apart(ads: Book) -> None:
    rows = told(real("kag", "KAG_916_936.csv"))
    for name in ("916", "936"):
        own = [row for row in rows if row["xyz_campaign_id"] == name]
        spent, leads = (
            sum(cents(row["Spent"]) for row in own),
            sum(int(row["Total_Conversion"]) for row in own),
        )
        assert parts(ads, "cost_per_lead", "campaign")[name,].value == pytest.approx(spent / leads)


def test_every_metric_of_the_ads_agrees(ads: Book) -> None:
    assert disagreements(answers(ads.reader(), method(), ("all", "2023-08"))) == []


# Leads with dirty labels.

STUDENTS = """kind = "leads"
blank = ["Select"]
[columns]
"Prospect ID" = ["id", "name"]
"Lead Source" = "source"
"Converted" = "lifecycle"
"City" = "city"
[values.lifecycle]
"1" = "customer"
"0" = "lead"
[unknown]
source = "keep"
"""


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder = tmp_path_factory.mktemp("xeducation")
    source = real("xeducation", "lead_scoring.csv")
    with imported(folder, (source, written(folder, STUDENTS, "students.toml"))) as book:
        yield book


def test_leads_and_customers_by_source_with_labels_folded(students: Book) -> None:
    """9,191 leads, 3,542 converted; Google and google are one source: 2,852, of whom 1,137."""
    rows = told(real("xeducation", "lead_scoring.csv"))
    came = Counter(row["Lead Source"].casefold() for row in rows)
    converted = Counter(row["Lead Source"].casefold() for row in rows if row["Converted"] == "1")
    leads = {folded(word): it.n for (word,), it in parts(students, "new_leads", "source").items()}
    became = {
        folded(word): it.n
        for (word, state), it in parts(students, "leads_in_lifecycle", "source", "state").items()
        if state == "customer"
    }
    assert leads == {folded(word): count for word, count in came.items()}
    assert became == {folded(word): count for word, count in converted.items()}
    assert (sum(leads.values()), sum(became.values())) == (9_191, 3_542)
    assert (leads["google"], became["google"], leads["reference"], became["reference"]) == (
        2_852,
        1_137,
        534,
        490,
    )


def test_leads_that_became_customers_by_source(students: Book) -> None:
    """3,542 of 9,191 are 38.5377%; of those from Google, however it is written, 1,137 of 2,852."""
    whole = measured(students, "lead_to_customer")
    assert (whole.hits, whole.n, round(100 * (whole.value or 0), 4)) == (3_542, 9_191, 38.5377)
    google = next(
        it
        for (word,), it in parts(students, "lead_to_customer", "source").items()
        if folded(word) == "google"
    )
    assert (google.hits, google.n) == (1_137, 2_852)


def folded(word: object) -> str:
    """Return a label as it is compared: in small letters, words parted by hyphens; none is none."""
    return "-".join(str(word or "").casefold().replace("-", " ").replace("_", " ").split())


def test_every_metric_of_the_leads_agrees(students: Book) -> None:
    assert disagreements(answers(students.reader(), method(), ("all",))) == []


# Cold calls of a bank: dials before the last call, the last call, and the clients it closed.

CALLS = """kind = "activities"
[columns]
call = "kind"
times = "times"
day = "done_on"
month = "done_on"
minutes = "minutes"
[dates]
format = "%d %b"
year = "2010"
"""
CLOSES = """kind = "opportunities"
[columns]
id = ["id", "title"]
day = "opened_on"
month = "opened_on"
y = "outcome"
[values.outcome]
yes = "won"
no = "lost"
[dates]
format = "%d %b"
year = "2010"
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder, source = tmp_path_factory.mktemp("bank"), real("bank", "bank.csv")
    with imported(
        folder,
        (calls(source, folder / "dials.csv", last=False), written(folder, CALLS, "calls.toml")),
        (calls(source, folder / "last.csv", last=True), folder / "calls.toml"),
        (calls(source, folder / "closes.csv", last=True), written(folder, CLOSES, "closes.toml")),
    ) as book:
        yield book


def calls(source: Path, to: Path, *, last: bool) -> Path:
    """Write the last call of each client, with its length in minutes begun, or the dials before it."""
    rows = [row | {"id": str(number)} for number, row in enumerate(told(source, ";"))]
    for row in rows:
        row["call"] = "connected-call" if last else "dial"
        row["times"] = "1" if last else str(int(row["campaign"]) - 1)
        row["minutes"] = str(math.ceil(int(row["duration"]) / 60)) if last else ""
    kept = [row for row in rows if row["times"] != "0"]
    with to.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    return to


def test_cold_calls_come_to_their_known_ratios(bank: Book) -> None:
    """12,630 dials, 521 closes: 4.1251% a dial; 1,263 last calls lasted over five minutes."""
    rows = told(real("bank", "bank.csv"), ";")
    dials = sum(int(row["campaign"]) for row in rows)
    closes = sum(row["y"] == "yes" for row in rows)
    figures = {
        "dials": dials,
        "contacts": len(rows),
        "contacts_per_dial": len(rows) / dials,
        "conversations": sum(int(row["duration"]) > 300 for row in rows),
        "won_deals": closes,
        "closes_per_dial": closes / dials,
    }
    assert {name: measured(bank, name).value for name in figures} == pytest.approx(figures)
    assert (dials, closes, figures["conversations"]) == (12_630, 521, 1_263)
    assert round(100 * (measured(bank, "closes_per_dial").value or 0), 4) == 4.1251


def test_every_metric_of_the_calls_agrees(bank: Book) -> None:
    assert disagreements(answers(bank.reader(), method(), ("all",))) == []


# Subscribers, some of whom left on a day that the file does not say: that of the import stands for it.

SUBSCRIBERS = """kind = "clients"
[columns]
"Customerid " = ["id", "name"]
"Tenureinmonths " = "tenure_months"
"Numberofreferrals " = "referrals_before"
"Monthlycharge " = "monthly_revenue"
"Customerstatus " = "status"
"Churnreason " = "left_because"
[values.status]
Churned = "former"
Joined = "active"
Stayed = "active"
"""


@pytest.fixture(scope="module")
def subscribers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder = tmp_path_factory.mktemp("telco")
    source = real("telco", "telecom_first3521.csv")
    with imported(folder, (source, written(folder, SUBSCRIBERS, "subscribers.toml"))) as book:
        yield book


def test_who_left_why_and_what_is_lost_with_them(subscribers: Book) -> None:
    """974 of 3,521 left; their monthly charges are lost, those of the others are earned, refunds and all."""
    rows = told(real("telco", "telecom_first3521.csv"))
    left = [row for row in rows if row["Customerstatus "] == "Churned"]
    stayed = [row for row in rows if row["Customerstatus "] != "Churned"]
    reasons = {word: it.n for (word,), it in parts(subscribers, "lost_clients", "reason").items()}
    assert reasons == Counter(row["Churnreason "] for row in left)
    assert (sum(reasons.values()), measured(subscribers, "active_clients").n) == (974, 2_547)
    for name, who in (("lost_revenue", left), ("monthly_revenue", stayed)):
        assert measured(subscribers, name).value == sum(cents(row["Monthlycharge "]) for row in who)


def test_the_reasons_they_left_for_are_ranked_and_what_each_client_referred_is_told(
    subscribers: Book,
) -> None:
    """The ten given most often stand in the report, most first; 6,897 referrals of 3,521 clients are 1.958819 each."""
    rows = told(real("telco", "telecom_first3521.csv"))
    ranked = Counter(row["Churnreason "] for row in rows if row["Customerstatus "] == "Churned")
    page = render(make("reasons", subscribers.reader(), parse_period("all", TODAY)), "plain").splitlines()
    first = page.index("# Why they leave") + 2
    shown = [line.split("\t") for line in page[first : first + 10]]
    counts = [int(cells[-1].partition("(")[2].partition(" of ")[0]) for cells in shown]
    assert counts == sorted(ranked.values(), reverse=True)[:10]
    assert all(ranked[cells[0]] == count for cells, count in zip(shown, counts, strict=True))
    given = measured(subscribers, "referrals_given")
    assert (given.n, round(given.value or 0, 6)) == (3_521, 1.958819)


def test_every_metric_of_the_subscribers_agrees(subscribers: Book) -> None:
    assert disagreements(answers(subscribers.reader(), method(), ("all", "today"))) == []
