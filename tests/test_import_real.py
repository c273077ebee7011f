"""The real files of the shared folder, imported by the mappings that are shipped: their known answers.

Each is also written anew with its columns renamed, translated and in another order, and gives the same.
"""

import csv
from datetime import date
from pathlib import Path

import pytest

from improv import playbook
from improv.transfer.csvfile import open_csv
from improv.transfer.guess import guess
from improv.transfer.importer import run_import
from improv.transfer.kinds import KINDS
from improv.transfer.mapping import Mapping, read_mapping
from improv.transfer.result import ImportResult
from tests.book import Book
from tests.data import real
from tests.files import EXAMPLES, rewritten, rows, written


def _import(book: Book, source: Path, mapping: Mapping | Path) -> ImportResult:
    made = mapping if isinstance(mapping, Mapping) else read_mapping(mapping)
    return run_import(book.work, open_csv(source, delimiter=made.delimiter, encoding=made.encoding), made)


@pytest.fixture
def pe(book: Book) -> Book:
    """Give a book whose playbook has the stages of the deal pipeline."""
    book.work.playbook = playbook.load(EXAMPLES / "pe_pipeline" / "playbook.toml")
    return book


BY_SOURCE = (
    "SELECT o.source, sum(x.outcome = 'won'), sum(x.outcome = 'lost') FROM opportunity o "
    "JOIN opportunity_outcome x ON x.opportunity_id = o.id AND x.until IS NULL GROUP BY 1 ORDER BY 1"
)
BY_STAGE = (
    "SELECT stage, count(*), round(avg(julianday(until) - julianday(since)), 6) FROM stage_stay "
    "WHERE until IS NOT NULL GROUP BY stage ORDER BY 2 DESC"
)
WON_AND_LOST = [
    ("conference", 8, 18),
    ("direct-outreach", 4, 10),
    ("intermediary", 13, 10),
    ("proprietary", 5, 10),
    ("referral", 7, 12),
]
TIME_IN_STAGE = [("reviewed", 342, 19.491228), ("indication", 167, 32.694611), ("offer", 37, 45.405405)]


def _check_pe(book: Book, deals: ImportResult, stages: ImportResult) -> None:
    assert deals.created["opportunity"] == 500
    assert deals.notices["opportunities without a value"] == 78
    assert rows(book, BY_SOURCE) == WON_AND_LOST
    assert rows(book, BY_STAGE) == TIME_IN_STAGE
    assert rows(book, "SELECT count(*) FROM stage_stay WHERE until IS NULL") == [(327,)]
    assert len(stages.set_aside) == len(stages.failed) == 6
    (reason,) = set(stages.failed.values())
    assert reason.startswith("ambiguous: D-0500 is two records: O")


def test_the_deal_pipeline_gives_its_known_answers(pe: Book) -> None:
    """500 deals, 37 won and 60 lost by source, time in stage without D-0500, whose six rows are set aside."""
    deals = _import(pe, real("pe_pipeline/pipeline_deals.csv"), EXAMPLES / "pe_pipeline" / "deals.toml")
    stages = _import(pe, real("pe_pipeline/stage_history.csv"), EXAMPLES / "pe_pipeline" / "stages.toml")
    _check_pe(pe, deals, stages)


def test_the_deal_pipeline_in_german_gives_the_same_answers(pe: Book, tmp_path: Path) -> None:
    """Columns translated and turned around, semicolons, German days and amounts in UTF-16: the answers are the same."""
    german = {
        "deal_id": "Kennung",
        "company_name": "Firma",
        "source": "Quelle",
        "deal_stage": "Phase",
        "date_sourced": "Eröffnet",
        "stage_date": "Geändert",
        "deal_size_usd": "Betrag",
        "stage": "Phase",
    }
    words = {"Closed - Won": "Gewonnen", "Closed - Lost": "Verloren", "Passed": "Abgelehnt", "NA": "k. A."}

    def translate(table: list[dict[str, str]]) -> None:
        for row in table:
            for name in row:
                row[name] = words.get(row[name], row[name])
            for name in ("date_sourced", "stage_date"):
                if row.get(name, "k. A.") != "k. A.":
                    row[name] = date.fromisoformat(row[name]).strftime("%d.%m.%Y")
            if row.get("deal_size_usd", "k. A.") != "k. A.":
                row["deal_size_usd"] = f"{int(row['deal_size_usd']):,}".replace(",", ".") + ",00"

    files = [
        rewritten(
            real(f"pe_pipeline/{name}.csv"),
            tmp_path / f"{name}.csv",
            translate,
            rename=lambda column: german.get(column, column),
            order=lambda columns: columns[::-1],
            delimiter=";",
            encoding="utf-16",
        )
        for name in ("pipeline_deals", "stage_history")
    ]
    ended = '[values.stage]\nGewonnen = { outcome = "won" }\nVerloren = { outcome = "lost" }\nAbgelehnt = { outcome = "no decision" }\n'
    deals = written(
        tmp_path,
        'kind = "opportunities"\nblank = ["k. A."]\n[columns]\nKennung = "id"\nFirma = "title"\nQuelle = "source"\n'
        f'Phase = "stage"\n"Eröffnet" = "opened_on"\n"Geändert" = "closed_on"\nBetrag = "value"\n{ended}',
        "deals.toml",
    )
    stages = written(
        tmp_path,
        'kind = "stages"\n[columns]\nKennung = "opportunity"\nPhase = "stage"\n"Geändert" = "since"\nstage_order = "sequence"\n'
        f'[dates]\nformat = "%d.%m.%Y"\n{ended}',
        "stages.toml",
    )
    _check_pe(pe, _import(pe, files[0], deals), _import(pe, files[1], stages))
    with real("pe_pipeline/pipeline_deals.csv").open(encoding="utf-8") as opened:
        sizes = [row["deal_size_usd"] for row in csv.DictReader(opened)]
    worth = sum(int(size) * 100 for size in sizes if size != "NA")
    assert rows(pe, "SELECT sum(value) FROM opportunity_terms") == [(worth,)]


