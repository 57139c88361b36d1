"""Queues in memory, standard and FIFO, with delay, visibility, dedup and dead letters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fake_aws.refusals import refusal

FIFO_DEDUP = timedelta(minutes=5)
MAX_ENTRIES = 10
MAX_DELAY = 900
# Of one message, and of all messages of a batch together.
# Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_BYTES = 1024 * 1024


@dataclass
class Message:
    """One message on its way.

    Args:
        due_at: when it can be received for the first time.
        visible_at: from when it can be received: its delay, or the end of its visibility timeout.
    """

    message_id: str
    body: str
    sent_at: datetime
    due_at: datetime
    visible_at: datetime
    group: str | None = None
    receives: int = 0

    @property
    def receipt(self) -> str:
        """What names the latest receive of it: each receive gives another one."""
        return f"{self.message_id}#{self.receives}"


@dataclass
class Queue:
    """One queue and its rules.

    Args:
        listeners: told when something came that can be received from a moment on.
        most_receives: a message received more often than this goes to the dead letters.
    """

    name: str
    fifo: bool = False
    visibility: timedelta = timedelta(seconds=180)
    retention: timedelta = timedelta(days=4)
    most_receives: int = 5
    dead: "Queue | None" = None
    messages: list[Message] = field(default_factory=list)
    listeners: list[Callable[[datetime], None]] = field(default_factory=list)
    expired: int = 0
    _seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _attempts: dict[str, list[Message]] = field(default_factory=dict)
    _count: int = 0

    def send(self, body: str, now: datetime, asked: Mapping[str, Any]) -> str:
        """Take a message; a FIFO queue drops a second one of the same name within five minutes."""
        self._check(body, asked)
        group = asked.get("MessageGroupId")
        if self.fifo:
            name = (str(group), str(asked["MessageDeduplicationId"]))
            seen = self._seen.get(name)
            if seen is not None and now - seen < FIFO_DEDUP:
                return "duplicate"
            self._seen[name] = now
        self._count += 1
        delay = timedelta(seconds=asked.get("DelaySeconds", 0))
        message = Message(f"{self.name}-{self._count}", body, now, now + delay, now + delay, group)
        self.take_in(message)
        return message.message_id

    def _check(self, body: str, asked: Mapping[str, Any]) -> None:
        if not 1 <= len(body.encode()) <= MAX_BYTES:
            raise refusal("InvalidParameterValue", f"a message has 1 to {MAX_BYTES} bytes")
        if not 0 <= asked.get("DelaySeconds", 0) <= MAX_DELAY:
            raise refusal("InvalidParameterValue", f"a delay is at most {MAX_DELAY} s")
        if self.fifo and "MessageGroupId" not in asked:
            raise refusal("MissingParameter", "a FIFO queue takes a group")
        if self.fifo and ("DelaySeconds" in asked or "MessageDeduplicationId" not in asked):
            raise refusal("InvalidParameterValue", "a FIFO queue takes a name and no delay")
        if not self.fifo and "MessageGroupId" in asked:
            raise refusal("InvalidParameterValue", "groups are for FIFO queues here")

    def take_in(self, message: Message) -> None:
        """Add a message, and say from when it can be received."""
        self.messages.append(message)
        self._announce(message)

    def _announce(self, message: Message) -> None:
        for listener in self.listeners:
            listener(message.visible_at)

    def receive(
        self, now: datetime, most: int = MAX_ENTRIES, attempt: str | None = None
    ) -> list[Message]:
        """Hand out messages; those of a group of which one is in flight wait.

        Args:
            attempt: of a FIFO queue: a receive under the same id gives the same messages again.
        """
        if attempt is None:
            return self._receive(now, most)
        known = self._attempts.get(attempt, ())
        again = [each for each in known if each.visible_at > now and each in self.messages]
        self._attempts[attempt] = again or self._receive(now, most)
        for each in self._attempts[attempt]:
            self._announce(each)
        return self._attempts[attempt]

    def _receive(self, now: datetime, most: int) -> list[Message]:
        self._expire(now)
        blocked = {each.group for each in self.messages if self.fifo and each.visible_at > now}
        taken: list[Message] = []
        for message in list(self.messages):
            if len(taken) == most:
                break
            if message.visible_at > now or (self.fifo and message.group in blocked):
                continue
            if message.receives >= self.most_receives:
                self._bury(message, now)
                continue
            message.receives += 1
            message.visible_at = now + self.visibility
            taken.append(message)
        return taken

    def _bury(self, message: Message, now: datetime) -> None:
        self.messages.remove(message)
        if self.dead is not None:
            message.visible_at = now
            if self.fifo:
                # Of a standard queue, dead letters keep the age of their messages.
                message.sent_at = now
            self.dead.take_in(message)

    def hide(self, receipt: str, seconds: int, now: datetime) -> bool:
        """Let a message in flight come back after so many seconds; False if it is not in flight."""
        for message in self.messages:
            if message.receipt == receipt and message.visible_at > now:
                message.visible_at = now + timedelta(seconds=seconds)
                self._announce(message)
                return True
        return False

    def delete_received(self, receipt: str, now: datetime) -> None:
        """Remove the message that a receive gave; a receipt of a FIFO queue expires."""
        for message in [each for each in self.messages if each.receipt == receipt]:
            if self.fifo and message.visible_at <= now:
                raise refusal("InvalidParameterValue", "the receipt has expired")
            self.messages.remove(message)

    def delete(self, message: Message) -> None:
        """Remove a message that was handled; one that is gone already is fine."""
        self.messages = [each for each in self.messages if each is not message]

    def _expire(self, now: datetime) -> None:
        kept = [each for each in self.messages if now - each.sent_at < self.retention]
        self.expired += len(self.messages) - len(kept)
        self.messages = kept

    def count(self, now: datetime) -> Mapping[str, int]:
        """Count what waits: visible, delayed or in flight."""
        hidden = [each for each in self.messages if each.visible_at > now]
        delayed = sum(1 for each in hidden if not each.receives)
        return {
            "ApproximateNumberOfMessages": len(self.messages) - len(hidden),
            "ApproximateNumberOfMessagesDelayed": delayed,
            "ApproximateNumberOfMessagesNotVisible": len(hidden) - delayed,
        }
