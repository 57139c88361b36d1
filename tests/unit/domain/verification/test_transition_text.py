"""Every transition says in plain words what was seen and why that decided."""

from dataclasses import replace
from datetime import timedelta
from string import punctuation

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.humanize import format_duration, format_list
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.round import Round, rounds_of
from sentinelmesh.domain.verification.transition_text import explain, reason_of
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
LETTERS = {"P": Outcome.SUCCESS, "F": Outcome.FAILURE, "u": Outcome.UNKNOWN}


def a_round(seen: str, monitor: Monitor | None = None, **failure: object) -> Round:
    """Build a round of one letter per region, the first of them scheduled."""
    monitor = monitor or a_monitor()
    slot = a_slot(monitor, 0)
    votes = [
        a_result(
            monitor,
            slot,
            region,
            outcome=LETTERS[letter],
            purpose=Purpose.VERIFICATION if place else Purpose.SCHEDULED,
            **(failure if letter == "F" else {}),
        )
        for place, (region, letter) in enumerate(zip(monitor.regions, seen, strict=False))
        if letter in LETTERS
    ]
    (only,) = rounds_of(monitor, votes)
    return only


def told(rule: Rule, seen: str, monitor: Monitor | None = None, **changes: object) -> str:
    each = a_round(seen, monitor)
    change = replace(StateChange(to_status=Status.UP, rule=rule, round=each, began=each), **changes)  # type: ignore[arg-type]
    return explain(change, monitor or a_monitor())


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_sentence(rule: Rule) -> None:
    sentence = told(rule, "FPF")
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence[-2] not in punctuation.replace(")", "")


def test_a_suspicion_says_who_failed_and_that_others_are_asked() -> None:
    assert told(Rule.SUSPECTED, "F") == (
        "The probe from eu-west-1 (nothing listens there) failed; other regions were asked to "
        "look at the same moment."
    )


def test_a_lone_region_says_how_many_failures_it_takes() -> None:
    monitor = a_monitor(regions=(EU,), policy=Policy.default_for(1))
    assert "3 failures in a row are needed" in told(Rule.SUSPECTED, "F", monitor)


def test_an_outage_says_how_many_failed_and_how_many_it_takes() -> None:
    assert told(Rule.QUORUM, "FFF") == (
        "Down: 3 of 3 regions failed (needed: 2): ap-southeast-1, eu-west-1 and us-east-1 "
        "(nothing listens there)."
    )


def test_an_outage_does_not_hide_the_region_that_saw_it_work() -> None:
    assert told(Rule.QUORUM, "FFP").endswith(", although ap-southeast-1 saw it work.")


def test_an_outage_that_took_several_rounds_says_so() -> None:
    monitor = a_monitor(policy=Policy(quorum=2, confirm_after=3))
    assert "failed in 3 rounds running (needed: 2)" in told(Rule.QUORUM, "FF", monitor)
    twice = a_monitor(policy=Policy(quorum=2, confirm_after=2, recover_after=2))
    assert "failed in 2 rounds running (needed: 2)" in told(Rule.QUORUM, "FF", twice)
    assert (
        told(Rule.RECOVERED, "P", twice) == "Up again: eu-west-1 saw it work in 2 rounds running."
    )


def test_different_reasons_are_told_region_by_region() -> None:
    eu = a_result(
        a_monitor(), a_slot(a_monitor(), 0), EU, outcome=Outcome.FAILURE, error="e", detail="a"
    )
    us = replace(eu, region=US, detail=None, error="tls_expired", purpose=Purpose.VERIFICATION)
    (both,) = rounds_of(a_monitor(), [eu, us])
    change = StateChange(to_status=Status.DOWN, rule=Rule.QUORUM, round=both, began=both)
    assert explain(change, a_monitor()).endswith("eu-west-1 (a) and us-east-1 (tls_expired).")


def test_a_dismissal_says_who_saw_it_work_and_whose_problem_it_is() -> None:
    assert told(Rule.DISMISSED, "FPP") == (
        "False alarm avoided: eu-west-1 (nothing listens there) failed, but ap-southeast-1 and "
        "us-east-1 saw it work, so the 2 of 3 failing regions needed to call it down are out of "
        "reach; it is a problem of eu-west-1 only."
    )


def test_a_dismissal_without_a_failing_vote_names_nobody() -> None:
    sentence = told(Rule.DISMISSED, "P")
    assert sentence == "False alarm avoided: the next probe from eu-west-1 worked."


def test_an_unverified_outage_says_how_many_regions_did_not_answer() -> None:
    assert told(Rule.UNVERIFIED, "Fuu") == (
        "Down: three rounds in a row failed and no probe succeeded (2 of 3 regions did not "
        "answer): eu-west-1 (nothing listens there)."
    )
    strict = a_monitor(policy=Policy(quorum=3))
    assert "(1 of 3 regions did not answer)" in told(Rule.UNVERIFIED, "FF", strict)


