"""Recording what a job signals: starts, ends and lines of log, in whatever order they arrive.

Runs may overlap where they carry an id: each is timed by itself, and, as Healthchecks has it, the
run that started last is the one that must not take longer than the grace.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.domain.monitors.heartbeat import Pings

# Runs that never end (a job that is killed) are forgotten beyond this many, the oldest first.
MAX_RUNS = 50
# Stands for the run of a job that names none.
UNNAMED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a run.

    Args:
        run: its id, if it has one.
        duration_ms: how long it took, where the job says so itself.
    """

    at: datetime
    failed: bool
    run: str | None = None
    exit_code: int | None = None
    note: str = ""
    duration_ms: float | None = None


def record_start(pings: Pings, run: str | None, at: datetime) -> Pings:
    """Return what is known after a run started; one whose end came first is over."""
    if run is not None and run == pings.finished_run:
        return pings
    name = run or UNNAMED
    newest = sorted({**pings.runs, name: at}.items(), key=lambda each: each[1])[-MAX_RUNS:]
    known = replace(pings, runs=dict(newest))
    if pings.started_at is not None and at < pings.started_at:
        return known
    return replace(known, started_at=at, started_run=name)


def record_end(pings: Pings, end: End) -> Pings:
    """Return what is known after a run ended; an end older than the last is not news."""
    name = end.run or UNNAMED
    known = replace(pings, runs={run: at for run, at in pings.runs.items() if run != name})
    if pings.started_run in {name, None}:
        known = replace(known, started_at=None, started_run=None)
    if pings.finished_at is not None and end.at < pings.finished_at:
        return known
    return replace(
        known,
        finished_at=end.at,
        finished_run=end.run,
        run_started_at=pings.runs.get(name),
        duration_ms=end.duration_ms,
        failed=end.failed,
        exit_code=end.exit_code,
        note=end.note,
        logged=pings.logged if end.failed else None,
    )


def record_log(pings: Pings, line: str) -> Pings:
    """Return what is known after a job logged something."""
    return replace(pings, logged=line)
