"""A decision laid open for somebody who does not know the code: votes, policy, rule, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sentinelmesh.domain.alerts.alert import Alert, AlertState
from sentinelmesh.domain.incidents.incident import UNKNOWN, Incident, IncidentState, Vote
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Timings
from sentinelmesh.domain.values.humanize import format_duration
from sentinelmesh.domain.verification.monitor_state import Rule, Transition
from sentinelmesh.domain.verification.transition_text import reason_of

NOBODY = "Nobody: no channel takes what is told of this monitor."
# Decisions by which nobody was woken although a probe had failed.
AVOIDING = frozenset({Rule.DISMISSED, Rule.DISMISSED_UNVERIFIED})

RULES: Mapping[Rule, str] = {
    Rule.FIRST_PASS: "A new or resumed monitor is up with its first probe that works.",
    Rule.FAILING_IN_GRACE: "Failures of a monitor that has never worked alert nobody until its "
    "grace period ends; an outage that follows began with the first of them.",
    Rule.SUSPECTED: "A failing scheduled probe is only a suspicion: other regions are asked about "
    "the same moment, and nobody is told.",
    Rule.DISMISSED: "So many regions saw it work in the same moment that a quorum of failures is "
    "out of reach.",
    Rule.DISMISSED_UNVERIFIED: "Probes succeeded in three rounds in a row without a quorum of "
    "failures: regions that failed in them have a regional problem.",
    Rule.LAPSED: "Rounds count together only if fewer than three slots are missing between them; "
    "what fails after a longer gap raises a new suspicion.",
    Rule.REGION_RECOVERED: "A region that was known to fail saw it work.",
    Rule.QUORUM: "A quorum of regions failed in the same moment, in as many rounds as the policy "
    "wants.",
    Rule.UNVERIFIED: "Three rounds in a row failed and no probe succeeded in any of them: a mesh "
    "that has lost regions still finds outages.",
    Rule.RECOVERED: "The same quorum that it takes to call it down saw it work.",
    Rule.RECOVERED_UNVERIFIED: "Probes succeeded in three rounds in a row without a quorum of "
    "failures.",
    Rule.MAINTENANCE: "Probing goes on in a maintenance window, but its slots raise no suspicion "
    "and confirm none; what is still down at its end is found then.",
    Rule.REGIONAL: "A region that failed alone failed again in its next turn: that is no blip, and "
    "the policy asks for incidents of one region.",
    Rule.DEGRADED: "Two rounds running were degraded, and a quorum of regions agreed about the "
    "second one.",
    Rule.DEGRADED_OVER: "Two rounds running were as they should be, and so many regions agreed "
    "that a quorum of degraded ones is out of reach.",
    Rule.STABLE: "Half an hour without a change between up and down ends flapping.",
    Rule.BLIND: "Nobody has been able to judge it for three intervals and at least ten minutes.",
    Rule.JUDGED_AGAIN: "A region was able to judge it again.",
    Rule.EDITED: "An edit takes old results their vote: what they began is over.",
    Rule.PAUSED: "Somebody paused it.",
    Rule.RESUMED: "Somebody resumed it.",
    Rule.DELETED: "Somebody deleted it.",
}

_PHASES = {"dns_ms": "DNS", "connect_ms": "connect", "tls_ms": "TLS", "ttfb_ms": "first byte"}
_OUTCOMES = {
    Outcome.SUCCESS: "saw it work",
    Outcome.FAILURE: "saw it fail",
    Outcome.UNKNOWN: "could not tell",
}
_PURPOSES = {
    Purpose.SCHEDULED: "as scheduled",
    Purpose.FIRST_LOOK: "at once, after a change",
    Purpose.VERIFICATION: "asked to verify",
    Purpose.MANUAL: "asked by hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What led to a transition, each part a sentence.

    Args:
        votes: one for each region that voted, in the order of their probes.
        policy: None where no policy was asked: pause, resume, delete.
        avoided: whether an alarm was avoided that a single failing probe would have raised.
    """

    summary: str
    votes: tuple[str, ...]
    rule: str
    policy: str | None
    avoided: bool


def explanation_of(transition: Transition) -> Explanation:
    """Lay open one row of the decision ledger."""
    return Explanation(
        summary=transition.sentence,
        votes=tuple(vote_in_words(vote) for vote in transition.votes),
        rule=RULES[transition.rule],
        policy=policy_in_words(transition.policy) if transition.policy else None,
        avoided=transition.rule in AVOIDING,
    )


