"""Commands drawn at random: for every command that writes, the ways it may be typed on the book of `template`.

A new command needs a line in `COMMANDS`; `tests/test_undo.py` fails by its name until it has one.
"""

import contextlib
import sqlite3
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from improv import journal, playbook
from improv.commands import directory
from improv.commands.doors import WRITERS
from improv.fields import fields_of
from improv.history import HISTORY
from improv.nouns import BY_TABLE
from tests.run import run


@dataclass(frozen=True, slots=True)
class Csv:
    """A file that a command reads, by its text."""

    text: str


Word = str | Csv
Words = list[Word]

# It gives records fields of the user's own.
CONFIG = Path(__file__).with_name("drawn.toml")
PLAYBOOK = playbook.load("improv", tomllib.loads(CONFIG.read_text("utf-8"))["playbook"])

# The book every sequence starts from: at least one of everything, open and closed.
TEMPLATE: tuple[tuple[Word, ...], ...] = (
    ("campaign", "add", "Spring letter", "--type", "email", "--on", "2026-03-01"),
    ("client", "add", "Acme", "--on", "2026-01-10", "--health", "80", "--owner", "Sam"),
    ("client", "add", "Beta", "--on", "2026-02-10", "--revenue", "40k"),
    ("client", "left", "C2", "--because", "went in-house", "--on", "2026-09-01"),
    ("client", "add", "Mistyped", "--on", "2026-11-20", "--engagement", "50"),
    ("client", "renewal", "C1", "--due", "2027-03-31"),
    ("client", "upsell", "C1", "second site", "--value", "9k"),
    ("lead", "add", "Ada", "--company", "Engines", "--source", "web", "--on", "2026-09-01", "--score", "40"),
    ("lead", "add", "Žofie", "--on", "2026-10-01", "--campaign", "M1", "--seats", "12"),
    ("lead", "add", "Mistyped", "--temperature", "cold", "--on", "2026-11-20"),
    ("campaign", "add", "Mistyped", "--on", "2026-11-01"),
    ("campaign", "result", "M2", "--spend", "450", "--on", "2026-11-02"),
    ("opportunity", "add", "L1", "--value", "12k", "--close-on", "2026-12-20", "--on", "2026-09-05"),
    ("lead", "qualify", "L1", "--on", "2026-09-03"),
    ("opportunity", "contact", "O1", "Charles", "--role", "buyer", "--on", "2026-09-10"),
    ("opportunity", "line", "O1", "Audit", "--revenue", "12k", "--cost", "3k", "--on", "2026-09-10"),
    ("opportunity", "move", "O1", "proposal", "--on", "2026-10-01"),
    ("opportunity", "add", "C1", "--title", "Audit", "--on", "2026-10-10"),
    ("opportunity", "lost", "O2", "--because", "price", "--on", "2026-11-01"),
    ("event", "schedule", "O1", "discovery-meeting", "thu 15:00", "--set", "2026-11-18"),
    ("visit", "schedule", "C1", "+3d", "--set", "2026-11-10"),
    ("event", "schedule", "L2", "introductory-call", "+2d"),
    ("visit", "log", "C1", "--testimonial", "Best audit", "--story", "halved it", "--referral", "Grace"),
    ("visit", "log", "C1", "--kind", "check-in", "--on", "2026-10-01"),
    ("task", "add", "send the contract", "--about", "O1", "--due", "fri"),
    ("task", "add", "check in", "--about", "C2", "--on", "2026-10-10"),
    ("note", "add", "L2", "prefers mornings"),
    ("note", "add", "C3", "met once"),
    ("survey", "add", "did not buy", "price", "--who", "L1", "--on", "2026-11-10"),
    ("survey", "add", "bought", "trust", "--words", "they know us"),
    ("log", "call", "L1", "asked about the price", "--minutes", "7", "--on", "2026-11-02"),
    ("quota", "set", "40k", "--per", "quarter", "--owner", "Sam"),
    ("quota", "set", "500", "--points"),
    ("kpi", "pick", "new-leads", "visits", "lost", "closed", "points", "--on", "2026-10-02"),
    ("kpi", "change", "raised the price", "--on", "2026-11-02"),
    ("change", "add", "new website"),
    ("touch", "add", "L1", "--page", "/pricing", "--on", "2026-11-12"),
    (
        *("touch", "import"),
        Csv("action,date,email\nopen,2026-11-02 10:00:00,k@x.org\nclick,2026-11-03 09:00:00,j@x.org\n"),
    ),
    ("visitor", "attribute", "B2", "C1"),
    ("link", "make", "L1", "https://example.com/?a=b#c", "--on", "2026-11-02"),
    ("list", "save", "all", "lead"),
    ("list", "save", "asked", "--query", "SELECT id FROM leads"),
    ("alerts", "ack", "C4", "C3"),
    ("alerts", "snooze", "C7", "C3", "--until", "+5d", "--because", "on holiday"),
    ("lead", "add", "Lena", "--email", "lena@a.example", "--on", "2026-11-01"),
    ("track", "enrol", "L5", "event", "--on", "2026-11-02"),
    ("track", "enrol", "C1", "value-add", "--on", "2026-10-01"),
    ("track", "run"),
    ("track", "pause", "D2", "--until", "+9d"),
    ("lead", "add", "Mistyped", "--on", "2026-11-20"),
)


