"""Parts of the emulator's wrapper that need no emulator."""

from collections.abc import MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.emulator.control import is_quiet
from local.emulator.functions import clean_environment
from local.emulator.guard import LoopbackGuard
from local.emulator.journal import Entry, is_write, read
from local.emulator.private_names import (
    EXPECTED_VERSION,
    PrivateModule,
    UnknownEmulator,
    missing_names,
    refuse_strangers,
)
from local.emulator.queues import allowed_batches, has_ripened, release_leases
from local.loopback import LoopbackRule


def test_a_missing_private_name_is_named() -> None:
    modules = {"a": SimpleNamespace(there=1, Worker=SimpleNamespace())}
    relied_on = {"a": ("there", "gone", "Worker.gone"), "b": ("any",)}

    def find(name: str) -> Any:
        if name not in modules:
            raise ImportError(name)
        return modules[name]

    assert missing_names(relied_on, find) == ["a.gone", "a.Worker.gone", "b"]


def test_another_emulator_is_refused_with_a_remedy() -> None:
    with pytest.raises(UnknownEmulator, match=r"found 9\.9\.9\. Pin ministack=="):
        refuse_strangers("9.9.9", [])
    with pytest.raises(UnknownEmulator, match=r"lacks a\.gone, b\. Pin"):
        refuse_strangers(EXPECTED_VERSION, ["a.gone", "b"])
    refuse_strangers(EXPECTED_VERSION, [])


def test_an_undeclared_private_name_cannot_be_used() -> None:
    module = PrivateModule(SimpleNamespace(__name__="m", a=1, b=2), ("a",))  # type: ignore[arg-type]
    assert module["a"] == 1
    with pytest.raises(KeyError, match=r"m\.b is not declared"):
        module["b"]
    with pytest.raises(KeyError):
        module["b"] = 3


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ([("Host", "127.0.0.1:4000")], False),
        ([("host", "LOCALHOST:4000")], False),
        ([("host", "127.0.0.1:4000"), ("origin", "http://localhost:4000")], False),
        ([("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:8080")], False),
        ([("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:9999")], True),
        ([("host", "127.0.0.1")], True),
        ([("host", "127.0.0.1:4000"), ("host", "evil.example")], True),
        ([("host", "evil.example:4000")], True),
        ([], True),
    ],
)
def test_host_and_origin_decide_who_may_talk(
    headers: list[tuple[str, str]], *, refused: bool
) -> None:
    rule = LoopbackRule(4000, origins=["http://127.0.0.1:8080"])
    assert (rule.refusal(headers) is not None) is refused


def _drive(guard: LoopbackGuard, scope: dict[str, Any]) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    # The guard awaits nothing that waits: one step runs it to its end.
    with pytest.raises(StopIteration):
        guard(scope, receive, send).__await__().send(None)
    return sent


async def _never(*_: object) -> None:
    raise AssertionError("reached the emulator")


def test_the_guard_refuses_requests_and_web_sockets() -> None:
    guard = LoopbackGuard(_never, LoopbackRule(1))
    headers = [(b"host", b"evil.example")]
    assert _drive(guard, {"type": "http", "headers": headers})[0]["status"] == 403
    closed = _drive(guard, {"type": "websocket", "headers": headers})
    assert closed == [{"type": "websocket.close", "code": 1008}]


def test_the_hosts_variables_stay_outside() -> None:
    given = {"HOME": "/root", "AWS_REGION": "eu-west-1", "LOG_LEVEL": "DEBUG"}
    host = {"HOME": "/root", "LOG_LEVEL": "WARNING"}
    cleaned = clean_environment(given, host, {"PATH": "/usr/bin"})
    assert cleaned == {"AWS_REGION": "eu-west-1", "PATH": "/usr/bin"}


def test_fifo_sources_run_as_many_batches_as_they_are_allowed() -> None:
    assert allowed_batches({"ScalingConfig": {"MaximumConcurrency": 3}}, None) == 3
    assert allowed_batches({"ScalingConfig": {"MaximumConcurrency": 3}}, 2) == 2
    assert allowed_batches({"ScalingConfig": {"MaximumConcurrency": 1000}}, None) == 6
    assert allowed_batches({}, None) == 5


def test_leases_of_the_dead_are_released_and_delays_are_kept() -> None:
    in_flight = {"receive_count": 1, "visible_at": 500.0}
    delayed = {"receive_count": 0, "visible_at": 500.0}
    assert release_leases({"q": {"messages": [in_flight, delayed]}}, 100.0) == 1
    assert (in_flight["visible_at"], delayed["visible_at"]) == (100.0, 500.0)


def test_a_delayed_message_wakes_the_poller_once() -> None:
    queues = {"q": {"messages": [{"visible_at": 10.0}]}}
    assert not has_ripened(queues, 9.0, 9.9)
    assert has_ripened(queues, 9.9, 10.0)
    assert not has_ripened(queues, 10.0, 11.0)


def test_the_journal_keeps_writes_and_nothing_else() -> None:
    assert is_write("dynamodb", "POST", "/", "DynamoDB_20120810.TransactWriteItems")
    assert not is_write("dynamodb", "POST", "/", "DynamoDB_20120810.GetItem")
    assert is_write("sqs", "POST", "/", "AmazonSQS.SendMessageBatch")
    assert not is_write("sqs", "POST", "/", "AmazonSQS.ReceiveMessage")
    assert is_write("ses_v2", "POST", "/v2/email/outbound-emails", "")
    assert not is_write("ses_v2", "GET", "/v2/email/outbound-emails", "")


def test_a_line_torn_by_the_kill_ends_the_journal(tmp_path: Path) -> None:
    entry = Entry("sqs", "0", "eu-west-1", "POST", "/", "AmazonSQS.SendMessage", "e30=")
    path = tmp_path / "journal"
    path.write_bytes(entry.to_line() + entry.to_line()[:20])
    assert list(read(path)) == [entry]


def test_what_only_a_snapshot_keeps_makes_the_state_dirty() -> None:
    def scope(method: str, path: str, target: bytes = b"") -> dict[str, Any]:
        return {"method": method, "path": path, "headers": [(b"x-amz-target", target)]}

    assert is_quiet(scope("POST", "/", b"DynamoDB_20120810.PutItem"))
    assert is_quiet(scope("POST", "/restapis/x/prod/_user_request_/v1"))
    assert is_quiet(scope("GET", "/anything"))
    assert not is_quiet(scope("POST", "/", b"AWSCognitoIdentityProviderService.AdminCreateUser"))
