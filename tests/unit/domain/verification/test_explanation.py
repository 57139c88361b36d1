"""What is said about a decision to somebody who does not know the code, word for word."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome, Timings
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.explanation import (
    NOBODY,
    RULES,
    alert_in_words,
    explanation_of,
    policy_in_words,
    story_of,
    vote_in_words,
)
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition
from tests.property.world import World
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import REGIONS, START, a_monitor
from tests.unit.domain.verification.test_transition_text import a_round

P, F = Outcome.SUCCESS, Outcome.FAILURE
WELL, BROKEN = dict.fromkeys(REGIONS, P), dict.fromkeys(REGIONS, F)


def a_transition(rule: Rule, seen: str, **changes: object) -> Transition:
    each = a_round(seen)
    change = StateChange(
        to_status=initial_state(a_monitor()).status, rule=rule, round=each, began=each
    )
    taken = plan_transition(change, a_monitor(), initial_state(a_monitor()), None, START)
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


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (
            Policy(quorum=1),
            "Down when 1 region fails in the same round; up again after 1 such round that works.",
        ),
        (
            Policy(quorum=2, confirm_after=2, recover_after=3),
            "Down when 2 regions fail in 2 rounds running; up again after 3 such rounds that work.",
        ),
    ],
)
def test_a_policy_is_told_as_what_it_takes(policy: Policy, words: str) -> None:
    assert policy_in_words(policy) == words


@pytest.mark.parametrize(
    ("detail", "words"), [(None, ", degraded"), ("it took 2 s", ", degraded: it took 2 s")]
)
def test_a_vote_says_what_it_found_degraded(detail: str | None, words: str) -> None:
    vote = replace(a_round("P").as_votes()[0], degraded=True, detail=detail, timings=None)
    assert vote_in_words(vote).endswith(f" ms{words}.")
    assert "degraded" not in vote_in_words(replace(vote, degraded=False))


def test_a_decision_without_votes_or_policy_is_explained_too() -> None:
    told = explanation_of(a_transition(Rule.PAUSED, "P", votes=(), policy=None))
    assert (told.votes, told.policy) == ((), None)


def outage() -> list[TransitionPlan]:
    return World(a_monitor(), [WELL, BROKEN, BROKEN, WELL], Random(1)).play()


def test_an_outage_is_told_from_its_first_failing_probe_to_its_end() -> None:
    steps = outage()[1:]
    closed = steps[-1].closed
    assert closed is not None
    told = story_of(closed, [each.transition for each in steps], []).splitlines()
    assert told[0] == "Shop (https://shop.example/)"
    assert told[1].startswith("Down since 2026-01-01 12:0")
    assert "; resolved at 2026-01-01 12:0" in told[1]
    arrows = [line.split("  ")[1] for line in told if " -> " in line]
    assert arrows == ["up -> verifying", "verifying -> down", "down -> up"]
    assert sum(line.startswith("  - ") and "saw it" in line for line in told) >= 2 + 1
    assert "  Rule quorum: " + RULES[Rule.QUORUM] in told
    assert told.count(f"  Policy: {policy_in_words(a_monitor().policy)}") == len(arrows)
    paused = a_transition(Rule.PAUSED, "P", policy=None)
    assert "Policy" not in story_of(closed, [paused], [])


def test_an_open_and_a_cancelled_incident_are_told_as_such() -> None:
    (opened,) = [each.opened for each in outage() if each.opened]
    assert story_of(opened, [], []).splitlines()[1].endswith("; still open.")
    ended = replace(
        opened,
        state=IncidentState.CANCELLED,
        resolved_at=opened.opened_at + timedelta(seconds=75),
    )
    assert story_of(ended, [], []).splitlines()[1].endswith(" after 1 min 15 s.")
    assert "; cancelled at " in story_of(ended, [], [])


TOLD = {
    "sent at 2026-01-01 12:00:07 UTC: HTTP 200 ok": {
        "state": AlertState.SENT,
        "sent_at": START + timedelta(seconds=7),
        "answer": "HTTP 200 ok",
    },
    "held back: told together with its end": {
        "state": AlertState.SUPPRESSED,
        "answer": "told together with its end",
    },
    "given up after 9 attempts: HTTP 410 gone": {
        "state": AlertState.DEAD,
        "attempts": 9,
        "answer": "HTTP 410 gone",
    },
    "not sent yet, due at 2026-01-01 12:00:02 UTC: HTTP 503": {
        "state": AlertState.RETRY,
        "answer": "HTTP 503",
    },
    "waits while Router is down, on which it depends": {"parent": "Router", "answer": "held"},
    "not sent yet, due at 2026-01-01 12:00:02 UTC": {},
}


@pytest.mark.parametrize(("words", "changes"), TOLD.items(), ids=TOLD)
def test_what_became_of_each_message_is_told(words: str, changes: dict[str, Any]) -> None:
    assert alert_in_words(an_alert(**changes)) == f"opened to slack ch_1, {words}"


def test_messages_are_told_in_the_order_of_time_or_that_there_are_none() -> None:
    late, soon = (START + timedelta(seconds=each) for each in (9, 8))
    alerts = [
        an_alert(channel_id=channel, state=AlertState.SENT, sent_at=at)
        for channel, at in (("late", late), ("soon", soon))
    ]
    waiting = an_alert(channel_id="waits")
    lines = story_of(an_incident(), [], [*alerts, waiting]).splitlines()
    told = [line.split(",")[0] for line in lines[lines.index("Who was told") + 1 :]]
    assert told == [f"  - opened to slack {each}" for each in ("waits", "soon", "late")]
    assert story_of(an_incident(), [], []).splitlines()[-2:] == ["Who was told", f"  {NOBODY}"]


def test_a_state_keeps_nothing_of_an_explanation() -> None:
    """It is worked out when it is asked for: the ledger holds facts, and words may improve."""
    assert not {"explanation", "votes"} & set(State.__dataclass_fields__)
