"""One sending with everything that can go wrong in it told as DeliveryFailed."""

from collections.abc import Mapping
from dataclasses import dataclass
from traceback import extract_tb
from typing import Self

from functions.alerter.channels.contract import Receipt, Sender
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore, SecretsUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A channel with all that sending to it takes."""

    channel: Channel
    sender: Sender
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, channel: Channel, sender: Sender, store: SecretStore) -> Self:
        """Read what is secret about a channel.

        Raises:
            SecretsUnavailable: the parameter store did not answer, or does not have it (yet).
        """
        secrets = store.get(channel.id, channel.secrets_version) if channel.secret_fields else {}
        missing = [name for name in channel.secret_fields if name not in secrets]
        if missing:
            raise SecretsUnavailable(f"the channel's {', '.join(missing)} cannot be found")
        return cls(channel=channel, sender=sender, secrets=secrets)

    def send(self, notice: Notification) -> Receipt:
        """Send one message and give the provider's answer.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows; of a fault of our own nobody does.
        """
        try:
            return self.sender.deliver(notice, self.channel, self.secrets)
        except DeliveryFailed:
            raise
        except Exception as error:
            kind = type(error).__name__
            # The text of an unforeseen error may hold anything, secrets among it: it is not shown.
            where = extract_tb(error.__traceback__)[-1]
            place = f"{where.filename}:{where.lineno}"
            logger().error("sender_broke", channel_kind=self.channel.kind, error=kind, place=place)
            text = f"the sender broke ({kind}); the log says where"
            raise DeliveryFailed(text, uncertain=True) from error
