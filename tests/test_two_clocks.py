"""Two clocks, for every page there is: as known on a day it has the same bytes, whatever was typed since.

The sample book is looked at on Monday evening; then every command that writes is typed, much of it about days gone by,
with an import, undo and redo; and every page is asked for again, in every format.
"""

import contextlib
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

import pytest

from improv import connecting, playbook
from improv.alerts import CATALOGUE as FLAGS
from improv.commands import directory
from improv.commands.by_typer import built
from improv.commands.desk import Desk
from improv.metrics import CATALOGUE as METRICS
from improv.nouns import NOUNS
from improv.report import Report, Table
from improv.reports.catalogue import CATALOGUE as REPORTS
from improv.show import FORMATS, render, render_table
from improv.views import VIEWS
from tests.drawn import ON_NO_STORE, registered
from tests.kept import SAMPLE, Kept
from tests.run import run
from tests.session import must

pytestmark = pytest.mark.xdist_group("sample")

MONDAY, THURSDAY, PAST = "2026-11-23", "2026-11-26", "2026-10-14"
# Upsells are listed with their client, snoozes with the flags they put aside, saved lists by themselves.
LISTED = [noun for noun in NOUNS if noun.table not in {"upsell", "snooze", "saved_list"}]


def every(view: str) -> str:
    """Return the places of all columns of a view, to order it by: what a query does not order has no order."""
    return ", ".join(str(place) for place, _ in enumerate(VIEWS[view].columns, 1))


PAGES = (
    *("today", "todo", "history --limit 100", "show C1", "playbook check"),
    *("alerts", "alerts --all", "alerts --severity critical", "alerts explain S1", "alerts list"),
    *("check", "check --all", "check explain H12", "check list"),
    *(f"report {name}" for name in ("list", *REPORTS)),
    *("report weekly --for 'last week'", "report scorecard --for 'last 365 days' --by source"),
    *(f"metric {name}" for name in tuple(METRICS)[::4]),  # all of them are read by one reader
    *("metric win-rate --for 2026 --by stage,reason", "metric time-in-stage --for 2026 --by stage"),
    *("metric won-value --for 2026 --trend monthly", "metric new-leads --why 2026-10-01..2026-11-20"),
    *("metric win-rate --for 2026-Q4 --against 2026-Q3", "metric list"),
    *("calendar", "calendar --for 2026", "show Z1", "duplicates", "export", "export --format vcf"),
    *("list", "list 'quiet clients'", "list run J1", "show J1"),
    *("query --views", *(f"query 'SELECT * FROM {view} ORDER BY {every(view)}'" for view in VIEWS)),
    *("track due", "track show general-interest"),
    *("kpi list", "report kpi --change X1", "plan --wins 2", "plan --value 90k --per quarter"),
    *(f"explain {name}" for name in (*tuple(METRICS)[::5], *FLAGS)),
    *(f"{noun.command} list" for noun in LISTED),
    *(f"{noun.command} show {noun.letter}1" for noun in LISTED),
)
# These say nothing of the records, or what the machine remembers and sends: no looking back is applied to that. What
# `playbook use` does to records, tests/test_switch.py types and undoes; a purge (tests/test_purge.py) changes the past.
NO_PAGES = {
    *("playbook list", "playbook show", "playbook diff", "playbook new", "playbook use"),
    *("init", "event invite", "event confirm", "track draft", "track send"),
    *("mail test", "mail list", "mail show", "mail send", "mail drop"),
    *("schedule install", "schedule show", "schedule remove", "doctor", "backup", "restore"),
    *("purge", "batch", "completion"),
}

