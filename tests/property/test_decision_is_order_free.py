"""Whatever the order in which votes arrive, the ledger is the same, and nothing is invented."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.monitor_state import Rule
from tests.property.world import SLOW, Seen, Truth, World, incidents_of, ledger_of, outages_of
from tests.support.builders import REGIONS, a_monitor, a_slot


@st.composite
def monitors(draw: st.DrawFn) -> Monitor:
    regions = REGIONS[: draw(st.integers(1, 3))]
    policy = Policy(
        quorum=draw(st.integers(1, len(regions))),
        confirm_after=draw(st.integers(1, 3)),
        recover_after=draw(st.integers(1, 3)),
        regional_incidents=draw(st.booleans()),
        degraded_incidents=draw(st.booleans()),
        quick_detection=draw(st.booleans()),
    )
    interval, timeout = draw(
        st.sampled_from([(10, 9_000), (10, 1_000), (60, 3_000), (60, 10_000), (60, 30_000)])
    )
    monitor = a_monitor(
        regions=regions,
        policy=policy,
        interval_seconds=interval,
        timeout_ms=timeout,
        strategy=draw(st.sampled_from(["rotate", "all"])),
    )
    changed = draw(st.one_of(st.none(), st.floats(0, 3 * interval)))
    if changed is None:
        return monitor
    return replace(monitor, probed_since=a_slot(monitor, 0) + timedelta(seconds=changed))


def truths(regions: tuple[str, ...], *more: Seen) -> st.SearchStrategy[Truth]:
    """Draw what regions see; mostly they agree, sometimes one differs, abstains or is silent."""
    anything = st.dictionaries(st.sampled_from(regions), st.sampled_from([*Outcome, *more]))
    agreeing = st.sampled_from([Outcome.SUCCESS, Outcome.FAILURE, *more]).map(
        lambda outcome: dict.fromkeys(regions, outcome)
    )
    return st.lists(st.one_of(agreeing, agreeing, anything), min_size=1, max_size=9)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_any_order_of_arrival_gives_the_same_ledger(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions))
    first, second = (
        World(monitor, truth, Random(data.draw(st.integers(0, 2**32)))).play() for _ in range(2)
    )
    assert ledger_of(first) == ledger_of(second)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_order_of_arrival_gives_the_same_outages_of_what_is_slow_too(
    data: st.DataObject,
) -> None:
    """An outage does not wait for votes about a degraded round; that one may then go unnoticed."""
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions, SLOW))
    first, second = (
        World(monitor, truth, Random(data.draw(st.integers(0, 2**32)))).play() for _ in range(2)
    )
    assert outages_of(first) == outages_of(second)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_who_is_asked_early_changes_nothing_that_is_decided(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions))
    seed = data.draw(st.integers(0, 2**32))
    early, late = (World(monitor, truth, Random(seed), early=each) for each in (True, False))
    assert ledger_of(early.play()) == ledger_of(late.play())


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_incidents_open_and_close_in_turn(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    steps = World(monitor, data.draw(truths(monitor.regions)), Random(1)).play()
    course = list(incidents_of(steps))
    assert len({each for _, each in course}) == sum(event == "opened" for event, _ in course)
    for place, (event, incident_id) in enumerate(course):
        assert event == ("opened", "closed")[place % 2]
        if event == "closed":
            assert incident_id == course[place - 1][1]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_missing_and_abstaining_votes_never_make_down(data: st.DataObject) -> None:
    """Without a single failing vote in a slot, that slot takes no part in an outage."""
    monitor = data.draw(monitors())
    calm = st.dictionaries(
        st.sampled_from(monitor.regions), st.sampled_from([Outcome.SUCCESS, Outcome.UNKNOWN])
    )
    truth = data.draw(st.lists(calm, max_size=9))
    steps = World(monitor, truth, Random(2)).play()
    assert all(taken.state.status in {Status.UP, Status.PENDING} for taken in steps)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_down_needs_a_quorum_or_persistence_without_contradiction(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    for taken in World(monitor, data.draw(truths(monitor.regions)), Random(3)).play():
        if taken.transition.to_status is not Status.DOWN:
            continue
        votes = [vote.outcome for vote in taken.transition.votes]
        assert Outcome.FAILURE in votes
        assert votes.count(Outcome.SUCCESS) <= len(monitor.regions) - monitor.policy.quorum
        if taken.transition.rule is Rule.QUORUM:
            assert votes.count(Outcome.FAILURE) >= monitor.policy.quorum


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_lasting_outage_is_always_found_and_its_end_too(data: st.DataObject) -> None:
    monitor = data.draw(monitors())
    failing = dict.fromkeys(monitor.regions, Outcome.FAILURE)
    passing = dict.fromkeys(monitor.regions, Outcome.SUCCESS)
    rounds = 1 + max(monitor.policy.confirm_after, monitor.policy.recover_after)
    truth = [passing] * 2 + [failing] * rounds + [passing] * rounds
    steps = World(monitor, truth, Random(data.draw(st.integers(0, 2**32)))).play()
    told = [each.transition.tells.value for each in steps if each.transition.tells]
    assert told == ["opened", "resolved"]
    assert steps[-1].state.status is Status.UP


@given(st.data())
@settings(max_examples=200)
def test_results_from_before_the_window_change_nothing(data: st.DataObject) -> None:
    """The verifier may read more than it needs; what was settled stays settled."""
    monitor = data.draw(monitors())
    truth = data.draw(truths(monitor.regions))
    seed = data.draw(st.integers(0, 2**32))
    narrow = World(monitor, truth, Random(seed)).play()
    wide = World(monitor, truth, Random(seed), reads_everything=True).play()
    assert ledger_of(narrow) == ledger_of(wide)
