"""Late orders and the counting of rollups over tables in memory, in any order of events."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from functions.rollup.rebuild import Recounter
from functions.verifier.records import glance
from functions.verifier.recount_orders import Recounts
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import due_key_of
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.uptime.rollup import Rollup, add_rollups, day_of
from sentinelmesh.domain.uptime.rollup_schedule import (
    ROUND,
    counted_until,
    due_for_counting,
    round_at,
)
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.history import History
from sentinelmesh.messages import RecountMessage, decode
from sentinelmesh.rebuild_queue import RecountQueue
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.dynamodb.keys import result_key
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from tests.fake_aws.dynamodb import FakeDynamoDb
from tests.fake_aws.tables import Table
from tests.support.builders import START
from tests.support.moto_mesh import TABLES

KEPT = timedelta(days=30)
DAY = timedelta(days=1)


class FakeQueue:
    """Remembers the orders, and when each is due."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.orders: list[tuple[datetime, RecountMessage]] = []
        self._clock = clock

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803, ARG002
        """Answer like SQS."""
        for each in Entries:
            due_at = self._clock() + timedelta(seconds=each["DelaySeconds"])
            self.orders.append((due_at, decode(each["MessageBody"], RecountMessage)))
        return {"Successful": Entries}


@dataclass
class Count:
    """A mesh as far as counting needs one."""

    now: datetime = START
    queue: FakeQueue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = FakeQueue(lambda: self.now)
        tables = {
            owner: Table((partition, sort) if sort else (partition,), indexes)
            for owner, (partition, sort, indexes) in TABLES.items()
        }
        client: Any = FakeDynamoDb(tables, lambda: self.now)
        self._incidents = tables["incidents"]
        self.client = client
        self.monitors = MonitorsRepository(client, "monitors")
        self.results = ResultsRepository(client, "results")
        self.rollups = RollupsRepository(client, "rollups")
        self.history = History(
            rollups=self.rollups,
            results=self.results,
            incidents=IncidentsRepository(client, "incidents"),
            windows=list,
            kept=KEPT,
        )
        self.recounts = self.verifier()

    def verifier(self) -> Recounts:
        """Start a process that orders counts of late results."""
        return Recounts(RecountQueue(self.queue, "recounts"), lambda: self.now)  # type: ignore[arg-type]

    def recounter(self) -> Recounter:
        """Start a process that counts."""
        return Recounter(
            monitors=self.monitors,
            rollups=self.rollups,
            history=self.history,
            kept=KEPT,
            clock=lambda: self.now,
        )

    def see(self, result: Result, arrives_at: datetime) -> None:
        """Store a result and show the verifier the record of it."""
        self.wait_until(arrives_at)
        self.results.put(result)
        image = to_item(result, slot_key=result_key(result))
        record = {
            "dynamodb": {"NewImage": image, "ApproximateCreationDateTime": arrives_at.timestamp()}
        }
        seen = glance(json.loads(json.dumps(record)))
        assert seen is not None
        assert self.recounts.late([seen]) == set()

    def wait_until(self, at: datetime) -> None:
        """Let time pass, with its rounds and with the orders that are due meanwhile."""
        following = round_at(self.now) + ROUND
        while following <= at:
            self._carry_out(following)
            self.now = max(self.now, following)
            keys = set(due_for_counting(following, 1))
            for each in self.monitors.list_page(10):
                if not each.paused and due_key_of(each.id, each.interval_seconds, 1) in keys:
                    order = RecountMessage(monitor_id=each.id, until=counted_until(following))
                    self.recounter().carry_out(order)
            following += ROUND
        self._carry_out(at)
        self.now = max(self.now, at)

    def open(self, incident: Incident) -> None:
        """Have an incident."""
        self.client.put_item(TableName="incidents", Item=to_item(incident))

    def _carry_out(self, until: datetime) -> None:
        """Carry out the orders that have waited long enough by then, each when it is due."""
        due = sorted((at, place) for place, (at, _) in enumerate(self.queue.orders) if at <= until)
        for at, place in due:
            self.now = max(self.now, at)
            self.recounter().carry_out(self.queue.orders[place][1])
        self.queue.orders = [each for each in self.queue.orders if each[0] > until]

    def differences(self, monitor: Monitor) -> list[str]:
        """Compare every rollup with a recount of the raw results (I9)."""
        end = self.now + DAY
        hours = self.rollups.list_hours(monitor.id, START - DAY, end)
        if not hours:
            return []
        again = self.history.recount(monitor, [each.stretch for each in hours])
        found = [
            f"{stored.stretch.start}: {stored} is not {counted}"
            for stored, counted in zip(hours, again, strict=True)
            if _bare(stored) != _bare(counted)
        ]
        for stored in self.rollups.list_days(monitor.id, START - DAY, end):
            day = day_of(stored.stretch.start)
            parts = [each for each in again if day_of(each.stretch.start) == day]
            if _bare(add_rollups(parts)) != _bare(stored):
                found.append(f"{day}: {stored} is not the sum of its hours")
        return found

    def read(self, monitor: Monitor, window: Interval, *, by_day: bool = False) -> list[Rollup]:
        """Read a window as the API does."""
        return self.history.read(monitor, window, by_day=by_day)


def _bare(rollup: Rollup) -> tuple[Any, ...]:
    return (
        rollup.stretch,
        rollup.regions,
        rollup.planned,
        rollup.covered,
        rollup.watched_ms,
        rollup.maintenance_ms,
        rollup.unknown_ms,
        rollup.down_ms,
        rollup.opened,
        rollup.is_down_before,
    )
