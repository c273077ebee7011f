"""What an import makes of a file's rows: every rule on a small file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from improv import playbook, storefile
from improv.locking import Place
from improv.playbook import Playbook
from improv.report import Table
from improv.store import writing
from improv.transfer.csvfile import open_csv, write_failed
from improv.transfer.guess import guess
from improv.transfer.importer import run_import
from improv.transfer.kinds import KINDS
from tests.book import TODAY, Book
from tests.files import Importer, rows, written


def _writing(store: Path, use: Playbook | None = None) -> Any:
    return writing(
        Place(store), use or playbook.load(), TODAY, datetime(2026, 11, 22, 12, tzinfo=UTC), "import"
    )


pytest_plugins = ("tests.importing",)
DEALS = "Id,Name,Stage,Created\nD1,One,Proposal,2026-02-01\nD2,Two,Closed Lost,2026-02-01\n"

# Leads


def test_a_lead_with_all_it_says(book: Book, bring: Importer) -> None:
    """Names in two columns, a source by its name, dated readings, a verdict: one row, and each is where it belongs."""
    done = bring(
        "leads",
        "Id,First Name,Last Name,Company,Lead Source,Created,Owner,Score,Qualified\n"
        "7,Ada,Lovelace,Engines,Cold Call,2026-03-01,Sam,40,yes\n",
    )
    assert rows(
        book, "SELECT name, name_folded, company_folded, source, received_on, external_id FROM lead"
    ) == [("Ada Lovelace", "ada lovelace", "engines", "cold-call", "2026-03-01", "7")]
    assert rows(book, "SELECT kind, on_day, value, text FROM reading ORDER BY id") == [
        ("owner", "2026-03-01", None, "Sam"),
        ("score", "2026-03-01", 40, None),
    ]
    assert rows(book, "SELECT state, since FROM lifecycle") == [("lead", "2026-03-01")]
    assert rows(book, "SELECT verdict, decided_on FROM qualification") == [("yes", "2026-03-01")]
    assert dict(done.created)["lead"] == 1


def test_one_column_may_hold_several_fields(book: Book, bring: Importer) -> None:
    """A status that means a lifecycle here and a verdict there is taken apart by its values."""
    bring(
        "leads",
        "Name,Status\nAda,Working\nBob,Junk\nCy,\n",
        'kind = "leads"\n[columns]\nName = "name"\nStatus = "lifecycle"\n[constants]\nreceived_on = "2026-01-01"\n'
        '[values.lifecycle]\nWorking = "mql"\nJunk = { qualified = "no", qualified_because = "junk" }\n',
    )
    assert rows(
        book, "SELECT l.name, s.state FROM lead l JOIN lifecycle s ON s.lead_id = l.id ORDER BY l.id"
    ) == [
        ("Ada", "mql"),
        ("Bob", "lead"),
        ("Cy", "lead"),
    ]
    assert rows(book, "SELECT lead_id, verdict, because FROM qualification") == [(2, "no", "junk")]


def test_what_is_not_given_is_missing_and_counted(book: Book, bring: Importer) -> None:
    """A lead without a name has its id for one; without its day, the day of the import, said aloud."""
    done = bring("leads", "Lead Number,City\n1,Select\n2,Brno\n")
    assert rows(book, "SELECT name, city, received_on FROM lead") == [
        ("1", None, TODAY.isoformat()),
        ("2", "Brno", TODAY.isoformat()),
    ]
    assert dict(done.notices) == {
        "lead without a name: id stands for it": 2,
        "leads without the day they were received: the day of the import stands for it": 2,
    }


def test_rows_that_fail_are_mended_and_imported_again(book: Book, bring: Importer, tmp_path: Path) -> None:
    """A day that does not exist, an unknown word, a long row: each with its reason, all else is imported."""
    text = "Id,Name,Created,Temperature\n1,Ada,2026-02-30,hot\n2,Bob,2026-02-01,tepid\n3,Cy,2026-02-01,,x\n4,Di,1899-01-01,\n5,Ed,2026-02-01,hot\n"
    done = bring("leads", text)
    assert done.failed == {
        2: 'received_on: "2026-02-30" is a day that does not exist',
        3: 'temperature: "tepid" is no temperature that is known: say under [values.temperature] of a mapping what it means',
        4: "the row has 5 cells, the header has 4",
        5: 'received_on: "1899-01-01" is not a day from 1900 to 2199',
    }
    assert dict(done.unknown) == {("temperature", "tepid"): 1}
    failed = tmp_path / "failed.csv"
    with failed.open("wb") as target:
        write_failed(open_csv(tmp_path / "file.csv"), done.failed, target)
    mended = (
        failed.read_text()
        .replace("2026-02-30", "2026-02-28")
        .replace("tepid", "warm")
        .replace("1899", "1999")
    )
    again = bring("leads", mended)
    assert list(again.failed) == [4]
    assert rows(book, "SELECT external_id FROM lead ORDER BY 1") == [("1",), ("2",), ("4",), ("5",)]


def test_the_order_of_day_and_month_is_proven_by_the_column(book: Book, bring: Importer) -> None:
    """One 13th settles 03/04; a column that proves nothing is refused row by row."""
    done = bring("leads", "Name,Created\nAda,03/04/2026\nBob,13/04/2026\n")
    assert rows(book, "SELECT received_on FROM lead ORDER BY id") == [("2026-04-03",), ("2026-04-13",)]
    assert done.notes == ['received_on is read as day/month/year, as "13/04/2026" shows']
    again = bring("leads", "Name,Created\nCy,03/04/2026\n")
    assert "may be day/month or month/day" in again.failed[2]


def test_updating_writes_only_what_differs(book: Book, bring: Importer) -> None:
    """An update corrects the record, adds a reading as of today, keeps what is blank, and refuses the unknown."""
    bring("leads", "Id,Name,Created,City,Owner\n1,Ada,2026-01-01,Brno,Sam\n2,Bob,2026-01-01,Wien,Sam\n")
    changed = "Id,Name,City,Owner,As_of\n1,Ada King,,Kim,2026-05-01\n2,Bob,Wien,Sam,\n3,Cy,,,\n"
    done = bring("leads", changed, mode="update")
    assert (done.updated, done.unchanged, dict(done.failed)) == (1, 1, {4: "no lead has the id 3"})
    assert rows(book, "SELECT name, name_folded, city FROM lead WHERE id = 1") == [
        ("Ada King", "ada king", "Brno")
    ]
    assert rows(book, "SELECT text, on_day FROM reading WHERE lead_id = 1 ORDER BY id") == [
        ("Sam", "2026-01-01"),
        ("Kim", "2026-05-01"),
    ]
    assert bring("leads", changed, mode="both").created["lead"] == 1


def test_the_same_file_twice_changes_nothing(book: Book, bring: Importer) -> None:
    """Rows whose record is there are counted and left; so is a row that repeats another of its file."""
    text = "Id,Name,Created\n1,Ada,2026-01-01\n1,ADA,2026-01-02\n2,Bob,2026-01-01\n"
    assert bring("leads", text).there == 1
    assert bring("leads", text).there == 3
    assert rows(book, "SELECT count(*) FROM lead") == [(2,)]


def test_a_known_id_under_another_name_is_not_taken_for_the_same(bring: Importer) -> None:
    """In another file an id with another name may be a rename or a mistake: creating refuses, updating renames."""
    bring("leads", "Id,Name,Created\n1,Ada,2026-01-01\n")
    done = bring("leads", "Id,Name\n1,Grace\n")
    assert done.failed == {2: "1 is L1 Ada already, under another name: --mode update renames it"}
    assert bring("leads", "Id,Name\n1,Grace\n", mode="update").updated == 1


def test_matching_by_name_when_asked(book: Book, bring: Importer) -> None:
    """Without ids a record is found by its exact name, whatever its case, when the mapping says so."""
    mapping = 'kind = "leads"\nmatch = "name"\n[columns]\nName = "name"\nCity = "city"\n'
    bring("leads", "Name,City\nŽofie Nová,Brno\n", mapping)
    assert bring("leads", "Name,City\nzofie nova,Praha\n", mapping, mode="update").updated == 1
    assert rows(book, "SELECT name, city FROM lead") == [("zofie nova", "Praha")]


# Events and the rest


def test_events_keep_the_days_as_written(book: Book, bring: Importer) -> None:
    """Set and scheduled are calendar days, whatever the time; a negative gap is kept and counted."""
    mapping = (
        'kind = "events"\n[columns]\nId = "id"\nSet = "set_on"\nFor = "scheduled_for"\nMissed = "status"\nLead = "lead"\n'
        '[values.status]\nYes = "no-show"\nNo = "done"\n[constants]\nkind = "discovery meeting"\n'
    )
    done = bring(
        "events",
        "Id,Set,For,Missed,Lead\n1,2026-04-29T18:38:08Z,2026-04-29T00:00:00Z,No,P1\n2,2026-04-29T18:38:08Z,2026-04-28T09:30:00Z,Yes,P1\n"
        "3,2026-04-01T08:00:00Z,2026-12-01,,P2\n",
        mapping,
    )
    assert rows(
        book, "SELECT kind, set_on, scheduled_for, scheduled_time, status, closed_on, lead_id FROM event"
    ) == [
        ("discovery-meeting", "2026-04-29", "2026-04-29", None, "done", "2026-04-29", 1),
        ("discovery-meeting", "2026-04-29", "2026-04-28", "09:30", "no-show", "2026-04-29", 1),
        ("discovery-meeting", "2026-04-01", "2026-12-01", None, "scheduled", None, 2),
    ]
    assert rows(book, "SELECT name, external_id, received_on FROM lead") == [
        ("P1", "P1", "2026-04-29"),
        ("P2", "P2", "2026-04-01"),
    ]
    assert done.notices["events that are scheduled before they were set"] == 1
    changed = bring(
        "events", "Id,Set,For,Missed,Lead\n3,2026-04-01,2026-12-02,No,P2\n", mapping, mode="update"
    )
    assert changed.updated == 1
    assert rows(book, "SELECT scheduled_for, status, closed_on FROM event WHERE id = 3") == [
        ("2026-12-02", "done", "2026-12-02")
    ]


def test_what_a_row_refers_to_may_be_refused(book: Book, bring: Importer) -> None:
    """With `refuse` a row whose client is not known fails, and no client is made."""
    text = "Client ID,Held on,Kind\nC9,2026-01-01,QBR\n"
    done = bring("visits", text, missing="refuse")
    assert done.failed == {2: "no client has the id C9: import the clients first, or --missing create"}
    assert bring("visits", text).created["visit"] == 1
    assert rows(book, "SELECT name, since_on FROM client") == [("C9", "2026-01-01")]


def test_clients_with_status_and_readings(book: Book, bring: Importer) -> None:
    """Monthly revenue is kept by the year, tenure gives the first day, one who left has a reason and a last day."""
    bring(
        "clients",
        "Customer ID,Tenure in months,Monthly charge,Status,Churn reason,Left on,Health\n"
        "a,9,65.6,Stayed,,,80\nb,24,10,Churned,price,2026-05-01,\n",
    )
    assert rows(book, "SELECT name, since_on FROM client") == [("a", "2026-02-22"), ("b", "2024-11-22")]
    assert rows(book, "SELECT client_id, status, since, until, reason FROM client_status ORDER BY id") == [
        (1, "active", "2026-02-22", None, None),
        (2, "active", "2024-11-22", "2026-05-01", None),
        (2, "former", "2026-05-01", None, "price"),
    ]
    assert rows(book, "SELECT client_id, kind, value, on_day FROM reading ORDER BY id") == [
        (1, "health", 80, "2026-02-22"),
        (1, "revenue", 78720, "2026-02-22"),
        (2, "revenue", 12000, "2026-05-01"),
    ]


def test_a_referral_becomes_a_lead(book: Book, bring: Importer) -> None:
    """Its source is the playbook's own for referrals; a referral from nobody fails."""
    done = bring(
        "referrals",
        "Name,Referred by,Received,Contacted\nGrace,Acme,2026-03-01 09:15,2026-03-02\nHal,,2026-03-01,\n",
    )
    assert rows(book, "SELECT name, source, referring_client_id, received_on FROM lead") == [
        ("Grace", "referral", 1, "2026-03-01")
    ]
    assert rows(book, "SELECT received_time, contacted_on, lead_id FROM referral") == [
        ("09:15", "2026-03-02", 1)
    ]
    assert done.failed == {3: "client is missing: a referral comes from one"}


