"""Tables at home that cannot be read: nothing is lost, and the stream goes on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from sentinelmesh.domain.incidents.incident import Status
from tests.integration.verifier.test_asking import MONITORS, names, suspicions
from tests.integration.verifier.test_deciding import failing, seen_up, verifying
from tests.support.builders import REGIONS, a_monitor, a_slot
from tests.support.verifier_stage import Stage, a_stage

HERE, *OTHERS = REGIONS
TABLE_CALLS = {"BatchGetItem", "GetItem", "Query", "TransactWriteItems", "UpdateItem"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as made:
        yield made


def lose(stage: Stage, calls: set[str]) -> None:
    """Have calls of some kinds get no answer."""

    def hang(_number: int, name: str) -> None:
        if name in calls:
            raise ReadTimeoutError(endpoint_url=name)

    stage.before_call = hang


def test_the_monitors_of_a_batch_whose_states_cannot_be_read_go_to_the_queue(
    stage: Stage,
) -> None:
    records = suspicions(stage)
    lose(stage, TABLE_CALLS)
    assert stage.deliver(records) == [], "the stream goes on"
    assert "GetItem" not in stage.calls, "nobody waits for each monitor's tables again"
    assert stage.alarms_within(7) == names(MONITORS)
    assert not stage.wakes_well(MONITORS[0].id)
    stage.before_call = None
    stage.wake(MONITORS[0].id)
    assert stage.states[MONITORS[0].id].status is Status.VERIFYING


def test_a_batch_comes_back_if_the_queue_is_away_too(stage: Stage) -> None:
    records = suspicions(stage)
    lose(stage, TABLE_CALLS | {"SendMessageBatch"})
    assert stage.deliver(records) == [records[0]["dynamodb"]["SequenceNumber"]]
    stage.before_call = None
    assert stage.deliver(records) == []
    assert {each.status for each in stage.states.values()} == {Status.VERIFYING}


def test_a_suspicion_that_comes_after_its_round_was_given_up_has_others_asked_anew(
    stage: Stage,
) -> None:
    hourly = a_monitor(interval_seconds=3600)
    seen_up(stage, hourly)
    stage.now = a_slot(hourly, 1) + timedelta(minutes=10)
    stage.deliver(stage.see(failing(hourly, 1)))
    asked = stage.asked()
    assert [len(asked[region]) for region in OTHERS] == [1, 1]
    stage.now += timedelta(seconds=5)
    stage.deliver(stage.see(*verifying(hourly, 1)))
    assert stage.ledger == ["up first_pass", "verifying suspected", "down quorum"]
    assert stage.incidents[0].opened_at == failing(hourly, 1).started_at


def test_a_result_that_nobody_can_read_has_its_monitor_evaluated(stage: Stage) -> None:
    seen_up(stage, MONITORS[0])
    stage.now = a_slot(MONITORS[0], 1) + timedelta(seconds=1)
    (record,) = stage.see(failing(MONITORS[0], 1))
    record["dynamodb"]["NewImage"]["outcome"] = {"S": "of newer code"}
    assert stage.deliver([record, {"dynamodb": {"Keys": {}}}]) == []
    assert stage.states[MONITORS[0].id].status is Status.VERIFYING
