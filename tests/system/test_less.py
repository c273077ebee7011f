"""Long pages in `less` itself, at a real terminal."""

from pathlib import Path

import pytest

from tests.session import must
from tests.terminal import CTRL_C, Seen, sit

pytestmark = pytest.mark.system("less")

ROWS = 12
PROMPT, BELL = ":\x1b[K", "\x07"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with more leads than a small terminal has lines."""
    db = tmp_path_factory.mktemp("less") / "improv.db"
    for number in range(30):
        must(f"lead add Lead-{number:02} --source web --on 2026-11-02", db)
    return db


def leads(book: Path, *types: tuple[str, str], rows: int = ROWS, **given: str) -> Seen:
    """Look at the list of leads in less, and type what is asked for on its screen."""
    return sit("lead", "list", db=book, rows=rows, types=types, given={"IMPROV_PAGER": "less", **given})


def test_a_list_is_read_screen_by_screen(book: Path) -> None:
    """The first screen, the next at a space, and `q` is the end, whatever is left."""
    at = leads(book, ("Lead-20", " "), ("Lead-12", "q"))
    assert at.code == 0
    assert "Lead-19" in at.text
    assert "Lead-00" not in at.text


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_colours_and_signs_come_through(locale: str, book: Path) -> None:
    """In a locale that knows only ASCII, too: what we write is UTF-8 there."""
    at = leads(book, ("Lead-20", "q"), LC_ALL=locale)
    assert "\x1b[2m–" in at.text
    assert "ESC" not in at.text


def test_a_page_that_fits_never_meets_less(book: Path) -> None:
    """Nothing waits for a key."""
    at = leads(book, rows=60)
    assert (at.code, "Lead-00" in at.text) == (0, True)


def test_ctrl_c_stays_in_less(book: Path) -> None:
    """It rings its bell and goes on, and improv does not speak of it."""
    # Where Ctrl-C comes between its prompt and its wait for a key, less forgets that key: so there are two.
    at = leads(book, (PROMPT, CTRL_C), (BELL, "qq"))
    assert at.code == 0
    assert "improv" not in at.text