def template(path: Path) -> Path:
    """Make the book in which the drawn commands are typed."""
    with tempfile.TemporaryDirectory() as folder:
        for words in TEMPLATE:
            done = run(*argv("", list(words), Path(folder)), db=path, config=CONFIG)
            assert done.code == 0, (words, done.err)
    return path


# Commands that make the store they write to, and are refused where there is one.
ON_NO_STORE = {"sample"}

Digests = dict[tuple[str, int], int | None]


def digests(path: Path) -> tuple[Digests, Digests]:
    """Return the digest of every record by its row, and by the journal's last word on it."""
    by_row, by_journal = {}, {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table in HISTORY:
            columns = journal.columns_of(connection, table)
            image = "json_object(" + ", ".join(f"'{column}', {column}" for column in columns) + ")"
            for number, text in connection.execute(f"SELECT id, {image} FROM {table}"):
                by_row[table, number] = journal.digest(text.encode())
        for table, number, digest in connection.execute(
            "SELECT record, record_id, after_digest FROM journal_change ORDER BY id"
        ):
            by_journal[table, number] = digest
    return by_row, {record: digest for record, digest in by_journal.items() if digest is not None}


def registered() -> set[str]:
    """Return the words of every command that writes, from all modules the root command mounts."""
    for commands in directory.COMMANDS.values():
        for module, _ in commands.values():
            if find_spec(f"improv.commands.{module}") is not None:
                import_module(f"improv.commands.{module}")
    return WRITERS


def _any(*words: str) -> SearchStrategy[Words]:
    return st.sampled_from(words).map(lambda word: [word])


def _ids(letter: str, last: int = 2) -> SearchStrategy[Words]:
    return _any(*(f"{letter}{number}" for number in range(1, last + 1)))


def _maybe(option: str, values: SearchStrategy[Words]) -> SearchStrategy[Words]:
    return st.one_of(st.just([]), values.map(lambda value: [option, *value]))


def _typed(*parts: str | SearchStrategy[Words]) -> SearchStrategy[Words]:
    strategies = [st.just([part]) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(lambda lists: [word for words in lists for word in words])


PAST = _any("2026-11-01", "2026-11-20", "yesterday", "today")
AHEAD = _any("+1d", "fri", "2026-12-24", "mon 10:00")
NAMES = _any("Grace Hopper", "Žofie", "O'Brien & Sons", "Ада", "  x  ", "100% = 'a' \"b\"")
TEXTS = _any("asked for an offer", "10% off; then $(rm)", "één regel", "")
STAGES = _any("intro", "discovery", "proposal", "realign", "overcome", "visit")
ON = _maybe("--on", PAST)
LEADS, CLIENTS, DEALS, EVENTS = _ids("L", 6), _ids("C", 3), _ids("O"), _ids("E", 4)
PARTIES = st.one_of(LEADS, CLIENTS, DEALS)

KINDS: dict[str, SearchStrategy[Words]] = {
    "text": TEXTS,
    "past": PAST,
    "day": PAST,
    "future": AHEAD.filter(lambda words: words != ["mon 10:00"]),
    "time": _any("09:30", "17:00"),
    "minutes": _any("7", "1h"),
    "revenue": _any("0", "6k", "500/month", "1/day"),
    "money": _any("0", "9.99", "12k", "92,233,720,368,547,758.07"),
    "percent": _any("0", "35%", "100"),
    "count": _any("0", "12", "1000000000"),
    "score": _any("0", "55", "100", ""),
    "rating": _any("1", "5"),
    "flag": st.just([]),
    "integer": _any("12", "-3", "1,000", ""),
    "yes_or_no": _any("yes", "no", ""),
    "choice": _any("low", "high", ""),
    "stage": STAGES,
    "source": _any("web", "referral", "cold-call"),
    "visit_kind": _any("qbr", "check-in"),
    "campaign_type": _any("email", "event"),
    "campaign_subtype": _any("letter", "track general"),
    "temperature": _any("cold", "hot"),
    "opportunity_type": _any("product", "service"),
    "testimonial_kind": _any("written", "video"),
    "permission": _any("yes", "asked"),
    "response": _any("yes", "no"),
    "client": CLIENTS,
    "campaign": _any("M1", "spring"),
    "per": _any("month", "quarter", "year"),
    "touch_kind": _any("page", "click"),
}


def _fields(noun: str, *without: str) -> SearchStrategy[Words]:
    """Draw no more than three fields of a noun with a value each."""
    given: list[SearchStrategy[Words]] = [
        st.just([one.option]) if one.kind == "flag" else _typed(one.option, KINDS[one.kind])
        for one in fields_of(PLAYBOOK, noun)
        if one.name not in without
    ]
    chosen = st.lists(st.sampled_from(range(len(given))), max_size=3, unique=True)
    return chosen.flatmap(lambda numbers: _typed(*(given[number] for number in numbers)))


def _rows(header: str, *rows: str) -> SearchStrategy[Words]:
    """Draw a small file of some of these rows, each at most once."""
    chosen = st.lists(st.sampled_from(rows), min_size=1, unique=True)
    return chosen.map(lambda lines: [Csv("\n".join([header, *lines]) + "\n")])


def _common(nouns: Iterable[tuple[str, str, int, str | None]]) -> dict[str, SearchStrategy[Words]]:
    """Draw `edit` and `remove` of every noun; `called` is the option of its name."""
    made = {}
    for noun, letter, last, called in nouns:
        renamed = _maybe(f"--{called}", NAMES) if called else st.just([])
        door = BY_TABLE[noun].command
        made[f"{door} edit"] = _typed(_ids(letter, last), renamed, _fields(noun))
        made[f"{door} remove"] = _ids(letter, last)
    return made


_ENDED = _typed(EVENTS, _maybe("--notes", TEXTS), ON)
_CONTACT = _typed(
    DEALS, NAMES, _maybe("--role", _any("buyer", "influencer")), _maybe("--email", _any("a@b.c"))
)
_LINE = _typed(DEALS, NAMES, _maybe("--revenue", KINDS["money"]), _maybe("--cost", KINDS["money"]), ON)
_LOGGED = _typed(
    st.one_of(CLIENTS, _any("E2")),
    _maybe("--testimonial", TEXTS),
    _maybe("--story", TEXTS),
    _maybe("--referral", NAMES),
    _maybe("--upsell", TEXTS),
    _maybe("--health", KINDS["score"]),
    _maybe("--next", AHEAD),
    ON,
    _fields("visit"),
)
_HELD = _typed(
    EVENTS,
    _maybe("--next", STAGES),
    _maybe("--outcome", _any("positive", "needs adjustment")),
    _maybe("--probability", KINDS["percent"]),
    _maybe("--then", _any("proposal-presentation +7d")),
    ON,
)
_UPSELL = st.one_of(
    _typed(CLIENTS, NAMES, _maybe("--value", KINDS["money"])),
    _typed(_ids("U"), "--pursued", DEALS),
    _typed(_ids("U"), "--dropped", NAMES),
)
_ACTIVITY = _typed(
    _any("call", "email", "dials", "demo", "again"),
    st.one_of(st.just([]), _typed(PARTIES, TEXTS)),
    ON,
    _maybe("--times", _any("3")),
    _fields("activity"),
)
# A message to the other side is refused without settings, and with it the booking.
_MESSAGE: SearchStrategy[Words] = st.one_of(
    st.just([]), st.just([]), st.just([]), _any("--invite", "--confirm")
)
_BOOKED = _typed(PARTIES, _any("discovery-meeting", "client-visit"), AHEAD, _fields("event"), _MESSAGE)
_VISITED = _LOGGED
_WHOSE = _typed(
    _maybe("--owner", _any("Sam", "sam", "Kim")), _maybe("--unit", _any("South")), _maybe("--from", AHEAD)
)
_QUOTA = _typed(_any("0", "", "500", "4k"), _any("--points", "--per=year"), _WHOSE)
_SURVEY = _typed(
    _any("bought", "did not buy", "left"),
    st.one_of(st.just([]), _any("price", "other", "nothing of the kind"), st.just(["price", "other"])),
    _maybe("--who", PARTIES),
    ON,
    _fields("survey_answer", "reason"),
)
_FLAGGED = (_any("C4", "c7", "L3", "S3"), st.one_of(CLIENTS, LEADS, DEALS))
_BECAUSE = _maybe("--because", TEXTS)
_IMPORT = st.one_of(
    _typed(
        _rows(
            "External ID,Name,Email,Received",
            "a1,Kay,k@x.org,2026-10-01",
            "a2,Lou,,2026-10-02",
            "a3,,,2026-13-01",
        ),
        *("--as", "leads"),
    ),
    _typed(
        _rows(
            "Deal ID,Title,Company,Stage,Value,Opened,Owner",
            "d1,Audit,Acme,proposal,1000,2026-09-01,Sam",
            "d2,Shop,Beta,won,,2026-09-02,",
            "d3,Line,,nowhere,12,2026-09-03,Kim",
        ),
        *("--as", "opportunities", "--mode", "both"),
    ),
    _typed(
        _rows(
            "Deal ID,Stage,Date",
            "d1,intro,2026-09-01",
            "d1,proposal,2026-09-01",
            "d1,lost,2026-08-01",
            "d2,overcome,2026-09-09",
        ),
        *("--as", "stages"),
    ),
    _typed(
        _rows(
            "Client ID,Name,Since,Health,Status",
            "c1,Acme,2026-01-01,80,active",
            "c2,Omega,2025-01-01,,former",
        ),
        *("--as", "clients"),
    ),
)

_LINKED = _typed(st.one_of(LEADS, CLIENTS), _any("https://example.com", "http://a.b/c?d=e", "mailto:a@b"), ON)
_OPENED = _typed(
    _rows(
        "Action,Timestamp,Email,URL,Campaign",
        "open,2026-11-02 10:00:00,k@x.org,,Spring letter",
        "click,2026-11-02 10:01:00,K@x.org,https://example.com/pricing,Spring letter",
        "open,2026-11-03 09:00:00,j@x.org,,",
        "bounce,2026-11-03 09:00:00,,,",
    )
)
# What becomes of a lead whose deal was not won.
_AFTER: SearchStrategy[Words] = st.one_of(
    st.just([]), _typed("--check-in", AHEAD), st.just(["--to-marketing"])
)
_TRACK = st.one_of(
    _typed(
        st.one_of(LEADS, CLIENTS), _any("event", "value-add", "general interest", "nowhere"), _BECAUSE, ON
    ),
    _typed("--by-rule", st.one_of(st.just([]), st.just(["--dry-run"]))),
)
_TASK_DONE: SearchStrategy[Words] = st.one_of(
    st.just([]), _any("--skip", "--logged"), _typed("--response", KINDS["response"])
)
_ENROLMENTS = st.one_of(_ids("D", 4), LEADS)

# Command → what may follow its words. Many of these must be refused: that is drawn too.
COMMANDS: dict[str, SearchStrategy[Words]] = {
    "lead add": _typed(NAMES, ON, _fields("lead")),
    "lead qualify": _typed(LEADS, _any("--yes", "--no"), _maybe("--because", TEXTS), ON),
    "lead lifecycle": _typed(LEADS, _any("subscriber", "mql", "sql", "customer"), ON),
    "lead to-marketing": _typed(LEADS, _maybe("--because", TEXTS), ON),
    "opportunity add": _typed(
        st.one_of(LEADS, CLIENTS), _maybe("--stage", STAGES), ON, _fields("opportunity")
    ),
    "opportunity move": _typed(DEALS, STAGES, _maybe("--probability", KINDS["percent"]), ON),
    "opportunity won": _typed(DEALS, _maybe("--value", KINDS["money"]), ON),
    "opportunity lost": _typed(DEALS, "--because", _any("price", "nothing of the kind"), _AFTER, ON),
    "opportunity no-decision": _typed(DEALS, _maybe("--words", TEXTS), _AFTER, ON),
    "opportunity reopen": _typed(DEALS, _maybe("--stage", STAGES), ON),
    "opportunity contact": _CONTACT,
    "opportunity line": _LINE,
    "event schedule": _BOOKED,
    "event add": _BOOKED,
    "event done": _HELD,
    "event move": _typed(EVENTS, AHEAD, ON),
    "event cancel": _ENDED,
    "event no-show": _ENDED,
    "visit schedule": _typed(CLIENTS, AHEAD, _fields("event"), _MESSAGE),
    "visit log": _VISITED,
    "visit add": _VISITED,
    "testimonial add": _typed(CLIENTS, ON, _fields("testimonial")),
    "story add": _typed(CLIENTS, ON, _fields("story")),
    "referral add": _typed(CLIENTS, NAMES, ON, _fields("referral")),
    "referral contacted": _typed(_ids("R"), _maybe("--on", _any("today", "today 09:30"))),
    "referral declined": _typed(_ids("R"), ON),
    "client add": _typed(NAMES, ON, _fields("client")),
    "client left": _typed(CLIENTS, "--because", NAMES, ON),
    "client back": _typed(CLIENTS, ON),
    "client renewal": _typed(CLIENTS, _any("--due", "--discussed"), _any("today")),
    "client upsell": _UPSELL,
    "campaign add": _typed(NAMES, ON, _fields("campaign", "ends_on", "subtype")),
    "rate": _typed(
        st.one_of(st.just([]), CLIENTS, LEADS),
        _maybe("--kind", _any("health", "score")),
        _maybe("--dry-run", st.just([])),
    ),
    "campaign result": _typed(_ids("M"), ON, _fields("campaign_result")),
    "task add": _typed(NAMES, _maybe("--about", PARTIES), ON, _fields("task")),
    "task done": _typed(_ids("K", 5), ON, _TASK_DONE),
    "task move": _typed(_ids("K", 3), KINDS["future"], ON),
    "survey add": _SURVEY,
    "touch add": _typed(st.one_of(LEADS, CLIENTS, _ids("B", 2)), ON, _fields("touch")),
    "touch import": _OPENED,
    "visitor attribute": _typed(_ids("B", 2), st.one_of(LEADS, CLIENTS), ON),
    "visitor add": _typed(st.one_of(st.just([]), NAMES), ON, _fields("visitor", "name")),
    "link add": _LINKED,
    "visitor release": _ids("B", 2),
    "link make": _LINKED,
    "note add": _typed(st.one_of(PARTIES, EVENTS, _any("@", "V1", "R1", "K1")), NAMES, _fields("note")),
    "quota set": _QUOTA,
    "quota add": _QUOTA,
    "quota drop": _typed(st.one_of(st.just([]), st.just(["--points"])), _WHOSE),
    "alerts snooze": _typed(*_FLAGGED, "--until", AHEAD, _BECAUSE),
    "alerts ack": _typed(*_FLAGGED, _BECAUSE),
    "alerts unsnooze": _typed(*_FLAGGED),
    "log": _ACTIVITY,
    "activity add": _ACTIVITY,
    "kpi pick": _typed(
        *("new-leads", "visits", "lost"), _any("closed", "won-deals"), _any("points", "lost", "stories"), ON
    ),
    "kpi change": _typed(NAMES, ON),
    "change add": _typed(NAMES, ON),
    "list save": _typed(
        _any("all", "asked", "new one"),
        st.one_of(
            _any("lead", "client", "event"),
            st.sampled_from([["lead", "--source", "web"], ["--query", "SELECT 1"]]),
        ),
    ),
    "list remove": _typed(_any("all", "asked", "J1", "J2")),
    "track enrol": _TRACK,
    "track run": st.one_of(st.just([]), st.just(["--dry-run"])),
    "track pause": _typed(_ENROLMENTS, _maybe("--until", KINDS["future"])),
    "track resume": _ENROLMENTS,
    "track leave": _typed(_ENROLMENTS, ON),
    "track send": _typed(_ENROLMENTS, _maybe("--to", _any("a@b.example"))),
    "track remove": _ids("D", 4),
    "import": _IMPORT,
    "merge": st.one_of(_typed(LEADS, LEADS), _typed(CLIENTS, CLIENTS), _typed(_ids("M"), _ids("M"))),
    "sample": st.just([]),
    **_common(
        (
            ("lead", "L", 6, "name"),
            ("client", "C", 3, "name"),
            ("opportunity", "O", 2, "title"),
            ("event", "E", 3, None),
            ("visit", "V", 2, None),
            ("testimonial", "T", 2, None),
            ("story", "S", 2, None),
            ("referral", "R", 2, "name"),
            ("activity", "A", 2, None),
            ("task", "K", 2, "what"),
            ("note", "N", 2, "text"),
            ("campaign", "M", 2, "name"),
            ("quota", "Q", 2, None),
            ("change", "X", 2, "what"),
            ("survey_answer", "Y", 2, None),
            ("touch", "W", 2, None),
            ("visitor", "B", 2, None),
            ("link", "P", 2, None),
        )
    ),
}


def argv(command: str, words: Words, folder: Path) -> list[str]:
    """Return a drawn command as it is typed; the files it reads are written to a folder."""
    typed = []
    for word in words:
        if isinstance(word, Csv):
            file = folder / "drawn.csv"
            file.write_text(word.text, encoding="utf-8")
            typed += [str(file), "--failed", str(folder / "drawn.failed.csv")]
        else:
            typed.append(word)
    return [*command.split(), *typed]
