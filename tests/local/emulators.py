"""A real emulator process without a mesh in it, to be asked, killed and started again."""

import asyncio
import io
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from local import emulator_environment, state_folder
from local.emulator_process import EmulatorProcess
from local.options import Options, read_options

REGION = "eu-west-1"
T = TypeVar("T")

HANDLER = """
import json, os
def lambda_handler(event, context):
    print(json.dumps({"message": "called", "event": event}))
    if event.get("tell") == "environment":
        return dict(os.environ)
    failures = []
    for record in event.get("Records", []):
        key = record["dynamodb"]["Keys"]["id"]["S"]
        if key.startswith("poison"):
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}
"""


class EmulatorUnderTest:
    """One emulator on a temporary state folder: start, ask, kill, start again."""

    def __init__(self, options: Options, port: int) -> None:
        self.options = options
        self.port = port
        self._process = EmulatorProcess(options, port, REGION, "http://127.0.0.1:1")
        self._loop = asyncio.new_event_loop()

    @property
    def url(self) -> str:
        return self._process.url

    def start(self) -> dict[str, Any]:
        return self._loop.run_until_complete(self._process.start())

    def control(self, command: str) -> dict[str, Any]:
        return self._loop.run_until_complete(self._process.control(command))

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._loop.run_until_complete(self._process.ended())

    def stop(self) -> None:
        self._loop.run_until_complete(self._process.stop())

    def close(self) -> None:
        self.stop()
        self._loop.close()

    def client(self, service: str, region: str = REGION) -> Any:
        session: Any = boto3.Session(
            aws_access_key_id="000000000000", aws_secret_access_key="x", region_name=region
        )
        config = Config(proxies={}, retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self.url, config=config)

    def make_function(self, name: str, code: str = HANDLER) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", code)
        arn: str = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="index.lambda_handler",
            Code={"ZipFile": packed.getvalue()},
            Timeout=10,
            Environment={"Variables": {"OWN": "yes", "LOG_LEVEL": "DEBUG"}},
        )["FunctionArn"]
        return arn

    def make_table(self, name: str) -> str:
        described = self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )["TableDescription"]
        stream: str = described["LatestStreamArn"]
        return stream


def until(look: Callable[[], T], is_there: Callable[[T], bool], seconds: float = 90) -> T:
    """Look again and again until something has come about."""
    end = time.monotonic() + seconds
    while not is_there(seen := look()):
        assert time.monotonic() < end, f"last seen: {seen}"
        time.sleep(0.1)
    return seen


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[EmulatorUnderTest]:
    """A started emulator with an empty state."""
    options = replace(read_options(["--port", "0"], {}), state=tmp_path / "state")
    emulator_environment.build(options)
    options.state.mkdir()
    state_folder.prepare(options)
    port = state_folder.steady_ports(options, ("emulator",))["emulator"]
    under_test = EmulatorUnderTest(options, port)
    under_test.start()
    yield under_test
    under_test.close()
