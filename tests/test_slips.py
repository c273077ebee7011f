"""Slips that a newcomer made, and what they are told instead of a wrong record or a traceback."""

from pathlib import Path

import pytest

from improv import cli
from tests.run import run

MONDAY = "2026-11-23"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a book with one lead and its deal."""
    path = tmp_path / "improv.db"
    for words in (("lead", "add", "Acme In5"), ("opp", "add", "acme", "--title", "Twox", "--value", "1k")):
        assert run(*words, db=path, today=MONDAY).code == 0
    return path


@pytest.mark.parametrize("typed", ["C", "5", "x", "wo"])
def test_a_letter_or_two_do_not_name_the_middle_of_a_name(db: Path, typed: str) -> None:
    """Closing a deal by a slip would be dear: short words match whole beginnings only."""
    assert run("opp", "lost", typed, "--because", "price", db=db, today=MONDAY).code == 3


@pytest.mark.parametrize("typed", ["O1", "tw", "twox", "wox", "Acme"])
def test_beginnings_and_longer_parts_do(db: Path, typed: str) -> None:
    """An id, two letters a word begins with, three in its middle."""
    assert run("opp", "lost", typed, "--because", "price", db=db, today=MONDAY).out.startswith("O1 Twox lost")


def test_a_name_that_reads_as_an_id_names_its_record_where_no_id_does(db: Path) -> None:
    """A company may be called T2."""
    run("lead", "add", "T2", db=db, today=MONDAY)
    assert run("log", "email", "T2", db=db, today=MONDAY).out.startswith("A1 email with L2 T2")


def test_another_open_deal_keeps_the_lead_an_opportunity(db: Path) -> None:
    """Losing one of two deals does not send the lead back; losing the last one does."""
    run("opp", "add", "L1", "--title", "Second", db=db, today=MONDAY)
    run("opp", "lost", "twox", "--because", "price", db=db, today=MONDAY)
    assert "opportunity" in run("lead", "list", db=db, today=MONDAY).out
    run("opp", "lost", "second", "--because", "price", db=db, today=MONDAY)
    history = run("lead", "show", "L1", db=db, today=MONDAY).out
    assert history.rstrip().splitlines().count(f"{MONDAY}\t–\t–\tSQL") <= 1
    assert "sql" in history.lower()


def test_a_deal_of_a_client_may_have_begun_when_they_were_a_lead(tmp_path: Path) -> None:
    """A deal typed after another was won is dated when it really began."""
    path = tmp_path / "improv.db"
    run("lead", "add", "Par", "--on", "2026-10-01", db=path, today=MONDAY)
    run("opp", "add", "par", "--title", "P1", "--value", "1k", "--on", "2026-10-05", db=path, today=MONDAY)
    run("opp", "won", "P1", "--on", "2026-11-10", db=path, today=MONDAY)
    made = run("opp", "add", "C1", "--title", "P2", "--on", "2026-10-20", db=path, today=MONDAY)
    assert made.code == 0, made.err
    assert run("opp", "add", "C1", "--title", "P3", "--on", "2026-09-30", db=path, today=MONDAY).code == 1


@pytest.mark.parametrize("how", ["lost twox --because price", "no-decision twox", "won twox"])
def test_events_of_a_closed_deal_are_named(db: Path, how: str) -> None:
    """What is still booked is told with the command that cancels it."""
    run("event", "schedule", "twox", "discovery-meeting", "+3d", db=db, today=MONDAY)
    lines = run("opp", *how.split(), db=db, today=MONDAY).out.splitlines()
    assert "  E1 discovery meeting is still booked for 2026-11-26: improv event cancel E1" in lines


def test_a_visit_to_a_client_who_left_is_named(db: Path) -> None:
    """Nobody travels to who is no client any more without having been told."""
    for words in (("client", "add", "Beta"), ("visit", "schedule", "beta", "+3d")):
        run(*words, db=db, today=MONDAY)
    assert run("client", "left", "beta", "--because", "moved", db=db, today=MONDAY).out.splitlines() == [
        "C1 Beta is former since Mon 23 Nov: moved",
        "  E1 client visit is still booked for 2026-11-26: improv event cancel E1",
        "  next: improv client show C1",
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("[playbok.limit]\nno_visit_after = 60\n", "unknown key `playbok`"),
        ('[me]\nnmae = "Sam"\n', "unknown key `nmae` in [me]"),
        ("[me]\nname = 3\n", "`name` in [me]"),
    ],
)
def test_a_setting_nobody_reads_is_refused(tmp_path: Path, settings: str, told: str) -> None:
    """A slip in the settings is named with its place, and what was probably meant."""
    config = tmp_path / "config.toml"
    config.write_text(settings, "utf-8")
    refused = run("lead", "add", "Ada", db=tmp_path / "improv.db", config=config)
    assert refused.code == 2
    assert told in refused.told[0]
    assert len(refused.told) == 3


def test_a_playbook_without_visits_refuses_to_book_one(tmp_path: Path) -> None:
    """The playbook is named, and what it lacks."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[playbook]\nkey = "own"\ntitle = "Own"\nextends = "improv"\nreplace = ["stage", "event_kind"]\n'
        '[stage.talk]\nname = "Talk"\ndiscovery = true\nmay_close = true\n'
        '[event_kind.call]\nname = "call"\nsales = true\nstage = "talk"\n',
        "utf-8",
    )
    config = tmp_path / "config.toml"
    config.write_text('[playbook]\nuse = "own.toml"\n', "utf-8")
    run("client", "add", "Acme", db=tmp_path / "improv.db", config=config)
    refused = run("visit", "schedule", "acme", "+3d", db=tmp_path / "improv.db", config=config)
    assert refused.told[0] == "improv: the playbook has no kind of event for visits"
    assert run("visit", "log", "acme", db=tmp_path / "improv.db", config=config).code == 0


