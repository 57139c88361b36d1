"""Which channels can be told more about a group without disturbing anybody."""

from sentinelmesh.domain.alerts.alert import Channel

# Their receivers keep one alert per group and add to it.
KEEP_ONE_ALERT = frozenset({"opsgenie", "pagerduty", "webhook"})


def can_update(channel: Channel) -> bool:
    """Return True if what joins a group is added to its first message.

    Other channels get one more message when the group is complete.
    """
    if channel.kind == "slack":
        # A bot can edit its messages; what an incoming webhook has posted stays as it is.
        return "bot_token" in channel.secret_fields
    return channel.kind in KEEP_ONE_ALERT
