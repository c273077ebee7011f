"""What SQLAlchemy and pydantic load, and no command of ours needs: it is loaded when somebody uses it after all.

`improv.store` and `improv.records.base` load this before them. What stands in for a module is filled with what is in it as
soon as something is looked up there, so that nobody sees a difference but in time. `importlib.util.LazyLoader` would
do, were it not that in Python 3.11 the second import of a module loads it, whether it is used or not.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class _PutOff(ModuleType):
    """In the place of a package until something in it is used. Some look `functions` up as they load, for later."""

    def __init__(self, name: str, *functions: str) -> None:
        super().__init__(name)
        found = find_spec(name)
        self.__path__ = (found and found.submodule_search_locations) or []
        for function in functions:
            setattr(self, function, self._later(function))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is in it
        return getattr(self._loaded(), name)

    def _loaded(self) -> ModuleType:
        """Load the package, and be what it is from then on."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = import_module(self.__name__)
        vars(self).update(vars(real))
        return real

    def _later(self, function: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function itself
            return getattr(self._loaded(), function)(*given, **named)

        return call


class _NoPlugins(ModuleType):
    """In the place of pydantic's search for plugins, which reads the metadata of every package that is installed."""

    @staticmethod
    def get_plugins() -> tuple[()]:
        """Return none: no plugin has a say in what a record may hold."""
        return ()


def _stand_in(module: ModuleType) -> None:
    package, _, name = module.__name__.rpartition(".")
    if sys.modules.setdefault(module.__name__, module) is module and package in sys.modules:
        setattr(sys.modules[package], name, module)


# asyncio is for databases on a network, importlib.metadata for dialects and checks of other packages.
_stand_in(_PutOff("asyncio", "iscoroutine"))
_stand_in(_PutOff("importlib.metadata", "version"))
_stand_in(_NoPlugins("pydantic.plugin._loader"))
