"""The table of what to do with rows of flapping, and with ends of what an outage took over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_action import Defer, Send, Suppress, Wait
from sentinelmesh.domain.alerts.delivery_context import SIBLING_PAUSE
from sentinelmesh.domain.alerts.delivery_rules import (
    FLAPPING_PAUSE,
    FLAPS,
    OVER_BEFORE_STEP,
    TAKEN_CARE_OF,
)
from tests.support.alerts import an_alert
from tests.support.builders import a_channel
from tests.unit.domain.alerts.delivery_cases import (
    CANCELLED,
    NOW,
    OPEN,
    OVER,
    Case,
    beginning,
    taken,
)

FLAPPING = replace(OPEN, flapping=True).with_flip(NOW, up=True)
CALM = replace(FLAPPING, flapping=False)
ACKNOWLEDGED = replace(FLAPPING, acknowledged_at=NOW)
SENT: dict[str, Any] = {"state": AlertState.SENT, "finished": True}
STEP: dict[str, Any] = {"unless_acknowledged": True}
LATER = NOW + timedelta(minutes=9)


def row(kind: AlertKind, **changes: Any) -> Alert:
    return an_alert(OPEN, kind, **changes)


def flapping(**changes: Any) -> Alert:
    return row(AlertKind.FLAPPING, **changes)


def regional(kind: AlertKind, instead: str | None = None, **changes: Any) -> Alert:
    plain = row(kind, **changes)
    content = replace(plain.content, severity="regional", superseded_by=instead)
    return replace(plain, content=content)


def became(severity: str, **changes: Any) -> Alert:
    return regional(AlertKind.RESOLVED, severity, **changes)


UNTOLD = Suppress(reason="that it flapped was not told")
WORSE = "it became an outage, which is told"

FLAPPING_CASES = [
    Case(
        "a beginning that was not told before it flapped is left to flapping",
        beginning(),
        Suppress(reason=FLAPS),
        {"incident": FLAPPING},
    ),
    Case("flapping is told", flapping(), Send(), {"incident": FLAPPING}),
    Case(
        "flapping waits while the beginning is being sent",
        flapping(),
        Wait(until=NOW + SIBLING_PAUSE),
        {"incident": FLAPPING, "sibling": taken(beginning(), NOW)},
    ),
    Case(
        "of a paused monitor nobody hears that it flapped",
        flapping(),
        Suppress(reason="the monitor was paused or deleted before this could be told"),
        {"incident": CANCELLED},
    ),
    Case(
        "a step of an escalation hears of flapping if nobody takes care",
        flapping(**STEP),
        Send(),
        {"incident": FLAPPING},
    ),
    Case(
        "and not if somebody does",
        flapping(**STEP),
        Suppress(reason=TAKEN_CARE_OF),
        {"incident": ACKNOWLEDGED},
    ),
    Case(
        "nor if it is over",
        flapping(**STEP),
        Suppress(reason=OVER_BEFORE_STEP),
        {"incident": OVER},
    ),
    Case(
        "stable is told behind flapping",
        row(AlertKind.STABLE),
        Send(),
        {"sibling": flapping(**SENT)},
    ),
    Case(
        "stable waits for flapping",
        row(AlertKind.STABLE),
        Wait(until=NOW + SIBLING_PAUSE),
        {"incident": CALM, "sibling": flapping()},
    ),
    Case(
        "stable is nothing to who heard of no flapping",
        row(AlertKind.STABLE),
        UNTOLD,
        {"sibling": flapping(state=AlertState.DEAD, finished=True)},
    ),
    Case(
        "the end makes a step that was not reached superfluous",
        row(AlertKind.STABLE),
        replace(UNTOLD, with_opened=True),
        {"sibling": flapping(**STEP, due_at=LATER)},
    ),
    Case(
        "of what stays down stable is told after such a step",
        row(AlertKind.STABLE),
        Defer(
            until=LATER + SIBLING_PAUSE,
            reason="that it flapped is told at a later step of the escalation",
        ),
        {"incident": CALM, "sibling": flapping(**STEP, due_at=LATER)},
    ),
    Case(
        "nobody is reminded while it flaps",
        row(AlertKind.REMINDER, number=1),
        Defer(until=NOW + FLAPPING_PAUSE, reason=FLAPS, is_held=True),
        {"incident": FLAPPING},
    ),
    Case(
        "and again when it stays down",
        row(AlertKind.REMINDER, number=1),
        Send(),
        {"incident": CALM},
    ),
]

NO_OUTAGES = {"channel": a_channel(severities=("regional",))}
TAKEN_OVER = [
    Case(
        "what became an outage is told as that",
        became("outage"),
        Suppress(reason=WORSE),
        {"sibling": regional(AlertKind.OPENED, **SENT)},
    ),
    Case(
        "and its own beginning not at all any more",
        became("outage"),
        Suppress(reason=WORSE, with_opened=True),
        {"sibling": regional(AlertKind.OPENED)},
    ),
    Case(
        "not while that is being sent",
        became("outage"),
        Wait(until=NOW + SIBLING_PAUSE),
        {"sibling": taken(regional(AlertKind.OPENED), NOW)},
    ),
    Case(
        "who takes no outages is told the end",
        became("outage"),
        Send(),
        {"sibling": regional(AlertKind.OPENED, **SENT), **NO_OUTAGES},
    ),
    Case(
        "a receiver that keeps alerts open until their end is told it",
        became("outage"),
        Send(),
        {"sibling": regional(AlertKind.OPENED, **SENT), "takes_key": True},
    ),
    Case(
        "the end of an outage is told whatever takes its place",
        replace(became("regional"), content=replace(became("regional").content, severity="outage")),
        Send(),
        {"sibling": beginning(**SENT)},
    ),
]
