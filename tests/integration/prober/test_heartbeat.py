"""The kind heartbeat: a look at what a job told, as of the slot of the check."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.prober.observation import Observation
from sentinelmesh.domain.monitor import Assertion
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.storage.pings import PingsRepository
from tests.building import START
from tests.integration.prober.probing import probe
from tests.integration.tables import moto_mesh

PING = "6e0dbb2f-0c4e-4c2f-9f0e-2b8f0f1f7c11"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pings() -> Iterator[PingsRepository]:
    with moto_mesh() as mesh:
        made = PingsRepository(mesh.dynamodb, mesh.tables["directory"])
        made.expect(PING, "mon_1", START - 60 * MINUTE)
        yield made


def seen_of(pings: PingsRepository | None, check: Any = None, **block: Any) -> Observation:
    block = {"ping_id": PING, "period_seconds": 3600, "grace_seconds": 300, **block}
    return probe(
        "nightly backup",
        check={"kind": "heartbeat", "probe": block, **(check or {})},
        pings=pings,
    )


def test_a_job_that_told_in_time_is_a_success_with_the_duration_of_its_run(
    pings: PingsRepository,
) -> None:
    pings.start(PING, START - 10 * MINUTE)
    pings.finish(PING, START - 8 * MINUTE, failed=False, exit_code=0, note="")
    seen = seen_of(pings)
    assert (seen.outcome, seen.error, seen.latency_ms) == ("success", None, 120_000)
    slow = Assertion(source="latency_ms", operator="less_than", value=60_000)
    assert seen_of(pings, {"assertions": (slow,)}).error == "assertion_failed"
    assert seen_of(pings, {"degraded_after_ms": 60_000}).degraded


def test_a_silent_job_is_a_failure_once_its_grace_is_over(pings: PingsRepository) -> None:
    waiting = seen_of(pings)
    assert (waiting.outcome, waiting.error) == ("unknown", "heartbeat_waiting")
    late = seen_of(pings, {"slot": START + 6 * MINUTE})
    assert (late.outcome, late.error) == ("failure", "heartbeat_missed")


def test_a_late_look_invents_no_silence(pings: PingsRepository) -> None:
    """The check waited in its queue for an hour: what counts is the slot."""
    pings.finish(PING, START - MINUTE, failed=False, exit_code=None, note="")
    assert seen_of(pings, {"slot": START}).error is None


def test_a_job_that_failed_shows_what_it_said(pings: PingsRepository) -> None:
    pings.finish(PING, START - MINUTE, failed=True, exit_code=2, note="disk full")
    seen = seen_of(pings)
    assert (seen.outcome, seen.error, seen.body_sample) == (
        "failure",
        "heartbeat_failed",
        "disk full",
    )
    pings.finish(PING, START, failed=False, exit_code=0, note="")
    assert seen_of(pings).error is None


def test_a_timetable_may_be_a_cron_expression_in_a_zone(pings: PingsRepository) -> None:
    block = {"cron": "0 13 * * *", "time_zone": "Europe/Berlin"}  # noon in UTC
    pings.finish(PING, START - 2 * MINUTE, failed=False, exit_code=0, note="")
    assert seen_of(pings, {"slot": START + 5 * MINUTE}, **block).error is None
    assert seen_of(pings, {"slot": START + 6 * MINUTE}, **block).error == "heartbeat_missed"


class Away(PingsRepository):
    """A table that cannot be reached."""

    def __init__(self) -> None:
        """Need nothing."""

    def get(self, ping_id: str) -> None:
        """Fail as the store does."""
        raise StoreUnavailable(ping_id)


def test_a_prober_that_cannot_read_says_nothing_about_the_job(pings: PingsRepository) -> None:
    pings.delete(PING)
    for each in (Away(), None, pings):
        seen = seen_of(each)
        assert (seen.outcome, seen.error) == ("unknown", "heartbeat_unreadable")
