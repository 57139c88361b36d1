"""The simulated outages that `simulated_outages` measures: stories without any other fault."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.faults.story import Story, Watched, down
from tests.simulation.targets import SLOW_SECONDS, Trouble
from tests.support.moto_mesh import PROBE_REGIONS

HOLD_SECONDS = 5
_, UNREACHABLE_FROM, AWAY = PROBE_REGIONS
IS_200 = {"source": "status", "operator": "equals", "value": 200}
JUDGED = {"assertions": [IS_200], "degraded_after_ms": 1000}
# Minutes between outages that must not become a group; no multiple of any interval.
APART = 1.3
MIN_LATENCY = 0.001


def hosts(
    count: int, interval: int, trouble: Callable[[int], Trouble], **settings: Any
) -> list[Watched]:
    """Return monitors of one zone, each with the trouble of its place."""
    return [
        Watched(f"host-{place}.shop", (trouble(place),), interval=interval, settings=settings)
        for place in range(count)
    ]


def finish(story: Story) -> Story:
    """Live through a story; whether it keeps its promises is a matter of the tests."""
    story.run(lambda _: [])
    return story


def contradict(strategy: str, interval: int, count: int) -> Story:
    """Let one region be away while another one cannot reach any of the targets, which work."""
    trouble = down(3, 15, regions=frozenset({UNREACHABLE_FROM}))
    peers = hosts(count, interval, lambda _: trouble, strategy=strategy)
    story = Story(*peers, minutes=16, calm_minutes=4)
    story.silence(2, 15, AWAY)
    return finish(story)


def break_slowly(*, is_slow: bool, count: int = 20) -> Story:
    """Break targets while one region is away, each half a minute after it became slow."""
    begins = [3 + place / 20 for place in range(count)]
    peers = hosts(count, 10, lambda place: down(begins[place], 6), **JUDGED)
    story = Story(*peers, minutes=7, calm_minutes=3)
    story.silence(2, 7, AWAY)
    for place, each in enumerate(peers if is_slow else ()):
        story.when(begins[place] - 0.5, partial(_slow_down, story, each))
    return finish(story)


def _slow_down(story: Story, watched: Watched) -> None:
    story.targets.by_address[watched.address].answers_after = SLOW_SECONDS


def break_one() -> Story:
    """Break one of two targets."""
    pair = Watched("shop", (down(2, 3),)), Watched("blog")
    return finish(Story(*pair, minutes=4, calm_minutes=6, hold_seconds=HOLD_SECONDS))


def break_many(count: int, interval: int, hold_seconds: int = HOLD_SECONDS) -> Story:
    """Break targets at one moment."""
    peers = hosts(count, interval, lambda _: down(1, 4))
    return finish(Story(*peers, minutes=5, calm_minutes=5, hold_seconds=hold_seconds))


def break_in_two_seconds(count: int, max_latency: float, hold_seconds: int = HOLD_SECONDS) -> Story:
    """Break targets within two seconds, a few seconds before all of them are probed.

    Args:
        max_latency: seconds that a call takes at most, each way.
    """
    peers = hosts(count, 10, lambda place: down(0.9 + place / count / 30, 1.9))
    story = Story(*peers, minutes=2.5, calm_minutes=2, hold_seconds=hold_seconds)
    story.fate.latency = (MIN_LATENCY, max_latency)
    return finish(story)


def break_and_repair(interval: int, count: int = 12) -> Story:
    """Break targets for three minutes, one after the other."""
    peers = hosts(count, interval, lambda place: down(2 + APART * place, 5 + APART * place))
    minutes = 7 + APART * count
    return finish(Story(*peers, minutes=minutes, calm_minutes=3, hold_seconds=HOLD_SECONDS))
