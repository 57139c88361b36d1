"""What people are told: I4 and I5, and the order of messages."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.incidents.incident import IncidentState
from tests.simulation.oracle.follow_ups import is_still_to_come
from tests.simulation.oracle.remains import Remains
from tests.simulation.providers import Delivery

FINAL = {AlertState.SENT, AlertState.SUPPRESSED, AlertState.DEAD}
MAX_SENDS = 2
# Of the channels of a simulated life.
KEEPING_STATE = {"webhook"}
TRANSITIONS = {AlertKind.OPENED, AlertKind.RESOLVED, AlertKind.FLAPPING, AlertKind.STABLE}
REPEAT_AFTER = timedelta(minutes=5)
# Who hears that a monitor flaps waits for the word that it is stable.
NEWS_SINCE = {AlertKind.RESOLVED, AlertKind.FLAPPING, AlertKind.STABLE}
BEGINNINGS, ENDS = {AlertKind.OPENED, AlertKind.FLAPPING}, {AlertKind.RESOLVED, AlertKind.STABLE}


def outbox(remains: Remains) -> Iterator[str]:
    """I4: alert rows are transitions times the channels that hear of them at that moment."""
    rows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for alert in remains.alerts:
        if alert.instead_of is not None or alert.kind not in TRANSITIONS or alert.is_group:
            continue
        if alert.content.closed_because is not None:
            continue
        rows[alert.incident_id, alert.kind.value].add(alert.channel_id)
    kept_open = {
        (each.incident_id, end.value, each.channel_id)
        for each in remains.alerts
        if each.kind in BEGINNINGS and each.channel_kind in KEEPING_STATE
        for end in ENDS
    }
    owed = remains.life.watch.owed
    for key in sorted({*rows, *owed}):
        certain, possible = owed.get(key, (set(), set()))
        # A receiver that keeps an alert open is sent its end, whatever was edited meanwhile.
        possible = possible | {each for each in rows[key] if (*key, each) in kept_open}
        if not certain <= rows[key] <= possible:
            yield f"I4: {key} has rows for {sorted(rows[key])}, owed {sorted(certain)}"


def closing(remains: Remains) -> Iterator[str]:
    """What a receiver keeps open is closed when nobody follows it any more, and only there."""
    over = {each.incident_id for each in remains.incidents if each.state is not IncidentState.OPEN}
    spared = {
        (each.incident_id, each.channel_id)
        for each in remains.alerts
        if each.kind in ENDS and _has_no_end(each, remains)
    }
    for alert in remains.alerts:
        name = alert.incident_id, alert.channel_id
        kinds = {each.notice.kind for each in remains.taken(*name)}
        if alert.content.closed_because is not None and alert.channel_kind not in KEEPING_STATE:
            yield f"closing: {alert.channel_kind} got {alert.incident_id} {alert.key}"
        is_opened = alert.kind is AlertKind.OPENED and AlertKind.OPENED in kinds
        is_stateful = alert.channel_kind in KEEPING_STATE and alert.group is None
        channel = remains.channels.get(alert.channel_id)
        takes_ends = channel is not None and AlertKind.RESOLVED in channel.events
        if not (is_opened and is_stateful and takes_ends) or name in spared:
            continue
        is_ended = bool(kinds & ENDS) or _is_whole(remains, name)
        is_left_open = alert.incident_id in over and not is_ended
        if _is_over_for_all(remains, alert):
            is_left_open = not remains.taken(*name)[-1].notice.is_over
        if is_left_open:
            yield f"closing: {alert.channel_id} keeps {alert.incident_id} open for ever"


def _has_no_end(end: Alert, remains: Remains) -> bool:
    """Return True if an end could not be sent, is to come, or is left to what took its place."""
    is_replaced = end.content.superseded_by is not None
    return end.state is AlertState.DEAD or is_replaced or is_still_to_come(end, remains.now)


def _is_whole(remains: Remains, name: tuple[str, str]) -> bool:
    """Return True if a beginning was sent together with its end."""
    return any(each.notice.combined for each in remains.taken(*name))


def delivery(remains: Remains) -> Iterator[str]:
    """I5: every row comes to an end, nothing is sent twice without need, never three times."""
    for alert in remains.alerts:
        if not is_still_to_come(alert, remains.now) and alert.state not in FINAL:
            yield f"I5: {alert.incident_id} {alert.key} is still {alert.state}"
        key = message_of(alert)
        taken = [
            each
            for each in remains.taken(alert.incident_id, alert.channel_id)
            if each.notice.key == key
        ]
        if len(taken) > 1 + sum(each.is_doubtful for each in taken[: MAX_SENDS - 1]):
            yield f"I5: {key} was taken {len(taken)} times"
        if alert.state is AlertState.SENT and not taken:
            yield f"I5: {key} is marked as sent and never arrived"
        for first, second in pairwise(taken):
            if not second.notice.repeat or second.at - first.at < REPEAT_AFTER:
                yield f"I5: {key} was repeated unmarked or too soon"


def message_of(alert: Alert) -> str:
    """Return the message that tells a row: its own, or its group's."""
    name, key = alert.incident_id, alert.key
    if alert.group is not None:
        name, key = alert.group, alert.told_in
    return f"{name}.{key.replace('#', '.')}"


