"""Rows that this version cannot read: the directory's are found, those of other tables noted."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.status_pages.status_page import StatusPage
from sentinelmesh.errors import MeshError, NotFound, UnreadableRow
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.escalation_policies import policy_of
from sentinelmesh.storage.directory.maintenance import window_of
from sentinelmesh.storage.directory.repositories import Shelf, channel_of
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attributes, from_item
from sentinelmesh.storage.dynamodb.rows import RowReader, log_unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOTES_KEPT = timedelta(days=2)


def _whole_channel(item: Mapping[str, Any]) -> Channel:
    """Return the channel of an item; without quiet hours that can be read it still notifies."""
    channel = channel_of(item)
    if channel.quiet_hours is not None:
        channel.quiet_hours.read()
    return channel


# What people configure in the directory; the API tokens are found by their hash alone.
IN_DIRECTORY: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    keys.CHANNEL: _whole_channel,
    keys.ESCALATION_POLICY: policy_of,
    keys.MAINTENANCE_WINDOW: window_of,
    keys.STATUS_PAGE: partial(from_item, expected=StatusPage),
    keys.API_TOKEN: partial(from_item, expected=ApiToken),
}


class UnreadableRows:
    """Tells which rows are left out everywhere, for health.

    There are few rows of each kind in the directory, so they are looked through. Monitors and
    states are too many for that: who comes across one leaves a note.
    """

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._notes = Shelf(client, table, keys.UNREADABLE_ROW)
        self._readers = {
            kind: RowReader(kind, ("id",), decode) for kind, decode in IN_DIRECTORY.items()
        }

    def note(self, row: UnreadableRow) -> None:
        """Log a row and leave a note of it; a note that cannot be written hurts nobody else.

        Cost: 1 write unit.
        """
        log_unreadable(row)
        at = self._clock()
        expires = int((at + NOTES_KEPT).timestamp())
        values = {":kind": row.kind, ":id": row.row_id, ":at": at, ":ttl": expires}
        try:
            with translate_errors(NotFound, f"note of {row.kind} {row.row_id}"):
                self._client.update_item(
                    TableName=self._table,
                    Key=self._notes.key(f"{row.kind}#{row.row_id}"),
                    UpdateExpression="SET row_kind = :kind, row_id = :id, noted_at = :at, "
                    "#ttl = :ttl",
                    ExpressionAttributeNames={"#ttl": "ttl"},
                    ExpressionAttributeValues=attributes(values),
                )
        except MeshError as error:
            logger().warning("unreadable_row_unnoted", reason=str(error))

    def list_noted(self) -> list[tuple[str, str]]:
        """List kind and id of all noted rows, also of those that can be read again.

        Cost: 1 read unit.
        """
        return [(each["row_kind"]["S"], each["row_id"]["S"]) for each in self._notes.read_all()]

    def list_in_directory(self) -> list[UnreadableRow]:
        """List the unreadable rows among what people configure.

        Cost: five queries, 1 read unit per 4 KB.
        """
        return [
            row
            for kind, reader in self._readers.items()
            for row in reader.list_unreadable(Shelf(self._client, self._table, kind).read_all())
        ]
