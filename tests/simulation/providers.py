"""Mail, Slack and webhooks: what was really taken, and providers in every mood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed
from tests.fake_aws.functions import Process
from tests.fake_aws.tables import TableChange
from tests.simulation.faults import Fate

TAKE_SECONDS = 0.05
HANG_SECONDS = 10.0


@dataclass(slots=True)
class Delivery:
    """One message that a provider took.

    Args:
        is_doubtful: its sender learned nothing, or could not note it: it may be repeated.
    """

    at: datetime
    channel_id: str
    notice: Notification
    sender: Process | None = field(default=None, repr=False, compare=False)
    is_doubtful: bool = False

    def doubt(self) -> None:
        """Let it be repeated."""
        self.is_doubtful = True


@dataclass
class Providers:
    """Everything that was taken, in order; a receiver that takes keys drops a second one."""

    fate: Fate
    taken: list[Delivery] = field(default_factory=list)
    dropped: int = 0

    def take(self, notice: Notification, channel: Channel, *, takes_key: bool) -> None:
        """Note that a message has arrived."""
        if takes_key and self.last(notice.key) is not None:
            self.dropped += 1
            return
        sender = self.fate.hub.task.owner if self.fate.hub.task else None
        delivery = Delivery(self.fate.hub.now, channel.id, notice, sender)
        self.taken.append(delivery)
        if sender is not None:
            sender.left_open[notice.key] = delivery.doubt

    def note(self, change: TableChange) -> None:
        """Watch the outbox: a message whose row has moved on is not doubtful any more."""
        row = change.after or {}
        if row.get("state", {"S": "claimed"})["S"] == "claimed":
            return
        key = f"{row['incident_id']['S']}.{row['alert_key']['S'].replace('#', '.')}"
        last = self.last(key)
        if last is not None and last.sender is not None:
            last.sender.left_open.pop(key, None)

    def doubt(self, key: str) -> None:
        """Let the last message of this key be repeated, if there was one."""
        last = self.last(key)
        if last is not None:
            last.doubt()

    def last(self, key: str) -> Delivery | None:
        """Return the last message of a key."""
        return next((each for each in reversed(self.taken) if each.notice.key == key), None)


@dataclass
class FakeSender:
    """One kind of channel."""

    takes_key: bool
    providers: Providers

    def deliver(
        self, notice: Notification, channel: Channel, _secrets: Mapping[str, str]
    ) -> Receipt:
        """Have the provider take a message, or not."""
        fate = self.providers.fate
        before = self.providers.last(notice.key)
        try:
            fate.around("Deliver", self._mood(notice, channel))
        except DeliveryFailed:
            raise
        except BaseException as lost:
            if self.providers.last(notice.key) is not before:
                self.providers.doubt(notice.key)
            if isinstance(lost, Exception):
                raise DeliveryFailed("no answer came", uncertain=True) from lost
            raise
        return Receipt("taken")

    def _mood(self, notice: Notification, channel: Channel) -> Callable[[], Any]:
        fate = self.providers.fate

        def take() -> None:
            self.providers.take(notice, channel, takes_key=self.takes_key)

        def refuse(**how: Any) -> Callable[[], Any]:
            def refused() -> None:
                raise DeliveryFailed("the provider does not want to", **how)

            return refused

        def take_and_fall_silent() -> None:
            take()
            self.providers.doubt(notice.key)
            raise DeliveryFailed("no answer came", uncertain=True)

        if not fate.happens("provider"):
            return take
        moods = [
            refuse(),
            refuse(retry_after_seconds=fate.chance.uniform(1, 60)),
            refuse(uncertain=True),
            take_and_fall_silent,
        ]
        if channel.fallback is not None:
            # Somebody else is told instead, so it may be for good.
            moods += [refuse(permanent=True)] * len(moods)
        return fate.chance.choice(moods)


def make_senders(providers: Providers) -> Mapping[str, FakeSender]:
    """Make senders of all kinds."""
    return {
        "email": FakeSender(takes_key=False, providers=providers),
        "slack": FakeSender(takes_key=False, providers=providers),
        "webhook": FakeSender(takes_key=True, providers=providers),
    }
