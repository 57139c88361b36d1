"""What is decided is committed first; asking other regions comes after, and is never lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sentinelmesh.deadline import Deadline
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.first_check import first_look_slot
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose
from tests.integration.verifier.test_deciding import failing, go_down, seen_up, verifying
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot
from tests.support.verifier_stage import Record, Stage, a_stage

HERE, FAR, LOST = REGIONS
# Their slots are the same.
MONITORS = [a_monitor(id=f"mon_{n}", interval_seconds=10, timeout_ms=5000) for n in range(3)]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as made:
        yield made


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinelmesh.checks.time.sleep", lambda _seconds: None)


def suspicions(stage: Stage) -> list[Record]:
    """Have three monitors that worked fail at one moment."""
    for monitor in MONITORS:
        seen_up(stage, monitor)
    stage.now = a_slot(MONITORS[0], 1) + timedelta(seconds=1)
    stage.calls.clear()
    return stage.see(*(failing(monitor, 1) for monitor in MONITORS))


def names(monitors: list[Monitor]) -> list[str]:
    return sorted(each.id for each in monitors)


def test_all_suspicions_of_a_batch_are_committed_before_any_region_is_asked(stage: Stage) -> None:
    records = suspicions(stage)
    found: list[set[Status]] = []

    def look(_number: int, name: str) -> None:
        if name == "SendMessageBatch":
            found.append({stage.states[each.id].status for each in MONITORS})

    stage.before_call = look
    assert stage.deliver(records) == []
    assert found, "regions were asked"
    assert all(each == {Status.VERIFYING} for each in found)


def test_the_requests_of_a_batch_leave_in_one_call_for_each_region(stage: Stage) -> None:
    assert stage.deliver(suspicions(stage)) == []
    regions, alarms = 2, 1
    assert stage.calls.count("SendMessageBatch") == regions + alarms
    assert "SendMessage" not in stage.calls
    asked = stage.asked()
    for region in (FAR, LOST):
        assert sorted(check.monitor_id for check in asked[region]) == names(MONITORS)
    assert stage.alarms() == len(MONITORS)


def test_an_outage_is_confirmed_although_a_region_takes_no_requests(stage: Stage) -> None:
    stage.away.add(LOST)
    assert stage.deliver(suspicions(stage)) == []
    assert {state.status for state in stage.states.values()} == {Status.VERIFYING}
    assert len(stage.asked()[FAR]) == len(MONITORS)
    votes = [vote for each in MONITORS for vote in verifying(each, 1) if vote.region == FAR]
    stage.now += timedelta(seconds=2)
    assert stage.deliver(stage.see(*votes)) == []
    assert {state.status for state in stage.states.values()} == {Status.DOWN}


def test_a_request_that_no_queue_took_is_made_again_when_the_monitor_is_evaluated_next(
    stage: Stage,
) -> None:
    stage.away.add(LOST)
    stage.deliver(suspicions(stage))
    assert stage.asked()[LOST] == []
    stage.away.clear()
    assert stage.alarms_within(7) == names(MONITORS), "not only when the round is given up"
    stage.wake(MONITORS[0].id)
    (check,) = stage.asked()[LOST]
    assert (check.monitor_id, check.slot) == (MONITORS[0].id, a_slot(MONITORS[0], 1))


def test_one_process_waits_once_for_a_region_that_is_away(stage: Stage) -> None:
    stage.away.add(LOST)
    verifier = stage.verifier()
    records = suspicions(stage)
    for record in records:
        assert verifier.take_records([record])["batchItemFailures"] == []
    tried = stage.calls.count(f"hang@{LOST}")
    stage.now += timedelta(seconds=1)
    assert verifier.take_records(records)["batchItemFailures"] == []
    assert 0 < tried == stage.calls.count(f"hang@{LOST}")
    assert len(stage.asked()[FAR]) == len(MONITORS)


def test_a_recovery_is_verified_by_requests_that_leave_together_too(stage: Stage) -> None:
    for monitor in MONITORS:
        seen_up(stage, monitor)
    for monitor in MONITORS:
        go_down(stage, monitor)
    stage.asked()
    stage.now = a_slot(MONITORS[0], 2) + timedelta(seconds=1)
    records = stage.see(*(a_result(each, a_slot(each, 2), HERE) for each in MONITORS))
    stage.calls.clear()
    assert stage.deliver(records) == []
    assert stage.calls.count("SendMessageBatch") == 3
    assert len(stage.asked()[FAR]) == len(MONITORS)


def test_what_there_is_no_time_for_is_handed_to_the_queue(stage: Stage) -> None:
    """A batch must not outlive its function: it would come back whole, and fail again."""
    records = suspicions(stage)
    over = Deadline(0.0, lambda: 0.0)
    assert stage.verifier().take_records(records, over)["batchItemFailures"] == []
    assert {state.status for state in stage.states.values()} == {Status.UP}
    assert stage.alarms_within(7) == names(MONITORS)


def test_what_the_sweep_has_no_time_for_is_handed_to_the_queue(stage: Stage) -> None:
    for monitor in MONITORS:
        seen_up(stage, monitor)
        go_down(stage, monitor)
    stage.alarms_within(900)
    stage.verifier().sweep(Deadline(0.0, lambda: 0.0))
    assert stage.alarms_within(7) == names(MONITORS)


def test_messages_there_is_no_time_for_come_back(stage: Stage) -> None:
    suspicions(stage)
    over = Deadline(0.0, lambda: 0.0)
    assert not stage.wakes_well(MONITORS[0].id, over)
    assert stage.states[MONITORS[0].id].status is Status.UP


def test_a_new_monitor_is_probed_by_all_its_regions_at_once(stage: Stage) -> None:
    monitor = a_monitor(
        id="mon_new", probed_since=stage.now, enabled_at=stage.now, scheduled_since=stage.now
    )
    stage.configure(monitor)
    stage.now += timedelta(seconds=0.3)
    assert stage.deliver([stage.record_of_monitor(monitor.id)]) == []
    slot = first_look_slot(monitor)
    assert slot is not None
    for region, checks in stage.asked().items():
        (check,) = checks
        assert (check.purpose, check.slot, check.region) == (Purpose.FIRST_LOOK, slot, region)
    stage.now = slot + timedelta(seconds=1)
    seen = [a_result(monitor, slot, each, purpose=Purpose.FIRST_LOOK) for each in REGIONS]
    assert stage.deliver(stage.see(*seen)) == []
    assert stage.states[monitor.id].status is Status.UP