def told_in_one_way(remains: Remains) -> Iterator[str]:
    """I5: what is told among many is not told alone, and no beginning is told in two groups.

    Who stands in for another channel hears of the group that died there, and beside that of what it
    is told itself.
    """
    for alert in remains.alerts:
        if alert.is_group or alert.kind not in {AlertKind.OPENED, AlertKind.RESOLVED}:
            continue
        taken = remains.taken(alert.incident_id, alert.channel_id)
        alike = [each.notice for each in taken if each.notice.kind is alert.kind]
        same = [each for each in alike if each.instead_of == alert.instead_of]
        # Which ends a group has told of already stands in its later ones too.
        groups = {each.incident_id for each in same if each.content.group is not None}
        if len(groups) + any(each.content.group is None for each in same) > 1:
            yield f"I5: {alert.incident_id} {alert.key} was told in several ways"


def order_of_messages(remains: Remains) -> Iterator[str]:
    """An end is never told before its beginning, and the last word about a monitor is the truth."""
    for alert in remains.alerts:
        taken = remains.taken(alert.incident_id, alert.channel_id)
        # An update of a group begins nothing but what it adds.
        is_old = alert.is_group
        kinds = [each.notice.kind for each in taken if not (is_old and each.notice.is_update)]
        ends = kinds.index(AlertKind.RESOLVED) if AlertKind.RESOLVED in kinds else len(kinds)
        if AlertKind.OPENED in kinds[ends:]:
            yield f"order: {alert.incident_id} told {alert.channel_id} its beginning after its end"
        # Of what an outage takes over the outage is the last word.
        is_left_to_outage = alert.content.superseded_by is not None
        is_lost = alert.state is AlertState.DEAD or _switched_off(alert)
        is_due = not (is_lost or is_left_to_outage or _lasts_in_part(remains, alert))
        if alert.kind is AlertKind.RESOLVED and is_due and _is_left_down(remains, alert, taken):
            yield f"order: {alert.channel_id} never heard of the end of {alert.incident_id}"


def _is_left_down(remains: Remains, alert: Alert, taken: list[Delivery]) -> bool:
    """Return whether somebody heard of a beginning, and no news of this monitor since."""
    told_down = [each.at for each in taken if each.notice.kind is AlertKind.OPENED]
    return bool(told_down) and not any(
        each.channel_id == alert.channel_id
        and alert.monitor_id in remains.told_of(each)
        and each.notice.kind in NEWS_SINCE
        and each.at >= told_down[-1]
        for each in remains.life.providers.taken
    )


def _lasts_in_part(remains: Remains, alert: Alert) -> bool:
    """Return True if a group has not ended for all: it may be updated after some of its ends."""
    states = {each.incident_id: each.state for each in remains.incidents}
    members = {each.incident_id for each in remains.members(alert.incident_id)}
    return any(states.get(each) is not IncidentState.RESOLVED for each in members)


def _is_over_for_all(remains: Remains, alert: Alert) -> bool:
    """Return True for a group whose members' incidents have all ended, or were cancelled."""
    open_ones = {each.incident_id for each in remains.incidents if each.state is IncidentState.OPEN}
    members = {each.incident_id for each in remains.members(alert.incident_id)}
    return bool(members) and not members & open_ones


def _switched_off(alert: Alert) -> bool:
    return "switched off" in (alert.answer or "")


def announced(remains: Remains) -> Iterator[str]:
    """An outage that is still open was announced on every channel that was owed it."""
    # What could not be told, be it that it is down or that it flaps, the fallback tells; and who
    # was switched off when either was to be told wanted to hear nothing.
    unreached = {
        (each.incident_id, each.channel_id)
        for each in remains.alerts
        if each.state is AlertState.DEAD or _switched_off(each)
    }
    for incident in remains.incidents:
        if incident.state is not IncidentState.OPEN:
            continue
        for alert in remains.alerts:
            is_its = alert.incident_id == incident.incident_id and alert.kind is AlertKind.OPENED
            taken = remains.taken(alert.incident_id, alert.channel_id)
            is_spared = alert.unless_acknowledged and incident.acknowledged_at is not None
            if is_spared or is_still_to_come(alert, remains.now):
                continue
            if is_its and not taken and (alert.incident_id, alert.channel_id) not in unreached:
                yield f"I5: {incident.incident_id} is open and {alert.channel_id} never heard of it"
