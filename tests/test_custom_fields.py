"""Fields of the user's own: declared, set, corrected, listed, required, and kept when the playbook forgets them."""

import json
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from improv import measure, playbook
from improv.actions import clients, opportunities
from improv.commands import directory, program
from improv.commands.by_typer import built
from improv.commands.doors import with_custom_fields
from improv.errors import Usage
from improv.listings import LISTINGS
from improv.metrics import CATALOGUE
from improv.money import money
from improv.nouns import FIELDED
from improv.playbook.taken import TAKEN
from improv.resolve import Found
from improv.store import Writing
from improv.transfer.kinds import KINDS
from tests.run import Result, run
from tests.test_undo import CALM, records

MONDAY = "2026-11-23"
CONFIG = """
[playbook.field.lead.budget-holder]
name = "Budget holder"
kind = "text"
help = "who signs for it"
required_from = "proposal"
[playbook.field.lead.seats]
name = "Seats"
kind = "number"
[playbook.field.opportunity.risk]
name = "Risk"
kind = "choice"
choices = ["low", "high", "not yet known"]
asked = true
[playbook.field.opportunity.budget]
name = "Budget"
kind = "money"
required_from = "overcome"
[playbook.field.client.board-meets]
name = "Board meets"
kind = "day"
required_from = "realign"
[playbook.field.visit.remote]
name = "Remote"
kind = "yes-no"
[playbook.field.event.travel]
name = "Travel"
kind = "number"
[playbook.field.activity.class]
name = "Class"
kind = "text"
[playbook.field.upsell.size]
name = "Size"
kind = "text"
"""

Type = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, unsynced: None) -> Type:
    """Give a way to type commands at a store of one's own, with the fields above or another configuration."""
    assert unsynced is None
    config = tmp_path / "config.toml"

    def type_(command: str, day: str = MONDAY, *, text: str = CONFIG, **more: Any) -> Result:
        config.write_text(text, "utf-8")
        return run(*shlex.split(command), db=tmp_path / "improv.db", today=day, config=config, **more)

    return type_


def typed(home: Type, *commands: str, day: str = MONDAY) -> str:
    """Type commands that have to succeed, and return what the last one printed."""
    out = ""
    for command in commands:
        done = home(command, day)
        assert done.code == 0, (command, done.err)
        out = done.out
    return out


