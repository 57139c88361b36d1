"""A simulated life that is written by hand: these monitors, these troubles, this one fault.

The seeds of `tests/simulation` mix all faults. Here each comes alone, so that a test can say what
the mesh makes of it: which probes were made, which incidents opened, and who was told what.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.domain.verification.monitor_state import Transition
from tests.simulation.faults import CALM, Weather
from tests.simulation.mesh import SETUP, START, Plan, Simulation
from tests.simulation.oracle.invariants import violations
from tests.simulation.oracle.remains import Remains
from tests.simulation.targets import Target, Trouble

BEGINS = START + SETUP
# What a combined message tells of.
WHOLE = (AlertKind.OPENED, AlertKind.RESOLVED)
# Everybody hears of an outage once; one of the four channels takes ends only.
ONE_OUTAGE = Counter({AlertKind.OPENED: 3, AlertKind.RESOLVED: 4})
LEFT_OPEN = Counter({AlertKind.OPENED: 3})


def after(minutes: float) -> datetime:
    """Return the moment so many minutes after the beginning."""
    return BEGINS + timedelta(minutes=minutes)


def down(begins: float, ends: float, **how: Any) -> Trouble:
    """Have a target not work between two minutes of the story."""
    return Trouble(after(begins), after(ends), **how)


@dataclass(frozen=True)
class Watched:
    """A monitor, and the truth about its target."""

    name: str
    troubles: tuple[Trouble, ...] = ()
    interval: int = 10
    timeout_ms: int = 5000
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The target's address."""
        return f"https://{self.name}.example/"

    @property
    def body(self) -> dict[str, Any]:
        """What a person sends to have it watched."""
        return {
            "name": self.name,
            "kind": "http",
            "target": self.address,
            "interval_seconds": self.interval,
            "timeout_ms": self.timeout_ms,
            "grace_period_seconds": 0,
            **self.settings,
        }


SHOP = Watched("shop", (down(2, 6),))
USUAL = (SHOP, Watched("blog", interval=30), Watched("wiki", interval=60))


class Story(Simulation):
    """A life of a few monitors, in which a test decides what goes wrong, and when.

    Args:
        asleep: how long the mesh rests before its streams are replayed.
        until_stable: the calm lasts until no monitor flaps any more.
        hold_seconds: how long what has begun waits for others.
    """

    def __init__(
        self,
        *watched: Watched,
        minutes: float = 9,
        weather: Weather = CALM,
        calm_minutes: float = 15,
        asleep: timedelta = timedelta(),
        until_stable: bool = False,
        hold_seconds: int = 0,
    ) -> None:
        plan = Plan(
            seed=1,
            weather=weather,
            storm=timedelta(minutes=minutes),
            calm=timedelta(minutes=calm_minutes),
            outages=False,
            whims=0,
            until_stable=until_stable,
            hold_seconds=hold_seconds,
        )
        super().__init__(plan)
        self.watched = watched or USUAL
        self.asleep = asleep

    def _add_channels(self) -> None:
        self.people.add_channels()

    def _add_monitors(self, _begins: datetime) -> None:
        for each in self.watched:
            self.targets.by_address[each.address] = Target(each.troubles)
            self.people.add(each.body)

    def _replay(self) -> list[str]:
        for rule in self.cloud.rules:
            rule.is_off = True
        self.hub.run_until(self.hub.now + self.asleep)
        return super()._replay()

    def when(self, minutes: float, act: Callable[[], Any]) -> None:
        """Have something happen so many minutes after the beginning."""
        self.hub.at(after(minutes), act)

    def turn_to(self, **faults: float) -> Callable[[], None]:
        """Return what changes the weather."""

        def turn() -> None:
            self.fate.weather = replace(CALM, **faults)

        return turn

    def have_wrong_clock(self, function: str, wrong: timedelta) -> None:
        """Put the clock of a function wrong, e.g. of `prober@us-east-1`."""
        self.workshop.wrong_clocks[function] = wrong
        self.fate.met["clock_skew"] += 1

    def silence(self, begins: float, ends: float, *regions: str) -> None:
        """Have the probers of regions not run between two minutes."""
        for region in regions:
            self.when(begins, partial(self.faults.pause, region, is_paused=True))
            self.when(ends, partial(self.faults.pause, region, is_paused=False))

    def blind(self, begins: float, ends: float, *regions: str, offline: bool) -> None:
        """Have regions see every target fail; offline ones reach no control target either."""
        for region in regions:
            self.when(begins, partial(self.faults.sicken, region, offline=offline))
            self.when(ends, partial(self.faults.cure, region))

    def cut_off(self, begins: float, ends: float, *regions: str) -> None:
        """Have the probers of regions not reach the tables at home."""
        for region in regions:
            self.when(begins, partial(self.faults.cut, f"{region}>tables"))
            self.when(ends, partial(self.faults.mend, f"{region}>tables"))

    def keeps_its_promises(self) -> None:
        """Live through it; every invariant holds."""
        found = self.run(violations)
        assert found == [], found

    @property
    def remains(self) -> Remains:
        """What is in the tables by now."""
        return Remains(self)

    def id_of(self, name: str) -> str:
        """Return the id of a monitor."""
        return next(key for key, body in self.people.monitors.items() if body["name"] == name)

    def item_of(self, name: str) -> dict[str, Any]:
        """Return the stored item of a monitor."""
        item = self.cloud.table("monitors").get({"monitor_id": {"S": self.id_of(name)}})
        assert item is not None
        return dict(item)

    def replace_item(self, item: Mapping[str, Any]) -> None:
        """Write the item of a monitor past all code."""
        key = {"monitor_id": item["monitor_id"]}
        self.cloud.table("monitors").write(key, dict(item), self.hub.now)

    def results_of(self, name: str) -> list[Result]:
        """Return what was recorded about a monitor, oldest slot first."""
        found = self.remains.results.get(self.id_of(name), [])
        return sorted(found, key=lambda each: (each.slot, each.started_at))

    def incidents_of(self, name: str) -> list[Incident]:
        """Return the incidents of a monitor."""
        return [each for each in self.remains.incidents if each.monitor_id == self.id_of(name)]

    def ledger_of(self, name: str) -> list[Transition]:
        """Return the ledger of a monitor."""
        return self.remains.ledger.get(self.id_of(name), [])

    def rules_of(self, name: str) -> list[str]:
        """Return the rules that decided about a monitor, in order."""
        return [row.rule.value for row in self.ledger_of(name)]

    def news_of(self, name: str) -> Counter[AlertKind]:
        """Count the channels that heard of each beginning and end; a repeat tells no news."""
        told = {
            (each.notice.incident_id, each.channel_id, kind)
            for each in self.providers.taken
            for kind in (WHOLE if each.notice.combined else (each.notice.kind,))
            if each.notice.monitor_id == self.id_of(name)
        }
        return Counter(kind for _, _, kind in told)

    def scheduled(self) -> set[tuple[str, datetime, str]]:
        """Return the scheduled probes of which there is a result, up to the end of the storm."""
        return {
            (each.monitor_id, each.slot, each.region)
            for results in self.remains.results.values()
            for each in results
            if each.purpose is Purpose.SCHEDULED and each.slot < BEGINS + self.plan.storm
        }

    def assert_no_probe_was_made_twice(self) -> None:
        """No check reached its target more than once."""
        assert self.workshop.probed, "nothing was probed at all"
        assert set(self.workshop.probed.values()) == {1}


def undisturbed(*watched: Watched, **how: Any) -> Story:
    """Live through the same without any fault."""
    story = Story(*watched, **how)
    story.keeps_its_promises()
    return story
