"""The alerts table: the outbox. The verifier creates rows, the alerter advances them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sentinelmesh.domain import instant
from sentinelmesh.domain.alert import Alert, AlertState
from sentinelmesh.domain.delivery import QUIET_WINDOW
from sentinelmesh.errors import MeshError, NotFound, StaleState
from sentinelmesh.storage import keys
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import Item, attributes, from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ToldRecently(MeshError):
    """An alert of this kind for this monitor went to the channel at `told_at`: be quiet."""

    def __init__(self, told_at: datetime) -> None:
        super().__init__(f"told at {instant.text(told_at)}")
        self.told_at = told_at


def alert_item(alert: Alert) -> Item:
    """Write a row; it stands in the index of unfinished ones until it is finished."""
    unfinished = None if alert.finished else keys.UNFINISHED
    return to_item(alert, alert_key=alert.key, unfinished=unfinished)


class AlertsRepository:
    """Rows by incident, and those that are not finished."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, incident_id: str, alert_key: str) -> Alert | None:
        """Read one row, strongly consistent. Cost: 1 read unit."""
        with translated(NotFound, f"alert {incident_id}/{alert_key}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(incident_id, alert_key), ConsistentRead=True
            )
        return from_item(answer["Item"], Alert) if "Item" in answer else None

    def list_of_incident(self, incident_id: str) -> list[Alert]:
        """Read all rows of an incident. Cost: half a read unit per 4 KB."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="incident_id = :incident",
            ExpressionAttributeValues={":incident": {"S": incident_id}},
        )
        return [from_item(item, Alert) for item in answer["Items"]]

    def list_due(self, at: datetime, limit: int) -> list[Alert]:
        """Read unfinished rows that are due, the longest waiting first (eventually consistent)."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="unfinished",
            KeyConditionExpression="unfinished = :unfinished AND due_at <= :at",
            ExpressionAttributeValues={
                ":unfinished": {"S": keys.UNFINISHED},
                ":at": {"S": instant.text(at)},
            },
            Limit=limit,
        )
        return [from_item(item, Alert) for item in answer["Items"]]

    def claim(self, seen: Alert, claimed: Alert, opened: Alert | None) -> None:
        """Take a row for sending, and the channel's attention for the next five minutes.

        Args:
            seen: the row as it was when the decision was made.
            claimed: the same row, claimed.
            opened: the OPENED row that a combined message makes superfluous.

        Cost: 2 write units per item of the transaction, two or three.

        Raises:
            StaleState: somebody else moved the row first.
            ToldRecently: the five-minute rule.
            StoreUnavailable: not known to be claimed.
        """
        actions = [self._replacement(seen, claimed), self._attention(claimed)]
        if opened is not None:
            told = replace(
                opened,
                state=AlertState.SUPPRESSED,
                finished=True,
                answer="told together with its end",
            )
            actions.append(self._replacement(opened, told))
        try:
            with translated(StaleState, f"alert {seen.incident_id}/{seen.key}"):
                self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
        except StaleState as stale:
            told_at = _told_at(stale.__cause__)
            if told_at is not None:
                raise ToldRecently(told_at) from stale
            raise

    def advance(self, seen: Alert, after: Alert) -> None:
        """Move a row on.

        Raises:
            StaleState: somebody else moved it first.
            StoreUnavailable: not known to be moved.
        """
        write = self._replacement(seen, after)["Put"]
        with translated(StaleState, f"alert {seen.incident_id}/{seen.key}"):
            self._client.put_item(**write)

    def _replacement(self, seen: Alert, after: Alert) -> dict[str, Any]:
        """Put the next form of a row on top of exactly the one that was seen."""
        return {
            "Put": {
                "TableName": self._table,
                "Item": alert_item(after),
                # Every claim counts up `attempts`, every other move changes `state` or `due_at`:
                # together they name one form of the row.
                "ConditionExpression": "#state = :state AND attempts = :attempts "
                "AND due_at = :due_at",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": attributes(
                    {
                        ":state": seen.state,
                        ":attempts": seen.attempts,
                        ":due_at": seen.due_at,
                    }
                ),
            }
        }

    def _attention(self, claimed: Alert) -> dict[str, Any]:
        """Note that a channel is being told something of this kind about this monitor."""
        at = claimed.claimed_at or claimed.created_at
        item = attributes(
            {
                "incident_id": keys.last_sent_key(claimed.monitor_id),
                "alert_key": claimed.key,
                "told_at": at,
                "told_by": claimed.incident_id,
                "ttl": int((at + 2 * QUIET_WINDOW).timestamp()),
            }
        )
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                # Nobody told it yet, or long enough ago, or this very row did (a retry of it).
                "ConditionExpression": "attribute_not_exists(told_at) OR told_at <= :quiet "
                "OR told_by = :me",
                "ExpressionAttributeValues": attributes(
                    {":quiet": at - QUIET_WINDOW, ":me": claimed.incident_id}
                ),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def _key(incident_id: str, alert_key: str) -> dict[str, Any]:
    return {"incident_id": {"S": incident_id}, "alert_key": {"S": alert_key}}


def _told_at(cause: BaseException | None) -> datetime | None:
    """Read from a cancelled transaction when the channel was told; None if that was not why."""
    if not isinstance(cause, ClientError):
        return None
    response: Mapping[str, Any] = cause.response
    for reason in response.get("CancellationReasons", ()):
        told_at = reason.get("Item", {}).get("told_at")
        if told_at is not None:
            return instant.parse(told_at["S"])
    return None
