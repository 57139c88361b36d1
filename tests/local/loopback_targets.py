"""The misbehaving targets on ports of their own."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from local.http_server import bound_socket
from local.targets.server import PORT_NAMES, Targets


@pytest.fixture
def targets(tmp_path: Path) -> Targets:
    """Choose free ports, all held until the last is chosen, so that none is chosen twice."""
    with ExitStack() as held:
        ports = {
            name: int(held.enter_context(bound_socket(0)).getsockname()[1]) for name in PORT_NAMES
        }
    return Targets(ports, tmp_path)
