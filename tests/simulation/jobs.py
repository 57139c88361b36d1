"""Jobs that ping: in time, late, never again, with failures, in a loop of crashes, overlapping.

What a job did is the truth about its heartbeat, by the promise in `docs/guarantees.md` alone: a run
has to end well within a period and its grace, and the run that began last may take the grace.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

from tests.simulation.people import People
from tests.simulation.targets import UNCERTAIN, Target, Trouble

PERIOD = timedelta(seconds=60)
GRACES = (timedelta(seconds=20), timedelta(seconds=45))
TURNS, LAST_TROUBLE = 60, 8
# A job asks again when it heard no answer for so long.
RETRY_SECONDS = 10.0
INSTANT = timedelta(microseconds=1)
TROUBLE, FINE, WAITING = "trouble", "fine", "waiting"


@dataclass(frozen=True, slots=True)
class Signal:
    """What a job says of a run.

    Args:
        path: as it is appended to the address: "" is a good end, "/start" a beginning.
    """

    at: timedelta
    path: str = ""
    run: str = "-"

    @property
    def is_start(self) -> bool:
        """Return True if the run begins."""
        return self.path == "/start"

    @property
    def is_good(self) -> bool:
        """Return True if the run ended well."""
        return self.path in {"", "/0"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal and when it was heard: by `at`, but where answers were lost as early as `since`."""

    since: datetime
    at: datetime
    signal: Signal


@dataclass
class Job:
    """One job and what it was heard to say, by when.

    Args:
        unanswered: what it has said, and says again until it has an answer: perhaps it was heard.
    """

    target: Target
    since: datetime
    grace: timedelta
    heard: list[Heard] = field(default_factory=list)
    unanswered: set[Signal] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.target.troubles = tuple(self._find_troubles())

    def say(self, signal: Signal) -> None:
        """Note that a request is under way."""
        self.unanswered.add(signal)
        self.target.is_uncertain = True

    def hear(self, heard: Heard) -> None:
        """Note a signal, and what it means for the job from now on."""
        self.unanswered.discard(heard.signal)
        self.target.is_uncertain = bool(self.unanswered)
        self.heard.append(heard)
        self.target.troubles = tuple(self._find_troubles())

    def _find_troubles(self) -> Iterator[Trouble]:
        early = [(each.since, each.signal) for each in self.heard]
        late = [(each.at, each.signal) for each in self.heard]
        last = max((at for at, _ in late), default=self.since) + PERIOD + self.grace
        cuts = {self.since, self.since + PERIOD + self.grace, last, last + TURNS * PERIOD}
        for at, _ in early + late:
            cuts |= {at, at + self.grace, at + PERIOD + self.grace}
        for start, end in pairwise(sorted(cuts)):
            said = {self._find_verdict(each, start) for each in (early, late)}
            if said == {TROUBLE}:
                yield Trouble(start, end)
            elif said == {WAITING}:
                yield Trouble(start, end, abstains="heartbeat_waiting")
            elif said != {FINE}:
                yield Trouble(start, end, abstains=UNCERTAIN)

    def _find_verdict(self, heard: Sequence[tuple[datetime, Signal]], start: datetime) -> str:
        """Return how the job is right after a moment, if its signals were heard at these times."""
        known = [(at, each) for at, each in heard if at <= start]
        ends = [(at, each) for at, each in known if not each.is_start]
        if self._is_in_trouble(known, ends, start + INSTANT):
            return TROUBLE
        return FINE if ends else WAITING

    def _is_in_trouble(
        self,
        known: Sequence[tuple[datetime, Signal]],
        ends: Sequence[tuple[datetime, Signal]],
        at: datetime,
    ) -> bool:
        if ends and not ends[-1][1].is_good:
            return True
        if at > (ends[-1][0] if ends else self.since) + PERIOD + self.grace:
            return True
        starts = [(began, each) for began, each in known if each.is_start]
        if not starts:
            return False
        began, newest = starts[-1]
        is_over = any(ended > began and each.run == newest.run for ended, each in ends)
        return not is_over and at > began + self.grace


def ping_in_time(_chance: Random, turn: int) -> Iterator[Signal]:
    """End a run well in each period."""
    yield Signal(turn * PERIOD)


def fail_at_times(chance: Random, turn: int) -> Iterator[Signal]:
    """End two runs of five badly, in any of the ways there are to say so."""
    bad = chance.choice(("/fail", "/1", "/-1", "/3221225786"))
    yield Signal(turn * PERIOD, bad if turn % 5 in {2, 3} else "/0")


