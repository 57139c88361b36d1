"""The sweep finds monitors that nobody can judge, announces each once, or reports the mesh."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import UNKNOWN, IncidentState, Status
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots, regions_of
from sentinelmesh.domain.probing.region_trust import TrustVerdict
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.region_verdict import write_verdict
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from tests.support.builders import START, a_channel, a_monitor, a_result
from tests.support.verifier_stage import Crash, Stage, a_stage

MINUTE = timedelta(minutes=1)
SECRET: dict[str, Any] = {
    "outcome": Outcome.UNKNOWN,
    "error": "secrets_unavailable",
    "detail": "no such secret",
}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as mesh:
        yield mesh


def results_of(monitor: Monitor, begin: float, end: float, **seen: Any) -> Iterator[Result]:
    """Make what the timetable asks for between two minutes."""
    plan = (monitor.id, monitor.interval_seconds)
    for slot in planned_slots(*plan, START + begin * MINUTE, START + end * MINUTE):
        for region in regions_of(*plan, monitor.regions, monitor.strategy, slot):
            yield a_result(monitor, slot, region, **seen)


def live(stage: Stage, monitor: Monitor, begin: float, end: float, **seen: Any) -> None:
    """Have results arrive, each a second after its slot."""
    for result in results_of(monitor, begin, end, **seen):
        stage.now = result.slot + timedelta(seconds=1)
        assert stage.deliver(stage.see(result)) == []


def sweep(stage: Stage, minutes: float) -> None:
    """Have the sweep of a minute run in a fresh process."""
    stage.now = START + minutes * MINUTE
    stage.verifier().sweep()


def shops(count: int) -> list[Monitor]:
    """Make monitors that are watched every minute."""
    return [a_monitor(id=f"mon_{number}", name=f"Shop {number}") for number in range(count)]


def sight(stage: Stage) -> dict[str, Any]:
    """Return what the sweep has left for others to read."""
    table = stage.mesh.tables["directory"]
    facts: dict[str, Any] = HeartbeatsRepository(stage.mesh.dynamodb, table).list()["sight"]
    return dict(facts["facts"])


def test_a_sweep_that_takes_long_looks_if_the_minute_in_which_it_began_says_so(
    stage: Stage,
) -> None:
    stage.configure(a_monitor(), a_channel())
    live(stage, a_monitor(), 0, 2)

    def last(_count: int, _name: str) -> None:
        stage.now, stage.after_call = START + 11 * MINUTE, None

    stage.after_call = last
    sweep(stage, 10)
    assert sight(stage)["watched"] == 1


def test_a_monitor_whose_regions_all_abstain_is_announced_once_and_ends_with_the_next_verdict(
    stage: Stage,
) -> None:
    shop = a_monitor()
    stage.configure(shop, a_channel())
    live(stage, shop, 0, 2)
    live(stage, shop, 2, 16, **SECRET)
    sweep(stage, 10)
    assert stage.incidents == []
    sweep(stage, 15)
    sweep(stage, 20)
    (unknown,) = stage.incidents
    assert (unknown.severity, unknown.state) == (UNKNOWN, IncidentState.OPEN)
    assert unknown.opened_at == next(results_of(shop, 2, 3)).slot
    assert unknown.cause_detail == "no such secret"
    assert stage.states[shop.id].status is Status.UP
    assert stage.alert_keys == ["opened#ch_1"]
    live(stage, shop, 21, 22)
    assert stage.incidents[0].state is IncidentState.RESOLVED
    assert stage.alert_keys == ["opened#ch_1", "resolved#ch_1"]
    assert stage.ledger == ["up first_pass", "up blind", "up judged_again"]


def test_a_monitor_of_which_nothing_arrives_is_announced_too(stage: Stage) -> None:
    shop = a_monitor()
    stage.configure(shop, a_channel())
    live(stage, shop, 0, 2)
    sweep(stage, 15)
    assert [each.cause for each in stage.incidents] == ["no_results"]


def test_a_monitor_whose_only_judge_is_not_believed_is_blind(stage: Stage) -> None:
    shop = a_monitor(regions=("eu-west-1",))
    stage.configure(shop, a_channel())
    live(stage, shop, 0, 2)
    stage.see(*results_of(shop, 2, 15, outcome=Outcome.FAILURE))
    stage.now = START + 15 * MINUTE
    heartbeats = HeartbeatsRepository(stage.mesh.dynamodb, stage.mesh.tables["directory"])
    sick = TrustVerdict(judged_at=stage.now, distrusted=frozenset({"eu-west-1"}))
    write_verdict(heartbeats, sick)
    stage.verifier().blindness.look()
    assert [each.cause for each in stage.incidents] == ["region_distrusted"]


def test_only_every_fifth_minute_all_monitors_are_looked_at(stage: Stage) -> None:
    shop = a_monitor()
    stage.configure(shop, a_channel())
    live(stage, shop, 0, 2)
    for minute in (16, 17, 18, 19):
        sweep(stage, minute)
    assert stage.incidents == []


@pytest.mark.parametrize("paused", [True, False])
def test_what_is_paused_or_never_worked_is_not_announced(stage: Stage, *, paused: bool) -> None:
    shop = a_monitor(paused=paused)
    stage.configure(shop, a_channel())
    if not paused:
        live(stage, shop, 0, 2, **SECRET)
    sweep(stage, 30)
    assert stage.incidents == []


def test_a_maintenance_window_excuses_it_until_its_end_and_a_while_after(stage: Stage) -> None:
    shop = a_monitor()
    stage.configure(shop, a_channel())
    windows = MaintenanceRepository(stage.mesh.dynamodb, stage.mesh.tables["directory"])
    windows.create(a_window(START + 4 * MINUTE, START + 22 * MINUTE))
    live(stage, shop, 0, 2)
    for minute in (15, 20, 25, 30):
        sweep(stage, minute)
    assert stage.incidents == []
    sweep(stage, 35)
    assert len(stage.incidents) == 1


def a_window(begins: datetime, ends: datetime) -> MaintenanceWindow:
    """Build a window for all monitors."""
    return MaintenanceWindow(
        id="mw_1",
        name="Move",
        everything=True,
        starts_at=begins,
        ends_at=ends,
        created_at=START,
        updated_at=START,
    )


def test_a_blind_mesh_is_reported_once_in_the_log_and_nobody_hears_of_its_monitors(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    every = shops(7)
    for each in every:
        stage.configure(each)
        live(stage, each, 0, 2)
    for each in every[:2]:
        live(stage, each, 2, 16)
    caplog.clear()
    sweep(stage, 15)
    assert stage.incidents == []
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", "mesh_blind")
    ]
    assert sight(stage) == {
        "watched": 7,
        "silent": 5,
        "shortest_interval_seconds": 60,
        "mesh_blind_at": "2026-01-01T12:15:00Z",
    }


def test_when_the_mesh_can_see_again_those_that_stay_blind_are_announced(stage: Stage) -> None:
    every = shops(7)
    for each in every:
        stage.configure(each)
        live(stage, each, 0, 2)
    sweep(stage, 15)
    for each in every[:4]:
        live(stage, each, 16, 31)
    sweep(stage, 20)
    sweep(stage, 25)
    assert stage.incidents == []
    sweep(stage, 30)
    assert {each.monitor_id for each in stage.incidents} == {each.id for each in every[4:]}
    assert sight(stage)["silent"] == 3


def test_a_crash_after_any_of_the_last_calls_of_a_look_announces_it_once_all_the_same() -> None:
    calls = _calls_of_a_look()
    assert calls
    # From its sign of life on; what comes before writes nothing.
    for place in range(calls - 5, calls + 1):
        with a_stage() as stage:
            _prepare(stage)
            stage.after_call = _strike(place)
            with pytest.raises(Crash):
                sweep(stage, 15)
            stage.after_call = None
            sweep(stage, 20)
            assert len(stage.incidents) == 1, place
            assert stage.alert_keys == ["opened#ch_1"], place


def _prepare(stage: Stage) -> None:
    shop = a_monitor()
    stage.configure(shop, a_channel())
    live(stage, shop, 0, 2)
    stage.calls.clear()


def _calls_of_a_look() -> int:
    with a_stage() as stage:
        _prepare(stage)
        sweep(stage, 15)
        return len(stage.calls)


def _strike(place: int) -> Any:
    def strike(count: int, _name: str) -> None:
        if count == place:
            raise Crash

    return strike
