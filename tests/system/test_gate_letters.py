"""What goes out in a form of its own: mails, invitations, calendars, vCards, the whole store; all of an enemy's words."""

import csv
import email
import io
import json
import shutil
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from email.message import EmailMessage
from email.policy import default
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from tests.hostile import HOSTILE, leaked, poison, typed
from tests.run import run
from tests.session import behind
from tests.test_show_formats import OURS, _Page
from tests.test_two_clocks import MONDAY, desk_at
from tests.test_undo import records

pytest_plugins = ("tests.enemy",)
pytestmark = pytest.mark.xdist_group("enemy")

# Who writes them, and to whom: nobody else may stand in a header.
MAILS = ("alerts --email", "report weekly --email", "report charter --email", "mail test")
MESSAGES = (
    "event invite E1 --to a@b.example",
    "event confirm E1 --to a@b.example",
    "track draft D2 --to a@b.example",
)
MAY_STAND = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Unsent"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}


@pytest.fixture(scope="module")
def settled(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give settings with an enemy's playbook: every message in it holds their words too."""
    file = tmp_path_factory.mktemp("settings") / "config.toml"
    said = "".join(f"{words}\n" for words in HOSTILE).translate({ord("{"): None, ord("}"): None})
    messages = {
        "message.invitation": {"text": f"Hello {{name}}, {said}", "title": "{what} \x1b[2J"},
        "message.confirmation": {"text": said},
        "track_message.something-useful": {"subject": "\x9b2J\u202e", "text": said},
    }
    lines = [
        f"[playbook.{table}]\n" + "".join(f"{key} = {json.dumps(text)}\n" for key, text in keys.items())
        for table, keys in messages.items()
    ]
    file.write_text(config.read_text("utf-8") + "\n".join(lines).replace("\x7f", r"\u007f"), "utf-8")
    return file


def harmless(raw: bytes, to: str) -> EmailMessage:
    """Look at every header and part of a mail; return it."""
    mail = email.message_from_bytes(raw, policy=default)
    assert raw.isascii()
    assert set(mail.keys()) <= MAY_STAND
    assert len(mail.keys()) == len(set(mail.keys()))
    assert [one.addr_spec for one in mail["To"].addresses] == [to]
    assert [one.addr_spec for one in mail["From"].addresses] == ["sam@example.com"]
    assert [leaked(text, kept="") for text in mail.values() if leaked(text, kept="")] == []
    for part in mail.walk():
        assert part.defects == []
        if part.get_content_maintype() == "text":
            text = part.get_content().replace("\r\n", "\n")
            assert leaked(text, kept="\n\t") == [], part.get_content_type()
        if part.get_content_subtype() == "html":
            page = _Page(text)
            assert set(page.tags) <= OURS
            assert not {name for _, name, _ in page.attributes} & {"src", "href", "srcset", "action"}
    return mail


@pytest.mark.parametrize("command", MAILS)
def test_a_mail_about_an_enemys_book_is_text_in_its_headers_and_in_all_its_parts(
    command: str, enemy: Path, settled: Path, config: Path, tmp_path: Path
) -> None:
    """No header and no recipient is added, nothing in it is obeyed; its page is of our own elements."""
    db = Path(shutil.copy(enemy, tmp_path / "improv.db"))
    behind(db, "DELETE FROM memory_schedule")  # who cannot tell when it is due sends nothing
    with desk_at(f"{MONDAY}T18:30+00:00"):
        done = typed(db, settled, *command.split())
    assert done.code == 6, done.err
    assert "\\x1b]0;owned\\x07" in done.err
    assert leaked(done.out, kept="\n\t") + leaked(done.err) == []
    harmless((config.parent / "mail.eml").read_bytes(), "sam@example.com")


@pytest.mark.parametrize("command", MESSAGES)
def test_a_message_to_the_other_side_is_text_too(command: str, enemy: Path, settled: Path) -> None:
    """Also what an enemy's playbook writes; and the calendar file in it has one event."""
    done = typed(enemy, settled, *command.split(), "--format", "eml")
    assert done.code == 0, done.err
    mail = harmless(done.out.encode(), "a@b.example")
    files = [part for part in mail.walk() if part.get_content_type() in {"text/calendar", "application/ics"}]
    for part in files:
        content = part.get_content()
        made = Calendar.from_ical(content if isinstance(content, str) else content.decode())
        assert Counter(one.name for one in made.walk())["VEVENT"] == 1
    assert leaked(typed(enemy, settled, *command.split()).out) == []


def test_a_calendar_of_an_enemys_book_has_the_components_of_the_clean_one(
    enemy: Path, clean: Path, config: Path
) -> None:
    """Nothing they wrote begins or ends one, is an attendee, or a line of its own."""
    found = []
    for db in (clean, enemy):
        made = Calendar.from_ical(typed(db, config, "calendar", "--for", "2026").out)
        found.append([(one.name, sorted(set(one) - {"LOCATION", "DESCRIPTION"})) for one in made.walk()])
        texts = [str(text) for one in made.walk() for text in one.values()]
        assert [leaked(text) for text in texts if leaked(text)] == []
    assert sorted(found[0]) == sorted(found[1])


def test_vcards_of_an_enemys_people_are_as_many_as_people(enemy: Path, clean: Path, config: Path) -> None:
    """Each property stands once a card, as in the clean book or with one that was empty there; no line is forged."""
    clean_cards, cards = (typed(db, config, "export", "--format", "vcf").out for db in (clean, enemy))
    assert leaked(cards.replace("\r\n", "\n"), kept="\n\t") == []
    counts = [Counter(text.splitlines()) for text in (clean_cards, cards)]
    assert [count["BEGIN:VCARD"] for count in counts] == [count["END:VCARD"] for count in counts]
    assert counts[0]["BEGIN:VCARD"] == counts[1]["BEGIN:VCARD"] > 1
    for card in cards.split("BEGIN:VCARD")[1:]:
        names = [line.partition(":")[0] for line in card.strip().splitlines() if not line.startswith(" ")]
        assert max(Counter(names).values()) == 1


@pytest.mark.parametrize("form", ["jsonl", "zip"])
def test_an_enemys_book_comes_back_as_it_is(form: str, clean: Path, config: Path, tmp_path: Path) -> None:
    """Every column of every table, through a file in which no cell is a formula and every line is strict."""
    db, file = Path(shutil.copy(clean, tmp_path / "improv.db")), tmp_path / f"book.{form}"
    poison(db, [words for words in HOSTILE if "\0" not in words])
    assert typed(db, config, "export", "-o", file).code == 0
    done = typed(tmp_path / "new.db", config, "import", file)
    assert done.code == 0, done.err
    assert records(tmp_path / "new.db") == records(db)
    if form == "jsonl":
        text = file.read_text("ascii")
        with closing(sqlite3.connect(":memory:")) as other:
            valid = [other.execute("SELECT json_valid(?)", (line,)).fetchone() for line in text.splitlines()]
        assert set(valid) == {(1,)}
    else:
        with zipfile.ZipFile(file) as archive:
            tables = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")]
        cells = [cell for text in tables for row in csv.reader(io.StringIO(text)) for cell in row]
        assert [cell for cell in cells if cell[:1] in tuple("=+@\t\r\n＝＋－＠")] == []
        assert [cell for cell in cells if cell.startswith("-") and not cell[1:].isdigit()] == []


ANYTHING = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(
    database=None,
    derandomize=True,
    deadline=None,
    max_examples=5,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.builds(add, st.sampled_from(["", *"=+-@'\t\r\n＝"]), ANYTHING), min_size=9, max_size=50))
