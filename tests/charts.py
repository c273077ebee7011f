"""Charts for tests: one whose every word is what a user typed."""

from typing import Final

from improv.report import Chart, Column, Form, Table

FORMS: Final[tuple[Form, ...]] = ("bars", "columns", "line")


def hostile_chart(name: str, form: Form) -> Chart:
    """Make a chart with a name in every place of it."""
    columns = (Column("a", name), Column("b", name, "number"), Column("c", name, "verdict"))
    table = Table(name, name, columns, [(name, 1, name), (name, 2, name)], note=name)
    return Chart(table, form, name, "b", verdict="c")
