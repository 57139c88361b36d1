"""Mail for readers of a status page: asked for, confirmed by its receiver, ended at any time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A request that nobody confirms is forgotten.
PATIENCE = timedelta(hours=24)
# Nobody is sent a second request within this time, whoever asks for it.
PAUSE = timedelta(hours=1)
# All requests of a page within an hour: who would have strangers mailed gets no further.
MAX_REQUESTS = 100


class OptInState(StrEnum):
    """What became of the mail that asks for confirmation."""

    DUE = "due"
    CLAIMED = "claimed"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """Somebody typed an address; whether it is theirs, the mail that goes there will tell.

    Args:
        secret: stands in the links of mails to this address, and nowhere else.
        tries: how often the mail was begun without its end being known.
    """

    page_id: str
    subscriber_id: str
    address: str
    secret: str
    asked_at: datetime
    state: OptInState = OptInState.DUE
    claimed_until: datetime | None = None
    tries: int = 0

    def is_due(self, at: datetime) -> bool:
        """Return whether its mail should be sent now."""
        if self.asked_at + PATIENCE <= at:
            return False
        crashed = self.state is OptInState.CLAIMED and (self.claimed_until or at) <= at
        return self.state is OptInState.DUE or crashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody who wants mail of a page, and whose address is theirs."""

    page_id: str
    id: str
    address: str
    secret: str
    since: datetime


def subscriber_id(page_id: str, address: str) -> str:
    """Return an address within a page: it can subscribe only once; capitals make no other one.

    >>> subscriber_id("sp_1", "Ann@Shop.example") == subscriber_id("sp_1", "ann@shop.example")
    True
    """
    return "sub_" + hashlib.sha256(f"{page_id} {address.lower()}".encode()).hexdigest()[:24]
