"""What a row has to wait for, and of what kind the row is that told the beginning."""

from dataclasses import replace
from datetime import timedelta

from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_action import Wait
from sentinelmesh.domain.alerts.delivery_context import (
    MAX_SENDING,
    SIBLING_PAUSE,
    preceding_kinds,
    while_being_sent,
)
from sentinelmesh.domain.incidents.incident import Flip
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START

OPENED, FLAPPING = AlertKind.OPENED, AlertKind.FLAPPING


def test_a_beginning_is_told_by_its_kind_or_by_the_flapping_that_took_its_place() -> None:
    calm = an_incident()
    flapping = replace(calm, flapping=True)
    flapped = replace(calm, flips=(Flip(at=START, up=True),))
    for kind in (AlertKind.RESOLVED, AlertKind.ACKNOWLEDGED, AlertKind.REMINDER):
        assert preceding_kinds(kind, None) == preceding_kinds(kind, calm) == (OPENED, FLAPPING)
        assert (
            preceding_kinds(kind, flapping) == preceding_kinds(kind, flapped) == (FLAPPING, OPENED)
        )
    assert preceding_kinds(FLAPPING, flapping) == (OPENED,)
    assert preceding_kinds(AlertKind.STABLE, flapping) == (FLAPPING,)


def test_what_may_be_on_its_way_is_waited_for_and_not_overtaken() -> None:
    claimed = an_alert(state=AlertState.CLAIMED, claimed_at=START)
    assert while_being_sent(claimed, START) == Wait(until=START + SIBLING_PAUSE)
    gone_at = START + MAX_SENDING
    moment = timedelta(microseconds=1)
    assert while_being_sent(claimed, gone_at - moment) == Wait(until=gone_at)
    assert while_being_sent(claimed, gone_at) is None
    assert while_being_sent(replace(claimed, claimed_at=None), START) is None
    for state in set(AlertState) - {AlertState.CLAIMED}:
        assert while_being_sent(replace(claimed, state=state), START) is None
