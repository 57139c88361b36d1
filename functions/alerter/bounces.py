"""What is done about mail that came back: its address is paused, and somebody else is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.alerter.follow_ups import Followers
from sentinelmesh.domain.alerts.bounces import PausedAddress, Returned, address_id, read_bounce
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository

MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """Takes SES's events; each may come twice."""

    paused: PausedAddressesRepository
    followers: Followers
    clock: Callable[[], datetime]

    def take(self, event: Mapping[str, Any]) -> None:
        """Act on an event of SES.

        Raises:
            StoreUnavailable: let the event come again; the queue hands it out until it was taken.
        """
        returned = read_bounce(event)
        if returned is None:
            return
        for address, words in returned.refused.items():
            self.paused.pause(self._paused(address, words, returned))
        # Who reads this log can look the address up; the log itself does not need it.
        logger().error(
            "mail_returned",
            reason=returned.reason,
            paused=len(returned.refused),
            incident_id=returned.incident_id,
            channel_id=returned.channel_id,
        )
        # Who complains has got it.
        if returned.incident_id and returned.reason != "complaint":
            key = f"{returned.transition}#{returned.channel_id}"
            self.followers.returned(returned.incident_id, key)

    def _paused(self, address: str, words: str, returned: Returned) -> PausedAddress:
        return PausedAddress(
            id=address_id(address),
            address=address,
            reason=returned.reason,
            detail=words[:MAX_DETAIL],
            paused_at=self.clock(),
            incident_id=returned.incident_id or None,
            channel_id=returned.channel_id or None,
        )
