"""An enemy's words at a real terminal, in a real browser, at a real mail server: they are read, and never obeyed."""

import http.server
import re
import shlex
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv.nouns import NOUNS
from improv.reports.catalogue import CATALOGUE
from improv.text import shown
from tests.faults.tally import Tally, some
from tests.hostile import HOSTILE, leaked, poison, typed
from tests.run import spawn
from tests.session import behind
from tests.system.browser import Browser, Tab
from tests.system.postoffice import open_office
from tests.system.test_gate_letters import harmless
from tests.terminal import CTRL_C, sit
from tests.test_two_clocks import MONDAY, PAGES

pytest_plugins = ("tests.enemy",)

PAGES_OF_ALL = [page for page in PAGES[::3] if not page.startswith("export")]
CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def at_a_terminal(text: str) -> list[str]:
    """Return what a terminal was given that it could obey; it returns to the first column by itself."""
    return leaked(text.replace("\r\n", "\n"))


def test_a_terminal_is_given_nothing_of_an_enemys_to_obey(enemy: Path, tally: Tally) -> None:
    """Pages of every kind, in colours, as they reach the screen; through a pager, too."""
    faults = []
    asked = some(PAGES_OF_ALL, 5, "terminal")
    for place, page in enumerate(asked):
        pager = "less" if place % 2 and shutil.which("less") else "cat"
        seen = sit(*shlex.split(page), db=enemy, rows=9999, given={"IMPROV_PAGER": pager})
        if found := at_a_terminal(seen.text):
            faults.append((page, found))
    tally.add("hostile text: a terminal", len(asked), len(faults), [])
    assert faults == []


def test_a_question_is_text(enemy: Path, clean: Path, tmp_path: Path, tally: Tally) -> None:
    """What is shown before one, and whom somebody looks like: a name that reads like theirs, for nobody sees the rest."""
    db, file = Path(shutil.copy(clean, tmp_path / "improv.db")), tmp_path / "leads.csv"
    unseen = ("\u202eEve Gnp\u202c", "Eve\u200b Gnp", "\u2066Eve\u2069 \u200fGnp\ufeff")
    asked = some(unseen, 1, "questions")
    faults = at_a_terminal(sit("check", "--fix", db=enemy, types=[("Do it?", CTRL_C)]).text)
    for name in asked:
        file.write_text(f"Name,Received\n{name},2026-11-02\n", "utf-8")
        assert spawn("import", file, "--as", "leads", db=db, today=MONDAY).code == 0
        known = ("--company", "x", "--email", "x", "--phone", "x", "--source", "web")
        seen = sit("lead", "add", "eve gnp", *known, db=db, types=[("Add it all the same?", CTRL_C)])
        assert shown(name) in seen.text
        faults += at_a_terminal(seen.text)
        assert spawn("undo", db=db, today=MONDAY).code == 0
    tally.add("hostile text: a question", 1 + len(asked), len(faults), [])
    assert faults == []


LOCALES: tuple[dict[str, str], ...] = (
    {},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
)


def test_a_shell_may_pass_any_bytes(clean: Path, tally: Tally) -> None:
    """As a command, an option, a value, a format; in UTF-8 and in ASCII; bytes that are no text, too."""
    faults = []
    lines = [
        (*before, words)
        for words in (
            *(one for one in HOSTILE if "\0" not in one),
            b"\xff\x1b[2J".decode("utf-8", "surrogateescape"),
        )
        for before in ((), ("--format",), ("lead", "add"), ("show",), ("lead", "list", "--source"), ("--db",))
    ]
    asked = some(lines, 4, "shell")
    for line in asked:
        for locale in LOCALES:
            done = spawn(*line, db=clean, today=MONDAY, extra=locale, errors="surrogateescape")
            if (found := leaked(done.out) + leaked(done.err)) or "Traceback" in done.err:
                faults.append((line, found, done.err))
    tally.add("hostile text: bytes from a shell", len(asked) * len(LOCALES), len(faults), [])
    assert faults == []


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    """Give a port of this machine, and whoever asked it for anything."""
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


