"""moto in this process, under a clock that stands still until a test moves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import time_machine
from moto import mock_aws

from tests.conformance.stand_ins import ClientStandIn
from tests.support.moto_mesh import HOME, _session

# boto3 asks for a stream at an address with the account in it, which moto does not know.
ADDRESSES = {"dynamodbstreams": f"https://streams.dynamodb.{HOME}.amazonaws.com"}


@cache
def _client(service: str) -> Any:
    address = ADDRESSES.get(service)
    session: Any = _session()
    return session.client(service, region_name=HOME, endpoint_url=address)


@contextmanager
def mocked() -> Iterator[ClientStandIn]:
    """Return an empty moto for one test."""
    start = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    with mock_aws(), time_machine.travel(start, tick=False) as traveller:
        yield ClientStandIn(_client, "", traveller.shift)
