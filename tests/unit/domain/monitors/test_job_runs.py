"""What a job signals, run by run, in any order."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from sentinelmesh.domain.monitors.heartbeat import Expectation, Pings, judge
from sentinelmesh.domain.monitors.job_runs import (
    MAX_RUNS,
    End,
    record_end,
    record_log,
    record_start,
)
from tests.support.builders import START

A, B = "0b5e7d1e-0000-4000-8000-00000000000a", "0b5e7d1e-0000-4000-8000-00000000000b"
NEW = Pings(monitor_id="mon_1", waiting_since=START)
HOURLY = Expectation(due_after=lambda last: last + timedelta(hours=1), grace=timedelta(minutes=5))


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def end(minutes: float, run: str | None = None, *, failed: bool = False) -> End:
    return End(at=after(minutes), failed=failed, run=run)


def duration_of(pings: Pings) -> float | None:
    """Return the minutes that the last run took."""
    lasted = judge(pings, HOURLY, pings.finished_at or START).duration_ms
    return None if lasted is None else lasted / 60_000


def test_runs_that_overlap_are_timed_each_by_itself() -> None:
    both = record_start(record_start(NEW, A, after(0)), B, after(1))
    first_ended = record_end(both, end(4, A))
    assert duration_of(first_ended) == 4
    assert (first_ended.started_at, first_ended.started_run) == (after(1), B)
    second_ended = record_end(first_ended, end(5, B))
    assert duration_of(second_ended) == 4
    assert (second_ended.started_at, dict(second_ended.runs)) == (None, {})


def test_the_run_that_started_last_must_not_take_longer_than_the_grace() -> None:
    """As Healthchecks has it: an older run that still goes on is nobody's alarm."""
    both = record_start(record_start(NEW, A, after(0)), B, after(1))
    assert judge(record_end(both, end(4, A)), HOURLY, after(7)).error == "heartbeat_overrun"
    assert judge(record_end(both, end(4, B)), HOURLY, after(7)).error is None


def test_a_run_without_an_id_ends_as_it_began() -> None:
    ended = record_end(record_start(NEW, None, after(0)), end(3))
    assert (duration_of(ended), ended.started_at) == (3, None)
    assert duration_of(record_end(ended, end(4))) is None
    other = record_end(record_start(NEW, None, after(0)), end(3, A))
    assert (duration_of(other), other.started_at) == (None, after(0))


def test_a_start_that_arrives_after_its_end_starts_nothing() -> None:
    late = record_start(record_end(NEW, end(2, A)), A, after(2.1))
    assert late.started_at is None
    assert record_start(late, B, after(3)).started_at == after(3)


def test_pings_in_any_order_leave_the_last_word() -> None:
    """The API reads the clock before it writes: writes may overtake each other."""
    ends = [end(1), end(2, failed=True), end(3)]
    for order in permutations(ends):
        told = NEW
        for each in order:
            told = record_end(told, each)
        assert (told.finished_at, told.failed) == (after(3), False)


def test_an_older_start_does_not_replace_a_newer_one() -> None:
    told = record_start(record_start(NEW, B, after(2)), A, after(1))
    assert (told.started_run, sorted(told.runs)) == (B, [A, B])
    assert duration_of(record_end(told, end(4, A))) == 3


def test_runs_that_never_end_are_forgotten_the_oldest_first() -> None:
    told = NEW
    for number in range(MAX_RUNS + 5):
        told = record_start(told, f"run-{number}", after(number))
    assert len(told.runs) == MAX_RUNS
    assert "run-4" not in told.runs
    assert told.started_run == f"run-{MAX_RUNS + 4}"


@pytest.mark.parametrize(("failed", "kept"), [(True, "disk full"), (False, None)])
def test_lines_of_log_stay_with_a_failure_and_go_with_a_success(
    kept: str | None, *, failed: bool
) -> None:
    told = record_end(record_log(NEW, "disk full"), end(1, failed=failed))
    assert told.logged == kept
    assert record_log(told, "bye").note == told.note
