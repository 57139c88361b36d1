"""The decision ledger on DynamoDB, newest first."""

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import Rule, Transition
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.transitions import TransitionsRepository
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh


def store(mesh: MotoMesh, versions: range, sentence: str = "Up.", monitor: str = "mon_1") -> None:
    for version in versions:
        row = Transition(
            monitor_id=monitor,
            version=version,
            from_status=Status.PENDING,
            to_status=Status.UP,
            at=START,
            rule=Rule.FIRST_PASS,
            sentence=sentence,
            revision=1,
        )
        mesh.dynamodb.put_item(TableName=mesh.tables["transitions"], Item=to_item(row))


@pytest.fixture
def transitions(mesh: MotoMesh) -> TransitionsRepository:
    return TransitionsRepository(mesh.dynamodb, mesh.tables["transitions"])


def test_the_ledger_sorts_by_number_not_by_text(
    transitions: TransitionsRepository, mesh: MotoMesh
) -> None:
    store(mesh, range(1, 13))
    store(mesh, range(1, 3), monitor="mon_2")
    first = transitions.list_page("mon_1", 5)
    rest = transitions.list_page("mon_1", 50, first[-1].version)
    assert [row.version for row in (*first, *rest)] == list(range(12, 0, -1))


def test_a_version_of_zero_is_a_bound_like_any_other(
    transitions: TransitionsRepository, mesh: MotoMesh
) -> None:
    store(mesh, range(1, 3))
    assert transitions.list_page("mon_1", 5, 0) == []


def test_a_page_is_full_even_if_dynamodb_cuts_its_answer_at_a_megabyte(
    transitions: TransitionsRepository, mesh: MotoMesh
) -> None:
    store(mesh, range(1, 15), "x" * 150_000)
    assert len(transitions.list_page("mon_1", 12)) == 12
