"""Which channels are told more about a group without disturbing anybody."""

import pytest

from functions.alerter.channels.updates import can_update
from tests.support.builders import a_channel


@pytest.mark.parametrize("kind", ["opsgenie", "pagerduty", "webhook"])
def test_who_keeps_one_alert_per_group_is_told_what_joins_it(kind: str) -> None:
    assert can_update(a_channel(kind=kind))


@pytest.mark.parametrize(
    "kind", ["apprise", "discord", "email", "ntfy", "sns", "teams", "telegram"]
)
def test_who_gets_messages_is_not_disturbed_by_each_that_joins(kind: str) -> None:
    assert not can_update(a_channel(kind=kind))


def test_slack_edits_what_its_bot_has_written() -> None:
    assert can_update(a_channel(kind="slack", secret_fields=("bot_token",)))
    assert not can_update(a_channel(kind="slack", secret_fields=("webhook_url",)))
