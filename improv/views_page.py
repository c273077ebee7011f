"""The page of all views, `docs/views.md`, from their declarations: `python -m improv.views_page` writes it."""

import sys
from collections.abc import Iterator
from typing import Final

from improv import playbook
from improv.playbook import Playbook
from improv.query import FUNCTIONS, MOST_ROWS, PATIENCE
from improv.views import VIEWS, View

_HEAD: Final = """# Queries and the views they read

Generated from the declarations in `improv/views/`.

```sh
improv query "SELECT source, COUNT(*) AS leads FROM leads GROUP BY source ORDER BY leads DESC"
improv query "SELECT id, title, value FROM opportunities WHERE owner = :owner" --set owner=Ada
improv query "SELECT name FROM clients WHERE days(last_visit_on, :today) > 60" --as-of 2026-06-30
improv query quiet-clients.sql -o quiet.html   # from a file; - reads stdin
improv query --views                           # every view; --views leads: its columns
```

A query is one `SELECT` in [SQLite's words](https://www.sqlite.org/lang_select.html) over the views below. What it finds
is a table like any other: every `--format`, `-o`, `--as-of` and `--known-on` work, and so do the same queries in metrics,
flags and reports of your own ([custom.md](custom.md)) and in saved lists.

**The names stay.** Views and columns may be added, in any place; none goes, and none changes its meaning. So name the
columns you want: `SELECT *` may show more next year.

**What holds on the day.** A view shows what is true on the day that is looked at: the owner, value, stage or health of
that day. What changes over time has its history in a view of its own: `stage_stays`, `terms`, `outcomes`, `lifecycles`,
`readings`, `client_statuses`.

- `id` and every column that names a record hold what you type in a command, such as `L12`; beside each stands the number
  in it, which is the faster one to join by: `JOIN leads AS l ON l.number = o.lead_number`.
- Money is a whole number of hundredths, exact: `value >= 1000000` is 10,000 or more. In the answer a column that has the
  name of an amount is shown as one, so call a sum of values `SUM(value) AS value`. Likewise for days and for lengths of
  time. A column with a name of its own is shown as what its values look like: numbers, days (2026-11-23), else text.
- Days are text, `2026-11-23`. `:today` is the day that is looked at, `days(a, b)` the whole days from one to another,
  `:limit_…` any limit of the playbook, and `--set owner=Ada` gives `:owner`. `'now'` is the clock's day, never the day
  looked at.
- Stages, kinds, sources and reasons are keys of the playbook, as you type them. The playbook's lists are tables too.

**It only reads.** A query is checked in an empty store that has these views and nothing else, and runs where nothing can be
written: no other table, no attached file, no pragma, no function that is not below. It is stopped after {patience}
seconds (`--timeout`) or by Ctrl-C, and answers with at most {rows:,} rows.

Functions: {functions}.
"""


def page(book: Playbook) -> str:
    """Return the page, with the lists of a playbook."""
    functions = ", ".join(f"`{name}`" for name in sorted(FUNCTIONS))
    lines = [_HEAD.format(patience=PATIENCE, rows=MOST_ROWS, functions=functions), "## The views", ""]
    lines += [f"- [`{view.name}`](#{view.name}): {view.sentence}" for view in VIEWS.values()]
    for view in VIEWS.values():
        lines += ["", *_view(view)]
    lines += ["", "## The playbook's lists", "", "| Table | Columns |", "|---|---|"]
    for name, (columns, _) in book.tables().items():
        lines.append(f"| `{name}` | {', '.join(f'`{column}`' for column in columns)} |")
    return "\n".join(lines) + "\n"


def _view(view: View) -> Iterator[str]:
    """Yield what is to be said of a view."""
    yield from (f"### {view.name}", "", view.sentence, "", "| Column | Kind | What it is |", "|---|---|---|")
    for column in view.columns:
        yield f"| `{column.name}` | {column.kind} | {column.means} |"


if __name__ == "__main__":
    sys.stdout.write(page(playbook.load()))
