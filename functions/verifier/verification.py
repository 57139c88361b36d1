"""Asking other regions: verification probes for the very slot that is in doubt."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinelmesh.checks import CheckQueues, check_of
from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.values.instant import text
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.messages import CheckMessage, EvaluationMessage, encode
from sentinelmesh.observability import logger
from sentinelmesh.queue_sender import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SOON = timedelta(seconds=5)
MAX_DELAY = 900  # Source: SQS's limit for DelaySeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What is left to do once the transitions of a monitor are committed.

    Args:
        checks: verification probes that other regions are asked for.
        wake_at: when to evaluate again even if no further result arrives.
    """

    monitor_id: str
    checks: tuple[CheckMessage, ...] = ()
    wake_at: datetime | None = None


def verification_checks(
    monitor: Monitor, asks: Iterable[VerificationRequest], at: datetime
) -> tuple[CheckMessage, ...]:
    """Build the verification probes that a decision asks for."""
    due = (at, at + VERIFICATION_GRACE)
    return tuple(
        check_of(monitor, region, ask.purpose, ask.slot, due)
        for ask in asks
        for region in ask.regions
    )


class ReevaluationQueue:
    """Wakes the verifier for a monitor later, when no further result may come to do so."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def set(self, wake_ats: Mapping[str, datetime]) -> frozenset[str]:
        """Have monitors evaluated at an instant each, or soon after.

        Cost: one request per ten monitors.

        Returns:
            The monitors whose message the queue did not take.
        """
        left = send_all(
            self._client,
            self._queue_url,
            sorted(wake_ats),
            lambda each: (encode(EvaluationMessage(monitor_id=each)), self._delay(wake_ats[each])),
            lambda count, reason: logger().error("alarms_not_set", monitors=count, reason=reason),
        )
        return frozenset(left)

    def hand_over(self, monitor_ids: Iterable[str]) -> frozenset[str]:
        """Have monitors evaluated soon by others; give those that the queue did not take.

        A stream goes on only when its oldest record is done with; a queue has many readers.
        """
        soon = self._clock() + SOON
        return self.set(dict.fromkeys(monitor_ids, soon))

    def _delay(self, wake_at: datetime) -> int:
        wait = (wake_at - self._clock()) // timedelta(seconds=1) + 1
        return min(max(wait, 0), MAX_DELAY)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Carries out what is left to do after a batch of evaluations, for all its monitors together.

    Everything here follows from what is committed: a process that dies before it is done has its
    batch delivered again, and the evaluation repeats what was left.
    """

    queues: CheckQueues
    alarm: ReevaluationQueue
    clock: Callable[[], datetime]

    def carry_out(self, follow_ups: Collection[FollowUp]) -> frozenset[str]:
        """Ask other regions, then set the alarms; what no queue took is asked for again soon.

        Returns:
            The monitors whose alarm could not be set: they have to be evaluated again.
        """
        unsent = self.queues.send(check for each in follow_ups for check in each.checks)
        wake_ats = {each.monitor_id: each.wake_at for each in follow_ups if each.wake_at}
        again_at = self.clock() + SOON
        for monitor_id in {check.monitor_id for check in unsent}:
            wake_ats[monitor_id] = min(again_at, wake_ats.get(monitor_id, again_at))
        _log(follow_ups)
        return self.alarm.set(wake_ats)


def _log(follow_ups: Iterable[FollowUp]) -> None:
    for each in follow_ups:
        regions: dict[tuple[datetime, Purpose], list[str]] = {}
        for check in each.checks:
            regions.setdefault((check.slot, check.purpose), []).append(check.region)
        for (slot, purpose), asked in regions.items():
            logger().info(
                "verification_requested",
                monitor_id=each.monitor_id,
                monitor_name=each.checks[0].monitor_name,
                slot=text(slot),
                purpose=purpose,
                regions=asked,
            )
