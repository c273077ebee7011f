"""How far a long command is, on a terminal: on stderr, and gone when it is done."""

import sys

_WIDE = 40


def progress(done: int, of: int | None) -> None:
    """Say how many rows of how many are done; none yet, the file is looked at. In a pipe nothing is said."""
    if sys.stderr.isatty():
        far = f"{done:,} rows" if done else "looking at the file …"
        said = far if of is None else f"{done:,} of {of:,} rows"
        sys.stderr.write(f"\r{said:<{_WIDE}}" + (f"\r{'':<{_WIDE}}\r" if done == of else ""))
        sys.stderr.flush()
