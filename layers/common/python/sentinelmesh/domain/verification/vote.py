"""What a result is worth in a round: its vote, and when its probe began."""

from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Vote
from sentinelmesh.domain.monitors.first_check import MAX_LEAD
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import expires_at
from sentinelmesh.domain.probing.result import Purpose, Result


def vote_of(result: Result) -> Vote:
    """Keep of a result what explains its vote."""
    return Vote(
        region=result.region,
        outcome=result.outcome,
        purpose=result.purpose,
        started_at=result.started_at,
        error=result.error,
        detail=result.detail,
        status_code=result.status_code,
        latency_ms=result.latency_ms,
        timings=result.timings,
        degraded=result.degraded,
        remote_address=result.remote_address,
        tls_fingerprint=result.tls_fingerprint,
    )


def began_at(monitor: Monitor, vote: Result) -> datetime:
    """Return the start of a probe, kept within its slot's lifetime.

    A prober whose clock is wrong by minutes must not move an outage by minutes.
    """
    latest = max(vote.scheduled_at, expires_at(vote.slot, monitor.interval_seconds))
    # A first look does not wait for its slot.
    lead = MAX_LEAD if vote.purpose is Purpose.FIRST_LOOK else timedelta(0)
    return min(max(vote.started_at, vote.slot - lead), latest)