# Who a command is about: the ids a query finds, in order.
WHO = {
    "lead": "SELECT l.id FROM lead l LEFT JOIN opportunity o ON o.lead_id = l.id WHERE o.id IS NULL ORDER BY l.id",
    "deal": "SELECT opportunity_id FROM stage_stay WHERE until IS NULL AND stage <> 'overcome' ORDER BY 1",
    "lost": "SELECT opportunity_id FROM opportunity_outcome WHERE outcome = 'lost' AND until IS NULL ORDER BY 1",
    "client": "SELECT client_id FROM client_status WHERE status = 'active' AND until IS NULL ORDER BY 1",
    "former": "SELECT client_id FROM client_status WHERE status = 'former' AND until IS NULL ORDER BY 1",
    "event": "SELECT id FROM event WHERE status = 'scheduled' AND opportunity_id IS NOT NULL ORDER BY 1",
    "referral": "SELECT id FROM referral WHERE contacted_on IS NULL AND declined_on IS NULL ORDER BY 1",
    "task": "SELECT id FROM task WHERE done_on IS NULL AND id NOT IN (SELECT task_id FROM enrolment_step) ORDER BY 1",
    "step": "SELECT task_id FROM enrolment_step WHERE ending IS NULL ORDER BY 1",
}
EARLIER = """
2026-11-23
referral add C{client[0]} 'Sunday Caller' --on '2026-11-22 10:00'
lead add 'Nobody Refers To' --on 2026-09-01
note add C{client[0]} 'written on Sunday' --on 2026-11-22
"""
LATER = """
2026-11-24
event schedule O{deal[0]} discovery-meeting +9d --set 2026-11-20
event add O{deal[0]} discovery-meeting +30d --set 2026-11-21
event done E{event[0]} --next overcome --outcome positive --on 2026-11-23
event move E{event[1]} +20d
event cancel E{event[2]} --on 2026-11-23
event no-show E{event[3]} --on 2026-11-23
event edit E{event[4]} --place Bonn --anticipated-stage proposal
lead add 'Late Comer' --source web --campaign M1 --on 2026-11-12
lead qualify @ --yes --on 2026-11-13
lead edit L{lead[0]} --source referral --city Kiel --score 3
lead edit L1 --company 'Renamed & Sons' --name 'Somebody Else'
lead lifecycle 'Late Comer' mql --on 2026-11-20
lead to-marketing L{lead[3]} --on 2026-11-23
lead qualify L{lead[2]} --no --because 'no budget' --on 2026-11-20
opportunity add C{client[0]} --title 'Typed in late' --value 9k --on 2026-11-10
opportunity edit O{deal[0]} --value 99k --probability 7 --on 2026-11-02
opportunity move O{deal[1]} overcome --on 2026-11-23
opportunity won O{deal[2]} --value 5k --on 2026-11-23
opportunity lost O{deal[3]} --because price --check-in +90d --on 2026-11-23
opportunity no-decision O{deal[4]} --on 2026-11-23
opportunity reopen O{lost[0]} --on 2026-11-20
opportunity contact O{deal[0]} 'Charles' --role buyer
opportunity line O{deal[0]} 'Audit' --revenue 8k --cost 2k --on 2026-11-23
2026-11-25
visit schedule C{client[1]} +3d --set 2026-11-01
visit log C{client[1]} --on 2026-11-11 --testimonial 'The best' --story 'halved it' --referral 'Grace' --health 11
visit add C{client[2]} --on 2026-11-18 --kind check-in --satisfaction 1
visit edit V1 --satisfaction 1 --outcomes 'none at all'
testimonial add C{client[2]} --content 'Most helpful' --on 2026-11-17
testimonial edit T1 --content 'in other words' --rating 1
story add C{client[2]} --achieved 'twice as fast' --on 2026-11-17
story edit S1 --achieved 'half as fast'
referral add C{client[3]} 'Ada Named' --on 2026-11-19
referral contacted R{referral[0]} --on '2026-11-23 09:00'
referral declined R{referral[1]} --on 2026-11-23
referral edit R1 --estimated-value 77k
activity add call L{lead[3]} 'rang' --on 2026-11-18 --minutes 30
log call L{lead[4]} 'rang again' --on 2026-11-19
activity edit A1 --minutes 55
task add 'typed in late' --about O{deal[0]} --due 2026-11-20 --on 2026-11-16
task done K{task[0]} --on 2026-11-23
task move K{task[1]} +9d --on 2026-11-23
task edit K{task[2]} --what 'renamed'
note add O{deal[0]} 'a late note' --on 2026-11-02
note edit N1 --text 'other words'
client add 'Late Client' --on 2026-09-01 --health 5
client left C{client[4]} --because price --on 2026-11-20
client back C{former[0]} --on 2026-11-15
client renewal C{client[5]} --due 2026-12-24
client upsell C{client[5]} 'a second site' --value 8k --on 2026-11-14
client edit C{client[6]} --health 3 --revenue 1k --on 2026-11-15
client edit C1 --name 'Renamed Client'
campaign add 'Late campaign' --on 2026-11-02 --type email
campaign result M1 --spend 999 --clicks 9 --on 2026-11-12
campaign edit M1 --name 'Renamed campaign'
quota set 99k --per quarter --owner 'Somebody Else' --from 2026-10-01
quota add 77k --unit 'a unit' --from 2026-11-01
quota edit Q1 --value 5
quota drop --unit 'a unit'
kpi pick new-leads win-rate event-gap visits won-value --on 2026-11-20
kpi change 'asked for more' --on 2026-11-21
change add 'asked for less' --on 2026-11-02
change edit X1 --what 'in other words'
list save 'late ones' lead --owner Sam
rate
survey add 'did not buy' price timing --who L{lead[3]} --on 2026-11-12
survey edit Y1 --words 'in other words'
lead add 'From Nowhere' --on 2026-11-12
alerts snooze L3 'From Nowhere' --until 2026-12-09
alerts unsnooze L3 'From Nowhere'
alerts ack L3 'From Nowhere'
touch add L{lead[3]} --page /pricing --on 2026-11-19
touch edit W1 --page /elsewhere --seconds 7
link make L{lead[4]} https://example.com/pricing --on 2026-11-20
link edit P1 --campaign M1
visitor attribute B1 L{lead[3]} --on 2026-11-22
visitor attribute B2 C{client[0]}
visitor release B2
visitor edit B2 --name 'a stranger'
visitor add 'Late Stranger' --on 2026-11-02
link add L{lead[4]} https://example.com/late
touch import {opened}
lead edit L1 --unsubscribed-on 2026-11-20
lead add 'Tracked One' --on 2026-11-18
track enrol 'Tracked One' lost-sale --on 2026-11-20
track enrol C{client[1]} value-add --on 2026-10-02
track pause C{client[1]}
track resume C{client[1]}
track leave 'Tracked One'
track run
task done K{step[0]}
import {file} --as leads
merge L{lead[5]} L{lead[6]}
merge C{client[7]} C{client[8]}
2026-11-26
track remove D1
lead remove L{alone[lead]}
opportunity remove 'Typed in late'
client remove 'Late Client'
event remove E{alone[event]}
visit remove V{alone[visit]}
testimonial remove T{alone[testimonial]}
story remove S{alone[story]}
referral remove R{alone[referral]}
activity remove A{alone[activity]}
task remove K{alone[task]}
note remove N{alone[note]}
campaign remove 'Late campaign'
quota remove Q2
survey remove Y{alone[survey_answer]}
change remove X{alone[change]}
touch remove W{alone[touch]}
visitor remove B3
link remove P3
list remove 'late ones'
undo
undo
redo
opportunity edit O2 --title 'Renamed deal'
undo
undo 4
"""

