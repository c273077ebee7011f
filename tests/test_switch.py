"""Another playbook: chosen in the configuration, with no open sale left behind; shown, compared, and begun anew."""

import json
import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from improv.commands import pagefile, switch
from improv.errors import ImprovError
from improv.playbook import LIMITS, load
from improv.playbook.compiled import SHIPPED
from improv.show import FORMATS
from tests.run import Result, run
from tests.session import must

MONDAY = "2026-11-23"
MINE = """\
# What I chose.
[me]
name = "Sam" # me

[playbook.limit]
gap_after = 12 # we are slow
"""


class Home:
    """A folder with a configuration and a store, where commands are typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.db = folder / "improv.db"
        self.config.write_text(MINE, "utf-8")

    def type(self, command: str, **how: str) -> Result:
        """Type a command on Monday."""
        return run(*command.split(), db=self.db, today=MONDAY, config=self.config, extra=how)

    def sell(self) -> None:
        """Open three sales: in Intro, Proposal and Realign."""
        for name, stage in (("Ada", "intro"), ("Bob", "proposal"), ("Cleo", "realign")):
            must(f"lead add {name} --source web --on 2026-11-02", self.db)
            must(f"opp add {name} --stage {stage} --value 1k --on 2026-11-02", self.db)

    def entries(self) -> int:
        """Return how many commands the journal has."""
        with closing(sqlite3.connect(self.db)) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM journal_entry").fetchone()[0])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


USE = "playbook use managed-services"
MOVES = "--move intro=prospect --move proposal=discovery --move realign=presentation"


# use


def test_the_choice_is_a_line_of_the_configuration_and_all_else_stays_as_it_was(home: Home) -> None:
    assert home.type("playbook use solo").out.splitlines() == [
        "in use: IMPROV for one person, 5 stages from Intro to Overcome",
        f"  written to {home.config}",
        "  next: improv playbook check",
    ]
    assert home.config.read_text("utf-8") == MINE.replace(
        "[playbook.limit]", '[playbook]\nuse = "solo"\n\n[playbook.limit]'
    )
    assert home.config.stat().st_mode & 0o777 == 0o600
    assert not home.db.exists()
    assert home.type("playbook use improv").code == 0
    assert 'use = "improv"' in home.config.read_text("utf-8")


def test_a_folder_and_a_configuration_are_made_where_there_are_none(tmp_path: Path) -> None:
    made = run(
        "playbook", "use", "solo", db=tmp_path / "x.db", extra={"XDG_CONFIG_HOME": str(tmp_path / "new")}
    )
    assert made.code == 0
    assert (tmp_path / "new/improv").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new/improv/config.toml").read_text("utf-8") == '[playbook]\nuse = "solo"\n'


@pytest.mark.parametrize("command", ["playbook use solo", "playbook new mine", "init --playbook solo"])
def test_nothing_is_written_beside_what_is_no_file(command: str, tmp_path: Path) -> None:
    refused = run(*command.split(), db=tmp_path / "improv.db", config=Path("/dev/null"))
    assert refused.told == [
        "improv: the configuration is no ordinary file",
        "  at fault: /dev/null",
        "  to mend:  correct IMPROV_CONFIG",
    ]
    assert list(tmp_path.iterdir()) == []


def test_open_sales_are_not_left_in_stages_that_the_other_lacks(home: Home) -> None:
    """They are listed with the command that takes each to a stage as far along; nothing is written."""
    home.sell()
    before, entries = home.config.read_text("utf-8"), home.entries()
    refused = home.type(USE)
    assert (refused.code, refused.told) == (
        1,
        [
            "improv: 3 of the open opportunities stand in stages that this playbook does not have",
            "  at fault: O1 in Intro, O2 in Proposal, O3 in Realign",
            f"  to mend:  improv {USE} {MOVES}",
        ],
    )
    assert (home.config.read_text("utf-8"), home.entries()) == (before, entries)
    part = home.type(f"{USE} --move intro=prospect --move proposal=commitment")
    assert part.told[-1] == (
        f"  to mend:  improv {USE} --move intro=prospect --move proposal=commitment --move realign=presentation"
    )


def test_they_are_moved_today_in_one_undo_step_and_their_past_stays(home: Home) -> None:
    home.sell()
    entries = home.entries()
    assert home.type(f"{USE} {MOVES}").out.splitlines() == [
        "in use: Managed services, 6 stages from Prospect to Commitment",
        "  1 moved from Intro to Prospect: O1",
        "  1 moved from Proposal to Discovery: O2",
        "  1 moved from Realign to Presentation: O3",
        "  stages it does not know stay as recorded: intro 1, proposal 1, realign 1",
        f"  written to {home.config}",
        "  next: improv playbook check",
    ]
    assert home.entries() == entries + 1
    stages = [line.split("\t")[3] for line in home.type("opp list").out.splitlines()]
    past = [line.split("\t")[3] for line in home.type("opp list --as-of 2026-11-22").out.splitlines()]
    assert (sorted(stages), sorted(past)) == (
        ["Discovery", "Presentation", "Prospect"],
        ["intro", "proposal", "realign"],
    )
    assert "stages\t" not in home.type("doctor").out


def test_undo_takes_the_moves_back_and_not_the_choice(home: Home) -> None:
    """The doctor then says what to type; redo does, too."""
    home.sell()
    home.type(f"{USE} {MOVES}")
    assert home.type("undo").out.startswith("undone: #7 playbook use managed-services")
    (unwell,) = [line for line in home.type("doctor").out.splitlines() if line.startswith("stages\t")]
    assert unwell.split("\t")[2:] == [
        "O1 in intro, O2 in proposal, O3 in realign",
        f"improv {USE} --move intro=prospect --move proposal=prospect --move realign=prospect",
    ]
    assert home.type("redo").code == 0
    assert "stages\t" not in home.type("doctor").out


def test_a_dry_run_says_it_all_and_changes_nothing(home: Home) -> None:
    home.sell()
    before = home.config.read_bytes(), home.db.read_bytes()
    said = home.type(f"{USE} --dry-run {MOVES}").out.splitlines()
    assert said[0] == "would use: Managed services, 6 stages from Prospect to Commitment"
    assert said[-2:] == ["  nothing was changed", f"  next: improv {USE} {MOVES}"]
    assert (home.config.read_bytes(), home.db.read_bytes()) == before
    assert home.type(f"{USE} --dry-run").code == 1


def test_what_cannot_be_written_takes_the_moves_back(home: Home) -> None:
    home.sell()
    before, entries = home.config.read_text("utf-8"), home.entries()
    with patch.object(pagefile, "save", side_effect=ImprovError("the file cannot be written", "it")):
        assert home.type(f"{USE} {MOVES}").code == 1
    assert (home.config.read_text("utf-8"), home.entries()) == (before, entries)
    assert "\tIntro\t" in home.type("opp list").out


def test_killed_between_the_two_it_is_told_and_mended_by_the_same_command(home: Home) -> None:
    """The configuration is written, the store is not: writing about such a sale says where it stands."""
    home.sell()
    choose = switch.choose

    def killed(*given: object, **how: bool) -> None:
        choose(*given, **how)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with patch.object(switch, "choose", killed):
        assert home.type(f"{USE} {MOVES}").code != 0
    assert home.type("opp edit O2 --rating A").told == [
        "O2 stands in proposal, a stage that is not in the playbook any more: improv opportunity move O2 prospect"
    ]
    assert home.type(f"{USE} {MOVES}").out.splitlines()[2] == "  1 moved from proposal to Discovery: O2"
    assert home.type("opp edit O2 --rating B").told == []


def test_what_else_is_recorded_and_not_known_is_told(home: Home) -> None:
    must("lead add Ada --source web", home.db)
    must("event schedule ada introductory-call fri", home.db)
    must("log dial ada", home.db)
    said = home.type(USE).out.splitlines()
    assert said[1] == "  event kinds it does not know stay as recorded: introductory-call 1"
    assert home.type("event list").out.split("\t")[1] == "introductory-call"


def test_a_stage_that_is_not_there_and_one_that_holds_nothing(home: Home) -> None:
    home.sell()
    assert home.type(f"{USE} --move intro=nowhere").told[0] == "improv: no stage is called so"
    assert home.type(f"{USE} --move intro").told[:2] == [
        "improv: this names no two stages",
        "  at fault: intro",
    ]
    assert (
        "  no open sale is left in overcome"
        in home.type(f"{USE} {MOVES} --move overcome=commitment").out.splitlines()
    )


def test_lines_of_ones_own_that_do_not_fit_the_other_are_refused(home: Home) -> None:
    home.config.write_text("[playbook.stage.proposal]\nwarning_after = 9\n", "utf-8")
    assert home.type(USE).told[:2] == [
        f"improv: `name` is missing in [stage.proposal] of {home.config}",
        "  at fault: stage.proposal",
    ]


def test_one_whose_file_is_gone_is_mended_by_another(home: Home) -> None:
    home.type("playbook new mine")
    home.type("playbook use mine")
    (home.folder / "mine.toml").unlink()
    assert home.type("playbook check").code == 2
    assert home.type("playbook use improv").code == 0
    assert home.type("playbook check").code == 0


def test_a_file_is_named_as_short_as_it_can_be(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One beside the configuration by its own name, another by its whole path."""
    home.type("playbook new mine")
    (home.folder / "else").mkdir()
    (home.folder / "mine.toml").rename(home.folder / "else" / "theirs.toml")
    home.type("playbook new mine")
    monkeypatch.chdir(home.folder)
    for typed, use in (
        ("mine", "mine.toml"),
        ("./mine.toml", "mine.toml"),
        ("else/theirs.toml", str(home.folder / "else" / "theirs.toml")),
    ):
        assert home.type(f"playbook use {typed}").code == 0
        assert tomllib.loads(home.config.read_text("utf-8"))["playbook"]["use"] == use
        assert home.type("playbook show closing").code == 0
    assert home.type("playbook use nowhere").told == [
        "improv: no playbook is called so",
        "  at fault: nowhere",
        "  to mend:  use one of improv, managed-services, solo, mine, or a path that ends in .toml",
    ]


