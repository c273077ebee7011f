"""Metrics, flags and reports of the user's own: declared in TOML, they behave like what is built in."""

import json
import re
import shlex
from pathlib import Path

import pytest

from improv.show import FORMATS
from tests.mailbox import Mailbox
from tests.run import Result, run
from tests.session import answer, must

PAGE = (Path(__file__).parent.parent / "docs" / "custom.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SETTINGS = "\n".join(text for kind, text in BLOCKS if kind == "toml")
CONSOLE = [text.splitlines() for kind, text in BLOCKS if kind == "console"]
BOOK = (
    ("2026-11-02", "lead add Ada --source web --owner Sam --phone 1 --city Bonn"),
    ("2026-11-02", "opp add ada --title Audit --value 12k --owner Sam"),
    ("2026-11-02", "lead add Bob --source referral --owner Kim --phone 2 --city Kiel"),
    ("2026-11-02", "opp add bob --title Warehouse --value 15k --owner Kim"),
    ("2026-11-02", "event schedule warehouse introductory-call 2026-12-01"),
    ("2026-11-12", "opp won audit"),
    ("2026-11-12", "opp add ada --title Training --value 4k --owner Sam"),
    ("2026-11-16", "opp won training"),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of two large opportunities, one of them won, and a small one."""
    path = tmp_path_factory.mktemp("custom") / "improv.db"
    for day, command in BOOK:
        must(command, path, day)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give the settings that the page of custom reports shows."""
    path = tmp_path / "config.toml"
    path.write_text(SETTINGS, "utf-8")
    return path


def ask(command: str, db: Path, config: Path, today: str = "2026-11-23") -> Result:
    return run(*shlex.split(command), db=db, config=config, today=today)


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: block[0])
def test_the_page_is_answered_as_it_is_written(block: list[str], db: Path, config: Path) -> None:
    command, *told = block
    lines = answer(ask(command.removeprefix("$ improv "), db, config))
    if command.endswith("alerts"):
        lines = [line for line in lines if "\tU1\t" in line]
    assert lines == told, "\n".join(lines)


# A metric.


def test_a_metric_is_measured_as_of_a_past_day(db: Path, config: Path) -> None:
    """On 11 November nothing was won yet; a day later 12,000."""
    values = [
        json.loads(ask(f"metric big-wins --for 2026-11 --as-of {day} --format json", db, config).out)[
            "sections"
        ][0]
        for day in ("2026-11-11", "2026-11-12")
    ]
    assert [part["blocks"][0]["scores"][0]["value"] for part in values] == [{"minor": 0}, {"minor": 1200000}]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("metric big-wins --for 2026-11 --by source", "web\t12000.00\t1\t0"),
        ("metric big-wins --for 2026-11 --by owner,source", "Sam\tweb\t12000.00\t1\t0"),
        (
            "metric big-wins --for 2026-Q4 --trend monthly",
            "Nov 2026\t12000.00\t1\t≥ 20000.00\ttoo few to tell",
        ),
        ("metric big-win-share --for 2026-11", "Share of big wins\t75.000000\t–\t–\t–\t–\t– – – – – 75\t–"),
        ("metric big-wins --why 2026-11-11..2026-11-20 --for 'last 9 days'", "difference\t1\t12000.00"),
        ("explain big-wins --for 2026-11", "O1 Audit\t2026-11-12\t12000.00"),
        (
            "metric list",
            "big_win_share\tratio\tShare of big wins, as the playbook declares it.\tthe clock of each\tthe playbook's own",
        ),
    ],
)
def test_a_metric_answers_what_those_of_the_catalogue_answer(
    command: str, line: str, db: Path, config: Path
) -> None:
    result = ask(command, db, config)
    assert line in result.out.splitlines(), result


def test_a_metric_can_be_picked_as_a_kpi_and_is_forgotten_without_harm(
    db: Path, config: Path, tmp_path: Path
) -> None:
    """Once the declaration is gone it is tracked no more, and nothing else suffers."""
    own = tmp_path / "improv.db"
    own.write_bytes(db.read_bytes())
    assert ask("kpi pick big-wins won-value new-leads win-rate visits", own, config).code == 0
    assert "Big wins\t2026-11-23\tday 1 of 30" in ask("kpi", own, config).out
    assert "Big wins" not in must("kpi", own).out
    assert "Value won" in must("report kpi", own).out


