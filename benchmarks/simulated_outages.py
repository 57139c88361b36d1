"""How truly and how soon outages are announced: `python -m benchmarks simulated_outages`.

The whole mesh runs in simulated time, where a call takes 1 to 20 ms each way unless a case says
otherwise: the same tree gives the same figures on any machine. Each has a peer of the same run
beside it. A message counts once the last of three channels has it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks import outage_scenes as scenes
from benchmarks.notification_times import NotificationTimes
from benchmarks.report import Bar, Report
from tests.faults.story import after

HEALTHY, SPREAD, AT_ONCE, HUNDRED = 30, 30, 36, 100
HOLD = float(scenes.HOLD_SECONDS)
# What a message may take on its way, and what may be left to chance.
ON_THE_WAY, CHANCE_RATIO = 1.0, 1.1


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What one case came to.

    Args:
        peer: what it is compared with, from the same run.
        most: how much it may be; None where nothing was promised.
    """

    name: str
    value: float
    peer_name: str
    peer: float
    most: float | None = None

    @property
    def row(self) -> tuple[str, float, str, float, float]:
        """Its row of the table."""
        return self.name, self.value, self.peer_name, self.peer, self.value / self.peer


Figures = Iterable[Figure]


def find_false_outages() -> Iterator[Figure]:
    """One region is away, another cannot reach any target: all of them work."""
    for strategy, interval in (("rotate", 10), ("rotate", 60), ("all", 30)):
        times = NotificationTimes(scenes.contradict(strategy, interval, HEALTHY))
        yield Figure(
            name=f"false outages, `{strategy}` every {interval} s",
            value=float(len(times.outages)),
            peer_name="healthy monitors",
            peer=float(HEALTHY),
            most=0,
        )


def measure_degraded() -> Iterator[Figure]:
    """Targets that are slow before they break, while one region is away."""
    slow, plain = (
        NotificationTimes(scenes.break_slowly(is_slow=is_slow)).since_broken
        for is_slow in (True, False)
    )
    for name, rank in (("p50", median), ("worst", max)):
        peer = float(rank(plain))
        yield Figure(
            name=f"slow before it breaks, {name}",
            value=float(rank(slow)),
            peer_name="never slow",
            peer=peer,
            most=CHANCE_RATIO * peer,
        )


def measure_alone() -> Iterator[Figure]:
    """One outage while nothing else is being verified."""
    times = NotificationTimes(scenes.break_one())
    yield Figure(
        name="one outage alone, after it was confirmed",
        value=times.first_word_after(times.first_confirmed_at),
        peer_name="hold",
        peer=HOLD,
        most=ON_THE_WAY,
    )


def measure_storms() -> Iterator[Figure]:
    """Storms whose slots are spread over a minute, or that are probed in two rounds."""
    spread = NotificationTimes(scenes.break_many(SPREAD, 60))
    yield _first_word(f"{SPREAD} outages over a minute, first message", spread)
    grouped, single = (
        NotificationTimes(scenes.break_many(AT_ONCE, 20, hold)) for hold in (scenes.HOLD_SECONDS, 0)
    )
    yield _first_word(f"{AT_ONCE} broken at one moment, first message", grouped)
    broke_at = after(1)
    yield Figure(
        name=f"{AT_ONCE} broken at one moment, first message after that",
        value=grouped.first_word_after(broke_at),
        peer_name="all sent alone",
        peer=single.first_word_after(broke_at),
    )


def measure_repairs() -> Iterator[Figure]:
    """Outages of three minutes: their ends beside their beginnings."""
    for interval in (20, 60):
        times = NotificationTimes(scenes.break_and_repair(interval))
        for name, rank in (("p50", median), ("worst", max)):
            peer = float(rank(times.since_broken))
            yield Figure(
                name=f"repair to announced recovery, every {interval} s, {name}",
                value=float(rank(times.since_repaired)),
                peer_name="outage to its alert",
                peer=peer,
                most=peer,
            )


def measure_hundred() -> Iterator[Figure]:
    """A hundred monitors, four channels, two seconds; a store that is quick, and one that is not.

    The first message reads its members in pages of 20 from the stand-in, which takes 1.5 s.
    """
    for max_latency in (0.004, 0.02):
        grouped, single = (
            NotificationTimes(scenes.break_in_two_seconds(HUNDRED, max_latency, hold))
            for hold in (scenes.HOLD_SECONDS, 0)
        )
        name = f"{HUNDRED} within two seconds, {1000 * max_latency:g} ms to the store"
        yield Figure(
            name=f"{name}, first message",
            value=grouped.first_word_after(grouped.first_confirmed_at),
            peer_name="hold",
            peer=HOLD,
            most=HOLD + 5,
        )
        yield Figure(
            name=f"{name}, all announced",
            value=max(grouped.since_first_confirmed),
            peer_name="all sent alone",
            peer=max(single.since_first_confirmed),
            most=HOLD + 5,
        )
        yield Figure(
            name=f"{name}, StaleState errors",
            value=float(sum("StaleState" in line for _, line in grouped.story.story)),
            peer_name="monitors",
            peer=float(HUNDRED),
            most=0,
        )


def _first_word(name: str, times: NotificationTimes) -> Figure:
    value = times.first_word_after(times.first_confirmed_at)
    return Figure(name=name, value=value, peer_name="hold", peer=HOLD, most=HOLD + ON_THE_WAY)


CASES: tuple[Callable[[], Figures], ...] = (
    find_false_outages,
    measure_degraded,
    measure_alone,
    measure_storms,
    measure_repairs,
    measure_hundred,
)


def measure(cases: Iterable[Callable[[], Figures]] = CASES) -> Report:
    """Measure the cases."""
    logging.disable(logging.CRITICAL)
    figures = [figure for case in cases for figure in case()]
    logging.disable(logging.NOTSET)
    return Report(
        name="simulated_outages",
        title="Outages of a simulated mesh: how truly and how soon they are announced, in seconds",
        columns=("case", "figure", "beside", "peer", "figure / peer"),
        rows=[each.row for each in figures],
        bars=[
            Bar(name=each.name, figure=each.value, most=each.most)
            for each in figures
            if each.most is not None
        ],
        remarks=[
            f"The hold is {HOLD:g} s; a message is given {ON_THE_WAY:g} s for its way.",
            "Storms: counted from the first confirmed outage, unless it says otherwise.",
        ],
    )
