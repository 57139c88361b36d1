"""Who is told about a monitor: by its own choice, by tag, by severity, and who is asked next."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sentinelmesh.domain.alerts.alert import AlertKind, Channel
from sentinelmesh.domain.alerts.escalation import EscalationPolicy
from sentinelmesh.domain.incidents.incident import UNKNOWN
from sentinelmesh.domain.monitors.monitor import Monitor

AT_ONCE = timedelta(0)


def recipients(
    monitor: Monitor,
    kind: AlertKind,
    severity: str,
    channels: Iterable[Channel],
    policy: EscalationPolicy | None = None,
) -> Iterator[tuple[Channel, timedelta]]:
    """Return the channels of an alert, and how long each waits for somebody to take care.

    A channel is named once: whoever is told at once is not asked again later.
    """
    known = {channel.id: channel for channel in channels}
    told = {name for name, each in known.items() if is_routed(each, monitor, kind, severity)}
    yield from ((known[name], AT_ONCE) for name in known if name in told)
    for step in policy.steps if policy else ():
        for name in step.channels:
            channel = known.get(name)
            if name in told or channel is None or not takes(channel, kind, severity):
                continue
            told.add(name)
            yield channel, step.after


def is_routed(channel: Channel, monitor: Monitor, kind: AlertKind, severity: str) -> bool:
    """Return whether a channel hears at once.

    A monitor that names its channels is heard of by these; of all others a channel hears if it
    asks for no tag, or for one that the monitor carries.
    """
    if not takes(channel, kind, severity):
        return False
    if monitor.channels is not None:
        return channel.id in monitor.channels
    return not channel.tags or not set(channel.tags).isdisjoint(monitor.tags)


def takes(channel: Channel, kind: AlertKind, severity: str) -> bool:
    """Return whether a channel takes alerts of a kind and a severity at all."""
    if severity == UNKNOWN:
        is_end = kind.event in {AlertKind.OPENED, AlertKind.RESOLVED}
        is_taken = channel.announces_unknown and (is_end or kind.event in channel.events)
        return channel.enabled and is_taken
    return channel.enabled and kind.event in channel.events and severity in channel.severities
