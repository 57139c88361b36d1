"""Metrics made of log lines: they count what the functions really write."""

import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.outbox import alert_item
from tests.infra.mesh import MeshInTemplates
from tests.infra.recording import Recorder
from tests.infra.running import running, samples
from tests.infra.templates import Properties, Template
from tests.support.alerts import an_alert
from tests.support.builders import START, a_channel, a_monitor

SLOT = START + timedelta(minutes=1)


def metric_filter(template: Template, name: str) -> Properties:
    (found,) = [
        each.properties
        for each in template.of_kind("AWS::Logs::MetricFilter")
        if each.properties["FilterName"] == name
    ]
    return found


def counted(records: list[logging.LogRecord], described: Properties) -> list[float]:
    """Count log lines as CloudWatch would: those of one event, by one of their fields or as one."""
    match = re.fullmatch(r'\{ \$\.message = "(\w+)" \}', described["FilterPattern"])
    assert match, described["FilterPattern"]
    value = described["MetricTransformations"][0]["MetricValue"]
    lines = [each for each in records if each.getMessage() == match[1]]
    if not value.startswith("$."):
        return [float(value)] * len(lines)
    return [float(getattr(each, value.removeprefix("$."))) for each in lines]


def test_a_dispatched_granule_is_a_heartbeat_even_when_nothing_is_due(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = metric_filter(mesh.assembly.home, "GranulesDispatched")
    with running(mesh) as made:
        made.invoke("scheduler", samples()["scheduler-ticks"], SLOT)
    assert counted(caplog.records, heartbeat) == [1]


def test_a_stale_tick_is_no_heartbeat(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = metric_filter(mesh.assembly.home, "GranulesDispatched")
    with running(mesh) as made:
        made.invoke("scheduler", samples()["scheduler-ticks"], SLOT + timedelta(hours=1))
    assert counted(caplog.records, heartbeat) == []


def test_checks_that_no_queue_took_are_counted(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    unsent = metric_filter(mesh.assembly.home, "ChecksUnsent")
    away = Recorder(faults={"SendMessageBatch": EndpointConnectionError(endpoint_url="sqs")})
    monitor = a_monitor(interval_seconds=10, timeout_ms=8000, strategy="all")
    with running(mesh) as made:
        MonitorsRepository(made.aws.dynamodb, made.aws.tables["monitors"]).create(monitor)
        with away.listening():
            made.invoke("scheduler", samples()["scheduler-ticks"], SLOT)
    assert counted(caplog.records, unsent) == [1, 1, 1]


def test_the_successes_of_every_batch_are_counted(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    for template in mesh.assembly.probes:
        successes = metric_filter(template, "ChecksSucceeded")
        caplog.clear()
        with running(mesh) as made:
            made.invoke("prober", samples()["prober-checks"], SLOT + timedelta(minutes=5))
        assert counted(caplog.records, successes) == [0], "an expired check is no success"


def test_alerts_that_were_given_up_or_repeated_are_counted(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    dead = metric_filter(mesh.assembly.home, "AlertsDead")
    repeated = metric_filter(mesh.assembly.home, "AlertsRepeated")
    lost = an_alert(
        channel_kind="email", state=AlertState.CLAIMED, attempts=1, lease_until=START, due_at=START
    )
    with running(mesh) as made:
        aws = made.aws
        # A channel without an address is one that nobody can be told by.
        channel = a_channel(kind="email", options={"to": []})
        ChannelsRepository(aws.dynamodb, aws.tables["directory"]).create(channel)
        aws.dynamodb.put_item(TableName=aws.tables["alerts"], Item=alert_item(lost))
        made.invoke("alerter", samples()["alerter-sweep"], SLOT)
    assert counted(caplog.records, dead) == [1]
    assert counted(caplog.records, repeated) == [1]


def test_a_look_at_a_blind_mesh_is_counted_once(
    mesh: MeshInTemplates, caplog: pytest.LogCaptureFixture
) -> None:
    blind = metric_filter(mesh.assembly.home, "MeshBlind")
    with running(mesh) as made:
        aws = made.aws
        for number in range(5):
            each = a_monitor(id=f"mon_{number}")
            MonitorsRepository(aws.dynamodb, aws.tables["monitors"]).create(each)
            known = replace(initial_state(each), status=Status.UP, watermark=START)
            aws.dynamodb.put_item(TableName=aws.tables["states"], Item=to_item(known))
        made.invoke("verifier", samples()["verifier-sweep"], START + timedelta(minutes=20))
    assert counted(caplog.records, blind) == [1]


def test_metrics_of_two_meshes_do_not_mix(mesh: MeshInTemplates) -> None:
    for _, each in mesh.assembly.all_of("AWS::Logs::MetricFilter"):
        (transformation,) = each.properties["MetricTransformations"]
        assert transformation["MetricNamespace"] == "SentinelMesh/sentinelmesh"
        assert transformation["MetricName"] == each.properties["FilterName"]
        # A default value would turn silence into a zero, and the heartbeat into a lie.
        assert "DefaultValue" not in transformation