def test_a_contradicted_suspicion_names_who_failed_and_who_did_not() -> None:
    assert told(Rule.DISMISSED_UNVERIFIED, "FPu", failing_regions=(EU,)) == (
        "False alarm avoided: eu-west-1 (nothing listens there) failed, but probes from us-east-1 "
        "succeeded three rounds in a row; 1 of 3 regions did not answer. This is a regional "
        "problem of eu-west-1."
    )
    assert "us-east-1 failed, but probes from eu-west-1 succeeded" in told(
        Rule.DISMISSED_UNVERIFIED, "P", failing_regions=(US,)
    )
    assert told(Rule.DISMISSED_UNVERIFIED, "P") == (
        "False alarm avoided: probes from eu-west-1 succeeded three rounds in a row, although too "
        "few regions answered to verify it."
    )


def test_a_contradicted_outage_names_who_reached_it_and_who_still_does_not() -> None:
    assert told(Rule.RECOVERED_UNVERIFIED, "FPu") == (
        "Up again: probes from us-east-1 succeeded three rounds in a row, although eu-west-1 "
        "(nothing listens there) still fails (1 of 3 regions did not answer)."
    )
    assert told(Rule.RECOVERED_UNVERIFIED, "Puu") == (
        "Up again: probes from eu-west-1 succeeded three rounds in a row, although too few "
        "regions answered to verify it."
    )


def test_a_recovery_names_who_saw_it_work_and_who_still_does_not() -> None:
    assert told(Rule.RECOVERED, "PP") == "Up again: eu-west-1 and us-east-1 saw it work."
    assert told(Rule.RECOVERED, "PPF").endswith(
        "; ap-southeast-1 (nothing listens there) still fails."
    )


def test_a_region_that_recovered_leaves_the_others_named() -> None:
    sentence = told(Rule.REGION_RECOVERED, "P", failing_regions=(AP,))
    assert sentence == "The regional problem is over in eu-west-1; ap-southeast-1 still fails."
    assert told(Rule.REGION_RECOVERED, "P") == "The regional problem is over in eu-west-1."


def test_a_first_pass_says_whether_it_was_verified() -> None:
    assert told(Rule.FIRST_PASS, "P") == "Up: the first probe from eu-west-1 worked."
    assert told(Rule.FIRST_PASS, "PPP").startswith("Up: a verified probe from")
    for count, how in ((1, "the first"), (2, "a verified")):
        few = a_monitor(regions=REGIONS[:count], policy=Policy.default_for(count))
        assert told(Rule.FIRST_PASS, "PP"[:count], few).startswith(f"Up: {how} probe from")


def test_what_is_slow_is_told_with_how_slow_it_was_where_that_was_measured() -> None:
    monitor = a_monitor()
    fast, slow, silent = (
        a_result(monitor, a_slot(monitor, 0), region, latency_ms=latency_ms)
        for region, latency_ms in ((EU, 20.0), (US, 2000.0), (AP, None))
    )
    votes = [
        fast,
        replace(slow, purpose=Purpose.VERIFICATION, degraded=True),
        replace(silent, purpose=Purpose.VERIFICATION, degraded=True, detail="no h2"),
    ]
    (seen,) = rounds_of(monitor, votes)
    change = StateChange(to_status=Status.UP, rule=Rule.DEGRADED, round=seen, began=seen)
    assert explain(change, monitor) == (
        "Degraded: it works, but 2 of 3 regions find it slow or not as it should be (needed: 2): "
        "ap-southeast-1 (no h2) and us-east-1 (2000 ms)."
    )
    over = replace(change, rule=Rule.DEGRADED_OVER)
    assert explain(over, monitor) == "Not degraded any more: eu-west-1 (20 ms)."
    (unmeasured,) = rounds_of(monitor, [replace(fast, latency_ms=None)])
    assert explain(replace(over, round=unmeasured), monitor) == (
        "Not degraded any more: eu-west-1."
    )


def test_a_failure_that_nobody_described_is_told_by_its_error_or_its_outcome() -> None:
    vote = a_round("F").as_votes()[0]
    assert reason_of(replace(vote, detail=None, error="tls_expired")) == "tls_expired"
    assert reason_of(replace(vote, detail=None, error=None)) == "failure"


@pytest.mark.parametrize(
    ("names", "written"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_joined_as_a_person_would(names: list[str], written: str) -> None:
    assert format_list(names) == written


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(hours=25, seconds=7), "1 d 1 h"),
        (timedelta(seconds=86_399), "23 h 59 min"),
        (timedelta(seconds=86_400), "1 d"),
        (timedelta(seconds=3_599), "59 min 59 s"),
        (timedelta(seconds=3_600), "1 h"),
    ],
)
def test_durations_are_written_as_a_person_would(duration: timedelta, written: str) -> None:
    assert format_duration(duration) == written
