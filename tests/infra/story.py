"""A day in the life of a mesh in memory, so that every function does everything it can do."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Never

import boto3
import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError

from sentinelmesh.checks import check_of
from sentinelmesh.domain.access.scopes import Role
from sentinelmesh.domain.alerts.alert_batch import AlertBatch
from sentinelmesh.domain.incidents.common_cause import Parent
from sentinelmesh.domain.probing.region_trust import TrustVerdict
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.instant import text
from sentinelmesh.messages import (
    AcknowledgementMessage,
    AlertMessage,
    EvaluationMessage,
    RecountMessage,
    TickMessage,
    encode,
)
from sentinelmesh.storage.alert_batches import batch_item
from sentinelmesh.storage.directory.region_verdict import write_verdict
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.outbox import alert_item
from tests.infra.jobs import PING, put_late_job
from tests.infra.pages import make_bucket, put_page
from tests.infra.policies import Call
from tests.infra.recording import Recorder
from tests.infra.running import RunningMesh, samples
from tests.infra.story_events import messages, new_row
from tests.infra.test_events import admit_the_sample_token
from tests.integration.alerter.storming import outage, row_of
from tests.integration.api.examples import MONITOR, ROUTES, prepared
from tests.integration.api.people import add_person, open_pool, token_of
from tests.integration.api.stage import Stage as ApiStage
from tests.support.alerts import an_alert
from tests.support.builders import REGIONS, START, a_channel, a_monitor, a_result
from tests.support.moto_mesh import ACCOUNT, HOME
from tests.support.verifier_stage import Stage

SLACK = {"kind": "slack", "email": None, "slack": {"webhook_url": "https://hooks.example/x"}}
# The guard refuses it before anything is dialled.
NOWHERE = "http://127.0.0.1:9/hook"
BY_IPV6 = "http://[2606:2800:220:1:248:1893:25c8:1946]/"
SLOT = START + timedelta(minutes=1)


class Story:
    """The acts, in order; what each function called is kept by its name."""

    def __init__(self, mesh: RunningMesh) -> None:
        self.mesh = mesh
        self.called: dict[str, Recorder] = {}
        self._stage = Stage(mesh.aws)
        self._monitor = a_monitor(
            id="mon_story", interval_seconds=10, timeout_ms=8000, escalation_policy="esc_gone"
        )
        self._everywhere = replace(self._monitor, id="mon_everywhere", strategy="all")
        self._channels = (
            a_channel(id="ch_mail", kind="email", options={"to": ["ops@shop.example"]}),
            a_channel(id="ch_slack", kind="slack", secret_fields=("webhook_url",)),
        )

    def play(self) -> None:
        """Go through everything."""
        self._prepare()
        self._schedule()
        self._probe()
        self._verify()
        self._count()
        self._alert()
        self._publish()
        self._serve()
        self._forget()

    def _prepare(self) -> None:
        self._stage.configure(self._monitor, *self._channels)
        self._stage.configure(self._everywhere)
        admit_the_sample_token(self.mesh)
        boto3.client("sesv2", HOME).create_email_identity(EmailIdentity="alerts@shop.example")
        for owner, secrets in (
            ("mon_secret", {"authorization": "x"}),
            ("ch_slack", {"webhook_url": NOWHERE}),
        ):
            boto3.client("ssm", HOME).put_parameter(
                Name=f"/sentinelmesh/secrets/{owner}",
                Type="SecureString",
                Value=json.dumps(secrets),
            )

    @contextmanager
    def _listening(self, role: str) -> Iterator[Recorder]:
        recorder = self.called.setdefault(role, Recorder())
        with recorder.listening():
            yield recorder

    def _invoke(self, role: str, event: Any, at: datetime) -> Any:
        with self._listening(role):
            return self.mesh.invoke(role, event, at)

    def _schedule(self) -> None:
        """A minute planned and a granule dispatched."""
        self._invoke("scheduler", samples()["scheduler-minute"], START)
        tick = TickMessage(granule_at=SLOT, shard=0)
        self._invoke("scheduler", messages("ticks", encode(tick)), SLOT)

    def _probe(self) -> None:
        """With secrets while home is away, its result when home is back, slow, without IPv4."""
        home = self._monitor.regions[0]
        due = (SLOT, SLOT + timedelta(seconds=30))
        monitor = a_monitor(id="mon_secret", target=NOWHERE, secret_fields=("authorization",))
        check = check_of(monitor, home, Purpose.SCHEDULED, SLOT, due)
        event = messages("checks.fifo", encode(check))
        put_late_job(self.mesh.aws, monitor.id, SLOT)
        with self._listening("prober") as recorder, pytest.MonkeyPatch.context() as patch:
            patch.setattr("functions.prober.net.connector.open_connection", _no_way_by_ipv6)
            recorder.faults["PutItem"] = EndpointConnectionError(endpoint_url="home")
            self.mesh.invoke("prober", event, SLOT)
            recorder.faults.clear()
            with time_machine.travel(SLOT):  # much later the spool would have forgotten it
                (spooled,) = self.mesh.aws.drain("results-spool", home)
            self.mesh.invoke("prober", messages("results-spool", spooled), SLOT)
            ping = {"ping_id": PING}
            heartbeat = replace(check, kind="heartbeat", probe=ping, secret_fields=(), revision=2)
            heartbeat = replace(heartbeat, patience_ms=0)  # every answer is a slow one
            self.mesh.invoke("prober", messages("checks.fifo", encode(heartbeat)), SLOT)
            by_ipv6 = replace(heartbeat, kind="http", target=BY_IPV6, probe={}, patience_ms=None)
            self.mesh.invoke("prober", messages("checks.fifo", encode(by_ipv6)), SLOT)

    def _verify(self) -> None:
        """From working to an outage and back."""
        outcomes = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS)
        for count, outcome in enumerate(outcomes, start=1):
            slot = SLOT + count * self._monitor.interval
            # Another region has its turn each time, so each of them gets asked by the others.
            turn = count % len(REGIONS)
            self._see(slot, outcome, REGIONS[turn:] + REGIONS[:turn])
        wake = messages("evaluations", encode(EvaluationMessage(monitor_id=self._monitor.id)))
        self._invoke("verifier", wake, SLOT + timedelta(minutes=2))
        heartbeats = HeartbeatsRepository(self.mesh.aws.dynamodb, self.mesh.aws.tables["directory"])
        sick = TrustVerdict(
            judged_at=SLOT + timedelta(minutes=1), distrusted=frozenset(REGIONS[:1])
        )
        write_verdict(heartbeats, sick)
        self._invoke("verifier", samples()["verifier-sweep"], SLOT + timedelta(minutes=4))
        self._delete_what_is_down(SLOT + timedelta(minutes=5))

    def _delete_what_is_down(self, slot: datetime) -> None:
        """An incident that is cancelled is closed where it is kept open."""
        down = [
            a_result(self._everywhere, slot, region, outcome=Outcome.FAILURE) for region in REGIONS
        ]
        # By then the slots before are not waited for any more.
        at = slot + timedelta(seconds=20)
        self._invoke("verifier", {"Records": self._stage.see(*down)}, at)
        self._invoke("verifier", {"Records": self._stage.delete(self._everywhere)}, at)

    def _see(self, slot: datetime, outcome: Outcome, regions: tuple[str, ...]) -> None:
        at = slot + timedelta(seconds=1)
        first, *others = regions
        scheduled = a_result(self._monitor, slot, first, outcome=outcome)
        verifying = [
            a_result(self._monitor, slot, each, outcome=outcome, purpose=Purpose.VERIFICATION)
            for each in others
        ]
        for results in ([scheduled], verifying):
            self._invoke("verifier", {"Records": self._stage.see(*results)}, at)

    def _count(self) -> None:
        """A round, an order to count, and the transitions of an outage."""
        at = SLOT + timedelta(minutes=10)
        self._invoke("rollup", {"source": "aws.events", "time": text(at)}, at)
        wanted = RecountMessage(monitor_id=self._monitor.id, until=SLOT + timedelta(minutes=5))
        self._invoke("rollup", messages("recounts", encode(wanted)), at)
        rows = [
            new_row(each, "monitor_id", "version") for each in self.mesh.aws.items("transitions")
        ]
        self._invoke("rollup", {"Records": rows}, at)
        (incident, *_) = self.mesh.aws.items("incidents")
        moved = RecountMessage(
            monitor_id=self._monitor.id, incident_id=incident["incident_id"]["S"]
        )
        self._invoke("rollup", messages("recounts", encode(moved)), at)
        assert self.mesh.aws.items("rollups")

    def _alert(self) -> None:
        """New rows, wake-ups, a sweep and a test of a channel."""
        at = SLOT + timedelta(minutes=3)
        batch = AlertBatch(template=an_alert(), recipients=())
        self.mesh.aws.dynamodb.put_item(
            TableName=self.mesh.aws.tables["alerts"], Item=batch_item(batch)
        )
        rows = self.mesh.aws.items("alerts")
        self._invoke("alerter", {"Records": [new_row(each) for each in rows]}, at)
        wakes = [
            encode(
                AlertMessage(incident_id=each["incident_id"]["S"], alert_key=each["alert_key"]["S"])
            )
            for each in rows
        ]
        care = AcknowledgementMessage(incident_id="inc_over", acknowledged_by="Ann")
        wakes.append(encode(care))
        self._invoke("alerter", messages("alert-retries", *wakes), at + timedelta(minutes=6))
        self._invoke("alerter", samples()["alerter-returned-mail"], at)
        self._invoke("alerter", samples()["alerter-sweep"], at + timedelta(minutes=20))
        self._storm(at)
        for channel in self._channels:
            self._invoke("alerter", {"test_channel": channel.id}, at)

    def _storm(self, at: datetime) -> None:
        """Three lesser troubles of one moment, which become one message."""
        storm = self._struck = [outage(number) for number in range(3)]
        parents = (Parent(id=self._monitor.id, name="Shop"),)
        said = {"parents": parents, "severity": "degraded"}
        rows = [
            row_of(each, channel_id="ch_mail", channel_kind="email", content=said) for each in storm
        ]
        for incident in storm:
            child = replace(self._monitor, id=incident.monitor_id, depends_on=(self._monitor.id,))
            self._stage.configure(child)
            item = to_item(incident, listing=keys.ALL_INCIDENTS)
            self.mesh.aws.dynamodb.put_item(TableName=self.mesh.aws.tables["incidents"], Item=item)
        for row in rows:
            item = alert_item(row)
            self.mesh.aws.dynamodb.put_item(TableName=self.mesh.aws.tables["alerts"], Item=item)
        self._invoke("alerter", {"Records": [new_row(alert_item(each)) for each in rows]}, at)
        asked = (AlertMessage(incident_id=each.incident_id, alert_key=each.key) for each in rows)
        wakes = [encode(each) for each in asked]
        self._invoke("alerter", messages("alert-retries", *wakes), at + timedelta(minutes=1))

    def _publish(self) -> None:
        """A status page with a reader, somebody who would be one, and a file of nobody's."""
        store = boto3.client("s3", HOME)
        bucket = self.mesh.templates.function("publisher").environment["PAGES_BUCKET"]
        make_bucket(bucket)
        store.put_object(Bucket=bucket, Key="status/old", Body=b"")
        put_page(self.mesh.aws, self._monitor.id, SLOT)
        at = SLOT + timedelta(minutes=4)
        self._invoke("publisher", samples()["publisher-minute"], at)
        self._invoke("publisher", samples()["publisher-directory"], at)
        there = {each["Key"] for each in store.list_objects_v2(Bucket=bucket)["Contents"]}
        assert there >= {"status/shop", "feed/shop.xml", f"badge/{self._monitor.id}.svg"}
        assert "status/old" not in there

    def _serve(self) -> None:
        """Every request that the API knows, and those that take another way inside."""
        stage = ApiStage(self.mesh.aws)
        open_pool(stage)
        examples = [prepared(stage, route) for route in ROUTES.values()]
        add_person(stage, "ada@shop.example", Role.EDITOR)
        ada = token_of(stage, "ada@shop.example")
        with self._listening("api") as recorder:
            for example in examples:
                status = example.send(stage).status
                # The functions' signs of life are of another day: it is down, and says so.
                assert status == example.route.status or example.address == "/health", example
            stage.get("/v1/monitors", token="smk_example")  # its first use is noted
            stage.post("/v1/monitors", MONITOR, token=ada)  # the audit log takes her name
            stage.get("/v1/incidents?status=open")
            stage.get(f"/v1/incidents?monitor_id={self._monitor.id}")
            stage.get(f"/v1/monitors/{self._monitor.id}/results?outcome=failure")
            struck = f"/v1/incidents/{self._struck[0].incident_id}"
            stage.post(f"{struck}/acknowledge", {"group": True})
            channel = f"/v1/channels/{stage.add_channel(**SLACK)['id']}"
            assert stage.call("PATCH", channel, {"name": "Team"}).status == 200
            assert stage.call("DELETE", channel).status == 204
        # The stage's alerter is no client of AWS; the functions it was asked for are real.
        where = f"arn:aws:lambda:{HOME}:{ACCOUNT}:function"
        for name, _ in stage.alerter.asked:
            recorder.calls.append(Call("lambda:InvokeFunction", f"{where}:{name}"))

    def _forget(self) -> None:
        """A deleted monitor takes its state with it."""
        at = SLOT + timedelta(minutes=40)
        self._invoke("verifier", {"Records": self._stage.delete(self._monitor)}, at)


async def _no_way_by_ipv6(_address: str, _port: int) -> Never:
    raise OSError(errno.ENETUNREACH, "no route")
