"""What a view is: a name and columns for people, stable from version to version, and the SQL behind them."""

from typing import Final

from improv.named import NamedTuple
from improv.nouns import BY_TABLE
from improv.report import Kind


class Column(NamedTuple):
    """One column of a view: its name, what its values are, what it means, and its SQL over the record's row `x`."""

    name: str
    kind: Kind
    means: str
    sql: str


class View(NamedTuple):
    """Records as people know them, a row for each, with the values that hold on the day that is looked at.

    `where` leaves out rows that no longer hold.
    """

    name: str
    sentence: str
    table: str
    columns: tuple[Column, ...]
    joins: str = ""
    where: str = ""

    @property
    def sql(self) -> str:
        """The query behind it."""
        shown = ", ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        where = f"WHERE {self.where}" if self.where else ""
        return f"SELECT {shown} FROM {self.table} AS x {self.joins} {where}".strip()


def col(name: str, means: str, kind: Kind = "text", sql: str = "") -> Column:
    """Return a column; unless it has SQL of its own, it is the record's column of that name."""
    return Column(name, kind, means, sql or f"x.{name}")


def yes(name: str, means: str) -> Column:
    """Return a column that says yes or no."""
    return col(name, f"{means}: yes or no", sql=f"CASE WHEN x.{name} = 1 THEN 'yes' ELSE 'no' END")


def numbered(table: str) -> tuple[Column, Column]:
    """Return what names a row: its id as it is typed in commands, and the number in it."""
    noun = BY_TABLE[table]
    return (
        col("id", f"its id, such as {noun.letter}12", "ref", f"'{noun.letter}' || x.id"),
        col("number", "the number of its id, to join by", "number", "x.id"),
    )


def linked(table: str, *, called: str = "", sql: str = "", means: str = "") -> tuple[Column, Column]:
    """Return the columns that name another record: its id, and the number in it; `sql` is where the number stands."""
    noun, name = BY_TABLE[table], called or table
    number = sql or f"x.{table}_id"
    return (
        col(name, means or f"the {noun.singular}'s id", "ref", f"'{noun.letter}' || {number}"),
        col(f"{name}_number", "the number in it, to join by", "number", number),
    )


PARTIES: Final = (*linked("lead"), *linked("opportunity"), *linked("client"))
