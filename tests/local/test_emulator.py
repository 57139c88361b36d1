"""The embedded AWS as a process: who may talk to it, what it runs, and what a kill cannot take."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from local.front.mails import listed
from tests.local.emulators import EmulatorUnderTest, until

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(120)]


def _status(emulator: EmulatorUnderTest, **headers: str) -> int:
    request = urllib.request.Request(f"{emulator.url}/_ministack/health", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_foreign_hosts_and_origins_are_refused(emulator: EmulatorUnderTest) -> None:
    assert _status(emulator) == 200
    assert _status(emulator, Host=f"localhost:{emulator.port}") == 200
    assert _status(emulator, Host=f"evil.example:{emulator.port}") == 403
    assert _status(emulator, Host="127.0.0.1:1") == 403
    assert _status(emulator, Origin="https://evil.example") == 403
    assert _status(emulator, Origin="null") == 403
    assert _status(emulator, Origin="http://127.0.0.1:1") == 200


def test_it_listens_on_the_loopback_address_only(emulator: EmulatorUnderTest) -> None:
    with socket.socket() as elsewhere:
        # Were it bound to every address, this one would be taken too.
        elsewhere.bind(("127.0.0.2", emulator.port))


def test_functions_run_with_our_interpreter_and_see_nothing_of_the_host(
    emulator: EmulatorUnderTest,
) -> None:
    emulator.make_function("teller")
    answer = emulator.client("lambda").invoke(
        FunctionName="teller", Payload=b'{"tell": "environment"}'
    )
    environment = json.loads(answer["Payload"].read())
    assert environment["OWN"] == "yes"
    assert environment["LOG_LEVEL"] == "DEBUG", "its own variable, not the emulator's"
    assert environment["AWS_ENDPOINT_URL"] == emulator.url
    assert not {"HOME", "STATE_DIR", "GATEWAY_PORT", "PYTHONPATH", "USER"} & set(environment)


def test_what_a_function_writes_reaches_the_log_at_once(emulator: EmulatorUnderTest) -> None:
    emulator.make_function("writer")
    emulator.client("lambda").invoke(FunctionName="writer", Payload=b"{}")
    (record,) = until(lambda: _log(emulator), bool)
    assert record["function"] == "writer"
    assert record["region"] == "eu-west-1"
    assert json.loads(record["line"])["message"] == "called"


def test_an_exception_in_a_function_reaches_the_log(emulator: EmulatorUnderTest) -> None:
    emulator.make_function("thrower", "def lambda_handler(event, context):\n    raise KeyError(1)")
    emulator.client("lambda").invoke(FunctionName="thrower", Payload=b"{}")
    (record,) = until(lambda: _log(emulator), bool)
    assert record["error"].strip().endswith("KeyError: 1")


def test_a_stream_batch_stops_at_its_failed_record_and_gives_it_up_in_the_end(
    emulator: EmulatorUnderTest,
) -> None:
    queue = emulator.client("sqs").create_queue(QueueName="given-up")["QueueUrl"]
    _connect(emulator, retries=1, on_failure="given-up")
    for key in ("a", "poison", "b"):
        _put(emulator, key)
    until(lambda: _seen(emulator), lambda seen: "b" in seen)
    messages = until(
        lambda: emulator.client("sqs").receive_message(QueueUrl=queue).get("Messages", []), bool
    )
    assert (
        json.loads(messages[0]["Body"])["requestContext"]["condition"] == "RetryAttemptsExhausted"
    )
    assert _seen(emulator).count("a") == 1


def test_a_kill_loses_no_write_no_secret_no_message_and_no_stream_record(
    emulator: EmulatorUnderTest,
) -> None:
    _connect(emulator)
    queue = emulator.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
    _put(emulator, "before")
    until(lambda: _seen(emulator), lambda seen: seen == ["before"])
    # Another batch begins only when the one before it counts as consumed.
    _put(emulator, "meanwhile")
    until(lambda: _seen(emulator), lambda seen: "meanwhile" in seen)
    assert emulator.control("save") == {"saved": True}
    _put(emulator, "after")
    emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="kept")
    emulator.client("ssm").put_parameter(Name="/kept", Value="secret", Type="SecureString")
    until(lambda: _seen(emulator), lambda seen: "after" in seen)
    emulator.kill()
    (emulator.options.function_log).write_text("")

    restored = emulator.start()
    assert restored["found"]
    assert restored["replayed"] >= 3
    items = emulator.client("dynamodb").scan(TableName="things")["Items"]
    assert {item["id"]["S"] for item in items} == {"before", "meanwhile", "after"}
    found = emulator.client("ssm").get_parameter(Name="/kept", WithDecryption=True)
    assert found["Parameter"]["Value"] == "secret"
    assert emulator.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "kept"
    _put(emulator, "later")
    seen = until(lambda: _seen(emulator), lambda seen: "later" in seen)
    assert "before" not in seen, "what was consumed before the snapshot is not consumed again"


def test_a_message_in_flight_at_the_kill_is_visible_at_once_afterwards(
    emulator: EmulatorUnderTest,
) -> None:
    client = emulator.client("sqs")
    attributes = {"VisibilityTimeout": "600"}
    queue = client.create_queue(QueueName="leased", Attributes=attributes)["QueueUrl"]
    client.send_message(QueueUrl=queue, MessageBody="again")
    assert client.receive_message(QueueUrl=queue)["Messages"]
    emulator.control("save")
    emulator.kill()
    emulator.start()
    assert emulator.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "again"


def test_a_mail_is_still_listed_after_a_snapshot_and_a_kill(emulator: EmulatorUnderTest) -> None:
    """One is older than the snapshot, the other is in the journal since then: each once."""
    mails = emulator.client("sesv2")
    mails.create_email_identity(EmailIdentity="mesh@example.com")
    _send_mail(emulator, "before")
    emulator.control("save")
    _send_mail(emulator, "after")
    emulator.kill()
    emulator.start()
    assert _subjects(emulator) == ["before", "after"]


def test_a_clean_stop_keeps_everything_and_replays_nothing(emulator: EmulatorUnderTest) -> None:
    emulator.make_table("things")
    emulator.control("save")
    _put(emulator, "kept")
    emulator.stop()
    assert emulator.start() | {"seconds": 0} == {"found": True, "replayed": 0, "seconds": 0}
    assert emulator.client("dynamodb").scan(TableName="things")["Count"] == 1


def test_state_held_during_a_deployment_goes_back_to_before_it(emulator: EmulatorUnderTest) -> None:
    emulator.make_table("before")
    emulator.control("save")
    emulator.control("hold")
    emulator.make_table("half-deployed")
    emulator.stop()
    emulator.start()
    assert emulator.client("dynamodb").list_tables()["TableNames"] == ["before"]


def _connect(emulator: EmulatorUnderTest, retries: int = 5, on_failure: str | None = None) -> None:
    stream = emulator.make_table("things")
    emulator.make_function("consumer")
    destination = {"OnFailure": {"Destination": f"arn:aws:sqs:eu-west-1:000000000000:{on_failure}"}}
    emulator.client("lambda").create_event_source_mapping(
        FunctionName="consumer",
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=retries,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        **({"DestinationConfig": destination} if on_failure else {}),
    )


def _put(emulator: EmulatorUnderTest, key: str) -> None:
    emulator.client("dynamodb").put_item(TableName="things", Item={"id": {"S": key}})


def _log(emulator: EmulatorUnderTest) -> list[dict[str, str]]:
    return [json.loads(line) for line in emulator.options.function_log.read_text().splitlines()]


def _seen(emulator: EmulatorUnderTest) -> list[str]:
    """List the keys of the stream records that the consumer was given."""
    events = [json.loads(record["line"])["event"] for record in _log(emulator) if "line" in record]
    records = [record for event in events for record in event.get("Records", [])]
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


def _send_mail(emulator: EmulatorUnderTest, subject: str) -> None:
    emulator.client("sesv2").send_email(
        FromEmailAddress="mesh@example.com",
        Destination={"ToAddresses": ["ops@example.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "text"}}}},
    )


def _subjects(emulator: EmulatorUnderTest) -> list[str]:
    with urllib.request.urlopen(f"{emulator.url}/_ministack/ses/messages") as answer:  # noqa: S310
        return [each["subject"] for each in listed(json.load(answer))]
