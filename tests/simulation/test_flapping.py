"""Targets that break and work again all the time, until the mesh says that they are stable."""

from collections import Counter
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from tests.simulation import targets
from tests.simulation.faults import Weather
from tests.simulation.mesh import Plan, Simulation
from tests.simulation.oracle.invariants import violations

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_flaps_is_told_once_and_that_it_is_stable_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "FATES", {"flapping": 1.0})
    plan = Plan(
        seed=seed,
        monitors=6,
        whims=0,
        outages=False,
        weather=Weather(duplicate=0.1, crash=0.01),
        until_stable=True,
        calm=timedelta(minutes=45),
    )
    life = Simulation(plan)
    assert life.run(violations) == []
    told = Counter(
        (each.notice.incident_id, each.channel_id, each.notice.kind)
        for each in life.providers.taken
        if each.notice.kind in {AlertKind.FLAPPING, AlertKind.STABLE} and not each.notice.repeat
    )
    kinds = {kind for _, _, kind in told}
    assert kinds == {AlertKind.FLAPPING, AlertKind.STABLE}
    assert set(told.values()) == {1}
