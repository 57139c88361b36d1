"""Results put together into rounds: all votes of one monitor for one slot."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Vote
from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE, verified_within
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots, slot_at
from sentinelmesh.domain.probing.region_trust import DISTRUSTED
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.unknown import SILENT_INTERVALS
from sentinelmesh.domain.verification.quorum import Verdict, judge
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK, RecoveryCheck
from sentinelmesh.domain.verification.vote import began_at, vote_of

# Results that are older by more slots than this never open or resolve anything.
LATE_SLOTS = 3
# Consecutive rounds that stay undecided although nobody contradicts: then they count.
UNVERIFIED_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """All votes for one slot, at most one per region.

    Args:
        scheduled: votes that the timetable asked for, by region.
        votes: these and the verifying ones; where a region has both, the scheduled one counts.
        between: it lies between the slots of the timetable: all regions looked at once, again at a
            suspect, or for the first time.
        asked_at: when other regions were asked, if that was only after their votes would have been
            given up: the first vote had come late.
        recovery: it lies between slots too: one region looked whether what is down works again.
        in_doubt: all regions were asked, whatever the one in turn found, or even if it is away.
    """

    monitor: Monitor
    slot: datetime
    scheduled: Mapping[str, Result]
    votes: Mapping[str, Result]
    between: bool = False
    asked_at: datetime | None = None
    recovery: RecoveryCheck | None = None
    in_doubt: bool = False

    @property
    def is_recovery(self) -> bool:
        """Whether it is a check of what is down, between the slots of the timetable."""
        return self.recovery is not None

    @property
    def is_joint(self) -> bool:
        """Whether all regions were asked from the beginning, not one in turn."""
        return self.between or (self.monitor.strategy == "all" and not self.is_recovery)

    @property
    def verdict(self) -> Verdict:
        """Judgement over the votes that are there."""
        outcomes = [vote.outcome for vote in self.votes.values()]
        regions = len(self.monitor.regions)
        return judge(outcomes, regions=regions, quorum=self.monitor.policy.quorum)

    def regions_with(self, outcome: Outcome) -> frozenset[str]:
        """Return the regions that voted so."""
        return frozenset(name for name, vote in self.votes.items() if vote.outcome is outcome)

    def scheduled_with(self, outcome: Outcome) -> frozenset[str]:
        """Return the regions whose scheduled probe ended so."""
        return frozenset(name for name, vote in self.scheduled.items() if vote.outcome is outcome)

    @property
    def is_slow(self) -> bool:
        """Return whether a vote found it degraded."""
        return any(vote.degraded for vote in self.votes.values())

    @property
    def is_silent(self) -> bool:
        """Whether nobody saw anything so far: such a round neither confirms nor dismisses."""
        return all(vote.outcome is Outcome.UNKNOWN for vote in self.votes.values())

    @property
    def _is_unasked(self) -> bool:
        """Whether no further votes will come: the one region in turn abstained."""
        return self.is_silent and not (self.is_joint or self.in_doubt)

    @property
    def counts(self) -> bool:
        """Whether it adds to a run of rounds; persistence alone is told by the timetable."""
        is_between = self.between or self.is_recovery
        is_open = is_between and self.verdict is Verdict.UNDECIDED
        return not self.is_silent and not is_open

    @property
    def missing(self) -> tuple[str, ...]:
        """Regions that have not voted yet, in the monitor's order."""
        return tuple(name for name in self.monitor.regions if name not in self.votes)

    @property
    def deadline(self) -> datetime:
        """Instant from which missing votes are not waited for any longer."""
        if self.recovery is not None:
            return self.recovery.asked_until - ARRIVAL_SLACK + verified_within(self.monitor)
        if self.is_joint:
            return self.slot + self.monitor.timeout + ARRIVAL_SLACK
        if self.asked_at is not None:
            return self.asked_at + self.monitor.timeout + VERIFICATION_GRACE
        starts = (began_at(self.monitor, vote) for vote in self.scheduled.values())
        return min(starts, default=self.slot) + verified_within(self.monitor)

    def is_complete(self, at: datetime) -> bool:
        """Return whether all votes are in that are still to be waited for."""
        return not self.missing or self._is_unasked or at >= self.deadline

    def is_final(self, at: datetime) -> bool:
        """Return whether the round may be counted.

        A confirmed outage is told at once. Everything else waits for the last vote, because which
        regions fail while others see it work must not depend on who answered first.
        """
        return self.verdict is Verdict.CONFIRMED_DOWN or self.is_complete(at)

    @property
    def in_turn(self) -> "Round":
        """The round as the timetable alone has it."""
        return replace(self, votes=self.scheduled, in_doubt=False)

    def first_with(self, outcome: Outcome) -> Result:
        """Return the vote of this outcome whose probe began first."""
        candidates = [vote for vote in self.votes.values() if vote.outcome is outcome]
        return min(candidates, key=lambda vote: (began_at(self.monitor, vote), vote.region))

    def as_votes(self) -> tuple[Vote, ...]:
        """Return the votes as the ledger keeps them, in the order of the probes."""
        ordered = sorted(self.votes.values(), key=lambda vote: (vote.started_at, vote.region))
        return tuple(vote_of(result) for result in ordered)


