"""Amounts and percentages: what is read is exact, and what has two readings is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv.errors import Ambiguous, Usage
from improv.money import money, parse_money, parse_percent


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12500", 1_250_000),
        ("12,500", 1_250_000),
        ("12 500", 1_250_000),
        ("12\u202f500", 1_250_000),
        ("12'500", 1_250_000),
        ("12.5k", 1_250_000),
        ("12,5k", 1_250_000),
        ("1.2m", 120_000_000),
        ("1.2345k", 123_450),
        ("12500.50", 1_250_050),
        ("12500,5", 1_250_050),
        ("€12,500", 1_250_000),
        ("12,500 EUR", 1_250_000),
        ("$ 12,500.50", 1_250_050),
        ("12.500,50", 1_250_050),
        ("1.250.000", 125_000_000),
        ("1,250,000", 125_000_000),
        ("1 250 000,05", 125_000_005),
        ("0", 0),
        ("0.05", 5),
    ],
)
def test_amounts(text: str, minor: int) -> None:
    """An amount is read in the ways people write it, to the cent."""
    assert parse_money(text) == minor


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("12.500", 'type "12,500" or "12.50"'),
        ("1.250", 'type "1,250" or "1.25"'),
        ("12.505", 'type "12,505"'),
        ("12.500k", 'type "12,500,000" or "12,500"'),
        ("12,500k", 'type "12,500,000" or "12,500"'),
    ],
)
def test_ambiguous_amounts(text: str, mend: str) -> None:
    """A mark that may separate thousands or decimals is refused, with the amounts it may mean."""
    with pytest.raises(Ambiguous) as refusal:
        parse_money(text)
    assert (refusal.value.value, refusal.value.mend) == (text, mend)


@pytest.mark.parametrize(
    "text",
    [
        *("", "abc", "1e5", "nan", "inf", "1/2", "٣", "12k5", "12kk", "€", ".5", "5."),
        *("1,2,3", "12,50,000", "1.2.3", "12.500,50.00", "1 2", "1,250 000", "12 5000", "1'250,000.50"),
        *("12.5555", "0.500", "0,500", "1234.567", "1,234.567", "1.2345678k"),
        *("-5", "€-5", "--5", "1,000,000,000,000,001"),
    ],
)
def test_refused_amounts(text: str) -> None:
    """What is no amount, has badly set marks, is finer than a cent, negative or too large is refused."""
    with pytest.raises(Usage) as refusal:
        parse_money(text)
    assert refusal.value.mend


@pytest.mark.parametrize("text", ["-12,500", "-€12,500", "€-12,500", "\u221212,500"])
def test_negative_amounts_only_where_allowed(text: str) -> None:
    """A negative amount is read where one makes sense."""
    assert parse_money(text, allow_negative=True) == -1_250_000


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "minor"),
    [
        ("12.500", ".", "", 1_250),
        ("12.500", ",", "", 1_250_000),
        ("12,500", ",", "", 1_250),
        ("12,500", ".", "", 1_250_000),
        ("12,500", "", ".", 1_250),
        ("12.500", "", ",", 1_250),
        ("12.500", "", ".", 1_250_000),
        ("1234.5000", ".", "", 123_450),
        ("1,234.50", ".", ",", 123_450),
    ],
)
def test_marks_of_a_file(text: str, decimal: str, thousands: str, minor: int) -> None:
    """Marks given by the file's mapping decide what would be ambiguous."""
    assert parse_money(text, decimal=decimal, thousands=thousands) == minor


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [("12,50", ".", ""), ("1.234", "", " "), ("1 234.50", ".", ","), ("12.345", ".", ""), ("1,2.3", ",", "")],
)
def test_other_marks_than_the_file_s_are_refused(text: str, decimal: str, thousands: str) -> None:
    """An amount whose marks are not those given, or that is finer than a cent, is refused."""
    with pytest.raises(Usage):
        parse_money(text, decimal=decimal, thousands=thousands)


@given(st.integers(-(10**17), 10**17))
def test_told_amounts_return(minor: int) -> None:
    """An amount told is read as itself."""
    assert parse_money(money(minor), allow_negative=True) == minor
    assert parse_money(money(minor), allow_negative=True, decimal=".", thousands=",") == minor


@given(st.text(st.sampled_from("0123456789.,' -km€"), max_size=12))
def test_anything_typed_is_an_amount_or_a_refusal(text: str) -> None:
    """Whatever is typed, an amount comes out that has its digits, or a refusal that says what to type."""
    try:
        minor = parse_money(text, allow_negative=True)
    except (Usage, Ambiguous) as error:
        assert error.mend  # noqa: PT017 -- a refusal is as good as an amount, if it mends
        return
    typed = "".join(mark for mark in text if mark.isdigit()).strip("0")
    assert str(abs(minor)).strip("0") == typed


def test_money_is_told() -> None:
    """Amounts have thousands separated, and decimals only when they have any."""
    told = [money(minor) for minor in (0, 5, 1_250_000, 1_250_050, -1_250_050)]
    assert told == ["0", "0.05", "12,500", "12,500.50", "-12,500.50"]


@pytest.mark.parametrize(
    ("text", "percent"), [("40%", 40), ("40", 40), (" 40 % ", 40), ("0", 0), ("100%", 100)]
)
def test_percentages(text: str, percent: int) -> None:
    """A whole percentage is read with or without its sign."""
    assert parse_percent(text) == percent


@pytest.mark.parametrize("text", ["101", "-1", "0.4", "40.5%", "", "%", "forty", "٤٠"])
def test_refused_percentages(text: str) -> None:
    """What is not a whole percentage from 0 to 100 is refused."""
    with pytest.raises(Usage):
        parse_percent(text)