def test_a_choice_that_is_no_text_is_refused(home: Home) -> None:
    home.config.write_text("[playbook]\nuse = 3\n", "utf-8")
    assert home.type("playbook check").told == [
        f"improv: `use` in [playbook] of {home.config} must be a text",
        "  at fault: 3",
        '  to mend:  use = "solo"',
    ]
    assert home.type("playbook use solo").code == 0


def test_it_is_chosen_before_there_is_a_store(home: Home) -> None:
    assert home.type("init --playbook solo").out.splitlines()[2:] == [
        f"  playbook IMPROV for one person, written to {home.config}",
        '  next: improv lead add "Ada Lovelace" --source referral',
    ]
    assert home.type("playbook show target new_leads").out.startswith("target.new_leads.at_least\t3\tsolo\n")
    assert run("init", "--playbook", "sloo", db=home.folder / "other.db", config=home.config).code == 2
    assert not (home.folder / "other.db").exists()


# show, diff, list, new


def test_each_line_is_shown_with_the_file_that_has_the_last_word(home: Home) -> None:
    """improv's, solo's, and one's own; a whole table, one entry, one number."""
    home.type("playbook use solo")
    lines = home.type("playbook show limit").out.splitlines()
    assert {"limit.gap_after\t12\tconfig.toml", "limit.gap_goal_below\t5\timprov"} < set(lines)
    assert home.type("playbook show target won_deals").out.splitlines() == [
        "target.won_deals.at_least\t2\tsolo",
        'target.won_deals.per\t"month"\tsolo',
        'target.won_deals.origin\t"ours"\tsolo',
    ]
    assert home.type("playbook show formula health").out.splitlines()[0] == (
        'formula.health.days-since-visit.name\t"days since the last visit"\timprov'
    )
    every = len(LIMITS)
    assert f"limit\t{every}\timprov {every - 1}, config.toml 1" in home.type("playbook show").out.splitlines()


