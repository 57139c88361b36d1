"""Contracts between functions: old messages are read, newer ones and garbage are refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.errors import UnreadableMessage
from sentinelmesh.messages import (
    SCHEMA_VERSION,
    AlertMessage,
    CheckMessage,
    EvaluationMessage,
    TickMessage,
    decode,
    encode,
)
from tests.support.builders import START

CHECK = CheckMessage(
    monitor_id="mon_1",
    monitor_name="Shop \u2603 \U0001f6d2",
    revision=3,
    slot=START,
    scheduled_at=START,
    expires_at=START + timedelta(seconds=60),
    region="eu-west-1",
    purpose=Purpose.VERIFICATION,
    kind="http",
    target="https://shop.example/",
    timeout_ms=10_000,
    probe={"method": "GET", "headers": {"accept": "*/*"}, "expected_status": ["200-299"]},
    secret_fields=("headers.authorization",),
    assertions=(Assertion(source="json", operator="equals", value={"a": [1, None]}, path="$.b"),),
    degraded_after_ms=1500,
    patience_ms=1500,
)
MESSAGES = [
    CHECK,
    TickMessage(granule_at=START, shard=3),
    EvaluationMessage(monitor_id="mon_1"),
    EvaluationMessage(
        monitor_id="mon_1",
        unanswered=Unanswered(slot=START, region="eu-west-1", revision=3),
    ),
    AlertMessage(incident_id="inc_1", alert_key="opened#ch_1"),
]
KINDS = [type(message) for message in MESSAGES]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_what_is_written_is_what_is_read(message: Any) -> None:
    assert decode(encode(message), type(message)) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_every_message_says_its_schema_version(message: Any) -> None:
    assert json.loads(encode(message))["schema_version"] == SCHEMA_VERSION


def test_a_message_of_older_code_that_lacks_the_newer_fields_is_read() -> None:
    old = json.loads(encode(CHECK))
    for newer in ("probe", "secret_fields", "assertions", "degraded_after_ms", "schema_version"):
        del old[newer]
    read = decode(json.dumps(old), CheckMessage)
    assert (read.monitor_id, read.assertions, read.degraded_after_ms) == ("mon_1", (), None)


def test_a_field_that_this_code_does_not_know_does_no_harm_in_a_known_version() -> None:
    body = json.dumps({"monitor_id": "mon_1", "schema_version": SCHEMA_VERSION, "colour": "red"})
    assert decode(body, EvaluationMessage).monitor_id == "mon_1"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_of_newer_code_is_refused_and_the_text_says_what_to_do(message: Any) -> None:
    newer = {**json.loads(encode(message)), "schema_version": SCHEMA_VERSION + 1}
    with pytest.raises(UnreadableMessage, match="deploy the newer code here too"):
        decode(json.dumps(newer), type(message))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '"mon_1"',
        '{"monitor_id": null}',
        '{"monitor_id": 7}',
        '{"monitor_id": "mon_1", "schema_version": "one"}',
        '{"monitor_id": "\ud800"}',
        b"\xff\xfe",
        "[" * 100_000,
        '{"monitor_id": "mon_1", "x": ' + "[" * 100_000,
    ],
    ids=range(13),
)
def test_garbage_is_refused_as_an_unreadable_message(body: str | bytes) -> None:
    with pytest.raises(UnreadableMessage):
        decode(body, EvaluationMessage)


@given(st.one_of(st.text(), st.binary()), st.sampled_from(KINDS))
def test_no_garbage_raises_anything_else(body: str | bytes, kind: Any) -> None:
    with pytest.raises(UnreadableMessage):
        decode(body, kind)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(KINDS),
)
def test_no_valid_json_of_another_shape_raises_anything_else(body: object, kind: Any) -> None:
    with pytest.raises(UnreadableMessage):
        decode(json.dumps(body), kind)


def test_a_purpose_that_this_code_does_not_know_is_refused() -> None:
    unknown = {**json.loads(encode(CHECK)), "purpose": "rehearsal"}
    with pytest.raises(UnreadableMessage, match="rehearsal"):
        decode(json.dumps(unknown), CheckMessage)
