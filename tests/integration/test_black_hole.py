"""A region whose queue takes connections and never answers, met by boto3's own client."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import boto3
import pytest

from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client, queue_client
from tests.unit.test_checks import EU, a_check

pytestmark = pytest.mark.enable_socket


@contextmanager
def black_hole() -> Iterator[socket.socket]:
    """Take connections, and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.setblocking(False)
        yield listener


def callers(listener: socket.socket) -> int:
    """Count the connections that were made since the last look."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_a_black_hole_is_called_once_and_then_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with black_hole() as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{port}")
        session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
        queues = CheckQueues(
            partial(queue_client, partial(client, session)), f"http://127.0.0.1:{port}/{{region}}"
        )
        assert queues.send([a_check()]) == [a_check()]
        assert callers(listener) == 1
        wanted = [a_check(number) for number in range(100)]
        assert queues.send(wanted) == wanted
        assert callers(listener) == 0, f"{EU} counts as away"