def test_any_text_in_any_column_comes_back(clean: Path, config: Path, said: list[str]) -> None:
    """Through both forms, whatever it begins with: equal to the last letter, and a number is one."""
    with TemporaryDirectory() as folder, desk_at(f"{MONDAY}T18:30+00:00"):
        db = Path(shutil.copy(clean, folder))
        poison(db, said)
        for form in ("jsonl", "zip"):
            file, new = Path(folder, f"book.{form}"), Path(folder, f"{form}.db")
            assert typed(db, config, "export", "-o", file).code == 0
            assert typed(new, config, "import", file).code == 0
            assert records(new) == records(db)


def test_a_hook_is_told_in_strict_json(enemy: Path, config: Path, tmp_path: Path) -> None:
    """ASCII on one line, whatever the command held."""
    hook = tmp_path / "improv" / "hooks" / "after-write"
    hook.parent.mkdir(parents=True, mode=0o700)
    hook.write_text(f"#!/bin/sh\ncat > {tmp_path}/told\n", "utf-8")
    hook.chmod(0o700)
    db = Path(shutil.copy(enemy, tmp_path / "improv.db"))
    words = "".join(HOSTILE).replace("\0", "")
    done = run(
        "note",
        "add",
        "L1",
        words,
        db=db,
        today=MONDAY,
        config=config,
        extra={"XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert done.code == 0, done.err
    told = (tmp_path / "told").read_bytes()
    assert leaked(told.decode("utf-8")) == []
    assert json.loads(told)["command"].startswith("note add L1")