def test_what_is_not_there_to_show_is_refused_with_what_is(home: Home) -> None:
    assert (
        home.type("playbook show limits")
        .told[2]
        .startswith("  to mend:  did you mean `limit`? use one of limit,")
    )
    assert home.type("playbook show stage itnro").told == [
        "improv: [stage] has no entry of this name",
        "  at fault: itnro",
        "  to mend:  did you mean `intro`? use one of intro, mutual-discovery, proposal, realign, overcome, visit",
    ]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "terminal"])
@pytest.mark.parametrize(
    ("page", "says"),
    [("show", "formula.health"), ("show goal", "first week"), ("show message", "Invitation: {what}"), ("diff solo", "conversations"), ("list", "Managed services")],
)  # fmt: skip
def test_each_page_has_every_format(page: str, says: str, form: str, home: Home) -> None:
    shown = home.type(f"playbook {page} --format {form}")
    assert (shown.code, shown.err) == (0, "")
    assert says in shown.out


def test_what_differs_is_told_line_by_line(home: Home) -> None:
    """Yours from the one it begins with; another from yours; two from each other, either way round."""
    assert home.type("playbook diff").out == "limit.gap_after\t10\t12\n"
    one = home.type("playbook diff improv solo").out.splitlines()
    other = home.type("playbook diff solo improv").out.splitlines()
    swapped = [f"{line}\t{right}\t{left}" for line, left, right in (each.split("\t") for each in one)]
    assert swapped == other
    assert "target.won_deals.at_least\t20\t2" in one
    told = home.type("playbook diff improv managed-services").out.splitlines()
    assert "closing.won_only_where_it_may_close\tfalse\ttrue" in told
    assert 'stage.intro\t"Intro"\t–' in told
    assert 'stage.prospect\t–\t"Prospect"' in told
    home.config.write_text("[playbook.target.visits]\nat_least = 9\n", "utf-8")
    assert home.type("playbook diff").out == "target.visits\t–\tat_least = 9\n"
    assert home.type("playbook diff solo solo").out == ""