def test_a_fault_of_ours_is_owned_in_three_lines(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, and none of the user's data."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError("Acme In5")

    monkeypatch.setattr(cli, "_run", fails)
    refused = run("lead", "list", db=db)
    assert refused.code == 1
    assert len(refused.told) == 3
    assert "ZeroDivisionError" in refused.told[0]
    assert "Acme" not in refused.err


def test_a_week_that_is_over_tells_what_was_left_when_it_ended(tmp_path: Path) -> None:
    """A task that fell due since is not overdue then, and a coming week is not judged yet."""
    path = tmp_path / "improv.db"
    run("lead", "add", "Ada", "--on", "2026-11-09", db=path, today=MONDAY)
    for what, due in (("early", "2026-11-12"), ("late", "2026-11-18")):
        run("task", "add", what, "--about", "ada", "--on", "2026-11-09", "--due", due, db=path, today=MONDAY)
    run("task", "done", "K1", "--on", "2026-11-17", db=path, today=MONDAY)
    told = run("report", "weekly", "--for", "2026-W46", db=path, today=MONDAY).out
    assert "2026-11-12\t–\tearly" in told
    assert "\tlate\t" not in told
    coming = run("report", "weekly", "--for", "next week", db=path, today=MONDAY).out
    leads = next(line for line in coming.splitlines() if line.startswith("New leads\t"))
    assert leads.split("\t")[4] == "–"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            ("won", "O1", "--on", "2026-11-20"),
            [
                "improv: the day it closed cannot be before its last stay began",
                "  at fault: 2026-11-20 is before 2026-11-23",
                "  to mend:  a day from 2026-11-23 on",
            ],
        ),
        (
            ("won", "O2"),
            [
                "improv: the opportunity is closed",
                "  at fault: O2, lost since 2026-11-23",
                "  to mend:  improv opportunity reopen O2",
            ],
        ),
        (
            ("won", "O3"),
            [
                "improv: a won opportunity needs its value",
                "  at fault: O3",
                "  to mend:  improv opportunity won O3 --value …",
            ],
        ),
    ],
)
def test_what_keeps_a_sale_from_being_won_is_told_before_its_value(
    db: Path, typed: tuple[str, ...], says: list[str]
) -> None:
    """A value is asked for where nothing else is in the way, and none is made up that could be pasted."""
    for words in (("add", "acme", "--title", "B"), ("lost", "O2", "--because", "price"), ("add", "acme")):
        assert run("opp", *words, db=db, today=MONDAY).code == 0
    assert run("opp", *typed, db=db, today=MONDAY).told == says


def test_the_commands_proposed_are_about_the_store_that_was_named(db: Path, tmp_path: Path) -> None:
    """Pasted as they stand they write into that one, whichever is used otherwise: what is said, refused, shown, batched."""

    def here(*words: object) -> tuple[list[str], list[str]]:
        done = run("--db", db, *words, db=tmp_path / "usual.db", today=MONDAY)
        return done.out.splitlines(), done.told

    assert here("event", "schedule", "O1", "introductory-call", "+2d")[0][-1] == (
        f"  next: improv --db {db} event done E1 --outcome positive"
    )
    assert here("opp", "won", "O1")[0][-2:] == [
        f"  E1 introductory call is still booked for 2026-11-25: improv --db {db} event cancel E1",
        f"  next: improv --db {db} visit schedule C1 +7d",
    ]
    assert here("opp", "won", "O1")[1][-1] == f"  to mend:  improv --db {db} opportunity reopen O1"
    assert [line.split("\t")[-1] for line in here("alerts")[0] if line.startswith("warning")] == [
        f"improv --db {db} testimonial add C1",
        f"improv --db {db} visit schedule C1 +7d",
    ]
    lines = tmp_path / "lines.txt"
    lines.write_text("lead add Bob\nlead show L9\n", "utf-8")
    said, refused = here("batch", lines)
    assert said[-1] == f"  next: improv --db {db} lead edit L2 --source …"
    assert (
        refused[-1] == f"  to mend:  improv --db {db} lead list; then improv --db {db} batch {lines} --from 2"
    )
    unused = tmp_path / "none.db"
    assert run("--db", unused, "alerts", db=db).told[-1] == (
        f"  to mend:  improv --db {unused} init, or improv --db {unused} lead add NAME"
    )


