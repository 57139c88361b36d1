"""A prober's early word has other regions asked, and costs little where it is of no use."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.messages import EvaluationMessage, encode
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from tests.support.builders import REGIONS, a_channel, a_monitor, a_result, a_slot
from tests.support.deliveries import queue_record
from tests.support.verifier_stage import Stage, a_stage

HERE, *OTHERS = REGIONS
MONITOR = a_monitor()
SLOT = a_slot(MONITOR, 1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Have a monitor that is up, and whose next slot goes without an answer."""
    with a_stage() as made:
        made.configure(MONITOR, a_channel())
        made.now = a_slot(MONITOR, 0) + timedelta(seconds=1)
        made.deliver(made.see(a_result(MONITOR, a_slot(MONITOR, 0), HERE)))
        made.now = SLOT + timedelta(seconds=2)
        made.calls.clear()
        yield made


def hear(stage: Stage, monitor: Monitor = MONITOR, times: int = 1) -> list[str]:
    slow = Unanswered(slot=SLOT, region=HERE, revision=monitor.revision)
    body = encode(EvaluationMessage(monitor_id=monitor.id, unanswered=slow))
    messages = [queue_record(str(count), body) for count in range(times)]
    answer = stage.verifier().take_messages(messages)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_a_word_has_the_other_regions_asked_once_and_decides_nothing(stage: Stage) -> None:
    assert hear(stage, times=3) == []
    asked = stage.asked()
    assert asked[HERE] == []
    for region in OTHERS:
        (check,) = asked[region]
        assert (check.slot, check.purpose) == (SLOT, Purpose.VERIFICATION)
        assert check.patience_ms is None, "nobody is asked because of who was asked"
    assert stage.states[MONITOR.id].status is Status.UP
    assert stage.alert_keys == []


def test_an_outage_is_told_the_moment_the_slow_probe_has_failed(stage: Stage) -> None:
    hear(stage)
    early = [
        a_result(MONITOR, SLOT, each, purpose=Purpose.VERIFICATION, outcome=Outcome.FAILURE)
        for each in OTHERS
    ]
    stage.deliver(stage.see(*early))
    assert stage.alert_keys == []
    stage.deliver(stage.see(a_result(MONITOR, SLOT, HERE, outcome=Outcome.FAILURE)))
    assert stage.alert_keys == ["opened#ch_1"]


def test_a_word_about_a_monitor_that_is_down_costs_one_read(stage: Stage) -> None:
    stage.deliver(
        stage.see(
            a_result(MONITOR, SLOT, HERE, outcome=Outcome.FAILURE),
            *(
                a_result(MONITOR, SLOT, each, purpose=Purpose.VERIFICATION, outcome=Outcome.FAILURE)
                for each in OTHERS
            ),
        )
    )
    assert stage.states[MONITOR.id].status is Status.DOWN
    stage.calls.clear()
    assert hear(stage) == []
    assert stage.calls == ["BatchGetItem"]


def test_nobody_is_asked_in_a_maintenance_window(stage: Stage) -> None:
    window = MaintenanceWindow(
        id="mw_1",
        name="Move",
        starts_at=SLOT,
        ends_at=SLOT + timedelta(hours=1),
        created_at=SLOT,
        updated_at=SLOT,
        everything=True,
    )
    tables = stage.mesh.tables
    MaintenanceRepository(stage.mesh.dynamodb, tables["directory"]).create(window)
    hear(stage)
    assert all(not checks for checks in stage.asked().values())


def test_states_that_cannot_be_read_keep_no_message_from_its_evaluation(stage: Stage) -> None:
    def refuse(_count: int, call: str) -> None:
        if call == "BatchGetItem":
            error = {"Error": {"Code": "InternalServerError", "Message": "away"}}
            raise ClientError(error, call)  # type: ignore[arg-type]

    stage.before_call = refuse
    assert hear(stage) == []
    asked = stage.asked()
    assert [len(asked[each]) for each in OTHERS] == [1, 1]
