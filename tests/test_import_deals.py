"""What an import makes of opportunities and of the histories of their stages: every rule on a small file."""

from tests.book import Book
from tests.files import Importer, rows

pytest_plugins = ("tests.importing",)
STAYS = "SELECT o.title, s.stage, s.since, s.until FROM stage_stay s JOIN opportunity o ON o.id = s.opportunity_id ORDER BY o.id, s.sequence"
OUTCOMES = "SELECT o.title, x.outcome, x.stage, x.since, x.until FROM opportunity_outcome x JOIN opportunity o ON o.id = x.opportunity_id ORDER BY x.id"


def test_an_opportunity_with_its_lead_terms_and_stay(book: Book, bring: Importer) -> None:
    """Terms and first stay date from the day it was opened; its company becomes a lead with its source."""
    bring(
        "opportunities",
        "Deal ID,Deal Name,Company,Stage,Amount,Probability,Close Date,Created,Source,Owner\n"
        'D1,Audit,Acme,Proposal,"12,500.50",40%,2026-12-01,2026-10-01,web,Sam\n',
    )
    assert rows(book, "SELECT on_day, value, probability, close_on, owner FROM opportunity_terms") == [
        ("2026-10-01", 1250050, 40, "2026-12-01", "Sam")
    ]
    assert rows(book, STAYS) == [("Audit", "proposal", "2026-10-01", None)]
    assert rows(
        book,
        "SELECT l.name, l.source, l.received_on, o.external_id FROM opportunity o JOIN lead l ON l.id = o.lead_id",
    ) == [("Acme", "web", "2026-10-01", "D1")]


def test_a_stage_column_holds_stages_and_endings(book: Book, bring: Importer) -> None:
    """An ending closes on its day; without one on the close date; the stage it ended in is not invented."""
    done = bring(
        "opportunities",
        "Name,Stage,Created,Closed On,Close Date,Lost Reason\n"
        "A,Closed Won,2026-01-01,2026-02-01,2026-03-01,\nB,Closed Lost,2026-01-01,,2026-03-01,price\n"
        "C,Closed Lost,2026-01-01,,,they moved\nD,Intro,2026-01-01,,,\nE,,2026-01-01,,,\n",
    )
    assert rows(book, OUTCOMES) == [
        ("A", "won", None, "2026-02-01", None),
        ("B", "lost", None, "2026-03-01", None),
        ("C", "lost", None, "2026-01-01", None),
    ]
    assert rows(book, "SELECT reason, words FROM opportunity_outcome ORDER BY id") == [
        (None, None),
        ("price", None),
        (None, "they moved"),
    ]
    assert rows(book, STAYS) == [("D", "intro", "2026-01-01", None), ("E", "intro", "2026-01-01", None)]
    assert done.notices["opportunities without a value"] == 5
    assert done.notices["open opportunities without a stage: they begin in the first"] == 1
    assert rows(book, "SELECT count(*) FROM client") == [(0,)]


def test_an_unknown_stage_is_refused_and_named(bring: Importer) -> None:
    """The stage the playbook lacks is told with how often it occurs and how to say what it means."""
    done = bring("opportunities", "Name,Stage\nA,Haggling\nB,Haggling\nC,Intro\n")
    assert dict(done.unknown) == {("stage", "Haggling"): 2}
    assert set(done.failed) == {2, 3}
    assert "say under [values.stage] of a mapping what it means" in done.failed[2]


def test_what_ended_before_it_began_is_kept_and_counted(book: Book, bring: Importer) -> None:
    """A file may say that a deal closed before it was opened: that is kept, and told."""
    mapping = (
        'kind = "opportunities"\n[columns]\nName = "title"\nStage = "stage"\nEnd = "outcome"\nOpen = "opened_on"\n'
        'Closed = "closed_on"\n'
    )
    done = bring(
        "opportunities", "Name,Stage,End,Open,Closed\nA,Proposal,won,2026-05-01,2026-04-01\n", mapping
    )
    assert rows(book, STAYS) == [("A", "proposal", "2026-05-01", "2026-04-01")]
    assert rows(book, OUTCOMES) == [("A", "won", "proposal", "2026-04-01", None)]
    assert done.notices["opportunities that ended before they were opened"] == 1
    assert done.notices["stays that end before they began: left out of averages"] == 1


