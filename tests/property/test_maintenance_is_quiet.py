"""In a maintenance window nothing opens, whatever happens; what is still down at its end does."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.replay import Replay
from tests.property.test_decision_is_order_free import monitors, truths
from tests.property.test_replay_reproduces import decided
from tests.property.world import Truth, World, ledger_of
from tests.support.builders import a_slot


@st.composite
def spans(draw: st.DrawFn, monitor: Monitor) -> Sequence[Interval]:
    """Draw windows that begin and end anywhere among the slots."""
    drawn = draw(st.lists(st.tuples(st.floats(-1, 9), st.floats(0.1, 5)), min_size=1, max_size=2))
    first, interval = a_slot(monitor, 0), monitor.interval
    return [Interval(first + a * interval, first + (a + b) * interval) for a, b in drawn]


def calm_before(monitor: Monitor, truth: Truth, windows: Sequence[Interval]) -> Truth:
    """Have the target work just before each window.

    Whether a failure is confirmed, or dismissed by the next slot, before a window begins depends on
    how soon its votes come.
    """
    waited = verified_within(monitor) + 2 * monitor.timeout + monitor.interval
    passing = dict.fromkeys(monitor.regions, Outcome.SUCCESS)
    return [
        passing
        if any(each.start - waited <= a_slot(monitor, place) < each.start for each in windows)
        else seen
        for place, seen in enumerate(truth)
    ]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_order_of_arrival_gives_the_same_ledger_around_windows_too(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    windows = data.draw(spans(monitor))
    truth = calm_before(monitor, data.draw(truths(monitor.regions)), windows)
    seeds = (data.draw(st.integers(0, 2**32)) for _ in range(2))
    first, second = (World(monitor, truth, Random(seed), maintenance=windows) for seed in seeds)
    lived = ledger_of(first.play())
    assert lived == ledger_of(second.play())
    until = a_slot(monitor, len(truth)) + timedelta(minutes=10)
    replayed = list(Replay(monitor, windows).play(first.results, until))
    assert decided(replayed) == decided(first.steps)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_nothing_is_suspected_or_confirmed_in_a_window(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth, windows = data.draw(truths(monitor.regions)), data.draw(spans(monitor))
    for taken in World(monitor, truth, Random(3), maintenance=windows).play():
        row = taken.transition
        if row.to_status in {Status.VERIFYING, Status.DOWN}:
            assert row.slot is not None
            assert not any(window.holds(row.slot) for window in windows)
            assert not any(window.holds(row.at) for window in windows)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_still_down_at_the_end_of_a_window_is_found_then(data: st.DataObject) -> None:
    """It begins with the first failing probe behind the window, not before."""
    monitor = data.draw(monitors())
    passing = dict.fromkeys(monitor.regions, Outcome.SUCCESS)
    failing = dict.fromkeys(monitor.regions, Outcome.FAILURE)
    inside, after = data.draw(st.integers(1, 4)), 2 + monitor.policy.confirm_after
    truth = [passing] * 2 + [failing] * (inside + after)
    window = Interval(a_slot(monitor, 2), a_slot(monitor, 2 + inside))
    seed = data.draw(st.integers(0, 2**32))
    steps = World(monitor, truth, Random(seed), maintenance=[window]).play()
    (opened,) = [each.opened for each in steps if each.opened]
    assert window.end <= opened.opened_at < window.end + monitor.interval


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_incident_from_before_a_window_ends_in_it_when_the_target_works(
    data: st.DataObject,
) -> None:
    monitor = data.draw(monitors())
    passing = dict.fromkeys(monitor.regions, Outcome.SUCCESS)
    failing = dict.fromkeys(monitor.regions, Outcome.FAILURE)
    broken = max(3, monitor.policy.confirm_after) + 1
    truth = [passing] * 2 + [failing] * broken + [passing] * 4
    window = Interval(a_slot(monitor, 2 + broken), a_slot(monitor, 6 + broken))
    steps = World(monitor, truth, Random(5), maintenance=[window]).play()
    assert [each.transition.rule for each in steps if each.closed] == [Rule.RECOVERED]
    assert steps[-1].state.status is Status.UP
