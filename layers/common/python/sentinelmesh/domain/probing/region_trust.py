"""Which regions can be believed: one that fails where all others pass is sick, and abstains.

A prober that reaches not even its control targets abstains by itself. This is for the region that
still reaches those: it fails for many different monitors while the other regions see them work. A
real outage fails elsewhere too, and a few monitors prove nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.probing.result import Outcome, Result

# So many monitors have to be contradicted, and such a share of those that the region sees.
MIN_CONTRADICTED = 5
DISTRUSTED_FROM = 0.5
TRUSTED_BELOW = 0.2
# A verdict is made each minute; when nobody makes one any more, all regions are believed.
MAX_VERDICT_AGE = timedelta(minutes=5)

# The reason of a failure that counts as an abstention.
DISTRUSTED = "region_distrusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMonitor:
    """What of a monitor matters for the trust in its regions.

    Args:
        regions: those that probe it.
        quorum: failing votes that confirm a round.
        paused: nobody probes it at the moment.
    """

    id: str
    regions: tuple[str, ...]
    quorum: int = 2
    paused: bool = False

    @property
    def can_contradict(self) -> bool:
        """Whether a region that fails for it can be seen to fail alone.

        Nobody contradicts a region that watches alone; and where one failure is a quorum it is an
        outage, and no failure of a region.
        """
        return not self.paused and len(self.regions) > 1 and self.quorum > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustVerdict:
    """Which regions are not believed, for all verifiers alike."""

    judged_at: datetime
    distrusted: frozenset[str] = frozenset()

    def distrusted_at(self, at: datetime) -> frozenset[str]:
        """Return the distrusted regions; none once the verdict is too old."""
        return self.distrusted if at - self.judged_at <= MAX_VERDICT_AGE else frozenset()


def can_distrust(failing: Mapping[str, tuple[str, ...]], before: frozenset[str]) -> bool:
    """Return True if the monitors have to be counted for a verdict.

    Args:
        failing: by monitor, the regions that fail for it while others see it work.
        before: the regions that were distrusted until now.
    """
    counted = Counter(region for regions in failing.values() for region in regions)
    return bool(before) or max(counted.values(), default=0) >= MIN_CONTRADICTED


def judge_regions(
    monitors: Iterable[WatchedMonitor],
    failing: Mapping[str, tuple[str, ...]],
    before: frozenset[str],
) -> frozenset[str]:
    """Return the regions that cannot be believed; never more than half of them.

    Args:
        monitors: all of them; those that cannot contradict a region say nothing about it.
        failing: by monitor, the regions that fail for it while others see it work.
        before: the regions that were distrusted until now.
    """
    # Most monitors have the same regions: counting lists of them takes a third of the time.
    shared: Counter[tuple[str, ...]] = Counter()
    contradicted: Counter[str] = Counter()
    for monitor in monitors:
        if not monitor.can_contradict:
            continue
        shared[monitor.regions] += 1
        for region in failing.get(monitor.id, ()):
            contradicted[region] += region in monitor.regions
    seen: Counter[str] = Counter()
    for regions, count in shared.items():
        seen.update(dict.fromkeys(regions, count))
    sick = {
        region
        for region in seen
        if _is_sick(contradicted[region], seen[region], is_distrusted=region in before)
    }
    # Where most regions seem sick nobody can tell who is: then all are believed.
    return frozenset(sick if 2 * len(sick) <= len(seen) else ())


def _is_sick(contradicted: int, seen: int, *, is_distrusted: bool) -> bool:
    share = contradicted / seen
    if is_distrusted:
        return share >= TRUSTED_BELOW
    return contradicted >= MIN_CONTRADICTED and share >= DISTRUSTED_FROM


def abstaining(results: Iterable[Result], distrusted: Iterable[str]) -> list[Result]:
    """Take the failures of distrusted regions for abstentions; what they see work counts."""
    sick = frozenset(distrusted)
    return [
        _abstention(each) if each.region in sick and each.outcome is Outcome.FAILURE else each
        for each in results
    ]


def _abstention(failure: Result) -> Result:
    detail = (
        f"not believed, for {failure.region} fails where other regions pass "
        f"({failure.detail or failure.error})"
    )
    return replace(failure, outcome=Outcome.UNKNOWN, error=DISTRUSTED, detail=detail)
