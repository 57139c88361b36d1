"""Orders to count: of late results and of edits, each once and none lost."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.verifier.records import ResultSummary
from functions.verifier.recount_orders import Recounts
from sentinelmesh.domain.values.instant import text
from sentinelmesh.messages import RecountMessage, decode
from sentinelmesh.rebuild_queue import RecountQueue, merge_orders
from tests.support.builders import START

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


class FakeQueue:
    """Remembers orders with their delays, unless it is out of reach or refuses some."""

    def __init__(self) -> None:
        self.orders: list[tuple[RecountMessage, timedelta]] = []
        self.is_away = False
        self.refuses: Callable[[str], bool] = lambda _monitor_id: False

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803
        if self.is_away:
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        orders = {each["Id"]: decode(each["MessageBody"], RecountMessage) for each in Entries}
        taken = [each for each in Entries if not self.refuses(orders[each["Id"]].monitor_id)]
        self.orders += [
            (orders[each["Id"]], timedelta(seconds=each["DelaySeconds"])) for each in taken
        ]
        return {"Successful": [{"Id": each["Id"]} for each in taken]}


class Stage:
    """A verifier's orders, with a clock that tests set."""

    def __init__(self) -> None:
        self.now = START
        self.queue = FakeQueue()
        self.recounts = self.process()

    def process(self) -> Recounts:
        return Recounts(RecountQueue(self.queue, "recounts"), lambda: self.now)  # type: ignore[arg-type]

    def see(self, *slots: datetime, monitor_id: str = "mon_1") -> set[str]:
        glances = [
            ResultSummary(monitor_id, text(slot), "eu-west-1", True, "success", False, self.now)
            for slot in slots
        ]
        return self.recounts.late(glances)

    @property
    def ordered(self) -> list[RecountMessage]:
        return [order for order, _ in self.queue.orders]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_results_that_come_in_time_order_nothing(stage: Stage) -> None:
    assert stage.see(START - SECOND, START - 30 * SECOND) == set()
    assert stage.ordered == []


def test_late_results_order_one_count_for_each_hour(stage: Stage) -> None:
    slots = [START - 2 * HOUR + place * MINUTE for place in (50, 52, 55, 65)]
    assert stage.see(*slots) == set()
    assert stage.ordered == [
        RecountMessage(monitor_id="mon_1", since=slots[0], before=slots[2]),
        RecountMessage(monitor_id="mon_1", since=slots[3], before=slots[3]),
    ]


def test_an_order_speaks_for_what_comes_within_a_minute_and_waits_for_longer(stage: Stage) -> None:
    first, second = START - HOUR, START - HOUR + 20 * MINUTE
    stage.see(first, second)
    stage.now += 50 * SECOND
    stage.see(first + 5 * MINUTE)
    assert len(stage.ordered) == 1
    assert stage.queue.orders[0][1] > MINUTE
    stage.see(second + MINUTE)
    assert len(stage.ordered) == 2, "this one is not in its time"
    stage.now += 11 * SECOND
    stage.see(first + 5 * MINUTE)
    assert len(stage.ordered) == 3, "the first one may be under way"


def test_records_whose_order_was_not_taken_come_back(stage: Stage) -> None:
    stage.queue.is_away = True
    assert stage.see(START - HOUR) == {"mon_1"}
    stage.queue.is_away = False
    assert stage.see(START - HOUR) == set()
    assert len(stage.ordered) == 1


def test_an_edit_orders_two_counts_the_second_after_the_next_round(stage: Stage) -> None:
    stage.queue.refuses = lambda monitor_id: monitor_id == "mon_2"
    assert stage.recounts.edited({"mon_1", "mon_2"}) == {"mon_2"}
    (first, soon), (second, late) = stage.queue.orders
    assert (first.until, first.since) == (START - 15 * MINUTE, None)
    assert (second.until, second.since) == (None, START - 15 * MINUTE)
    assert soon < 6 * MINUTE < late < 11 * MINUTE


def test_several_orders_for_a_monitor_become_one_that_asks_for_all() -> None:
    orders = [
        RecountMessage(monitor_id="mon_1", until=START),
        RecountMessage(monitor_id="mon_1", since=START - HOUR, before=START - HOUR),
        RecountMessage(monitor_id="mon_1", since=START - 3 * HOUR, before=START - 2 * HOUR),
    ]
    assert merge_orders(orders) == RecountMessage(
        monitor_id="mon_1", until=START, since=START - 3 * HOUR, before=START - HOUR
    )
    everything = RecountMessage(monitor_id="mon_1", since=START)
    assert merge_orders([*orders, everything]).before is None
    assert merge_orders(orders[:1]) == orders[0]
