"""A write that meets a transaction is made again at once, read from what DynamoDB sends."""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from sentinelmesh.clients import client
from sentinelmesh.conflicts import FIRST_PAUSE_SECONDS, MAX_CALLS, retry_conflict
from sentinelmesh.errors import AlreadyExists, StaleState, StoreUnavailable
from sentinelmesh.storage.dynamodb.error_translation import translate_errors

PREFIX = "com.amazonaws.dynamodb.v20120810#"
Answer = tuple[int, dict[str, Any]]
TAKEN: Answer = (200, {})


def cancelled(*reasons: str) -> Answer:
    """Answer as DynamoDB does when it cancels a transaction."""
    return 400, {
        "__type": f"{PREFIX}TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": each} for each in reasons],
    }


def refused(code: str) -> Answer:
    return 400, {"__type": f"{PREFIX}{code}", "message": "no"}


class _Body:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def stream(self, *_args: Any, **_options: Any) -> Iterator[bytes]:
        yield self._raw


class Wire:
    """What answers a client in place of DynamoDB: a script; its last answer is given for ever."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.calls = 0

    def __call__(self, request: Any, **_details: Any) -> AWSResponse:
        status, answer = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        raw = json.dumps(answer).encode()
        headers = {"x-amz-crc32": str(zlib.crc32(raw))}
        return AWSResponse(request.url, status, headers, _Body(raw))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", made.append)
    return made


def tables(wire: Wire) -> Any:
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    made = client(session, "dynamodb", "eu-west-1")
    made.meta.events.register("before-send.dynamodb", wire)
    return made


def transact(wire: Wire) -> None:
    put = {"Put": {"TableName": "t", "Item": {"id": {"S": "1"}}}}
    with translate_errors(StaleState, "moved"):
        tables(wire).transact_write_items(TransactItems=[put])


def put(wire: Wire) -> None:
    with translate_errors(AlreadyExists, "there"):
        tables(wire).put_item(TableName="t", Item={"id": {"S": "1"}})


@pytest.mark.parametrize(
    ("write", "conflict"),
    [
        (transact, cancelled("None", "TransactionConflict", "None")),
        (put, refused("TransactionConflictException")),
    ],
    ids=["transaction", "single write"],
)
def test_a_write_that_meets_a_transaction_is_made_again_at_once(
    write: Callable[[Wire], None], conflict: Answer, pauses: list[float]
) -> None:
    wire = Wire(conflict, conflict, TAKEN)
    write(wire)
    assert wire.calls == 3
    assert len(pauses) == 2
    assert all(0 <= each <= 4 * FIRST_PAUSE_SECONDS for each in pauses)


def test_one_that_never_ends_is_given_up_after_some_tries(pauses: list[float]) -> None:
    wire = Wire(cancelled("TransactionConflict"))
    with pytest.raises(StoreUnavailable):
        transact(wire)
    assert wire.calls == MAX_CALLS
    assert sum(pauses) < 4


@pytest.mark.parametrize(
    "reasons", [("ConditionalCheckFailed",), ("TransactionConflict", "ConditionalCheckFailed")]
)
def test_a_condition_that_failed_is_decided_about_again_and_not_tried_again(
    reasons: tuple[str, ...],
) -> None:
    wire = Wire(cancelled(*reasons))
    with pytest.raises(StaleState):
        transact(wire)
    assert wire.calls == 1


def test_a_condition_that_fails_once_the_conflict_is_over_is_seen() -> None:
    wire = Wire(cancelled("TransactionConflict"), cancelled("ConditionalCheckFailed"))
    with pytest.raises(StaleState):
        transact(wire)
    assert wire.calls == 2


def test_two_that_met_do_not_wait_for_the_same_time() -> None:
    conflict = (None, {"Error": {"Code": "TransactionConflictException"}})
    waits = {retry_conflict(conflict, 1) for _ in range(20)}
    assert len(waits) > 10


def test_other_refusals_and_silence_are_nobody_s_conflict() -> None:
    assert retry_conflict(None, 1) is None
    assert retry_conflict((None, {"Error": {"Code": "ValidationException"}}), 1) is None
    assert retry_conflict((None, {}), 1) is None
