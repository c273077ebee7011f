"""Which numbers stand under a word: as a table in memory says it, however much of it lies in a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv import register
from improv.register import Latest, Numbers, Pairings, Register
from improv.transfer.failures import Failures

WORDS = st.lists(st.tuples(st.sampled_from(["", "a", "b", "ä", "x" * 9_000, "\ud800"]), st.integers(0, 99)))


@given(WORDS, st.integers(1, 4))
def test_a_register_says_what_a_table_in_memory_says(written: list[tuple[str, int]], room: int) -> None:
    """Numbers rise, as those of records do."""
    table: dict[str, list[int]] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(register, "IN_MEMORY", room)
        kept, first = Register(), Register()
        for word, step in written:
            number = len(table.get(word, ())) * 100 + step
            table.setdefault(word, []).append(number)
            kept.add(word, number)
            assert first.add_first(word, number) == table[word][0]
        assert {word: kept.under(word) for word in table} == table
        assert {word: first.under(word) for word in table} == {word: held[:1] for word, held in table.items()}
    assert kept.under("never written") == []


def test_failures_are_a_table_of_lines_and_tell_the_commonest_reasons() -> None:
    failed = Failures()
    assert (len(failed), dict(failed)) == (0, {})
    failed.update({9: "odd", 3: "late", 4: "odd"})
    failed[5] = "odd"
    del failed[3]
    assert dict(failed) == {4: "odd", 5: "odd", 9: "odd"}
    failed[2] = "late"
    assert failed.reasons(1) == [("odd", 3, 4)]
    assert failed.reasons(9) == [("odd", 3, 4), ("late", 1, 2)]
    assert failed.get(7) is None


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "ä", "\ud800"]), st.integers(0, 2))), st.integers(1, 4)
)
def test_words_that_were_met_with_several_numbers_are_divided(met: list[tuple[str, int]], room: int) -> None:
    """In the order in which each was met first, at most so many."""
    numbers: dict[str, set[int]] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(register, "IN_MEMORY", room)
        pairings = Pairings()
        for word, number in met:
            numbers.setdefault(word, set()).add(number)
            pairings.add(word, number)
        divided = [word for word, those in numbers.items() if len(those) > 1]
        assert pairings.divided(9) == divided
        assert pairings.divided(1) == divided[:1]


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, 1, "a"]))), st.integers(1, 4))
def test_what_was_said_last_is_said(said: list[tuple[int, int | str | None]], room: int) -> None:
    """Nothing is something that can be said; what was never spoken of is not there."""
    table: dict[tuple[str, int, str], int | str | None] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(register, "IN_MEMORY", room)
        latest = Latest()
        for number, value in said:
            table["lead", number, "owner"] = latest["lead", number, "owner"] = value
            assert latest["lead", number, "owner"] == value
        assert {of: latest[of] for of in table} == table
        assert ("lead", 9, "owner") not in latest
        with pytest.raises(KeyError):
            latest["client", 1, "owner"]


@given(st.lists(st.integers(-5, 5)), st.integers(1, 4))
def test_numbers_come_back_once_each_in_their_order(taken: list[int], room: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(register, "IN_MEMORY", room)
        numbers = Numbers()
        for number in taken:
            numbers.add(number)
        assert list(numbers) == sorted(set(taken))
