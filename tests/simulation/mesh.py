"""One simulated life of a mesh: set up, a storm, calm; and what it left behind."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sentinelmesh.domain.alerts.alert import AlertKind
from tests.fake_aws.account import NAME, REGIONS, Cloud, is_being_counted
from tests.fake_aws.hub import Hub
from tests.simulation.faults import CALM, Fate, draw_weather
from tests.simulation.jobs import Employer
from tests.simulation.oracle.ground_truth import GroundTruth
from tests.simulation.oracle.watch import Watch
from tests.simulation.people import People
from tests.simulation.plan import Plan
from tests.simulation.providers import Providers
from tests.simulation.region_faults import DISASTERS, RegionFaults, break_some, draw_pair
from tests.simulation.slow_monitors import add_slow, is_idle
from tests.simulation.targets import (
    SLOW_SECONDS,
    Target,
    Targets,
    draw_target,
    strike_many,
    worsen_some,
)
from tests.simulation.wiring import Workshop, simulated_machine, uncollected, utc

START = datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)
SETUP = timedelta(seconds=60)
QUIET = timedelta(minutes=3)
MINUTE = timedelta(minutes=1)
# The invariants want to see some slots of every monitor after everything has settled.
MIN_CALM = timedelta(minutes=12)
# The share of targets that are slow, whatever else befalls them.
SLOW_SHARE = 0.15
STORY_LINES = 50_000
FOLLOWED = ("monitors", "results", "incidents", "states")
NAMES = re.compile(r"(?:mon|inc|ch|grp)_[0-9a-v]+|target-\d+")


class Simulation:
    """A mesh, its people, its targets and its weather."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.storms = Random(f"{plan.seed} storms")
        drawn = self.storms.choice((0, 5))
        self.hold_seconds = drawn if plan.hold_seconds is None else plan.hold_seconds
        self.hub = Hub(START)
        self.story: list[tuple[datetime, str]] = []
        self.fate = Fate(self.hub, Random(f"{plan.seed} fate"))
        self.chance = Random(f"{plan.seed} plan")
        self.targets = Targets()
        self.providers = Providers(self.fate)
        workshop = Workshop(self.targets, self.providers, Random(f"{plan.seed} names"), self.tell)
        self.regions = REGIONS[: plan.regions]
        self.cloud = Cloud(self.hub, self.fate, workshop.make, self.tell, self.regions)
        if plan.is_lifelike:
            self.cloud.be_lifelike()
        workshop.cloud = self.cloud
        workshop.hold_seconds = self.hold_seconds
        self.cloud.table("alerts").listeners.append(self.providers.note)
        self.workshop = workshop
        self.calm_since = self.began = START
        self.people = People(
            self.cloud, Random(f"{plan.seed} people"), Random(f"{plan.seed} night")
        )
        self.people.variety = Random(f"{plan.seed} variety") if plan.lasting else None
        self.people.judging = Random(f"{plan.seed} judging") if plan.judges_answers else None
        self.watch = Watch(self.cloud)
        self.truth = GroundTruth(self.hub, self.people.wishes)
        self.truth.follow({owner: self.cloud.table(owner) for owner in FOLLOWED})
        workshop.truth = self.truth
        self.faults = RegionFaults(self.cloud, self.targets, self.truth)

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        if len(self.story) < STORY_LINES:
            self.story.append((self.hub.now, line))

    def run(self, check: Callable[["Simulation"], list[str]]) -> list[str]:
        """Live through it; give what the check found at the end, and what was seen on the way."""
        with uncollected(), simulated_machine(self.workshop):
            self._set_up()
            self._storm()
            self._clear_up()
            self._read_uptime()
            found = [*check(self), *self._replay()]
            self.cloud.lambdas.shut_down()
        return [*self.watch.violations, *self.people.trouble, *found]

    def _set_up(self) -> None:
        self.cloud.start()
        self.people.introduce()
        self._add_channels()
        self.hub.run_until(START + SETUP / 2)
        self._add_monitors(START + SETUP)
        self.hub.run_until(START + SETUP)

    def _add_channels(self) -> None:
        self.people.add_channels()
        self.people.add_night_shift()

    def _add_monitors(self, begins: datetime) -> None:
        pace, broken, bad = (
            Random(f"{self.plan.seed} {name}") for name in ("pace", "broken", "bad answers")
        )
        for place in range(self.plan.monitors):
            address = f"https://target-{place}.example/"
            target = draw_target(self.chance, self.regions, begins, begins + self.plan.storm)
            if pace.random() < SLOW_SHARE:
                target.answers_after = SLOW_SECONDS
            if self.plan.lasting:
                break_some(broken, target, START, begins + self.plan.storm)
            if self.plan.judges_answers:
                worsen_some(bad, target, begins, self.plan.storm)
            self.targets.by_address[address] = target
            self.people.add_monitor(address)
        if self.hold_seconds:
            strike_many(
                self.storms, list(self.targets.by_address.values()), begins, self.plan.storm
            )
        if self.plan.has_slow:
            add_slow(self.people, self.targets.by_address, self.chance, begins)
        jobs = Random(f"{self.plan.seed} jobs")
        Employer(self.people, self.targets.by_address, jobs).employ(self.plan.jobs)

    def _storm(self) -> None:
        plan, chance = self.plan, self.chance
        self.fate.weather = plan.weather or draw_weather(Random(f"{plan.seed} weather"))
        ends = self.hub.now + plan.storm
        for _ in range(plan.whims):
            self._some_time(self.people.do_something)
        if plan.outages:
            for _ in range(chance.randint(0, 3)):
                self._disaster()
        if plan.lasting:
            self._last()
        for minute in range(int(plan.storm.total_seconds() // 60)):
            self.hub.after(60 * minute + chance.uniform(0, 60), self._minute)
        for rule in self.cloud.rules if plan.has_slow else ():
            rule.is_idle = partial(is_idle, self.people, self.truth)
        self.hub.run_until(ends)
        for rule in self.cloud.rules:
            rule.is_idle = lambda _minute: False

    def _last(self) -> None:
        """Have two regions in trouble from early in the storm to its end, each in its own way."""
        chance, span = Random(f"{self.plan.seed} lasting"), self.plan.storm
        for region, kind in draw_pair(chance, self.regions):
            starts = span * chance.uniform(0, 0.3)
            lasts = span * chance.uniform(0.5, 1)
            if kind == "unreachable":
                begins = self.hub.now + starts
                self.faults.hide(chance, region, begins, lasts)
                continue
            begin, end = self.faults.of(kind, region)
            self.hub.after(starts.total_seconds(), begin)
            self.hub.after((starts + lasts).total_seconds(), end)

    def _some_time(self, act: Callable[[], Any]) -> None:
        self.hub.after(self.chance.uniform(0, self.plan.storm.total_seconds()), act)

    def _minute(self) -> None:
        """Split shards and send what nobody can read, where the weather says so."""
        if self.fate.happens("split"):
            self.chance.choice(list(self.cloud.streams.values())).split()
        if self.fate.happens("poison"):
            source = self.chance.choice(self.cloud.sources)
            body = self.chance.choice(("no json", '{"schema_version": 99}', "[]"))
            fifo = {"MessageGroupId": "poison", "MessageDeduplicationId": body}
            source.queue.send(body, self.hub.now, fifo if source.queue.fifo else {})

    def _disaster(self) -> None:
        """Have a region fall silent, a region see nothing, or a connection be cut, for a while."""
        region = self.chance.choice(self.regions)
        begin, end = self.faults.of(self.chance.choice(DISASTERS), region)
        start = self.chance.uniform(0, 0.8) * self.plan.storm.total_seconds()
        self.hub.after(start, begin)
        self.hub.after(start + self.chance.uniform(10, 240), end)

    def _clear_up(self) -> None:
        """End all faults; those that have begun run out."""
        self.fate.weather = CALM
        self.calm_since = self.hub.now
        self.faults.end_all()
        self.tell("-- calm --")
        end = self.hub.now + self.plan.calm
        self.hub.run_until(min(end, self.hub.now + MIN_CALM))
        while self.hub.now < end and not self._is_at_rest():
            self.hub.run_until(min(end, self.hub.now + MINUTE))

    def _is_at_rest(self) -> bool:
        """Return whether nothing is left of the storm: no unfinished row, message or record."""
        rows = self.cloud.table("alerts").items.values()
        is_told = not any("unfinished" in row and not _is_planned(row) for row in rows)
        if self.plan.until_stable and any(
            state["flapping"]["BOOL"] for state in self.cloud.table("states").items.values()
        ):
            return False
        # What is half counted waits for the order to come back.
        if is_being_counted(self.cloud, self.hub.now):
            return False
        return is_told and self.cloud.oldest() > self.hub.now - 3 * MINUTE

    def _read_uptime(self) -> None:
        """Ask the API for how long each monitor was down, where the truth is known exactly."""
        if not self.plan.lasting:
            return
        self.truth.uptimes_read_at = self.hub.now
        for name in self.people.monitors:
            note = partial(self.truth.uptimes.__setitem__, name)
            self.people.ask("GET", f"/v1/monitors/{name}/uptime", None, note)
        self.hub.run_until(self.hub.now + MINUTE / 2)

    def _replay(self) -> list[str]:
        """Have all streams replayed, with nothing else going on: nothing may change."""
        for rule in self.cloud.rules:
            rule.is_off = True
        self.hub.run_until(self.hub.now + QUIET)
        before = self._decided()
        self.tell("-- replay --")
        for stream in self.cloud.streams.values():
            stream.replay()
        self.hub.run_until(self.hub.now + QUIET)
        after = self._decided()
        return [f"I6: a replay changed {name}" for name in before if before[name] != after[name]]

    def _decided(self) -> dict[str, Any]:
        """Return everything that was decided and told."""
        tables = {
            owner: dict(self.cloud.table(owner).items)
            for owner in ("states", "incidents", "transitions")
        }
        alerts = self.cloud.table("alerts").items.items()
        return {
            **tables,
            "alerts": {key: row for key, row in alerts if not _goes_on(row)},
            "messages": [
                each for each in self.providers.taken if each.notice.kind != AlertKind.REMINDER
            ],
        }

    def targets_of(self, monitor_id: str) -> Target | None:
        """Return the target of a monitor, if it still is somebody's."""
        monitor = self.people.monitors.get(monitor_id)
        return self.targets.by_address[monitor["target"]] if monitor else None

    def told_about(self, violations: Sequence[str], most: int) -> str:
        """Tell the story of whatever the violations name: monitors, incidents, channels."""
        names = {name for found in violations for name in NAMES.findall(found)}
        mentioned = [
            (at, line)
            for at, line in self.story
            if any(name in line for name in names) or line.startswith(("--", "VIOLATION"))
        ]
        chosen = mentioned if names else self.story
        return "\n".join(f"{utc(at)} {line}" for at, line in chosen[-most:])


def _is_planned(row: Mapping[str, Any]) -> bool:
    """Return whether a row waits for its time by design: a reminder, a step, or for the morning."""
    is_step = row.get("unless_acknowledged", {"BOOL": False})["BOOL"]
    return bool(is_step or "held_until" in row or row.get("number", {"N": "0"})["N"] != "0")


def _goes_on(row: Mapping[str, Any]) -> bool:
    """Return whether a row moves by the mere passing of time, with and without a replay."""
    return _is_planned(row) or "state" not in row


__all__ = ["NAME", "Plan", "Simulation"]
