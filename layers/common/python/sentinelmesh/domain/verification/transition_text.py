"""One plain sentence for each transition: what was seen, and why that decided."""

from collections.abc import Callable, Mapping, Sequence

from sentinelmesh.domain.incidents.incident import Status, Vote
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.humanize import format_list
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.quorum import Verdict

BEGINS_TO_FLAP = (
    "Flapping: more than five changes between up and down within half an hour. Further ones are "
    "kept in the incident, and nobody is told of them until it has been stable for half an hour. "
    "The last:"
)


def explain(change: StateChange, monitor: Monitor) -> str:
    """Say in one sentence why a transition happened.

    Written for somebody who does not know the code; region names and reasons are facts of the
    deciding round, everything else is the policy's.
    """
    return _SENTENCES[change.rule](change, monitor)


def reason_of(vote: Vote) -> str:
    """Return what went wrong in a vote."""
    return vote.detail or vote.error or vote.outcome.value


def _votes(change: StateChange, outcome: Outcome) -> list[Vote]:
    votes = change.round.as_votes() if change.round else ()
    return [vote for vote in votes if vote.outcome is outcome]


def _regions(votes: Sequence[Vote]) -> str:
    return format_list(sorted(vote.region for vote in votes))


def _explain_failures(votes: Sequence[Vote]) -> str:
    """Return who saw which failure, telling a common reason once."""
    reasons = {reason_of(vote) for vote in votes}
    if len(reasons) == 1:
        return f"{_regions(votes)} ({reasons.pop()})"
    return format_list(f"{vote.region} ({reason_of(vote)})" for vote in votes)


def _explain_suspicion(change: StateChange, monitor: Monitor) -> str:
    seen = _explain_failures(_votes(change, Outcome.FAILURE))
    if len(monitor.regions) == 1:
        after = monitor.policy.confirm_after
        return (
            f"The probe from {seen} failed; {after} failures in a row are needed to call it down."
        )
    return f"The probe from {seen} failed; other regions were asked to look at the same moment."


def _failing_in_grace(change: StateChange, monitor: Monitor) -> str:
    failing = _explain_failures(_votes(change, Outcome.FAILURE))
    return (
        f"The probe from {failing} failed; nobody is alerted before the grace period ends at "
        f"{monitor.grace_ends_at:%Y-%m-%d %H:%M} UTC."
    )


def _explain_dismissal(change: StateChange, monitor: Monitor) -> str:
    failing, passing = _votes(change, Outcome.FAILURE), _votes(change, Outcome.SUCCESS)
    if not failing:
        return f"False alarm avoided: the next probe from {_regions(passing)} worked."
    needed = monitor.policy.quorum
    return (
        f"False alarm avoided: {_explain_failures(failing)} failed, but {_regions(passing)} saw "
        f"it work, so the {needed} of {len(monitor.regions)} failing regions needed to call it "
        f"down are out of reach; it is a problem of {_regions(failing)} only."
    )


def _explain_unverified_dismissal(change: StateChange, monitor: Monitor) -> str:
    passing, failing = _votes(change, Outcome.SUCCESS), _votes(change, Outcome.FAILURE)
    worked = f"probes from {_regions(passing)} succeeded three rounds in a row"
    if not change.failing_regions:
        return f"False alarm avoided: {worked}, although too few regions answered to verify it."
    failed = _explain_failures(failing) or format_list(change.failing_regions)
    return (
        f"False alarm avoided: {failed} failed, but {worked}; {_absent(change, monitor)}. "
        f"This is a regional problem of {format_list(change.failing_regions)}."
    )


def _explain_lapse(_change: StateChange, _monitor: Monitor) -> str:
    return (
        "Given up: no region could check it in the three slots after the failure, so the failure "
        "was neither confirmed nor dismissed."
    )


def _quorum(change: StateChange, monitor: Monitor) -> str:
    failing, passing = _votes(change, Outcome.FAILURE), _votes(change, Outcome.SUCCESS)
    rounds = monitor.policy.confirm_after
    repeated = f" in {rounds} rounds running" if rounds > 1 else ""
    others = f", although {_regions(passing)} saw it work" if passing else ""
    return (
        f"Down: {len(failing)} of {len(monitor.regions)} regions failed{repeated} "
        f"(needed: {monitor.policy.quorum}): {_explain_failures(failing)}{others}."
    )


def _explain_unverified(change: StateChange, monitor: Monitor) -> str:
    failing = _explain_failures(_votes(change, Outcome.FAILURE))
    return (
        "Down: three rounds in a row failed and no probe succeeded "
        f"({_absent(change, monitor)}): {failing}."
    )


def _absent(change: StateChange, monitor: Monitor) -> str:
    """Format why a round had no quorum."""
    silent = len(monitor.regions) - len(
        _votes(change, Outcome.FAILURE) + _votes(change, Outcome.SUCCESS)
    )
    return f"{silent} of {len(monitor.regions)} regions did not answer" if silent else "no quorum"


