"""Settings that all tests share, and their order."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.run_order import shuffle, spread

# The machines that run this are small and shared: slowness is no finding.
settings.register_profile(
    "mesh", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("mesh")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no worker wait for the running mesh at the end, when there is nothing left to compute."""
    seed = os.environ.get("TEST_ORDER")
    items[:] = spread(shuffle(items, seed) if seed else items)
