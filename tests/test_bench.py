"""How fast it is: what is measured is what was promised, and a figure is never that of a command that failed."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

from bench import flat, page, peers, startup
from bench.bounds import Bound, figure, misses, table
from bench.indices import indices
from bench.peers import Asked
from bench.programs.files import Topydo
from bench.records import AT_THE_FAIR, FAIR, SINCE, counted, drawn
from bench.turns import Cost, Job, Taken, WentWrong, measured, take_turns
from improv import storefile
from tests.run import ROOT

PYTHON = Path(sys.executable)
WORLD = {"PATH": os.defpath}


def asks(code: str, **job: object) -> Job:
    """Return a job that runs a line of Python."""
    return Job("a line", lambda _: (str(PYTHON), "-Sc", code), WORLD, **job)  # type: ignore[arg-type]


def taken(cpu: float, bare: float = 0.01) -> Taken:
    """Return what a command took that always takes the same."""
    return Taken([Cost(cpu, cpu)] * 3, [Cost(bare, bare)] * 3)


def test_records_are_as_many_as_asked_and_twenty_of_them_met_at_the_fair() -> None:
    """Two hundred records: forty-five from each source, twenty in the last week; all have names of their own."""
    records = drawn(200)
    assert counted(records) == {"web": 45, "referral": 45, "event": 45, "networking": 45, FAIR: AT_THE_FAIR}
    assert {record.source for record in records if record.day > SINCE} == {FAIR}
    assert len({record.name for record in records}) == 200
    assert drawn(200) == records


def test_a_command_costs_a_multiple_of_the_bare_interpreter_that_ran_before_it() -> None:
    """Median over median, and the first round counts for nothing."""
    spent = take_turns([asks("pass")], PYTHON, rounds=2)["a line"]
    assert len(spent.runs) == len(spent.bare) == 2
    assert all(cost.cpu > 0 and cost.wall > 0 for cost in spent.runs + spent.bare)
    assert taken(0.053).ratio == pytest.approx(5.3)


def test_a_command_that_takes_long_is_run_no_more_than_must_be() -> None:
    """After its patience is used up, three runs are enough."""
    assert len(take_turns([asks("pass")], PYTHON, rounds=6, patience=0, least=3)["a line"].runs) == 3


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (asks("raise SystemExit(3)"), "a line: exit 3"),
        (asks("print(1)", check=lambda said, _: None if "2" in said else "no 2"), "a line: no 2"),
    ],
)
def test_a_command_that_fails_has_no_figure(job: Job, words: str) -> None:
    """Its exit code, or what it said, tells."""
    with pytest.raises(WentWrong, match=words):
        measured(job, 0)


@pytest.mark.parametrize(("screen", "sees"), [(False, "False False"), (True, "True True")])
def test_a_terminal_is_a_real_one_and_a_pipe_is_none(*, screen: bool, sees: str) -> None:
    """As the program under test sees it; what is typed reaches it."""
    code = "import sys; print(sys.stdin.isatty(), sys.stdout.isatty(), input())"
    told = f"{sees} ada"
    found = asks(
        code,
        screen=screen,
        typed=lambda _: "ada\n",
        check=lambda said, _: None if told in said else f"{said!r}",
    )
    assert measured(found, 0).cpu > 0


class Told(Topydo):
    """A program that says what it was told to, so that lies are told of it."""

    says = ""

    def say(self, *words: str) -> list[str]:
        """Return words that say it."""
        del words
        return [str(PYTHON), "-Sc", f"print({self.says!r})"]


@pytest.mark.parametrize(
    ("job", "lie", "wrong"),
    [
        ("add", "added", "the record was not added"),
        ("list", "nobody", "20 of 20 are not listed"),
        ("list", "everybody", "000000 was not asked for"),
        ("report", "web", "it does not say the name of "),
    ],
)
def test_a_program_that_does_half_a_job_is_found_out(tmp_path: Path, job: str, lie: str, wrong: str) -> None:
    """An add that keeps nothing, lists that are too short or too long, a report that leaves out a source."""
    records = drawn(200)
    program = Told(tmp_path, bin_=tmp_path)
    program.says = "\n".join(one.name for one in records) if lie == "everybody" else lie
    asked = {one.name: one for one in Asked(program, records).jobs()}
    with pytest.raises(WentWrong, match=wrong):
        measured(asked[job], 0)


def test_a_miss_is_told_with_its_reason() -> None:
    """Of each thing the worst case; what holds is not told; a reason that nobody has written yet is asked for."""
    bounds = [
        Bound("one", "small", 5.5, 5.5),
        Bound("two", "small", 5.6, 5.5),
        Bound("two", "large", 9, 6),
        Bound("two", "other", 6, 6),
        Bound("three", "", 0.021, 0.02),
    ]
    assert [bound.verdict for bound in bounds[:2]] == ["holds", "**misses**"]
    assert misses(bounds, {"two": "Because."}) == [
        "- two: 2 of 3 miss, at worst large: 9.0 where 6.0 was promised. Because.",
        "- three: 0.021 where 0.020 was promised. No reason is known yet.",
    ]
    assert table(("A", "B"), [("x", figure(123.4))]) == "| A | B |\n| --- | --: |\n| x | 123 |"


def test_what_is_promised_of_each_command_is_told_beside_its_figure() -> None:
    """In a pipe it may cost 6, here it costs 7; on a terminal 9; and a lead that is added late costs as much as the first."""
    figures = {
        (command.name, size, screen): taken(0.07 if command.reads else 0.05)
        for command in startup.COMMANDS
        for size in ((1_000, 100_000) if command.reads else (0,))
        for screen in ((False, True) if command.screen else (False,))
    }
    figures |= {(name, 0, False): taken(0.24) for name in startup.LIBRARIES}
    figures |= {(startup.ADD, 1_000, False): taken(0.30), (startup.ADD, 100_000, False): taken(0.36)}
    figures |= {(startup.BATCH, size, False): taken(3.0) for size in (1_000, 100_000)}
    told = startup.section(figures).splitlines()
    assert "| `improv show O1` | 1,000 | **7.0** | 6 | 70 | 70 | 7.0 | 9 |" in told
    assert "| `improv --version` |  | 5.0 | 5.5 | 50 | 50 | 5.0 | 12 |" in told
    assert "| `import typer` |  | 24.0 | – | 240 | 240 |  |  |" in told
    assert "| `improv report weekly` | 100,000 | 7.0 | – | 70 | 70 |  |  |" in told
    assert "| `improv lead add`, growing at 100,000, beside one at 1,000 | 1.20 | 1.15 | **misses** |" in told
    assert (
        "| each further one in `improv batch` at 1,000, beside one by itself | 0.009 | 0.020 | holds |"
        in told
    )


def test_what_a_working_life_costs_is_told_by_size_and_beside_what_was_promised() -> None:
    """Today's page takes 50, 55 and 60 ms: a fifth more is a miss with its reason, and on a terminal 10 is more than 9."""
    grown = {
        command.typed: [taken(0.05), taken(0.055), taken(0.05 if command.typed else 0.06)]
        for command in flat.OF_A_LIFE
    }
    after = {"improv": taken(0.055), f"improv{startup.ON}": taken(0.1), "improv alerts": taken(0.06)}
    told = flat.of_a_life(grown, (1_000, 10_000, 100_000), after).splitlines()
    assert "| `improv` | 50 | 1.10 | **1.20** |" in told
    assert "| `improv report daily` | 50 | 1.10 | 1.00 |" in told
    assert [line for line in told if line.startswith("- ")] == [
        f"- `improv`: 1 of 2 miss, at worst at 100,000 events: 1.20 where 1.15 was promised. {flat.REASONS['`improv`']}"
    ]
    assert told[-2:] == ["| `improv` | 5.5 | 6 | **10.0** | 9 |", "| `improv alerts` | 6.0 | 6.5 |  |  |"]


