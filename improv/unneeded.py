"""What SQLAlchemy and pydantic load, and no command of ours needs: it is loaded when somebody uses it after all.

`improv.store` and `improv.records.base` load this before them.
"""

from importlib.util import find_spec
from types import ModuleType

from improv.putoff import PutOff, stand_in


class _Package(PutOff):
    """In the place of a package."""

    def __init__(self, name: str, *functions: str) -> None:
        super().__init__(name, *functions)
        found = find_spec(name)
        self.__path__ = (found and found.submodule_search_locations) or []


class _NoPlugins(ModuleType):
    """In the place of pydantic's search for plugins, which reads the metadata of every package that is installed."""

    @staticmethod
    def get_plugins() -> tuple[()]:
        """Return none: no plugin has a say in what a record may hold."""
        return ()


# asyncio is for databases on a network, importlib.metadata for dialects and checks of other packages, hashlib for names
# that are too long for a database, ipaddress for addresses in brackets, the dialects for SQLite by other ways.
stand_in(_Package("asyncio", "iscoroutine"))
stand_in(_Package("importlib.metadata", "version"))
stand_in(_NoPlugins("pydantic.plugin._loader"))
stand_in(PutOff("hashlib"))
stand_in(PutOff("secrets"))
stand_in(PutOff("ipaddress"))
stand_in(PutOff("sqlalchemy.dialects.sqlite.aiosqlite"))
stand_in(PutOff("sqlalchemy.dialects.sqlite.pysqlcipher"))