KINDS = """
[playbook.metric.started]
counts = "opportunity"
sql = "SELECT id, opened_on AS day FROM opportunities"

[playbook.metric.took]
kind = "share"
counts = "opportunity"
hits = ["won"]
open = ["open"]
sql = "SELECT id, opened_on AS day, status AS state FROM opportunities"

[playbook.metric.stays]
kind = "duration"
counts = "opportunity"
sql = '''SELECT opportunity AS id, since AS day, days, stage, CASE WHEN until IS NULL THEN 0 ELSE 1 END AS ended
FROM stage_stays'''

[playbook.metric.weight]
kind = "level"
unit = "money"
shows = "sum"
counts = "opportunity"
sql = "SELECT id, opened_on AS since, closed_on AS until, value FROM opportunities"

[playbook.metric.called]
counts = "activity"
about = "lead"
sql = "SELECT id, lead AS about, done_on AS day, kind, CASE WHEN lead IS NULL THEN 'no lead' END AS left_out FROM activities"
"""


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("started", "3"),
        ("took", "66.6667% (2 of 3)"),
        ("stays", "10.000000"),  # 10 and 4 days finished, 21 so far
        ("weight", "15000.00"),
        ("called", "1"),
    ],
)
def test_each_kind_of_metric_is_worked_out_by_hand(name: str, figure: str, db: Path, tmp_path: Path) -> None:
    """Of three opportunities two were won; one call to Ada, and one to nobody, which is left out."""
    config, own = tmp_path / "config.toml", tmp_path / "improv.db"
    config.write_text(KINDS, "utf-8")
    own.write_bytes(db.read_bytes())
    must("log call L1 'rang'", own)
    must("log call", own)
    (line,) = (
        line
        for line in ask(f"metric {name} --for 2026-11", own, config).out.splitlines()
        if line.count("\t") > 5
        if not line.startswith("Metric\t")
    )
    assert line.split("\t")[1] == figure


def test_what_is_no_record_or_no_day_is_left_out_and_never_guessed(db: Path, tmp_path: Path) -> None:
    """Ids of another noun are told in the explanation; a text is no day, and no odd value ends in a traceback."""
    config = tmp_path / "config.toml"
    sql = (
        "SELECT id, opened_on AS day, title AS value FROM opportunities "
        "UNION ALL SELECT id, 'soon', 7 FROM leads UNION ALL SELECT 1, '2026-11-02', 2.6"
    )
    config.write_text(f'[playbook.metric.odd]\nkind = "total"\ncounts = "lead"\nsql = "{sql}"\n', "utf-8")
    told = ask("explain odd --for 2026-11", db, config).out.splitlines()
    assert "note\t3 left out: its id is of no lead" in told
    assert "L1 Ada\t2026-11-02\t3" in told


def test_a_metric_of_nothing_is_nothing(tmp_path: Path, config: Path) -> None:
    """In an empty store a sum is 0 and a ratio is nothing; a report and the flags are empty, not at fault."""
    db = tmp_path / "improv.db"
    assert ask("init", db, config).code == 0
    assert "Big wins\t0.00\t" in ask("metric big-wins", db, config).out
    assert "Share of big wins\t–\t" in ask("metric big-win-share", db, config).out
    assert ask("report big-deals", db, config).code == 0
    assert ask("alerts", db, config).out == ""


# A flag.


@pytest.mark.parametrize(
    ("day", "severity"),
    [("2026-11-12", None), ("2026-11-13", "warning"), ("2026-12-02", "warning"), ("2026-12-03", "critical")],
)
def test_a_flag_is_up_just_past_its_limit(day: str, severity: str | None, db: Path, config: Path) -> None:
    """Ten days are inside, eleven past; thirty still a warning, thirty-one critical."""
    found = [
        line.split("\t")[0] for line in ask("alerts", db, config, day).out.splitlines() if "\tU1\t" in line
    ]
    assert found == ([severity] if severity else [])


def test_a_flag_clears_once_its_query_finds_it_no_more(db: Path, config: Path, tmp_path: Path) -> None:
    own = tmp_path / "improv.db"
    own.write_bytes(db.read_bytes())
    must("opp move warehouse mutual-discovery", own)
    assert "\tU1\t" not in ask("alerts", own, config).out


