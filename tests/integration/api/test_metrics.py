"""Metrics for Prometheus: few numbers, at a constant price."""

import re
from collections import Counter

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import Status
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.test_incidents import put_row
from tests.integration.api.watched import put_state
from tests.support.builders import a_monitor, an_incident

SAMPLE = re.compile(r'^(sentinelmesh_[a-z_]+)(\{[a-z_]+="[a-z_]+"\})? (-?\d+(\.\d+)?)$')


def metrics(stage: Stage) -> dict[str, float]:
    """Read all samples, and check the format on the way."""
    answer = stage.call("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[str, float] = {}
    described: set[str] = set()
    assert answer.text.endswith("\n")
    for line in answer.text.splitlines():
        if line.startswith("# "):
            described.add(line.split()[2])
            continue
        sample = SAMPLE.match(line)
        assert sample, line
        assert sample[1] in described
        assert sample[1] + (sample[2] or "") not in found
        found[sample[1] + (sample[2] or "")] = float(sample[3])
    return found


def test_monitors_are_counted_by_status_and_the_undecided_are_pending(stage: Stage) -> None:
    statuses = [Status.UP] * 3 + [Status.DOWN, Status.PAUSED, Status.PENDING]
    for number, status in enumerate(statuses):
        monitor = a_monitor(id=f"mon_{number}")
        stage.backend.monitors.create(monitor)
        put_state(stage, monitor, status)
    stage.add_monitor()
    found = metrics(stage)
    counted = {
        status: found[f'sentinelmesh_monitors{{status="{status}"}}']
        for status in ("up", "down", "paused", "pending", "verifying")
    }
    assert counted == {"up": 3, "down": 1, "paused": 1, "pending": 2, "verifying": 0}


def test_incidents_ages_and_queues_are_told(stage: Stage) -> None:
    put_incident(stage, an_incident())
    put_row(stage, AlertKind.OPENED)
    stage.backend.heartbeats.beat("scheduler", stage.now, {})
    stage.pass_time(seconds=42.5)
    found = metrics(stage)
    assert found["sentinelmesh_open_incidents"] == 1
    assert found['sentinelmesh_heartbeat_age_seconds{function="scheduler"}'] == 42.5
    assert found["sentinelmesh_alert_overdue_seconds"] == 40.5
    assert found['sentinelmesh_queue_messages{queue="ticks"}'] == 0


def test_the_price_does_not_grow_with_the_monitors(stage: Stage) -> None:
    metrics(stage)
    made: list[Counter[str]] = []
    for count in (1, 40):
        for number in range(count):
            monitor = a_monitor(id=f"mon_{count}_{number}")
            stage.backend.monitors.create(monitor)
            put_state(stage, monitor, Status.UP)
        stage.calls.made.clear()
        metrics(stage)
        made.append(Counter(stage.calls.made))
    assert made[0] == made[1] == Counter(GetItem=1, Scan=1, Query=4, GetQueueAttributes=4)


def test_metrics_are_not_for_everybody(stage: Stage) -> None:
    assert stage.call("GET", "/metrics", token=None).status == 401
