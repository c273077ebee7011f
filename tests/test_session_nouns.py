"""Every noun behaves alike: its verbs, their help, its filters, its JSON, and what a write tells."""

import json
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from improv.commands import directory
from improv.commands.by_typer import built
from improv.listings import LISTINGS
from improv.nouns import BY_TABLE
from tests.drawn import registered
from tests.run import run
from tests.session import must

pytestmark = pytest.mark.xdist_group("nouns")
DAY = "2026-11-23"
# What a noun calls its `add` besides.
ALSO = {"event": ["schedule"], "visit": ["log", "schedule"], "quota": ["set", "drop"]}
NOUNS = [name for name in directory.COMMANDS["Record"] if name != "log"]
BY_COMMAND = {noun.command: noun for noun in reversed(BY_TABLE.values())}

# Every command that writes, with what its answer begins with, the order in which they are typed in one store.
WRITTEN = (
    ("lead add Ada --company Engines --source web", "L1 Ada added: received Mon 23 Nov"),
    ("lead qualify L1", "L1 Ada qualified Mon 23 Nov"),
    ("lead lifecycle L1 mql", "L1 Ada is mql since Mon 23 Nov"),
    ("lead to-marketing L1 --because early", "L1 Ada handed to marketing Mon 23 Nov: early"),
    ("lead edit L1 --score 50", "L1 Ada changed: score 50; from Mon 23 Nov on"),
    ("log call L1 hello --minutes 7", "A1 dial with L1 Ada, Mon 23 Nov"),
    ("activity add demo L1", "A2 demo with L1 Ada, Mon 23 Nov"),
    ("activity edit A2 --minutes 1h30", "A2 Ada changed: minutes 90"),
    ("activity remove A2", "A2 Ada removed"),
    ("opp add L1 --title Audit --value 12k", "O1 Audit opened with L1 Ada: 12,000, in Intro"),
    ("opp edit O1 --probability 40", "O1 Audit changed: probability 40"),
    ("opp contact O1 Grace --role buyer", "Grace added to O1 Audit as buyer"),
    ("opp line O1 Report --revenue 8k --cost 2k", "Report added to O1 Audit: margin 6,000"),
    ("opp move O1 proposal", "O1 Audit moved to Proposal Mon 23 Nov, after 0 days in Intro"),
    ("event schedule O1 proposal-presentation +8d", "E1 proposal presentation with O1 Audit: Tue 1 Dec"),
    ("event edit E1 --place Bonn", "E1 Audit changed: place Bonn"),
    ("event move E1 +9d", "E1 Audit moved: E2 is for Wed 2 Dec"),
    ("event no-show E2", "E2 proposal presentation with Audit: no-show Mon 23 Nov"),
    ("event add O1 proposal-presentation +8d", "E3 proposal presentation"),
    ("event cancel E3", "E3 proposal presentation with Audit: cancelled Mon 23 Nov"),
    ("event schedule O1 proposal-presentation +8d", "E4 proposal presentation"),
    ("event done E4 --outcome positive", "E4 proposal presentation with Audit held Mon 23 Nov: positive"),
    ("event remove E3", "E3 Audit removed"),
    ("opp lost O1 --because price", "O1 Audit lost Mon 23 Nov: price"),
    ("opp reopen O1", "O1 Audit is open again, in Proposal since Mon 23 Nov"),
    ("opp no-decision O1", "O1 Audit closed without a decision Mon 23 Nov"),
    ("opp reopen O1", "O1 Audit is open again"),
    ("opp won O1", "O1 Audit won Mon 23 Nov: 12,000, 0 days after it was opened"),
    ("client add Acme --on 2026-01-05", "C2 Acme added: a client since Mon 5 Jan"),
    ("client edit C2 --revenue 1,200.50", "C2 Acme changed: revenue 1,200.50; from Mon 23 Nov on"),
    ("client left C2 --because price", "C2 Acme is former since Mon 23 Nov: price"),
    ("client back C2", "C2 Acme is active since Mon 23 Nov"),
    ("alerts snooze C4 acme --until fri", "Z1 C4 of C2 Acme snoozed until Fri 27 Nov"),
    ("alerts ack C1 acme", "Z2 C1 of C2 Acme acknowledged: quiet until it gets worse or begins anew"),
    ("alerts unsnooze c4 C2", "Z1 C4 of C2 Acme is no longer snoozed"),
    ("client renewal C2 --due 2027-01-02", "C2 Acme: renewal due Sat 2 Jan 2027, in 40 days"),
    ("client upsell C2 'second site' --value 9k", "U1 second site, 9,000: found Mon 23 Nov"),
    ("visit schedule C2 +8d", "E5 visit to C2 Acme: Tue 1 Dec"),
    ("visit log C2 --satisfaction 4", "V1 visit at C2 Acme: Mon 23 Nov, satisfaction 4 of 5"),
    ("visit add C2 --satisfaction 5", "V2 visit at C2 Acme: Mon 23 Nov, satisfaction 5 of 5"),
    ("rate", "2 ratings by formula kept: health of 1 client, engagement of 1 client"),
    ("visit edit V1 --topics plans", "V1 Acme changed: topics plans"),
    ("testimonial add C2 --content superb --visit V1", "T1 testimonial of C2 Acme, Mon 23 Nov: superb"),
    ("testimonial edit T1 --used-on today", "T1 Acme changed: used on Mon 23 Nov"),
    ("story add C2 --achieved halved", "S1 story of C2 Acme, Mon 23 Nov: halved"),
    ("story edit S1 --numbers '40 to 19'", "S1 Acme changed: numbers 40 to 19"),
    (
        "referral add C2 Grace --on 'today 9:00'",
        "R1 Grace referred by C2 Acme, Mon 23 Nov 09:00: now lead L2",
    ),
    ("referral edit R1 --estimated-value 4k", "R1 Grace changed: estimated value 4,000"),
    ("referral contacted R1", "R1 Grace contacted Mon 23 Nov"),
    ("referral declined R1", "R1 Grace declined Mon 23 Nov"),
    ("task add 'send it' --about L1 --due fri", "K1 send it, for L1 Ada: due Fri 27 Nov"),
    ("task move K1 +7d", "K1 send it: due Mon 30 Nov"),
    ("task edit K1 --assigned-to Sam", "K1 send it changed: assigned to Sam"),
    ("task done K1", "K1 send it: done Mon 23 Nov"),
    ("note add V1 'bring cake'", "N1 noted on V1 Acme, Mon 23 Nov"),
    ("note edit N1 --pinned", "N1 bring cake changed: pinned yes"),
    (
        "survey add did-not-buy price --who L1 --words 'too dear'",
        "Y1 did not buy, L1 Ada, Mon 23 Nov: price, “too dear” (1 of 1 so far)",
    ),
    ("survey edit Y1 --reason timing", "Y1 Ada changed: reason timing"),
    ("survey remove Y1", "Y1 Ada removed"),
    ("visitor add 'a stranger'", "B1 a stranger: first seen Mon 23 Nov"),
    ("touch add B1 --page /pricing", "W1 page /pricing by B1 a stranger, Mon 23 Nov"),
    ("touch edit W1 --seconds 20", "W1 page /pricing changed: seconds 20"),
    ("visitor edit B1 --name Eve", "B1 a stranger changed: name Eve"),
    ("visitor attribute B1 L1", "B1 is L1 Ada, known since Mon 23 Nov: 1 touch"),
    ("visitor release B1", "B1 Eve is nobody we know"),
    ("touch remove W1", "W1 page /pricing removed"),
    ("visitor remove B1", "B1 Eve removed"),
    ("link make L1 https://x.example", "P1 L1 Ada's own link, made Mon 23 Nov"),
    ("link add L1 https://x.example", "P2 L1 Ada's own link, made Mon 23 Nov"),
    ("link edit P1 --campaign ''", "P1 https://x.example/ changed: campaign taken away"),
    ("link remove P1", "P1 https://x.example/ removed"),
    ("campaign add Ads --type ppc", "M1 Ads added: from Mon 23 Nov"),
    ("campaign edit M1 --owner Sam", "M1 Ads changed: owner Sam"),
    ("campaign result M1 --spend 450", "M1 Ads: result of Mon 23 Nov kept, 450 spent so far"),
    ("campaign remove M1", "M1 Ads removed"),
    ("quota set 40k --per quarter --owner Sam", "Q1 Sam: 40,000 to win a quarter, from Thu 1 Oct on"),
    ("quota add 500 --points", "Q2 everyone: 500 points to earn a month, from Sun 1 Nov on"),
    ("quota edit Q1 --value 45k --unit South", "Q1 Sam, value a quarter changed: value 45,000, unit South"),
    ("quota drop --points", "Q3 everyone: no quota of points from Mon 23 Nov on"),
    ("quota remove Q2", "Q2 everyone, points a month removed"),
    (
        "kpi pick new-leads visits lost closed points",
        "5 KPIs tracked: New leads, Visits, Lost, Closed, Points",
    ),
    ("kpi change 'raised the price'", "X1 raised the price: changed Mon 23 Nov"),
    ("change add 'new website' --on fri", "X2 new website: changed Fri 20 Nov"),
    ("change edit X2 --on-day today", "X2 new website changed: on day Mon 23 Nov"),
    ("change remove X2", "X2 new website removed"),
    ("list save mine lead --owner Sam", "J1 mine saved: lead --owner Sam"),
    ("list remove mine", "J1 mine removed"),
    ("track enrol L2 value-add --on today", "D1 L2 Grace is on value-add since Mon 23 Nov"),
    ("track pause D1 --until +7d", "D1 Grace, value-add paused until Mon 30 Nov"),
    ("track resume D1", "D1 Grace, value-add goes on"),
    ("track leave D1", "D1 Grace, value-add: taken off Mon 23 Nov"),
    ("track run", "nothing is due on any track"),
    ("track remove D1", "D1 Grace, value-add removed"),
    ("note remove N1", "N1 bring cake removed"),
    ("task remove K1", "K1 send it removed"),
    ("story remove S1", "S1 Acme removed"),
    ("testimonial remove T1", "T1 Acme removed"),
    ("referral remove R1", "R1 Grace removed"),
    ("lead remove L2", "L2 Grace removed"),
    ("visit remove V1", "V1 Acme removed"),
    ("opp add C2 --title Brief", "O2 Brief opened with C2 Acme"),
    ("opp remove O2", "O2 Brief removed, with 2 of its parts"),
    ("client add Beta", "C3 Beta added"),
    ("client remove C3", "C3 Beta removed, with 1 of its parts"),
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with one record and more of every noun."""
    db = tmp_path_factory.mktemp("nouns") / "improv.db"
    for command in (
        "lead add Ada --company Engines --source web --owner Sam",
        "lead add Bob --source referral --owner Kim --on 2026-10-05",
        "opp add L1 --title Audit --value 12k --owner Sam",
        "opp add L2 --title Shop --owner Kim --stage proposal --on 2026-10-06",
        "client add Acme --on 2026-01-05 --owner Sam",
        "client left C1 --because price",
        "client add Beta --on 2026-10-01 --owner Kim",
        "event schedule O1 introductory-call +2d --assigned-to Sam",
        "visit log C1 --satisfaction 4 --testimonial superb --story halved --referral Grace --on 2026-10-20",
        "log call O1 hello --minutes 7",
        "task add 'send it' --about O1 --due fri --assigned-to Sam",
        "note add O1 'prefers mornings'",
        "campaign add Ads --type ppc --owner Sam",
        "quota set 40k --owner Sam",
        "change add 'raised the price'",
        "survey add 'did not buy' price --who O1",
        "touch add C1 --page /pricing",
        "visitor add 'a stranger'",
        "link make L1 https://x.example",
    ):
        must(command, db)
    return db


def ids(command: str, db: Path) -> list[str]:
    """Return the ids that a list shows in a pipe."""
    return [line.split("\t")[0] for line in must(command, db).out.splitlines()]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_verbs_and_every_help_has_examples(noun: str, tmp_path: Path) -> None:
    """`add`, `list`, `show`, `edit`, `remove`: each is there and shows how it is typed."""
    for verb in ["add", *ALSO.get(noun, []), "list", "show", "edit", "remove"]:
        help_text = must(f"{noun} {verb} --help", tmp_path / "none.db").out
        assert help_text.startswith(f"Usage: improv {noun} {verb}")
        examples = help_text.partition("Examples:\n")[2].splitlines()
        assert examples, (noun, verb)
        assert all(line.strip().startswith("improv ") for line in examples)


def test_every_command_that_writes_has_examples(tmp_path: Path) -> None:
    """Also those that only one noun has."""
    for words in sorted(registered()):
        assert "Examples:\n" in must(f"{words} --help", tmp_path / "none.db").out, words


def test_every_option_says_what_is_typed_after_it() -> None:
    """In the words of its help, such as DAY or NAME, and never what the program makes of it."""
    for group in directory.COMMANDS.values():
        for name, (module, _) in group.items():
            door = built(import_module(f"improv.commands.{module}").APPS[name])
            for command in (door, *getattr(door, "commands", {}).values()):
                valued = [it for it in command.params if it.opts[0].startswith("--") and not it.is_flag]
                assert [it.opts[0] for it in valued if not it.metavar] == [], (name, command.name)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Give what each of the writing commands answered, typed one after the other."""
    db = tmp_path_factory.mktemp("written") / "improv.db"
    return [must(command, db, DAY).out.splitlines() for command, _ in WRITTEN]


def test_every_write_tells_what_it_did_and_what_comes_next(written: list[list[str]]) -> None:
    """The record by its id, the figure that matters, and the next sensible command."""
    for (command, begins), lines in zip(WRITTEN, written, strict=True):
        assert lines[0].startswith(begins), (command, lines)
        assert lines[-1].startswith("  next: improv "), (command, lines)
        assert not any(line.startswith("  next") for line in lines[:-1])


def test_every_command_that_writes_is_among_those_told() -> None:
    """A new command has to be added above; import, merge, the sample and mail that is sent have tests of their own."""
    typed = {" ".join(command.replace("opp ", "opportunity ", 1).split()[:2]) for command, _ in WRITTEN}
    typed = {"log" if words.startswith("log ") else words for words in typed}
    elsewhere = {"import", "merge", "touch import", "sample", "track send"}
    assert {words for words in registered() if words not in elsewhere} == typed


def test_the_next_command_that_is_proposed_is_a_command(written: list[list[str]], tmp_path: Path) -> None:
    """What is proposed after each write is understood: its words are known and its help is there."""
    proposed = {tuple(shlex.split(lines[-1].removeprefix("  next: improv "))[:2]) for lines in written}
    for noun, *verb in proposed:
        words = [noun] if noun in {"log", "undo"} else [noun, *verb]
        assert must(shlex.join([*words, "--help"]), tmp_path / "none.db").out


@pytest.mark.parametrize("noun", NOUNS)
def test_lists_are_narrowed_by_the_filters_they_name(noun: str, book: Path) -> None:
    """Each filter is taken or refused by name; a period that holds nothing lists nothing."""
    listing = LISTINGS[BY_COMMAND[noun].table]
    taken = listing.filters
    everything = ids(f"{noun} list", book)
    assert everything
    assert ids(f"{noun} list --period 2024", book) == []
    assert ids(f"{noun} list --period 2026", book) == everything or noun == "client"
    values = {"stage": "intro", "owner": "sam", "source": "web", "of": "C1"}
    for name, value in values.items():
        result = run(noun, "list", f"--{name}", value, db=book)
        assert result.code == (0 if name in taken else 2), (noun, name)
        if name not in taken:
            assert f"--{name}" in result.err
    for status in listing.statuses:
        assert set(ids(f"{noun} list --status '{status}'", book)) <= set(everything)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("opp list --stage proposal", ["O2"]),
        ("opp list --owner SAM", ["O1"]),
        ("opp list --source referral", ["O2"]),
        ("opp list --period 2026-10", ["O2"]),
        ("opp list --status open --of ada", ["O1"]),
        ("lead list --status opportunity --owner kim", ["L2"]),
        ("lead list --source web", ["L1"]),
        ("lead list --period 'last month'", ["L3", "L2"]),
        ("client list --status former", ["C1"]),
        ("client list --status active", ["C2"]),
        ("event list --status scheduled --of L1", ["E1"]),
        ("task list --status done", []),
        ("visit list --of C1 --period oct", ["V1"]),
        ("visit list --of C2", []),
        ("referral list --status waiting", ["R1"]),
        ("note list --of O1", ["N1"]),
    ],
)
def test_filters_find_what_they_say(command: str, expected: list[str], book: Path) -> None:
    """One filter, or two together."""
    assert ids(command, book) == expected


