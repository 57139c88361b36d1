"""The table of what to do with an alert row that tells of an end."""

from datetime import timedelta

from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.alerts.delivery_action import Postpone, Send, Suppress, Wait
from sentinelmesh.domain.alerts.delivery_context import MAX_SENDING, QUIET_WINDOW, SIBLING_PAUSE
from tests.unit.domain.alerts.delivery_cases import (
    MILLISECOND,
    NEWER,
    NOW,
    OLDER,
    OPEN,
    Case,
    beginning,
    ending,
    lost,
    taken,
    told,
)

JUST_NOW, LONG_AGO = 10, 3600
UNHEARD = "its beginning was not announced"

END_CASES = [
    Case(
        "an end is told after its beginning",
        ending(),
        Send(),
        {"sibling": beginning(AlertState.SENT, finished=True)},
    ),
    Case("a channel that takes ends only is told them", ending(), Send(), {"sibling": None}),
    Case(
        "an end whose beginning was given up tells of both",
        ending(),
        Send(combined=True),
        {"sibling": beginning(AlertState.DEAD, finished=True)},
    ),
    Case(
        "an end whose beginning was not told yet tells of both",
        ending(),
        Send(combined=True),
        {"sibling": beginning()},
    ),
    Case(
        "also if the beginning waits for another attempt",
        ending(),
        Send(combined=True),
        {"sibling": beginning(AlertState.RETRY, due_at=NOW + timedelta(minutes=9))},
    ),
    Case(
        "also if the beginning may have been heard",
        ending(),
        Send(combined=True),
        {"sibling": beginning(AlertState.RETRY, uncertain_attempts=1)},
    ),
    Case(
        "an end waits while its beginning is being sent",
        ending(),
        Wait(until=NOW + SIBLING_PAUSE),
        {"sibling": taken(beginning(), NOW)},
    ),
    Case(
        "but no longer than the claimer can live",
        ending(),
        Wait(until=NOW + MILLISECOND),
        {"sibling": taken(beginning(), NOW - MAX_SENDING + MILLISECOND)},
    ),
    Case(
        "then it tells of both, lease or not",
        ending(),
        Send(combined=True),
        {"sibling": taken(beginning(), NOW - MAX_SENDING)},
    ),
    Case(
        "the end of an outage that nobody heard of is not told, and nobody will hear of it",
        ending(),
        Suppress(reason=UNHEARD, with_opened=True),
        {"sibling": beginning(AlertState.SUPPRESSED)},
    ),
    Case(
        "nor if the beginning was suppressed for good",
        ending(),
        Suppress(reason=UNHEARD),
        {"sibling": beginning(AlertState.SUPPRESSED, finished=True)},
    ),
    Case(
        "nor if the beginning would have had to be quiet, had anybody looked at it in time",
        ending(),
        Suppress(reason=UNHEARD, with_opened=True),
        {"sibling": beginning(), "attention": told(opened_by=OLDER, ago=14 * 60)},
    ),
    Case(
        "but only if the same was told less than five minutes before it",
        ending(),
        Send(combined=True),
        {"sibling": beginning(), "attention": told(opened_by=OLDER, ago=15 * 60 - 1)},
    ),
    Case(
        "unless somebody may have heard of it before it was suppressed",
        ending(),
        Send(combined=True),
        {"sibling": beginning(AlertState.SUPPRESSED, uncertain_attempts=1)},
    ),
    Case(
        "what began as telling of both stays that, though the beginning is suppressed by it",
        ending(AlertState.RETRY, combined=True),
        Send(combined=True),
        {"sibling": beginning(AlertState.SUPPRESSED, finished=True)},
    ),
    Case(
        "and when it is repeated, it says so",
        lost(ending(combined=True)),
        Send(combined=True, uncertain_attempts=1),
        {"sibling": beginning(AlertState.DEAD, finished=True)},
    ),
    Case(
        "an end that a newer outage has overtaken says so",
        ending(AlertState.RETRY),
        Send(overtaken=True),
        {"sibling": beginning(AlertState.SENT, finished=True), "attention": told(opened_by=NEWER)},
    ),
    Case(
        "so does one that tells of both",
        ending(),
        Send(combined=True, overtaken=True),
        {"sibling": beginning(AlertState.RETRY), "attention": told(opened_by=NEWER)},
    ),
    Case(
        "its own beginning does not overtake an end",
        ending(),
        Send(),
        {
            "sibling": beginning(AlertState.SENT, finished=True),
            "attention": told(opened_by=OPEN.incident_id),
        },
    ),
    Case(
        "nor does an older one",
        ending(),
        Send(combined=True),
        {"sibling": beginning(AlertState.RETRY), "attention": told(opened_by=OLDER)},
    ),
    Case(
        "one that a newer end has overtaken says so as well",
        ending(AlertState.RETRY),
        Send(overtaken=True),
        {
            "attention": told(resolved_by=NEWER, ago=LONG_AGO),
            "sibling": beginning(AlertState.SENT, finished=True),
        },
    ),
]

DRIPPING = "another end was told meanwhile, and nobody heard of this beginning"
OLD_NEWS = [
    Case(
        "a channel that takes ends only is not told of two within five minutes",
        ending(),
        Suppress(reason=DRIPPING),
        {"attention": told(resolved_by=OLDER, ago=JUST_NOW)},
    ),
    Case(
        "an outage that nobody heard of is old news once the end of a newer one was told",
        ending(),
        Suppress(reason=DRIPPING, with_opened=True),
        {"attention": told(resolved_by=NEWER, ago=JUST_NOW), "sibling": beginning()},
    ),
    Case(
        "also when the quiet window is over",
        ending(AlertState.SUPPRESSED),
        Suppress(reason=DRIPPING, with_opened=True),
        {"attention": told(resolved_by=NEWER, ago=LONG_AGO), "sibling": beginning()},
    ),
    Case(
        "and when its beginning was finished before",
        ending(combined=True),
        Suppress(reason=DRIPPING),
        {
            "attention": told(resolved_by=NEWER, ago=JUST_NOW),
            "sibling": beginning(AlertState.SUPPRESSED, finished=True),
        },
    ),
    Case(
        "after the end of an older one it is told later",
        ending(),
        Postpone(until=NOW + QUIET_WINDOW - timedelta(seconds=JUST_NOW)),
        {"attention": told(resolved_by=OLDER, ago=JUST_NOW), "sibling": beginning()},
    ),
    Case(
        "and so is the end of an outage that was announced, whatever came after it",
        ending(),
        Postpone(until=NOW + QUIET_WINDOW - timedelta(seconds=JUST_NOW)),
        {
            "attention": told(resolved_by=NEWER, ago=JUST_NOW),
            "sibling": beginning(AlertState.SENT, finished=True),
        },
    ),
]
