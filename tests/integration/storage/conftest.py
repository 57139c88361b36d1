"""An empty mesh in memory for each test, as strict about requests as DynamoDB is."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.calls import Calls, refusal
from tests.support.moto_mesh import MotoMesh, moto_mesh


def refuse_upside_down_bounds(params: dict[str, Any], **_details: Any) -> None:
    """Refuse what DynamoDB refuses and moto does not: BETWEEN with its bounds exchanged."""
    values = params.get("ExpressionAttributeValues", {})
    if ":low" in values and values[":low"]["S"] > values[":high"]["S"]:
        raise refusal("Query", "ValidationException")


def refuse_repeated_keys(params: dict[str, Any], **_details: Any) -> None:
    """Refuse what DynamoDB refuses and moto does not: a key twice in one request."""
    for wanted in params["RequestItems"].values():
        keys = [repr(key) for key in wanted["Keys"]]
        if len(set(keys)) < len(keys):
            raise refusal("BatchGetItem", "ValidationException")


@pytest.fixture
def mesh() -> Iterator[MotoMesh]:
    with moto_mesh() as made:
        events = made.dynamodb.meta.events
        events.register("before-parameter-build.dynamodb.Query", refuse_upside_down_bounds)
        events.register("before-parameter-build.dynamodb.BatchGetItem", refuse_repeated_keys)
        yield made


@pytest.fixture
def calls(mesh: MotoMesh) -> Calls:
    """Clients whose calls are remembered, beside that of the mesh."""
    return Calls(mesh)
