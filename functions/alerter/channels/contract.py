"""What every channel is to the alerter."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Channel


class Receipt(NamedTuple):
    """What a provider said when it took a message.

    Args:
        answer: its words, for people.
        reference: its name for the message, where later messages of the incident need it.
    """

    answer: str
    reference: str | None = None


class Sender(Protocol):
    """One way to tell people."""

    @property
    def takes_key(self) -> bool:
        """Whether the receiver drops a second message of the same key."""

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Send one message and give the provider's answer.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows.
        """
