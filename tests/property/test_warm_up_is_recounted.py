"""I9 where an outage opens late in the hour in which a monitor was created."""

from datetime import timedelta

from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.messages import RecountMessage
from tests.property.counting import Count
from tests.support.builders import REGIONS, START, a_monitor, a_result, an_incident

MINUTE = timedelta(minutes=1)
# Of a job, e.g., that need not have been heard of yet.
MONITOR = a_monitor(created_at=START, enabled_at=START, grace_period_seconds=0)


def live(outcome: Outcome) -> Count:
    """Have results for half an hour, the first of them with the third slot."""
    count = Count()
    count.monitors.create(MONITOR)
    slots = list(planned_slots(MONITOR.id, 60, START, START + 38 * MINUTE))
    for slot in slots[2:]:
        count.see(a_result(MONITOR, slot, REGIONS[0], outcome=outcome), slot)
    assert count.differences(MONITOR) == []
    return count


def break_down(count: Count) -> None:
    """Have an outage open, and its order to count carried out."""
    outage = an_incident(opened_at=START + 40 * MINUTE)
    count.open(outage)
    order = RecountMessage(monitor_id=MONITOR.id, incident_id=outage.incident_id)
    count.recounter().carry_out(order)


def test_an_outage_after_the_first_pass_does_not_change_what_came_before_that() -> None:
    count = live(Outcome.SUCCESS)
    break_down(count)
    assert count.differences(MONITOR) == []
    (hour,) = count.rollups.list_hours(MONITOR.id, START, START + 60 * MINUTE)
    assert hour.unknown_ms == 0


def test_an_outage_of_what_never_worked_has_the_whole_hour_counted_again() -> None:
    """Until then it had not worked: that is neither up nor down."""
    count = live(Outcome.FAILURE)
    break_down(count)
    assert count.differences(MONITOR) == []
    (hour,) = count.rollups.list_hours(MONITOR.id, START, START + 60 * MINUTE)
    assert hour.unknown_ms == hour.watched_ms