def test_we_are_held_against_each_of_the_others_and_the_fastest_in_python() -> None:
    """At 10,000 records ours lists in 6, the fastest in Python in 5, hledger in 3: that one is none of them."""
    spent = {"improv": (33, 6), "naive": (60, 50), "Watson": (36, 26), "todoman": (33, 5), "hledger": (29, 3)}
    figures = {
        (name, job, peers.AT): taken(times / 100)
        for name, both in spent.items()
        for job, times in zip(("add", "list"), both, strict=True)
    }
    told = peers.section(figures, {"jrnl": "there is no network"}, dict.fromkeys(spent, "1.0")).splitlines()
    table = told.index("| Promise | Ratio | At most |  |")
    assert [line.partition(" | ")[0] for line in told if line.startswith("| ")][2:7] == [
        "| hledger",
        "| todoman",
        "| **improv**",
        "| Watson",
        "| naive",
    ]
    assert "jrnl is left out: there is no network." in told
    assert told[table + 2 : table + 6] == [
        "| `lead add` beside the naive program at 10,000 | 0.55 | 0.50 | **misses** |",
        "| `lead add` beside Watson at 10,000 | 0.92 | 1.00 | holds |",
        "| `lead add` beside todoman at 10,000 | 1.00 | 1.00 | holds |",
        "| list beside the fastest in Python at 10,000, where that is todoman | 1.20 | 1.00 | **misses** |",
    ]