def test_a_weekly_salesforce_export_gives_its_known_answers(book: Book) -> None:
    """18 won for 3,645,000, 13 open for 2,115,000, weighted 1,094,500, won by lead source."""
    folder = EXAMPLES / "sf_weekly_export"
    book.work.playbook = playbook.load(folder / "playbook.toml")
    names = {
        "account": "accounts",
        "lead": "leads",
        "campaign": "campaigns",
        "opportunity": "opportunities",
        "OpportunityHistory": "history",
    }
    for file, mapping in names.items():
        done = _import(book, real(f"sf_weekly_export/{file}.csv"), folder / f"{mapping}.toml")
        assert done.failed == {}, file
    joined = (
        "FROM opportunity o JOIN opportunity_terms t ON t.opportunity_id = o.id "
        "LEFT JOIN opportunity_outcome x ON x.opportunity_id = o.id AND x.until IS NULL "
    )
    assert rows(
        book, f"SELECT x.outcome, count(*), sum(t.value), sum(t.value * t.probability) {joined} GROUP BY 1"
    ) == [
        (None, 13, 211_500_000, 109_450_000_00),
        ("won", 18, 364_500_000, 364_500_000_00),
    ]
    won = {
        source: (n, worth)
        for source, n, worth in rows(
            book, f"SELECT o.source, count(*), sum(t.value) {joined} WHERE x.outcome = 'won' GROUP BY 1"
        )
    }
    assert won["external-referral"] == (6, 144_500_000)
    assert won["partner"] == (5, 142_000_000)
    assert won["word-of-mouth"] == (3, 18_500_000)
    assert rows(book, "SELECT count(*) FROM lead WHERE external_id LIKE '001%'") == [(13,)]


GAPS = (
    "SELECT count(*), round(avg(gap), 6), sum(gap < 0), sum(gap < 5), sum(gap > 10), sum(missed) FROM "
    "(SELECT CAST(julianday(scheduled_for) - julianday(set_on) AS INTEGER) AS gap, status = 'no-show' AS missed FROM event)"
)


def test_appointments_give_the_gaps_that_plain_python_counts(book: Book, tmp_path: Path) -> None:
    """The first 6,000 bookings, by their days as they are written; `test_real` counts all 45,909."""
    with real("noshow/noshow_to_2016-05-15.csv").open(encoding="utf-8") as file:
        head = [next(file) for _ in range(6001)]
    path = tmp_path / "appointments.csv"
    path.write_text("".join(head), "utf-8")
    told = list(csv.DictReader(head))
    days = [(row["ScheduledDay"][:10], row["AppointmentDay"][:10]) for row in told]
    gaps = [(date.fromisoformat(to) - date.fromisoformat(since)).days for since, to in days]
    done = _import(book, path, EXAMPLES / "noshow" / "appointments.toml")
    negative = sum(gap < 0 for gap in gaps)
    assert done.notices["events that are scheduled before they were set"] == negative
    missed = sum(row["No-show"] == "Yes" for row in told)
    counted = (
        len(gaps),
        round(sum(gaps) / len(gaps), 6),
        negative,
        sum(g < 5 for g in gaps),
        sum(g > 10 for g in gaps),
        missed,
    )
    assert rows(book, GAPS) == [counted]