def policy_in_words(policy: Policy) -> str:
    """Return what it takes to change a monitor's status.

    >>> policy_in_words(Policy(quorum=2, recover_after=3))
    'Down when 2 regions fail in the same round; up again after 3 such rounds that work.'
    >>> policy_in_words(Policy(quorum=1, confirm_after=3))
    'Down when 1 region fails in 3 rounds running; up again after 1 such round that works.'
    """
    regions = "1 region fails" if policy.quorum == 1 else f"{policy.quorum} regions fail"
    after = policy.confirm_after
    rounds = "in the same round" if after == 1 else f"in {after} rounds running"
    again = (
        "1 such round that works"
        if policy.recover_after == 1
        else f"{policy.recover_after} such rounds that work"
    )
    return f"Down when {regions} {rounds}; up again after {again}."


def vote_in_words(vote: Vote) -> str:
    """Return what one region saw, when, why it says so, and how long each phase took."""
    moment = vote.started_at.astimezone(UTC).strftime("%H:%M:%S")
    words = f"{vote.region}, {_PURPOSES[vote.purpose]} at {moment} UTC, {_OUTCOMES[vote.outcome]}"
    if vote.latency_ms is not None:
        words += f" after {vote.latency_ms:.0f} ms"
    if vote.degraded:
        words += f", degraded: {vote.detail}" if vote.detail else ", degraded"
    if vote.outcome is not Outcome.SUCCESS:
        words += f": {reason_of(vote)}"
    phases = _phases(vote.timings) if vote.timings else ""
    return f"{words} ({phases})." if phases else f"{words}."


def _phases(timings: Timings) -> str:
    taken = {each.name: getattr(timings, each.name) for each in fields(timings)}
    named = ((name, taken[key]) for key, name in _PHASES.items())
    return ", ".join(f"{name} {spent:.0f} ms" for name, spent in named if spent is not None)


def story_of(incident: Incident, decisions: Iterable[Transition], alerts: Iterable[Alert]) -> str:
    """Tell an incident from its first failing probe to its end, as plain text.

    Args:
        decisions: those about it, oldest first, the suspicion that led to it included.
        alerts: who was to be told, and what became of it.
    """
    lines = [f"{incident.monitor_name} ({incident.target})", _course(incident)]
    for row in decisions:
        told = explanation_of(row)
        lines += [
            "",
            f"{_clock(row.at)}  {row.from_status} -> {row.to_status}",
            f"  {row.sentence}",
        ]
        lines += [f"  - {vote}" for vote in told.votes]
        lines += [f"  Rule {row.rule}: {told.rule}"]
        lines += [f"  Policy: {told.policy}"] if told.policy else []
    lines += ["", "Who was told"]
    lines += [f"  - {alert_in_words(each)}" for each in _in_time(alerts)] or [f"  {NOBODY}"]
    return "\n".join(lines) + "\n"


def _in_time(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda each: (each.sent_at or each.created_at, each.key))


def alert_in_words(alert: Alert) -> str:
    """Return what became of one message, or why there is none (yet)."""
    which = f"{alert.kind} to {alert.channel_kind} {alert.channel_id}"
    because = f": {alert.answer}" if alert.answer else ""
    match alert.state:
        case AlertState.SENT if alert.sent_at is not None:
            return f"{which}, sent at {_clock(alert.sent_at)}{because}"
        case AlertState.SUPPRESSED:
            return f"{which}, held back{because}"
        case AlertState.DEAD:
            return f"{which}, given up after {alert.attempts} attempts{because}"
    if alert.parent:
        return f"{which}, waits while {alert.parent} is down, on which it depends"
    return f"{which}, not sent yet, due at {_clock(alert.due_at)}{because}"


def _course(incident: Incident) -> str:
    found = format_duration(incident.confirmed_at - incident.opened_at)
    what = "Unknown" if incident.severity == UNKNOWN else "Down"
    began = f"{what} since {_clock(incident.opened_at)}, confirmed {found} later"
    if incident.resolved_at is None:
        return f"{began}; still open."
    ended = "resolved" if incident.state is IncidentState.RESOLVED else "cancelled"
    lasted = format_duration(incident.resolved_at - incident.opened_at)
    return f"{began}; {ended} at {_clock(incident.resolved_at)} after {lasted}."


def _clock(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
