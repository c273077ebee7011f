"""The one gate in front of every output, and how texts are compared and measured."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv.errors import Refused
from improv.text import clipped, folded, refuse_controls, shown, width

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("hostile", "visible"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202eevil", r"\u202eevil"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("\u200fx\u061c", r"\u200fx\u061c"),
        ("one\u2028two\u2029three", r"one\u2028two\u2029three"),
        ("\x9b31m", r"\x9b31m"),
        ("bell\x07 del\x7f nul\x00", r"bell\x07 del\x7f nul\x00"),
        ("half \ud83d", r"half \ud83d"),
        ("A\u200bda\ufeff Love\u00adlace\u2060", r"A\u200bda\ufeff Love\xadlace\u2060"),
        ("tab\tline\nreturn\r", r"tab\tline\nreturn\r"),
    ],
)
def test_what_a_terminal_could_obey_is_shown_as_an_escape(hostile: str, visible: str) -> None:
    assert shown(hostile) == visible


@pytest.mark.parametrize(
    "harmless",
    [
        "",
        "Acme [eu] Ltd",
        "Zoë Ångström",
        "東京データ",
        "👩\u200d💻",
        "می\u200cخواهم",
        "10\u00a0000",
        r"C:\x1b",
    ],
)
def test_harmless_text_is_shown_as_it_is(harmless: str) -> None:
    assert shown(harmless) == harmless


def test_newlines_and_tabs_are_kept_where_asked() -> None:
    """A note keeps its lines; a carriage return alone could overwrite one."""
    assert shown("a\tb\r\nc\rd\x1b", keep_newlines=True) == "a\tb\nc\\rd\\x1b"


@given(ANY_TEXT)
def test_nothing_unsafe_ever_passes_and_a_second_pass_changes_nothing(text: str) -> None:
    safe = shown(text)
    safe.encode("utf-8")
    assert not any(ord(char) < 32 or 127 <= ord(char) <= 159 for char in safe)
    assert not set(safe) & set(
        "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    assert shown(safe) == safe


def test_a_name_with_a_control_character_is_refused_and_shown() -> None:
    with pytest.raises(Refused) as refused:
        refuse_controls("Acme\x1b[2J", "the company")
    assert refused.value.lines() == [
        "improv: the company holds a character that cannot be shown",
        r"  at fault: Acme\x1b[2J",
        "  to mend:  type it again without the characters that begin with a backslash",
    ]


@pytest.mark.parametrize("bad", ["a\nb", "a\tb", "\u202ea", "\ud800", "A\u200bda"])
def test_a_name_is_one_line_of_text(bad: str) -> None:
    with pytest.raises(Refused):
        refuse_controls(bad, "the name")


def test_an_honest_name_passes_untouched() -> None:
    assert refuse_controls("Müller\u00a0& Söhne 東京", "the name") == "Müller\u00a0& Söhne 東京"


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("  ACME   Ltd ", "acme ltd"),
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Straße", "strasse"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("İstanbul \u0131rmak", "istanbul irmak"),
        ("\uff21\uff22\uff23\u00a0\uff11", "abc 1"),
        ("東京", "東京"),
        ("A\u200bda\u200e Love\u00adlace", "ada lovelace"),
        ("", ""),
    ],
)
def test_searches_ignore_case_accents_and_spaces(written: str, searched: str) -> None:
    assert folded(written) == searched


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_width_counts_columns_not_characters() -> None:
    assert width("Acme") == 4
    assert width("東京") == 4
    assert width("Mu\u0308ller") == 6
    assert width("") == 0


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("Acme Ltd", 8, "Acme Ltd"),
        ("Acme Ltd", 7, "Acme L…"),
        ("Acme Ltd", 6, "Acme…"),
        ("東京データ", 5, "東京…"),
        ("東京データ", 4, "東…"),
        ("Acme", 1, "…"),
        ("Acme", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_long_text_is_cut_with_an_ellipsis(text: str, columns: int, cut: str) -> None:
    assert clipped(text, columns) == cut


def test_a_plain_ellipsis_never_makes_it_wider() -> None:
    assert clipped("Acme Ltd", 7, ellipsis="...") == "Acme..."
    assert clipped("Acme Ltd", 2, ellipsis="...") == ".."


@given(st.text(), st.integers(0, 20))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    assert width(clipped(text, columns)) <= columns


def test_plain_names_never_load_the_unicode_tables() -> None:
    """Start-up counts: an ASCII name is folded, measured and shown without them."""
    program = (
        "import sys; from improv.text import *\n"
        "shown('a'), folded('A b'), width('a'), clipped('abc', 2)\n"
        "assert 'unicodedata' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