def test_renamed_appointments_give_the_same_gaps(book: Book, tmp_path: Path) -> None:
    """A sample with its columns translated and shuffled, days and times in two columns, imports to the same gaps."""

    def change(table: list[dict[str, str]]) -> None:
        del table[2_000:]
        for row in table:
            row["Hora"] = row["ScheduledDay"][11:16]
            row["ScheduledDay"] = (
                f"{row['ScheduledDay'][8:10]}/{row['ScheduledDay'][5:7]}/{row['ScheduledDay'][:4]}"
            )

    source = real("noshow/noshow_to_2016-05-15.csv")
    names = {"ScheduledDay": "Marcado", "AppointmentDay": "Consulta", "No-show": "Faltou"}
    one = rewritten(source, tmp_path / "one.csv", lambda table: table.__delitem__(slice(2_000, None)))
    two = rewritten(
        source,
        tmp_path / "two.csv",
        change,
        rename=lambda column: names.get(column, column),
        order=sorted,
        delimiter="\t",
        encoding="utf-8-sig",
    )
    _import(book, one, EXAMPLES / "noshow" / "appointments.toml")
    (as_it_is,) = rows(book, GAPS)
    mapping = written(
        tmp_path,
        'kind = "events"\n[columns]\nMarcado = "set_on"\nHora = "set_on"\nConsulta = "scheduled_for"\nFaltou = "status"\n'
        '[constants]\nkind = "introductory call"\n[values.status]\nyes = "no-show"\nno = "done"\n',
        "m.toml",
    )
    done = _import(book, two, mapping)
    assert done.failed == {}
    assert done.notes[1] == 'set_on is read as day/month/year, as "29/04/2016 18:38" shows'
    (both,) = rows(book, GAPS)
    assert both == (as_it_is[0] * 2, as_it_is[1], *(2 * n for n in as_it_is[2:]))


def test_advertising_adds_up_to_its_known_sums(book: Book) -> None:
    """518 ads of two campaigns: what they showed, cost and brought, and nothing is divided by nothing."""
    file = open_csv(real("kag/KAG_916_936.csv"))
    run_import(book.work, file, guess(file, KINDS["campaigns"], book.work.playbook))
    sums = "SELECT count(*), sum(impressions), sum(clicks), sum(spend), sum(platform_leads), sum(platform_customers) FROM campaign_result"
    assert rows(book, sums) == [(518, 8_611_112, 2_097, 304_308, 595, 207)]
    assert rows(book, "SELECT name, starts_on FROM campaign ORDER BY 1") == [
        ("916", "2023-08-01"),
        ("936", "2023-08-01"),
    ]


def test_dirty_leads_keep_their_sources_folded(book: Book) -> None:
    """9,191 leads without a name: Google and google are one source, Select is none."""
    file = open_csv(real("xeducation/lead_scoring.csv"))
    done = run_import(book.work, file, guess(file, KINDS["leads"], book.work.playbook))
    assert (done.created["lead"], dict(done.failed)) == (9_191, {})
    assert rows(book, "SELECT count(*) FROM lead WHERE source = 'google'") == [(2_852,)]
    assert rows(book, "SELECT count(*) FROM lead WHERE city = 'Select'") == [(0,)]


def test_subscribers_come_with_their_reasons_for_leaving(book: Book) -> None:
    """3,521 clients of whom 974 left; 6,897 referrals were given before."""
    file = open_csv(real("telco/telecom_first3521.csv"))
    done = run_import(book.work, file, guess(file, KINDS["clients"], book.work.playbook))
    assert (done.created["client"], dict(done.failed)) == (3_521, {})
    assert rows(book, "SELECT status, count(*) FROM client_status WHERE until IS NULL GROUP BY 1") == [
        ("active", 2_547),
        ("former", 974),
    ]
    assert rows(book, "SELECT sum(referrals_before) FROM client") == [(6_897,)]


def test_a_history_that_misbehaves_is_read_whole(book: Book) -> None:
    """21,348 rows of a help desk: equal timestamps, self-loops, reopenings; every case becomes one opportunity."""
    stages = {"Closed": {"outcome": "won"}}
    names = ("Assign seriousness", "Take in charge ticket", "Resolve ticket", "Wait", "Require upgrade")
    stages |= {
        name: {"stage": key}
        for name, key in zip(
            names, ("intro", "proposal", "overcome", "realign", "mutual-discovery"), strict=True
        )
    }
    mapping = Mapping(
        KINDS["stages"],
        columns={"case": ("opportunity",), "concept:name": ("stage",), "time:timestamp": ("since",)},
        values={"stage": stages},
    )
    done = _import(book, real("helpdesk/helpdesk.csv"), mapping)
    made, spoilt = done.referred["opportunity"], len(done.failed)
    named = {reason.split('"')[1] for reason in done.failed.values() if '"' in reason}
    assert made + len({reason for reason in done.failed.values() if reason.startswith("line")}) <= 4_580
    assert {word for _, word in done.unknown} == named
    held = (
        rows(book, "SELECT count(*) FROM stage_stay")[0][0]
        + rows(book, "SELECT count(*) FROM opportunity_outcome")[0][0]
    )
    assert (
        held + done.notices["rows that repeat the stage it is in: its stay goes on"] + spoilt
        == done.rows
        == 21_348
    )