def rounds_of(
    monitor: Monitor,
    results: Iterable[Result],
    rechecks: Collection[datetime] = (),
    in_doubt_after: datetime | None = None,
    recovery: Mapping[datetime, RecoveryCheck] | None = None,
) -> list[Round]:
    """Group the results that may vote into rounds, oldest first.

    Results of other revisions and manual ones are no votes; verifying votes without a scheduled
    one wait for it, since it is what the round is about.

    Args:
        rechecks: slots between those of the timetable in which all regions looked at once.
        in_doubt_after: behind this slot all regions may have been asked about any slot of the
            timetable, also if the region in turn is away.
        recovery: slots between those of the timetable in which a region looked whether what is down
            works again; its vote is the one in turn.
    """
    recovery = recovery or {}

    def is_in_doubt(slot: datetime) -> bool:
        return in_doubt_after is not None and slot > in_doubt_after

    groups = _votes_by_slot(monitor, results)
    scheduled, verifying = groups[Purpose.SCHEDULED], groups[Purpose.VERIFICATION]
    # Everybody was asked at first hand: these votes raise a suspicion, and end one.
    first = groups[Purpose.FIRST_LOOK]
    scheduled |= {slot: votes for slot, votes in first.items() if slot in rechecks}
    for slot, check in recovery.items():
        if check.region in verifying.get(slot, ()):
            scheduled[slot] = {check.region: verifying[slot][check.region]}
    alone = [slot for slot in verifying if slot in rechecks or slot in recovery]
    alone += [slot for slot in verifying if is_in_doubt(slot) and is_planned(monitor, slot)]
    found = [
        Round(
            monitor=monitor,
            slot=slot,
            scheduled=scheduled.get(slot, {}),
            votes={**verifying.get(slot, {}), **scheduled.get(slot, {})},
            between=slot in rechecks,
            recovery=recovery.get(slot),
            in_doubt=is_in_doubt(slot),
        )
        for slot in sorted({*alone, *scheduled})
    ]
    return [_without_early_asks(each) for each in found]


def _votes_by_slot(
    monitor: Monitor, results: Iterable[Result]
) -> Mapping[Purpose, dict[datetime, dict[str, Result]]]:
    """Return the results that may vote, by purpose, slot and region."""
    groups: dict[Purpose, dict[datetime, dict[str, Result]]] = {each: {} for each in Purpose}
    for result in results:
        if result.revision == monitor.revision and result.region in monitor.regions:
            groups[result.purpose].setdefault(result.slot, {})[result.region] = result
    return groups


def can_be_verified(monitor: Monitor) -> bool:
    """Return whether there are regions to be asked beside the one in turn."""
    return monitor.strategy == "rotate" and len(monitor.regions) > 1


def gap_end(monitor: Monitor, slot: datetime) -> datetime:
    """Return the first slot that does not follow another one any more: three are missing."""
    return slot_at(monitor.id, monitor.interval_seconds, slot) + (
        (SILENT_INTERVALS + 1) * monitor.interval
    )


def is_planned(monitor: Monitor, slot: datetime) -> bool:
    """Return whether a slot is one of the monitor's timetable."""
    return slot_at(monitor.id, monitor.interval_seconds, slot) == slot


def _without_early_asks(each: Round) -> Round:
    """Leave out who was asked early about a probe that abstained in the end.

    An abstention has nobody asked, so nobody is waited for: votes that come all the same must not
    count by whether they came soon enough. One that is an abstention for want of trust was a
    failure when the others were asked.
    """
    if each.in_doubt or each.between or each.is_recovery or each.monitor.strategy == "all":
        return each
    abstained = all(
        vote.outcome is Outcome.UNKNOWN and vote.error != DISTRUSTED
        for vote in each.scheduled.values()
    )
    return each.in_turn if abstained else each


def late_before(monitor: Monitor, at: datetime) -> datetime:
    """Return the slot before which results are too late to open or resolve anything.

    By now every round up to `at` less one verification is decided; three slots more are allowed.
    """
    decided = at - monitor.timeout - VERIFICATION_GRACE
    return decided - LATE_SLOTS * monitor.interval


def awaited_until(
    monitor: Monitor,
    known: Iterable[datetime],
    after: datetime | None,
    slot: datetime,
    at: datetime,
    *,
    between: Mapping[datetime, datetime] | None = None,
    in_doubt_after: datetime | None = None,
) -> datetime | None:
    """Return until when an earlier slot's result may still arrive, or None when all are settled.

    Rounds are decided in the order of their slots, so that the order in which results arrive
    cannot change the ledger. A slot without a result is given up after timeout and slack.

    Args:
        known: slots that have a round.
        after: slot behind which rounds count; None means from the beginning.
        between: slots between those of the timetable that are waited for too, and until when.
        in_doubt_after: behind this slot other regions were asked too; their votes take longer.
    """
    patience = monitor.timeout + ARRIVAL_SLACK
    verified = verified_within(monitor)
    moment = timedelta(microseconds=1)
    start = max(monitor.scheduled_since, after + moment if after else monitor.scheduled_since)
    recent = max(start, at - verified + moment)
    planned = planned_slots(monitor.id, monitor.interval_seconds, recent, slot)
    given_up = {each: until for each, until in (between or {}).items() if start <= each < slot}
    seen = set(known)
    for earlier in heapq.merge(planned, sorted(given_up)):
        is_in_doubt = in_doubt_after is not None and earlier > in_doubt_after
        until = given_up.get(earlier, earlier + (verified if is_in_doubt else patience))
        if earlier not in seen and until > at:
            return until
    return None
