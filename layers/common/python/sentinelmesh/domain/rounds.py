"""Results put together into rounds: all votes of one monitor for one slot."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.incident import Vote
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.quorum import Verdict, judge
from sentinelmesh.domain.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.result import Outcome, Purpose, Result
from sentinelmesh.domain.schedule import expires_at, planned_slots
from sentinelmesh.domain.trust import DISTRUSTED

# How long, beyond the timeout of a probe, the votes of other regions are waited for.
VERIFICATION_GRACE = timedelta(seconds=30)
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
        between: it lies between the slots of the timetable: a suspect was checked again, by all
            regions at once.
        asked_at: when other regions were asked, if that was only after their votes would have been
            given up: the first vote had come late.
    """

    monitor: Monitor
    slot: datetime
    scheduled: Mapping[str, Result]
    votes: Mapping[str, Result]
    between: bool = False
    asked_at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """Judgement over the votes that are there."""
        outcomes = [vote.outcome for vote in self.votes.values()]
        regions = len(self.monitor.regions)
        return judge(outcomes, regions=regions, quorum=self.monitor.policy.quorum)

    def regions_with(self, outcome: Outcome) -> frozenset[str]:
        """Name the regions that voted so."""
        return frozenset(name for name, vote in self.votes.items() if vote.outcome is outcome)

    def scheduled_with(self, outcome: Outcome) -> frozenset[str]:
        """Name the regions whose scheduled probe ended so."""
        return frozenset(name for name, vote in self.scheduled.items() if vote.outcome is outcome)

    @property
    def is_slow(self) -> bool:
        """Say whether a vote found it degraded."""
        return any(vote.degraded for vote in self.votes.values())

    @property
    def is_silent(self) -> bool:
        """Whether nobody saw anything so far: such a round neither confirms nor dismisses."""
        return all(vote.outcome is Outcome.UNKNOWN for vote in self.votes.values())

    @property
    def _is_unasked(self) -> bool:
        """Whether no further votes will come: the one region in turn abstained."""
        return self.monitor.strategy == "rotate" and self.is_silent and not self.between

    @property
    def counts(self) -> bool:
        """Whether it adds to a run of rounds; persistence alone is told by the timetable."""
        is_open = self.between and self.verdict is Verdict.UNDECIDED
        return not self.is_silent and not is_open

    @property
    def missing(self) -> tuple[str, ...]:
        """Regions that have not voted yet, in the monitor's order."""
        return tuple(name for name in self.monitor.regions if name not in self.votes)

    @property
    def deadline(self) -> datetime:
        """Instant from which missing votes are not waited for any longer."""
        if self.monitor.strategy == "all" or self.between:
            return self.slot + self.monitor.timeout + ARRIVAL_SLACK
        if self.asked_at is not None:
            return self.asked_at + self.monitor.timeout + VERIFICATION_GRACE
        began = min(began_at(self.monitor, vote) for vote in self.scheduled.values())
        return began + 2 * self.monitor.timeout + VERIFICATION_GRACE

    def is_complete(self, at: datetime) -> bool:
        """Say whether all votes are in that are still to be waited for."""
        return not self.missing or self._is_unasked or at >= self.deadline

    def is_final(self, at: datetime) -> bool:
        """Say whether the round may be counted.

        A confirmed outage is told at once. Everything else waits for the last vote, because which
        regions fail while others see it work must not depend on who answered first.
        """
        return self.verdict is Verdict.CONFIRMED_DOWN or self.is_complete(at)

    def first_with(self, outcome: Outcome) -> Result:
        """Give the vote of this outcome whose probe began first."""
        candidates = [vote for vote in self.votes.values() if vote.outcome is outcome]
        return min(candidates, key=lambda vote: (began_at(self.monitor, vote), vote.region))

    def as_votes(self) -> tuple[Vote, ...]:
        """Give the votes as the ledger keeps them, in the order of the probes."""
        ordered = sorted(self.votes.values(), key=lambda vote: (vote.started_at, vote.region))
        return tuple(vote_of(result) for result in ordered)


