"""Named tuples that are defined in a tenth of the time: every command defines dozens before it begins.

Those of `typing` check each annotation and compile a constructor for each class: for the classes of today's page that
took a third of Python's own start. These share one constructor, which takes the values as they come. The type checker
sees those of `typing`, and what the program does with one is here.
"""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING or sys.version_info >= (3, 14):  # from then on a class is annotated later than it is made
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414, TID251 - handed on
else:
    from collections import _tuplegetter  # a value by its place, in C

    _made = tuple.__new__
    _NOTHING = object()  # said of a value that must be given

    class _Values(tuple):
        """What every named tuple can do."""

        __slots__ = ()

        def __new__(cls, *values: object, **named: object) -> Self:
            """Take the values as they come: by their places or by their names. The long way is for a mixture, or too few."""
            if not named and len(values) == len(cls._fields):
                return _made(cls, values)
            if not values and tuple(named) == cls._fields:
                return _made(cls, named.values())
            return _made(cls, cls._whole(values, named))

        @classmethod
        def _whole(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
            """Return every value: those by their places, then those by their names, else what is said of them."""
            given = len(values)
            whole = (*values, *map(named.pop, cls._fields[given:], cls._said[given:]))
            if named or _NOTHING in whole or len(whole) != len(cls._fields):
                raise TypeError(f"{cls.__name__} is made of {', '.join(cls._fields)}, and was given others")
            return whole

        @classmethod
        def _make(cls, values: Iterable[object]) -> Self:
            return cls(*values)

        def _replace(self, **named: object) -> Self:
            made = self._make(map(named.pop, self._fields, self))
            if named:
                raise TypeError(f"{type(self).__name__} has no {', '.join(named)}")
            return made

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    class _Defining(type):
        """Makes a class of the names that are annotated in it, and of what is said of those that may be left out.

        It is an ordinary class: to ask whether a value is of another kind of type takes three times as long.
        """

        def __new__(cls, name: str, _: tuple[type, ...], space: dict[str, object]) -> type:
            fields = tuple(space.get("__annotations__", ()))
            space["_said"] = tuple([space.get(field, _NOTHING) for field in fields])
            space["_fields"] = space["__match_args__"] = fields
            space["__slots__"] = ()
            for place, field in enumerate(fields):
                space[field] = _tuplegetter(place, "")
            return type(name, (_Values,), space)

    NamedTuple = type.__new__(_Defining, "NamedTuple", (), {})
