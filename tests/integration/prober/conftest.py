"""What all tests of the prober share: sockets on the loopback, and nothing left open."""

import gc
from collections.abc import Iterator

import pytest

from tests.integration.prober.batches import Bench, a_bench


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let these tests open sockets; a socket or loop that is not closed is an error."""
    for item in items:
        if "tests/integration/prober" in item.path.as_posix():
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.filterwarnings("error::ResourceWarning"))


@pytest.fixture(autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """Look for sockets that nobody closed, but not through all that was imported before."""
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Have a prober in memory whose probes all succeed at once."""
    with a_bench() as made:
        made.probes = {"http": made.succeeding}
        yield made
