"""What to do with an alert row: every branch of the decision, as a table."""

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.delivery_context import (
    MAX_SENDING,
    QUIET_WINDOW,
    DeliveryContext,
)
from sentinelmesh.domain.alerts.delivery_policy import (
    KEYED_LEASE,
    KEYLESS_LEASE,
    MAX_UNCERTAIN,
    next_action,
)
from tests.support.builders import a_channel
from tests.unit.domain.alerts.delivery_cases import CASES, NOTHING_TOLD, NOW, OPEN, OVER, Case
from tests.unit.domain.alerts.delivery_end_cases import END_CASES, OLD_NEWS
from tests.unit.domain.alerts.delivery_flapping_cases import FLAPPING_CASES, TAKEN_OVER

ALL_CASES = [*CASES, *END_CASES, *OLD_NEWS, *FLAPPING_CASES, *TAKEN_OVER]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_what_is_to_be_done(case: Case) -> None:
    incident = OPEN if case.row.kind is AlertKind.OPENED else OVER
    plain = {"incident": incident, "channel": a_channel(), "attention": NOTHING_TOLD}
    around = DeliveryContext(**{**plain, **case.around})
    assert next_action(case.row, around, NOW) == case.expected


def test_a_repeat_comes_five_minutes_after_the_first_message_at_the_earliest() -> None:
    """The first may leave until the very end of its claimer."""
    assert KEYLESS_LEASE - MAX_SENDING >= QUIET_WINDOW
    assert KEYED_LEASE > MAX_SENDING


def test_a_message_is_sent_at_most_twice() -> None:
    assert MAX_UNCERTAIN == 2
