"""What gathers on channels, and the members of groups, in the table of alerts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.grouping_window import GroupingWindow
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.errors import NotFound, StaleState
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attributes, from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import walk
from sentinelmesh.storage.dynamodb.rows import RowReader
from sentinelmesh.storage.outbox import (
    Action,
    alert_item,
    note_notification,
    put_version,
    replacement,
)

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient


class GatheringsRepository:
    """One item for each place where rows gather, and one for each member of a group."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._gatherings = RowReader(
            "gathering", ("incident_id",), lambda item: from_item(item, GroupingWindow)
        )
        self._members = RowReader("member", ("incident_id", "alert_key"), _member)

    def get(self, place: str, kind: AlertKind) -> GroupingWindow:
        """Read what gathers in a place, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"what gathers at {place}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key={
                    "incident_id": {"S": keys.gathering_key(place)},
                    "alert_key": {"S": kind.value},
                },
                ConsistentRead=True,
            )
        if "Item" not in answer:
            return GroupingWindow(place=place, kind=kind)
        return self._gatherings.read(answer["Item"])

    def members(self, group: str) -> list[Member]:
        """Read the members of a group, strongly consistent. Cost: 1 read unit per 4 KB."""
        items = walk(
            self._client,
            f"members of {group}",
            TableName=self._table,
            KeyConditionExpression="incident_id = :group",
            ExpressionAttributeValues={":group": {"S": keys.members_key(group)}},
            ConsistentRead=True,
        )
        return list(self._members.read_all(items))

    def join(
        self,
        moves: tuple[Alert, Alert],
        attention: tuple[NotificationHistory, "datetime"],
        member: Member | None,
        begun: tuple[GroupingWindow, GroupingWindow] | None = None,
    ) -> None:
        """Build a row a member, all or nothing.

        All that is written is the row's own, so that any number may join side by side; the first
        of a part begins that too.

        Args:
            moves: the row as it was seen, and as a member.
            attention: what the channel had been told of its monitor, and when it hears of this.
            member: what is kept of it for the group; nothing of an end.
            begun: what gathered, and what does with this row, if it begins a part.

        Cost: 2 write units per KB of each of two to four items.

        Raises:
            StaleState: others moved the row or began the part, or the channel was told something.
            StoreUnavailable: not known to be a member.
        """
        seen, mine = moves
        before, at = attention
        actions = [
            replacement(self._table, seen, mine),
            note_notification(self._table, before, mine, at),
        ]
        if begun is not None:
            actions.append(self._put(*begun))
        if member is not None:
            place = attributes(
                {
                    "incident_id": keys.members_key(mine.group or ""),
                    "alert_key": member.incident_id,
                }
            )
            item = {**to_item(member), **place}
            actions.append({"Put": {"TableName": self._table, "Item": item}})
        self._write(f"{seen.incident_id}/{seen.key} joins others", actions)

    def end(self, seen: GroupingWindow, after: GroupingWindow, row: Alert) -> None:
        """End a part of a gathering with the row by which its channel hears of all.

        Cost: 4 write units and more.

        Raises:
            StaleState: others ended it first, or began something else.
            StoreUnavailable: not known to be ended.
        """
        created = {
            "TableName": self._table,
            "Item": alert_item(row),
            "ConditionExpression": "attribute_not_exists(alert_key)",
        }
        self._write(f"{row.incident_id} begins", [self._put(seen, after), {"Put": created}])

    def replace(self, seen: GroupingWindow, after: GroupingWindow) -> None:
        """Put the next version of what gathers on top of the one that was seen.

        Cost: 1 write unit.

        Raises:
            StaleState: others moved it first.
            StoreUnavailable: not known to be written.
        """
        with translate_errors(StaleState, f"what gathers at {seen.place}"):
            self._client.put_item(**self._put(seen, after)["Put"])

    def _put(self, seen: GroupingWindow, after: GroupingWindow) -> Action:
        key = {"incident_id": keys.gathering_key(after.place), "alert_key": after.kind.value}
        return put_version(self._table, to_item(after, **key), seen.version)

    def _write(self, what: str, actions: list[Action]) -> None:
        with translate_errors(StaleState, what):
            self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]


def _member(item: Mapping[str, Any]) -> Member:
    return from_item({**item, "incident_id": item["alert_key"]}, Member)
