"""The function as Lambda calls it: from a message of the queue to the item in the table."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from functions.prober import handler
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.messages import encode
from sentinelmesh.storage.dynamodb.items import from_item
from tests.integration.prober.probing import a_check
from tests.integration.prober.servers import Conversation, serving
from tests.support.moto_mesh import HOME, MotoMesh, moto_mesh

SOON = "2999-01-01T00:00:00Z"


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


@pytest.fixture
def mesh(monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoMesh]:
    with moto_mesh() as made:
        settings = {
            "MESH_NAME": "sentinelmesh",
            "HOME_REGION": HOME,
            "AWS_REGION": HOME,
            "RESULTS_TABLE": made.tables["results"],
            "DIRECTORY_TABLE": made.tables["directory"],
            "CHECKS_QUEUE_URL": made.queue_url("checks.fifo", "{region}"),
            "SPOOL_QUEUE_URL": made.queue_url("results-spool"),
            "EVALUATIONS_QUEUE_URL": made.queue_url("evaluations"),
            "SECRETS_PREFIX": "/sentinelmesh/secrets",
            "ALLOW_PRIVATE_TARGETS": "true",
            "PUBLIC_URL": "https://up.example",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RES_OPTIONS", "")  # so that it is forgotten afterwards
        monkeypatch.delenv("RES_OPTIONS")
        handler.wire.cache_clear()
        yield made
        handler.wire().loop.close()
        handler.wire.cache_clear()


def event(queue: str, *bodies: str) -> dict[str, Any]:
    source = f"arn:aws:sqs:{HOME}:123456789012:sentinelmesh-{queue}"
    return {
        "Records": [
            {
                "messageId": str(place),
                "receiptHandle": f"receipt-{place}",
                "body": body,
                "eventSourceARN": source,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for place, body in enumerate(bodies)
        ]
    }


class Context:
    """As much of Lambda's context as the prober reads."""

    def get_remaining_time_in_millis(self) -> int:
        """Tell that the invocation has just begun."""
        return 90_000


def good_check(target: str, **changes: Any) -> str:
    written = json.loads(encode(a_check(target, **changes)))
    return json.dumps({**written, "expires_at": SOON})


def results(mesh: MotoMesh) -> list[Result]:
    return [from_item(item, Result) for item in mesh.items("results")]


def test_a_message_of_the_queue_becomes_an_item_of_the_table(mesh: MotoMesh) -> None:
    with serving(fine) as site:
        answer = handler.lambda_handler(event("checks.fifo", good_check(site.url())), Context())
        again = handler.lambda_handler(event("checks.fifo", good_check(site.url())), Context())
    assert answer == again == {"batchItemFailures": []}
    (result,) = results(mesh)
    assert (result.outcome, result.status_code) == (Outcome.SUCCESS, 200)
    said = site.asked[0].header("user-agent") or ""
    assert said.startswith("SentinelMesh/")
    assert said.endswith(f" ({HOME}; +https://up.example)")


def test_the_runtime_api_is_out_of_reach_even_where_private_targets_are_allowed(
    mesh: MotoMesh,
) -> None:
    path = "/2018-06-01/runtime/invocation/next"
    targets = [f"http://127.0.0.1:9001{path}", "http://127.1:9001/", "http://localhost:9001/"]
    checks = [good_check(target, monitor_id=f"mon_{place}") for place, target in enumerate(targets)]
    handler.lambda_handler(event("checks.fifo", *checks), Context())
    assert [each.error for each in results(mesh)] == ["target_forbidden"] * 3


def test_a_message_of_the_spool_becomes_the_item_that_could_not_be_written(mesh: MotoMesh) -> None:
    with serving(fine) as site:
        mesh.dynamodb.delete_table(TableName=mesh.tables["results"])
        check = event("checks.fifo", good_check(site.url()))
        assert handler.lambda_handler(check, Context()) == {"batchItemFailures": []}
    (spooled,) = mesh.drain("results-spool")
    answer = handler.lambda_handler(event("results-spool", spooled), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}, "home is still away"
    assert len(site.asked) == 1


def test_the_system_is_told_not_to_wait_long_for_name_servers(mesh: MotoMesh) -> None:
    handler.wire()
    assert os.environ["RES_OPTIONS"] == "timeout:1 attempts:4"