def test_only_one_that_bought_becomes_a_client(book: Book, bring: Importer) -> None:
    """A client column makes a client of a won deal since the earliest win, and of no open one."""
    done = bring(
        "opportunities",
        "Name,Client,Stage,Created,Closed On\nA,Acme,Closed Won,2026-01-01,2026-05-01\n"
        "B,Acme,Closed Won,2026-01-01,2026-03-01\nC,Acme,Intro,2026-06-01,\nD,Beta,Intro,2026-06-01,\n",
    )
    assert rows(book, "SELECT name, since_on FROM client") == [("Acme", "2026-03-01")]
    assert rows(book, "SELECT status, since FROM client_status") == [("active", "2026-03-01")]
    assert rows(book, "SELECT title, client_id FROM opportunity ORDER BY id") == [
        ("A", 1),
        ("B", 1),
        ("C", 1),
        ("D", None),
    ]
    assert done.notices["clients that rows name, who are not known and have not bought: left out"] == 1


def test_updating_moves_ends_and_reopens(book: Book, bring: Importer) -> None:
    """A later export moves a deal, ends it, and opens it again, each as of its day; unchanged terms are not repeated."""
    head = "Id,Name,Stage,Amount,Created,As_of,Closed On\n"
    bring("opportunities", head + "1,A,Intro,100,2026-01-01,,\n")
    bring("opportunities", head + "1,A,Proposal,100,,2026-02-01,\n", mode="update")
    bring("opportunities", head + "1,A,Closed Won,150,,2026-03-01,2026-02-25\n", mode="update")
    bring("opportunities", head + "1,A,Realign,150,,2026-04-01,\n", mode="update")
    done = bring("opportunities", head + "1,A,Realign,150,,2026-05-01,\n", mode="update")
    assert (done.unchanged, done.updated) == (1, 0)
    assert rows(book, STAYS) == [
        ("A", "intro", "2026-01-01", "2026-02-01"),
        ("A", "proposal", "2026-02-01", "2026-02-25"),
        ("A", "realign", "2026-04-01", None),
    ]
    assert rows(book, OUTCOMES) == [("A", "won", "proposal", "2026-02-25", "2026-04-01")]
    assert rows(book, "SELECT on_day, value FROM opportunity_terms ORDER BY id") == [
        ("2026-01-01", 10000),
        ("2026-03-01", 15000),
    ]


# Histories

DEALS = "Id,Name,Stage,Created\nD1,One,Proposal,2026-02-01\nD2,Two,Closed Lost,2026-02-01\n"


def test_a_history_replaces_what_an_import_knew(book: Book, bring: Importer) -> None:
    """Rows are put in order, stay until the next one, close, reopen, go back; one before the opening opens it earlier."""
    bring("opportunities", DEALS)
    done = bring(
        "stages",
        "Deal ID,Stage,Since\nD1,Proposal,2026-03-01\nD1,Intro,2026-01-15\nD1,Closed Won,2026-04-01\nD1,Realign,2026-05-01\n"
        "D1,Intro,2026-05-01T08:00\nD2,Intro,2026-02-01\n",
    )
    assert rows(book, STAYS) == [
        ("One", "intro", "2026-01-15", "2026-03-01"),
        ("One", "proposal", "2026-03-01", "2026-04-01"),
        ("One", "realign", "2026-05-01", "2026-05-01"),
        ("One", "intro", "2026-05-01", None),
        ("Two", "intro", "2026-02-01", None),
    ]
    assert rows(book, OUTCOMES) == [("One", "won", "proposal", "2026-04-01", "2026-05-01")]
    assert rows(book, "SELECT opened_on FROM opportunity ORDER BY id") == [("2026-01-15",), ("2026-02-01",)]
    assert (done.updated, dict(done.failed)) == (2, {})


def test_a_sequence_goes_before_days_and_a_negative_stay_is_counted(book: Book, bring: Importer) -> None:
    """Where the file numbers its rows, days that run backwards are kept and reported."""
    bring("opportunities", DEALS)
    done = bring("stages", "Deal ID,Stage,Since,Order\nD1,Proposal,2026-03-01,2\nD1,Intro,2026-03-10,1\n")
    assert rows(book, STAYS) == [
        ("One", "intro", "2026-03-10", "2026-03-01"),
        ("One", "proposal", "2026-03-01", None),
    ]
    assert done.notices["stays that end before they began: left out of averages"] == 1


