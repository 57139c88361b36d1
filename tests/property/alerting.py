"""A small world around the real deliverer: outages, a provider with moods, processes that die."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from functions.alerter.delivery import Deliverer
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.delivery_context import MAX_SENDING
from sentinelmesh.domain.incidents.incident import Incident, IncidentState, incident_id
from sentinelmesh.errors import DeliveryFailed, StoreUnavailable
from sentinelmesh.storage.alerts import RowKey
from tests.property.mishaps import Crash, Faults, Outage, Taken
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START, a_channel
from tests.unit.alerter.fakes import (
    FakeChannels,
    FakeIncidents,
    FakeOutbox,
    FakeSecrets,
    FakeSender,
    FakeWakeups,
)

MINUTE = timedelta(minutes=1)
MAX_NESTED = 3
HORIZON = timedelta(hours=60)


@dataclass
class World:
    """Plays outages against the deliverer until everything is quiet.

    Args:
        kinds: what the channel takes.
        off: seconds from the beginning between which the channel is switched off.
        reminder_minutes: how often the channel wants to be reminded.
        meddling: how often another process acts between two calls of one.
    """

    outages: tuple[Outage, ...]
    chance: Random
    faults: Faults = Faults()  # noqa: RUF009 (it is frozen)
    takes_key: bool = False
    kinds: tuple[AlertKind, ...] = (AlertKind.OPENED, AlertKind.RESOLVED)
    off: tuple[int, int] | None = None
    meddling: float = 0.0
    reminder_minutes: int | None = None

    now: datetime = START
    taken: list[Taken] = field(default_factory=list)
    doubtful: dict[str, int] = field(default_factory=dict)
    _events: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0
    _calls: int = 0
    _depth: int = 0
    _dies_at: datetime = START + HORIZON
    _sending: str | None = None

    def __post_init__(self) -> None:
        self.outbox = FakeOutbox(before=self._before, after=self._after, moved=self._marked)
        self.incidents = FakeIncidents(before=self._before)
        self.channels = FakeChannels(before=self._before)
        self.wakeups = FakeWakeups(before=self._live_on)
        self.sender = FakeSender(takes_key=self.takes_key, answer=self._answer)
        self.deliverer = Deliverer(
            alerts=self.outbox,  # type: ignore[arg-type]
            incidents=self.incidents,  # type: ignore[arg-type]
            channels=self.channels,  # type: ignore[arg-type]
            secrets=FakeSecrets(),  # type: ignore[arg-type]
            senders={"slack": self.sender},
            wakeups=self.wakeups,  # type: ignore[arg-type]
            public_url="",
            clock=lambda: self.now,
            chance=self.chance,
            pause=self._pass,
        )

    @property
    def channel(self) -> Channel:
        """The only channel, as people have configured it by now."""
        seconds = (self.now - START).total_seconds()
        is_off = self.off is not None and self.off[0] <= seconds < self.off[1]
        return a_channel(
            enabled=not is_off, events=self.kinds, reminder_minutes=self.reminder_minutes
        )

    def play(self) -> "World":
        """Let everything happen, and go on until no row is unfinished."""
        at = START
        for number, outage in enumerate(self.outages):
            at += timedelta(seconds=outage.pause_seconds)
            incident = an_incident(
                incident_id=incident_id("mon_1", at, number), opened_at=at, confirmed_at=at
            )
            self._at(at, self._open, incident)
            if outage.seconds is None:
                break
            at += timedelta(seconds=outage.seconds)
            self._at(at, self._close, incident, at, outage)
        if self.off:
            for seconds in self.off:
                self._at(START + timedelta(seconds=seconds), self._configure)
        self._configure()
        self._at(START, self._sweep)
        while self._events and self.now < START + HORIZON:
            self._step()
        return self

    def _at(self, at: datetime, what: Callable[..., None], *arguments: Any) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, lambda: what(*arguments)))

    def _soon(self, seconds: float, what: Callable[..., None], *arguments: Any) -> None:
        self._at(self.now + timedelta(seconds=seconds), what, *arguments)

    def _step(self) -> None:
        at, _, happen = heapq.heappop(self._events)
        self.now = max(self.now, at)
        happen()

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _configure(self) -> None:
        self.channels.known = {"ch_1": self.channel}

    def _open(self, incident: Incident) -> None:
        self.incidents.known[incident.incident_id] = incident
        self._tell(incident, AlertKind.OPENED)

    def _close(self, incident: Incident, at: datetime, outage: Outage) -> None:
        state = IncidentState.CANCELLED if outage.is_cancelled else IncidentState.RESOLVED
        over = replace(incident, state=state, resolved_at=at, duration_seconds=outage.seconds or 0)
        self.incidents.known[incident.incident_id] = over
        if state is IncidentState.RESOLVED:
            self._tell(over, AlertKind.RESOLVED)

    def _tell(self, incident: Incident, kind: AlertKind) -> None:
        """Create the row, if the channel takes it now, and have the stream hand it over."""
        if not self.channel.enabled or kind not in self.kinds:
            return
        row = an_alert(incident, kind, created_at=self.now, due_at=self.now)
        self.outbox.store(row)
        for _ in range(self.chance.choice((1, 1, 2))):
            self._soon(self.chance.uniform(0.1, 3), self._look, RowKey(row.incident_id, row.key))

    def _look(self, row: RowKey, tries: int = 3) -> None:
        """Have a process look at a row; one that fails or dies is invoked again."""
        before = self._dies_at, self._sending
        self._dies_at, self._sending = self.now + MAX_SENDING, None
        self._depth += 1
        try:
            self.deliverer.look(*row)
        except (Crash, StoreUnavailable):
            if tries:
                self._soon(self.chance.uniform(1, 60), self._look, row, tries - 1)
        finally:
            if self._sending is not None:
                self._doubt(self._sending)
            self._depth -= 1
            self._dies_at, self._sending = before
            self._collect_wakeups()

    def _doubt(self, key: str) -> None:
        """Note that of a message nobody knows whether it arrived."""
        self.doubtful[key] = self.doubtful.get(key, 0) + 1

    def _collect_wakeups(self) -> None:
        while self.wakeups.noted:
            row, when = self.wakeups.noted.pop()
            if self.chance.random() >= self.faults.wakeups:
                self._at(when + timedelta(seconds=self.chance.uniform(0.1, 1)), self._look, row)

    def _sweep(self) -> None:
        """Look at what is due, each minute as long as anything goes on."""
        unfinished = [row for row in self.outbox.rows.values() if not row.finished]
        for row in unfinished:
            if row.due_at <= self.now:
                self._look(RowKey(row.incident_id, row.key))
        if unfinished:
            self._soon(60, self._sweep)
        elif self._events:
            self._at(self._events[0][0] + MINUTE, self._sweep)

    def _before(self) -> None:
        """Let a call take its time; it may be refused, and others may act meanwhile."""
        self._let_others_act(self.chance.uniform(0.001, 0.2))
        if self.chance.random() < self.faults.store:
            raise StoreUnavailable("refused")

    def _marked(self) -> None:
        """Once the mark is made, what was sent is in no doubt, whatever follows."""
        self._sending = None

    def _after(self) -> None:
        self._live_on()
        if self.chance.random() < self.faults.store / 2:
            raise StoreUnavailable("no answer, though it happened")

    def _live_on(self) -> None:
        self._calls += 1
        if self._calls in self.faults.crashes or self.now > self._dies_at:
            raise Crash

    def _answer(self, notice: Notification) -> str:
        """Take a message or not, as the provider is minded."""
        self._sending = notice.key
        self._let_others_act(self.chance.choice((0.1, 1.0, 20.0)))
        mood = self.chance.random()
        for share, answer in (
            (self.faults.refused, self._refuse),
            (self.faults.unanswered, self._hang),
            (self.faults.lost_message, self._lose_message),
            (self.faults.lost_answer, self._lose_answer),
        ):
            if mood < share:
                answer(notice)
            mood -= share
        self._take(notice)
        if self.chance.random() < self.faults.deaths:
            raise Crash
        self._live_on()
        return "ok"

    def _let_others_act(self, seconds: float) -> None:
        self._pass(seconds)
        while self._events and self._depth < MAX_NESTED and self.chance.random() < self.meddling:
            # Before what happens later than that, this process is stopped.
            self.now = max(self.now, min(self._events[0][0], self._dies_at + MINUTE / 60))
            if self.now > self._dies_at:
                break
            self._step()
        self._live_on()

    def _take(self, notice: Notification) -> None:
        self.taken.append(Taken(self.now, notice))

    def _refuse(self, _notice: Notification) -> None:
        pause = self.chance.choice((None, None, 30.0, 400.0))
        raise DeliveryFailed("HTTP 503", retry_after_seconds=pause)

    def _hang(self, _notice: Notification) -> None:
        self._pass(4)
        raise DeliveryFailed("no connection")

    def _lose_message(self, notice: Notification) -> None:
        self._pass(10)
        self._doubt(notice.key)
        raise DeliveryFailed("no answer", uncertain=True)

    def _lose_answer(self, notice: Notification) -> None:
        self._take(notice)
        self._lose_message(notice)

    def taken_of(self, row: Alert) -> list[Taken]:
        """Return the messages that the provider took for a row, oldest first."""
        number = f".{row.number}" if row.number else ""
        key = f"{row.incident_id}.{row.kind}.{row.channel_id}{number}"
        return [each for each in self.taken if each.notice.key == key]

    @property
    def rows(self) -> list[Alert]:
        """All rows, as they are now."""
        return list(self.outbox.rows.values())

    @property
    def gave_up(self) -> bool:
        """Whether any row ended without anybody knowing what was told."""
        return any(row.state is AlertState.DEAD for row in self.rows)

    @property
    def last_incident(self) -> Incident:
        """The newest incident."""
        return self.incidents.known[max(self.incidents.known)]
