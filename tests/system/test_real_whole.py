"""The largest real files, whole: `make test` counts a part of them."""

from collections import Counter
from pathlib import Path

from tests.counted import day, imported, measured, parts, told
from tests.data import real
from tests.files import EXAMPLES, written
from tests.independent.agree import answers, disagreements
from tests.independent.seen import method


def test_every_appointment_has_its_gap(tmp_path: Path) -> None:
    """45,909: mean 9.453724 days, median 3, 4 negative, 25,741 under five, 12,971 over ten, 9,547 not kept."""
    source = real("noshow", "noshow_to_2016-05-15.csv")
    rows = told(source)
    gaps = sorted((day(row["AppointmentDay"]) - day(row["ScheduledDay"])).days for row in rows)
    with imported(tmp_path, (source, EXAMPLES / "noshow" / "appointments.toml")) as book:
        reading = measured(book, "event_gap_all")
        assert reading.survival
        assert reading.value == sum(gaps) / len(gaps)
        assert reading.survival.median == gaps[len(gaps) // 2] == 3
        assert (reading.n, round(reading.value, 6)) == (45_909, 9.453724)
        assert (reading.states or {})["negative"] == sum(gap < 0 for gap in gaps) == 4
        assert measured(book, "gap_under_goal").hits == sum(gap < 5 for gap in gaps) == 25_741
        assert measured(book, "gap_over_red_flag").hits == sum(gap > 10 for gap in gaps) == 12_971
        kept = {state: it.n for (state,), it in parts(book, "events_kept", "state").items()}
        assert kept == Counter("no-show" if row["No-show"] == "Yes" else "done" for row in rows)
        assert kept["no-show"] == 9_547
        assert disagreements(answers(book.reader(), method(), ("all",))) == []


HELP_DESK = """kind = "stages"
[columns]
case = "opportunity"
"concept:name" = "stage"
"time:timestamp" = "since"
[values.stage]
"Assign seriousness" = { stage = "intro" }
"Take in charge ticket" = { stage = "proposal" }
"Resolve ticket" = { stage = "overcome" }
Wait = { stage = "realign" }
"Require upgrade" = { stage = "mutual-discovery" }
Closed = { outcome = "won" }
"""


def test_every_metric_agrees_on_a_history_that_misbehaves(tmp_path: Path) -> None:
    """21,348 rows of a help desk: equal timestamps, self-loops, cases closed and opened again."""
    mapping = written(tmp_path, HELP_DESK, "helpdesk.toml")
    with imported(tmp_path, (real("helpdesk", "helpdesk.csv"), mapping)) as book:
        assert measured(book, "time_in_stage").n > 10_000
        assert disagreements(answers(book.reader(), method(), ("all",))) == []
