"""What is said about a decision to somebody who does not know the code, word for word."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from sentinelmesh.domain.change import Change
from sentinelmesh.domain.decision import initial_state
from sentinelmesh.domain.explanation import RULES, explanation_of, story_of
from sentinelmesh.domain.incident import IncidentState
from sentinelmesh.domain.result import Outcome, Timings
from sentinelmesh.domain.state import Rule, State, Transition
from sentinelmesh.domain.step import Step, step
from tests.building import REGIONS, START, a_monitor
from tests.property.world import World
from tests.unit.domain.test_sentences import a_round

P, F = Outcome.SUCCESS, Outcome.FAILURE
WELL, BROKEN = dict.fromkeys(REGIONS, P), dict.fromkeys(REGIONS, F)


def a_transition(rule: Rule, seen: str, **changes: object) -> Transition:
    each = a_round(seen)
    change = Change(to_status=initial_state(a_monitor()).status, rule=rule, round=each, began=each)
    taken = step(change, a_monitor(), initial_state(a_monitor()), None, START)
    return replace(taken.transition, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_explained(rule: Rule) -> None:
    assert RULES[rule].endswith(".")


def test_a_dismissed_blip_reads_well() -> None:
    told = explanation_of(a_transition(Rule.DISMISSED, "FPP"))
    assert told.avoided
    assert told.summary == (
        "False alarm avoided: eu-west-1 (nothing listens there) failed, but ap-southeast-1 and "
        "us-east-1 saw it work, so the 2 of 3 failing regions needed to call it down are out of "
        "reach; it is a problem of eu-west-1 only."
    )
    moment = f"{a_round('F').slot:%H:%M:%S}"
    assert told.votes == (
        f"ap-southeast-1, asked to verify at {moment} UTC, saw it work after 36 ms.",
        f"eu-west-1, as scheduled at {moment} UTC, saw it fail after 36 ms: nothing listens there.",
        f"us-east-1, asked to verify at {moment} UTC, saw it work after 36 ms.",
    )
    assert told.rule == (
        "So many regions saw it work in the same moment that a quorum of failures is out of reach."
    )
    assert told.policy == (
        "Down when 2 regions fail in the same round; up again after 1 such round that works."
    )


def test_phases_of_a_probe_are_told_as_far_as_it_got() -> None:
    (vote,) = a_round("F", timings=Timings(dns_ms=3.2, connect_ms=18, total_ms=3000)).as_votes()
    row = a_transition(Rule.SUSPECTED, "F", votes=(vote,))
    (words,) = explanation_of(row).votes
    assert words.endswith(
        "saw it fail after 36 ms: nothing listens there (DNS 3 ms, connect 18 ms)."
    )
    assert not explanation_of(row).avoided


def test_a_decision_without_votes_or_policy_is_explained_too() -> None:
    told = explanation_of(a_transition(Rule.PAUSED, "P", votes=(), policy=None))
    assert (told.votes, told.policy) == ((), None)


def outage() -> list[Step]:
    return World(a_monitor(), [WELL, BROKEN, BROKEN, WELL], Random(1)).play()


def test_an_outage_is_told_from_its_first_failing_probe_to_its_end() -> None:
    steps = outage()[1:]
    closed = steps[-1].closed
    assert closed is not None
    told = story_of(closed, [each.transition for each in steps]).splitlines()
    assert told[0] == "Shop (https://shop.example/)"
    assert told[1].startswith("Down since 2026-01-01 12:0")
    assert "; resolved at 2026-01-01 12:0" in told[1]
    arrows = [line.split("  ")[1] for line in told if " -> " in line]
    assert arrows == ["up -> verifying", "verifying -> down", "down -> up"]
    assert sum(line.startswith("  - ") for line in told) >= 2 + 1
    assert "  Rule quorum: " + RULES[Rule.QUORUM] in told


def test_an_open_and_a_cancelled_incident_are_told_as_such() -> None:
    (opened,) = [each.opened for each in outage() if each.opened]
    assert story_of(opened, []).splitlines()[1].endswith("; still open.")
    ended = replace(
        opened,
        state=IncidentState.CANCELLED,
        resolved_at=opened.opened_at + timedelta(seconds=75),
    )
    assert story_of(ended, []).splitlines()[1].endswith(" after 1 min 15 s.")
    assert "; cancelled at " in story_of(ended, [])


def test_a_state_keeps_nothing_of_an_explanation() -> None:
    """It is worked out when it is asked for: the ledger holds facts, and words may improve."""
    assert not {"explanation", "votes"} & set(State.__dataclass_fields__)