def test_activities_belong_to_one_record(book: Book, bring: Importer) -> None:
    """Of several records that a row names the opportunity comes first; a kind is known by its name."""
    bring("opportunities", DEALS)
    done = bring(
        "activities",
        "Kind,Date,Deal ID,Lead ID,Minutes\nConnected call,2026-03-01,D1,L9,7.5\nemail,2026-03-01,,L9,\n",
    )
    assert rows(book, "SELECT kind, opportunity_id, lead_id, minutes FROM activity") == [
        ("connected-call", 1, None, 8),
        ("email", None, 1, None),
    ]
    assert done.notices["numbers were rounded to what the record keeps"] == 1


def test_survey_answers_are_kept_with_whom_they_are_of(book: Book, bring: Importer) -> None:
    """An unknown reason is somebody's own words; one of another question is refused, and a row may be corrected."""
    text = (
        "Response ID,Question,Reason,Comment,Date,Client\n"
        "1,did not buy,Price,too dear,2026-03-01 10:15,Acme\n"
        "2,bought,the good coffee,,2026-03-02,\n"
        "3,bought,curious,,2026-03-03,\n"
        "4,left,,,2026-03-04,\n"
    )
    done = bring("surveys", text)
    assert done.failed == {
        4: "reason: curious does not answer “bought”",
        5: "an answer is a reason, or their own words",
    }
    corrected = "Response ID,Reason\n1,timing\n2,trust\n"
    assert bring("surveys", corrected, mode="update").updated == 2
    assert rows(book, "SELECT question, reason, words, answered_on, client_id FROM survey_answer") == [
        ("did not buy", "timing", "too dear", "2026-03-01", 1),
        ("bought", "trust", "the good coffee", "2026-03-02", None),
    ]


