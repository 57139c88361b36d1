"""The scheduler as Lambda calls it: wired from its environment, woken by each of its events."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.scheduler.handler import lambda_handler, wire
from sentinelmesh.messages import CheckMessage, TickMessage, decode, encode
from sentinelmesh.settings import SchedulerSettings
from sentinelmesh.storage.monitors import MonitorsRepository
from tests.support.builders import START, a_monitor
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import HOME, PROBE_REGIONS, MotoMesh, moto_mesh
from tests.unit.test_deadline import Context

SHARDS = 2


@pytest.fixture
def mesh(monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoMesh]:
    with moto_mesh() as made:
        values = {
            "MESH_NAME": "sentinelmesh",
            "HOME_REGION": HOME,
            "MONITORS_TABLE": made.tables["monitors"],
            "DIRECTORY_TABLE": made.tables["directory"],
            "TICKS_QUEUE_URL": made.queue_url("ticks"),
            "CHECKS_QUEUE_URL": made.checks_url,
            "REGIONS": ",".join(PROBE_REGIONS),
            "SHARDS": str(SHARDS),
        }
        assert set(values) <= set(SchedulerSettings.variables())
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(
            "functions.scheduler.handler._now", lambda: START + timedelta(seconds=70)
        )
        wire.cache_clear()
        yield made
        wire.cache_clear()


def test_the_minute_wakes_it(mesh: MotoMesh) -> None:
    """What began ten seconds ago is due at once."""
    event = {"source": "aws.events", "time": "2026-01-01T12:00:00Z"}
    assert lambda_handler(event, Context()) is None
    ticks = [decode(body, TickMessage) for body in mesh.drain("ticks")]
    granule = START + timedelta(seconds=70)
    assert sorted((tick.granule_at, tick.shard) for tick in ticks) == [(granule, 0), (granule, 1)]


def test_an_event_that_is_none_of_ours_fails_aloud(mesh: MotoMesh) -> None:
    with pytest.raises((KeyError, ValueError)):
        lambda_handler({}, Context())
    with pytest.raises(ValueError, match="time zone"):
        lambda_handler({"time": "2026-01-01T12:00:00"}, Context())
    assert mesh.drain("ticks") == []


def test_the_queue_of_ticks_wakes_it(mesh: MotoMesh) -> None:
    repository = MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"], SHARDS)
    repository.create(a_monitor(interval_seconds=10))
    records = [
        queue_record(
            f"m{shard}",
            encode(TickMessage(granule_at=START + timedelta(seconds=60), shard=shard)),
        )
        for shard in range(SHARDS)
    ]
    assert lambda_handler({"Records": records}, Context()) == {"batchItemFailures": []}
    bodies = [body for region in PROBE_REGIONS for body in mesh.drain("checks.fifo", region)]
    (check,) = [decode(body, CheckMessage) for body in bodies]
    assert check.slot == START + timedelta(seconds=60)
