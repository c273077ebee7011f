"""Each index of the store is for something: every row that is written pays for all of its table's."""

from pathlib import Path

from bench.indices import TODAY, uses
from tests.session import must


def test_every_index_serves_a_query_or_a_rule(tmp_path: Path) -> None:
    """All pages and all sessions are typed; what no plan names, no rule needs and no removal asks has to go."""
    book = tmp_path / "book.db"
    must("sample", book, TODAY)
    found = uses(book)
    assert [name for name, use in found.items() if not (use.statements or use.rule)] == []