@pytest.mark.parametrize("noun", NOUNS)
def test_lists_and_pages_are_json_when_asked(noun: str, book: Path) -> None:
    """`--format json` parses, wherever it is typed, and holds the records that the list shows."""
    listed = json.loads(must(f"{noun} list --format json", book).out)
    assert [row["id"] for row in listed["rows"]] == ids(f"{noun} list", book)
    assert listed["columns"][0]["key"] == "id"
    page = json.loads(must(f"--format json {noun} show {BY_COMMAND[noun].letter}1", book).out)
    assert page["schema"] == listed["schema"]


@pytest.mark.parametrize(
    "command", ["", "today", "report weekly", "alerts", "todo", "metric list", "metric win-rate", "history"]
)
def test_reports_are_json_when_asked(command: str, book: Path) -> None:
    """Every page that is read is data, too."""
    assert json.loads(must(f"--format json {command}", book).out)["title"]


def test_the_last_record_is_an_at_sign(tmp_path: Path) -> None:
    """`@` names what was touched last, whatever its noun."""
    db = tmp_path / "improv.db"
    assert run("show", "@", db=db).code == 3
    for command in (
        "lead add Ada",
        "note add @ 'first'",
        "note edit @ --pinned",
        "lead edit ada --city Bonn",
    ):
        must(command, db)
    assert must("show @", db).out.startswith("# L1 Ada\n")
