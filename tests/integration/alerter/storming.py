"""Many outages on one stage, and time that goes by as wake-ups and new rows have it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from heapq import heappop, heappush
from typing import Any

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.incidents.incident import Incident, Status, incident_id
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.storage.alerts import RowKey
from sentinelmesh.storage.states import state_item
from tests.integration.alerter.alerting import AlertStage
from tests.support.alerts import EU, a_vote, an_alert, an_incident, content_of, resolved
from tests.support.builders import START


def outage(number: int, *, after: float = 0, **changes: Any) -> Incident:
    """Build one of many outages, each of another monitor.

    Args:
        after: seconds after the tests' first instant at which it began.
    """
    began = START + timedelta(seconds=after)
    return an_incident(
        monitor_id=f"mon_{number}",
        incident_id=incident_id(f"mon_{number}", began, 1),
        monitor_name=f"Shop {number}",
        target=f"https://shop-{number}.example/",
        opened_at=began,
        confirmed_at=began + timedelta(seconds=2),
        **changes,
    )


def row_of(incident: Incident, kind: AlertKind = AlertKind.OPENED, **changes: Any) -> Alert:
    """Build the row of one of many outages; all of them are at one address."""
    vote = a_vote(EU, Outcome.FAILURE, error=incident.cause, remote_address="192.0.2.7")
    said = {"severity": incident.severity, **changes.pop("content", {})}
    content = content_of(incident, votes=(vote,), **said)
    return an_alert(incident, kind, content=content, **changes)


@dataclass
class Storm:
    """A stage on which time goes by.

    Args:
        incidents: what was down, by number.
    """

    stage: AlertStage
    channels: tuple[str, ...] = ("ch_1",)
    incidents: dict[int, Incident] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _due: list[tuple[Any, RowKey]] = field(default_factory=list)

    def begin(self, number: int, **changes: Any) -> None:
        """Have one monitor fail now."""
        after = (self.stage.now - START).total_seconds()
        incident = outage(number, after=after, **changes)
        self.incidents[number] = incident
        self._happen(incident, AlertKind.OPENED)

    def flap(self, number: int) -> None:
        """Have one monitor go up and down so often that it is announced by its own name."""
        incident = self.incidents[number].with_flip(self.stage.now, up=True)
        self.incidents[number] = replace(incident, flapping=True)
        self._happen(self.incidents[number], AlertKind.FLAPPING)

    def end(self, number: int, kind: AlertKind = AlertKind.RESOLVED) -> None:
        """Have one monitor work again now."""
        incident = self.incidents[number]
        self.incidents[number] = resolved(incident, self.stage.now - incident.opened_at)
        self._happen(self.incidents[number], kind)

    def suspect(self, number: int = 99) -> None:
        """Have the verifier look into another monitor."""
        self._put_state(number, Status.VERIFYING)

    def dismiss(self, number: int = 99) -> None:
        """Have the verifier find that it works."""
        self._put_state(number, Status.UP)

    def _put_state(self, number: int, status: Status) -> None:
        state = State(
            monitor_id=f"mon_{number}",
            revision=1,
            version=1,
            status=status,
            since=self.stage.now,
        )
        mesh = self.stage.mesh
        mesh.dynamodb.put_item(TableName=mesh.tables["states"], Item=state_item(state))

    def acknowledge(self, number: int, by: str = "ann") -> None:
        """Have somebody take care of one."""
        taken = replace(self.incidents[number], acknowledged_at=self.stage.now, acknowledged_by=by)
        self.incidents[number] = taken
        self.stage.happen(taken)

    def _happen(self, incident: Incident, kind: AlertKind) -> None:
        at = self.stage.now
        rows = [
            row_of(incident, kind, channel_id=channel, created_at=at, due_at=at)
            for channel in self.channels
        ]
        assert self.stage.deliver(self.stage.happen(incident, *rows)) == []
        self._seen |= {f"{row.incident_id}/{row.key}" for row in rows}
        self.collect()

    def pass_by(self, seconds: float) -> None:
        """Let time go by, with every wake-up and every new row in its time."""
        end = self.stage.now + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= end:
            at, key = heappop(self._due)
            self.stage.now = max(self.stage.now, at)
            assert self.stage.wake(key) == []
            self.collect()
        self.stage.now = end

    def collect(self) -> None:
        """Take wake-ups out of their queue, and give new rows to the stream's reader."""
        fresh = {name: row for name, row in self.stage.rows.items() if name not in self._seen}
        self._seen |= set(fresh)
        for row in fresh.values():
            keys = {"incident_id": {"S": row.incident_id}, "alert_key": {"S": row.key}}
            assert self.stage.deliver([self.stage.record(keys)]) == []
        for key, delay in self.stage.woken():
            heappush(self._due, (self.stage.now + timedelta(seconds=delay), key))
        if fresh:
            self.collect()


def titles(stage: AlertStage) -> list[str]:
    return [notice.title for notice in stage.keyless.taken]


def states(storm: Storm, *, members: bool = True) -> set[AlertState]:
    rows = storm.stage.rows.values()
    return {row.state for row in rows if row.is_group is not members}


def storm_of(storm: Storm, *numbers: int) -> None:
    """Have monitors fail in this moment, while others are being verified."""
    storm.suspect()
    for number in numbers:
        storm.begin(number)
