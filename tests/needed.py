"""What a test needs and a machine may lack: the test is skipped there, but fails under CI, where it must be."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test because something is not here; under CI fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: under CI it must be there")
    pytest.skip(f"{what} is not here")
