"""Paused mail addresses as people read them."""

from functions.api.schemas.base import Instant, Shown


class PausedAddressOut(Shown):
    """An address that gets no mail until somebody resumes it."""

    id: str
    address: str
    reason: str
    detail: str
    paused_at: Instant
    incident_id: str | None
    channel_id: str | None


class PausedAddressPage(Shown):
    """A page of paused addresses."""

    items: list[PausedAddressOut]
    next_cursor: str | None
