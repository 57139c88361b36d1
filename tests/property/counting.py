"""The verifier's orders and the historian over tables in memory, in any order of events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from functions.historian.recounting import Recounter
from functions.verifier.records import glance
from functions.verifier.recounts import Recounts
from sentinelmesh.domain.incident import Incident
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Result
from sentinelmesh.domain.rollup import Rollup, added, day_of
from sentinelmesh.domain.span import Span
from sentinelmesh.history import History
from sentinelmesh.messages import RecountMessage, decode
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.items import to_item
from sentinelmesh.storage.keys import result_key
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from tests.building import START
from tests.integration.tables import TABLES
from tests.simulation.dynamodb import FakeDynamoDb
from tests.simulation.tables import Table

KEPT = timedelta(days=30)
DAY = timedelta(days=1)


class FakeQueue:
    """Remembers the orders."""

    def __init__(self) -> None:
        self.orders: list[RecountMessage] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803, ARG002
        """Answer like SQS."""
        self.orders += [decode(each["MessageBody"], RecountMessage) for each in Entries]
        return {"Successful": Entries}


@dataclass
class Count:
    """A mesh as far as counting needs one."""

    now: datetime = START
    queue: FakeQueue = field(default_factory=FakeQueue)

    def __post_init__(self) -> None:
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
        self.recounts = Recounts(self.queue, "recounts")  # type: ignore[arg-type]

    def recounter(self) -> Recounter:
        """Start a historian."""
        return Recounter(
            monitors=self.monitors,
            rollups=self.rollups,
            history=self.history,
            kept=KEPT,
            clock=lambda: self.now,
        )

    def see(self, result: Result, arrives_at: datetime) -> None:
        """Store a result and show the verifier the record of it."""
        self.now = max(self.now, arrives_at)
        self.results.put(result)
        image = to_item(result, slot_key=result_key(result))
        record = {
            "dynamodb": {"NewImage": image, "ApproximateCreationDateTime": arrives_at.timestamp()}
        }
        seen = glance(json.loads(json.dumps(record)))
        assert seen is not None
        self.recounts.notice([seen])
        self.recounts.send()

    def open(self, incident: Incident) -> None:
        """Have an incident, and tell the historian."""
        self.client.put_item(TableName="incidents", Item=to_item(incident))

    def carry_out(self, until: datetime | None = None) -> None:
        """Carry out orders: all, or those that have waited long enough."""
        orders, self.queue.orders = self.queue.orders, []
        for order in orders:
            if until is None or order.until <= until:
                self.recounter().recount(order.monitor_id, order.until, order.since)
            else:
                self.queue.orders.append(order)

    def differences(self, monitor: Monitor) -> list[str]:
        """Compare every rollup with a recount of the raw results (I9)."""
        end = self.now + DAY
        hours = self.rollups.list_hours(monitor.id, START - DAY, end)
        if not hours:
            return []
        until = hours[-1].stretch.end + hours[-1].stretch.reach
        again = self.history.recount(monitor, [each.stretch for each in hours], until)
        found = [
            f"{stored.stretch.start}: {stored} is not {counted}"
            for stored, counted in zip(hours, again, strict=True)
            if _bare(stored) != _bare(counted)
        ]
        for stored in self.rollups.list_days(monitor.id, START - DAY, end):
            day = day_of(stored.stretch.start)
            parts = [each for each in again if day_of(each.stretch.start) == day]
            if _bare(added(parts)) != _bare(stored):
                found.append(f"{day}: {stored} is not the sum of its hours")
        return found

    def read(self, monitor: Monitor, window: Span, *, by_day: bool = False) -> list[Rollup]:
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