def test_rows_of_one_campaign_make_one_record_with_results(book: Book, bring: Importer) -> None:
    """Ads of a day add up under their campaign; imported again by their id, none is counted twice."""
    text = "Campaign ID,Ad ID,Date,Spent,Clicks\n916,a,13-08-2026,1.429999948,1\n916,b,12-08-2026,1.82,2\n917,c,13-08-2026,0,0\n"
    bring("campaigns", text)
    assert bring("campaigns", text).there == 3
    assert rows(book, "SELECT name, starts_on FROM campaign") == [
        ("916", "2026-08-12"),
        ("917", "2026-08-13"),
    ]
    assert rows(book, "SELECT campaign_id, sum(spend), sum(clicks) FROM campaign_result GROUP BY 1") == [
        (1, 325, 3),
        (2, 0, 0),
    ]


FIGURES = """SELECT m.name, r.on_day, r.spend, r.impressions, r.clicks, r.platform_leads, r.platform_customers
FROM campaign_result AS r JOIN campaign AS m ON m.id = r.campaign_id ORDER BY r.id"""


# As they export them: notes above and the sum of all beneath; the sum of all first, under no campaign, and a row of an
# advert for each audience; tab-separated, with American days.
GOOGLE = """Campaign report
All time
Day,Campaign,Currency code,Cost,Impr.,Clicks,CTR,Conversions
2026-11-03,Search Hamburg,EUR,12.50,"1,200",31,2.58%,2.00
2026-11-04,Search Hamburg,EUR,9.10,840,20,2.38%,1.00
Total: Account,--,EUR,21.60,2040,51,2.5%,3.00
"""
FACEBOOK = """Campaign name,Ad ID,Day,Age,Amount spent (EUR),Impressions,Link clicks,Clicks (all),Results,Purchases
,,,,7.00,500,9,14,3,1
Spring,88,2026-11-03,25-34,4.00,300,5,8,2,1
Spring,88,2026-11-03,35-44,3.00,200,4,6,1,0
"""
LINKEDIN = """Start Date (in UTC)\tCampaign Name\tTotal Spent\tImpressions\tClicks\tLeads\tConversions
11/13/2026\tCFOs\t80.25\t4000\t12\t3\t1
11/14/2026\tCFOs\t60.00\t3100\t8\t0\t0
"""


