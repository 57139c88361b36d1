"""Events as Lambda hands them to a function: batches of a queue, records of a stream."""

from typing import Any

from tests.support.deliveries import queue_record
from tests.support.moto_mesh import HOME


def messages(queue: str, *bodies: str) -> dict[str, Any]:
    """Write a batch as Lambda hands it over."""
    return {
        "Records": [
            {
                **queue_record(f"message-{place}", body),
                "eventSourceARN": f"arn:aws:sqs:{HOME}:123456789012:sentinelmesh-{queue}",
            }
            for place, body in enumerate(bodies)
        ]
    }


def new_row(item: dict[str, Any], *key: str) -> dict[str, Any]:
    """Write the stream's record of a new row, of the alerts if no other key is named."""
    keys = {name: item[name] for name in key or ("incident_id", "alert_key")}
    return {
        "eventSource": "aws:dynamodb",
        "eventName": "INSERT",
        "dynamodb": {"Keys": keys, "NewImage": item, "SequenceNumber": "1"},
    }