def cells(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


# Declared.


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"lead": {"source": {"name": "S", "kind": "text"}}}, "an option, a key or a column of this name"),
        ({"visit": {"stage": {"name": "S", "kind": "text"}}}, "an option, a key or a column of this name"),
        ({"lead": {"Seats": {"name": "S", "kind": "text"}}}, "a key is written small, with hyphens"),
        ({"lead": {"2nd": {"name": "S", "kind": "text"}}}, "begins with a letter"),
        ({"lead": {"sitzplätze": {"name": "S", "kind": "text"}}}, "small letters and digits"),
        ({"lead": {"seats": {"name": "S", "kind": "colour"}}}, "`kind` in [field.lead.seats]"),
        ({"lead": {"seats": {"name": "S"}}}, "`kind` is missing in [field.lead.seats]"),
        ({"lead": {"seats": {"kind": "text"}}}, "`name` is missing in [field.lead.seats]"),
        ({"lead": {"seats": {"name": "S", "kind": "choice"}}}, "a choice has `choices`"),
        ({"lead": {"seats": {"name": "S", "kind": "text", "choices": ["a"]}}}, "a choice has `choices`"),
        ({"lead": {"seats": {"name": "S", "kind": "choice", "choices": ["A", "a"]}}}, "says one word twice"),
        ({"lead": {"seats": {"name": "S\nT", "kind": "text"}}}, "one line each"),
        ({"lead": {"seats": {"name": "S", "kind": "text", "required_from": "visit"}}}, "no stage of a sale"),
        ({"lead": {"seats": {"name": "S", "kind": "text", "required_from": "propsal"}}}, "mean `proposal`"),
        ({"visit": {"seats": {"name": "S", "kind": "text", "required_from": "proposal"}}}, "only a field of"),
        (
            {
                "lead": {"seats": {"name": "S", "kind": "text"}},
                "client": {"seats": {"name": "S", "kind": "day"}},
            },
            "`seats` is of another kind in [field.lead]",
        ),
        ({"quota": {"seats": {"name": "S", "kind": "text"}}}, "unknown key `field.quota`"),
        ({"lead": {"seats": {"name": "S", "kind": "text", "colour": 1}}}, "unknown key `colour`"),
    ],
)
def test_a_field_that_cannot_be_is_refused_with_its_place(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(Usage) as refused:
        playbook.load("improv", {"field": fields}, where="config.toml")
    assert fault in f"{refused.value.what} {refused.value.mend}"
    assert "config.toml" in refused.value.what


def options(command: Any) -> Iterator[str]:
    """Yield the long options of a command and of those below it."""
    for one in command.params:
        yield from (
            name.removeprefix("--") for name in (*one.opts, *one.secondary_opts) if name.startswith("--")
        )
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


def test_the_words_that_are_taken_are_those_of_the_program() -> None:
    """Add what is named here to `improv/playbook/taken.py`: a field could not be called so."""
    words = {
        name.removeprefix("--")
        for name in (*program.ANYWHERE, *program.FLAGS_ANYWHERE)
        if name.startswith("--")
    }
    for commands in directory.COMMANDS.values():
        for name, (module, _) in commands.items():
            app = import_module(f"improv.commands.{module}").APPS[name]
            if any(command.custom for command in app.commands.values()):
                with_custom_fields(
                    app, playbook.load
                )  # those of another test's configuration are not the program's
                words.update(options(built(app)))
    words.update(key for metric in CATALOGUE.values() for key in measure.keys_of(metric))
    words.update(column.key for noun in FIELDED for column in LISTINGS[noun].shown)
    words.update({"id", "day"})  # what every list begins with, and is sorted by
    words.update(name for kind in KINDS.values() if kind.table in FIELDED for name in kind.fields)
    assert sorted({word.replace("_", "-") for word in words} - TAKEN) == []


def test_the_help_shows_the_options_that_this_configuration_adds(home: Type) -> None:
    """With help and choices; the same program with another configuration has none of them."""
    add, narrow = home("opp add --help").out, home("opp list --help").out
    assert "--risk CHOICE" in add
    assert "Risk: low, high, not yet known" in add
    assert "--budget AMOUNT..AMOUNT" in narrow
    assert "--budget-holder" not in add
    assert "--risk" not in home("opp add --help", text="").out
    refused = home("lead add Ada --seats 3", text="")
    assert refused.told[0].startswith("improv: no such option: --seats")


def test_a_playbook_file_brings_fields_and_the_settings_change_them(home: Type, tmp_path: Path) -> None:
    """Key by key: another name, out of use; a list is replaced whole."""
    (tmp_path / "mine.toml").write_text(
        '[playbook]\nkey = "mine"\ntitle = "Mine"\nextends = "improv"\n'
        '[field.lead.seats]\nname = "Seats"\nkind = "number"\n[field.lead.desk]\nname = "Desk"\nkind = "text"\n',
        "utf-8",
    )
    settings = (
        '[playbook]\nuse = "mine.toml"\n[playbook.field.lead]\nseats.name = "Chairs"\ndesk.off = true\n'
        'order.name = "Order"\norder.kind = "choice"\norder.choices = ["a", "b"]\n'
    )
    assert home("lead add Ada --seats 3 --order b", text=settings).code == 0
    assert home("lead add Ada --desk oak", text=settings).code == 2
    table = home("lead list --format markdown --order b --seats 3", text=settings).out.splitlines()
    assert table[0].endswith("| Chairs | Order |")
    assert len(table) == 3
    assert "Order\tNew leads" in home("metric new-leads --by order", text=settings).out


# Set, corrected, taken away.


def test_a_value_holds_from_its_day_until_the_next(home: Type) -> None:
    """As of each day, and as known then; told since when; an empty text empties it from that day on."""
    typed(home, "lead add Ada --seats 12", day="2026-11-02")
    assert "seats 1,400; from Mon 9 Nov on" in typed(home, "lead edit ada --seats 1,400 --on 2026-11-09")
    typed(home, "lead edit ada --seats '' --on 2026-11-16")
    seats = [
        cells(typed(home, f"lead list --as-of {day}"))[0][-1]
        for day in ("2026-11-02", "2026-11-08", "2026-11-09", "2026-11-15", "2026-11-16")
    ]
    assert seats == ["12", "12", "1400", "1400", "–"]
    assert cells(typed(home, "lead list --known-on #1"))[0][-1] == "12"
    assert "Seats\t1,400 since 2026-11-09" in typed(home, "lead show ada --as-of 2026-11-15")
    shown = typed(home, "lead show ada").splitlines()
    assert not [line for line in shown if line.startswith("Seats\t")]
    assert [line for line in shown if "Seats" in line] == [
        "2026-11-02\t–\t–\tSeats: 12",
        "2026-11-09\t–\t–\tSeats: 1400",
        "2026-11-16\t–\t–\tSeats taken away",
    ]
    refused = home("lead edit ada --seats 3 --on 2026-11-01")
    assert refused.told[0] == "improv: a change cannot be before the lead was received"


def test_what_is_said_already_is_not_kept_again(home: Type) -> None:
    """A command that changes nothing leaves no entry to undo."""
    typed(home, "lead add Ada --seats 12", "lead edit ada --seats 12")
    assert typed(home, "undo").startswith("undone: #1 ")


def test_the_field_of_what_happened_is_corrected_as_it_always_was(home: Type) -> None:
    """A visit is a fact: its field belongs to its own day, however late it is typed."""
    typed(home, "client add Acme --on 2026-10-01", "visit log acme --on 2026-11-02 --remote yes")
    assert typed(home, "visit edit V1 --remote no").startswith("V1 Acme changed: remote no\n")
    assert [row[-1] for row in cells(typed(home, "visit list --as-of 2026-11-02"))] == ["no"]
    assert "Remote\tno\n" in typed(home, "visit show V1")


def test_a_booking_that_moves_takes_its_fields_with_it(home: Type) -> None:
    typed(home, "lead add Ada", "event schedule ada introductory-call +2d --travel 40", "event move E1 +3d")
    assert [(row[0], row[-1]) for row in cells(typed(home, "event list"))] == [("E2", "40"), ("E1", "40")]


def test_activities_and_upsells_have_fields_too(home: Type) -> None:
    """Whatever the key is: `class` is a word of Python's."""
    typed(home, "client add Acme --on 2026-10-01", "log call acme 'hello' --class first")
    assert [row[-1] for row in cells(typed(home, "activity list --class FIRST"))] == ["first"]
    typed(home, "client upsell acme 'second site' --size big")
    assert "Size\tbig\n" in typed(home, "show U1")
    typed(home, "client upsell U1 --dropped 'no budget' --size small")
    assert "Size\tsmall\n" in typed(home, "show U1")


REFUSED = {
    "lead edit ada --seats 1.5": "--seats: this is not a whole number in range",
    "opp edit ada --risk enormous": "--risk: this word is not known here",
    "opp edit ada --budget -5": "--budget: an amount is not negative here",
    "client edit acme --board-meets someday": "--board-meets: this is not understood as a day",
    "visit log acme --remote perhaps": "--remote: this word is not known here",
    "lead edit ada --budget-holder 'a\x1b[31mb'": "text holds a character that cannot be shown",
}


def test_a_value_of_another_kind_is_refused(home: Type) -> None:
    typed(home, "lead add Ada", "opp add ada --risk low", "client add Acme --on 2026-10-01")
    told = {command: home(command).told[0].removeprefix("improv: ") for command in REFUSED}
    assert told == REFUSED


def test_a_terminal_asks_for_what_the_playbook_says_is_asked(home: Type) -> None:
    """Value and close date of the program's own, then the risk."""
    typed(home, "lead add Ada")
    done = home("opp add ada", tty=True, stdin="\n\nhi\n")
    assert done.code == 0, done.err
    assert "Risk: low, high, not yet known (Enter to skip):" in done.err
    assert [row[-2] for row in cells(typed(home, "opp list"))] == ["high"]


def test_what_a_new_record_says_is_told_back_as_it_was_understood(home: Type) -> None:
    """A choice by its whole word, a day with its weekday, an amount and a number with their marks."""
    told = typed(home, "client add Acme --on 2026-10-01 --board-meets '3 dec'").splitlines()
    assert told[1] == "  board meets Thu 3 Dec"
    told = typed(home, "opp add acme --risk not --budget 12.5k").splitlines()
    assert told[1] == "  risk not yet known, budget 12,500"
    assert typed(home, "visit log acme --remote n").splitlines()[1] == "  remote no"
    assert typed(home, "log dial --class x").splitlines() == ["A1 dial, Mon 23 Nov", "  class x"]


# Listed.


NARROWED = {
    "lead list --seats 12": ["L1"],
    "lead list --seats 10..20": ["L2", "L1"],
    "lead list --seats 13..": ["L3", "L2"],
    "lead list --seats ..0": ["L4"],
    "lead list --seats ..": ["L4", "L3", "L2", "L1"],
    "lead list --seats ''": ["L5"],
    "lead list --budget-holder 'GRACE HOPPER'": ["L1"],
    "lead list --budget-holder grace": [],
    "lead list --budget-holder ''": ["L5", "L4", "L3", "L2"],
    "lead list --seats 10..20 --budget-holder ''": ["L2"],
    "opp list --risk 'not yet'": ["O2"],
    "opp list --budget 10k..12k": ["O1"],
    "opp list --budget ..9.50": ["O2"],
    "opp list --budget 12k": ["O1"],
    "client list --board-meets 'dec 2026'": ["C1"],
    "client list --board-meets 2026-11-20..2026-12-03": ["C1"],
    "client list --board-meets today..+14d": ["C1"],
    "client list --board-meets ..": ["C1"],
    "client list --board-meets ''": ["C2"],
}


def test_a_list_is_narrowed_by_a_field(home: Type) -> None:
    """By a value, from one to another, within a period; those with any, and those with none."""
    typed(home, "lead add A --seats 12 --budget-holder 'Grace Hopper'", "lead add B --seats 20")
    typed(home, "lead add C --seats 300", "lead add D --seats -7", "lead add E")
    typed(home, "opp add L1 --risk low --budget 12k", "opp add L1 --risk not-yet-known --budget 9.5")
    typed(home, "client add Acme --board-meets '3 dec'", "client add Beta")
    found = {command: [row[0] for row in cells(typed(home, command))] for command in NARROWED}
    assert found == NARROWED
    assert home("lead list --seats 4..x").told[0] == "improv: --seats: this is not a whole number in range"


def test_every_format_carries_the_fields(home: Type) -> None:
    """Values of their own type in JSON, formulas as text in CSV."""
    typed(home, "lead add A --seats 12 --budget-holder '=cmd()'", "opp add a --budget 12.50 --risk high")
    (lead,) = json.loads(typed(home, "lead list --format json"))["rows"]
    assert (lead["seats"], lead["budget_holder"]) == (12, "=cmd()")
    (deal,) = json.loads(typed(home, "opp list --format json"))["rows"]
    assert (deal["budget"]["minor"], deal["risk"]) == (1250, "high")
    assert "'=cmd()" in typed(home, "lead list --format csv")
    assert "Budget holder" in typed(home, "lead list --format markdown")


def test_a_name_and_a_choice_are_text_wherever_they_stand(home: Type) -> None:
    """Markup of a terminal, of a web page and of a formula, in the playbook as in the store."""
    text = (
        '[playbook.field.lead.mark]\nname = "[red]<b>Mark"\nkind = "choice"\n'
        'choices = ["<script>", "=1+1", "[/red]"]\nhelp = "[bold]<i>"\n'
    )
    assert home("lead add Ada --mark '<script>'", text=text).code == 0
    assert "[bold]<i>: <script>, =1+1, [/red]" in " ".join(home("lead add --help", text=text).out.split())
    assert "[red]<b>Mark" in home("lead list", text=text, tty=True).out
    page = home("lead list --format html", text=text).out
    assert "&lt;b&gt;Mark" in page
    assert "<script>" not in page
    assert home("lead edit ada --mark =1", text=text).code == 0
    assert ",'=1+1" in home("lead list --format csv", text=text).out
    assert "[red]<b>Mark: =1+1" in home("show ada", text=text).out
    assert "=1+1\t1" in home("metric new-leads --by mark", text=text).out


# Required from a stage on.

HOLDER = [
    "improv: Budget holder must be filled from Proposal on",
    "  at fault: L1 has none",
    "  to mend:  improv lead edit L1 --budget-holder …",
]


@pytest.mark.parametrize(
    "command",
    [
        "opp move O1 proposal",
        "opp move O1 realign",
        "opp won O1 --value 5k",
        "event done E1 --next proposal",
        "opp add ada --stage proposal",
    ],
)
def test_a_stage_that_calls_for_a_field_is_refused_without_it(home: Type, command: str) -> None:
    """Moving into the stage, past it, and winning; before it all is as ever."""
    typed(home, "lead add Ada", "opp add ada", "event schedule O1 discovery-meeting +2d")
    typed(home, "opp move O1 mutual-discovery")
    assert home(command).told == HOLDER
    typed(home, "lead edit L1 --budget-holder Grace", "opp edit O1 --budget 9k", command)


def test_the_opportunitys_own_field_is_named_as_it_is_typed(home: Type) -> None:
    """One that is just opened has no id yet; one that goes back to an earlier stage needs nothing."""
    typed(home, "lead add Ada --budget-holder Grace", "opp add ada")
    assert home("opp add ada --stage overcome").told[1:] == [
        "  at fault: the new opportunity has none",
        "  to mend:  --budget …",
    ]
    assert home("opp move O1 overcome").told[2] == "  to mend:  improv opportunity edit O1 --budget …"
    typed(
        home,
        "opp edit O1 --budget 3k",
        "opp move O1 overcome",
        "opp edit O1 --budget ''",
        "opp move O1 intro",
    )


def test_the_field_of_a_client_counts_where_there_is_one(home: Type) -> None:
    typed(home, "client add Acme --on 2026-10-01", "opp add acme --budget 3k", "opp move O1 proposal")
    assert home("opp move O1 realign").told[1:] == [
        "  at fault: C1 has none",
        "  to mend:  improv client edit C1 --board-meets …",
    ]
    assert home("opp lost O1 --because price").code == 0, "it may always be lost"


def test_a_terminal_asks_for_a_field_that_is_needed(home: Type) -> None:
    """What is answered is kept in the same step; Enter leaves the stage where it is."""
    typed(home, "lead add Ada", "opp add ada")
    skipped = home("opp move O1 proposal", tty=True, stdin="\n")
    question = "Budget holder of L1, needed from Proposal on (who signs for it):"
    assert skipped.told == [f"{question} {HOLDER[0]}", *HOLDER[1:]]
    assert home("opp move O1 proposal", tty=True, stdin="Grace Hopper\n").code == 0
    assert [row[0] for row in cells(typed(home, "lead list --budget-holder 'grace hopper'"))] == ["L1"]
    typed(home, "undo")
    assert [row[3] for row in cells(typed(home, "opp list"))] == ["Intro"]
    assert typed(home, "lead list --budget-holder ..") == ""


def test_what_is_imported_is_exempt_and_stands_in_the_todo(home: Type, tmp_path: Path) -> None:
    """A file says how deals stand; what they lack is listed until it is filled."""
    file = tmp_path / "deals.csv"
    file.write_text("Deal name,Stage,Opened on,Lead name\nBig,Proposal,2026-10-05,Ada\n", "utf-8")
    typed(home, f"import {file} --as opportunities")
    line = "L1 Ada\tBudget holder\timprov lead edit L1 --budget-holder …"
    assert line in typed(home, "todo").splitlines()
    assert "Budget\t" not in typed(home, "todo"), "that one is needed from a later stage on"
    typed(home, "lead edit L1 --budget-holder Grace")
    assert line not in typed(home, "todo").splitlines()


def test_the_sample_book_is_made_whatever_is_required(home: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the user's own fields there."""

    def fill(work: Writing) -> None:
        client = clients.add(work, "Acme", work.today, {})
        opportunities.add(work, Found("client", client.id or 0, "Acme"), None, "overcome", work.today, {})

    monkeypatch.setattr("improv.sample.fill", fill)
    assert "1 opportunities, 1 clients" in typed(home, "sample")
    assert home("opp add acme --stage overcome").code == 1, "else it is required"


# Imported.


def test_a_file_fills_fields_by_the_names_of_its_columns(home: Type, tmp_path: Path) -> None:
    """By the field's name or its key; days, numbers and amounts as the file writes them; from the record's own day."""
    leads, deals = tmp_path / "leads.csv", tmp_path / "deals.csv"
    leads.write_text(
        'Name,Budget holder,SEATS,Received\nAda,Grace,"1,200",13.10.2026\nBob,,-3,14.10.2026\n', "utf-8"
    )
    deals.write_text(
        "Deal name,Stage,Opened on,risk,Budget\nA,Intro,2026-10-05,High,12.5k\nB,Intro,2026-10-05,huge,1\n",
        "utf-8",
    )
    report = typed(home, f"import {leads} --as leads --map 'SEATS=seats'")
    assert "leads added\t2" in report
    assert [row[-2:] for row in cells(typed(home, "lead list"))] == [["–", "-3"], ["Grace", "1200"]]
    assert typed(home, "lead list --as-of 2026-10-12") == ""
    assert [row[-1] for row in cells(typed(home, "lead list --as-of 2026-10-13"))] == ["1200"]
    report = typed(home, f"import {deals} --as opportunities --failed {tmp_path / 'failed.csv'}")
    assert 'risk: "huge" is no risk that is known' in report
    assert [row[-2:] for row in cells(typed(home, "opp list"))] == [["high", "12500.00"]]


def test_a_mapping_names_a_field_and_what_its_words_mean(home: Type, tmp_path: Path) -> None:
    """As it does any other; a field that there is not is refused by name."""
    file, mapping = tmp_path / "deals.csv", tmp_path / "deals.toml"
    file.write_text("T,S,O,R\nA,Intro,2026-10-05,3\n", "utf-8")
    mapping.write_text(
        'kind = "opportunities"\n[columns]\nT = "title"\nS = "stage"\nO = "opened_on"\nR = "risk"\n'
        '[values.risk]\n"3" = "high"\n[constants]\nbudget = "7k"\n',
        "utf-8",
    )
    typed(home, f"import {file} --mapping {mapping}")
    assert [row[-2:] for row in cells(typed(home, "opp list"))] == [["high", "7000.00"]]
    assert (
        home(f"import {file} --mapping {mapping}", text="").told[0]
        == "improv: opportunities have no such field"
    )
    mapping.write_text(mapping.read_text("utf-8") + '[unknown]\nrisk = "keep"\n', "utf-8")
    assert "keeps only words that are known" in home(f"import {file} --mapping {mapping}").told[0]


def test_an_update_says_what_is_new_from_its_day_on(home: Type, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    rows = "Id,Name,Seats,Received,As of\n7,Ada,{},2026-10-01,{}\n"
    for seats, day in ((12, "2026-10-01"), (40, "2026-11-01"), (40, "2026-11-08")):
        file.write_text(rows.format(seats, day), "utf-8")
        report = typed(home, f"import {file} --as leads --mode both --map 'As of=as_of'")
    assert "rows that say what is known already\t1" in report
    values = [cells(typed(home, f"lead list --as-of {day}"))[0][-1] for day in ("2026-10-31", "2026-11-01")]
    assert values == ["12", "40"]


# What the playbook forgets.


def test_a_field_that_is_no_longer_declared_keeps_its_values_out_of_sight(home: Type) -> None:
    """The page and the doctor tell of them; declared again they are as they were; `off` says they may rest."""
    typed(home, "lead add Ada --seats 12")
    other = CONFIG.replace("lead.seats", "lead.desks").replace('"Seats"', '"Desks"')
    assert "12" not in home("lead list", text=other).out
    note = "kept all the same: seats: the playbook has no such field"
    assert home("lead show ada", text=other).out.splitlines()[-1] == note
    (told,) = [
        line.split("\t") for line in home("doctor", text=other).out.splitlines() if line.startswith("fields")
    ]
    assert told[1] == "1 of the values of your own fields fit none of them now"
    assert told[2] == "L1 seats: the playbook has no such field"
    assert told[3].startswith("[playbook.field.lead.seats] in ")
    resting = CONFIG.replace('name = "Seats"', 'name = "Seats"\noff = true')
    assert "fields" not in home("doctor", text=resting).out
    assert "Seats" not in home("lead show ada", text=resting).out
    assert home("lead edit ada --seats 3", text=resting).code == 2
    assert cells(typed(home, "lead list"))[0][-1] == "12"
    assert "kept all the same" not in typed(home, "lead show ada")


def test_a_field_of_another_kind_takes_nothing_for_what_it_is_not(home: Type) -> None:
    """Twelve seats are not twelve cents; typed anew they are told no more."""
    typed(home, "lead add Ada --seats 12")
    as_money = CONFIG.replace('name = "Seats"\nkind = "number"', 'name = "Seats"\nkind = "money"')
    assert cells(home("lead list", text=as_money).out)[0][-1] == "–"
    note = "kept all the same: seats: it is a number, and the field is an amount now"
    assert home("lead show ada", text=as_money).out.splitlines()[-1] == note
    assert "improv lead edit L1 --seats …" in home("doctor", text=as_money).out
    assert home("lead edit L1 --seats 12", text=as_money).code == 0
    assert cells(home("lead list", text=as_money).out)[0][-1] == "12.00"
    assert "fields" not in home("doctor", text=as_money).out


def test_the_field_of_an_opening_is_mended_where_it_is_declared(home: Type) -> None:
    """No command edits an opening."""
    typed(home, "client add Acme", "client upsell acme 'second site' --size big")
    as_number = CONFIG.replace('name = "Size"\nkind = "text"', 'name = "Size"\nkind = "number"')
    told = home("doctor", text=as_number).out
    assert "U1 size: it is a text, and the field is a number now\t[playbook.field.upsell.size] in " in told
    assert 'kind = "text"' in told


def test_a_choice_that_is_dropped_is_shown_as_it_was_said(home: Type) -> None:
    typed(home, "lead add Ada", "opp add ada --risk high")
    fewer = CONFIG.replace('"low", "high"', '"low"')
    assert [row[-2] for row in cells(home("opp list", text=fewer).out)] == ["high"]
    note = "kept all the same: risk: high is none of its choices any more"
    assert home("opp show O1", text=fewer).out.splitlines()[-1] == note
    by = home("metric opportunities --by risk", text=fewer).out
    assert "high\t1\t" in by


def test_a_query_reads_the_fields_as_they_are_on_the_day(home: Type) -> None:
    """What is taken away, of another kind, or no longer declared, is no row; a yes or no is a word."""
    typed(home, "lead add Ada --seats 12 --budget-holder Grace", "client add Acme", day="2026-11-02")
    typed(home, "visit log acme --remote yes --on 2026-11-02", "lead edit ada --seats 14 --on 2026-11-09")
    typed(home, "lead edit ada --budget-holder '' --on 2026-11-09")
    query = "query 'SELECT record, field, kind, value, said_on FROM custom_fields ORDER BY record, field'"
    assert cells(typed(home, query)) == [
        ["L1", "seats", "number", "14", "2026-11-09"],
        ["V1", "remote", "yes-no", "yes", "2026-11-02"],
    ]
    assert cells(typed(home, f"{query} --as-of 2026-11-08")) == [
        ["L1", "budget-holder", "text", "Grace", "2026-11-02"],
        ["L1", "seats", "number", "12", "2026-11-02"],
        ["V1", "remote", "yes-no", "yes", "2026-11-02"],
    ]
    as_money = CONFIG.replace('name = "Seats"\nkind = "number"', 'name = "Seats"\nkind = "money"')
    assert [row[0] for row in cells(home(query, text=as_money).out)] == ["V1"]


# Taken back.


def test_a_record_is_removed_with_its_fields_and_comes_back_with_them(home: Type) -> None:
    typed(home, "lead add Ada --seats 12 --budget-holder Grace")
    assert "removed, with 3 of its parts" in typed(home, "lead remove L1")
    typed(home, "undo")
    assert [row[-2:] for row in cells(typed(home, "lead list"))] == [["Grace", "12"]]


HOSTILE = [
    "=1+1",
    "[red]x[/red]",
    "<b>",
    "'; DROP TABLE lead; --",
    "50%",
    "{name}",
    "–",
    "ﷺ",
    "O'Neil",
    "a\u0301",
]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str)
NUMBERS = st.integers(-(10**9), 10**9)
# What is typed, and how it is kept.
VALUES: dict[str, st.SearchStrategy[tuple[str, object]]] = {
    "lead edit L1 --budget-holder": TEXTS.map(lambda text: (text, text)),
    "lead edit L1 --seats": NUMBERS.map(lambda number: (f"{number:,}", number)),
    "opportunity edit O1 --risk": st.sampled_from(["low", "high", "not yet known"]).map(
        lambda word: (word, word)
    ),
    "opportunity edit O1 --budget": st.integers(0, 10**9).map(lambda minor: (money(minor), minor)),
    "client edit C1 --board-meets": DAYS.map(lambda day: (day, day)),
    "visit edit V1 --remote": st.sampled_from([("yes", 1), ("no", 0)]),
}


def test_whatever_is_typed_is_kept_exactly_and_taken_back(home: Type, tmp_path: Path) -> None:
    """A value of every kind, hostile texts among them, then emptied; undone to the rows before, redone to those after."""
    typed(
        home,
        "lead add Ada",
        "opp add ada",
        "client add Acme --on 2026-10-01",
        "visit log acme --on 2026-11-02",
    )
    db = tmp_path / "improv.db"
    start = records(db)

    @settings(CALM, max_examples=12, phases=[Phase.generate])
    @given(
        st.sampled_from(sorted(VALUES)).flatmap(lambda command: st.tuples(st.just(command), VALUES[command]))
    )
    def each(drawn: tuple[str, tuple[str, object]]) -> None:
        command, (text, kept) = drawn
        steps = [start]
        for value in (text, ""):
            done = home(f"{command} {shlex.quote(value)}")
            assert done.code == 0, done.err
            steps.append(records(db))
        ((new, row),) = steps[1].items() - steps[0].items()
        assert new[0] == "field_value"
        assert [cell for cell in row[-2:] if cell is not None] == [kept]
        ((_, row),) = steps[2].items() - steps[1].items()
        assert row[-2:] == (None, None)
        for verb, expected in (("undo", steps[1]), ("undo", start), ("redo", steps[1]), ("undo", start)):
            typed(home, verb)
            assert records(db) == expected

    each()
