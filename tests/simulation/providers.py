"""Mail, Slack and webhooks: what was really taken, and providers in every mood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import Channel
from sentinelmesh.errors import DeliveryFailed
from tests.simulation.faults import Fate

TAKE_SECONDS = 0.05
HANG_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that a provider took."""

    at: datetime
    channel_id: str
    notice: Notice


@dataclass
class Providers:
    """Everything that was taken, in order; a receiver that takes keys drops a second one."""

    fate: Fate
    taken: list[Delivery] = field(default_factory=list)
    dropped: int = 0
    # Sends whose sender died or learned nothing: only these may be repeated.
    uncertain: set[str] = field(default_factory=set)

    def take(self, notice: Notice, channel: Channel, *, takes_key: bool) -> None:
        """Note that a message has arrived."""
        key = f"{channel.id} {notice.key}"
        known = {f"{each.channel_id} {each.notice.key}" for each in self.taken}
        if takes_key and key in known:
            self.dropped += 1
            return
        self.taken.append(Delivery(self.fate.hub.now, channel.id, notice))


@dataclass
class FakeSender:
    """One kind of channel."""

    takes_key: bool
    providers: Providers

    def deliver(self, notice: Notice, channel: Channel, _secrets: Mapping[str, str]) -> str:
        """Have the provider take a message, or not."""
        fate = self.providers.fate
        key = f"{channel.id} {notice.key}"
        before = len(self.providers.taken)
        try:
            fate.around("Deliver", self._mood(notice, channel))
        except DeliveryFailed:
            raise
        except BaseException as lost:
            if len(self.providers.taken) > before:
                self.providers.uncertain.add(key)
            if isinstance(lost, Exception):
                raise DeliveryFailed("no answer came", uncertain=True) from lost
            raise
        return "taken"

    def _mood(self, notice: Notice, channel: Channel) -> Callable[[], Any]:
        fate = self.providers.fate

        def take() -> None:
            self.providers.take(notice, channel, takes_key=self.takes_key)

        def refuse(**how: Any) -> Callable[[], Any]:
            def refused() -> None:
                raise DeliveryFailed("the provider does not want to", **how)

            return refused

        def take_and_fall_silent() -> None:
            take()
            self.providers.uncertain.add(f"{channel.id} {notice.key}")
            raise DeliveryFailed("no answer came", uncertain=True)

        if not fate.happens("provider"):
            return take
        return fate.chance.choice(
            [
                refuse(),
                refuse(retry_after_seconds=fate.chance.uniform(1, 60)),
                refuse(uncertain=True),
                take_and_fall_silent,
            ]
        )


def make_senders(providers: Providers) -> Mapping[str, FakeSender]:
    """Make senders of all kinds."""
    return {
        "email": FakeSender(takes_key=False, providers=providers),
        "slack": FakeSender(takes_key=False, providers=providers),
        "webhook": FakeSender(takes_key=True, providers=providers),
    }
