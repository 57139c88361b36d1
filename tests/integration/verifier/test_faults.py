"""The verifier under faults: crashes, lost answers, rivals, edits in between, refusals."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.verifier.evaluation import Evaluator
from functions.verifier.verification import FollowUp
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from tests.integration.verifier.lives import (
    MONITOR,
    RECOVERY_CHECK,
    Decided,
    live_through_an_outage,
)
from tests.integration.verifier.recovering import recovery_votes
from tests.integration.verifier.test_deciding import (
    CHANNELS,
    failing,
    go_down,
    seen_up,
    verifying,
)
from tests.support.builders import REGIONS, a_channel, a_monitor, a_result, a_slot
from tests.support.verifier_stage import Crash, Fault, Stage, a_stage

HERE, *OTHERS = REGIONS


def without_faults() -> tuple[Decided, int]:
    """Return the undisturbed outcome, and the number of calls that it takes."""
    with a_stage() as stage:
        decided = live_through_an_outage(stage)
        assert stage.ledger == [
            "up first_pass", "verifying suspected", "down quorum", "up recovered",
        ]  # fmt: skip
        (incident,) = stage.incidents
        assert incident.resolved_at == RECOVERY_CHECK
        return decided, len(stage.calls)


def only_at(place: int, error: Callable[[], BaseException]) -> Fault:
    def strike(number: int, _name: str) -> None:
        if number == place:
            raise error()

    return strike


def lost_answer() -> BaseException:
    return ReadTimeoutError(endpoint_url="dynamodb")


# A life takes a second or more: all places at once would take longer than a test may.
SLICES = 9


@pytest.mark.parametrize("first", range(1, SLICES + 1))
@pytest.mark.parametrize("error", [Crash, lost_answer])
def test_a_fault_after_any_single_call_changes_nothing_in_the_end(
    error: Callable[[], BaseException], first: int
) -> None:
    """Faults 1 and 2: the call took effect, and then nobody heard of it."""
    expected, calls = without_faults()
    assert calls > SLICES
    for place in range(first, calls + 1, SLICES):
        with a_stage() as stage:
            stage.after_call = only_at(place, error)
            assert live_through_an_outage(stage) == expected, place


@pytest.mark.parametrize("code", ["ThrottlingException", "TransactionCanceledException"])
@pytest.mark.parametrize("seed", range(4))
def test_refusals_of_a_third_of_all_calls_only_delay(code: str, seed: int) -> None:
    """Fault 17."""
    chance = Random(seed)

    def refuse(_number: int, name: str) -> None:
        conflict = code == "TransactionCanceledException"
        if chance.random() < 0.3 and (not conflict or name == "TransactWriteItems"):
            raise ClientError(
                {
                    "Error": {"Code": code, "Message": ""},
                    "CancellationReasons": [{"Code": "TransactionConflict"}],
                },
                name,
            )

    expected, _ = without_faults()
    with a_stage() as stage:
        stage.before_call = refuse
        assert live_through_an_outage(stage) == expected


def test_two_verifiers_that_decide_at_once_make_one_incident() -> None:
    with a_stage() as stage:
        seen_up(stage, MONITOR, *CHANNELS)
        stage.now = a_slot(MONITOR, 1) + timedelta(seconds=1)
        stage.deliver(stage.see(failing(MONITOR, 1)))
        records = stage.see(*verifying(MONITOR, 1))
        rivals = count()

        def meet(_number: int, name: str) -> None:
            if name == "TransactWriteItems" and next(rivals) == 0:
                assert stage.deliver(records) == []

        stage.before_call = meet
        assert stage.deliver(records) == []
        assert next(rivals) > 1, "both wanted to commit"
        assert stage.ledger == ["up first_pass", "verifying suspected", "down quorum"]
        assert len(stage.incidents) == 1
        assert stage.alert_keys == ["opened#ch_1", "opened#ch_2"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as made:
        yield made


def just_before_the_commit(stage: Stage, act: Callable[[], object]) -> None:
    """Have something happen once, between a decision and its transaction."""
    done: list[object] = []

    def strike(_number: int, name: str) -> None:
        if name == "TransactWriteItems" and not done:
            done.append(None)
            act()

    stage.before_call = strike


def test_a_monitor_deleted_between_decision_and_commit_leaves_no_state(stage: Stage) -> None:
    stage.configure(MONITOR)
    stage.now = a_slot(MONITOR, 0) + timedelta(seconds=1)
    records = stage.see(a_result(MONITOR, a_slot(MONITOR, 0), HERE))
    just_before_the_commit(stage, lambda: stage.deliver(stage.delete(MONITOR)))
    assert stage.deliver(records) == []
    assert stage.states == {}


def test_an_edit_between_decision_and_commit_takes_the_vote_from_the_old_results(
    stage: Stage,
) -> None:
    seen_up(stage, MONITOR, *CHANNELS)
    stage.now = a_slot(MONITOR, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(MONITOR, 1)))
    records = stage.see(*verifying(MONITOR, 1))
    edited = replace(MONITOR, revision=2, target="https://new.example/")
    just_before_the_commit(stage, lambda: stage.edit(edited))
    assert stage.deliver(records) == []
    assert stage.incidents == []
    assert stage.ledger[-1] == "up edited"


def test_a_pause_between_decision_and_commit_opens_nothing(stage: Stage) -> None:
    seen_up(stage, MONITOR, *CHANNELS)
    stage.now = a_slot(MONITOR, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(MONITOR, 1)))
    records = stage.see(*verifying(MONITOR, 1))
    paused = replace(MONITOR, revision=2, paused=True)
    just_before_the_commit(stage, lambda: stage.edit(paused))
    stage.deliver(records)
    assert stage.incidents == []
    assert stage.states[MONITOR.id].status is Status.PAUSED


def test_a_region_out_of_reach_keeps_no_other_from_being_asked(stage: Stage) -> None:
    seen_up(stage, MONITOR)
    stage.now = a_slot(MONITOR, 1) + timedelta(seconds=1)
    away = "SendMessageBatch"
    struck: list[str] = []

    def refuse(_number: int, name: str) -> None:
        if name == away and len(struck) < 3:
            struck.append(name)
            raise ReadTimeoutError(endpoint_url="sqs")

    stage.before_call = refuse
    assert stage.deliver(stage.see(failing(MONITOR, 1))) == []
    asked = stage.asked()
    assert sum(len(asked[region]) for region in OTHERS) >= 1


@pytest.mark.parametrize("queue_is_away", [False, True])
def test_one_monitor_in_trouble_does_not_hold_up_the_stream(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, queue_is_away: bool
) -> None:
    """It is handed over to the queue; the stream tries again only if that takes nothing."""
    others = [a_monitor(id=f"mon_{each}") for each in range(2, 5)]
    for monitor in (MONITOR, *others):
        stage.configure(monitor)
    stage.now = a_slot(MONITOR, 0) + timedelta(seconds=60)
    batch = [MONITOR, *others]
    records = stage.see(*(a_result(each, a_slot(each, 0), HERE) for each in batch))
    broken = records[2]["dynamodb"]
    evaluate = Evaluator.evaluate

    def fail_for_one(self: Evaluator, monitor_id: str, *more: Any, **how: Any) -> FollowUp:
        if monitor_id == others[1].id:
            raise RuntimeError("a mistake of ours")
        return evaluate(self, monitor_id, *more, **how)

    monkeypatch.setattr(Evaluator, "evaluate", fail_for_one)

    def refuse(_number: int, name: str) -> None:
        if queue_is_away and name == "SendMessageBatch":
            raise ReadTimeoutError(endpoint_url="sqs")

    stage.before_call = refuse
    came_back = stage.deliver(records)
    assert came_back == ([broken["SequenceNumber"]] if queue_is_away else [])
    delayed: Literal["ApproximateNumberOfMessagesDelayed"] = "ApproximateNumberOfMessagesDelayed"
    queue = stage.mesh.sqs().get_queue_attributes(
        QueueUrl=stage.mesh.queue_url("evaluations"), AttributeNames=[delayed]
    )
    assert queue["Attributes"][delayed] == ("0" if queue_is_away else "1")
    assert others[1].id not in stage.states
    assert {MONITOR.id, others[0].id, others[2].id} == set(stage.states)


def test_notes_and_acknowledgement_survive_the_end_of_an_incident(stage: Stage) -> None:
    """The verifier closes an incident without touching what people wrote beside it."""
    seen_up(stage, MONITOR, a_channel())
    go_down(stage, MONITOR)
    (incident,) = stage.incidents
    stage.acknowledge(incident, "ada")
    stage.deliver(stage.see(*recovery_votes(stage, MONITOR)))
    (incident,) = stage.incidents
    assert (incident.state, incident.acknowledged_by) == (IncidentState.RESOLVED, "ada")
