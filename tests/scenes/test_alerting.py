"""One evening of outages: every way of telling people, and exactly what each of them hears."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.scenes import heard
from tests.scenes.client import Mesh, fetch, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RUNBOOK = "https://wiki.example/evening"
TWICE = ["incident.opened", "incident.resolved"]


@dataclass
class Topic:
    """A topic of SNS, and a queue that hears what it publishes."""

    endpoint: str
    region: str
    _arns: dict[str, str] = field(default_factory=dict)
    _taken: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        sns, sqs = self._client("sns"), self._client("sqs")
        self._arns["topic"] = sns.create_topic(Name="evening")["TopicArn"]
        self._arns["queue"] = url = sqs.create_queue(QueueName="evening")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])

    @property
    def arn(self) -> str:
        return self._arns["topic"]

    def _client(self, service: str) -> Any:
        session: Any = boto3.Session("000000000000", "local", region_name=self.region)
        return session.client(service, endpoint_url=self.endpoint, config=Config(proxies={}))

    def heard(self) -> list[dict[str, Any]]:
        """Return all that was published so far."""
        sqs, url = self._client("sqs"), self._arns["queue"]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                self._taken.append(json.loads(each["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return self._taken


@dataclass
class Evening:
    """Two outages and their ends: of one somebody took care at once, of the other nobody did."""

    mesh: Mesh
    topic: Topic
    channels: dict[str, str] = field(default_factory=dict)
    incidents: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, kind: str, block: Mapping[str, Any], **more: Any) -> str:
        body = {"name": f"evening {name}", "kind": kind, kind: block, **more}
        self.channels[name] = self.mesh.post("/v1/channels", body)["id"]
        return self.channels[name]

    def add_hook(self, name: str, query: str = "", **more: Any) -> str:
        return self.add(
            name, "webhook", {"url": self.receiver(name) + query, "secret": SECRET}, **more
        )

    def receiver(self, name: str) -> str:
        return f"{self.mesh.run['targets_url']}/receivers/evening-{name}"

    def inbox(self, name: str) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = fetch("GET", self.receiver(name), None, {}).body
        return taken

    def types(self, name: str) -> list[str]:
        """Return what a webhook took, in order."""
        return [each["body"]["type"] for each in self.inbox(name) if each["answered"] == 200]

    def mails(self) -> list[dict[str, Any]]:
        taken = fetch("GET", self.mesh.run["mail_url"], None, {}).body
        return [mail for mail in taken if "evening@shop.example" in mail["to"]]

    def counts(self) -> dict[str, int]:
        hooks = {
            name: len(self.types(name)) for name in ("hook", "instead", "step", "away", "care")
        }
        others = {name: len(self.inbox(name)) for name in ("apprise", "quiet")}
        return {**hooks, **others, "mail": len(self.mails()), "topic": len(self.topic.heard())}

    def rows(self, name: str, incident: str) -> list[dict[str, Any]]:
        rows = self.mesh.items(f"/v1/incidents/{self.incidents[incident]}/alerts")
        return [row for row in rows if row["channel_id"] == self.channels[name]]


# How many messages each has heard in the end.
IN_THE_END = {
    "hook": 2, "instead": 2, "step": 2, "away": 2, "care": 3,
    "apprise": 2, "quiet": 2, "mail": 2, "topic": 2,
}  # fmt: skip


def add_channels(evening: Evening) -> tuple[list[str], list[str]]:
    """Add all channels; gives those of the outage that nobody takes care of, and of the other."""
    base = evening.mesh.run["targets_url"].partition("//")[2]
    day = {"starts_at": "00:00", "ends_at": "23:59"}
    nobody = ["nobody-carries-this"]
    instead = evening.add_hook("instead", tags=nobody)
    evening.add_hook("step", tags=nobody)
    everybody = [
        evening.add("mail", "email", {"to": ["evening@shop.example"]}),
        evening.add("topic", "sns", {"topic_arn": evening.topic.arn}),
        evening.add("apprise", "apprise", {"url": f"json://{base}/receivers/evening-apprise"}),
        evening.add("quiet", "slack", {"webhook_url": evening.receiver("quiet")}, quiet_hours=day),
        evening.add_hook("hook"),
        evening.add_hook("gone", "?answer=410", fallback=instead),
    ]
    events = ["opened", "resolved", "acknowledged"]
    return everybody, [
        evening.add_hook("care", events=events),
        evening.add_hook("away", "?answer=503"),
    ]


def watch(evening: Evening, name: str, channels: list[str], policy: str) -> str:
    return evening.mesh.add_monitor(
        name, evening.mesh.target(name), channels=channels, runbook_url=RUNBOOK,
        escalation_policy=policy,
    )  # fmt: skip


@pytest.fixture(scope="module")
def evening(mesh: Mesh) -> Iterator[Evening]:
    """Live through the evening, once for all tests."""
    topic = Topic(mesh.run["aws_endpoint_url"], mesh.run["home_region"])
    lived = Evening(mesh, topic)
    everybody, some = add_channels(lived)
    steps = [{"after_minutes": 1, "channels": [lived.channels["step"]]}]
    policy = mesh.post("/v1/escalation-policies", {"name": "Evening", "steps": steps})["id"]
    monitors = {
        "evening-alone": watch(lived, "evening-alone", everybody, policy),
        "evening-handled": watch(lived, "evening-handled", some, policy),
    }
    for monitor_id in monitors.values():
        mesh.await_status(monitor_id, "up")
    for name in monitors:
        mesh.switch(name, "down")
    for name, monitor_id in monitors.items():
        mesh.await_status(monitor_id, "down")
        lived.incidents[name] = mesh.incidents(monitor_id)[0]["id"]
    mesh.post(f"/v1/incidents/{lived.incidents['evening-handled']}/acknowledge")
    until(lambda: lived.inbox("away"), bool, "the provider that is away to be asked", 60)
    repaired = {"webhook": {"url": lived.receiver("away"), "secret": "***"}}
    answer = mesh.call("PATCH", f"/v1/channels/{lived.channels['away']}", repaired)
    assert answer.status == 200, answer
    until(lambda: lived.types("step"), bool, "the step to be asked", 150)
    until(lambda: lived.types("away"), bool, "what waited to be told", 150)
    for name in monitors:
        mesh.switch(name, "up")
    for monitor_id in monitors.values():
        mesh.await_status(monitor_id, "up")
    until(lived.counts, lambda seen: seen == IN_THE_END, f"exactly {IN_THE_END}", 90)
    yield lived
    assert lived.counts() == IN_THE_END, "nobody hears anything afterwards"


def test_a_webhook_gets_the_outage_and_its_end_to_the_byte(evening: Evening) -> None:
    incident = evening.incidents["evening-alone"]
    taken = evening.inbox("hook")
    for each, over in zip(taken, (False, True), strict=True):
        expected = heard.hook(evening.mesh, incident, over=over, told=each["body"])
        assert each["raw"] == expected
        channel, kind = evening.channels["hook"], "resolved" if over else "opened"
        assert each["headers"]["webhook-id"] == f"{incident}.{kind}.{channel}"


def test_mails_tell_the_outage_and_its_end_to_the_byte(evening: Evening) -> None:
    incident = evening.incidents["evening-alone"]
    probes = evening.inbox("hook")[1]["body"]["data"]["incident"]["failed_probes"]
    for taken, over in zip(evening.mails(), (False, True), strict=True):
        expected = heard.mail(evening.mesh, incident, over=over, failed_probes=probes)
        assert (taken["subject"], taken["text"]) == expected
        assert taken["html"].startswith("<!doctype html>")


def test_a_topic_publishes_what_mail_and_webhook_say(evening: Evening) -> None:
    subjects = [mail["subject"] for mail in evening.mails()]
    assert [each["Subject"] for each in evening.topic.heard()] == subjects
    programs = [json.loads(each["Message"]) for each in evening.topic.heard()]
    hooks = [each["body"]["data"] for each in evening.inbox("hook")]
    assert [each["type"] for each in programs] == TWICE
    assert [each["data"] for each in programs] == hooks


def test_apprise_says_what_the_mail_says(evening: Evening) -> None:
    taken = [each["body"] for each in evening.inbox("apprise")]
    assert [each["type"] for each in taken] == ["failure", "success"]
    mails = [(mail["subject"], mail["text"].strip()) for mail in evening.mails()]
    assert [(each["title"], each["message"].strip()) for each in taken] == mails


def test_an_outage_passes_through_quiet_hours(evening: Evening) -> None:
    assert len(evening.inbox("quiet")) == 2
    told = {row["transition"]: row["sent_at"] for row in evening.rows("quiet", "evening-alone")}
    by_hook = {row["transition"]: row["sent_at"] for row in evening.rows("hook", "evening-alone")}
    assert told["opened"][:16] <= by_hook["opened"][:16]


def test_a_channel_that_is_gone_is_dead_and_its_fallback_tells_all(evening: Evening) -> None:
    states = [row["state"] for row in evening.rows("gone", "evening-alone")]
    assert "dead" in states
    assert "sent" not in states
    assert evening.types("instead") == TWICE
    rows = evening.rows("instead", "evening-alone")
    assert {(row["state"], row["instead_of"]) for row in rows} == {("sent", "evening gone")}


def test_a_step_is_asked_only_where_nobody_takes_care(evening: Evening) -> None:
    assert evening.types("step") == TWICE
    alone = evening.incidents["evening-alone"]
    told = {each["body"]["data"]["incident"]["id"] for each in evening.inbox("step")}
    assert told == {alone}
    rows = evening.rows("step", "evening-handled")
    assert {(row["transition"], row["state"]) for row in rows} == {
        ("opened", "suppressed"),
        ("resolved", "suppressed"),
    }


def test_an_acknowledgement_is_told_once(evening: Evening) -> None:
    assert evening.types("care") == [
        "incident.opened",
        "incident.acknowledged",
        "incident.resolved",
    ]
    by = evening.inbox("care")[1]["body"]["data"]["incident"]["acknowledged_by"]
    handled = evening.mesh.get(f"/v1/incidents/{evening.incidents['evening-handled']}")
    assert by == handled["acknowledged_by"]


def test_a_provider_that_comes_back_has_lost_nothing(evening: Evening) -> None:
    """Its address was replaced meanwhile: what waited went to the new one, once."""
    assert evening.inbox("away")[0]["answered"] == 503
    assert evening.types("away") == TWICE
    (opened,) = (
        row for row in evening.rows("away", "evening-handled") if row["transition"] == "opened"
    )
    assert (opened["state"], opened["combined"]) == ("sent", False)
    assert opened["attempts"] == len(evening.inbox("away")) - 1
