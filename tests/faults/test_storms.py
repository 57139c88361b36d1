"""Fault 31: many monitors fail in the same moment."""

from collections import Counter

import pytest

from sentinelmesh.domain.alert import AlertKind, AlertState
from sentinelmesh.domain.common_cause import CauseKind
from tests.faults.story import ONE_OUTAGE, Story, Watched, down

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

HUNDRED = tuple(Watched(f"host-{place}.shop", (down(2, 6),), interval=60) for place in range(100))
# A refused mail comes again after a while: the group's row is one row of the outbox.
TROUBLED = {"provider": 0.3}


@pytest.mark.parametrize("faults", [{}, TROUBLED], ids=["calm", "troubled providers"])
def test_fault_31_a_hundred_monitors_that_fail_at_once_are_one_message_per_channel(
    faults: dict[str, float],
) -> None:
    story = Story(*HUNDRED, minutes=8, calm_minutes=40, hold_seconds=5)
    story.when(1, story.turn_to(**faults))
    story.keeps_its_promises()
    assert len(story.remains.incidents) == 100
    first = {}
    for each in story.providers.taken:
        first.setdefault((each.channel_id, each.notice.key), each.notice)
    told = Counter(notice.kind for notice in first.values())
    # Where ends are all that is wanted, those of a minute are one message, and the rest another.
    assert told[AlertKind.OPENED] <= ONE_OUTAGE[AlertKind.OPENED]
    assert told[AlertKind.RESOLVED] <= ONE_OUTAGE[AlertKind.RESOLVED] + 1
    begun = [notice for notice in first.values() if notice.kind is AlertKind.OPENED]
    for notice in begun:
        group = notice.content.group
        assert group is not None
        assert group.cause is not None
        assert (group.total, group.cause.kind, group.cause.value) == (
            100, CauseKind.ZONE, "shop.example",
        )  # fmt: skip
    assert begun
    assert {row.state for row in story.remains.alerts} <= {AlertState.SENT, AlertState.SUPPRESSED}
    members = {one.monitor_id for one in story.remains.alerts if one.group is not None}
    assert len(members) == 100