def test_a_flag_is_snoozed_and_explained_like_all_others(db: Path, config: Path, tmp_path: Path) -> None:
    own = tmp_path / "improv.db"
    own.write_bytes(db.read_bytes())
    assert ask("alerts snooze u1 warehouse --until fri", own, config).out.splitlines()[1] == (
        "  15,000 in intro since 2026-11-02, 21 days ago (limit 10)"
    )
    assert "\tU1\t" not in ask("alerts", own, config).out
    assert "flag U1 snoozed until 2026-11-27" in ask("show warehouse", own, config).out
    # Looked at without the declaration the snooze is still told.
    assert "flag U1 snoozed until 2026-11-27" in must("show warehouse", own).out
    assert "limit after\t10" in ask("explain U1", own, config).out.splitlines()
    assert (
        ask("alerts list", own, config)
        .out.splitlines()[-1]
        .startswith("U1\tBig and quiet\topportunity\twarning, then critical")
    )


def test_the_limit_and_severity_of_a_flag_are_changed_by_whoever_uses_the_playbook(
    db: Path, tmp_path: Path
) -> None:
    """The playbook ships it, the settings lay their numbers over it, or switch it off."""
    book, config = tmp_path / "mine.toml", tmp_path / "config.toml"
    shipped = SETTINGS.replace("[playbook.", "[").replace("[[playbook.", "[[")
    book.write_text(f'[playbook]\nkey = "mine"\ntitle = "Mine"\nextends = "improv"\n{shipped}', "utf-8")
    use = '[playbook]\nuse = "mine.toml"\n'
    for more, found in (
        ("", ["warning"]),
        ('[playbook.flag.U1]\nseverity = "critical"\n', ["critical"]),
        ("[playbook.flag.U1]\nlimit = { after = 21, worse_after = 22 }\n", []),
        ("[playbook.flag.U1]\noff = true\n", []),
    ):
        config.write_text(use + more, "utf-8")
        lines = ask("alerts", db, config).out.splitlines()
        assert [line.split("\t")[0] for line in lines if "\tU1\t" in line] == found


# A report.


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_shown_in_every_format(form: str, db: Path, config: Path) -> None:
    result = ask(f"report big-deals --for 2026-11 --format {form}", db, config)
    assert (result.code, result.err) == (0, "")
    assert "Open and large" in result.out
    assert "15000" in result.out.replace(",", "").replace("1500000", "15000")


def test_a_report_stands_among_the_others(db: Path, config: Path) -> None:
    assert ask("report list", db, config).out.splitlines()[-1] == (
        "big-deals\tShow what large deals bring, and which of them wait.\tweekly\tthis month\tthe playbook's own"
    )
    assert "big-deals" in ask("report --help", db, config).out
    assert "--by KEY" in ask("report big-deals --help", db, config).out
    assert (
        "Sam\t12000.00\t16000.00\t75.000000"
        in ask("report big-deals --for 2026-11 --by owner", db, config).out.splitlines()
    )
    assert run("report", "big-deals", db=db).code == 2


def test_flags_and_reports_are_mailed(db: Path, tmp_path: Path) -> None:
    """The flag is told as new, and the report goes out once a day."""
    box = Mailbox(tmp_path)
    box.config.write_text(box.config.read_text("utf-8") + SETTINGS, "utf-8")
    box.db.write_bytes(db.read_bytes())
    assert ask("alerts --email", box.db, box.config).code == 0
    assert ask("report big-deals --email", box.db, box.config).code == 0
    bodies = [letter.get_body(("plain",)) for letter in box.letters()]
    alerts, report = (body.get_content() for body in bodies if body is not None)
    assert "U1" in alerts
    assert "Open and large" in report


# What does not fit.

