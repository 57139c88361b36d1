"""A topic of Amazon SNS, for everything that can subscribe to one."""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Protocol

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.plain_text import as_text
from functions.alerter.channels.webhook import payload
from functions.alerter.notification import Notification
from sentinelmesh.delivery.aws_errors import translate_errors
from sentinelmesh.delivery.text_safety import cut, cut_bytes
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed

# Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT = 100  # printable ASCII
MAX_SMS = 140
MAX_TEXT_BYTES = 40_000
MAX_BYTES = 200_000  # of 262,144
PROGRAMS = ("lambda", "sqs", "http", "https", "firehose")
NEVER = frozenset(
    {
        "AuthorizationError",
        "EndpointDisabled",
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidSecurity",
        "KMSAccessDenied",
        "KMSDisabled",
        "KMSNotFound",
        "NotFound",
    }
)
NO_RIGHT = "; add the topic to sns_topics in cdk.json and deploy"


class Publisher(Protocol):
    """The part of boto3's SNS client that is used."""

    def publish(self, **message: Any) -> Mapping[str, Any]:
        """Publish a message."""


class Sns:
    """Publishes text for people and JSON for programs.

    A FIFO topic drops a second message of the same key, but for five minutes only, so a repeat is
    marked as one everywhere.

    Args:
        client_of: gives the client of a region.
    """

    takes_key = False

    def __init__(self, client_of: Callable[[str], Publisher]) -> None:
        self._client_of = client_of
        self._clients: dict[str, Publisher] = {}
        self._making = Lock()

    def deliver(
        self,
        notice: Notification,
        channel: Channel,
        secrets: Mapping[str, str],  # noqa: ARG002
    ) -> Receipt:
        """Publish to the topic."""
        topic = str(channel.options.get("topic_arn", ""))
        try:
            with translate_errors("SNS", never=NEVER):
                client = self._client(topic.split(":")[3])
                answer = client.publish(TopicArn=topic, **message(notice, topic))
        except DeliveryFailed as failure:
            if "AuthorizationError" in failure.answer:
                raise DeliveryFailed(failure.answer + NO_RIGHT, permanent=True) from failure
            raise
        return Receipt(f"SNS took it as {answer['MessageId']}")

    def _client(self, region: str) -> Publisher:
        with self._making:
            if region not in self._clients:
                self._clients[region] = self._client_of(region)
            return self._clients[region]


def message(notice: Notification, topic: str) -> dict[str, Any]:
    """Write the parameters of a message."""
    facts = {
        "type": f"incident.{notice.kind}",
        "severity": notice.content.severity,
        "monitor_id": notice.monitor_id,
    }
    written = {
        "Subject": cut_ascii(f"{'[test] ' if notice.test else ''}{notice.title}", MAX_SUBJECT),
        "Message": _forms(notice),
        "MessageStructure": "json",
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in facts.items()
        },
    }
    if not topic.endswith(".fifo"):
        return written
    key = {"MessageGroupId": notice.monitor_id, "MessageDeduplicationId": notice.key}
    return {**written, **key}


def _forms(notice: Notification) -> str:
    """Write text for people, and for programs JSON where there is room for it."""
    forms = {
        "default": cut_bytes(as_text(notice), MAX_TEXT_BYTES),
        "sms": cut(notice.title, MAX_SMS),
    }
    program = json.dumps(payload(notice), separators=(",", ":"))
    whole = json.dumps(forms | dict.fromkeys(PROGRAMS, program), ensure_ascii=False)
    if len(whole.encode()) <= MAX_BYTES:
        return whole
    return json.dumps(forms, ensure_ascii=False)


def cut_ascii(text: str, most: int) -> str:
    """Write a subject with what may stand in one.

    >>> cut_ascii("DOWN: Büro", 100)
    'DOWN: B?ro'
    """
    return text.encode("ascii", "replace").decode()[:most]
