"""The monitors table: what people configure; written by the API alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import Monitor, check_plan
from sentinelmesh.domain.monitors.schedule import due_key_of
from sentinelmesh.domain.probing.region_trust import WatchedMonitor
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState, UnreadableRow
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item, from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows, walk
from sentinelmesh.storage.dynamodb.rows import Report, RowReader, log_unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


MONITOR = "monitor"
# All attributes of a DueMonitor; "name" is a word of DynamoDB's own.
DUE_ATTRIBUTES = ", ".join(
    {"id": "monitor_id", "name": "#name"}.get(each.name, each.name) for each in fields(DueMonitor)
)


class MonitorsRepository:
    """Monitors by id, in a list, and by what is due.

    Args:
        shards: into how many independent parts the due index is cut (deployment setting).
        report: receives each row that this version cannot read.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        shards: int = 1,
        report: Report = log_unreadable,
    ) -> None:
        self._client = client
        self._table = table
        self._shards = shards
        self._rows = RowReader(MONITOR, ("monitor_id",), _monitor, report)
        self._watched_rows = RowReader(MONITOR, ("monitor_id",), watched_monitor, report)
        self._due_rows = RowReader(MONITOR, ("monitor_id",), _due_monitor, report)

    def create(self, monitor: Monitor) -> None:
        """Put a new monitor.

        Cost: 3 write units (item and two index entries).

        Raises:
            AlreadyExists: the id is taken.
        """
        with translate_errors(AlreadyExists, f"monitor {monitor.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=self._item(monitor),
                ConditionExpression="attribute_not_exists(monitor_id)",
            )

    def replace(self, monitor: Monitor) -> None:
        """Put the next revision of a monitor.

        Raises:
            StaleState: the stored one is not the revision before; read and edit again.
        """
        with translate_errors(StaleState, f"monitor {monitor.id} is not at {monitor.revision - 1}"):
            self._client.put_item(
                TableName=self._table,
                Item=self._item(monitor),
                # An edit counts only on top of the revision that its author saw.
                ConditionExpression="revision = :before",
                ExpressionAttributeValues={":before": {"N": str(monitor.revision - 1)}},
            )

    def delete(self, monitor_id: str, revision: int | None = None) -> None:
        """Remove a monitor; its results, incidents and ledger stay.

        Args:
            revision: the one that its author saw; None deletes whatever is there.

        Raises:
            NotFound: there is none.
            StaleState: it is not at this revision any more.
        """
        condition: dict[str, Any] = {"ConditionExpression": "attribute_exists(monitor_id)"}
        if revision is not None:
            condition = {
                # What its author did not see is not deleted.
                "ConditionExpression": "revision = :seen",
                "ExpressionAttributeValues": {":seen": {"N": str(revision)}},
            }
        refused = NotFound if revision is None else StaleState
        with translate_errors(refused, f"monitor {monitor_id} at {revision}"):
            self._client.delete_item(
                TableName=self._table, Key={"monitor_id": {"S": monitor_id}}, **condition
            )

    def get(self, monitor_id: str) -> Monitor | None:
        """Read one monitor, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"monitor {monitor_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key={"monitor_id": {"S": monitor_id}}, ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None

    def find_readable(self, monitor_id: str) -> Monitor | None:
        """Read one monitor, strongly consistent; None also where this version cannot read it.

        Cost: 1 read unit.
        """
        try:
            return self.get(monitor_id)
        except UnreadableRow:
            return None

    def get_many(self, monitor_ids: Iterable[str]) -> dict[str, Monitor]:
        """Read several monitors, strongly consistent. Cost: 1 read unit each."""
        wanted = [{"monitor_id": {"S": each}} for each in dict.fromkeys(monitor_ids)]
        found = get_many(self._client, self._table, wanted)
        return {monitor.id: monitor for monitor in self._rows.read_all(found)}

    def list_page(self, limit: int, after_id: str | None = None) -> list[Monitor]:
        """Read a page of all monitors in the order of their ids (eventually consistent)."""
        return first_rows(
            self._client,
            limit,
            "monitors",
            self._rows.read_all,
            TableName=self._table,
            IndexName="listing",
            KeyConditionExpression="listing = :all AND monitor_id > :after",
            ExpressionAttributeValues={
                ":all": {"S": keys.ALL_MONITORS},
                ":after": {"S": after_id or " "},
            },
        )

    def iterate_watched(self) -> Iterator[WatchedMonitor]:
        """Walk over all monitors with the regions that probe them (eventually consistent).

        Cost: one request per MB, half a read unit per 4 KB of monitors.
        """
        items = walk(
            self._client,
            "monitors",
            TableName=self._table,
            IndexName="listing",
            KeyConditionExpression="listing = :all",
            ExpressionAttributeValues={":all": {"S": keys.ALL_MONITORS}},
            ProjectionExpression="monitor_id, regions, paused, #policy",
            ExpressionAttributeNames={"#policy": "policy"},
        )
        return self._watched_rows.read_all(items)

    def list_due(self, due_key: str) -> Iterator[DueMonitor]:
        """Walk over the monitors of one partition of the due index (eventually consistent).

        Cost: half a read unit per 4 KB of due monitors; half a unit when there are none.

        Raises:
            StoreUnavailable: some of them could not be read; start again.
        """
        items = walk(
            self._client,
            f"monitors due at {due_key}",
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due = :due",
            ExpressionAttributeValues={":due": {"S": due_key}},
            # Reading an answer takes boto3 far longer than all that we do with it.
            ProjectionExpression=DUE_ATTRIBUTES,
            ExpressionAttributeNames={"#name": "name"},
        )
        return self._due_rows.read_all(items)

    def _item(self, monitor: Monitor) -> Item:
        due = due_key_of(monitor.id, monitor.interval_seconds, self._shards)
        return to_item(
            monitor,
            monitor_id=monitor.id,
            id=None,
            listing=keys.ALL_MONITORS,
            # The due index is sparse: a paused monitor is in no partition of it.
            due=None if monitor.paused else due,
        )


def _monitor(item: Mapping[str, Any]) -> Monitor:
    monitor = from_item({**item, "id": item["monitor_id"]}, Monitor)
    check_plan(monitor.interval_seconds, monitor.timeout_ms, monitor.regions)
    return monitor


def watched_monitor(item: Mapping[str, Any]) -> WatchedMonitor:
    """Read what matters for trust by hand: there may be tens of thousands of monitors."""
    return WatchedMonitor(
        id=item["monitor_id"]["S"],
        regions=tuple(region["S"] for region in item["regions"]["L"]),
        quorum=int(item["policy"]["M"]["quorum"]["N"]),
        paused=item["paused"]["BOOL"],
    )


def _due_monitor(item: Mapping[str, Any]) -> DueMonitor:
    monitor = from_item({**item, "id": item["monitor_id"]}, DueMonitor)
    check_plan(monitor.interval_seconds, monitor.timeout_ms, monitor.regions)
    return monitor
