"""Alert rows that do not fit into their transition's transaction: batches of rows for later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sentinelmesh.domain.alerts.alert import Alert, AlertKind

# A transaction takes 100 actions and 4 MB; at most 5 of them are the transition's own.
# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
MAX_ROWS_AT_ONCE = 50
MAX_BATCHES = 40
# So few that a batch is created within a second.
USUAL_ROWS_PER_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What distinguishes one row of a batch from the others.

    Args:
        due_at: when the row is due, and from when on it counts as created.
    """

    channel_id: str
    channel_kind: str
    due_at: datetime
    unless_acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBatch:
    """Rows of one incident and kind that are still to be created.

    Args:
        template: the first row; the others have all that a recipient does not say from it.
        number: which of several batches of the incident and kind.
    """

    template: Alert
    recipients: tuple[Recipient, ...]
    number: int = 0

    @property
    def incident_id(self) -> str:
        """The incident that the rows are about."""
        return self.template.incident_id

    @property
    def key(self) -> str:
        """Sort key of the batch within its incident."""
        return f"{self.template.kind}#{self.number}"

    def rows(self) -> Iterator[Alert]:
        """Build the rows; the same ones each time."""
        for each in self.recipients:
            yield replace(
                self.template,
                channel_id=each.channel_id,
                channel_kind=each.channel_kind,
                created_at=each.due_at,
                due_at=each.due_at,
                unless_acknowledged=each.unless_acknowledged,
            )


def split_rows(rows: Sequence[Alert]) -> tuple[Sequence[Alert], tuple[AlertBatch, ...]]:
    """Split a transition's rows into those that are created with it and batches for later.

    Args:
        rows: those of one incident and kind one after the other, as a transition plans them.
    """
    later = rows[MAX_ROWS_AT_ONCE:]
    # Of each of two incidents the last batch may be a small one.
    size = max(USUAL_ROWS_PER_BATCH, -(-len(later) // (MAX_BATCHES - 2)))
    return rows[:MAX_ROWS_AT_ONCE], tuple(_batches(later, size))


def _batches(rows: Sequence[Alert], size: int) -> Iterator[AlertBatch]:
    for _, group in groupby(rows, key=_subject):
        alike = list(group)
        for number, start in enumerate(range(0, len(alike), size)):
            part = alike[start : start + size]
            recipients = tuple(_recipient(row) for row in part)
            yield AlertBatch(template=part[0], recipients=recipients, number=number)


def _subject(row: Alert) -> tuple[str, AlertKind]:
    return row.incident_id, row.kind


def _recipient(row: Alert) -> Recipient:
    return Recipient(
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        due_at=row.due_at,
        unless_acknowledged=row.unless_acknowledged,
    )
