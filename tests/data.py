"""The real files of `../shared/data`: they are no part of the project, and are there where it is developed."""

from pathlib import Path

from tests.needed import lacking

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def real(*parts: str) -> Path:
    """Return a real file; without it the test is skipped, but fails under CI, where it must be."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        lacking(str(path))
    return path