def be_late(chance: Random, turn: int) -> Iterator[Signal]:
    """Leave out two runs of five, so that the one after them ends much too late."""
    if turn % 5 not in {2, 3}:
        yield Signal(turn * PERIOD + timedelta(seconds=chance.uniform(0, 15)))


def stop(_chance: Random, turn: int) -> Iterator[Signal]:
    """Run four times and never again."""
    if turn < 4:
        yield Signal(turn * PERIOD)


def crash_in_a_loop(_chance: Random, turn: int) -> Iterator[Signal]:
    """Begin over and over from the fourth minute on: no beginning moves what is due."""
    for part in range(4):
        yield Signal(turn * PERIOD + part * PERIOD / 4, "/start")
    if turn < 4:
        yield Signal(turn * PERIOD + PERIOD * 0.9)


def hang_at_times(_chance: Random, turn: int) -> Iterator[Signal]:
    """Begin each run, and do not end one of five."""
    yield Signal(turn * PERIOD, "/start")
    if turn % 5 != 3:
        yield Signal(turn * PERIOD + timedelta(seconds=10))


def overlap(_chance: Random, turn: int) -> Iterator[Signal]:
    """Begin a second run while the first goes on; of three first ones, one never ends."""
    first, second = (str(UUID(int=2 * turn + each)) for each in (0, 1))
    yield Signal(turn * PERIOD, "/start", first)
    yield Signal(turn * PERIOD + timedelta(seconds=5), "/start", second)
    if turn % 3:
        yield Signal(turn * PERIOD + timedelta(seconds=10), "", first)
    yield Signal(turn * PERIOD + timedelta(seconds=15), "", second)


def stay_silent(_chance: Random, _turn: int) -> Iterator[Signal]:
    """Never run at all."""
    yield from ()


HABITS: Sequence[Callable[[Random, int], Iterator[Signal]]] = (
    ping_in_time,
    fail_at_times,
    be_late,
    stop,
    crash_in_a_loop,
    hang_at_times,
    overlap,
    stay_silent,
)
# The others come to rest, so that in the end it is known how they are.
LASTING = {stop, crash_in_a_loop, stay_silent}


@dataclass
class Employer:
    """Has jobs watched, and run."""

    people: People
    targets: dict[str, Target]
    chance: Random

    def employ(self, count: int) -> None:
        """Add monitors of jobs, each with a habit of its own."""
        for place in range(count):
            grace = self.chance.choice(GRACES)
            name = f"job-{place}"
            # Until it is heard of there is nothing to be seen.
            self.targets[name] = Target()
            body = {
                "name": name,
                "kind": "heartbeat",
                "target": name,
                "interval_seconds": self.chance.choice((10, 20, 30)),
                "timeout_ms": 5000,
                "grace_period_seconds": 0,
                "heartbeat": {
                    "period_seconds": int(PERIOD.total_seconds()),
                    "grace_seconds": int(grace.total_seconds()),
                },
            }
            habit = HABITS[place % len(HABITS)]
            self.people.wishes[name] = body
            run = partial(self._run, habit=habit, grace=grace)
            self.people.ask("POST", "/v1/monitors", body, run)

    def _run(
        self,
        made: Mapping[str, Any],
        *,
        habit: Callable[[Random, int], Iterator[Signal]],
        grace: timedelta,
    ) -> None:
        hub = self.people.cloud.hub
        self.people.know(made)
        job = Job(self.targets[made["target"]], hub.now, grace)
        path = made["ping_url"].partition("/ping/")[2]
        begins = hub.now + timedelta(seconds=self.chance.uniform(1, 20))
        for turn in range(TURNS):
            is_settled = turn >= LAST_TROUBLE and habit not in LASTING
            for each in (ping_in_time if is_settled else habit)(self.chance, turn):
                hub.at(begins + each.at, partial(self._ping, job, f"/ping/{path}", each))

    def _ping(self, job: Job, path: str, signal: Signal, since: datetime | None = None) -> None:
        """Have a job say something, until it has an answer.

        Args:
            since: when it said so first: that may have been heard, and the answer lost.
        """
        hub, is_heard = self.people.cloud.hub, False
        asked_at = since or hub.now

        def note(_answer: Any) -> None:
            nonlocal is_heard
            if not is_heard:
                is_heard = True
                job.hear(Heard(since or hub.now, hub.now, signal))

        def insist() -> None:
            if not is_heard:
                self._ping(job, path, signal, asked_at)

        job.say(signal)
        query = {} if signal.run == "-" else {"rid": signal.run}
        self.people.ask("POST", path + signal.path, then=note, query=query)
        hub.after(RETRY_SECONDS, insist)
