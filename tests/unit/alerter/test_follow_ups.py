"""What follows from a message: reminders, escalations, fallbacks, and that somebody cares."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from functions.alerter.delivery import Deliverer
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.quiet_hours import QuietHours
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.storage.alerts import RowKey
from tests.support.alerts import an_alert, an_incident, resolved
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
OPENED, RESOLVED = AlertKind.OPENED, AlertKind.RESOLVED


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@dataclass
class House:
    """One incident, its channels and the real deliverer; time passes as rows become due.

    Args:
        broken: ids of channels whose provider refuses for good.
        away: ids of channels whose provider is down for the first hour.
    """

    channels: list[Channel]
    severity: str = "outage"
    broken: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    now: datetime = START
    heard: list[tuple[float, str, str]] = field(default_factory=list)
    notices: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = FakeOutbox()
        self.incident = an_incident(confirmed_at=START)
        self.incidents = FakeIncidents({self.incident.incident_id: self.incident})
        senders = {
            channel.kind: FakeSender(answer=partial(self._hear, channel.id))
            for channel in self.channels
        }
        self.deliverer = Deliverer(
            alerts=self.outbox,  # type: ignore[arg-type]
            incidents=self.incidents,  # type: ignore[arg-type]
            channels=FakeChannels({each.id: each for each in self.channels}),  # type: ignore[arg-type]
            secrets=FakeSecrets(),  # type: ignore[arg-type]
            senders=senders,
            wakeups=FakeWakeups(),  # type: ignore[arg-type]
            public_url="",
            clock=lambda: self.now,
            chance=Random(1),
        )

    def _hear(self, channel_id: str, notice: Notification) -> str:
        if channel_id in self.broken:
            raise DeliveryFailed("HTTP 404 gone", permanent=True)
        if channel_id in self.away and self.now < START + 60 * MINUTE:
            raise DeliveryFailed("HTTP 503")
        minutes = (self.now - START) / MINUTE
        self.heard.append((minutes, channel_id, notice.kind.value))
        self.notices.append(notice)
        return "ok"

    def tell(self, channel: Channel, kind: AlertKind = OPENED, **changes: Any) -> None:
        """Create a row, as the verifier does."""
        row = an_alert(
            self.incidents.known[self.incident.incident_id],
            kind,
            channel_id=channel.id,
            channel_kind=channel.kind,
            created_at=self.now,
            due_at=self.now,
        )
        row = replace(row, content=replace(row.content, severity=self.severity), **changes)
        self.outbox.store(row)

    def pass_until(self, minutes: float) -> None:
        """Look at every row when it is due, as the sweep does."""
        end = START + minutes * MINUTE
        while waiting := [row for row in self.outbox.rows.values() if not row.finished]:
            first = min(row.due_at for row in waiting)
            if first > end:
                break
            self.now = max(self.now, first)
            before = dict(self.outbox.rows)
            for row in waiting:
                if row.due_at <= self.now:
                    self.deliverer.look(row.incident_id, row.key)
            if self.outbox.rows == before:
                self.now += MINUTE / 6
        self.now = end

    def end(self, *channels: Channel) -> None:
        """Let the outage be over now."""
        over = resolved(self.incident, self.now - START)
        self.incidents.known[over.incident_id] = over
        for channel in channels:
            self.tell(channel, RESOLVED)

    def acknowledge(self) -> None:
        """Have Ann take care, as the API notes it and says."""
        taken = replace(self.incident, acknowledged_at=self.now, acknowledged_by="Ann")
        self.incidents.known[taken.incident_id] = taken
        self.deliverer.followers.acknowledged(taken.incident_id)

    def row(self, key: str) -> Alert:
        return self.outbox.rows[RowKey(self.incident.incident_id, key)]


OPS = a_channel(reminder_minutes=30)
BOSS = a_channel(id="ch_2", kind="email")


def test_while_nobody_takes_care_reminders_come_until_it_is_over() -> None:
    house = House([OPS])
    house.tell(OPS)
    house.pass_until(80)
    house.end(OPS)
    house.pass_until(200)
    assert house.heard == [
        (0, "ch_1", "opened"),
        (30, "ch_1", "reminder"),
        (60, "ch_1", "reminder"),
        (80, "ch_1", "resolved"),
    ]
    assert house.row("reminder#ch_1#3").answer == "it is over"
    assert house.notices[1].title == "STILL DOWN: Shop"
    assert house.notices[1].sentence.startswith("For 30 min by now")


def test_an_acknowledgement_ends_reminders_and_is_told_to_those_who_ask_for_it() -> None:
    told = a_channel(events=(OPENED, RESOLVED, AlertKind.ACKNOWLEDGED), reminder_minutes=30)
    house = House([told, BOSS])
    house.tell(told)
    house.tell(BOSS)
    house.pass_until(10)
    house.acknowledge()
    house.acknowledge()
    house.pass_until(100)
    assert house.heard == [
        (0, "ch_1", "opened"),
        (0, "ch_2", "opened"),
        (10, "ch_1", "acknowledged"),
    ]
    assert house.notices[-1].title == "Acknowledged: Shop"
    assert house.notices[-1].sentence == "Ann takes care of it."
    assert house.row("reminder#ch_1#1").state is AlertState.SUPPRESSED


@pytest.mark.parametrize("cared", [False, True])
def test_an_escalation_asks_the_next_only_if_nobody_takes_care(*, cared: bool) -> None:
    house = House([OPS, BOSS])
    house.tell(replace(OPS, reminder_minutes=None))
    due = START + 15 * MINUTE
    house.tell(BOSS, created_at=due, due_at=due, unless_acknowledged=True)
    house.pass_until(10)
    if cared:
        house.acknowledge()
    house.pass_until(20)
    house.end(OPS, BOSS)
    house.pass_until(60)
    boss = [(when, kind) for when, who, kind in house.heard if who == "ch_2"]
    assert boss == ([] if cared else [(15, "opened"), (20, "resolved")])


def test_of_an_outage_that_was_over_before_its_step_the_next_hears_nothing() -> None:
    house = House([BOSS])
    due = START + 15 * MINUTE
    house.tell(BOSS, created_at=due, due_at=due, unless_acknowledged=True)
    house.pass_until(5)
    house.end(BOSS)
    house.pass_until(60)
    assert house.heard == []
    assert all(row.finished for row in house.outbox.rows.values())


def test_a_channel_that_refuses_for_good_is_replaced_by_its_fallback_to_the_end() -> None:
    ops = a_channel(fallback="ch_2")
    house = House([ops, BOSS], broken={"ch_1"})
    house.tell(ops)
    house.pass_until(5)
    house.broken = set()
    house.end(ops)
    house.pass_until(30)
    assert [(who, kind) for _, who, kind in house.heard] == [
        ("ch_2", "opened"),
        ("ch_1", "resolved"),
        ("ch_2", "resolved"),
    ]
    assert "the channel Ops could not be reached" in (house.notices[0].mark or "")
    assert house.row("opened#ch_1").state is AlertState.DEAD
    assert house.row("opened#ch_2").instead_of == "Ops"


def test_a_provider_that_is_down_for_an_hour_loses_nothing_and_delays_nobody_else() -> None:
    ops = a_channel()
    house = House([ops, BOSS], away={"ch_1"})
    house.tell(ops)
    house.tell(BOSS)
    house.pass_until(90)
    house.end(ops, BOSS)
    house.pass_until(120)
    others = [(round(when), kind) for when, who, kind in house.heard if who == "ch_2"]
    assert others == [(0, "opened"), (90, "resolved")]
    (opened, _), (resolved_, _) = late = [
        (when, kind) for when, who, kind in house.heard if who == "ch_1"
    ]
    assert [kind for _, kind in late] == ["opened", "resolved"]
    assert 60 <= opened <= 75, "at the latest a longest pause after the provider is back"
    assert round(resolved_) == 90


def test_a_fallback_that_is_told_anyway_is_told_once() -> None:
    ops = a_channel(fallback="ch_2")
    house = House([ops, BOSS], broken={"ch_1"})
    house.tell(BOSS)
    house.tell(ops)
    house.pass_until(30)
    assert [(who, kind) for _, who, kind in house.heard] == [("ch_2", "opened")]
    assert house.notices[0].mark is None


def test_two_dead_channels_that_replace_each_other_end() -> None:
    first, second = a_channel(fallback="ch_2"), replace(BOSS, fallback="ch_1")
    house = House([first, second], broken={"ch_1", "ch_2"})
    house.tell(first)
    house.pass_until(30)
    assert house.heard == []
    assert {row.state for row in house.outbox.rows.values()} == {AlertState.DEAD}


NIGHT = QuietHours(starts_at="12:00", ends_at="13:00")


@pytest.mark.parametrize(("severity", "at"), [("outage", 0), ("regional", 60), ("degraded", 60)])
def test_quiet_hours_hold_back_what_can_wait(severity: str, at: float) -> None:
    ops = a_channel(quiet_hours=NIGHT)
    house = House([ops], severity=severity)
    house.tell(ops)
    house.pass_until(30)
    if at:
        assert house.row("opened#ch_1").answer == "waits: the channel's quiet hours"
    house.pass_until(90)
    assert house.heard == [(at, "ch_1", "opened")]


def test_what_begins_and_ends_in_quiet_hours_is_one_message_in_the_morning() -> None:
    ops = a_channel(quiet_hours=NIGHT)
    house = House([ops], severity="degraded")
    house.tell(ops)
    house.pass_until(20)
    house.end(ops)
    house.pass_until(90)
    ((when, _, kind),) = house.heard
    assert (round(when), kind) == (60, "resolved")
    assert house.notices[0].combined