Pages = dict[str, str]


@contextlib.contextmanager
def desk_at(instant: str) -> Iterator[None]:
    """Sit at a desk at an instant, and do not wait for the disk."""
    connect = connecting._connect

    def connected(name: str, *, uri: bool = False) -> sqlite3.Connection:
        connection = connect(name, uri=uri)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connecting, "_connect", connected)
        patched.setattr(Desk, "now", lambda _: datetime.fromisoformat(instant))
        yield


def pages(db: Path, day: str, *options: str, asked: Sequence[str] = PAGES) -> Pages:
    """Return all that pages say: as the value that every format is made of, and in one format, each in its turn."""
    book = playbook.load()

    def show(desk: Desk, report: Report) -> None:
        desk._put(f"{report!r}\n{render(report, formats[page])}")

    def show_list(desk: Desk, table: Table) -> None:
        desk._put(f"{table!r}\n{render_table(table, formats[page])}")

    formats = dict(zip(PAGES, cycle(FORMATS), strict=False))
    said = {}
    with (
        desk_at(f"{day}T18:30+00:00"),
        patch.multiple(Desk, show=show, show_list=show_list, playbook=lambda _: book),
    ):
        for page in asked:
            done = run(*shlex.split(page), *options, db=db, today=day)
            said[page] = f"{done.out}{done.err}[exit {done.code}]"
    return said


