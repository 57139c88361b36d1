"""A contradicted round never confirms: whoever fails, a probe that succeeds speaks against it."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome
from tests.property.world import Truth, World
from tests.support.builders import REGIONS, a_monitor

SEVEN = (*REGIONS, "sa-east-1", "af-south-1", "ca-central-1", "eu-north-1")
P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
Seen = dict[str, Outcome]


@st.composite
def monitors(draw: st.DrawFn) -> Monitor:
    regions = SEVEN[: draw(st.integers(2, 7))]
    policy = Policy(
        quorum=draw(st.integers(2, len(regions))),
        confirm_after=draw(st.integers(1, 4)),
        recover_after=draw(st.integers(1, 4)),
        regional_incidents=draw(st.booleans()),
        quick_detection=draw(st.booleans()),
    )
    return a_monitor(
        regions=regions,
        policy=policy,
        interval_seconds=draw(st.sampled_from([10, 60])),
        timeout_ms=draw(st.sampled_from([1_000, 9_000])),
        strategy=draw(st.sampled_from(["rotate", "all"])),
    )


@st.composite
def contradictions(draw: st.DrawFn, monitor: Monitor) -> Seen:
    """Draw what regions see of a target that works from one at least and fails no quorum."""
    shuffled = draw(st.permutations(monitor.regions))
    failing = draw(st.integers(1, min(monitor.policy.quorum - 1, len(shuffled) - 1)))
    seen = dict.fromkeys(shuffled[:failing], F) | {shuffled[failing]: P}
    for region in shuffled[failing + 1 :]:
        match draw(st.sampled_from([P, U, None])):
            case None:
                continue
            case outcome:
                seen[region] = outcome
    return seen


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_outage_comes_of_rounds_that_anybody_contradicts(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth: Truth = data.draw(st.lists(contradictions(monitor), min_size=1, max_size=12))
    world = World(monitor, truth, Random(data.draw(st.integers(0, 2**32))))
    assert [taken.opened for taken in world.play() if taken.state.status is Status.DOWN] == []


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_nothing_stays_open_while_rounds_are_contradicted(data: st.DataObject) -> None:
    """Neither the suspicion nor an outage from before, however many regions are away."""
    monitor = data.draw(monitors())
    seen = data.draw(contradictions(monitor))
    broken = dict.fromkeys(monitor.regions, F)
    before = data.draw(st.sampled_from([[], [broken] * (4 + monitor.policy.confirm_after)]))
    rounds = 2 * len(monitor.regions) + max(3, monitor.policy.recover_after) + 1
    world = World(monitor, [*before, *[seen] * rounds], Random(data.draw(st.integers(0, 2**32))))
    outages = [taken.opened for taken in world.play() if taken.state.status is Status.DOWN]
    assert len(outages) == bool(before)
    assert world.state.status is Status.UP
    assert set(world.state.failing_regions) <= {
        region for region, each in seen.items() if each is F
    }
