"""The web pages in a real browser: on a phone and at a desk, by day and by night, and on paper.

What was seen is kept in `build/pages`: every page in every look, to be looked at.
"""

import shlex
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any, Final

import pytest

from improv.report import (
    Block,
    Chart,
    Column,
    Facts,
    Notes,
    Ref,
    Report,
    Score,
    Scorecard,
    Section,
    Share,
    Table,
    Timeline,
)
from improv.reports.catalogue import CATALOGUE
from improv.show import render
from tests.kept import MONDAY, SAMPLE, Kept
from tests.run import ROOT, run
from tests.session import must
from tests.system.browser import Browser, Tab

pytestmark = pytest.mark.system("chromium")

KEPT: Final = ROOT / "build" / "pages"
SEEN: Final = Path(__file__).with_name("seen.js").read_text("utf-8")
PHONE, DESK = 390, 1280
PAPER = 687  # A4 between our own margins, in pixels
WHITE = [255, 255, 255]
LEAST_SIZE = 12
# As the Web Content Accessibility Guidelines ask at level AA.
LEAST_CONTRAST, LEAST_CONTRAST_OF_LARGE = 4.5, 3.0

OF_THE_SAMPLE: Final = {name: f"report {name}" for name in CATALOGUE} | {
    "today": "today",
    "alerts": "alerts",
    "alert": "alerts explain S1",
    "leads": "lead list",
    "opportunities": "opp list",
    "client": "show C1",
    "opportunity": "show O40",
    "todo": "todo",
    "trend": "metric win-rate --trend monthly",
    "breakdown": "report scorecard --for 2026 --by source,owner",
}
OF_AN_ENEMY: Final = {
    "hostile-week": "report weekly",
    "hostile-pipeline": "report pipeline --by owner",
    "hostile-client": "show C1",
    "hostile-leads": "lead list",
}
OWNED: Final = "document.title = 'owned'; alert(1)"
HOSTILE: Final = (
    f"<script>{OWNED}</script>",
    f'"><img src=x onerror="{OWNED}">',
    f"<svg onload=\"{OWNED}\"><a href='https://evil.example'>",
    "</style></title><style>* { display: none }</style>",
    "[/x] [bold]loud[/bold] &lt;b&gt; &amp; ${1} {{ 1 }}",
    "a  b\u00a0\u00a0c",
    "javascript:alert(1) https://evil.example/x.png",
    "شركة النور",
    "Nebenwirkungsgesellschaftsversammlungsprotokoll" * 4,
    "名前がとても長い会社の代表者の方です" * 4,
    "x --" + "an-option-without-an-end" * 4,
)
UNSHOWN: Final = "\u202egnp.exe \x1b[31m\u2066x"


@pytest.fixture(scope="session")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book in which an enemy chose every name."""
    db = tmp_path_factory.mktemp("enemy") / "improv.db"
    for number, name in enumerate(HOSTILE, start=1):
        said = shlex.quote(name)
        must(f"client add {said} --on 2026-03-02 --health 20 --owner {said}", db)
        must(f"lead add {said} --company {said} --owner {said} --on 2026-11-16", db)
        must(
            f"opp add L{number} --title {said} --value 12k --owner {said} --close-on 2026-11-20 --on 2026-11-16",
            db,
        )
        must(f"task add {said} --about C{number} --due 2026-11-18 --on 2026-11-16", db)
    must(f"note add C1 {shlex.quote(UNSHOWN)} --pinned", db)
    return db


def hostile_page() -> str:
    """Make a page with an enemy's words wherever words can stand."""
    blocks: list[Block] = []
    for name in (*HOSTILE, UNSHOWN):
        ref = Ref("L1", name)
        figures = (Column("a", name), Column("b", name, "number"), Column("c", "C", "share"))
        records = (Column("r", name, "ref"), Column("w", name), Column("x", "X"), Column("y", "Y", "command"))
        drawn = Table("d", name, figures[:2], [(name, 12), ("b", 1), (name, 2)], note=name)
        score = Score(name, name, None, Share(1, 2), (0.1, 0.9), "≥ 50%", "on target", "+1", (1, 2), name)
        blocks += [
            Table("f", name, figures, [(name, 12, Share(1, 2)), ("b", 1, Share(0, 0))], note=name),
            Table("r", name, records, [(ref, name, name, name)]),
            Table("e", name, (), (), empty=name),
            Chart(drawn, "bars", name, "b"),
            Scorecard("s", name, (score,)),
            Facts("p", name, ((name, name), (name, ref))),
            Timeline("t", name, ((date(2026, 1, 1), time(9), ref, name),)),
            Notes((name,)),
        ]
    sections = tuple(Section(name, tuple(blocks)) for name in (HOSTILE[0], ""))
    return render(Report("r", HOSTILE[0], HOSTILE[1], sections, date(2026, 1, 1), None, HOSTILE), "html")


