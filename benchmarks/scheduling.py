"""What a due monitor costs the scheduler, from the index to the entry of SendMessageBatch.

Beside it, in the same run: the same with boto3 reading real answers of DynamoDB, the ordinary way
(boto3's own deserializer, the whole monitor, the standard library's JSON), and as a floor one copy
of the message by a JSON library written in C.
"""

import gc
import json
import logging
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import boto3
import msgspec
from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse

from benchmarks.report import Bar, Report
from functions.scheduler.dispatch import Dispatcher
from sentinelmesh.checks import CheckQueues
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import Assertion, Monitor
from sentinelmesh.domain.monitors.schedule import regions_of
from sentinelmesh.messages import TickMessage
from sentinelmesh.storage.dynamodb.fast_decoding import read_quickly
from sentinelmesh.storage.dynamodb.items import Item
from sentinelmesh.storage.monitors import DUE_ATTRIBUTES, MonitorsRepository
from tests.support.builders import a_monitor

MONITORS = 5_000
ROUNDS = 5
# What fits into one answer of DynamoDB, which ends at a megabyte.
PAGE = 700
MIN_PER_SECOND = 5_000
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
Pages = Sequence[Sequence[Item]]


def monitors() -> list[Monitor]:
    """Make monitors as people configure them, all due at once."""
    return [
        a_monitor(
            id=f"mon_{number:022d}",
            name=f"Shop front page {number}",
            interval_seconds=10,
            timeout_ms=8_000,
            probe={"method": "GET", "headers": {"x-team": "shop"}, "follow_redirects": True,
                   "verify_tls": True, "expected_status": ["200-299"]},
            assertions=(
                Assertion(source="body", operator="contains", value="ok"),
                Assertion(source="json", path="$.db", operator="equals", value="up"),
            ),
            degraded_after_ms=1_500,
            channels=("ch_1",),
            tags=("shop", "prod"),
        )
        for number in range(MONITORS)
    ]  # fmt: skip


class FakeDynamoDb:
    """Gives pages of items that were read before."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def get_paginator(self, _name: str) -> "FakeDynamoDb":
        """Be the paginator."""
        return self

    def paginate(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Return all items to the shortest interval, and none to the others."""
        due_key = query["ExpressionAttributeValues"][":due"]["S"]
        yield from ({"Items": page} for page in (self._pages if due_key[:3] == "10#" else []))


class FakeSqs:
    """Takes everything."""

    def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: ARG002, N803
        """Say that all entries were taken."""
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


class _Body:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def stream(self, *_args: Any, **_options: Any) -> Iterator[bytes]:
        yield self._raw


def reading_dynamodb(pages: Pages) -> Any:
    """Make boto3's client, with the answers of the wire instead of a wire."""
    answers = [
        json.dumps({"Items": page, "Count": len(page)} | ({"LastEvaluatedKey": {
            "monitor_id": {"S": str(place + 1)}}} if page is not pages[-1] else {})).encode()
        for place, page in enumerate(pages)
    ]  # fmt: skip
    nothing = json.dumps({"Items": [], "Count": 0}).encode()

    def answer(request: Any, **_details: Any) -> AWSResponse:
        asked = json.loads(request.body)
        raw = nothing
        if asked["ExpressionAttributeValues"][":due"]["S"].startswith("10#"):
            start = asked.get("ExclusiveStartKey", {"monitor_id": {"S": "0"}})
            raw = answers[int(start["monitor_id"]["S"])]
        checksum = {"x-amz-crc32": str(zlib.crc32(raw))}
        return AWSResponse(request.url, 200, checksum, _Body(raw))  # type: ignore[arg-type]

    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    client = session.client("dynamodb", region_name="eu-west-1")
    client.meta.events.register("before-send.dynamodb.Query", answer)  # type: ignore[arg-type]
    return read_quickly(client)


def dispatching(dynamodb: Any) -> Callable[[], object]:
    """Have the scheduler's own code dispatch one granule."""
    dispatcher = Dispatcher(
        MonitorsRepository(dynamodb, "monitors"),
        CheckQueues(lambda _region: FakeSqs(), "https://{region}"),  # type: ignore[arg-type, return-value]
    )

    def dispatch() -> object:
        done = dispatcher.dispatch(TickMessage(granule_at=NOW, shard=0))
        assert done.sent == MONITORS, done
        return done

    return dispatch


def the_ordinary_way(items: Sequence[Item]) -> Callable[[], object]:
    """Do the same with boto3's deserializer and the standard library's JSON."""
    deserialize = TypeDeserializer().deserialize

    def dispatch() -> object:
        sent = 0
        for item in items:
            plain = {name: deserialize(value) for name, value in item.items()}
            regions = tuple(plain["regions"])
            (region,) = regions_of(plain["monitor_id"], 10, regions, "rotate", NOW)
            body = json.dumps({**plain, "region": region, "slot": NOW.isoformat()}, default=str)
            sent += len(body) > 0
        return sent

    return dispatch


def one_copy(items: Sequence[Item]) -> Callable[[], object]:
    """Read and write the message of each monitor once more, in C."""
    bodies = [msgspec.json.encode(item) for item in items]
    return lambda: [msgspec.json.encode(msgspec.json.decode(body)) for body in bodies]


def cost_us(work: Callable[[], object]) -> float:
    """Return the least CPU time per monitor, of several rounds."""
    # The benchmark's own objects would be walked over by every collection of ours.
    gc.collect()
    gc.freeze()
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    gc.unfreeze()
    return best / MONITORS * 1e6


def measure() -> Report:
    """Measure all ways in one run."""
    logging.disable(logging.CRITICAL)
    repository = MonitorsRepository(None, "monitors")  # type: ignore[arg-type]
    whole = [repository._item(each) for each in monitors()]  # noqa: SLF001 (as the API writes it)
    projected = {"monitor_id", "name", *DUE_ATTRIBUTES.split(", ")}
    items = [{name: item[name] for name in item if name in projected} for item in whole]
    pages = [items[start : start + PAGE] for start in range(0, MONITORS, PAGE)]
    ours, read = dispatching(FakeDynamoDb(pages)), dispatching(reading_dynamodb(pages))
    costs = {
        "scheduler, up to SendMessageBatch": cost_us(ours),
        "... with boto3 reading the answers": cost_us(read),
        "the ordinary way, without boto3": cost_us(the_ordinary_way(whole)),
        "one copy of the message in C": cost_us(one_copy(items)),
    }
    logging.disable(logging.NOTSET)
    own, *_, floor = costs.values()
    most = 1e6 / MIN_PER_SECOND
    return Report(
        name="scheduling",
        title=f"CPU per due monitor, {MONITORS} due at once, one shard",
        columns=("way", "microseconds", "per second", "times the floor"),
        rows=[(name, cost, round(1e6 / cost), cost / floor) for name, cost in costs.items()],
        bars=[
            Bar(name="microseconds per due monitor up to SendMessageBatch", figure=own, most=most),
            Bar(
                name="the same with boto3 reading the answers",
                figure=costs["... with boto3 reading the answers"],
                most=most,
            ),
        ],
        remarks=[f"Fields read of each monitor: {len(DueMonitor.__slots__)}."],
    )


def run() -> dict[str, Any]:
    """Measure, and give figures and ratios."""
    return asdict(measure())


def main() -> None:
    """Measure and print."""
    print(measure().text())


if __name__ == "__main__":
    main()
