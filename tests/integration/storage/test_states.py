"""States on DynamoDB: read one by one, or many at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.storage.dynamodb import batches
from sentinelmesh.storage.dynamodb.batches import MAX_KEYS, MAX_ROUNDS
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.states import StatesRepository, state_item
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh


def a_state(number: int = 1) -> State:
    return State(
        monitor_id=f"mon_{number:03}", revision=1, version=1, status=Status.UP, since=START
    )


def store(mesh: MotoMesh, *states: State) -> None:
    for state in states:
        mesh.dynamodb.put_item(TableName=mesh.tables["states"], Item=to_item(state))


@pytest.fixture
def states(mesh: MotoMesh) -> StatesRepository:
    return StatesRepository(mesh.dynamodb, mesh.tables["states"])


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("sentinelmesh.storage.dynamodb.batches.time.sleep", made.append)
    return made


class Sparing:
    """A client that leaves all but the first keys of a request unprocessed, for a while."""

    def __init__(self, mesh: MotoMesh, *, until_request: int) -> None:
        self._client = mesh.dynamodb
        self._until = until_request
        self.asked: list[int] = []

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: N803 (boto3's names)
        ((table, wanted),) = RequestItems.items()
        keys = wanted["Keys"]
        self.asked.append(len(keys))
        assert wanted["ConsistentRead"]
        if len(self.asked) >= self._until:
            return self._client.batch_get_item(RequestItems=RequestItems)
        served: Any = {**wanted, "Keys": keys[:1]}
        answer = self._client.batch_get_item(RequestItems={table: served})
        return {**answer, "UnprocessedKeys": {table: {**wanted, "Keys": keys[1:]}}}


def test_a_monitor_of_which_nothing_was_decided_has_no_state(
    states: StatesRepository, mesh: MotoMesh
) -> None:
    store(mesh, a_state())
    assert states.get("mon_001") == a_state()
    assert states.get("mon_002") is None


def test_more_states_than_one_request_takes_are_read_and_none_twice(
    states: StatesRepository, mesh: MotoMesh
) -> None:
    written = [a_state(number) for number in range(MAX_KEYS * 2 + 1)]
    store(mesh, *written)
    ids = [each.monitor_id for each in written]
    assert states.get_many([ids[0], *ids, "mon_missing"]) == dict(zip(ids, written, strict=True))


def test_keys_that_were_left_out_are_asked_for_again_after_a_pause(
    mesh: MotoMesh, pauses: list[float]
) -> None:
    store(mesh, *(a_state(number) for number in range(6)))
    client = Sparing(mesh, until_request=3)
    states = StatesRepository(client, mesh.tables["states"])  # type: ignore[arg-type]
    assert len(states.get_many([f"mon_{number:03}" for number in range(6)])) == 6
    assert client.asked == [6, 5, 4]
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_keys_that_are_never_answered_are_no_absent_states(
    mesh: MotoMesh, pauses: list[float]
) -> None:
    wanted = [f"mon_{number:03}" for number in range(MAX_KEYS)]
    client = Sparing(mesh, until_request=99)
    states = StatesRepository(client, mesh.tables["states"])  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable, match="stayed unread"):
        states.get_many(wanted)
    assert len(client.asked) == MAX_ROUNDS
    assert len(pauses) == MAX_ROUNDS - 1


def test_suspects_are_those_that_are_being_verified_right_now(
    states: StatesRepository, mesh: MotoMesh
) -> None:
    for number, (status, minutes) in enumerate(
        [(Status.VERIFYING, 0), (Status.VERIFYING, -2), (Status.DOWN, 0), (Status.UP, 0)]
    ):
        at = START + timedelta(minutes=minutes)
        state = replace(a_state(number), status=status, since=at)
        item = state_item(state)
        mesh.dynamodb.put_item(TableName=mesh.tables["states"], Item=item)
        assert states.get(state.monitor_id) == state
    assert states.list_suspects(START, 5) == ["mon_000"]
    assert states.list_suspects(START - timedelta(minutes=2), 5) == ["mon_001", "mon_000"]
    assert states.list_suspects(START - timedelta(minutes=2), 1) == ["mon_001"]


def test_nothing_asked_is_nothing_read(mesh: MotoMesh) -> None:
    client = Sparing(mesh, until_request=0)
    assert batches.get_many(client, mesh.tables["states"], []) == []  # type: ignore[arg-type]
    assert client.asked == []
