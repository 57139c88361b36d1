"""Sending checks: only failed entries again, and no region waits for another."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sentinelmesh import checks
from sentinelmesh.checks import CheckQueues, check_id, check_of
from sentinelmesh.circuit_breaker import OPEN_SECONDS
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.messages import CheckMessage, decode
from tests.support.builders import REGIONS, START, a_monitor

EU, US, AP = REGIONS
URL = "https://sqs.{region}.example/checks.fifo"
Answer = Callable[[list[dict[str, Any]]], dict[str, Any]]


def taken(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Successful": [{"Id": entry["Id"]} for entry in entries]}


def throttled(_entries: list[dict[str, Any]]) -> dict[str, Any]:
    raise ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "SendMessageBatch")


def unreachable(_entries: list[dict[str, Any]]) -> dict[str, Any]:
    raise EndpointConnectionError(endpoint_url="https://sqs.example")


def refusing(*places: int) -> Answer:
    """Refuse the entries at these places of the batch."""

    def answer(entries: list[dict[str, Any]]) -> dict[str, Any]:
        ids = [entry["Id"] for entry in entries]
        failures = [ids[place] for place in places]
        return {
            "Successful": [{"Id": each} for each in ids if each not in failures],
            "Failed": [
                {"Id": each, "Code": "InternalError", "SenderFault": False} for each in failures
            ],
        }

    return answer


class Queue:
    """A region's queue that remembers what it was sent, and answers by a script."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.calls: list[list[str]] = []
        self.held: list[CheckMessage] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        assert "{region}" not in QueueUrl
        self.calls.append([entry["Id"] for entry in Entries])
        answer = (self.script.pop(0) if len(self.script) > 1 else self.script[0])(Entries)
        accepted = {each["Id"] for each in answer["Successful"]}
        self.held += [
            decode(entry["MessageBody"], CheckMessage)
            for entry in Entries
            if entry["Id"] in accepted
        ]
        return answer


def queues_of(regions: dict[str, Queue]) -> CheckQueues:
    return CheckQueues(lambda region: regions[region], URL)  # type: ignore[arg-type, return-value]


def a_check(number: int = 0, region: str = EU, **changes: Any) -> CheckMessage:
    lifetime = (START, START + timedelta(seconds=60))
    monitor = a_monitor(id=f"mon_{number}")
    check = check_of(monitor, region, Purpose.SCHEDULED, START, lifetime)
    return replace(check, **changes)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("sentinelmesh.checks.time.sleep", made.append)
    return made


def test_checks_are_sent_ten_at_a_time() -> None:
    queue = Queue(taken)
    wanted = [a_check(number) for number in range(23)]
    assert queues_of({EU: queue}).send(wanted) == []
    assert sorted(len(call) for call in queue.calls) == [3, 10, 10]
    assert sorted(each.monitor_id for each in queue.held) == sorted(
        each.monitor_id for each in wanted
    )


def test_only_the_failed_entries_of_a_batch_are_sent_again(pauses: list[float]) -> None:
    queue = Queue(refusing(1, 3), refusing(0), taken)
    assert queues_of({EU: queue}).send(a_check(number) for number in range(5)) == []
    assert queue.calls == [["0", "1", "2", "3", "4"], ["1", "3"], ["1"]]
    assert sorted(each.monitor_id for each in queue.held) == [f"mon_{n}" for n in range(5)]
    assert len(pauses) == 2


def test_what_no_queue_takes_after_three_tries_is_given_back() -> None:
    queue = Queue(refusing(1), refusing(0))
    wanted = [a_check(number) for number in range(3)]
    assert queues_of({EU: queue}).send(wanted) == [wanted[1]]
    assert len(queue.calls) == checks.MAX_TRIES


def test_a_throttled_queue_is_asked_again() -> None:
    queue = Queue(throttled, throttled, taken)
    assert queues_of({EU: queue}).send([a_check()]) == []


@pytest.mark.parametrize("trouble", [throttled, unreachable, refusing(*range(10))])
def test_one_region_in_trouble_loses_its_own_checks_only(trouble: Answer) -> None:
    sick, well, also_well = Queue(trouble), Queue(taken), Queue(taken)
    wanted = [a_check(number, region) for number in range(30) for region in REGIONS]
    left = queues_of({EU: sick, US: well, AP: also_well}).send(wanted)
    assert {check.region for check in left} == {EU}
    assert len(left) == 30
    assert len(well.held) == len(also_well.held) == 30


def test_a_region_that_hangs_does_not_delay_the_others() -> None:
    """The others are served completely while every call to the hanging region still hangs."""
    served, release = Event(), Event()
    well = Queue(taken)

    def hanging(entries: list[dict[str, Any]]) -> dict[str, Any]:
        release.wait(30)
        return unreachable(entries)

    def watching(entries: list[dict[str, Any]]) -> dict[str, Any]:
        if len(well.held) + len(entries) == 25:
            served.set()
        return taken(entries)

    well.script = [watching]
    # The hanging region comes first and has more batches than there are lanes for it.
    wanted = [a_check(number, EU) for number in range(300)]
    wanted += [a_check(number, US) for number in range(25)]
    sending = Thread(target=queues_of({EU: Queue(hanging), US: well}).send, args=(wanted,))
    sending.start()
    try:
        assert served.wait(30)
    finally:
        release.set()
        sending.join(30)


