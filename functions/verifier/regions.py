"""The trust in regions: judged once a minute from what is stored, one verdict for all verifiers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.probing.region_trust import TrustVerdict, can_distrust, judge_regions
from sentinelmesh.errors import MeshError
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.region_verdict import read_verdict, write_verdict
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.states import StatesRepository

# A verifier that decides about failures reads the verdict so often.
FRESH = timedelta(seconds=10)


class Regions:
    """The regions that cannot be believed, as a verifier knows them while it decides.

    No lock is held: two threads that find the verdict old read it both, which does no harm.
    """

    def __init__(self, heartbeats: HeartbeatsRepository, clock: Callable[[], datetime]) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._read_at: datetime | None = None
        self._verdict: TrustVerdict | None = None

    @property
    def distrusted(self) -> frozenset[str]:
        """The distrusted regions, as of some seconds ago at most."""
        at = self._clock()
        if self._read_at is None or not timedelta() <= at - self._read_at < FRESH:
            self._read_at = at
            self._read()
        return self._verdict.distrusted_at(at) if self._verdict else frozenset()

    def _read(self) -> None:
        """Read the verdict; one that cannot be read leaves the last one in force."""
        try:
            self._verdict = read_verdict(self._heartbeats)
        except MeshError as error:
            logger().warning("regions_unread", reason=str(error))


@dataclass(frozen=True, slots=True)
class RegionTrust:
    """Judges the regions by the states of all monitors."""

    heartbeats: HeartbeatsRepository
    states: StatesRepository
    monitors: MonitorsRepository
    clock: Callable[[], datetime]

    def judge(self) -> None:
        """Build the verdict of this minute; one alarm when distrust begins.

        Cost: one read unit and one write unit, a scan of the states; where a region may have to
            be distrusted, a query over all monitors.
        """
        try:
            self._judge()
        except MeshError as error:
            # The last verdict stays in force for some minutes; the next minute judges again.
            logger().warning("regions_unjudged", reason=str(error))

    def _judge(self) -> None:
        at = self.clock()
        last = read_verdict(self.heartbeats)
        before = last.distrusted_at(at) if last else frozenset()
        failing = self.states.list_failing_regions()
        now = before
        if can_distrust(failing, before):
            now = judge_regions(self.monitors.iterate_watched(), failing, before)
        write_verdict(self.heartbeats, TrustVerdict(judged_at=at, distrusted=now))
        for region in sorted(now - before):
            logger().error("region_distrusted", region=region)
        for region in sorted(before - now):
            logger().info("region_trusted", region=region)
