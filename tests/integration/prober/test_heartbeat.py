"""The kind heartbeat: a look at what a job told, as of the slot of the check."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.job_runs import End, record_end, record_log, record_start
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.pings import PingsRepository
from tests.integration.prober.probing import probe
from tests.support.builders import START
from tests.support.moto_mesh import moto_mesh

PING = "6e0dbb2f-0c4e-4c2f-9f0e-2b8f0f1f7c11"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pings() -> Iterator[PingsRepository]:
    with moto_mesh() as mesh:
        made = PingsRepository(mesh.dynamodb, mesh.tables["directory"])
        made.expect(PING, "mon_1", START - 60 * MINUTE)
        yield made


def finish(pings: PingsRepository, at: datetime, *, failed: bool = False, **end: Any) -> None:
    pings.record(PING, lambda heard: record_end(heard, End(at=at, failed=failed, **end)))


def seen_of(
    pings: PingsRepository | None,
    check: Any = None,
    maintenance: MaintenanceRepository | None = None,
    **block: Any,
) -> Observation:
    block = {"ping_id": PING, "period_seconds": 3600, "grace_seconds": 300, **block}
    return probe(
        "nightly backup",
        check={"kind": "heartbeat", "probe": block, **(check or {})},
        pings=pings,
        maintenance=maintenance,
    )


def test_a_job_that_told_in_time_is_a_success_with_the_duration_of_its_run(
    pings: PingsRepository,
) -> None:
    pings.record(PING, lambda heard: record_start(heard, None, START - 10 * MINUTE))
    finish(pings, START - 8 * MINUTE)
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
    finish(pings, START - MINUTE)
    assert seen_of(pings, {"slot": START}).error is None


def test_a_job_that_failed_shows_what_it_said(pings: PingsRepository) -> None:
    finish(pings, START - MINUTE, failed=True, exit_code=2, note="disk full")
    pings.record(PING, lambda heard: record_log(heard, "bye"))
    seen = seen_of(pings)
    assert (seen.outcome, seen.error, seen.body_sample) == (
        "failure",
        "heartbeat_failed",
        "disk full",
    )
    finish(pings, START)
    assert seen_of(pings).error is None


def test_a_timetable_may_be_a_cron_expression_in_a_zone(pings: PingsRepository) -> None:
    block: dict[str, Any] = {"cron": "0 13 * * *", "time_zone": "Europe/Berlin"}  # noon in UTC
    finish(pings, START - 2 * MINUTE)
    assert seen_of(pings, {"slot": START + 5 * MINUTE}, **block).error is None
    assert seen_of(pings, {"slot": START + 6 * MINUTE}, **block).error == "heartbeat_missed"
    finish(pings, START - MINUTE / 60)
    assert seen_of(pings, {"slot": START + 6 * MINUTE}, **block).error is None


@pytest.mark.parametrize(
    ("covers", "error"),
    [
        ({"everything": True}, "heartbeat_waiting"),
        ({"tags": ("nightly",)}, "heartbeat_waiting"),
        ({"monitors": ("mon_1",)}, "heartbeat_waiting"),
        ({"tags": ("shop",)}, "heartbeat_missed"),
    ],
)
def test_what_was_due_in_maintenance_is_excused(
    pings: PingsRepository, covers: dict[str, Any], error: str
) -> None:
    """It was due at START; the check is of the slot at which the window ends."""
    windows = MaintenanceRepository(pings._client, pings._table)
    window = MaintenanceWindow(
        id="mw_1",
        name="Move",
        starts_at=START - MINUTE,
        ends_at=START + 60 * MINUTE,
        created_at=START,
        updated_at=START,
        **covers,
    )
    windows.create(window)
    slot = {"slot": window.ends_at, "tags": ("nightly",)}
    assert seen_of(pings, slot, windows).error == error
    assert seen_of(pings, slot, None).error == "heartbeat_missed"
    later = {**slot, "slot": window.ends_at + 66 * MINUTE}
    assert seen_of(pings, later, windows).error == "heartbeat_missed"


def test_a_prober_that_cannot_read_windows_says_nothing_about_a_late_job(
    pings: PingsRepository,
) -> None:
    seen = seen_of(pings, {"slot": START + 6 * MINUTE}, AwayWindows())
    assert (seen.outcome, seen.error) == ("unknown", "heartbeat_unreadable")
    finish(pings, START)
    assert seen_of(pings, {"slot": START + 6 * MINUTE}, AwayWindows()).error is None


def test_a_window_that_cannot_be_read_does_not_hide_a_silent_job(pings: PingsRepository) -> None:
    windows = MaintenanceRepository(pings._client, pings._table)
    window = MaintenanceWindow(
        id="mw_1",
        name="Move",
        starts_at=START - MINUTE,
        ends_at=START + 60 * MINUTE,
        created_at=START,
        updated_at=START,
        recurrence="FREQ=DAILY",
        time_zone="Mars/Olympus",
        everything=True,
    )
    windows.create(window)
    seen = seen_of(pings, {"slot": START + 6 * MINUTE}, windows)
    assert (seen.outcome, seen.error) == ("failure", "heartbeat_missed")


@pytest.mark.parametrize("odd", [{"cron": "every night"}, {"time_zone": "Mars/Olympus"}])
def test_a_timetable_that_cannot_be_read_says_nothing_about_the_job(
    pings: PingsRepository, odd: dict[str, Any]
) -> None:
    seen = seen_of(pings, **{"cron": "0 3 * * *", **odd})
    assert (seen.outcome, seen.error) == ("unknown", "heartbeat_unreadable")
    assert any(each in (seen.detail or "") for each in odd.values())


class AwayWindows(MaintenanceRepository):
    """Windows that cannot be read."""

    def __init__(self) -> None:
        """Need nothing."""

    def list(self) -> list[MaintenanceWindow]:
        """Fail as the store does."""
        raise StoreUnavailable("windows")


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