def test_a_region_that_is_away_is_not_tried_with_every_batch() -> None:
    queue = Queue(unreachable)
    wanted = [a_check(number) for number in range(1000)]
    assert len(queues_of({EU: queue}).send(wanted)) == 1000
    assert len(queue.calls) <= checks.LANES_PER_REGION * checks.MAX_TRIES


def test_nobody_waits_for_a_region_that_was_away_a_moment_ago() -> None:
    queue, well = Queue(unreachable), Queue(taken)
    queues = queues_of({EU: queue, US: well})
    assert queues.send([a_check()]) == [a_check()]
    queue.calls.clear()
    wanted = [a_check(number, region) for number in range(25) for region in (EU, US)]
    assert {each.region for each in queues.send(wanted)} == {EU}
    assert queue.calls == []
    assert len(well.held) == 25


def test_a_region_that_was_away_is_tried_again_some_seconds_later_with_one_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("sentinelmesh.checks.time.monotonic", lambda: clock[0])
    queue = Queue(unreachable)
    queues = queues_of({EU: queue})
    wanted = [a_check(number) for number in range(25)]
    queues.send(wanted)
    for _ in range(2):
        queue.calls.clear()
        clock[0] += OPEN_SECONDS
        assert len(queues.send(wanted)) == 25
        assert queue.calls == [[str(place) for place in range(10)]]
    queue.script = [taken]
    clock[0] += OPEN_SECONDS
    assert queues.send(wanted) == []
    assert len(queue.held) == 25, "once one batch was taken, the others follow"


def test_a_region_that_throttles_is_not_away() -> None:
    queue = Queue(throttled)
    queues = queues_of({EU: queue})
    assert queues.send([a_check()]) == [a_check()]
    queue.script = [taken]
    assert queues.send([a_check()]) == []


def test_a_single_lost_connection_does_not_make_a_region_away() -> None:
    queue = Queue(unreachable, taken)
    assert queues_of({EU: queue}).send([a_check()]) == []


def test_what_was_not_taken_is_logged_once_for_each_region_and_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wanted = [a_check(number, region) for number in range(300) for region in (EU, US)]
    queues_of({EU: Queue(unreachable), US: Queue(throttled)}).send(wanted)
    logged = [vars(each) for each in caplog.records if each.message == "checks_unsent"]
    unsent = dict.fromkeys((EU, US), 0)
    for each in logged:
        unsent[each["region"]] += each["unsent"]
    assert unsent == {EU: 300, US: 300}
    assert len(logged) <= 3


def test_a_call_that_hung_too_long_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = chain([0.0], repeat(100.0))
    monkeypatch.setattr("sentinelmesh.checks.time.monotonic", lambda: next(clock))
    queue = Queue(unreachable)
    assert queues_of({EU: queue}).send([a_check()]) == [a_check()]
    assert len(queue.calls) == 1


def test_the_client_of_a_region_is_made_once_even_if_many_ask_at_once() -> None:
    made: list[str] = []
    together = Barrier(8)

    def client_for(region: str) -> Any:
        made.append(region)
        return Queue(taken)

    queues = CheckQueues(client_for, URL)

    def ask() -> None:
        together.wait(30)
        queues.send([a_check(0, EU), a_check(0, US)])

    askers = [Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(30)
    assert sorted(made) == sorted([EU, US])


def test_nothing_to_send_calls_nobody() -> None:
    assert queues_of({}).send([]) == []


def test_the_name_of_a_check_is_its_group_and_what_its_queue_knows_it_by() -> None:
    entry = checks._entry("0", a_check())
    name = "mon_0.1.2026-01-01T12:00:00Z.scheduled"
    assert entry["MessageGroupId"] == entry["MessageDeduplicationId"] == name
    assert len(check_id(a_check(region="x" * 20))) <= 128


def test_checks_of_another_monitor_revision_slot_or_purpose_have_another_name() -> None:
    others = [
        a_check(1),
        a_check(revision=2),
        a_check(slot=START + timedelta(seconds=10)),
        a_check(purpose=Purpose.VERIFICATION),
        a_check(purpose=Purpose.MANUAL),
    ]
    names = {check_id(check) for check in [a_check(), *others]}
    assert len(names) == 6


def test_the_name_of_a_check_does_not_depend_on_when_or_where_it_is_sent() -> None:
    later: datetime = START + timedelta(minutes=6)
    assert check_id(a_check(scheduled_at=later, expires_at=later)) == check_id(a_check())
    assert check_id(a_check(region=AP)) == check_id(a_check())


def test_a_check_contains_all_that_a_prober_needs() -> None:
    monitor = a_monitor(
        kind="tcp", probe={"a": 1}, secret_fields=("s",), degraded_after_ms=5, revision=9
    )
    due = (START, START + timedelta(seconds=9))
    check = check_of(monitor, US, Purpose.MANUAL, START, due)
    assert (check.monitor_id, check.monitor_name, check.revision) == ("mon_1", "Shop", 9)
    assert (check.scheduled_at, check.expires_at) == due
    assert (check.region, check.kind, check.target) == (US, "tcp", monitor.target)
    assert (check.probe, check.secret_fields, check.degraded_after_ms) == ({"a": 1}, ("s",), 5)
