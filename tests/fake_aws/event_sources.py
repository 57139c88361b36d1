"""Event sources as Lambda reads them: queues and the clock; streams have their own module."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.fake_aws.functions import Lambdas, failed_identifiers
from tests.fake_aws.hub import Hub
from tests.fake_aws.queues import Message, Queue
from tests.fake_aws.streams import PROMPT
from tests.simulation.faults import Fate

QUEUE_BATCH = 10


@dataclass
class QueueSource:
    """Feeds a queue to a function, several batches at once.

    Args:
        is_paused: nothing is delivered for a while: the region's Lambda is away.
        on_late: told of each message that is delivered long after it was due, or again.
    """

    hub: Hub
    fate: Fate
    lambdas: Lambdas
    queue: Queue
    arn: str
    function: str
    most_at_once: int = 4
    is_paused: bool = False
    on_late: Callable[[Message], None] = lambda _message: None
    _running: int = 0

    def __post_init__(self) -> None:
        self.queue.listeners.append(self._expect)

    def _expect(self, when: datetime) -> None:
        self.hub.at(when + timedelta(seconds=self.fate.delay(in_queue=True)), self.poll)

    def poll(self) -> None:
        """Take a batch, if there is one and somebody free to handle it."""
        if self.is_paused or self._running >= self.most_at_once:
            return
        batch = self.queue.receive(self.hub.now, self.fate.chance.randint(1, QUEUE_BATCH))
        if not batch:
            return
        self._running += 1
        for message in batch:
            if self.hub.now - message.due_at > PROMPT:
                self.on_late(message)
            if self.fate.happens("overlap"):
                message.visible_at = self.hub.now + timedelta(seconds=self.fate.delay())
            self._expect(message.visible_at)
        self.lambdas.invoke(
            self.function, self._event(batch), lambda answer: self._done(batch, answer)
        )
        self.hub.at(self.hub.now, self.poll)

    def _done(self, batch: Sequence[Message], answer: Any) -> None:
        self._running -= 1
        failures = failed_identifiers(answer)
        for message in batch:
            well = failures is not None and message.message_id not in failures
            if well and not self.fate.happens("duplicate"):
                self.queue.delete(message)
        self.hub.at(self.hub.now, self.poll)

    def _event(self, batch: Sequence[Message]) -> dict[str, Any]:
        return {
            "Records": [
                {
                    "messageId": each.message_id,
                    "receiptHandle": each.receipt,
                    "body": each.body,
                    "eventSource": "aws:sqs",
                    "eventSourceARN": self.arn,
                    "attributes": {"ApproximateReceiveCount": str(each.receives)},
                }
                for each in batch
            ]
        }


@dataclass
class Rule:
    """Fires each minute, or so, as EventBridge does: late, twice, or not at all.

    Args:
        event: what the function gets; None means EventBridge's own event with its time.
        every: so many minutes lie between its minutes.
        at: minute of the hour at which it fires first.
        is_idle: says of a minute that nothing is due around it: time jumps over it.
    """

    hub: Hub
    fate: Fate
    lambdas: Lambdas
    function: str
    event: Mapping[str, Any] | None = None
    is_off: bool = False
    every: int = 1
    at: int = 0
    is_idle: Callable[[datetime], bool] = lambda _minute: False

    def start(self) -> None:
        """Begin at its next minute."""
        minute = self.hub.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        minute += timedelta(minutes=(self.at - minute.minute) % self.every)
        self.hub.at(minute, lambda: self._fire(minute))

    def _fire(self, minute: datetime) -> None:
        if self.is_off:
            return
        following = minute + timedelta(minutes=self.every)
        self.hub.at(following, lambda: self._fire(following))
        fate = self.fate
        if self.is_idle(minute) or fate.happens("missed_tick"):
            return
        late = fate.chance.uniform(0, 55) if fate.happens("late_tick") else fate.delay()
        self._deliver(minute, late)
        if fate.happens("duplicate_tick"):
            self._deliver(minute, late + fate.chance.choice((0.0, 3.0, 360.0)))
        if fate.happens("stale_tick"):
            self._deliver(minute - timedelta(days=1), late)

    def _deliver(self, minute: datetime, seconds: float) -> None:
        event = self.event or {"time": f"{minute:%Y-%m-%dT%H:%M:%SZ}", "source": "aws.events"}

        def invoke() -> None:
            # What waits for no answer is kept by Lambda until there is room for it.
            if self.lambdas.is_full():
                self.hub.after(1.0, invoke)
            else:
                self.lambdas.start(self.function, event, lambda _answer: None)

        self.hub.after(seconds, invoke)