@pytest.mark.parametrize(
    ("text", "figures", "totals"),
    [
        (
            GOOGLE,
            [
                ("Search Hamburg", "2026-11-03", 1250, 1200, 31, 2, None),
                ("Search Hamburg", "2026-11-04", 910, 840, 20, 1, None),
            ],
            1,
        ),
        (
            FACEBOOK,
            [("Spring", "2026-11-03", 400, 300, 5, 2, 1), ("Spring", "2026-11-03", 300, 200, 4, 1, 0)],
            1,
        ),
        (
            LINKEDIN,
            [("CFOs", "2026-11-13", 8025, 4000, 12, 3, 1), ("CFOs", "2026-11-14", 6000, 3100, 8, 0, 0)],
            0,
        ),
    ],
    ids=["google", "facebook", "linkedin"],
)
def test_the_exports_of_those_who_sell_adverts_need_no_mapping(
    text: str, figures: list[tuple[object, ...]], totals: int, book: Book, bring: Importer
) -> None:
    """Rows become dated results of their campaigns; a row of totals is no campaign and comes back as failed."""
    done = bring("campaigns", text)
    assert rows(book, FIGURES) == figures
    assert len(done.failed) == totals


def test_a_mailing_begins_on_the_day_it_was_sent(book: Book, bring: Importer) -> None:
    """As mailing programs export it; the day of the import stands only for one that was never sent."""
    text = "id,title,send_time,status\na1,Release,2025-11-27 16:59:27,sent\nb2,Draft,,save\n"
    assert bring("campaigns", text).failed == {}
    found = dict(rows(book, "SELECT name, starts_on FROM campaign"))
    assert (found["Release"], found["Draft"]) == ("2025-11-27", TODAY.isoformat())


