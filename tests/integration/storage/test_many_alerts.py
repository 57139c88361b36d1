"""Transitions that many channels hear of: within the limits of a transaction, whatever is set."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from sentinelmesh.domain.incidents.incident import IncidentState, Vote
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.transition import with_alerts
from sentinelmesh.storage.alert_batches import AlertBatchesRepository
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.dynamodb.keys import ALL_INCIDENTS, OPEN
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions_writer import Ledger
from tests.support.builders import START, a_channel, a_monitor
from tests.support.calls import Calls
from tests.support.moto_mesh import MotoMesh
from tests.unit.domain.alerts.test_alert_batch import a_takeover

# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
LONG = "x" * 2_000


def commit(mesh: MotoMesh, client: Any, channels: int, **monitor: Any) -> None:
    """Have an outage take the place of a degraded incident, and many channels hear of both."""
    watched = a_monitor(**monitor)
    MonitorsRepository(client, mesh.tables["monitors"]).create(watched)
    taken = a_takeover()
    before = replace(taken.state, version=1)
    client.put_item(TableName=mesh.tables["states"], Item=to_item(before))
    assert taken.closed is not None
    lesser = replace(taken.closed, state=IncidentState.OPEN, resolved_at=None)
    client.put_item(
        TableName=mesh.tables["incidents"], Item=to_item(lesser, listing=ALL_INCIDENTS, open=OPEN)
    )
    votes = tuple(
        Vote(
            region=f"region-{number}",
            outcome=Outcome.FAILURE,
            purpose=Purpose.VERIFICATION,
            started_at=START,
            detail=LONG if monitor else "refused",
        )
        for number in range(7)
    )
    transition = replace(taken.transition, votes=votes, sentence=LONG if monitor else "Because.")
    many = [a_channel(id=f"ch_{number}") for number in range(channels)]
    planned = with_alerts(replace(taken, transition=transition), watched, many)
    assert len(planned.alerts) == 2 * channels
    Ledger(client, mesh.tables).commit(planned)


def rows_of(mesh: MotoMesh, incident_id: str) -> set[str]:
    """Name all rows of an incident, created or in a batch."""
    alerts = AlertsRepository(mesh.dynamodb, mesh.tables["alerts"])
    batches = AlertBatchesRepository(mesh.dynamodb, mesh.tables["alerts"])
    created = [row.key for row in alerts.list_of_incident(incident_id)]
    waiting = [row.key for batch in batches.list_of_incident(incident_id) for row in batch.rows()]
    assert not set(created) & set(waiting)
    return {*created, *waiting}


@pytest.mark.parametrize("channels", [1, 25, 26, 47, 48, 97, 100, 300])
def test_an_outage_opens_however_many_channels_hear_of_it(mesh: MotoMesh, channels: int) -> None:
    commit(mesh, mesh.dynamodb, channels)
    state = StatesRepository(mesh.dynamodb, mesh.tables["states"]).get("mon_1")
    assert state is not None
    assert state.version == 2
    assert rows_of(mesh, "inc_1") == {f"opened#ch_{number}" for number in range(channels)}
    assert rows_of(mesh, "inc_0") == {f"resolved#ch_{number}" for number in range(channels)}


def test_the_longest_messages_fit_into_items_and_transaction(mesh: MotoMesh, calls: Calls) -> None:
    sizes: list[list[int]] = []
    client = calls.client("dynamodb")

    def weigh(params: dict[str, Any], **_details: Any) -> None:
        sizes.append([len(msgspec.json.encode(each)) for each in params["TransactItems"]])

    client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", weigh)
    commit(
        mesh,
        client,
        1_000,
        name="n" * 200,
        target="https://shop.example/" + LONG,
        runbook_url="https://wiki.example/" + LONG,
        tags=tuple("t" * 49 + str(number) for number in range(10)),
    )
    (weights,) = sizes
    assert len(weights) <= 100
    assert sum(weights) < MAX_TRANSACTION_BYTES
    assert max(weights) < MAX_ITEM_BYTES
    assert len(rows_of(mesh, "inc_1")) == 1_000
