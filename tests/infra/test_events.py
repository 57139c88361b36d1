"""The sample events: one for each way in which a function is woken, and each is taken."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.api.auth.authentication import secret_hash
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.messages import (
    AlertMessage,
    CheckMessage,
    EvaluationMessage,
    RecountMessage,
    TickMessage,
    decode,
    encode,
)
from sentinelmesh.storage.directory.repositories import ApiTokensRepository
from tests.infra.mesh import MeshInTemplates
from tests.infra.pages import make_bucket
from tests.infra.recording import Recorder
from tests.infra.running import RunningMesh, running, samples
from tests.support.builders import START

SAMPLES = samples()
# Late enough for the sample check to have expired: nothing here dials out.
LATER = START + timedelta(minutes=2)
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
MESSAGES = {
    "ticks": TickMessage,
    "checks.fifo": CheckMessage,
    "evaluations": EvaluationMessage,
    "alert-retries": AlertMessage,
    "recounts": RecountMessage,
}


@pytest.fixture
def mesh_in_memory(mesh: MeshInTemplates) -> Iterator[RunningMesh]:
    with running(mesh) as made:
        yield made


# What fires by the clock has no pattern.
WITHOUT = {"source": ["aws.events"]}


def sources(event: Any) -> set[str]:
    """Return where a sample comes from, without what is particular to one deployment."""
    if "Records" in event:
        return {each["eventSourceARN"].partition("/stream/")[0] for each in event["Records"]}
    if "requestContext" in event:
        return {event["httpMethod"]}
    return {json.dumps(event) if "source" not in event else event["source"]}


def test_every_trigger_of_the_templates_has_a_sample(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        shown = {
            each
            for name, event in SAMPLES.items()
            if name.startswith(f"{function.name}-")
            for each in sources(event)
        }
        region = function.template.region
        feeding = {
            each["EventSourceArn"].removesuffix("/stream").replace(region, "eu-west-1")
            for each in function.sources
        }
        waking = {
            target.get("Input", rule.get("EventPattern", WITHOUT)["source"][0]).replace(":", ": ")
            for rule in function.rules
            for target in rule["Targets"]
        }
        assert feeding | waking <= shown, function.name
    assert {"GET", "POST"} == {
        each for name in SAMPLES if name.startswith("api-") for each in sources(SAMPLES[name])
    }


def test_messages_of_the_samples_say_what_the_functions_say() -> None:
    """A field that is new has a default; one that is gone or means something else is seen."""
    seen = set()
    for event in SAMPLES.values():
        for record in event.get("Records", ()):
            queue = record["eventSourceARN"].rpartition(":sentinelmesh-")[2]
            if queue in MESSAGES and "aws.ses" not in record["body"]:
                seen.add(queue)
                written = json.loads(encode(decode(record["body"], MESSAGES[queue])))
                assert json.loads(record["body"]).items() <= written.items()
    assert seen == set(MESSAGES)


def test_the_scheduler_plans_the_next_minute(mesh_in_memory: RunningMesh) -> None:
    mesh_in_memory.invoke("scheduler", SAMPLES["scheduler-minute"], START)
    ticks = [decode(each, TickMessage) for each in mesh_in_memory.aws.drain("ticks")]
    assert not ticks, "they are delayed until their granules begin"
    (beat,) = mesh_in_memory.aws.items("directory")
    assert beat["id"] == {"S": "scheduler"}


def test_the_scheduler_takes_ticks(mesh_in_memory: RunningMesh) -> None:
    event = SAMPLES["scheduler-ticks"]
    at = START + timedelta(minutes=1)
    assert mesh_in_memory.invoke("scheduler", event, at) == NOTHING_FAILED


def test_the_prober_records_a_check_that_came_too_late(mesh_in_memory: RunningMesh) -> None:
    assert mesh_in_memory.invoke("prober", SAMPLES["prober-checks"], LATER) == NOTHING_FAILED
    (result,) = mesh_in_memory.aws.items("results")
    assert result["error"] == {"S": "expired"}


def test_the_prober_writes_spooled_results(mesh_in_memory: RunningMesh) -> None:
    event = SAMPLES["prober-spooled-results"]
    assert mesh_in_memory.invoke("prober", event, LATER) == NOTHING_FAILED
    (stored,) = mesh_in_memory.aws.items("results")
    spooled = msgspec.json.decode(event["Records"][0]["body"], type=Result)
    assert stored["monitor_id"] == {"S": spooled.monitor_id}


@pytest.mark.parametrize(
    "name", ["verifier-results", "verifier-monitors", "verifier-evaluations", "verifier-sweep"]
)
def test_the_verifier_takes(name: str, mesh_in_memory: RunningMesh) -> None:
    assert mesh_in_memory.invoke("verifier", SAMPLES[name], LATER) == NOTHING_FAILED


@pytest.mark.parametrize("name", ["alerter-alerts", "alerter-alert-retries"])
def test_the_alerter_takes(name: str, mesh_in_memory: RunningMesh) -> None:
    assert mesh_in_memory.invoke("alerter", SAMPLES[name], LATER) == NOTHING_FAILED


@pytest.mark.parametrize("name", ["rollup-round", "rollup-recounts", "rollup-transitions"])
def test_the_rollup_takes(name: str, mesh_in_memory: RunningMesh) -> None:
    assert mesh_in_memory.invoke("rollup", SAMPLES[name], LATER) == NOTHING_FAILED


def test_the_alerter_sweeps(mesh_in_memory: RunningMesh) -> None:
    answer = mesh_in_memory.invoke("alerter", SAMPLES["alerter-sweep"], LATER)
    assert answer["failed"] == 0


def test_the_alerter_says_when_a_channel_to_be_tested_does_not_exist(
    mesh_in_memory: RunningMesh,
) -> None:
    answer = mesh_in_memory.invoke("alerter", SAMPLES["alerter-test-channel"], LATER)
    assert answer == {"ok": False, "answer": "there is no such channel"}


def test_the_alerter_pauses_an_address_that_bounced(mesh_in_memory: RunningMesh) -> None:
    for _ in range(2):
        answer = mesh_in_memory.invoke("alerter", SAMPLES["alerter-returned-mail"], LATER)
        assert answer == NOTHING_FAILED
    (paused,) = mesh_in_memory.aws.items("directory")
    assert paused["kind"] == {"S": "paused_address"}
    assert paused["address"] == {"S": "gone@shop.example"}
    assert paused["detail"] == {"S": "smtp; 550 5.1.1 user unknown"}


def test_mail_that_came_back_while_the_tables_were_away_comes_again(
    mesh_in_memory: RunningMesh,
) -> None:
    away = Recorder(faults={"PutItem": EndpointConnectionError(endpoint_url="dynamodb")})
    event = SAMPLES["alerter-returned-mail"]
    with away.listening():
        answer = mesh_in_memory.invoke("alerter", event, LATER)
    back = [{"itemIdentifier": each["messageId"]} for each in event["Records"]]
    assert answer == {"batchItemFailures": back}
    assert mesh_in_memory.invoke("alerter", event, LATER) == NOTHING_FAILED
    (paused,) = mesh_in_memory.aws.items("directory")
    assert paused["address"] == {"S": "gone@shop.example"}


@pytest.mark.parametrize("name", ["publisher-minute", "publisher-incidents", "publisher-directory"])
def test_the_publisher_takes(name: str, mesh_in_memory: RunningMesh) -> None:
    make_bucket(mesh_in_memory.templates.function("publisher").environment["PAGES_BUCKET"])
    assert mesh_in_memory.invoke("publisher", SAMPLES[name], LATER) == NOTHING_FAILED


def test_a_minute_in_which_nothing_could_be_published_is_an_error_that_an_alarm_counts(
    mesh_in_memory: RunningMesh,
) -> None:
    """A change that could not be published is left to the next minute."""
    changed = SAMPLES["publisher-directory"]
    assert mesh_in_memory.invoke("publisher", changed, LATER) == NOTHING_FAILED
    with pytest.raises(ClientError, match="NoSuchBucket"):
        mesh_in_memory.invoke("publisher", SAMPLES["publisher-minute"], LATER)


def test_the_api_creates_a_monitor_and_lists_it(mesh_in_memory: RunningMesh) -> None:
    admit_the_sample_token(mesh_in_memory)
    made = mesh_in_memory.invoke("api", SAMPLES["api-post-monitor"], LATER)
    assert made["statusCode"] == 201, made["body"]
    listed = mesh_in_memory.invoke("api", SAMPLES["api-get-monitors"], LATER)
    assert listed["statusCode"] == 200, listed["body"]
    assert [each["id"] for each in json.loads(listed["body"])["items"]] == [
        json.loads(made["body"])["id"]
    ]


def admit_the_sample_token(mesh: RunningMesh) -> None:
    token = ApiToken(
        token_id="tok_sample",
        name="sample",
        scope=Scope.ADMIN,
        secret_hash=secret_hash("smk_example"),
        created_at=START,
        created_by="tests",
    )
    ApiTokensRepository(mesh.aws.dynamodb, mesh.aws.tables["directory"]).create(token)
