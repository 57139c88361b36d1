"""A monitor that nobody can judge is announced once, and no other one is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.storage.dynamodb.keys import result_key
from tests.simulation.oracle.remains import Remains

TEN_MINUTES = timedelta(minutes=10)
# Somebody looks every five minutes; one look may be lost.
TWO_LOOKS = timedelta(minutes=11)
# A decision reads a moment before it commits.
READING = timedelta(seconds=5)
FEW = 5
NEVER = datetime.max.replace(tzinfo=UTC)


def blind_from(remains: Remains, monitor: Monitor) -> datetime:
    """Say from when on the ledger of a monitor says more than its results: they fell silent."""
    rows = (row.at for row in remains.ledger.get(monitor.id, ()) if row.rule == "blind")
    return min(rows, default=NEVER)


def announced_blindness(remains: Remains) -> Iterator[str]:
    """Compare announcements with the votes that there were, and with the silences between them."""
    if remains.life.faults.ever_sick:
        # Whose failures count as abstentions depends on whom the verifier believes.
        return
    for monitor in remains.monitors.values():
        yield from _untrue(remains, monitor)
        yield from _missed(remains, monitor)


def _untrue(remains: Remains, monitor: Monitor) -> Iterator[str]:
    """Find announcements of what somebody had judged within the last ten minutes."""
    arrived = remains.life.watch.arrived
    for row in remains.ledger.get(monitor.id, ()):
        if row.rule != "blind":
            continue
        for each in remains.results.get(monitor.id, ()):
            is_known = arrived[monitor.id, result_key(each)] < row.at - READING
            is_recent = row.at - TEN_MINUTES < each.slot < row.at
            if is_known and is_recent and _is_vote(each.outcome, each.purpose):
                yield f"blindness: {monitor.name} was announced at {row.at}, judged at {each.slot}"


def _missed(remains: Remains, monitor: Monitor) -> Iterator[str]:
    """Find silences that were announced not at all, or more than once."""
    rows = remains.ledger.get(monitor.id, [])
    is_disturbed = {row.rule for row in rows} & {"paused", "resumed", "edited", "maintenance"}
    if monitor.paused or monitor.revision > 1 or is_disturbed or remains.announced(monitor):
        return
    for begin, end in pairwise([*_votes(remains, monitor), remains.now]):
        found = [row for row in rows if row.rule == "blind" and begin < row.at < end]
        silence = max(3 * monitor.interval, TEN_MINUTES) + monitor.timeout
        if len(found) > 1:
            yield f"blindness: {monitor.name} was announced {len(found)} times from {begin} on"
        is_due = end - begin > silence + TWO_LOOKS and not _is_shared(remains, begin, end)
        if is_due and not found:
            yield f"blindness: {monitor.name} was silent from {begin} to {end}, nobody was told"


def _is_shared(remains: Remains, begin: datetime, end: datetime) -> bool:
    """Return whether most others were silent too at some time: then the mesh is in trouble."""
    moment = begin
    while moment < end:
        silent = [
            each
            for each in remains.monitors.values()
            if not any(
                moment - 3 * each.interval - each.timeout < vote <= moment
                for vote in _votes(remains, each)
            )
        ]
        if len(silent) >= FEW and 2 * len(silent) > len(remains.monitors):
            return True
        moment += timedelta(minutes=1)
    return False


def _votes(remains: Remains, monitor: Monitor) -> list[datetime]:
    """Return the slots in which somebody saw a monitor work or fail."""
    return sorted(
        {
            each.slot
            for each in remains.results.get(monitor.id, ())
            if _is_vote(each.outcome, each.purpose)
        }
    )


def _is_vote(outcome: Outcome, purpose: Purpose) -> bool:
    return outcome is not Outcome.UNKNOWN and purpose is not Purpose.MANUAL
