"""What all tests of the fast path need."""

import pytest

from cnnlab.fast import plan


@pytest.fixture(autouse=True)
def plans_of_ones_own():
    """Let no test see a plan made for the numbers that another one measured."""
    plan._plan.cache_clear()
    yield
    plan._plan.cache_clear()
