"""Named tuples of our own do what those of `typing` do, as far as this program asks."""

import copy
import typing
from collections.abc import Callable

import pytest

from improv.named import NamedTuple


class Stop(NamedTuple):
    """A stop of a line."""

    name: str
    minute: int = 0
    zone: str | None = None

    @property
    def told(self) -> str:
        """The name with its minute."""
        return f"{self.name} at {self.minute}"


class Theirs(typing.NamedTuple):
    """The same, as `typing` makes it."""

    name: str
    minute: int = 0
    zone: str | None = None


MADE: list[Callable[[typing.Any], typing.Any]] = [
    lambda stop: stop("Ada"),
    lambda stop: stop("Ada", 5),
    lambda stop: stop("Ada", 5, "B"),
    lambda stop: stop("Ada", zone="B"),
    lambda stop: stop(zone="B", name="Ada"),
    lambda stop: stop._make(["Ada", 5, "B"]),
    lambda stop: stop("Ada")._replace(minute=7),
]
REFUSED: list[Callable[[typing.Any], typing.Any]] = [
    lambda stop: stop(),
    lambda stop: stop(minute=5),
    lambda stop: stop("Ada", 5, "B", "more"),
    lambda stop: stop("Ada", 5, "B", zone="C"),
    lambda stop: stop("Ada", name="Bob"),
    lambda stop: stop("Ada", colour="red"),
    lambda stop: stop("Ada")._replace(colour="red"),
]


@pytest.mark.parametrize("make", MADE)
def test_it_holds_what_one_of_typing_holds(make: Callable[[typing.Any], typing.Any]) -> None:
    """By place and by name, with what is said of those left out; and it is written the same."""
    ours, theirs = make(Stop), make(Theirs)
    assert type(ours) is Stop
    assert ours == theirs
    assert (ours.name, ours.minute, ours.zone) == tuple(theirs)
    assert repr(ours).replace("Stop", "Theirs") == repr(theirs)
    assert ours._asdict() == theirs._asdict()


@pytest.mark.parametrize("make", REFUSED)
def test_it_refuses_what_one_of_typing_refuses(make: Callable[[typing.Any], typing.Any]) -> None:
    """A value that is missing, one too many, one given twice, and a name that it has not."""
    for stop in (Stop, Theirs):
        with pytest.raises((TypeError, ValueError)):
            make(stop)


def test_it_is_a_tuple_with_names() -> None:
    """It is taken apart, matched, copied and told as one, has no room for more, and cannot be changed."""
    stop = Stop("Ada", 5)
    match stop:
        case Stop(name, minute):
            assert (name, minute) == ("Ada", 5)
    name, *rest = stop
    assert (name, rest, stop.told) == ("Ada", [5, None], "Ada at 5")
    assert Stop._fields == Theirs._fields
    assert {stop: 1}[Stop("Ada", 5)] == 1
    for copied in (copy.copy(stop), copy.deepcopy(stop)):
        assert (copied, type(copied)) == (stop, Stop)
    for field in ("name", "colour"):
        with pytest.raises(AttributeError):
            setattr(stop, field, "red")
