"""Faults 10 and 22: targets that hang, and targets that cannot make up their mind."""

from collections import Counter

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import Status
from tests.faults.story import Story, Watched, after, down

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

OTHERS = tuple(Watched(f"blog-{place}") for place in range(8))
HANGING = tuple(
    Watched(f"hole-{place}", (down(2, 900, silent=True),), timeout_ms=9000) for place in range(2)
)


def latenesses(story: Story) -> list[int]:
    """Return how late the others' probes began while targets hung, in milliseconds."""
    return [
        each.lateness_ms
        for name in (one.name for one in OTHERS)
        for each in story.results_of(name)
        if after(2) <= each.slot < after(8)
    ]


def test_fault_10_a_hanging_target_makes_no_other_monitor_late() -> None:
    alone, beside = Story(*OTHERS, minutes=8), Story(*OTHERS, *HANGING, minutes=8)
    alone.keeps_its_promises()
    beside.keeps_its_promises()
    assert len(latenesses(beside)) == len(latenesses(alone)) == 8 * 36
    assert max(latenesses(beside)) < max(latenesses(alone)) + 500
    assert all(len(beside.incidents_of(each.name)) == 1 for each in HANGING)


def test_fault_22_whoever_flaps_with_every_slot_wakes_nobody_with_every_slot() -> None:
    blinks = tuple(down(2 + each / 3, 2 + each / 3 + 1 / 6) for each in range(54))
    story = Story(Watched("shop", blinks), minutes=20, calm_minutes=50, until_stable=True)
    story.keeps_its_promises()
    statuses = [row.to_status for row in story.ledger_of("shop")]
    assert statuses.count(Status.DOWN) > 40
    told = Counter((each.channel_id, each.notice.kind) for each in story.providers.taken)
    assert set(told.values()) == {1}
    # One of the four channels takes ends only.
    assert Counter(kind for _, kind in told) == {
        AlertKind.OPENED: 3, AlertKind.RESOLVED: 4, AlertKind.FLAPPING: 3, AlertKind.STABLE: 4,
    }  # fmt: skip
    last_of = {each.channel_id: each.notice.kind for each in story.providers.taken}
    assert set(last_of.values()) == {AlertKind.STABLE}