def test_rows_that_repeat_a_stage_are_no_entries(book: Book, bring: Importer) -> None:
    """A row for another change than the stage does not cut the stay, unless the mapping keeps such rows."""
    text = "Deal,Stage,Since\nX,Intro,2026-01-01\nX,Intro,2026-01-05\nX,Proposal,2026-01-09\n"
    done = bring("stages", text)
    assert rows(book, STAYS) == [
        ("X", "intro", "2026-01-01", "2026-01-09"),
        ("X", "proposal", "2026-01-09", None),
    ]
    assert done.notices["rows that repeat the stage it is in: its stay goes on"] == 1
    mapping = 'kind = "stages"\nrepeats = "keep"\n[columns]\nDeal = "opportunity"\nStage = "stage"\nSince = "since"\n'
    bring("stages", text.replace("X", "Y"), mapping)
    assert len(rows(book, STAYS)) == 5


def test_a_history_may_say_when_a_stage_was_left(book: Book, bring: Importer) -> None:
    """With its own last day a stay ends there, and the last one is not left open."""
    bring(
        "stages", "Deal,Stage,Since,Until\nX,Intro,2026-01-01,2026-01-03\nX,Proposal,2026-01-09,2026-01-20\n"
    )
    assert rows(book, STAYS) == [
        ("X", "intro", "2026-01-01", "2026-01-03"),
        ("X", "proposal", "2026-01-09", "2026-01-20"),
    ]


def test_unknown_opportunities_of_a_history_are_made_or_refused(book: Book, bring: Importer) -> None:
    """As asked: an opportunity that opened with its first row, or a row that fails."""
    text = "Deal ID,Stage,Since\nX,Intro,2026-01-09\nX,Proposal,2026-01-01\n"
    done = bring("stages", text, missing="refuse")
    assert set(done.failed.values()) == {
        "no opportunity has the id X: import the opportunities first, or --missing create"
    }
    assert rows(book, "SELECT count(*) FROM opportunity") == [(0,)]
    assert bring("stages", text).referred["opportunity"] == 1
    assert rows(book, "SELECT title, external_id, opened_on FROM opportunity") == [("X", "X", "2026-01-01")]


def test_half_a_history_waits_for_the_rest(book: Book, bring: Importer) -> None:
    """When one row of a deal fails, the others fail with it: mended and imported again they are the whole."""
    bring("opportunities", DEALS)
    done = bring(
        "stages", "Deal ID,Stage,Since\nD1,Intro,2026-02-01\nD1,Haggling,2026-03-01\nD2,Intro,2026-02-01\n"
    )
    assert done.failed[2] == "line 3 of the same history is not imported"
    assert rows(book, STAYS) == [
        ("One", "proposal", "2026-02-01", None),
        ("Two", "intro", "2026-02-01", None),
    ]


def test_stays_typed_by_hand_are_left_alone(book: Book, bring: Importer) -> None:
    """A history does not overwrite what a person typed."""
    bring("opportunities", DEALS)
    book.work.connection.execute("UPDATE stage_stay SET imported = 0")
    done = bring("stages", "Deal ID,Stage,Since\nD1,Intro,2026-02-01\n")
    assert done.failed == {2: "the stays of this opportunity were typed by hand, and are left as they are"}


def test_an_id_of_two_records_sets_rows_aside(book: Book, bring: Importer) -> None:
    """One id under two names makes two records; rows of other files that refer to it wait, and say for which."""
    done = bring(
        "opportunities",
        "Id,Name,Stage,Created\nD1,One,Intro,2026-01-01\nD1,Other,Intro,2026-01-02\nD2,Two,Intro,2026-01-01\n",
    )
    assert done.created["opportunity"] == 3
    again = bring("opportunities", "Id,Name,Stage,Amount\nD1,One,Intro,5\nD1,Other,Intro,6\n", mode="update")
    assert again.updated == 2
    history = bring(
        "stages",
        "Deal ID,Stage,Since\nD1,Proposal,2026-02-01\nD2,Proposal,2026-02-01\nD1,Realign,2026-03-01\n",
    )
    assert history.failed == dict.fromkeys((2, 4), "ambiguous: D1 is two records: O1 One, O2 Other")
    assert history.set_aside == {2, 4}
    mended = bring(
        "stages", "Deal ID,Stage,Since\nimprov:O2,Proposal,2026-02-01\nimprov:L2,Intro,2026-01-01\n"
    )
    assert mended.failed == {3: '"improv:L2" names no opportunity'}
    assert ("Other", "proposal", "2026-02-01", None) in rows(book, STAYS)


