"""`improv query`: what it answers, what it refuses and in which words, and that it can write nothing."""

import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import threading
from pathlib import Path

import pytest

from improv.query import FUNCTIONS
from improv.views import VIEWS
from tests.run import run
from tests.session import must

SENTENCE = "a query only reads: it is one SELECT over the views"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT COUNT(*) AS n FROM c"
# What is asked → its exit code, and what stands in the first two lines of the answer.
REFUSED = {
    # what would write, or look beside the records
    "ATTACH '{folder}/other.db' AS other": (1, SENTENCE),
    "PRAGMA user_version = 7": (1, SENTENCE),
    "PRAGMA table_info(lead)": (1, SENTENCE),
    "VACUUM INTO '{folder}/copy.db'": (1, SENTENCE),
    "INSERT INTO leads (name) VALUES ('x')": (1, SENTENCE),
    "UPDATE leads SET name = 'x'": (1, SENTENCE),
    "DELETE FROM leads": (1, SENTENCE),
    "DROP TABLE lead": (1, SENTENCE),
    "CREATE TEMP TABLE mine (x)": (1, SENTENCE),
    "BEGIN": (1, SENTENCE),
    "REINDEX": (1, SENTENCE),
    "EXPLAIN SELECT 1": (1, SENTENCE),
    "": (1, SENTENCE),
    "-- nothing": (1, SENTENCE),
    "WITH x AS (SELECT 'x' AS name) INSERT INTO leads (name) SELECT name FROM x": (1, SENTENCE),
    "WITH x AS (SELECT 1) UPDATE leads SET name = 'x'": (1, SENTENCE),
    "WITH x AS (SELECT 1) DELETE FROM leads": (1, SENTENCE),
    "SELECT 1; DELETE FROM leads": (1, SENTENCE),
    "SELECT load_extension('{folder}/x.so')": (1, "load_extension (line 1, column 8)"),
    "SELECT writefile('{folder}/x', 'x')": (2, "writefile (line 1, column 8)"),
    "SELECT readfile('/etc/passwd')": (2, "readfile (line 1, column 8)"),
    "SELECT fts3_tokenizer('x')": (1, "fts3_tokenizer (line 1, column 8)"),
    "SELECT randomblob(1000000000)": (1, "randomblob (line 1, column 8)"),
    # what is no view
    "SELECT * FROM lead": (2, "lead (line 1, column 15)"),
    "SELECT * FROM main.lead": (2, "lead (line 1, column 20)"),
    "SELECT * FROM outbox": (2, "outbox (line 1, column 15)"),
    "SELECT * FROM journal_change": (2, "journal_change (line 1, column 15)"),
    "SELECT sql FROM sqlite_master": (1, "a query reads the views alone"),
    "SELECT COUNT(*) FROM sqlite_schema": (1, SENTENCE),
    "SELECT * FROM pragma_table_info('lead')": (1, SENTENCE),
    "SELECT COUNT(*) FROM pragma_database_list": (1, SENTENCE),
    "SELECT value FROM json_each('[1]')": (1, "a query reads the views alone"),
    # what does not fit out of its own brackets
    "SELECT 1) UNION SELECT name FROM (SELECT name FROM lead": (2, "at fault: )"),
    # mistakes
    "SELECT nmae FROM leads": (2, "nmae (line 1, column 8)"),
    "SELECT l.nmae\nFROM leads AS l": (2, "nmae (line 1, column 10)"),
    "SELECT name\nFORM leads": (2, "leads (line 2, column 6)"),
    "SELECT name FROM leads WHERE": (2, "it has no end"),
    "SELECT 'name FROM leads": (2, "it has no end"),
    "SELECT :owner": (2, ":owner"),
    "SELECT ?": (2, "?"),
    "SELECT @owner": (2, "@owner"),
    "SELECT abs(-9223372036854775808)": (2, "integer overflow"),
    "SELECT name FROM leads LIMIT 'x'": (2, "datatype mismatch"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of two leads, one of them with an opportunity that changed its value."""
    db = tmp_path_factory.mktemp("query") / "improv.db"
    must("lead add 'Ada Lovelace' --source web --owner Sam", db, "2026-11-02")
    must("lead add 'Bob [red]=1+1' --source referral", db, "2026-11-09")
    must("opp add ada --title Audit --value 12.5k --close-on 2026-12-04", db, "2026-11-16")
    must("opp edit audit --value 9k", db, "2026-11-20")
    return db


def digest(db: Path) -> str:
    return hashlib.sha256(db.read_bytes()).hexdigest()


def test_a_query_is_answered_in_every_format(store: Path) -> None:
    text = "SELECT id, title, value, close_on, days(opened_on, :today) AS days FROM opportunities"
    assert run("query", text, db=store).out == "O1\tAudit\t9000.00\t2026-12-04\t6\n"
    assert json.loads(run("query", text, "--format", "json", db=store).out)["rows"] == [
        {"id": "O1", "title": "Audit", "value": {"minor": 900000}, "close_on": "2026-12-04", "days": 6}
    ]
    assert (
        run("query", text, "--format", "csv", db=store).out.splitlines()[0] == "id,title,value,close_on,days"
    )
    for form in ("terminal", "markdown", "html"):
        assert "9,000" in run("query", text, "--format", form, db=store).out


def test_what_users_typed_stays_text(store: Path) -> None:
    """No markup is obeyed, and no formula for a spreadsheet is made."""
    assert "Bob [red]=1+1" in run("query", "SELECT name FROM leads", "--format", "terminal", db=store).out
    assert "'=1+1" in run("query", "SELECT '=1+1' AS sum", "--format", "csv", db=store).out


def test_a_query_sees_the_day_that_is_looked_at(store: Path) -> None:
    text = "SELECT value FROM opportunities"
    assert must(f"query '{text}' --as-of 2026-11-17", store).out == "12500.00\n"
    assert must(f"query '{text}'", store).out == "9000.00\n"
    assert must(f"query '{text}' --as-of 2026-11-15", store).out == ""
    assert must("query 'SELECT :today AS day' --as-of 2026-11-15", store).out == "2026-11-15\n"


def test_values_are_bound_and_never_read_as_sql(store: Path) -> None:
    text = "SELECT name FROM leads WHERE owner = :owner AND 900000 >= :least"
    assert run("query", text, "--set", "owner=Sam", "--set", "least=9", db=store).out == "Ada Lovelace\n"
    assert run("query", text, "--set", "owner=x' OR 1 OR '", "--set", "least=9", db=store).out == ""
    assert run("query", text, "--set", "owner", db=store).code == 2
    for ours in ("today", "as_of", "known_on", "limit_gap_after"):
        refused = run("query", "SELECT 1", "--set", f"{ours}=2099-01-01", "--as-of", "2026-11-03", db=store)
        assert (refused.code, refused.told[0]) == (2, "improv: this value is given by improv itself")


def test_a_query_may_come_from_a_file_or_from_stdin(store: Path, tmp_path: Path) -> None:
    """With comments, a semicolon at the end, and the mark that some editors begin a file with."""
    text = "\ufeff-- how many\nSELECT COUNT(*) AS n FROM leads; -- that is all\n;\n"
    (tmp_path / "many.sql").write_text(text, "utf-8")
    assert run("query", tmp_path / "many.sql", db=store).out == "2\n"
    assert run("query", "-", stdin=text, db=store).out == "2\n"
    (tmp_path / "bytes.sql").write_bytes(b"SELECT '\xff'")
    assert (
        run("query", tmp_path / "bytes.sql", db=store).told[0]
        == "improv: this is no query: it is not written in UTF-8, first in line 1"
    )


def test_what_a_query_makes_up_itself_does_not_reach_the_views(store: Path) -> None:
    """Its own `lead` is not the table that the view of leads reads; columns that are called alike stay apart."""
    text = "WITH lead AS (SELECT 7 AS id) SELECT lead.id, l.id FROM lead JOIN LEADS AS l ORDER BY l.ID DESC"
    assert run("query", text, db=store).out == "7\tL2\n7\tL1\n"
    assert run("query", text, "--as-of", "2026-11-03", db=store).out == "7\tL1\n"
    rows = json.loads(run("query", text, "--format", "json", db=store).out)["rows"]
    assert rows[0] == {"id": 7, "id_2": "L2"}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_query_is_refused_in_words(text: str, store: Path, tmp_path: Path) -> None:
    """Three lines, the right exit code, the word at fault; the store has the same bytes, and no file is made."""
    before, (code, words) = digest(store), REFUSED[text]
    result = run("query", "-", stdin=text.format(folder=tmp_path), db=store)
    assert result.code == code
    assert words in " ".join(result.told[:2])
    assert [line[:11] for line in result.told[1:]] == ["  at fault:", "  to mend: "]
    assert (digest(store), list(tmp_path.iterdir())) == (before, [])


def test_a_slip_is_told_with_what_was_meant(store: Path) -> None:
    assert "did you mean `name`?" in run("query", "SELECT nmae FROM leads", db=store).told[2]
    assert "did you mean `leads`?" in run("query", "SELECT name FROM lead", db=store).told[2]


def test_a_query_that_does_not_end_is_stopped(store: Path) -> None:
    """After its time, and by Ctrl-C before that; nothing is kept in memory meanwhile."""
    late = run("query", ENDLESS, "--timeout", "1", db=store)
    assert (late.code, late.told[0]) == (1, "improv: the query took longer than 1 s and was stopped")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    stopped = run("query", ENDLESS, db=store)
    timer.join()
    assert (stopped.code, stopped.told) == (130, ["improv: stopped; nothing was changed"])


def test_no_value_grows_beyond_reason(store: Path) -> None:
    """A function that would build a gigabyte builds nothing."""
    result = run("query", "SELECT replace(printf('%9000000d', 1), ' ', '0123456789') AS x", db=store)
    assert (result.code, result.told[0]) == (
        2,
        "improv: the query cannot be answered: string or blob too big",
    )


def test_the_views_are_listed_with_their_columns(store: Path) -> None:
    assert [line.split("\t")[0] for line in must("query --views", store).out.splitlines()] == list(VIEWS)
    assert must("query --views leads", store).out.splitlines()[0] == "id\tref\tits id, such as L12"
    assert run("query", "--views", "lead", db=store).code == 3


WORDS = (
    *(
        "SELECT",
        "WITH",
        "FROM",
        "WHERE",
        "AS",
        "(",
        ")",
        ",",
        "*",
        "1",
        "'x'",
        ";",
        "UNION",
        "JOIN",
        "RETURNING",
    ),
    *(
        "INSERT INTO",
        "UPDATE",
        "SET",
        "DELETE FROM",
        "DROP TABLE",
        "ATTACH",
        "PRAGMA",
        "VACUUM INTO",
        "REPLACE INTO",
    ),
    *(
        "CREATE TABLE",
        "CREATE TEMP VIEW",
        "ALTER TABLE",
        "BEGIN",
        "COMMIT",
        "query_only = 0",
        "writable_schema = 1",
    ),
    *(
        "lead",
        "leads",
        "name",
        "main.lead",
        "sqlite_master",
        "temp.x",
        "=",
        "/*",
        "*/",
        "--\n",
        "load_extension",
    ),
    *("x", "LIMIT", "ORDER BY", "days(", ":today", "?", "VALUES", "NULL", "\x00", "'", '"', "\U0001f600"),
)


def test_no_words_whatever_change_the_store_or_end_in_a_traceback(store: Path) -> None:
    """Random words of SQL, half of them begun like a query: each is answered or refused, and nothing is written."""
    dice, before = random.Random("query"), digest(store)  # noqa: S311 - no secret is made of it
    heads = ("SELECT name FROM leads", "WITH x AS (SELECT 1)", "SELECT 1;", "")
    for _ in range(150):
        text = " ".join([dice.choice(heads), *dice.choices(WORDS, k=dice.randrange(1, 9))])
        result = run("query", "-", "--timeout", "5", stdin=text, db=store)
        assert result.code in {0, 1, 2}, text
        assert "improv itself failed" not in result.err, text
    assert digest(store) == before
    assert [path.name for path in store.parent.iterdir()] == [store.name]


def test_every_function_that_is_promised_is_there() -> None:
    """SQLite is built with and without some of them; `days` is a macro of ours."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM pragma_function_list")}
    assert there >= FUNCTIONS - {"days"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, received_on AS day FROM lead",
        "SELECT 1 AS id, sql AS day FROM sqlite_schema",
        "SELECT 1 AS id, load_extension('x') AS day",
        "WITH x AS (SELECT 1) DELETE FROM leads",
        "ATTACH 'other.db' AS other",
    ],
)
def test_what_a_user_declares_is_held_to_the_same_rules(sql: str, store: Path, tmp_path: Path) -> None:
    """A metric of their own, and a query that is saved: neither reads beside the views, and none writes."""
    config, before = tmp_path / "config.toml", digest(store)
    head = '[playbook.metric.mine]\ntitle = "Mine"\nsentence = "Mine."\nkind = "count"\n'
    config.write_text(f"{head}sql = {json.dumps(sql)}\n", "utf-8")
    told = run("metric", "mine", db=store, config=config)
    saved = run("list", "save", "mine", "lead", "--query", sql, db=store)
    assert (told.code in {1, 2}, saved.code in {1, 2}, told.out, saved.out) == (True, True, "", "")
    assert digest(store) == before
