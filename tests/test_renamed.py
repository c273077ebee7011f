"""Entries of the playbook that are called otherwise or retired: what was recorded counts on, and nothing new goes there."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from improv import measure, metrics
from improv.alerts import alerts
from improv.dates import parse_period
from improv.errors import Usage
from improv.history import HISTORY
from improv.journal import columns_of
from improv.metrics.reading import Reading
from improv.playbook import Playbook, load
from improv.reader import Reader
from improv.recorded import RECORDED
from tests.kept import ANOTHER, MONDAY, SAMPLE, Kept
from tests.run import Result, run
from tests.session import must

pytestmark = pytest.mark.xdist_group("sample")

PAST = date(2026, 10, 14)
YEAR = parse_period("last 365 days", MONDAY)


def test_every_column_that_holds_keys_of_a_list_is_declared(kept: Callable[..., Kept]) -> None:
    """In the sample book of another funnel: a column in which nothing but keys of one list stands holds that list's."""
    book = kept(ANOTHER)
    keys = {listed: {one.key for one in getattr(book.playbook, f"{listed}s")} for listed in RECORDED}
    for table in HISTORY:
        for column in columns_of(book.connection, table):
            rows = book.connection.execute(
                f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
            )
            words = {word for (word,) in rows}
            holds = [listed for listed, known in keys.items() if words and words <= known]
            told = [listed for listed, columns in RECORDED.items() if (table, column) in columns and words]
            # Why a client left is a key or somebody's own words: in this book it is never a key.
            assert holds == told or (table, column) == ("client_status", "reason"), (table, column)


# Called otherwise.


def rekeyed() -> tuple[Playbook, dict[str, str]]:
    """Return the default playbook with another key for every entry that may have one, and the new keys."""
    book = load()
    now = {(listed, one.key): f"{one.key}-now" for listed in RECORDED for one in getattr(book, f"{listed}s")}
    overrides: dict[str, Any] = {}
    for (listed, key), new in now.items():
        overrides.setdefault(listed, {})[new] = {"was": [key]}
    return load(overrides=overrides), {new: key for (_, key), new in now.items()}


def figures(reading: Reading) -> tuple[object, ...]:
    """Return all that a reading says, its metric and period aside."""
    said = (reading.value, reading.n, reading.hits, reading.still_open, reading.states, reading.left_out)
    return (*said, reading.survival, reading.verdict)


@pytest.mark.parametrize(("as_of", "known_on"), [(None, None), (PAST, None), (PAST, 1)], ids=str)
def test_what_was_recorded_counts_under_the_key_it_has_now(
    as_of: date | None, known_on: int | None, kept: Callable[..., Kept]
) -> None:
    """With another key for every stage, kind, source and reason each metric and each breakdown says the same."""
    renamed, former = rekeyed()
    before = kept(SAMPLE).reader(as_of, known_on)
    after = kept(SAMPLE).reader(as_of, known_on, playbook=renamed)
    for metric in metrics.CATALOGUE.values():
        assert figures(measure.measure(before, metric, YEAR)) == figures(measure.measure(after, metric, YEAR))
        for key in metric.keys:
            was, now = (dict(measure.by(reader, metric, YEAR, key)) for reader in (before, after))
            told = {tuple(former.get(str(word), word) for word in words): part for words, part in now.items()}
            assert {words: figures(part) for words, part in was.items()} == {
                words: figures(part) for words, part in told.items()
            }, f"{metric.name} by {key}"


def test_so_do_the_alerts(kept: Callable[..., Kept]) -> None:
    renamed, _ = rekeyed()

    def said(reader: Reader) -> list[tuple[str, str, str]]:
        return [(one.code, one.ref, one.severity) for one in alerts(reader)]

    assert said(kept(SAMPLE).reader(playbook=renamed)) == said(kept(SAMPLE).reader())


