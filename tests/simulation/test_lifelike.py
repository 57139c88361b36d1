"""AWS with its real limits, as the simulation has it: tries, threads, pages and processes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.fake_aws.dynamodb import FakeDynamoDb
from tests.fake_aws.functions import Process
from tests.fake_aws.hub import Hub
from tests.fake_aws.tables import Table
from tests.simulation.faults import Fate, Weather
from tests.simulation.lives import live, report
from tests.simulation.machine import Lanes
from tests.simulation.plans import draw_plan

START = datetime(2026, 1, 1, tzinfo=UTC)
STORM = 14

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def run(hub: Hub, work: Callable[[], Any]) -> Any:
    """Run something as a process of a function would; return its value or its error."""
    task = hub.start(work, Process("test"))
    hub.run_until(hub.now + timedelta(hours=1))
    return task.error or task.value


def test_boto_tries_again_when_there_is_no_way_and_then_gives_up() -> None:
    hub = Hub(START)
    fate = Fate(hub, Random(1), Weather(unreachable=1.0))
    error = run(hub, lambda: fate.around("PutItem", lambda: None, tries=3))
    assert isinstance(error, ConnectTimeoutError)
    assert fate.met["unreachable"] == 3


def test_boto_does_not_try_again_what_was_refused_for_good() -> None:
    hub = Hub(START)
    fate = Fate(hub, Random(1), Weather(conflict=1.0))
    error = run(hub, lambda: fate.around("TransactWriteItems", lambda: None, tries=3))
    assert isinstance(error, ClientError)
    assert fate.met["conflict"] == 1


def test_a_write_without_an_answer_is_made_twice_and_a_transaction_once() -> None:
    """Boto gives a transaction a token; a put meets what it put itself."""
    hub = Hub(START)
    made: list[str] = []
    for name in ("PutItem", "TransactWriteItems"):
        fate = Fate(hub, Random(1), Weather(lost_answer=1.0))

        def write(what: str = name) -> None:
            made.append(what)

        def work(fate: Fate = fate, write: Callable[[], None] = write, what: str = name) -> Any:
            return fate.around(what, write, tries=2)

        run(hub, work)
    assert made == ["PutItem", "PutItem", "TransactWriteItems"]


def test_a_pool_runs_as_many_at_once_as_it_has_threads() -> None:
    hub = Hub(START)
    busy = most = 0

    def work(_item: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        hub.sleep(1)
        busy -= 1

    run(hub, lambda: list(Lanes(hub, 3).map(work, range(10))))
    assert (busy, most) == (0, 3)


def test_a_page_has_a_megabyte_at_most() -> None:
    table = Table(("id", "place"))
    for place in range(5):
        item = {"id": {"S": "a"}, "place": {"N": str(place)}, "text": {"S": "x" * 300_000}}
        table.write(item, item, START)
    client = FakeDynamoDb({"t": table}, lambda: START)
    asked = {
        "TableName": "t",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "a"}},
    }
    pages = list(client.get_paginator("query").paginate(**asked))
    assert [page["Count"] for page in pages] == [3, 2]


def test_a_lifelike_storm_breaks_no_promise() -> None:
    plan = draw_plan(STORM)
    assert plan.is_lifelike
    assert not plan.lasting
    life = live(plan)
    assert not life.violations, report(life)
    assert life.simulation.fate.met["no_room"], "some invocation found no room"
