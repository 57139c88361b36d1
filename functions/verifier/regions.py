"""The regions' health, as one process of the verifier sees it in the results that pass by."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Lock

from functions.verifier.records import Glance
from sentinelmesh.domain.instant import parse
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.trust import RegionTrust
from sentinelmesh.observability import logger

# Judging costs a look at every monitor: once in so long is soon enough.
PAUSE = timedelta(seconds=2)


class Regions:
    """Names the regions that cannot be believed; one alarm when that begins.

    It costs no request: each process judges by what it has read itself. One that has just started
    believes all regions, and quorums protect as always.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._trust = RegionTrust()
        self._distrusted: frozenset[str] = frozenset()
        self._judged_at: datetime | None = None
        self._lock = Lock()

    @property
    def distrusted(self) -> frozenset[str]:
        """Give those that cannot be believed as of the last batch."""
        return self._distrusted

    def see(self, glances: Iterable[Glance]) -> None:
        """Take note of a batch of results."""
        with self._lock:
            failing = False
            for each in glances:
                outcome = Outcome(each.outcome)
                failing = failing or outcome is Outcome.FAILURE
                self._trust.note(each.monitor_id, each.region, parse(each.slot), outcome)
            at = self._clock()
            is_due = self._judged_at is None or at - self._judged_at >= PAUSE
            if is_due and (failing or self._distrusted):
                self._judged_at = at
                self._judge(at)

    def _judge(self, at: datetime) -> None:
        before, self._distrusted = self._distrusted, self._trust.distrusted(at)
        for region in sorted(self._distrusted - before):
            logger().error("region_distrusted", region=region)
        for region in sorted(before - self._distrusted):
            logger().info("region_trusted", region=region)
