"""What must hold when a simulated life has come to rest; each finding is one sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots, regions_of
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.storage.dynamodb.keys import result_key
from tests.simulation.mesh import Simulation
from tests.simulation.oracle.blindness import announced_blindness, blind_from
from tests.simulation.oracle.flapping import told_flapping_once
from tests.simulation.oracle.follow_ups import followed, kept_from_sleep, waiting_for_parents
from tests.simulation.oracle.gaps import gaps
from tests.simulation.oracle.maintenance import quiet_maintenance
from tests.simulation.oracle.notifications import (
    announced,
    closing,
    delivery,
    order_of_messages,
    outbox,
    told_in_one_way,
)
from tests.simulation.oracle.reference import differences, exact_until, reference_ledger, row_of
from tests.simulation.oracle.remains import Remains
from tests.simulation.oracle.rollups import orders_carried_out, rollups
from tests.simulation.oracle.truth_oracle import find_untruths

SETTLED = timedelta(minutes=5)
# Three slots are missing when the fourth comes.
LAPSING_SLOTS = 4


def coverage(remains: Remains) -> Iterator[str]:
    """I1: when all is calm every planned slot has the results of all its regions."""
    end = remains.now - timedelta(minutes=3)
    for monitor in remains.monitors.values():
        start = max(remains.life.calm_since + SETTLED, monitor.scheduled_since + SETTLED)
        if monitor.paused or start > end:
            continue
        seen = {
            (each.slot, each.region)
            for each in remains.results.get(monitor.id, ())
            if each.outcome is not Outcome.UNKNOWN and each.purpose is Purpose.SCHEDULED
        }
        plan = (monitor.id, monitor.interval_seconds)
        for slot in planned_slots(*plan, start, end):
            for region in regions_of(*plan, monitor.regions, monitor.strategy, slot):
                if (slot, region) not in seen:
                    yield f"I1: {monitor.name} has no result of {region} for {slot}"


def one_course_of_incidents(remains: Remains) -> Iterator[str]:
    """I3: each incident has one beginning and at most one end, and the ledger has no gap."""
    begun: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for monitor_id, rows in remains.ledger.items():
        if [row.version for row in rows] != list(range(1, len(rows) + 1)):
            yield f"I3: the ledger of {monitor_id} has a gap"
        _count_ends(rows, begun, ended)
    for incident in remains.incidents:
        name, is_open = incident.incident_id, incident.state is IncidentState.OPEN
        if begun[name] != 1 or ended[name] != (0 if is_open else 1):
            yield f"I3: {name} has {begun[name]} beginnings and {ended[name]} ends"
    for name in set(begun) - {each.incident_id for each in remains.incidents}:
        yield f"I3: the ledger names {name}, which does not exist"


def _count_ends(rows: Sequence[Transition], begun: Counter[str], ended: Counter[str]) -> None:
    """Count beginnings and ends: the first row that names an incident begins it."""
    for row in rows:
        if row.superseded is not None:
            ended[row.superseded] += 1
        if row.incident_id is None:
            continue
        if begun[row.incident_id] == 0:
            begun[row.incident_id] += 1
        elif not row.flapping and row.to_status is not Status.DOWN:
            ended[row.incident_id] += 1


def nothing_invented(remains: Remains) -> Iterator[str]:
    """I7: an outage is backed by facts, and the facts by the truth about the target."""
    facts = {
        (each.monitor_id, each.slot, each.region, each.outcome)
        for results in remains.results.values()
        for each in results
    }
    for monitor_id, rows in remains.ledger.items():
        for row in rows:
            if row.to_status is not Status.DOWN or row.policy is None:
                continue
            failing = [vote for vote in row.votes if vote.outcome is Outcome.FAILURE]
            wanted = _votes_wanted(remains, remains.monitors.get(monitor_id))
            needed = (wanted or row.policy.quorum) if row.rule is Rule.QUORUM else 1
            if len({vote.region for vote in failing}) < needed:
                yield f"I7: {monitor_id} went down with {len(failing)} of {needed} votes"
            for vote in row.votes:
                if vote.error == "region_distrusted":
                    continue
                if (monitor_id, row.slot, vote.region, vote.outcome) not in facts:
                    yield f"I7: {monitor_id} went down by a vote that nobody recorded: {vote}"
    yield from _untrue(remains)


def _untrue(remains: Remains) -> Iterator[str]:
    """Find failures of targets that worked; regions that were sick excepted."""
    life = remains.life
    for results in remains.results.values():
        for each in results:
            if each.outcome is not Outcome.FAILURE or each.region in life.faults.ever_sick:
                continue
            target = life.targets_of(each.monitor_id)
            span = (
                timedelta(seconds=70) if life.fate.met["clock_skew"] == 0 else timedelta(minutes=7)
            )
            start, end = each.started_at - span, each.started_at + span
            if target is not None and not target.fails(each.region, start, end):
                yield f"I7: a probe of {each.monitor_id} failed, but its target worked: {each}"


def order_free(remains: Remains) -> Iterator[str]:
    """I6: the ledger is what the results say, in whatever order they came.

    A verifier that was away for minutes finds rounds that are too late to decide anything, so the
    ledger counts up to the first result that was not seen promptly.
    """
    doubted = any(each.kind == "doubted" for each in remains.life.truth.absences)
    if remains.life.faults.ever_sick or doubted:
        # Whether a sick region is believed depends on what a process of the verifier has read.
        return
    slow_since = remains.life.cloud.streams["results"].slow_since
    arrived = remains.life.watch.arrived
    for monitor in remains.monitors.values():
        if monitor.revision > 1:
            continue
        results = remains.results.get(monitor.id, [])
        when = {each: arrived[monitor.id, result_key(each)] for each in results}
        windows = remains.announced(monitor)
        end = exact_until(monitor, results, when, slow_since.get(monitor.id), windows)
        end = min(end, blind_from(remains, monitor))
        expected, found = (
            [row_of(row) for row in rows if _must_agree(row, end, monitor.interval)]
            for rows in (
                reference_ledger(monitor, results, windows),
                remains.ledger.get(monitor.id, []),
            )
        )
        for difference in differences(expected, found):
            yield f"I6: the ledger of {monitor.id} depends on order: {difference}"


def _must_agree(row: Transition, end: datetime, interval: timedelta) -> bool:
    """Return whether a row is the same in any order; a suspicion waits for no votes about pace.

    A suspicion lapses for want of the slots behind its last one: all of them must have been seen,
    also where maintenance, which came before anybody noticed that, ended it instead.
    """
    is_pace = row.rule in {Rule.DEGRADED, Rule.DEGRADED_OVER}
    is_end = row.rule in {Rule.LAPSED, Rule.MAINTENANCE}
    behind = LAPSING_SLOTS * interval if is_end else timedelta(0)
    return row.slot is not None and row.slot + behind < end and not is_pace


def liveness(remains: Remains) -> Iterator[str]:
    """I8: in the end the backlog is empty and every state is what the targets really do."""
    yield from (f"I8: {count} messages wait in {name}" for name, count in _stuck(remains).items())
    for state in remains.states.values():
        if state.monitor_id not in remains.monitors:
            yield f"I8: {state.monitor_id} was deleted, its state is still there"
    for monitor in remains.monitors.values():
        found, wanted = remains.states.get(monitor.id), expected_status(remains, monitor)
        if found is None or found.status is not wanted:
            now = found.status if found else None
            yield f"I8: {monitor.name} ({monitor.id}) is {now}, should be {wanted}"
        elif (found.incident_id is not None) != _has_incident(monitor, found):
            yield f"I8: {monitor.name} is {wanted}, its incident is {found.incident_id}"


def _has_incident(monitor: Monitor, state: State) -> bool:
    """Return whether a monitor that stands so has to have an open incident."""
    lesser = state.regional or (state.degraded and monitor.policy.degraded_incidents)
    is_blind = state.blind_since is not None
    return state.status is Status.DOWN or state.flapping or lesser or is_blind


def _stuck(remains: Remains) -> Mapping[str, int]:
    """Count messages that nobody has taken for minutes.

    One that was delayed on purpose, or was received and waits its turn, is not visible till then.
    """
    old = remains.now - timedelta(minutes=2)
    return {
        f"{region}/{name}": count
        for region, queues in remains.life.cloud.queues.items()
        for name, queue in queues.items()
        if (count := sum(each.visible_at < old for each in queue.messages))
    }


def expected_status(remains: Remains, monitor: Monitor) -> Status:
    """Return what the targets make of a monitor."""
    if monitor.paused:
        return Status.PAUSED
    target = remains.life.targets.by_address[monitor.target]
    soon = remains.now + timedelta(seconds=1)
    failing = [each for each in monitor.regions if target.fails(each, remains.now, soon)]
    wanted = _votes_wanted(remains, monitor)
    return Status.DOWN if wanted and len(failing) >= wanted else Status.UP


def _votes_wanted(remains: Remains, monitor: Monitor | None) -> int | None:
    """Count the failing votes of an outage: as many as people asked for, or more than half."""
    if monitor is None:
        return None
    more_than_half = next(n for n in range(1, 99) if 2 * n > len(monitor.regions))
    wish = remains.life.people.wishes.get(monitor.target, {})
    asked: int | None = wish.get("verification", {}).get("quorum")
    return asked or more_than_half


def truth(remains: Remains) -> Iterator[str]:
    """I10: what was announced is what really happened, by code that knows no rule of the mesh."""
    return find_untruths(remains.life)


CHECKS = (
    coverage,
    one_course_of_incidents,
    outbox,
    closing,
    delivery,
    told_in_one_way,
    order_of_messages,
    announced,
    followed,
    kept_from_sleep,
    waiting_for_parents,
    nothing_invented,
    order_free,
    liveness,
    gaps,
    told_flapping_once,
    rollups,
    orders_carried_out,
    quiet_maintenance,
    truth,
    announced_blindness,
)


def violations(life: Simulation) -> list[str]:
    """Check everything that has to hold in the end."""
    remains = Remains(life)
    return [found for check in CHECKS for found in check(remains)]
