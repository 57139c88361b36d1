"""What was heard of a job, kept whole whoever writes at the same time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitors.heartbeat import Pings
from sentinelmesh.domain.monitors.job_runs import End, record_end, record_start
from sentinelmesh.errors import NotFound, StoreUnavailable
from sentinelmesh.storage.directory.pings import MAX_TRIES, PingsRepository
from tests.support.builders import START
from tests.support.moto_mesh import moto_mesh

PING = "6e0dbb2f-0c4e-4c2f-9f0e-2b8f0f1f7c11"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pings() -> Iterator[PingsRepository]:
    with moto_mesh() as mesh:
        made = PingsRepository(mesh.dynamodb, mesh.tables["directory"])
        made.expect(PING, "mon_1", START)
        yield made


def start_run(pings: PingsRepository, run: str, minute: int) -> None:
    pings.record(PING, lambda heard: record_start(heard, run, START + minute * MINUTE))


def test_pings_of_one_moment_are_all_kept(pings: PingsRepository) -> None:
    """A run starts while the end of another one is being written."""
    start_run(pings, "a", 0)
    seen: list[Pings] = []

    def end_while_another_starts(heard: Pings) -> Pings:
        if not seen:
            start_run(pings, "b", 1)
        seen.append(heard)
        return record_end(heard, End(at=START + 2 * MINUTE, failed=False, run="a"))

    pings.record(PING, end_while_another_starts)
    told = pings.get(PING)
    assert told is not None
    assert len(seen) == 2, "it was read again"
    assert (told.started_run, dict(told.runs)) == ("b", {"b": START + MINUTE})
    assert (told.finished_at, told.run_started_at) == (START + 2 * MINUTE, START)


def test_a_heartbeat_that_others_change_all_the_time_is_tried_again_by_the_job(
    pings: PingsRepository,
) -> None:
    tries = 0

    def lose(heard: Pings) -> Pings:
        nonlocal tries
        tries += 1
        start_run(pings, f"run-{tries}", tries)
        return heard

    with pytest.raises(StoreUnavailable):
        pings.record(PING, lose)
    assert tries == MAX_TRIES


def test_a_heartbeat_that_is_deleted_meanwhile_stays_deleted(pings: PingsRepository) -> None:
    def delete_first(heard: Pings) -> Pings:
        pings.delete(PING)
        return heard

    with pytest.raises(NotFound):
        pings.record(PING, delete_first)
    assert pings.get(PING) is None


def test_a_job_that_is_waited_for_anew_has_no_open_runs(pings: PingsRepository) -> None:
    start_run(pings, "a", 0)
    pings.record(PING, lambda heard: record_end(heard, End(at=START, failed=True, note="full")))
    pings.expect(PING, "mon_1", START + 9 * MINUTE)
    told = pings.get(PING)
    assert told is not None
    assert (told.waiting_since, told.started_at, dict(told.runs)) == (START + 9 * MINUTE, None, {})
    assert (told.finished_at, told.note) == (START, "full")


def test_what_an_older_version_wrote_is_understood(pings: PingsRepository) -> None:
    """It kept neither runs nor versions, and null for what was not told."""
    item: dict[str, Any] = {
        "kind": {"S": f"ping#{PING}"},
        "id": {"S": "ping"},
        "monitor_id": {"S": "mon_1"},
        "waiting_since": {"S": "2026-01-01T12:00:00Z"},
        "started_at": {"S": "2026-01-01T12:00:00Z"},
        "exit_code": {"NULL": True},
        "run_started_at": {"NULL": True},
    }
    pings._client.put_item(TableName=pings._table, Item=item)
    pings.record(PING, lambda heard: record_end(heard, End(at=START + MINUTE, failed=False)))
    told = pings.get(PING)
    assert told is not None
    assert (told.started_at, told.finished_at, told.version) == (None, START + MINUTE, 1)
