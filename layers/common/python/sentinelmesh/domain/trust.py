"""Which regions can be believed: one that fails where all others pass is sick, and abstains.

A prober that reaches not even its control targets abstains by itself. This is for the region that
still reaches those: what tells it is that many different monitors fail from there and from there
only. A real outage fails elsewhere too, and a few monitors prove nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.result import Outcome, Result

# Votes older than this say nothing about a region's present health.
MEMORY = timedelta(minutes=10)
# Slots kept of each monitor: two turns of three regions.
KEPT_SLOTS = 6
# So many monitors have to be contradicted, and such a share of those that the region sees.
LEAST_CONTRADICTED = 5
DISTRUSTED_FROM = 0.5
TRUSTED_BELOW = 0.2

# The reason of a failure that counts as an abstention.
DISTRUSTED = "region_distrusted"

Votes = dict[str, Outcome]


@dataclass
class RegionTrust:
    """Compares what regions see of the same monitor in the same slot.

    Only votes of one slot are compared: when a target breaks, the regions that looked a moment
    before have seen it work, and they were all right.
    """

    _slots: dict[str, dict[datetime, Votes]] = field(default_factory=dict)
    # What slots that are not kept any more have said: nobody is asked again about a region that is
    # known to fail, and it does not get well by that.
    _before: dict[str, dict[str, bool]] = field(default_factory=dict)
    _distrusted: frozenset[str] = frozenset()

    def note(self, monitor_id: str, region: str, slot: datetime, outcome: Outcome) -> None:
        """Remember what a region saw; an abstention says nothing."""
        if outcome is Outcome.UNKNOWN:
            return
        slots = self._slots.setdefault(monitor_id, {})
        slots.setdefault(slot, {})[region] = outcome
        if len(slots) > KEPT_SLOTS:
            oldest = min(slots)
            dropped = {oldest: slots.pop(oldest)}
            self._before[monitor_id] = _standing(dropped, self._before.get(monitor_id, {}))

    def distrusted(self, at: datetime) -> frozenset[str]:
        """Name the regions that cannot be believed at the moment; never more than half of them."""
        self._forget(at - MEMORY)
        seen: Counter[str] = Counter()
        contradicted: Counter[str] = Counter()
        for monitor_id, slots in self._slots.items():
            standing = _standing(slots, self._before.get(monitor_id, {}))
            for region, is_contradicted in standing.items():
                seen[region] += 1
                contradicted[region] += is_contradicted
        sick = {each for each in seen if self._is_sick(each, contradicted[each], seen[each])}
        # Where most regions seem sick nobody can tell who is: then all are believed.
        self._distrusted = frozenset(sick if 2 * len(sick) <= len(seen) else ())
        return self._distrusted

    def _is_sick(self, region: str, contradicted: int, seen: int) -> bool:
        share = contradicted / seen
        if region in self._distrusted:
            return share >= TRUSTED_BELOW
        return contradicted >= LEAST_CONTRADICTED and share >= DISTRUSTED_FROM

    def _forget(self, before: datetime) -> None:
        for monitor_id, slots in list(self._slots.items()):
            fresh = {slot: votes for slot, votes in slots.items() if slot >= before}
            if fresh:
                self._slots[monitor_id] = fresh
            else:
                del self._slots[monitor_id]
                self._before.pop(monitor_id, None)


def _standing(slots: Mapping[datetime, Votes], before: Mapping[str, bool]) -> dict[str, bool]:
    """Say of each region that looked at a monitor whether the others contradict it.

    Its last vote that anybody else can be compared with decides, or that it has seen it work since.
    """
    standing = dict(before)
    for slot in sorted(slots):
        votes = slots[slot]
        for region, outcome in votes.items():
            others = [each for name, each in votes.items() if name != region]
            if outcome is Outcome.SUCCESS:
                standing[region] = False
            elif others:
                standing[region] = all(each is Outcome.SUCCESS for each in others)
            else:
                standing.setdefault(region, False)
    return standing


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
