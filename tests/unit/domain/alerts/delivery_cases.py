"""The table of what to do with an alert row, for rows of any kind and for beginnings."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.alert_transitions import claim
from sentinelmesh.domain.alerts.delivery_action import (
    Action,
    Kill,
    Nothing,
    Postpone,
    Send,
    Suppress,
    Wait,
)
from sentinelmesh.domain.alerts.delivery_context import MAX_SENDING, QUIET_WINDOW, SIBLING_PAUSE
from sentinelmesh.domain.alerts.delivery_policy import GIVE_UP_AFTER, KEYED_LEASE, KEYLESS_LEASE
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import IncidentState, incident_id
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START, a_channel

MILLISECOND = timedelta(milliseconds=1)
OPEN = an_incident()
OVER = resolved(OPEN)
CANCELLED = replace(OVER, state=IncidentState.CANCELLED)
NOW = START + timedelta(minutes=10)


def beginning(state: AlertState = AlertState.PENDING, **changes: Any) -> Alert:
    return an_alert(OPEN, AlertKind.OPENED, state=state, **changes)


def ending(state: AlertState = AlertState.PENDING, **changes: Any) -> Alert:
    return an_alert(OVER, AlertKind.RESOLVED, state=state, **changes)


def taken(row: Alert, at: datetime, *, takes_key: bool = False) -> Alert:
    send = Send(combined=row.combined, uncertain_attempts=row.uncertain_attempts)
    return claim(row, send, at, takes_key=takes_key, chance=Random(1))


def lost(row: Alert, *, takes_key: bool = False) -> Alert:
    """Claim a row so long ago that its claimer must be gone, and its lease over."""
    lease = KEYED_LEASE if takes_key else KEYLESS_LEASE
    return taken(row, NOW - lease, takes_key=takes_key)


@dataclass(frozen=True)
class Case:
    name: str
    row: Alert
    expected: Action
    around: dict[str, Any] = field(default_factory=dict)


NOTHING_TOLD = NotificationHistory(monitor_id="mon_1", channel_id="ch_1")


def told(
    opened_by: str | None = None, resolved_by: str | None = None, ago: int = 0
) -> NotificationHistory:
    """Have told a channel of a beginning or an end so many seconds ago."""
    at = NOW - timedelta(seconds=ago)
    return replace(
        NOTHING_TOLD,
        version=1,
        opened_by=opened_by,
        opened_at=at if opened_by else None,
        resolved_by=resolved_by,
        resolved_at=at if resolved_by else None,
    )


NEWER, OLDER = (
    incident_id("mon_1", OPEN.opened_at + timedelta(hours=hours), 1) for hours in (1, -1)
)
SWITCHED_OFF = Suppress(reason="the channel was deleted or switched off")
UNTOLD_OVER = Suppress(reason="it was over before it could be told")
TWICE = Kill(reason="sent twice without learning whether it arrived")

ANY_ROW = [
    Case("a finished row is left alone", beginning(AlertState.SENT, finished=True), Nothing()),
    Case(
        "a finished row is left alone even if its lease seems to run",
        replace(taken(beginning(), NOW), finished=True),
        Nothing(),
    ),
    Case(
        "a row that is not due waits until it is",
        beginning(AlertState.RETRY, due_at=NOW + MILLISECOND),
        Wait(until=NOW + MILLISECOND),
    ),
    Case("a row that is due this moment is sent", beginning(AlertState.RETRY, due_at=NOW), Send()),
    Case(
        "a claimed row is its claimer's until the lease ends",
        taken(beginning(), NOW - KEYLESS_LEASE + MILLISECOND),
        Wait(until=NOW + MILLISECOND),
    ),
    Case("a deleted channel hears nothing", beginning(), SWITCHED_OFF, {"channel": None}),
    Case(
        "a channel that was switched off hears nothing",
        ending(),
        SWITCHED_OFF,
        {"channel": a_channel(enabled=False)},
    ),
    Case(
        "nor does it hear again what it may have heard",
        lost(beginning()),
        SWITCHED_OFF,
        {"channel": a_channel(enabled=False)},
    ),
    Case(
        "after a day a row is given up, and its last answer stays",
        beginning(AlertState.RETRY, created_at=NOW - GIVE_UP_AFTER, answer="HTTP 503"),
        Kill(reason="not delivered within a day; last answer: HTTP 503"),
    ),
    Case(
        "a moment before it is not",
        beginning(AlertState.RETRY, created_at=NOW - GIVE_UP_AFTER + MILLISECOND),
        Send(),
    ),
]

DOUBTS = [
    Case(
        "a lost claim is repeated, and says that it is a repeat",
        lost(beginning()),
        Send(uncertain_attempts=1),
    ),
    Case("a second lost claim is the last", lost(beginning(uncertain_attempts=1)), TWICE),
    Case(
        "an attempt after an uncertain answer says that it is a repeat",
        beginning(AlertState.RETRY, uncertain_attempts=1),
        Send(uncertain_attempts=1),
    ),
    Case(
        "a lost claim after an uncertain answer is the last",
        lost(ending(uncertain_attempts=1)),
        TWICE,
    ),
    Case(
        "where a key makes repeats harmless, a lost claim raises no doubt",
        lost(beginning(), takes_key=True),
        Send(),
        {"takes_key": True},
    ),
    Case(
        "and any number of lost claims is no reason to give up",
        replace(lost(beginning(), takes_key=True), attempts=9),
        Send(),
        {"takes_key": True},
    ),
]

BEGINNINGS = [
    Case("an outage is announced", beginning(), Send()),
    Case("also if its incident cannot be found", beginning(), Send(), {"incident": None}),
    Case(
        "an outage that is still there after the quiet window is announced then",
        beginning(AlertState.SUPPRESSED),
        Send(),
    ),
    Case(
        "of a monitor that was paused or deleted nothing is told",
        beginning(),
        Suppress(reason="the monitor was paused or deleted before this could be told"),
        {"incident": CANCELLED},
    ),
    Case(
        "an outage that was over before the quiet window was is not announced",
        beginning(AlertState.SUPPRESSED),
        Suppress(reason="it was over before it could be told again"),
        {"incident": OVER, "sibling": ending()},
    ),
    Case(
        "an outage that is over is left to the row of its end",
        beginning(AlertState.RETRY),
        Wait(until=NOW + SIBLING_PAUSE),
        {"incident": OVER, "sibling": ending()},
    ),
    Case(
        "so is one that may have been announced",
        lost(beginning()),
        Wait(until=NOW + SIBLING_PAUSE),
        {"incident": OVER, "sibling": ending()},
    ),
    Case(
        "a channel that takes no ends is told beginning and end in one",
        beginning(AlertState.RETRY),
        Send(combined=True),
        {"incident": OVER},
    ),
    Case(
        "and as a repeat if it may have heard of the beginning",
        lost(beginning()),
        Send(combined=True, uncertain_attempts=1),
        {"incident": OVER},
    ),
    Case(
        "if the end ended untold, so does the beginning",
        beginning(AlertState.RETRY),
        UNTOLD_OVER,
        {"incident": OVER, "sibling": ending(AlertState.SUPPRESSED, finished=True)},
    ),
]

QUIET = QUIET_WINDOW // timedelta(seconds=1)
ITS_TIME = [
    Case(
        "the same that was told less than five minutes ago is a reason to be quiet",
        beginning(),
        Postpone(until=NOW + timedelta(seconds=1)),
        {"attention": told(opened_by=OLDER, ago=QUIET - 1)},
    ),
    Case(
        "for ends too, whatever they tell of",
        ending(),
        Postpone(until=NOW + timedelta(seconds=1)),
        {"attention": told(resolved_by=OLDER, ago=QUIET - 1), "sibling": beginning()},
    ),
    Case(
        "after five minutes it is none any more",
        beginning(),
        Send(),
        {"attention": told(opened_by=OLDER, ago=QUIET)},
    ),
    Case(
        "a row is no reason for itself",
        beginning(AlertState.RETRY),
        Send(),
        {"attention": told(opened_by=OPEN.incident_id, ago=1)},
    ),
    Case(
        "an end is no reason for a beginning",
        beginning(),
        Send(),
        {"attention": told(resolved_by=OLDER, ago=1)},
    ),
    Case(
        "being quiet takes no doubt away",
        lost(beginning()),
        Postpone(until=NOW + timedelta(seconds=1), uncertain_attempts=1),
        {"attention": told(opened_by=OLDER, ago=QUIET - 1)},
    ),
    Case(
        "a beginning waits while the end before it is being sent",
        beginning(),
        Wait(until=NOW + SIBLING_PAUSE),
        {"end_before": taken(ending(), NOW)},
    ),
    Case(
        "but no longer than that one's claimer can live",
        beginning(),
        Send(),
        {"end_before": taken(ending(), NOW - MAX_SENDING)},
    ),
    Case(
        "nor for an end that was told",
        beginning(),
        Send(),
        {"end_before": replace(taken(ending(), NOW), state=AlertState.SENT, finished=True)},
    ),
]

CASES = [*ITS_TIME, *ANY_ROW, *DOUBTS, *BEGINNINGS]