@pytest.fixture(scope="module", params=[*OF_THE_SAMPLE, *OF_AN_ENEMY, "hostile"])
def tab(
    request: pytest.FixtureRequest, browser: Browser, kept: Callable[..., Kept], enemy: Path
) -> Iterator[Tab]:
    """Give each page in turn, opened in the browser."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{request.param}.html"
    if request.param == "hostile":
        file.write_text(hostile_page(), encoding="utf-8")
    else:
        command = (OF_THE_SAMPLE | OF_AN_ENEMY)[request.param]
        db = kept(SAMPLE).path if request.param in OF_THE_SAMPLE else enemy
        done = run(*command.split(), "-o", file, "--force", db=db, today=MONDAY)
        assert done.code == 0, done.err
    with Tab(browser, file) as opened:
        yield opened


def faults(seen: dict[str, Any], width: int) -> list[str]:
    """Return in words what keeps a page from being read in a window of this width."""
    found = [f"torn: {word}" for word in seen["torn"]] + [
        f"upon each other: {both}" for both in seen["overlaps"]
    ]
    if seen["width"] > width:
        found.append(f"the page is {seen['width']} wide")
    found += [
        f"the frame stands out: {frame['words']}"
        for frame in seen["frames"]
        if frame["left"] < 0 or frame["right"] > width
    ]
    for piece in seen["pieces"]:
        least = LEAST_CONTRAST_OF_LARGE if piece["large"] else LEAST_CONTRAST
        if piece["contrast"] < least:
            found.append(f"contrast {piece['contrast']:.2f}: {piece['words']}")
        if piece["size"] < LEAST_SIZE:
            found.append(f"size {piece['size']:.1f}: {piece['words']}")
        if piece["outside"] or piece["cut"]:
            found.append(f"cut off: {piece['words']}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_page_can_be_read_on_a_phone_and_at_a_desk_by_day_and_by_night(
    width: int, scheme: str, tab: Tab
) -> None:
    """It fits the window, what is wider scrolls in its own frame, and every word is large and dark enough."""
    tab.look(width, scheme=scheme)
    tab.save_picture(tab.page.with_name(f"{tab.page.stem}-{width}-{scheme}.png"))
    seen = tab.tell(SEEN)
    assert len(seen["pieces"]) > 2
    assert faults(seen, width) == []


def test_a_printed_page_is_black_on_white_and_whole(tab: Tab) -> None:
    """Whatever the screen's colours are; and nothing is left in a frame that would scroll."""
    tab.look(PAPER, scheme="dark", medium="print")
    tab.save_picture(tab.page.with_name(f"{tab.page.stem}-print.png"))
    tab.save_paper(tab.page.with_suffix(".pdf"))
    seen = tab.tell(SEEN)
    assert seen["paper"] == WHITE
    assert seen["frames"] == []
    assert [fault for fault in faults(seen, PAPER) if not fault.startswith("size")] == []


def test_a_page_runs_nothing_and_asks_for_nothing(tab: Tab) -> None:
    """No script, no dialog, no word on the console, no request but the one for the page itself."""
    asked = [told["request"]["url"] for told in tab.happened("Network.requestWillBeSent")]
    assert asked == [tab.page.as_uri()]
    assert tab.happened("Page.javascriptDialogOpening") == []
    assert tab.happened("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") == []
    assert tab.tell("document.querySelectorAll('script, img, a, link, iframe, object, form').length") == 0
    assert tab.tell("document.title") != "owned"


BAD: Final = """<!doctype html><html style="background:#fff"><meta charset="utf-8">
<body style="margin:0;color:#000;font:16px sans-serif">
<p style="color:#888">too pale</p>
<p style="font-size:9px">too small</p>
<p style="width:4em;overflow-wrap:anywhere">Sehenswürdigkeit</p>
<p style="width:2000px">too wide <span style="float:right">far away</span></p>
<p style="height:1em;overflow:hidden">more than<br>there is room for</p>
<div style="margin-top:5em;height:2em">below<span style="position:absolute;left:0">above</span></div>
<svg width="90" height="30"><rect width="90" height="30" fill="#333"/><text y="20">on black</text></svg>
<script>console.log("said"); fetch("https://example.org/")</script>
"""


def test_the_checks_above_see_what_they_look_for(browser: Browser, tmp_path: Path) -> None:
    """A page with every fault is told of each of them."""
    file = tmp_path / "bad.html"
    file.write_text(BAD, encoding="utf-8")
    with Tab(browser, file) as bad:
        bad.look(PHONE)
        assert sorted(faults(bad.tell(SEEN), PHONE)) == [
            "contrast 1.66: on black",
            "contrast 3.54: too pale",
            "cut off: far away",
            "cut off: more than",
            "cut off: there is room for",
            "size 9.0: too small",
            "the page is 2000 wide",
            "torn: Sehenswürdigkeit",
            "upon each other: below | above",
        ]
        assert bad.happened("Runtime.consoleAPICalled")
        assert len(bad.happened("Network.requestWillBeSent")) == 2
