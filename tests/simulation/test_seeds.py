"""The whole mesh, from seeds: every promise is kept, whatever goes wrong.

`make simulate SEEDS=2000` lives through more of them; a failing one tells how to replay it.
"""

import os

import pytest

from tests.simulation.lives import live, report
from tests.simulation.mesh import Plan

SEEDS = range(1, int(os.environ.get("SEEDS", "16")) + 1)

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept(seed: int) -> None:
    life = live(Plan(seed=seed, hold_seconds=None))
    assert not life.violations, report(life)
