"""Stand-ins for what the alerter talks to: they remember, and fail where a test wants them to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.alerter.channels.contract import Receipt
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Alert, Channel
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.errors import StaleState
from sentinelmesh.secrets import SecretsUnavailable
from sentinelmesh.storage.alerts import RowKey


def no_fault() -> None:
    """Let a call be."""


@dataclass
class FakeOutbox:
    """The alerts table in memory; a suite of its own holds it to what DynamoDB does.

    Args:
        before: called before each operation; what it raises strikes instead of the operation.
        after: called after each; what it raises strikes though the operation took effect.
        moved: called once rows were moved on, right before `after`.
    """

    rows: dict[RowKey, Alert] = field(default_factory=dict)
    told: dict[tuple[str, str], NotificationHistory] = field(default_factory=dict)
    before: Callable[[], None] = no_fault
    after: Callable[[], None] = no_fault
    moved: Callable[[], None] = no_fault

    def store(self, *rows: Alert) -> None:
        """Have rows, as the verifier creates them."""
        for row in rows:
            self.rows[RowKey(row.incident_id, row.key)] = row

    def get(self, incident_id: str, alert_key: str) -> Alert | None:
        self.before()
        return self.rows.get(RowKey(incident_id, alert_key))

    def attention(self, monitor_id: str, channel_id: str) -> NotificationHistory:
        self.before()
        nothing = NotificationHistory(monitor_id=monitor_id, channel_id=channel_id)
        return self.told.get((monitor_id, channel_id), nothing)

    def list_of_incident(self, incident_id: str) -> list[Alert]:
        self.before()
        return [row for key, row in self.rows.items() if key.incident_id == incident_id]

    def iterate_due(self, at: datetime) -> Iterator[RowKey]:
        self.before()
        due = [(row.due_at, key) for key, row in self.rows.items() if not row.finished]
        yield from [key for due_at, key in sorted(due) if due_at <= at]

    def create(self, row: Alert) -> bool:
        self.before()
        if RowKey(row.incident_id, row.key) in self.rows:
            return False
        self.store(row)
        self.after()
        return True

    def claim(
        self,
        seen: Alert,
        claimed: Alert,
        attention: NotificationHistory,
        superfluous: tuple[Alert, Alert] | None = None,
    ) -> None:
        self.before()
        assert claimed.claimed_at is not None
        place = claimed.monitor_id, claimed.channel_id
        there = self.told.get(place)
        if attention.version != (there.version if there else 0):
            raise StaleState("the channel was told something")
        self._replace([(seen, claimed), *([superfluous] if superfluous else [])])
        self.told[place] = attention.told(claimed, claimed.claimed_at)
        self.after()

    def advance(self, *moves: tuple[Alert, Alert]) -> None:
        self.before()
        self._replace(moves)
        self.moved()
        self.after()

    def _replace(self, moves: Sequence[tuple[Alert, Alert]]) -> None:
        for seen, _ in moves:
            there = self.rows.get(RowKey(seen.incident_id, seen.key))
            if there is None or there.finished or _form(there) != _form(seen):
                raise StaleState(seen.key)
        self.store(*(after for _, after in moves))


def _form(row: Alert) -> tuple[object, ...]:
    return row.state, row.attempts, row.due_at


@dataclass
class FakeIncidents:
    """Incidents in memory."""

    known: dict[str, Incident] = field(default_factory=dict)
    before: Callable[[], None] = no_fault

    def get(self, _monitor_id: str, incident_id: str) -> Incident | None:
        self.before()
        return self.known.get(incident_id)


@dataclass
class FakeChannels:
    """Channels in memory."""

    known: dict[str, Channel] = field(default_factory=dict)
    before: Callable[[], None] = no_fault

    def get(self, channel_id: str) -> Channel | None:
        self.before()
        return self.known.get(channel_id)

    find_readable = get


@dataclass
class FakeSecrets:
    """Secrets in memory, by owner; they can go away."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)
    is_away: bool = False
    asked: list[tuple[str, int | None]] = field(default_factory=list)

    def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
        self.asked.append((owner_id, version))
        if self.is_away:
            raise SecretsUnavailable(f"secrets of {owner_id}: away")
        return self.known.get(owner_id, {})


@dataclass
class FakeWakeups:
    """Wake-ups that are only noted.

    Args:
        refuses: rows that the queue does not take when they are handed over.
    """

    noted: list[tuple[RowKey, datetime]] = field(default_factory=list)
    handed: list[tuple[RowKey, int]] = field(default_factory=list)
    refuses: frozenset[RowKey] = frozenset()
    before: Callable[[], None] = no_fault

    def set(self, row: Alert, when: datetime) -> None:
        self.before()
        self.noted.append((RowKey(row.incident_id, row.key), when))

    def hand_over(self, rows: Sequence[RowKey], delay_seconds: int) -> frozenset[RowKey]:
        self.handed += [(row, delay_seconds) for row in rows if row not in self.refuses]
        return frozenset(rows) & self.refuses


@dataclass
class FakeSender:
    """A provider that remembers what it took.

    Args:
        answer: called with each message before it counts as taken; gives the answer, or raises.
    """

    takes_key: bool = False
    answer: Callable[[Notification], str] = lambda _notice: "ok"
    taken: list[Notification] = field(default_factory=list)
    secrets: list[Mapping[str, str]] = field(default_factory=list)

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        assert channel.enabled
        self.secrets.append(secrets)
        answer = self.answer(notice)
        self.taken.append(notice)
        return Receipt(answer)