def test_the_same_advert_has_a_result_of_its_own_each_day(book: Book, bring: Importer) -> None:
    """Next week's file brings the days that are new; what an earlier file brought is not counted twice."""
    week = "Campaign name,Ad ID,Day,Cost\nSpring,88,2026-11-03,4\nSpring,88,2026-11-04,5\n"
    bring("campaigns", week)
    done = bring("campaigns", week + "Spring,88,2026-11-05,6\n")
    assert (done.there, rows(book, "SELECT COUNT(*), SUM(spend) FROM campaign_result")) == (2, [(3, 1500)])


def test_the_type_and_sub_type_of_a_campaign_are_a_pair_in_a_file_too(book: Book, bring: Importer) -> None:
    """A sub-type must be one of its type, be it of the row or of the campaign that is there."""
    made = bring("campaigns", "Name,Type,Subtype\nA,Direct mail,Letter\nB,email,Letter\nC,,Letter\n")
    assert rows(book, "SELECT name, type, subtype FROM campaign") == [("A", "direct-mail", "letter")]
    letters = "important announcement, product promotion, track general, track vertical"
    assert made.failed == {
        3: f"subtype: this sub-type is none of its type: email / Letter; one of: {letters}",
        4: "subtype: this sub-type is none of its type: no type / Letter; --type, or --subtype ''",
    }
    moved = bring("campaigns", "Name,Type\nA,email\n", mode="both")
    assert moved.failed == {
        2: f"subtype: this sub-type is none of its type: email / letter; one of: {letters}"
    }
    bring("campaigns", "Name,Subtype\nA,postcard\n", mode="both")
    assert rows(book, "SELECT type, subtype FROM campaign") == [("direct-mail", "postcard")]


def test_a_campaign_of_this_file_is_changed_by_a_later_row(book: Book, bring: Importer) -> None:
    """Creating and updating in one file: the second row corrects what the first one made."""
    text = "Campaign ID,Name,Owner,End date,Date,Clicks\n1,A,Sam,,2026-02-01,1\n1,A,Kim,2026-03-01,2026-01-01,2\n1,A,,2025-12-31,,\n"
    done = bring("campaigns", text, mode="both")
    assert rows(book, "SELECT name, owner, starts_on, ends_on FROM campaign") == [
        ("A", "Kim", "2026-01-01", "2026-03-01")
    ]
    assert done.failed == {4: "ends_on: 2025-12-31 is before 2026-01-01, when it starts"}


def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a file takes back all of it, and no entry is in the journal."""
    store = tmp_path / "improv.db"
    storefile.create(store, {"timezone": "UTC", "currency": "EUR"})
    file = open_csv(written(tmp_path, "Name\n" + "".join(f"N{n}\n" for n in range(5_001))))

    def stop(done: int, _of: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), _writing(store) as work:
        run_import(work, file, guess(file, KINDS["leads"], work.playbook), progress=stop)
    with _writing(store) as work:
        assert work.connection.execute("SELECT count(*) FROM lead").fetchone() == (0,)
        assert work.connection.execute("SELECT count(*) FROM journal_entry").fetchone() == (1,)


def test_the_report_says_what_was_done(bring: Importer) -> None:
    """The result is a page: rows, records, what was noticed, what failed and where it is."""
    done = bring("leads", "Name,Created,Temperature\nAda,2026-01-01,tepid\nBob,2026-01-01,hot\nCy,,hot\n")
    report = done.as_report(TODAY, dry_run=True, failed_to="x.failed.csv")
    blocks = {block.key: block for block in report.sections[0].blocks if isinstance(block, Table)}
    assert report.subtitle == "a preview: nothing was kept"
    assert blocks["counts"].rows == [("rows in the file", 3), ("leads added", 2), ("rows not imported", 1)]
    assert blocks["unknown"].rows == [("temperature", "tepid", 1)]
    assert blocks["failed"].note == "they are in x.failed.csv: mend them there, and import that file"
