"""Monitors, results and channels for tests, with every field that does not matter filled in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result

REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-1")
START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def a_monitor(**changes: Any) -> Monitor:
    """Build a monitor that was created an hour before the tests' time begins."""
    regions = changes.get("regions", REGIONS)
    created = changes.pop("created_at", START - timedelta(hours=1))
    plain = Monitor(
        id="mon_1",
        revision=1,
        name="Shop",
        kind="http",
        target="https://shop.example/",
        interval_seconds=60,
        timeout_ms=10_000,
        regions=regions,
        policy=Policy.default_for(len(regions)),
        created_at=created,
        updated_at=created,
        enabled_at=created,
        scheduled_since=created,
        grace_period_seconds=0,
    )
    return replace(plain, **changes)


def a_slot(monitor: Monitor, count: int) -> datetime:
    """Return the slot so many places behind the first one of the tests' time."""
    first = slot_at(monitor.id, monitor.interval_seconds, START + monitor.interval)
    return first + count * monitor.interval


def a_result(monitor: Monitor, slot: datetime, region: str, **changes: Any) -> Result:
    """Build a scheduled, successful result."""
    plain = Result(
        monitor_id=monitor.id,
        revision=monitor.revision,
        slot=slot,
        scheduled_at=slot,
        started_at=slot + timedelta(milliseconds=120),
        lateness_ms=120,
        region=region,
        purpose=Purpose.SCHEDULED,
        outcome=Outcome.SUCCESS,
        latency_ms=35.5,
    )
    made = replace(plain, **changes)
    if made.outcome is Outcome.FAILURE and made.error is None:
        return replace(made, error="connect_refused", detail="nothing listens there")
    return made


def a_channel(**changes: Any) -> Channel:
    """Build an enabled Slack channel."""
    plain = Channel(id="ch_1", name="Ops", kind="slack", created_at=START, updated_at=START)
    return replace(plain, **changes)


def an_incident(**changes: Any) -> Incident:
    """Build an outage that is still open, seen by two regions."""
    plain = Incident(
        monitor_id="mon_1",
        incident_id="inc_1",
        state=IncidentState.OPEN,
        opened_at=START,
        confirmed_at=START + timedelta(seconds=2),
        detection_delay_ms=2000,
        cause="connect_refused",
        cause_detail="nothing listens there",
        regions=REGIONS[:2],
        monitor_name="Shop",
        target="https://shop.example/",
    )
    return replace(plain, **changes)
