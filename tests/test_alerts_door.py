"""`improv alerts` as it is typed: narrowed, looked back on, explained, and with flags changed in the settings."""

from pathlib import Path

import pytest

from tests.run import Result, run
from tests.session import must

DAY = "2026-11-23"
SETTINGS = """
[playbook.flag.C4]
off = true

[playbook.flag.S1]
off = true

[playbook.flag.S8]
severity = "critical"

[playbook.flag.L1]
worse = "warning"

[playbook.stage.proposal]
slow_after = 40
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store in which a lead, a client, a sale and its booking are flagged."""
    made = tmp_path_factory.mktemp("door") / "improv.db"
    for command in (
        "lead add 'Ada Lovelace' --source web --owner Kim --on 2026-11-16",
        "client add 'Acme Ltd' --owner Zoë --on 2026-10-01",
        "client add Beta --on 2026-11-23",
        "opp add acme --title Audit --owner Kim --stage proposal --on 2026-10-20",
        "event schedule audit proposal-presentation +11d --assigned-to Kim",
    ):
        must(command, made, DAY)
    return made


def codes(result: Result) -> list[str]:
    """Return the flags that a page in a pipe lists, as `C4 C1`."""
    lines = [line.split("\t") for line in result.out.splitlines()]
    return [f"{line[1]} {line[2].split()[0]}" for line in lines if line[0] in {"warning", "critical"}]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["S5 O1", "L1 L1", "C4 C1", "C7 C1", "S1 E1", "C4 C2", "C7 C2"]),
        ("--severity critical", ["S5 O1", "L1 L1"]),
        ("--severity warn --kind client", ["C4 C1", "C7 C1", "C4 C2", "C7 C2"]),
        ("--owner ZOE", ["C4 C1", "C7 C1"]),
        ("--owner kim", ["S5 O1", "L1 L1", "S1 E1"]),
        ("--kind event", ["S1 E1"]),
        ("--kind quota", []),
        ("--client acme", ["S5 O1", "C4 C1", "C7 C1", "S1 E1"]),
        ("--client beta --kind opp", []),
        ("--as-of yesterday", ["S5 O1", "L1 L1", "C4 C1", "C7 C1", "S3 O1"]),
        ("--as-of 2026-11-22 --kind lead", ["L1 L1"]),
        ("--as-of 2026-11-21 --kind lead", []),
        ("--known-on '#4' --client acme", ["S5 O1", "C4 C1", "C7 C1", "S3 O1"]),
    ],
)
def test_alerts_are_narrowed_and_looked_back_on(db: Path, typed: str, found: list[str]) -> None:
    assert codes(must(f"alerts {typed}", db, DAY)) == found


@pytest.mark.parametrize(
    ("typed", "code", "first"),
    [
        ("--severity mild", 2, "this word is not known here"),
        ("--kind visit", 2, "this word is not known here"),
        ("--client nobody", 3, "no client answers to this name"),
        ("--email --severity critical", 2, "a mail tells of every flag that is not snoozed"),
        ("--email --all", 2, "a mail tells of every flag that is not snoozed"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(db: Path, typed: str, code: int, first: str) -> None:
    refused = run("alerts", *typed.split(), db=db, today=DAY)
    assert (refused.code, refused.told[0], refused.out) == (code, f"improv: {first}", "")


def test_findings_have_an_exit_code_of_their_own(db: Path) -> None:
    assert run("alerts", "--exit-code", db=db, today=DAY).code == 10
    assert run("alerts", "--exit-code", "--kind", "quota", db=db, today=DAY).code == 0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give settings that switch flags off and change how grave they are."""
    file = tmp_path_factory.mktemp("settings") / "config.toml"
    file.write_text(SETTINGS, "utf-8")
    return file


def test_flags_are_switched_off_and_made_graver_in_the_settings(db: Path, settings: Path) -> None:
    """With S1 off a booking too far ahead is S8, critical now; C4 is silent; the proposal is S7 until day 40."""
    result = run("alerts", db=db, today=DAY, config=settings)
    assert [line for line in result.out.splitlines() if line.startswith("critical")] == [
        (
            "critical\tS7\tO1 Audit\tin Proposal for 34 days, since 2026-10-20: more than 30 "
            "(judged by the stage table alone, finished stays: 0)\t34\timprov opp move O1 overcome"
        ),
        (
            "critical\tS8\tE1 Audit\tproposal presentation set on 2026-11-23 for 2026-12-04, 11 days ahead: "
            "its target is 10\t11\timprov event move E1 +7d"
        ),
    ]
    assert codes(result) == ["S7 O1", "S8 E1", "C7 C1", "L1 L1", "C7 C2"]


def test_the_list_and_the_explanation_say_what_the_settings_say(db: Path, settings: Path) -> None:
    listed = run("alerts", "list", db=db, today=DAY, config=settings).out.splitlines()
    gravity = {line.split("\t")[0]: line.split("\t")[3] for line in listed}
    assert (gravity["C4"], gravity["S8"], gravity["L1"]) == ("off", "critical", "warning")
    told = run("alerts", "explain", "s5", db=db, today=DAY, config=settings).out.splitlines()
    assert told[0] == "# S5 stage gone slow"
    assert "slow after of each stage\tProposal 40" in told
    assert (
        "severity\toff" in run("alerts", "explain", "S1", db=db, today=DAY, config=settings).out.splitlines()
    )


def test_what_is_off_is_not_up_to_be_put_aside(db: Path, settings: Path) -> None:
    refused = run("alerts", "ack", "C4", "acme", db=db, today=DAY, config=settings)
    assert refused.told == [
        "improv: C4 is not up on this record",
        "  at fault: C1 Acme Ltd; up: C7",
        "  to mend:  improv alerts --all",
    ]
    instead = run("alerts", "ack", "S7", "audit", db=db, today=DAY)
    assert instead.told[1] == "  at fault: O1 Audit; up: S5 instead"
