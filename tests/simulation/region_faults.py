"""What befalls regions: away, blind or cut off for a while, or two of them in trouble for long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.fake_aws.account import Cloud
from tests.simulation.oracle.ground_truth import GroundTruth
from tests.simulation.targets import Target, Targets, Trouble
from tests.support.moto_mesh import HOME

Act = Callable[[], None]
DISASTERS = ("away", "offline", "sick", "cut", "cut_all", "cut_queue")
WAYS = {"cut": "{region}>tables", "cut_all": "*>tables", "cut_queue": "*>queues@{region}"}
# Of two faults that last: what befalls the first region, and what the second.
GONE = ("away", "away", "offline", "cut")
BROKEN = ("unreachable", "unreachable", "unreachable", "away", "offline", "sick")
# A few targets, or so many that the region may lose the trust of the mesh.
SHARE_NEVER_WORKED = 0.2
SHARES_OF_TARGETS = (0.1, 0.1, 0.6)
MANY = 4


@dataclass
class RegionFaults:
    """Begins and ends the faults of regions, and has them written down as truth.

    Args:
        ever_sick: regions that failed for every target at some time.
    """

    cloud: Cloud
    targets: Targets
    truth: GroundTruth
    ever_sick: set[str] = field(default_factory=set)

    def of(self, kind: str, region: str) -> tuple[Act, Act]:
        """Return what begins a fault of a region and what ends it."""
        if kind == "away":
            return (
                lambda: self.pause(region, is_paused=True),
                lambda: self.pause(region, is_paused=False),
            )
        if kind in {"offline", "sick"}:
            is_offline = kind == "offline"
            return (lambda: self.sicken(region, offline=is_offline), lambda: self.cure(region))
        way = WAYS[kind].format(region=region)
        return (lambda: self.cut(way), lambda: self.mend(way))

    def cut(self, way: str) -> None:
        """Cut a connection, written as "from>to"; "*" is everybody."""
        self.cloud.cut.add(way)
        self.truth.begin_absence("cut", *self._regions_behind(way))

    def mend(self, way: str) -> None:
        """Restore a connection."""
        self.cloud.cut.discard(way)
        self.truth.end_absences("cut", *self._regions_behind(way))

    def _regions_behind(self, way: str) -> tuple[str, ...]:
        start, _, end = way.partition(">")
        name = end.partition("@")[2] or start
        # Without the tables at home nobody decides anything.
        is_everybody = name == "*" or (name, end) == (HOME, "tables")
        return self.cloud.regions if is_everybody else (name,)

    def sicken(self, region: str, *, offline: bool) -> None:
        """Have a region see every target fail; offline ones reach no control target either."""
        self.cure(region)
        self.targets.sick[region] = offline
        self.ever_sick.add(region)
        self.truth.begin_absence("offline" if offline else "sick", region)

    def cure(self, region: str) -> None:
        """Have a region see its targets as they are."""
        self.targets.sick.pop(region, None)
        self.truth.end_absences("offline", region)
        self.truth.end_absences("sick", region)

    def pause(self, region: str, *, is_paused: bool) -> None:
        """Stop or start the probers of a region."""
        self.truth.end_absences("away", region)
        if is_paused:
            self.truth.begin_absence("away", region)
        for source in self.cloud.sources:
            if source.function == f"prober@{region}":
                source.is_paused = is_paused
                source.poll()

    def hide(self, chance: Random, region: str, begins: datetime, lasts: timedelta) -> None:
        """Have a region reach some targets no more, while they work."""
        share, hidden = chance.choice(SHARES_OF_TARGETS), 0
        trouble = Trouble(begins, begins + lasts, frozenset({region}))
        for target in self.targets.by_address.values():
            if chance.random() < share:
                target.troubles = (*target.troubles, trouble)
                hidden += 1
        if hidden >= MANY:
            self.truth.doubt(region, begins, begins + lasts)

    def end_all(self) -> None:
        """End every fault of a region."""
        for region in list(self.targets.sick):
            self.cure(region)
        for way in list(self.cloud.cut):
            self.mend(way)
        for region in self.cloud.regions:
            self.pause(region, is_paused=False)


def draw_pair(chance: Random, regions: Sequence[str]) -> list[tuple[str, str]]:
    """Return one or two regions, each with what befalls it; a lone region has one fault."""
    chosen = chance.sample(list(regions), min(2, len(regions)))
    kinds = (chance.choice(GONE), chance.choice(BROKEN))
    if len(chosen) == 1:
        return [(chosen[0], chance.choice(kinds))]
    return list(zip(chosen, kinds, strict=True))


def break_some(chance: Random, target: Target, begins: datetime, ends: datetime) -> None:
    """Have some targets not work from the very beginning until some time later."""
    if chance.random() < SHARE_NEVER_WORKED:
        trouble = Trouble(begins, begins + (ends - begins) * chance.uniform(0.2, 1))
        target.troubles = (*target.troubles, trouble)