def type_all(lines: str, db: Path, folder: Path) -> None:
    """Type lines, each on the day above it at noon."""
    (folder / "leads.csv").write_text("name,source,received_on\nImported One,web,2026-11-11\n", "utf-8")
    (folder / "opened.csv").write_text("kind,date,email\nopen,2026-11-12,a@b.example\n", "utf-8")
    files = {
        name: shlex.quote(str(folder / f"{file}.csv"))
        for name, file in (("file", "leads"), ("opened", "opened"))
    }
    with contextlib.closing(sqlite3.connect(db)) as connection:
        who = {name: [number for (number,) in connection.execute(sql)] for name, sql in WHO.items()}
        alone = {noun.table: nobody_refers_to(connection, noun.table) for noun in LISTED}
    day = MONDAY
    for line in lines.strip().splitlines():
        if line.startswith("2026-"):
            day = line
            continue
        with desk_at(f"{day}T12:00+00:00"):
            must(line.format(alone=alone, **files, **who), db, day)


def nobody_refers_to(connection: sqlite3.Connection, table: str) -> int | None:
    """Return the first record of a noun that no other record refers to, so that it may be removed."""
    referring = [
        f'SELECT "{column}" FROM {noun.table} WHERE "{column}" IS NOT NULL'
        for noun in NOUNS
        for _, _, parent, column, *_ in connection.execute(f"PRAGMA foreign_key_list({noun.table})")
        if parent == table
    ]
    free = "".join(f" AND id NOT IN ({sql})" for sql in referring)
    found = connection.execute(f"SELECT MIN(id) FROM {table} WHERE 1 = 1{free}").fetchone()
    return None if found is None else found[0]


def differing(said: Pages, again: Pages) -> list[str]:
    """Return the pages that do not say the same."""
    return [page for page in said if again[page] != said[page]]


Typed = tuple[Path, Pages, Pages]


@pytest.fixture(scope="module")
def typed(kept: Callable[..., Kept], tmp_path_factory: pytest.TempPathFactory) -> Typed:
    """Give a store in which much was typed since Monday, and what its pages said that evening, of it and of a past day."""
    db = tmp_path_factory.mktemp("clocks") / "improv.db"
    shutil.copy(kept(SAMPLE).path, db)
    type_all(EARLIER, db, db.parent)
    evening = pages(db, MONDAY, "--known-on", MONDAY)
    past = pages(db, MONDAY, "--known-on", MONDAY, "--as-of", PAST, asked=PAGES[::6])
    type_all(LATER, db, db.parent)
    return db, evening, past


def test_a_page_known_on_a_day_has_the_same_bytes_whatever_was_typed_since(typed: Typed) -> None:
    db, evening, _ = typed
    assert [page for page, said in evening.items() if not said.endswith("[exit 0]")] == []
    assert differing(evening, pages(db, THURSDAY, "--known-on", MONDAY)) == []


def test_so_has_a_page_known_on_the_entry_that_was_the_last_that_day(typed: Typed) -> None:
    db, evening, _ = typed
    some = {page: evening[page] for page in PAGES[1::8]}
    assert differing(some, pages(db, THURSDAY, "--known-on", "#4", asked=tuple(some))) == []


def test_both_clocks_at_once_have_the_same_bytes_too(typed: Typed) -> None:
    """What was known on Monday of a day in October, records that were not there yet included."""
    db, _, past = typed
    assert (
        differing(past, pages(db, THURSDAY, "--known-on", MONDAY, "--as-of", PAST, asked=tuple(past))) == []
    )


def test_without_looking_back_most_pages_say_something_else(typed: Typed) -> None:
    """What was typed since is about nearly everything: else these tests would see nothing."""
    db, evening, _ = typed
    asked = tuple(page for page in PAGES if page.startswith(("report ", "metric ", "alerts", "show")))[::5]
    changed = differing({page: evening[page] for page in asked}, pages(db, MONDAY, asked=asked))
    assert len(changed) > len(asked) / 2


def test_every_command_that_looks_is_asked_and_every_one_that_writes_is_typed() -> None:
    """A new command needs a page in `PAGES`, or a line in `LATER`."""
    commands = set[str]()
    for name, (module, _) in (
        (name, it) for group in directory.COMMANDS.values() for name, it in group.items()
    ):
        verbs = getattr(built(import_module(f"improv.commands.{module}").APPS[name]), "commands", None)
        commands |= {f"{name} {verb}" for verb in verbs} if verbs else {name}
    lines = [*PAGES, *LATER.splitlines()]
    silent = {
        command for command in commands if not any(f"{line} ".startswith(f"{command} ") for line in lines)
    }
    assert silent == NO_PAGES | ON_NO_STORE
    assert registered() <= commands
