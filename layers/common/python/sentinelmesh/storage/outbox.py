"""The writes of which every move of an alert row is made, alone or in a transaction."""

from datetime import datetime, timedelta
from typing import Any

from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.domain.alerts.delivery_policy import GIVE_UP_AFTER
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import Item, attributes, to_item

Action = dict[str, Any]
# What a channel was told matters as long as an older row of the monitor may still be delivered.
MEMORY = GIVE_UP_AFTER + timedelta(hours=1)


def alert_item(alert: Alert) -> Item:
    """Write a row; it stands in the index of unfinished ones until it is finished."""
    unfinished = None if alert.finished else keys.UNFINISHED
    return to_item(alert, alert_key=alert.key, unfinished=unfinished)


def replacement(table: str, seen: Alert, after: Alert) -> Action:
    """Put the next form of a row on top of exactly the one that was seen."""
    return {
        "Put": {
            "TableName": table,
            "Item": alert_item(after),
            # Every claim counts up `attempts`, every other move changes `state` or `due_at`:
            # together they name one form of the row. A finished row never moves again.
            "ConditionExpression": "#state = :state AND attempts = :attempts "
            "AND due_at = :due_at AND attribute_exists(unfinished)",
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


def note_notification(table: str, seen: NotificationHistory, row: Alert, at: datetime) -> Action:
    """Note that a channel is being told something about a monitor."""
    return keep_history(table, seen.told(row, at), at, seen.version)


def keep_history(table: str, attention: NotificationHistory, at: datetime, seen: int) -> Action:
    """Keep what a channel knows of a monitor, on top of the version that was seen."""
    item = to_item(
        attention,
        incident_id=keys.last_sent_key(attention.monitor_id),
        alert_key=attention.channel_id,
        ttl=int((at + MEMORY).timestamp()),
    )
    # Whoever decided on what the channel had heard must not be late: it may have heard more.
    return put_version(table, item, seen)


def put_version(table: str, item: Item, seen: int) -> Action:
    """Put an item on top of its version that was seen; 0 means that there was none."""
    put = {"TableName": table, "Item": item}
    if seen == 0:
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(version)"}}
    return {
        "Put": {
            **put,
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": attributes({":seen": seen}),
        }
    }
