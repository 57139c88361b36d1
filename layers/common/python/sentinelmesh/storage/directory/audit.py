"""The audit log in the directory table: one item per write of the API, kept for 400 days."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinelmesh.domain.access.audit import AuditEntry, AuditOutcome
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.errors import AlreadyExists, NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=400)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def entry_id(at: datetime, chance: str) -> str:
    """Return an entry so that names sort by time.

    >>> entry_id(datetime.fromisoformat("2026-01-01T00:00:00.250Z"), "9f2c")
    '001767225600250-9f2c'
    """
    return f"{_moment(at)}-{chance}"


class AuditRepository:
    """Entries in the order of time."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader(keys.AUDIT, ("id",), lambda item: from_item(item, AuditEntry))

    def add(self, entry: AuditEntry) -> None:
        """Append an entry. Cost: 1 write unit.

        Raises:
            StoreUnavailable: it is not known to be there, so do not do what it tells of.
        """
        expires = int((entry.at + KEPT).timestamp())
        with translate_errors(AlreadyExists, f"audit entry {entry.entry_id}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(entry, kind=keys.AUDIT, id=entry.entry_id, ttl=expires),
                ConditionExpression="attribute_not_exists(id)",
            )

    def correct(self, entry: AuditEntry, outcome: AuditOutcome) -> None:
        """Note that a write did not go as written down. Cost: 1 write unit, in rare cases.

        Raises:
            NotFound: there is no such entry.
        """
        with translate_errors(NotFound, f"audit entry {entry.entry_id}"):
            self._client.update_item(
                TableName=self._table,
                Key={"kind": {"S": keys.AUDIT}, "id": {"S": entry.entry_id}},
                UpdateExpression="SET outcome = :outcome",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={":outcome": {"S": outcome.value}},
            )

    def list_page(
        self,
        limit: int,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        before_id: str | None = None,
    ) -> list[AuditEntry]:
        """Read a page, newest first. Cost: half a read unit per 4 KB.

        Args:
            start, end: half-open range of time; None means all that is kept.
            before_id: the last entry of the page before.
        """
        low = _moment(start) if start else "0"
        high = min(each for each in (_moment(end) if end else "9", before_id or "9") if each)
        if low >= high:
            return []
        found = first_rows(
            self._client,
            limit + 1,
            "audit log",
            self._rows.read_all,
            TableName=self._table,
            KeyConditionExpression="kind = :kind AND id BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":kind": {"S": keys.AUDIT},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            ScanIndexForward=False,
        )
        # BETWEEN includes its upper bound, the cursor itself: that one was seen already.
        return [entry for entry in found if entry.entry_id != before_id][:limit]


def _moment(at: datetime) -> str:
    """Write an instant as digits of one length."""
    return f"{milliseconds(at - EPOCH):015d}"
