"""Lists that are kept under a name: saved, and saved anew."""

import json
from collections.abc import Mapping
from typing import Any

from improv.actions.dated import one_line
from improv.models import SavedList
from improv.saved import by_name
from improv.store import Writing
from improv.text import folded


def save(
    work: Writing, name: str, options: Mapping[str, Any], *, noun: str | None = None, query: str | None = None
) -> tuple[SavedList, bool]:
    """Keep a list or a query under a name; return it, and whether it took the place of one that was called so."""
    name = one_line(name, "name")
    said: dict[str, Any] = {
        "name": name,
        "noun": noun,
        "query": query,
        "options": json.dumps(options, ensure_ascii=False),
        "saved_on": work.today,
    }
    known = by_name(work.reader, name)
    if known is not None:
        return work.change(work.get(SavedList, known.id), **said), True
    return work.add(SavedList, name_folded=folded(name), **said), False
