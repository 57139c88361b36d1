"""A probe on demand: ordered from every region, answered within API Gateway's patience."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.api.services.on_demand_checks import MAX_WAIT
from sentinelmesh.checks import CheckQueues
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.messages import CheckMessage, decode
from tests.integration.api.stage import Stage
from tests.integration.api.watched import monitor_of, put_results
from tests.support.builders import REGIONS, a_result


def ordered(stage: Stage) -> list[CheckMessage]:
    """Take all checks out of the queues."""
    return [
        decode(body, CheckMessage)
        for region in REGIONS
        for body in stage.mesh.drain("checks.fifo", region)
    ]


def answer_after(stage: Stage, monitor_id: str, pauses: int, regions: tuple[str, ...]) -> None:
    """Have probers answer while the API waits."""
    waited: list[int] = []

    def wait() -> None:
        waited.append(1)
        if len(waited) == pauses:
            monitor = monitor_of(stage, monitor_id)
            put_results(
                stage,
                (
                    a_result(
                        monitor,
                        check.slot,
                        check.region,
                        purpose=Purpose.MANUAL,
                        outcome=Outcome.FAILURE,
                    )
                    for check in ordered(stage)
                    if check.region in regions
                ),
            )

    stage.while_waiting = wait


def check(stage: Stage, monitor_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = stage.post(f"/v1/monitors/{monitor_id}/check")
    return answer


def test_every_region_probes_and_all_answers_come_back(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    answer_after(stage, monitor_id, 3, REGIONS)
    started = stage.now
    seen = check(stage, monitor_id)
    assert seen["complete"] is True
    assert [each["region"] for each in seen["items"]] == list(REGIONS)
    assert {each["purpose"] for each in seen["items"]} == {"manual"}
    assert stage.now - started < timedelta(seconds=1)


def test_who_does_not_answer_is_not_waited_for_for_ever(stage: Stage) -> None:
    monitor_id = stage.add_monitor(timeout_ms=30_000)["id"]
    answer_after(stage, monitor_id, 2, REGIONS[:2])
    started = stage.now
    seen = check(stage, monitor_id)
    assert seen["complete"] is False
    assert [each["region"] for each in seen["items"]] == list(REGIONS[:2])
    assert MAX_WAIT <= stage.now - started < timedelta(seconds=29)


def test_a_short_timeout_is_a_short_wait(stage: Stage) -> None:
    monitor_id = stage.add_monitor(timeout_ms=1000)["id"]
    started = stage.now
    assert check(stage, monitor_id) == {"items": [], "complete": False}
    assert stage.now - started < timedelta(seconds=7)


def test_an_order_is_worthless_once_nobody_waits_any_more(stage: Stage) -> None:
    monitor_id = stage.add_monitor(timeout_ms=1000)["id"]
    orders: list[CheckMessage] = []
    stage.while_waiting = lambda: orders.extend(ordered(stage))
    started = stage.now
    check(stage, monitor_id)
    assert {order.purpose for order in orders} == {Purpose.MANUAL}
    assert {order.expires_at for order in orders} == {started + timedelta(seconds=6)}


def test_a_paused_monitor_can_be_checked_too(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    stage.post(f"/v1/monitors/{monitor_id}/pause")
    answer_after(stage, monitor_id, 1, REGIONS)
    assert check(stage, monitor_id)["complete"] is True


def test_time_lost_while_sending_is_not_waited_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor_id = stage.add_monitor()["id"]
    send = CheckQueues.send

    def slowly(queues: CheckQueues, checks: Any) -> list[CheckMessage]:
        stage.pass_time(seconds=17)
        return send(queues, checks)

    monkeypatch.setattr(CheckQueues, "send", slowly)
    started = stage.now
    check(stage, monitor_id)
    assert stage.now - started <= timedelta(seconds=18)


def test_a_region_whose_queue_is_away_is_not_waited_for(stage: Stage) -> None:
    def be_away(_count: int, name: str) -> None:
        if name == "SendMessageBatch":
            raise EndpointConnectionError(endpoint_url="https://sqs.example")

    monitor_id = stage.add_monitor(regions=["us-east-1"])["id"]
    stage.calls.before = be_away
    answer = stage.call("POST", f"/v1/monitors/{monitor_id}/check")
    assert answer.status == 503
    assert "no region" in answer.body["detail"]