def test_a_section_that_is_not_measured_again_keeps_its_words_and_its_day() -> None:
    """The parts stand in their order, whichever was measured last."""
    size = page.dated("## Size\n\nAll of it.\n\n| a |\n", "1 May 2026, a machine")
    start = page.dated("## Start-up\n\nSoon.\n", "2 May 2026, a machine")
    told = page.page({"size": size, "startup": start})
    assert page.kept(told) == {"size": size.strip(), "startup": start.strip()}
    assert page.page(page.kept(told)) == told
    assert told.index("*2 May 2026, a machine.*") < told.index("## Size\n\n*1 May 2026, a machine.*")


def test_the_page_names_neither_a_machine_nor_a_folder() -> None:
    """It says what kind of machine it was; a host's name or a path of it is nobody's business."""
    assert os.uname().nodename not in page.machine()
    told = page.PAGE.read_text("utf-8")
    assert str(ROOT) not in told
    assert str(Path.home()) not in told


def test_the_page_says_of_each_miss_why() -> None:
    """A part prints that no reason is known until somebody writes one into its `REASONS`."""
    assert "no reason is known yet" not in page.PAGE.read_text("utf-8").casefold()


def test_the_page_is_as_its_parts_are_put_together() -> None:
    """What stands around the sections is not mended by hand."""
    told = page.PAGE.read_text("utf-8")
    assert page.page(page.kept(told)) == told


@pytest.mark.parametrize(
    ("part", "code", "words"),
    [
        ("no_such_part", 0, "no_such_part: left out, for there is no bench/no_such_part.py"),
        ("generate", 1, "generate: failed, and stands in the page as it was"),  # it is not told of what
    ],
)
def test_a_part_that_cannot_be_measured_leaves_the_page_as_it_was(
    part: str,
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It says so, and whether that is a fault."""
    monkeypatch.setattr(page, "PARTS", (page.Part(part),))
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    page.PAGE.write_text("as it was", "utf-8")
    assert page.main([part]) == code
    assert words in capfd.readouterr().err.splitlines()
    assert page.PAGE.read_text("utf-8") == "as it was"


def test_the_page_names_each_index_of_the_store(tmp_path: Path) -> None:
    """Each earns its place in the table: an index that is new or gone has to be measured."""
    store = tmp_path / "improv.db"
    storefile.create(store, {"timezone": "UTC", "currency": "EUR"})
    with contextlib.closing(storefile.open_to_read(store)) as connection:
        there = [one.name for one in indices(connection)]
    lines = page.kept(page.PAGE.read_text("utf-8"))["indices"].splitlines()
    named = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
    assert named == ["Index", *there]
