"""What the tests of the scheduler share."""

from collections.abc import Iterator

import pytest

from tests.integration.scheduler.scheduling import SchedulerStage
from tests.support.calls import Calls
from tests.support.moto_mesh import moto_mesh


@pytest.fixture
def stage() -> Iterator[SchedulerStage]:
    """Return a fresh mesh."""
    with moto_mesh() as mesh:
        yield SchedulerStage(mesh, Calls(mesh))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody sleep."""
    for module in ("sentinelmesh.checks", "functions.scheduler.ticks"):
        monkeypatch.setattr(f"{module}.time.sleep", lambda _seconds: None)
