"""What a channel was told last about a monitor: the reason to be quiet, or to wait a moment."""

from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.domain.alerts.alert import Alert, AlertKind

# Room in an item of the store.
MAX_SUFFERING = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationHistory:
    """The last claims on a channel for one monitor; every claim counts it up by one version.

    Args:
        version: 0 means that nothing was told yet (and stored).
        opened_by: the incident whose beginning was told last; `opened_at` is when.
        resolved_by: the incident whose end was told last; `resolved_at` is when.
        suffering: incidents of monitors that depend on this one, which are not told while its
            incident `suffering_of` lasts.
    """

    monitor_id: str
    channel_id: str
    version: int = 0
    opened_by: str | None = None
    opened_at: datetime | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    suffering_of: str | None = None
    suffering: tuple[str, ...] = ()

    def suffers(self, incident_id: str, child: str) -> "NotificationHistory":
        """Take note of an incident that is not told for the sake of one of this monitor."""
        known = self.suffering if self.suffering_of == incident_id else ()
        if child in known or len(known) >= MAX_SUFFERING:
            return self
        return replace(
            self,
            version=self.version + 1,
            suffering_of=incident_id,
            suffering=(*known, child),
        )

    def suffering_with(self, incident_id: str) -> int:
        """Count the incidents that were not told for the sake of one."""
        return len(self.suffering) if self.suffering_of == incident_id else 0

    def told(self, row: Alert, at: datetime) -> "NotificationHistory":
        """Take note of a row that is being told now."""
        told = self
        if row.kind.event is AlertKind.OPENED:
            told = replace(self, opened_by=row.incident_id, opened_at=at)
        elif row.kind is AlertKind.RESOLVED:
            told = replace(self, resolved_by=row.incident_id, resolved_at=at)
        return replace(told, version=self.version + 1)

    def same_told_at(self, row: Alert) -> datetime | None:
        """Return when another incident notified the channel of the same; None if none did.

        Flapping and its end are told at most once in half an hour anyway.
        """
        if row.kind is AlertKind.OPENED:
            by, at = self.opened_by, self.opened_at
        elif row.kind is AlertKind.RESOLVED:
            by, at = self.resolved_by, self.resolved_at
        else:
            return None
        return None if by == row.incident_id else at

    def is_overtaken(self, row: Alert) -> bool:
        """Return whether the channel heard of a newer outage than this row tells of."""
        heard_of = (self.opened_by, self.resolved_by)
        return any(each is not None and each > row.incident_id for each in heard_of)