@pytest.mark.parametrize(
    ("booked", "says"),
    [("+7d", ["  E1, booked for Mon 30 Nov, is done with it"]), ("today", [])],
)
def test_a_visit_that_ends_a_booking_for_another_day_says_so(db: Path, booked: str, says: list[str]) -> None:
    """Who looks in before the day that was booked sees that nothing is in the diary any more."""
    for words in (("client", "add", "Beta"), ("visit", "schedule", "beta", booked)):
        assert run(*words, db=db, today=MONDAY).code == 0
    assert run("visit", "log", "beta", db=db, today=MONDAY).out.splitlines() == [
        "V1 visit at C1 Beta: Mon 23 Nov",
        *says,
        "  next: improv visit schedule C1 +84d",
    ]


@pytest.mark.parametrize("noun", ["testimonial", "story"])
def test_a_permission_that_was_typed_is_not_asked_for_again(db: Path, noun: str) -> None:
    """What is proposed next is what is still open."""
    run("client", "add", "Beta", db=db, today=MONDAY)
    for permission, then in ((), "edit {} --permission yes"), (("--permission", "no"), "show {}"):
        said = run(noun, "add", "beta", *permission, db=db, today=MONDAY).out.splitlines()
        assert said[-1] == f"  next: improv {noun} " + then.format(said[0].split()[0])


@pytest.mark.parametrize("stage", ["mutual-discovery", "proposal", "realign", "overcome"])
def test_the_next_event_that_is_proposed_keeps_its_own_target(db: Path, stage: str) -> None:
    """Pasted as it stands it raises no red flag, after a move and after a meeting nobody came to."""
    for words in (("opp", "move", "O1", stage), ("event", "no-show", "E1")):
        proposed = run(*words, db=db, today=MONDAY).out.splitlines()[-1].removeprefix("  next: improv ")
        booked = run(*proposed.split(), db=db, today=MONDAY)
        assert booked.out.splitlines()[1].endswith(": on target")
    assert " S" not in run("alerts", "--kind", "event", db=db, today=MONDAY).out


@pytest.mark.parametrize(
    ("typed", "meant"), [("leads", "lead"), ("laed", "lead"), ("opps", "opp"), ("testimonals", "testimonial")]
)
def test_a_command_that_is_none_has_the_one_that_was_meant_named(db: Path, typed: str, meant: str) -> None:
    """At the root as within a noun."""
    assert run(typed, "list", db=db).told == [
        f"improv: no such command '{typed}'. Did you mean '{meant}'?",
        f"  at fault: improv {typed} list",
        "  to mend:  improv --help",
    ]


@pytest.mark.parametrize(
    ("typed", "nouns"),
    [
        (("task", "done", "send it"), "opportunity, client or lead"),
        (("event", "move", "nobody", "+1d"), "opportunity, client or lead"),
        (("opp", "add", "nobody"), "client or lead"),
        (("lead", "show", "nobody"), "lead"),
        (("show", "nobody"), "record"),
    ],
)
def test_a_name_that_is_none_says_what_it_was_looked_for_among(
    db: Path, typed: tuple[str, ...], nouns: str
) -> None:
    """A task answers to its id and to whose it is: its words are no name."""
    assert run(*typed, db=db, today=MONDAY).told[0] == f"improv: no {nouns} answers to this name"


@pytest.mark.parametrize(
    "typed", [("log", "call", "L1", "…"), ("lead", "edit", "L1", "--name", "…"), ("note", "add", "L1", "…")]
)
def test_what_a_proposal_leaves_open_is_not_kept(db: Path, typed: tuple[str, ...]) -> None:
    """Pasted as it stands, `lead edit L1 --name …` renamed a lead."""
    before = db.read_bytes()
    refused = run(*typed, db=db, today=MONDAY)
    assert (refused.code, refused.told) == (
        2,
        [
            "improv: … stands for what is still to be typed",
            f"  at fault: improv {' '.join(typed[:-1])} '…'",
            "  to mend:  type it in its place",
        ],
    )
    assert db.read_bytes() == before


def test_a_deal_that_has_ended_does_not_stand_in_for_who_it_was_with(db: Path) -> None:
    """A deal under way is meant before its client; once it is won, and won again, the client is."""

    def meant(words: str = "acme") -> str:
        return run("note", "add", words, "prefers mornings", db=db, today=MONDAY).out.split()[3]

    assert meant() == "O1"
    run("opp", "won", "twox", db=db, today=MONDAY)
    assert (meant(), meant("twox")) == ("C1", "O1")
    run("opp", "add", "C1", "--title", "Threex", "--value", "1k", db=db, today=MONDAY)
    assert meant() == "O2"
    run("opp", "won", "threex", db=db, today=MONDAY)
    assert meant() == "C1"


def test_a_deal_that_was_lost_does_not_stand_in_for_its_lead(db: Path) -> None:
    """What is typed with the lead's name is theirs, as before there was a deal."""
    run("opp", "lost", "twox", "--because", "price", db=db, today=MONDAY)
    assert run("log", "email", "acme", db=db, today=MONDAY).out.startswith("A1 email with L1 Acme In5")