def vote_of(result: Result) -> Vote:
    """Keep of a result what explains its vote."""
    return Vote(
        region=result.region,
        outcome=result.outcome,
        purpose=result.purpose,
        started_at=result.started_at,
        error=result.error,
        detail=result.detail,
        status_code=result.status_code,
        latency_ms=result.latency_ms,
        timings=result.timings,
        degraded=result.degraded,
        remote_address=result.remote_address,
        tls_fingerprint=result.tls_fingerprint,
    )


def began_at(monitor: Monitor, vote: Result) -> datetime:
    """Give the start of a probe, kept within its slot's lifetime.

    A prober whose clock is wrong by minutes must not move an outage by minutes.
    """
    latest = max(vote.scheduled_at, expires_at(vote.slot, monitor.interval_seconds))
    return min(max(vote.started_at, vote.slot), latest)


def rounds_of(
    monitor: Monitor, results: Iterable[Result], rechecks: Collection[datetime] = ()
) -> list[Round]:
    """Group the results that may vote into rounds, oldest first.

    Results of other revisions and manual ones are no votes; verifying votes without a scheduled
    one wait for it, since it is what the round is about.

    Args:
        rechecks: slots between those of the timetable in which a suspect was checked again.
    """
    scheduled: dict[datetime, dict[str, Result]] = {}
    verifying: dict[datetime, dict[str, Result]] = {}
    groups = {Purpose.SCHEDULED: scheduled, Purpose.VERIFICATION: verifying}
    for result in results:
        group = groups.get(result.purpose)
        entitled = result.revision == monitor.revision and result.region in monitor.regions
        if group is not None and entitled:
            group.setdefault(result.slot, {})[result.region] = result
    again = {slot: votes for slot, votes in verifying.items() if slot in rechecks}
    return [
        Round(
            monitor=monitor,
            slot=slot,
            scheduled=votes,
            votes=_counted(monitor, votes, verifying.get(slot, {})),
            between=slot in again,
        )
        for slot, votes in sorted((again | scheduled).items())
    ]


def _counted(
    monitor: Monitor, scheduled: Mapping[str, Result], verifying: Mapping[str, Result]
) -> Mapping[str, Result]:
    """Leave out who was asked early about a probe that abstained in the end.

    An abstention has nobody asked, so nobody is waited for: votes that come all the same must not
    count by whether they came soon enough. One that is an abstention for want of trust was a
    failure when the others were asked.
    """
    abstained = all(
        vote.outcome is Outcome.UNKNOWN and vote.error != DISTRUSTED for vote in scheduled.values()
    )
    if monitor.strategy == "rotate" and abstained:
        return scheduled
    return {**verifying, **scheduled}


def late_before(monitor: Monitor, at: datetime) -> datetime:
    """Give the slot before which results are too late to open or resolve anything.

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
    rechecks: Iterable[datetime] = (),
) -> datetime | None:
    """Say until when an earlier slot's result may still arrive, or None when all are settled.

    Rounds are decided in the order of their slots, so that the order in which results arrive
    cannot change the ledger. A slot without a result is given up after timeout and slack.

    Args:
        known: slots that have a round.
        after: slot behind which rounds count; None means from the beginning.
        rechecks: slots between those of the timetable that are waited for likewise.
    """
    patience = monitor.timeout + ARRIVAL_SLACK
    start = max(at - patience + timedelta(microseconds=1), monitor.scheduled_since)
    if after is not None:
        start = max(start, after + timedelta(microseconds=1))
    seen = set(known)
    planned = planned_slots(monitor.id, monitor.interval_seconds, start, slot)
    between = (each for each in rechecks if start <= each < slot)
    for earlier in heapq.merge(planned, between):
        if earlier not in seen:
            return earlier + patience
    return None
