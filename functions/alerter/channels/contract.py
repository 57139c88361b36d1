"""What every channel is to the alerter."""

from collections.abc import Mapping
from typing import Protocol

from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import Channel


class Sender(Protocol):
    """One way to tell people."""

    @property
    def takes_key(self) -> bool:
        """Whether the receiver drops a second message of the same key."""

    def deliver(self, notice: Notice, channel: Channel, secrets: Mapping[str, str]) -> str:
        """Send one message and give the provider's answer.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows.
        """
