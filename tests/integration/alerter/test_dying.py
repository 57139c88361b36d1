"""Whatever dies, fails or steps in at whichever call: nobody is left untold, or told thrice."""

from itertools import pairwise
from random import Random

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW
from tests.integration.alerter.alerting import AlertStage
from tests.integration.alerter.dying import SCENES, Scene, Take, announcement, at_each_call, end
from tests.support.calls import Crash, crash_at, refusal, refusing

KINDS = ("slack", "webhook")
kinds = pytest.mark.parametrize("kind", KINDS, ids=("keyless", "keyed"))
scenes = pytest.mark.parametrize(
    ("scene", "kind"),
    [*((scene, "slack") for scene in SCENES), (announcement, "webhook"), (end, "webhook")],
    ids=lambda value: getattr(value, "__name__", value),
)


def assert_told(take: Take, kind: str, most: int) -> None:
    """Every row is at its end, and the channel was told at least once and at most so often."""
    assert all(row.finished and row.state is not AlertState.DEAD for row in take.now)
    assert 1 <= len(take.told) <= most
    assert len({notice.key for notice in take.told}) == 1
    if kind == "slack":
        assert_spaced(take.told)


def assert_spaced(told: list[Notification]) -> None:
    for first, second in pairwise(told):
        assert second.repeat
        assert second.at - first.at >= QUIET_WINDOW


@scenes
def test_a_process_that_dies_after_any_call_leaves_nobody_untold(
    stage: AlertStage, scene: Scene, kind: str
) -> None:
    def strike(number: int, take: Take) -> None:
        take.stage.calls.after = crash_at(number)

    takes = at_each_call(stage, scene, kind, strike)
    assert len(takes) > 5
    for take in takes:
        # The last call is the mark: whoever dies before it may have sent, and nobody knows.
        assert_told(take, kind, most=1)


@kinds
def test_a_process_that_dies_when_the_provider_has_accepted_repeats_itself_once(
    stage: AlertStage, kind: str
) -> None:
    take = announcement(stage, 1, kind)
    sender = stage.keyed if kind == "webhook" else stage.keyless

    def accept_and_die(notice: Notification) -> str:
        sender.taken.append(notice)
        raise Crash

    sender.answer = accept_and_die
    take.deliver()
    sender.answer = lambda _notice: "ok"
    take.recover()
    assert_told(take, kind, most=2)
    assert len(take.told) == 2
    assert take.told[1].repeat == (kind == "slack")


def test_one_that_dies_twice_so_gives_up_visibly(stage: AlertStage) -> None:
    take = announcement(stage, 1, "slack")

    def accept_and_die(notice: Notification) -> str:
        stage.keyless.taken.append(notice)
        raise Crash

    stage.keyless.answer = accept_and_die
    take.deliver()
    stage.now = take.now[0].due_at
    take.deliver()
    stage.keyless.answer = lambda _notice: "ok"
    take.recover()
    (row,) = take.now
    assert (row.state, row.uncertain_attempts) == (AlertState.DEAD, 1)
    assert row.answer == "sent twice without learning whether it arrived"
    assert len(take.told) == 2
    assert_spaced(take.told)


@kinds
def test_a_process_that_dies_before_the_provider_has_accepted_is_made_up_for(
    stage: AlertStage, kind: str
) -> None:
    take = announcement(stage, 1, kind)
    sender = stage.keyed if kind == "webhook" else stage.keyless

    def die(_notice: Notification) -> str:
        raise Crash

    sender.answer = die
    take.deliver()
    sender.answer = lambda _notice: "ok"
    take.recover()
    assert_told(take, kind, most=1)


@scenes
def test_a_call_that_timed_out_but_happened_makes_nobody_hear_it_twice(
    stage: AlertStage, scene: Scene, kind: str
) -> None:
    def strike(number: int, take: Take) -> None:
        def time_out(count: int, _name: str) -> None:
            if count == number:
                raise ReadTimeoutError(endpoint_url="https://aws.example")

        take.stage.calls.after = time_out

    for take in at_each_call(stage, scene, kind, strike):
        assert_told(take, kind, most=1)
        assert not take.told[0].repeat


@scenes
def test_a_refused_call_delays_nobody_for_long(stage: AlertStage, scene: Scene, kind: str) -> None:
    began = {}

    def strike(number: int, take: Take) -> None:
        began[id(take)] = take.stage.now

        def refuse(count: int, name: str) -> None:
            if count == number:
                raise refusal(name)

        take.stage.calls.before = refuse

    for take in at_each_call(stage, scene, kind, strike):
        assert_told(take, kind, most=1)
        assert take.told[0].at == began[id(take)]
        assert not take.told[0].repeat


@scenes
def test_another_alerter_may_step_in_before_any_call(
    stage: AlertStage, scene: Scene, kind: str
) -> None:
    def strike(number: int, take: Take) -> None:
        def step_in(count: int, _name: str) -> None:
            if count == number:
                take.stage.calls.before = None
                take.deliver()

        take.stage.calls.before = step_in

    for take in at_each_call(stage, scene, kind, strike):
        assert_told(take, kind, most=1)


@pytest.mark.parametrize("seed", range(6))
def test_throttling_and_conflicts_at_a_third_of_all_calls_are_lived_through(
    stage: AlertStage, seed: int
) -> None:
    chance = Random(seed)
    for number, scene in enumerate(SCENES):
        kind = chance.choice(KINDS)
        take = scene(stage, number, kind)
        stage.calls.before = refusing(0.3, chance)
        for _ in range(4):
            take.deliver()
        take.recover()
        assert_told(take, kind, most=1)
