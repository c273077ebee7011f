"""Modules that others load and hardly anybody uses: each is loaded as soon as something in it is.

What stands in for a module is filled with what is in it when something is looked up there, so that nobody sees a
difference but in time. `importlib.util.LazyLoader` would do, were it not that in Python 3.11 the second import of a
module loads it, whether it is used or not.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType


class PutOff(ModuleType):
    """In the place of a module until something in it is used. Some look `functions` up as they load, for later."""

    def __init__(self, name: str, *functions: str) -> None:
        super().__init__(name)
        for function in functions:
            setattr(self, function, self._later(function))

    def _later(self, function: str) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            return getattr(self.loaded(), function)(*given, **named)

        return call

    def __getattr__(self, name: str) -> object:
        if name == "__path__":  # looked up whenever something is imported from here; only a package has one
            raise AttributeError(name)
        return getattr(self.loaded(), name)

    def loaded(self) -> ModuleType:
        """Load the module, and be what it is from then on."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = import_module(self.__name__)
        vars(self).update(vars(real))
        return real


def stand_in(module: ModuleType) -> None:
    """Put a module in the place of the one of its name, unless that is loaded."""
    package, _, name = module.__name__.rpartition(".")
    if sys.modules.setdefault(module.__name__, module) is module and package in sys.modules:
        setattr(sys.modules[package], name, module)