OWN = """
[playbook.team]
members = ["Ada"]
[playbook.closing]
won_only_where_it_may_close = true
[playbook.points]
bonus = [{ at = 600, percent = 5 }]
[playbook.field.lead.seats]
name = "Seats"
kind = "number"
[playbook.track.fair]
was = ["event"]
[playbook.track_message.fair-hello]
subject = "Hello"
text = "Nice to have met you."
[playbook.flag.U1]
title = "Hot"
sql = "SELECT id FROM leads"
[playbook.metric.hot_leads]
title = "Hot leads"
sql = "SELECT id, received_on AS day FROM leads"
[playbook.report.mine]
title = "Mine"
scorecard.Now = ["hot_leads"]
"""


def test_whatever_a_playbook_may_say_is_shown_and_compared(home: Home) -> None:
    """The team, closing, points, fields, a track under another key with its messages, and what is declared as one's own."""
    home.config.write_text(OWN, "utf-8")
    assert home.type("playbook diff").out.splitlines() == [
        "points.bonus\t–\t[{ at = 600, percent = 5 }]",
        "closing.won_only_where_it_may_close\tfalse\ttrue",
        'team.members\t[]\t["Ada"]',
        'track.event\t"event"\t–',
        'track.fair\t–\t"event"',
        'field.lead.seats\t–\t"Seats"',
        'flag.U1\t–\t"Hot"',
        'metric.hot_leads\t–\t"Hot leads"',
        'report.mine\t–\t"Mine"',
        'track_message.fair-hello\t–\tsubject = "Hello", text = "Nice to have met you."',
    ]
    tables = {line.split("\t")[0] for line in home.type("playbook show").out.splitlines()}
    assert {"team", "closing", "points", "field.lead", "track_message", "metric", "report"} < tables
    for place, said in (
        ("field lead.seats", 'field.lead.seats.kind\t"number"\tconfig.toml'),
        ("report mine", 'report.mine.scorecard\t{ Now = ["hot_leads"] }\tconfig.toml'),
        ("flag U1", 'flag.U1.sql\t"SELECT id FROM leads"\tconfig.toml'),
        ("track fair", 'track.fair.was\t["event"]\tconfig.toml'),
    ):
        assert said in home.type(f"playbook show {place}").out.splitlines()
    steps = home.type("playbook show track fair").out
    assert 'message = "met-at-the-event"' in steps


