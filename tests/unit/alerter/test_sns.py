"""A topic of SNS: what is published, and what each of its errors means."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from functions.alerter.channels.plain_text import as_text
from functions.alerter.channels.sns import Sns
from functions.alerter.channels.webhook import payload
from functions.alerter.notification import Notification
from sentinelmesh.errors import DeliveryFailed
from tests.support.builders import a_channel
from tests.support.calls import refusal
from tests.unit.alerter.notices import a_notice

TOPIC = "arn:aws:sns:us-east-1:123456789012:outages"


class Recording:
    """An SNS client that remembers, and answers or raises."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.taken: list[dict[str, Any]] = []
        self.regions: list[str] = []
        self._trouble = trouble

    def of(self, region: str) -> "Recording":
        self.regions.append(region)
        return self

    def publish(self, **message: Any) -> Mapping[str, Any]:
        self.taken.append(message)
        if self._trouble:
            raise self._trouble
        return {"MessageId": "msg-1"}


def publish(client: Recording, notice: Notification, topic: str = TOPIC) -> str:
    channel = a_channel(kind="sns", options={"topic_arn": topic})
    return Sns(client.of).deliver(notice, channel, {}).answer


def failure(trouble: Exception) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        publish(Recording(trouble), a_notice())
    return raised.value


def test_people_get_text_and_programs_json() -> None:
    client = Recording()
    assert publish(client, a_notice()) == "SNS took it as msg-1"
    (taken,) = client.taken
    forms = json.loads(taken.pop("Message"))
    assert taken == {
        "TopicArn": TOPIC,
        "Subject": "DOWN: Shop",
        "MessageStructure": "json",
        "MessageAttributes": {
            "type": {"DataType": "String", "StringValue": "incident.opened"},
            "severity": {"DataType": "String", "StringValue": "outage"},
            "monitor_id": {"DataType": "String", "StringValue": "mon_1"},
        },
    }
    assert forms["default"] == as_text(a_notice())
    assert forms["sms"] == "DOWN: Shop"
    programs = ("lambda", "sqs", "http", "https", "firehose")
    assert all(json.loads(forms[each]) == payload(a_notice()) for each in programs)


def test_a_topic_is_called_in_its_own_region_by_one_client() -> None:
    client = Recording()
    sender = Sns(client.of)
    for _ in range(2):
        sender.deliver(a_notice(), a_channel(kind="sns", options={"topic_arn": TOPIC}), {})
    assert client.regions == ["us-east-1"]


def test_an_ordered_topic_gets_a_key_and_the_group_of_the_monitor() -> None:
    client = Recording()
    publish(client, a_notice(), f"{TOPIC}.fifo")
    (taken,) = client.taken
    assert taken["MessageGroupId"] == "mon_1"
    assert taken["MessageDeduplicationId"] == a_notice().key


def test_an_example_says_so_in_its_subject() -> None:
    client = Recording()
    publish(client, a_notice(test=True))
    assert client.taken[0]["Subject"] == "[test] DOWN: Shop"


@pytest.mark.parametrize("code", ["NotFound", "InvalidParameter", "EndpointDisabled"])
def test_what_sns_will_never_take_is_dead(code: str) -> None:
    refused = failure(refusal("Publish", code))
    assert (refused.permanent, refused.uncertain) == (True, False)
    assert refused.answer == f"SNS: {code}: {code}"


def test_a_topic_without_the_right_to_publish_says_what_to_do() -> None:
    refused = failure(refusal("Publish", "AuthorizationError"))
    assert refused.permanent
    assert refused.answer.endswith("add the topic to sns_topics in cdk.json and deploy")


@pytest.mark.parametrize("code", ["Throttled", "InternalError", "KMSThrottling"])
def test_trouble_of_sns_passes(code: str) -> None:
    refused = failure(refusal("Publish", code))
    assert (refused.permanent, refused.uncertain) == (False, False)


def test_of_a_message_without_an_answer_nobody_knows() -> None:
    assert failure(ReadTimeoutError(endpoint_url="https://sns.example")).uncertain
    unreached = failure(EndpointConnectionError(endpoint_url="https://sns.example"))
    assert (unreached.permanent, unreached.uncertain) == (False, False)
