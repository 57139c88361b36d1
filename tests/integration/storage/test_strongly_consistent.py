"""What decides reads the newest truth; what only shows things reads at half the price."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.idempotency import IdempotencyRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.pings import PingsRepository
from sentinelmesh.storage.directory.repositories import ApiTokensRepository, ChannelsRepository
from sentinelmesh.storage.directory.sign_outs import SignOutsRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.results import ResultsRepository, bounds
from sentinelmesh.storage.rollups import RollupsRepository
from sentinelmesh.storage.samples import Samples
from sentinelmesh.storage.states import StatesRepository
from tests.support.builders import START, a_monitor
from tests.support.moto_mesh import MotoMesh

Read = Callable[[Any, dict[str, str]], object]

DECIDING: dict[str, Read] = {
    "monitor": lambda client, t: MonitorsRepository(client, t["monitors"]).get("mon_1"),
    "monitors": lambda client, t: MonitorsRepository(client, t["monitors"]).get_many(["mon_1"]),
    "state": lambda client, t: StatesRepository(client, t["states"]).get("mon_1"),
    "states": lambda client, t: StatesRepository(client, t["states"]).get_many(["mon_1"]),
    "incident": lambda client, t: IncidentsRepository(client, t["incidents"]).get("mon_1", "inc_1"),
    "results": lambda client, t: ResultsRepository(client, t["results"]).list_since("mon_1", START),
    "alert": lambda client, t: AlertsRepository(client, t["alerts"]).get("inc_1", "opened#ch_1"),
    "attention": lambda client, t: AlertsRepository(client, t["alerts"]).attention("mon_1", "ch_1"),
    "channel": lambda client, t: ChannelsRepository(client, t["directory"]).get("ch_1"),
    "channels": lambda client, t: ChannelsRepository(client, t["directory"]).list(),
    "windows": lambda client, t: MaintenanceRepository(client, t["directory"]).list(),
    "token": lambda client, t: ApiTokensRepository(client, t["directory"]).get("5f5f"),
    "sign-out": lambda client, t: SignOutsRepository(client, t["directory"]).get("person-1"),
    "gathering": lambda client, t: GatheringsRepository(client, t["alerts"]).get(
        "ch_1", AlertKind.OPENED
    ),
    "members": lambda client, t: GatheringsRepository(client, t["alerts"]).members("grp_1"),
    "pings": lambda client, t: PingsRepository(client, t["directory"]).get("ping_1"),
    "gaps": lambda client, t: RollupsRepository(client, t["rollups"]).get_gaps("mon_1"),
    "subscribers": lambda client, t: list(
        SubscriptionsRepository(client, t["directory"]).iterate("sp_1")
    ),
    "answer": lambda client, t: IdempotencyRepository(client, t["directory"]).find("key"),
}
SHOWING: dict[str, Read] = {
    "results": lambda client, t: list(
        ResultsRepository(client, t["results"]).iterate("mon_1", bounds(None, None))
    ),
    "newest results": lambda client, t: NewestResults(
        client, t["results"], ResultsRepository(client, t["results"])
    ).find([a_monitor()], START),
    "samples": lambda client, t: Samples(
        client, t["results"], ResultsRepository(client, t["results"])
    ).planned([a_monitor()], 3, START),
    "incidents": lambda client, t: IncidentsRepository(client, t["incidents"]).list_of_monitor(
        "mon_1", 3
    ),
    "hours": lambda client, t: RollupsRepository(client, t["rollups"]).list_hours(
        "mon_1", START, START
    ),
    "newest hour": lambda client, t: RollupsRepository(client, t["rollups"]).newest_hour("mon_1"),
    "days": lambda client, t: RollupsRepository(client, t["rollups"]).list_days(
        "mon_1", START, START
    ),
    "all gaps": lambda client, t: RollupsRepository(client, t["rollups"]).all_gaps(),
}


def asked_for(mesh: MotoMesh, read: Read) -> set[bool]:
    """Read something and tell whether its requests asked for the newest truth."""
    client = mesh.fresh_dynamodb()
    found: set[bool] = set()

    def note(params: dict[str, Any], **_details: Any) -> None:
        requests = params.get("RequestItems", {"": params}).values()
        found.update(bool(request.get("ConsistentRead")) for request in requests)

    for operation in ("GetItem", "Query", "BatchGetItem"):
        client.meta.events.register(f"before-parameter-build.dynamodb.{operation}", note)
    read(client, mesh.tables)
    return found


def test_a_sign_out_outlives_every_token_that_it_refuses(mesh: MotoMesh) -> None:
    SignOutsRepository(mesh.dynamodb, mesh.tables["directory"]).put("person-1", START)
    (item,) = mesh.items("directory")
    assert int(item["ttl"]["N"]) == (START + timedelta(days=1)).timestamp()


@pytest.mark.parametrize("read", DECIDING.values(), ids=DECIDING.keys())
def test_what_decides_reads_the_newest_truth(mesh: MotoMesh, read: Read) -> None:
    assert asked_for(mesh, read) == {True}


@pytest.mark.parametrize("read", SHOWING.values(), ids=SHOWING.keys())
def test_what_is_only_shown_is_read_at_half_the_price(mesh: MotoMesh, read: Read) -> None:
    assert asked_for(mesh, read) == {False}
