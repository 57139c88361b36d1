"""The table of what to do with an alert row that tells of an end."""

from datetime import timedelta

from sentinelmesh.domain.alert import AlertState
from sentinelmesh.domain.delivery import (
    LONGEST_SENDING,
    SIBLING_PAUSE,
    Send,
    Suppress,
    Wait,
)
from tests.unit.domain.delivery_cases import (
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
        {"sibling": taken(beginning(), NOW - LONGEST_SENDING + MILLISECOND)},
    ),
    Case(
        "then it tells of both, lease or not",
        ending(),
        Send(combined=True),
        {"sibling": taken(beginning(), NOW - LONGEST_SENDING)},
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
        {"sibling": beginning(), "attention": told(opened_by=NEWER)},
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
        {"sibling": beginning(), "attention": told(opened_by=OLDER)},
    ),
]
