"""A blind monitor is announced once, whatever the order of arrival, and never counts as down."""

from datetime import datetime
from itertools import chain
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import OUTAGE, UNKNOWN, Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.blindness import find_blindness
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition, with_alerts
from tests.property.world import Truth, World, incidents_of
from tests.support.builders import REGIONS, START, a_channel, a_monitor, a_result, a_slot

SHOP = a_monitor()
WELL = dict.fromkeys(REGIONS, Outcome.SUCCESS)
BROKEN = dict.fromkeys(REGIONS, Outcome.FAILURE)
ABSTAINING = dict.fromkeys(REGIONS, Outcome.UNKNOWN)


def spells() -> st.SearchStrategy[Truth]:
    """Draw what regions see: for a while they work, see it fail, abstain, or send nothing."""
    seen = st.sampled_from([WELL, BROKEN, ABSTAINING, {}])
    spell = st.tuples(seen, st.integers(1, 16)).map(lambda drawn: [drawn[0]] * drawn[1])
    return st.lists(spell, min_size=1, max_size=5).map(lambda parts: list(chain(*parts)))


class LookingWorld(World):
    """A world in which somebody looks for blindness whenever anything happens."""

    def play(self) -> list[TransitionPlan]:
        """Play, and look once a minute for twenty minutes more."""
        for minute in range(len(self.truth) + 20):
            self._push(a_slot(self.monitor, minute), None)
        return super().play()

    def _evaluate(self, at: datetime) -> None:
        super()._evaluate(at)
        change = find_blindness(self.monitor, self.state, self.results, at)
        if change is not None:
            taken = plan_transition(change, self.monitor, self.state, self.incident, at)
            self.steps.append(with_alerts(taken, self.monitor, [a_channel()]))
            self.state, self.incident = taken.state, taken.current


@given(spells(), st.integers(0, 60), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_results_and_repeats_of_them_change_nothing(
    truth: Truth, minutes: int, chance: Random
) -> None:
    results = [
        a_result(SHOP, a_slot(SHOP, place), region, outcome=outcome)
        for place, seen in enumerate(truth)
        for region, outcome in seen.items()
    ]
    shuffled = [*results, *results]
    chance.shuffle(shuffled)
    state = State(
        monitor_id=SHOP.id, revision=1, version=3, status=Status.UP, since=START, watermark=START
    )
    at = a_slot(SHOP, minutes)
    assert find_blindness(SHOP, state, results, at) == find_blindness(SHOP, state, shuffled, at)


@given(spells(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_it_is_announced_once_between_two_verdicts_and_ends_with_the_next(
    truth: Truth, seed: int
) -> None:
    world = LookingWorld(SHOP, truth, Random(seed))
    world.play()
    is_blind = False
    for taken in world.steps:
        if taken.transition.rule is Rule.BLIND:
            assert not is_blind
            assert taken.state.status is taken.transition.from_status
        is_blind = taken.state.blind_since is not None
        unknown = taken.current is not None and taken.current.severity == UNKNOWN
        assert unknown == (is_blind and taken.state.status is not Status.DOWN)
    assert is_blind == _ends_blind(truth)


@given(spells(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_incidents_still_open_and_close_in_turn_and_only_outages_go_with_down(
    truth: Truth, seed: int
) -> None:
    world = LookingWorld(SHOP, truth, Random(seed))
    world.play()
    open_one: str | None = None
    for event, incident_id in incidents_of(world.steps):
        assert (open_one is None) == (event == "opened")
        assert event == "opened" or open_one == incident_id
        open_one = incident_id if event == "opened" else None
    for taken in world.steps:
        is_outage = taken.current is not None and taken.current.severity == OUTAGE
        assert is_outage == (taken.state.status is Status.DOWN or taken.state.flapping)


def _ends_blind(truth: Truth) -> bool:
    """Return whether anything was ever judged: twenty minutes after the end nothing is any more."""
    return any(seen in (WELL, BROKEN) for seen in truth)