FAULTS = {
    '[metric.m]\nkind = "count"': "metric m: a query only reads",
    '[metric.m]\ncounts = "lead"\nsql = "SELECT id FROM leads"': "metric m: the query of a count needs a column `day`",
    '[metric.m]\nsql = "SELECT id, received_on AS day FROM leads"': "metric m: `counts` names no kind of record",
    '[metric.m]\ncounts = "lead"\nsql = "SELECT id, day FROM lead"': "metric m: there is no such view",
    '[metric.m]\ncounts = "lead"\nkeys = ["citty"]\nsql = "SELECT id, city, received_on AS day FROM leads"': (
        "metric m: `keys` names no column of the query"
    ),
    '[metric.m]\ncounts = "visit"\nabout = "client"\nsql = "SELECT id, held_on AS day FROM visits"': (
        "metric m: the query of a count needs a column `about`"
    ),
    '[metric.m]\nkind = "share"\ncounts = "lead"\nsql = "SELECT id, source AS state, received_on AS day FROM leads"': (
        "metric m: a share says which states are its `hits`"
    ),
    '[metric.m]\nkind = "ratio"\nof = "m"\nper = "visits"': "metric m: `of` names no metric",
    '[metric.m]\nkind = "ratio"\nof = "visits"': "metric m: `per` names no metric",
    '[metric.visits]\ncounts = "lead"\nsql = "SELECT 1"': "metric visits: a metric of the catalogue has this name",
    '[metric.My-Metric]\ncounts = "lead"\nsql = "SELECT 1"': (
        "metric My-Metric: a metric's name is written small, with underscores"
    ),
    '[flag.U1]\nsql = "SELECT name FROM leads"': "flag U1: the query of a flag needs a column `id`",
    '[flag.U1]\nreason = "{nmae}"\nsql = "SELECT id, name FROM leads"': "flag U1: `reason` names no column of the query",
    '[flag.U1]\nmend = "improv {"\nsql = "SELECT id FROM leads"': "flag U1: `mend` has a bracket without its other one",
    '[flag.U1]\nsql = "SELECT id FROM leads WHERE number > :after"': "flag U1: the query asks for a value that nobody gave",
    '[flag.U1]\nsql = "DELETE FROM leads"': "flag U1: a query only reads",
    "[report.weekly]": "report weekly: a report of the catalogue has this name",
    '[report.mine]\nperiod = "some day"': "report mine: ",
    '[report.mine.scorecard]\nA = ["nonsense"]': "report mine: no metric is called so",
    '[[report.mine.table]]\ntitle = "x"': "report mine: each table shows one thing",
    '[[report.mine.table]]\nmetrics = ["visits"]': "report mine: metrics in a table are broken down",
    '[[report.mine.table]]\nquery = "SELECT * FROM lead"': "report mine: there is no such view",
}


@pytest.mark.parametrize("settings", FAULTS, ids=FAULTS.get)
def test_what_does_not_fit_is_told_where_it_is_asked_for_and_stops_nothing_else(
    settings: str, db: Path, tmp_path: Path
) -> None:
    """By the command that needs it, the check of the playbook and the doctor; today's page and the rest go on."""
    config = tmp_path / "config.toml"
    config.write_text(re.sub(r"^(\[+)", r"\1playbook.", settings, flags=re.MULTILINE), "utf-8")
    what, _, words = FAULTS[settings].partition(": ")
    kind, name = what.split()
    said = f"[{kind}.{name}] of the playbook: {words}"
    for command in (
        "today",
        "report daily",
        "metric new-leads",
        "metric list",
        "alerts list",
        "report list",
        "kpi",
    ):
        assert ask(command, db, config).code == 0, command
    assert said in ask("playbook check", db, config).out
    assert said in ask("doctor", db, config).out
    asked = {"metric": "explain", "flag": "alerts explain", "report": "report"}[kind]
    if name not in {"visits", "weekly", "My-Metric"}:
        told = ask(f"{asked} {name}", db, config)
        assert (told.code in {1, 2}, told.err.startswith(f"improv: {said}")) == (True, True), told.err


@pytest.mark.parametrize(
    "query", ["SELECT client AS id FROM opportunities", "SELECT id, 'soon' AS since FROM leads"]
)
def test_a_flag_that_cannot_be_judged_is_named_and_never_taken_for_cleared(
    query: str, db: Path, tmp_path: Path
) -> None:
    """The page says so; a mail that told of it before says nothing."""
    box = Mailbox(tmp_path)
    settings = box.config.read_text("utf-8")
    box.db.write_bytes(db.read_bytes())
    box.config.write_text(settings + '[playbook.flag.U1]\nsql = "SELECT id FROM leads"\n', "utf-8")
    assert ask("alerts --email", box.db, box.config).code == 0
    box.config.write_text(settings + f'[playbook.flag.U1]\nsql = "{query}"\n', "utf-8")
    assert "U1 cannot be judged: improv playbook check" in ask("alerts", box.db, box.config).out
    assert ask("alerts --email", box.db, box.config, "2026-11-24").code == 0
    assert "Cleared" not in "".join(str(letter) for letter in box.letters()[1:])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('[playbook.metric.m]\nkidn = "count"', "unknown key `kidn`"),
        ('[playbook.metric.m]\nkind = "sum"', "`kind` in [metric.m]"),
        ('[playbook.flag.X1]\nsql = "SELECT 1"', "unknown key `X1`"),
        ("[playbook.report.mine]\ntable = [{ titel = 'x' }]", "unknown key `titel`"),
    ],
)
def test_a_key_that_nobody_knows_is_refused_as_everywhere(
    settings: str, words: str, db: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(settings, "utf-8")
    result = ask("lead list", db, config)
    assert (result.code, words in result.told[0]) == (2, True), result.err
