"""The real files of `../shared/data`: they are no part of the project, and are there where it is developed."""

import os
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def real(*parts: str) -> Path:
    """Return a real file; without it the test is skipped, but fails under CI, where it must be."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: under CI the real data must be there")
        pytest.skip(f"{path} is not here")
    return path