def for_a_browser(port: int) -> list[str]:
    """Return what an enemy writes to be taken for a part of a page."""
    there = f"http://127.0.0.1:{port}"
    return [
        "</title><script>alert(1)</script>",
        f'"><img src={there}/img onerror=alert(1)>',
        f"'><svg onload=alert(1)><image href={there}/svg></svg>",
        f"<style>@import url({there}/css); * {{ background: url({there}/bg) }}</style>",
        f"</style><link rel=stylesheet href={there}/link>",
        f"<meta http-equiv=refresh content='0;url={there}/refresh'>",
        f"<iframe src={there}/frame></iframe><object data={there}/object></object>",
        f"javascript:alert(1) {there}/text",
        f"</text></svg><base href={there}/><a href=x>x</a>",
        f'" style="background:url({there}/attribute)" onmouseover="alert(1)" autofocus onfocus="alert(1)',
        "]]>--><!--<script>/*",
        "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    ]


@pytest.mark.system("chromium")
def test_a_browser_is_given_nothing_to_run_and_nothing_to_ask_for(
    clean: Path, config: Path, listener: tuple[int, list[str]], tmp_path: Path, tally: Tally
) -> None:
    """Every web page there is, and the page of a mail: no dialog, no request, no word on the console, no script allowed.

    Each without its policy, too: it is the second wall, and not the only one.
    """
    port, heard = listener
    db = Path(shutil.copy(clean, tmp_path / "improv.db"))
    poison(db, for_a_browser(port))
    behind(db, "DELETE FROM memory_schedule")
    listed = [noun for noun in NOUNS if noun.table not in {"upsell", "snooze", "saved_list"}]
    commands = [
        *("alerts --email", "today", "alerts --all", "check --all", "list", "query 'SELECT * FROM leads'"),
        *(f"report {name}" for name in CATALOGUE),
        *(f"{noun.command} {verb}" for noun in listed for verb in ("list", f"show {noun.letter}1")),
    ]
    faults, asked, file = list[str](), [commands[0], *some(commands[1:], 6, "pages")], tmp_path / "page.html"
    pages = [(command, page_of(command, db, config)) for command in asked]
    assert [command for command, page in pages if "<html" in page and not CSP.search(page)] == []
    program = shutil.which("chromium")
    assert program is not None
    with Browser(Path(program), tmp_path / "profile") as browser:
        for command, page in pages:
            for text in (page, CSP.sub("", page)):
                file.write_text(text, "utf-8")
                with Tab(browser, file) as tab:
                    faults += [f"{command}: {what}" for what in obeyed(tab)]
    tally.add("hostile text: a browser", 2 * len(asked), len(faults) + len(heard), [])
    assert faults == []
    assert heard == []


def page_of(command: str, db: Path, config: Path) -> str:
    """Return the web page of a command, or of the mail it sends."""
    if not command.endswith("--email"):
        done = typed(db, config, *shlex.split(command), "--format", "html")
        assert done.code == 0, done.err
        return done.out
    assert typed(db, config, *shlex.split(command)).code == 6
    body = harmless((config.parent / "mail.eml").read_bytes(), "sam@example.com").get_body(("html",))
    assert body is not None
    return str(body.get_content())


def obeyed(tab: Tab) -> list[str]:
    """Return what a page did beside standing there."""
    requests = [told["request"]["url"] for told in tab.happened("Network.requestWillBeSent")]
    found = [f"asked for {url}" for url in requests if url != tab.page.as_uri()]
    for event in (
        "Page.javascriptDialogOpening",
        "Runtime.consoleAPICalled",
        "Runtime.exceptionThrown",
        "Log.entryAdded",
    ):
        found += [f"{event} {told}" for told in tab.happened(event)]
    live = tab.tell(
        "document.querySelectorAll('script, img, image, a, link, iframe, object, form, base').length"
    )
    return [*found, *(["a live element"] if live else [])]


def test_a_mail_server_is_given_one_message_to_one_recipient(
    enemy: Path, tmp_path: Path, tally: Tally
) -> None:
    """By a real talk with it: nothing an enemy wrote is a header, a recipient, the end of a message, a command."""
    db = Path(shutil.copy(enemy, tmp_path / "improv.db"))
    behind(db, "DELETE FROM memory_schedule", "DELETE FROM memory_mail")
    commands = some(
        ("alerts --email", "report weekly --email", "report charter --email", "mail test"), 2, "mails"
    )
    with open_office(None, sign_in=False) as office:
        config = tmp_path / "config.toml"
        config.write_text(
            f'[mail]\nto = "sam@example.com"\nfrom = "sam@example.com"\nserver = "localhost"\nport = {office.port}\n'
            'security = "none"\ntimeout = 5\n'
        )
        for command in commands:
            done = typed(db, config, *command.split())
            assert done.code == 0, done.err
        got = list(office.got)
        assert office.talks["RCPT"] == office.talks["MAIL"] == len(commands)
    for raw in got:
        harmless(raw, "sam@example.com")
    tally.add("hostile text: a mail server", len(commands), len(commands) - len(got), [])
    assert len(got) == len(commands)
