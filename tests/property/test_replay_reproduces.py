"""Living through the past again with the policy that was in force reproduces the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.backtest import backtest, course
from sentinelmesh.domain.verification.replay import Replay
from sentinelmesh.domain.verification.transition import TransitionPlan
from tests.property.test_decision_is_order_free import monitors, truths
from tests.property.world import World, ledger_of
from tests.support.builders import START, a_channel, a_slot


def decided(steps: Sequence[TransitionPlan]) -> list[tuple[object, ...]]:
    """Reduce steps to the decisions, without the alerts that a replay does not make."""
    return [row[:-1] for row in ledger_of(steps)]


def incidents(steps: Sequence[TransitionPlan]) -> list[Incident]:
    found = {}
    for taken in steps:
        for each in (taken.opened, taken.updated, taken.closed):
            if each is not None:
                found[each.incident_id] = each
    return list(found.values())


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_the_policy_in_force_reproduces_the_ledger(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions))
    world = World(monitor, truth, Random(data.draw(st.integers(0, 2**32))))
    lived = world.play()
    until = a_slot(monitor, len(truth)) + timedelta(minutes=10)
    shuffled = list(dict.fromkeys(world.results))
    Random(data.draw(st.integers(0, 2**32))).shuffle(shuffled)
    assert decided(list(Replay(monitor).play(shuffled, until))) == decided(lived)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_proposal_that_is_the_policy_in_force_changes_nothing(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions))
    world = World(monitor, truth, Random(data.draw(st.integers(0, 2**32))))
    lived = world.play()
    within = Interval(START, a_slot(monitor, len(truth)) + timedelta(minutes=10))
    actual = course(incidents(lived), sum(len(each.alerts) for each in lived), within)
    tried = backtest(monitor, world.results, actual, channels=[a_channel()], within=within)
    assert (tried.spared, tried.added) == ((), ())
    assert tried.proposed.alerts == actual.alerts
    assert tried.proposed.downtime_seconds == actual.downtime_seconds
    # There is one channel; where it flaps, its end is announced, and what follows is not.
    assert sum(each.transition.tells is not None for each in lived) == tried.proposed.alerts


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_stricter_policy_opens_no_incident_where_nothing_was_suspected(
    data: st.DataObject,
) -> None:
    monitor = data.draw(monitors())
    calm = st.dictionaries(
        st.sampled_from(monitor.regions), st.sampled_from([Outcome.SUCCESS, Outcome.UNKNOWN])
    )
    truth = data.draw(st.lists(calm, max_size=9))
    world = World(monitor, truth, Random(1))
    world.play()
    proposal = replace(monitor, policy=Policy(quorum=1, confirm_after=1))
    within = Interval(START, a_slot(monitor, len(truth)) + timedelta(minutes=10))
    tried = backtest(
        proposal, world.results, course((), 0, within), channels=[a_channel()], within=within
    )
    assert (tried.proposed.incidents, tried.avoided_alarms) == ((), 0)