def test_those_there_are_are_listed(home: Home) -> None:
    """Those that come with improv, and files beside the configuration; one that cannot be read says why."""
    home.type("playbook new mine --from solo")
    home.type("playbook use mine")
    (home.folder / "broken.toml").write_text("[playbook", "utf-8")
    (home.folder / "another.toml").write_text("[tool]\nx = 1\n", "utf-8")
    said = [line.split("\t") for line in home.type("playbook list").out.splitlines()]
    assert [line[:3] for line in said[:3] + said[4:]] == [
        ["improv", "IMPROV", "–"],
        ["managed-services", "Managed services", "–"],
        ["solo", "IMPROV for one person", "–"],
        ["mine", "Mine", "yes"],
    ]
    assert said[3][0] == "broken"
    assert "is no TOML file" in said[3][1]


@pytest.mark.parametrize("start", [file.stem for file in SHIPPED.glob("*.toml")])
def test_a_new_one_says_what_it_begins_with_whatever_is_uncommented(start: str, home: Home) -> None:
    """As it is written, and with every line taken out of its comment."""
    home.type(f"playbook new mine --from {start}")
    file = home.folder / "mine.toml"
    before = repr({**vars(load(start)), "key": "mine", "title": "Mine"})
    text = file.read_text("utf-8")
    bare = [re.sub(r"^( *)#(?! )", r"\1", line) for line in text.splitlines()]
    again = home.folder / "again.toml"
    again.write_text("\n".join(bare), "utf-8")
    for one in (file, again):
        assert repr(vars(load(one))) == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_new_one_replaces_nothing_and_has_a_name_of_its_own(home: Home) -> None:
    home.type("playbook new my-way")
    assert home.type("playbook new my-way").told == [
        "improv: there is a playbook of this name already",
        f"  at fault: {home.folder / 'my-way.toml'}",
        "  to mend:  improv playbook use my-way",
    ]
    for name in ("improv", "../mine", "a/b"):
        assert home.type(f"playbook new {name}").told[0] == (
            "improv: a playbook of your own needs a name of its own: a word"
        )
    assert home.type("playbook new mine --from my-way").told[0] == (
        "improv: no playbook that comes with improv is called so"
    )


def test_a_page_is_a_table_for_programs_too(home: Home) -> None:
    (row,) = json.loads(home.type("playbook show limit gap_after --format json").out)["rows"]
    assert (row["line"], row["value"], row["from"]) == ("limit.gap_after", "12", "config.toml")


def test_undo_does_not_need_the_settings(home: Home) -> None:
    """What is undone is told as undone, even where the playbook in use cannot be read."""
    assert home.type("lead add Ada").code == 0
    home.config.write_text('[playbook]\nuse = "no-such"\n', "utf-8")
    undone = home.type("undo")
    assert (undone.code, undone.err) == (0, "")
    assert undone.out.startswith("undone: ")
