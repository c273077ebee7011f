"""The tests of improv."""

import pytest

# Its fixtures are taken by some, its functions by others: whoever comes first, its assertions are told in full.
pytest.register_assert_rewrite("tests.importing")
