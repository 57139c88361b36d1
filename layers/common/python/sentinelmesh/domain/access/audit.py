"""The audit log: who changed what, and whether it came about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AuditOutcome(StrEnum):
    """What became of a write.

    It is written down as done before it happens, so that no write can be missing in the log: an
    entry is wrong only if the process died between the two, and then the revisions tell.
    """

    DONE = "done"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One write through the API; it names fields and never holds a value that may be secret.

    Args:
        entry_id: sorts by time.
        by: the name of who did it, `by_id` the token's or person's id.
        action: what was done to which kind of item, e.g. "monitor.changed".
        from_revision: None where there was nothing before, or the item has no revisions.
        fields: names of the fields that the request mentioned.
        detail: more in plain words, e.g. the role that a person got.
    """

    entry_id: str
    at: datetime
    by: str
    by_id: str
    action: str
    item_id: str
    request_id: str
    from_revision: int | None = None
    to_revision: int | None = None
    fields: tuple[str, ...] = ()
    detail: str | None = None
    outcome: AuditOutcome = AuditOutcome.DONE