def _explain_recovery(change: StateChange, monitor: Monitor) -> str:
    failing, passing = _votes(change, Outcome.FAILURE), _votes(change, Outcome.SUCCESS)
    still = f"; {_explain_failures(failing)} still fails" if failing else ""
    rounds = monitor.policy.recover_after
    repeated = f" in {rounds} rounds running" if rounds > 1 else ""
    return f"Up again: {_regions(passing)} saw it work{repeated}{still}."


def _explain_unverified_recovery(change: StateChange, monitor: Monitor) -> str:
    passing, failing = _votes(change, Outcome.SUCCESS), _votes(change, Outcome.FAILURE)
    worked = f"Up again: probes from {_regions(passing)} succeeded three rounds in a row"
    if not failing:
        return f"{worked}, although too few regions answered to verify it."
    return (
        f"{worked}, although {_explain_failures(failing)} still fails ({_absent(change, monitor)})."
    )


def _first_pass(change: StateChange, monitor: Monitor) -> str:
    passing = _regions(_votes(change, Outcome.SUCCESS))
    verified = change.round is not None and change.round.verdict is Verdict.DISMISSED
    how = "a verified" if verified and len(monitor.regions) > 1 else "the first"
    return f"Up: {how} probe from {passing} worked."


def _region_recovered(change: StateChange, _monitor: Monitor) -> str:
    passing = _regions(_votes(change, Outcome.SUCCESS))
    left = format_list(change.failing_regions)
    still = f"; {left} still fails" if left else ""
    return f"The regional problem is over in {passing}{still}."


def _regional(change: StateChange, _monitor: Monitor) -> str:
    failing = _votes(change, Outcome.FAILURE)
    return f"Regional: {_explain_failures(failing)} failed again, while other regions see it work."


def _explain_degraded(change: StateChange, monitor: Monitor) -> str:
    slow = [vote for vote in _votes(change, Outcome.SUCCESS) if vote.degraded]
    return (
        f"Degraded: it works, but {len(slow)} of {len(monitor.regions)} regions find it slow or "
        f"not as it should be (needed: {monitor.policy.quorum}): {format_list(map(_pace, slow))}."
    )


def _explain_end_of_degraded(change: StateChange, _monitor: Monitor) -> str:
    fine = [vote for vote in _votes(change, Outcome.SUCCESS) if not vote.degraded]
    return f"Not degraded any more: {format_list(map(_pace, fine))}."


def _pace(vote: Vote) -> str:
    """Return what was slow about a vote."""
    took = "" if vote.latency_ms is None else f" ({vote.latency_ms:.0f} ms)"
    return f"{vote.region} ({vote.detail})" if vote.detail else f"{vote.region}{took}"


def _blind(change: StateChange, _monitor: Monitor) -> str:
    why = change.blindness
    since = f" since {why.since:%Y-%m-%d %H:%M} UTC ({why.detail})" if why else ""
    said = f"No region has been able to check it{since}."
    return f"{said} The outage stays open." if change.to_status is Status.DOWN else said


def _explain_end_of_blindness(change: StateChange, _monitor: Monitor) -> str:
    failing, passing = _votes(change, Outcome.FAILURE), _votes(change, Outcome.SUCCESS)
    if change.to_status is Status.DOWN:
        return f"It can be checked again, and is still down: {_explain_failures(failing)} failed."
    return f"It can be checked again: up, as seen from {_regions(passing)}."


_SENTENCES: Mapping[Rule, Callable[[StateChange, Monitor], str]] = {
    Rule.FIRST_PASS: _first_pass,
    Rule.FAILING_IN_GRACE: _failing_in_grace,
    Rule.SUSPECTED: _explain_suspicion,
    Rule.DISMISSED: _explain_dismissal,
    Rule.DISMISSED_UNVERIFIED: _explain_unverified_dismissal,
    Rule.REGION_RECOVERED: _region_recovered,
    Rule.QUORUM: _quorum,
    Rule.LAPSED: _explain_lapse,
    Rule.UNVERIFIED: _explain_unverified,
    Rule.RECOVERED: _explain_recovery,
    Rule.RECOVERED_UNVERIFIED: _explain_unverified_recovery,
    Rule.MAINTENANCE: lambda _change, _monitor: (
        "A maintenance window began before the failure was confirmed: what fails in it opens no "
        "incident."
    ),
    Rule.REGIONAL: _regional,
    Rule.DEGRADED: _explain_degraded,
    Rule.DEGRADED_OVER: _explain_end_of_degraded,
    Rule.STABLE: lambda change, _monitor: (
        "Stable again: it has been "
        f"{'down' if change.to_status is Status.DOWN else 'up'} without a change for half an hour."
    ),
    Rule.BLIND: _blind,
    Rule.JUDGED_AGAIN: _explain_end_of_blindness,
    Rule.EDITED: lambda _change, _monitor: (
        "The monitor was edited while a failure was being verified: its old results no longer vote."
    ),
    Rule.PAUSED: lambda _change, _monitor: "The monitor was paused.",
    Rule.RESUMED: lambda _change, _monitor: "The monitor was resumed; its grace period began.",
    Rule.DELETED: lambda _change, _monitor: "The monitor was deleted.",
}