LIVED = "SELECT l.name, y.state, y.since, y.until FROM lifecycle y JOIN lead l ON l.id = y.lead_id ORDER BY l.id, y.id"


def test_deals_take_their_leads_through_the_lifecycle_on_the_days_of_the_file(
    book: Book, bring: Importer
) -> None:
    """As typed ones do: an opportunity while one is open, a customer once one is won, SQL when none is left."""
    bring(
        "opportunities",
        "Deal ID,Deal Name,Lead,Stage,Amount,Created,Closed On\n"
        "D1,A,Ada,Closed Lost,10,2026-03-01,2026-04-01\n"
        "D2,B,Ada,Closed Won,10,2026-05-01,2026-06-01\n"
        "D3,C,Bob,Intro,10,2026-05-01,\n"
        "D4,D,Cem,Closed Lost,10,2026-05-01,2026-07-01\n",
    )
    assert rows(book, LIVED) == [
        ("Ada", "lead", "2026-03-01", "2026-03-01"),
        ("Ada", "opportunity", "2026-03-01", "2026-04-01"),
        ("Ada", "sql", "2026-04-01", "2026-05-01"),
        ("Ada", "opportunity", "2026-05-01", "2026-06-01"),
        ("Ada", "customer", "2026-06-01", None),
        ("Bob", "lead", "2026-05-01", "2026-05-01"),
        ("Bob", "opportunity", "2026-05-01", None),
        ("Cem", "lead", "2026-05-01", "2026-05-01"),
        ("Cem", "opportunity", "2026-05-01", "2026-07-01"),
        ("Cem", "sql", "2026-07-01", None),
    ]


def test_what_is_known_of_a_lead_since_is_not_rewritten_by_a_deal_of_before(
    book: Book, bring: Importer
) -> None:
    """Nor is who was a customer already taken for less; a deal that says nothing new moves nobody."""
    bring(
        "leads",
        "Name,Lifecycle,Received\nAda,mql,2026-06-01\nBob,customer,2026-01-01\nCem,sql,2026-01-01\n",
    )
    deals = "Deal ID,Deal Name,Lead Name,Stage,Created\nD1,A,Ada,Intro,2026-03-01\nD2,B,Bob,Intro,2026-03-01\nD3,C,Cem,Intro,2026-03-01\n"
    bring("opportunities", deals)
    lived = [
        ("Ada", "mql", "2026-06-01", None),
        ("Bob", "customer", "2026-01-01", None),
        ("Cem", "sql", "2026-01-01", "2026-03-01"),
        ("Cem", "opportunity", "2026-03-01", None),
    ]
    assert rows(book, LIVED) == lived
    bring("opportunities", "Deal ID,Deal Name,Lead Name,Stage,Created\nD4,E,Ada,Intro,2026-07-01\n")
    lived[0:1] = [("Ada", "mql", "2026-06-01", "2026-07-01"), ("Ada", "opportunity", "2026-07-01", None)]
    assert rows(book, LIVED) == lived
    bring("opportunities", deals, mode="both")
    assert rows(book, LIVED) == lived


def test_an_update_and_a_history_take_a_lead_further_too(book: Book, bring: Importer) -> None:
    """Lost by an update; reopened and won by the history of its stages, which replaces what was known."""
    head = "Deal ID,Deal Name,Lead,Stage,Created,Closed On\n"
    bring("opportunities", head + "D1,A,Ada,Intro,2026-03-01,\n")
    bring("opportunities", head + "D1,A,Ada,Closed Lost,2026-03-01,2026-04-01\n", mode="update")
    assert rows(book, LIVED)[-1] == ("Ada", "sql", "2026-04-01", None)
    bring(
        "stages",
        "Deal ID,Stage,Date\nD1,intro,2026-03-01\nD1,lost,2026-04-01\nD1,proposal,2026-05-01\nD1,won,2026-06-01\n",
    )
    assert rows(book, LIVED)[-3:] == [
        ("Ada", "sql", "2026-04-01", "2026-05-01"),
        ("Ada", "opportunity", "2026-05-01", "2026-06-01"),
        ("Ada", "customer", "2026-06-01", None),
    ]
