"""A lane that waits for slow targets takes more checks, and loses none of them."""

import asyncio
from collections.abc import Callable

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.messages import CheckMessage
from tests.integration.prober.batches import REGION, Bench, checks
from tests.integration.prober.probing import a_check

HANGING = "mon_0"


def one_hangs_until(bench: Bench, is_over: Callable[[str, str], bool]) -> None:
    """Have the first target answer only after a certain call to AWS, and all others at once."""
    ended = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    def note(call: str, body: str) -> None:
        if loops and is_over(call, body):
            loops[0].call_soon_threadsafe(ended.set)

    async def probe(assignment: Assignment, _context: ProbeContext) -> Observation:
        loops.append(asyncio.get_running_loop())
        if assignment.check.monitor_id == HANGING:
            await ended.wait()
        return Observation(outcome=Outcome.SUCCESS)

    bench.probes, bench.before_call = {"http": probe}, note


def waiting_checks(count: int) -> list[CheckMessage]:
    return [a_check("x", monitor_id=f"queued_{place}", region=REGION) for place in range(count)]


def test_a_lane_that_waits_for_a_slow_target_takes_checks_from_the_queue(bench: Bench) -> None:
    """The hanging target answers once all of the queued checks are recorded, in any order."""
    queued = waiting_checks(25)
    left = {each.monitor_id for each in queued}

    def is_over(call: str, body: str) -> bool:
        if call == "PutItem":
            left.difference_update({name for name in left if f'"{name}"' in body})
        return not left

    bench.queue_up(*reversed(queued))
    one_hangs_until(bench, is_over)
    assert bench.take(*checks(10)) == []
    assert len(bench.results) == 35
    assert bench.queued() == {"visible": 0, "in flight": 0}


def test_a_lane_whose_checks_are_all_quick_leaves_the_queue_alone(bench: Bench) -> None:
    bench.queue_up(*waiting_checks(1))
    assert bench.take(*checks(10)) == []
    assert set(bench.calls) == {"PutItem"}
    assert bench.queued() == {"visible": 1, "in flight": 0}


def test_a_lane_that_could_be_cut_off_with_them_takes_no_more_checks(bench: Bench) -> None:
    """A check may take 45 seconds: the function has to live for so long after its last receive."""

    async def slow(_assignment: Assignment, _context: ProbeContext) -> Observation:
        await asyncio.sleep(1.5)
        return Observation(outcome=Outcome.SUCCESS)

    bench.queue_up(*waiting_checks(1))
    bench.probes = {"http": slow}
    assert bench.take(*checks(10), seconds_left=45.0) == []
    assert set(bench.calls) == {"PutItem"}


def test_a_queued_check_whose_result_nobody_took_stays_in_the_queue(bench: Bench) -> None:
    bench.queue_up(*waiting_checks(2))
    one_hangs_until(bench, lambda call, body: call == "SendMessage" and "queued_1" in body)
    note = bench.before_call
    assert note is not None

    def strike(call: str, body: str) -> None:
        note(call, body)
        if "queued_1" in body and call in {"PutItem", "SendMessage"}:
            raise EndpointConnectionError(endpoint_url="https://away")

    bench.before_call = strike
    assert bench.take(*checks(10)) == []
    assert {each.monitor_id for each in bench.results} >= {"queued_0", HANGING}
    assert len(bench.results) == 11
    assert bench.queued() == {"visible": 0, "in flight": 1}


def test_a_queued_message_that_nobody_can_read_stays_alone(bench: Bench) -> None:
    url = bench.mesh.queue_url("checks.fifo", REGION)
    bench.mesh.sqs(REGION).send_message(
        QueueUrl=url, MessageBody="no json", MessageGroupId="p", MessageDeduplicationId="p"
    )
    bench.queue_up(*waiting_checks(1))
    one_hangs_until(bench, lambda call, body: call == "PutItem" and "queued_0" in body)
    assert bench.take(*checks(10)) == []
    assert len(bench.results) == 11
    assert bench.queued() == {"visible": 0, "in flight": 1}


@pytest.mark.parametrize("call", ["ReceiveMessage", "DeleteMessageBatch"])
def test_a_queue_that_is_away_harms_no_check_in_hand(bench: Bench, call: str) -> None:
    bench.queue_up(*waiting_checks(1))
    one_hangs_until(bench, lambda name, _body: name == call)
    note = bench.before_call
    assert note is not None

    def strike(name: str, body: str) -> None:
        note(name, body)
        if name == call:
            raise ConnectTimeoutError(endpoint_url="https://away")

    bench.before_call = strike
    assert bench.take(*checks(10)) == []
    assert {f"mon_{place}" for place in range(10)} <= {each.monitor_id for each in bench.results}


def test_checks_whose_receipt_got_lost_are_received_by_the_next_try(bench: Bench) -> None:
    """Each receive has a name, and SQS gives the same messages under the same name again."""
    names: list[str] = []

    def note(call: str, body: str) -> None:
        if call == "ReceiveMessage":
            names.append(body)

    bench.before_call = note
    queue = bench.prober().queue

    def lose(call: str, _body: str) -> None:
        if call == "ReceiveMessage":
            raise ConnectTimeoutError(endpoint_url="https://slow")

    bench.after_call = lose
    assert queue.receive(10) == []
    bench.after_call = None
    queue.receive(10)
    queue.receive(10)
    first, second, third = names
    assert first == second
    assert second != third
