"""Looking for blind monitors: where nothing arrives, nothing wakes the verifier."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.verifier.evaluation import Evaluator
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.region_trust import abstaining
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.blindness import (
    Judged,
    can_turn_blind,
    find_blindness,
    is_overdue,
    is_verdict,
    is_watched,
    judge_mesh,
)
from sentinelmesh.errors import MeshError
from sentinelmesh.observability import logger
from sentinelmesh.recurrence import list_announced
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from sentinelmesh.storage.newest_results import Newest, NewestResults
from sentinelmesh.storage.results import bounds

# The name under which it leaves its sign of life.
SIGHT = "sight"
MAX_MONITORS = 20_000
# Abstentions read of a monitor on the way back to its newest verdict: half a day of one every 10 s.
MAX_EVIDENCE = 5_000
LANES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindnessSweep:
    """Announces monitors that nobody can judge, or logs that they are most of the mesh."""

    evaluator: Evaluator
    newest: NewestResults
    heartbeats: HeartbeatsRepository

    def look(self) -> None:
        """Compare what is expected of all monitors with what has arrived.

        Cost: 1 read unit per monitor and about as much again for a fifth of them; at 10,000
            monitors some 12,000 read units in 220 requests (docs/decisions/0145).

        Raises:
            StoreUnavailable: nothing is known; the next look is as good.
        """
        at = self.evaluator.clock()
        states = self.evaluator.states.everything()
        watched = [
            each
            for each in self.evaluator.monitors.list_page(MAX_MONITORS)
            if each.id in states and is_watched(each, states[each.id], at)
        ]
        judged = self._judged(watched, at)
        sight = judge_mesh(judged, at)
        excused_until = at if sight.is_blind else self._mesh_blind_at()
        if sight.is_blind:
            logger().error("mesh_blind", watched=sight.watched, silent=sight.silent)
        facts: dict[str, object] = {"watched": sight.watched, "silent": sight.silent}
        if watched:
            facts["shortest_interval_seconds"] = min(each.interval_seconds for each in watched)
        if excused_until is not None:
            facts["mesh_blind_at"] = instant.text(excused_until)
        self.heartbeats.beat(SIGHT, at, facts)
        self._announce_all(
            [
                each.monitor.id
                for each in judged
                if can_turn_blind(each.monitor, states[each.monitor.id], at)
                and is_overdue(each, at, excused_until)
            ],
            excused_until,
        )

    def _judged(self, watched: Sequence[Monitor], at: datetime) -> list[Judged]:
        found = self.newest.find(watched, at)
        return [Judged(monitor=each, slot=self._verdict_in(found[each.id])) for each in watched]

    def _verdict_in(self, newest: Newest) -> datetime | None:
        known = [each for each in (newest.result, newest.seen) if each is not None]
        return _newest_verdict(abstaining(known, self.evaluator.regions.distrusted))

    def _mesh_blind_at(self) -> datetime | None:
        """Read when most of the mesh was last found blind."""
        beat = self.heartbeats.list().get(SIGHT, {})
        known = beat.get("facts", {}).get("mesh_blind_at")
        return instant.parse(known) if known else None

    def _announce_all(self, monitor_ids: Sequence[str], excused_until: datetime | None) -> None:
        if not monitor_ids:
            return
        with ThreadPoolExecutor(min(LANES, len(monitor_ids))) as lanes:
            list(lanes.map(lambda each: self._announce(each, excused_until), monitor_ids))

    def _announce(self, monitor_id: str, excused_until: datetime | None) -> None:
        """Announce one monitor if it is blind; its trouble is not that of the others."""
        try:
            self._judge(monitor_id, excused_until)
        except MeshError as error:
            # The next look finds it again.
            logger().warning("blindness_undecided", monitor_id=monitor_id, reason=str(error))

    def _judge(self, monitor_id: str, excused_until: datetime | None) -> None:
        """Decide about one monitor, by strongly consistent reads.

        Cost: a query and 4 read units; a transition if it is blind.
        """
        monitor = self.evaluator.monitors.get(monitor_id)
        state = self.evaluator.states.get(monitor_id)
        if monitor is None or state is None:
            return
        at = self.evaluator.clock()
        change = find_blindness(
            monitor,
            state,
            list(self._evidence(monitor)),
            at,
            maintenance=self._announced(monitor, at),
            mesh_blind_at=excused_until,
        )
        if change is not None:
            self.evaluator.take(change, monitor, state, at)

    def _evidence(self, monitor: Monitor) -> Iterator[Result]:
        """Walk from the newest result back to the newest verdict."""
        stored = self.evaluator.results.iterate(monitor.id, bounds(None, None), consistent=True)
        for count, result in enumerate(stored, start=1):
            (counted,) = abstaining([result], self.evaluator.regions.distrusted)
            yield counted
            if is_verdict(counted) or count == MAX_EVIDENCE:
                return

    def _announced(self, monitor: Monitor, at: datetime) -> Sequence[Interval]:
        """Read the maintenance windows that may excuse that a monitor is not judged."""
        within = Interval(at - timedelta(days=1) - 4 * monitor.interval, at + monitor.interval)
        return list_announced(self.evaluator.maintenance.list(), monitor, within)


def _newest_verdict(results: Sequence[Result]) -> datetime | None:
    return max((each.slot for each in results if is_verdict(each)), default=None)