def test_an_entry_under_another_key_keeps_its_place_and_what_names_it_follows() -> None:
    book = load(
        overrides={
            "stage": {"offer": {"was": ["proposal"]}, "proposal": {"warning_after": 14}},
            "activity_kind": {"mail": {"was": ["email"]}},
        }
    )
    assert [stage.key for stage in book.stages[1:4]] == ["mutual-discovery", "offer", "realign"]
    assert (book.stages[1].advances_to, book.stages[2].warning_after) == (("offer", "realign"), 14)
    assert next(kind.stage for kind in book.event_kinds if kind.key == "proposal-presentation") == "offer"
    assert book.tracks[0].steps[0].activity == "mail"
    assert book.stage("proposal").key == "offer"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            {"source": {"a": {"name": "a", "was": ["x"]}, "b": {"name": "b", "was": ["x"]}}},
            "[source.b] of my.toml: two entries cannot have had one key",
        ),
        (
            {"stage": {"intro": {"was": ["proposal"]}}},
            "[stage.proposal] of the playbook improv: two entries cannot have had one key",
        ),
        (
            {"closing": {"won_only_where_it_may_close": True}, "stage": {key: {"may_close": False} for key in ("proposal", "realign", "overcome")}},
            "[closing] of my.toml: `won_only_where_it_may_close` needs a stage that `may_close`",
        ),
        ({"moment": {"praise": {"retired": True}}}, "unknown key `retired` in [moment.praise] of my.toml"),
        ({"track": {"mine": {"name": "mine", "audience": "all"}}}, "`steps` is missing in [track.mine]"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(overrides: dict[str, Any], said: str) -> None:
    with pytest.raises(Usage) as caught:
        load(overrides=overrides, where="my.toml")
    assert said in str(caught.value)


OTHERWISE = """
[playbook.stage.offer]
name = "Offer"
was = ["proposal"]

[playbook.source.site]
name = "our site"
was = ["web"]
"""


@pytest.fixture
def sold(tmp_path: Path) -> Path:
    """Give a book with one sale in Proposal, one booked event, and one lead of the web."""
    db = tmp_path / "improv.db"
    for command in (
        "lead add Ada --source web --on 2026-11-02",
        "opp add ada --title Audit --value 9k --on 2026-11-02",
        "opp move audit proposal --on 2026-11-09",
        "event schedule audit proposal-presentation fri --anticipated-stage proposal",
        "task add 'call them' --about audit",
    ):
        must(command, db)
    return db


def typed(db: Path, lines: str, command: str) -> Result:
    """Type a command under settings of one's own."""
    config = db.parent / "config.toml"
    config.write_text(lines, "utf-8")
    return run(*command.split(), db=db, today="2026-11-23", config=config)


def test_a_sale_stands_in_the_stage_that_its_own_is_called_now(sold: Path) -> None:
    """What was typed under the old key is read, listed, compared and moved under the new one."""
    assert "O1\tAudit\tAda\tOffer\topen" in typed(sold, OTHERWISE, "opp list --stage proposal").out
    assert typed(sold, OTHERWISE, "lead list --source site").out.startswith("L1\tAda")
    assert typed(sold, OTHERWISE, "opp move audit offer").told == [
        "improv: it is in this stage already",
        "  at fault: Offer, since 2026-11-09",
        "  to mend:  improv opportunity show O1",
    ]
    done = typed(sold, OTHERWISE, "event done audit --next offer --outcome positive")
    assert done.out.splitlines()[1] == "  led to Offer, as anticipated"
    moved = typed(sold, OTHERWISE, "opp move audit overcome").out.splitlines()[0]
    assert moved == "O1 Audit moved to Overcome Mon 23 Nov, after 14 days in Offer"
    assert "O1 in Offer" not in typed(sold, OTHERWISE, "doctor").out


def test_undo_brings_back_what_was_recorded_under_the_old_key(sold: Path) -> None:
    typed(sold, OTHERWISE, "opp move audit overcome")
    assert typed(sold, OTHERWISE, "undo").code == 0
    assert "\tOffer\topen" in typed(sold, OTHERWISE, "opp list").out
    assert "\tProposal\topen" in typed(sold, "", "opp list").out


# Retired.

RETIRED = "\n".join(
    f"[playbook.{entry}]\nretired = true\n"
    for entry in (
        *(
            "stage.intro",
            "stage.proposal",
            "event_kind.proposal-presentation",
            "source.web",
            "visit_kind.qbr",
        ),
        *("activity_kind.email", "campaign_type.email", "reason.price", "track.event"),
    )
)


@pytest.mark.parametrize(
    ("command", "what", "name"),
    [
        ("opp add ada --stage proposal", "the stage", "Proposal"),
        ("opp move audit proposal", "the stage", "Proposal"),
        ("event schedule audit proposal-presentation fri", "the event kind", "proposal presentation"),
        ("event done audit --next proposal", "the stage", "Proposal"),
        ("lead add Bob --source web", "--source: the source", "web"),
        ("event edit E1 --anticipated-stage intro", "--anticipated-stage: the stage", "Intro"),
        ("event edit E1 --visit-kind qbr", "--visit-kind: the visit kind", "QBR"),
        ("log email ada hello", "the activity kind", "email"),
        ("campaign add Spring --type email", "--type: the campaign type", "email"),
        ("opp lost audit --because price", "the reason", "price"),
        ("survey add bought price", "the reason", "price"),
        ("track enrol ada event", "the track", "event"),
    ],
)  # fmt: skip
def test_nothing_new_is_recorded_under_what_is_retired(
    command: str, what: str, name: str, sold: Path
) -> None:
    refused = typed(sold, RETIRED, command)
    assert refused.code == 2
    assert refused.told[:2] == [
        f"improv: {what} is retired: nothing new is recorded under it",
        f"  at fault: {name}",
    ]


def test_what_was_recorded_keeps_its_name(sold: Path) -> None:
    page = typed(sold, RETIRED, "show audit").out.splitlines()
    assert "Stage\tProposal" in page
    assert "2026-11-27\t–\tE1\tscheduled for 2026-11-27: proposal presentation" in page
    assert typed(sold, RETIRED, "opp list --stage proposal").out.startswith("O1\tAudit")
    assert typed(sold, RETIRED, "lead list --source web").out.startswith("L1\tAda")


def test_a_new_sale_begins_in_the_first_stage_that_is_not_retired(sold: Path) -> None:
    assert typed(sold, RETIRED, "opp add ada --title Second").out.splitlines()[0] == (
        "O2 Second opened with L1 Ada: no value yet, in Mutual discovery since Mon 23 Nov"
    )


STANDS = (
    "O1 stands in Proposal, a stage that is not in the playbook any more: improv opportunity move O1 overcome"
)


@pytest.mark.parametrize(
    "command", ["opp edit audit --rating A", "event edit E1 --place Bonn", "task edit K1 --what 'call Ada'"]
)
def test_whatever_is_written_about_a_sale_in_a_retired_stage_says_so(command: str, sold: Path) -> None:
    written = typed(sold, RETIRED, command.replace("'call Ada'", "call"))
    assert (written.code, written.told) == (0, [STANDS])


def test_it_stands_there_until_it_is_moved(sold: Path) -> None:
    """The doctor and the check of the playbook say so; the command they name mends it."""
    assert typed(sold, RETIRED, "doctor").out.splitlines()[-1] == (
        "stages\t1 of the open opportunities stand in stages that are not in the playbook any more\t"
        "O1 in Proposal\timprov playbook use improv --move proposal=overcome"
    )
    said = typed(sold, RETIRED, "playbook check").out.splitlines()[-1]
    assert said == (
        "stray-sales\tOpen sales stand in Proposal, a stage that is not in the playbook any more: O1.\tstage.proposal"
    )
    assert typed(sold, RETIRED, "playbook use improv --move proposal=overcome").code == 0
    assert "stages\t" not in typed(sold, RETIRED, "doctor").out
    assert typed(sold, RETIRED, "opp edit audit --rating A").told == []


def test_a_sale_is_not_reopened_in_a_stage_that_is_retired(sold: Path) -> None:
    """Unless another is told, it would stand where no sale may; under another key it is the same stage."""
    typed(sold, "", "opp lost audit --because budget")
    assert typed(sold, RETIRED, "opp reopen audit").told == [
        "improv: the stage it was closed in is not in the playbook any more",
        "  at fault: Proposal",
        "  to mend:  improv opportunity reopen O1 --stage mutual-discovery",
    ]
    assert typed(sold, OTHERWISE, "opp reopen audit").out.splitlines()[0] == (
        "O1 Audit is open again, in Offer since Mon 23 Nov"
    )
    typed(sold, OTHERWISE, "undo")
    assert typed(sold, RETIRED, "opp reopen audit --stage mutual-discovery").code == 0


def test_a_sale_that_is_closed_stands_nowhere(sold: Path) -> None:
    typed(sold, RETIRED, "opp lost audit --because budget")
    assert typed(sold, RETIRED, "opp edit audit --rating A").told == []
    assert "stages\t" not in typed(sold, RETIRED, "doctor").out


# Tracks.

TRACK = """
[playbook.track.fair]
name = "met at a fair"
was = ["event"]

[playbook.activity_kind.mail]
was = ["email"]
"""


@pytest.fixture
def met(tmp_path: Path) -> Path:
    """Give a book with Ada on the track of those met at an event, and its first step as a task."""
    db = tmp_path / "improv.db"
    for command in ("lead add Ada --on 2026-11-20", "track enrol ada event --on 2026-11-21", "track run"):
        must(command, db)
    return db


def test_who_is_on_a_track_is_on_the_one_it_is_called_now(met: Path) -> None:
    """She is not put on it twice, its steps go on, and the answer to one is logged as the kind is called now."""
    assert typed(met, TRACK, "track list").out.startswith("D1\tAda\tmet at a fair\t2026-11-21\trunning")
    assert typed(met, TRACK, "track show event").out == typed(met, TRACK, "track show fair").out
    assert typed(met, TRACK, "track enrol ada fair").told[:2] == [
        "improv: L1 Ada is on this track",
        "  at fault: met at a fair, since 2026-11-21",
    ]
    assert "K1" in typed(met, TRACK, "track show D1").out
    assert typed(met, TRACK, "task done K1").code == 0
    moved = typed(met, TRACK, "track enrol ada general-interest").out.splitlines()
    assert moved[1] == "  moved on from met at a fair, D1"


def test_a_track_that_is_retired_goes_on_for_those_on_it_and_takes_in_nobody(met: Path) -> None:
    """It is listed while somebody is on it; a rule puts Bob on the next that is for him."""
    retired = "[playbook.track.event]\nretired = true\n"
    assert "\nevent\t" in "\n" + typed(met, retired, "track").out
    assert typed(met, retired, "track show D1").out.count("\n") > 5
    assert typed(met, retired, "lead add Bob --met-at Fair --met-on 2026-11-23 --source event").code == 0
    for lines, track in ((retired, "general interest"), ("", "event")):
        enrolled = typed(met, lines, "track enrol --by-rule").out.splitlines()[1]
        assert f" L2 Bob on {track} since Mon 23 Nov" in enrolled
        typed(met, "", "undo")
    assert typed(met, retired, "track leave ada").code == 0
    assert "\nevent\t" not in "\n" + typed(met, retired, "track").out


def test_after_a_track_none_begins_that_is_retired(tmp_path: Path) -> None:
    db = tmp_path / "improv.db"
    short = '[playbook.track.event]\nsteps = [{ after = 0, activity = "email", what = "hello" }]\nthen = "general-interest"\n'
    gone = short + "[playbook.track.general-interest]\nretired = true\n"
    must("lead add Ada", db)
    for command in ("track enrol ada event", "track run", "task done K1"):
        assert typed(db, gone, command).code == 0
    assert typed(db, gone, "track list").out.splitlines()[0].split("\t")[2:5] == [
        "event",
        "2026-11-23",
        "finished",
    ]
    assert len(typed(db, gone, "track list").out.splitlines()) == 1
