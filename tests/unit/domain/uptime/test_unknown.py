"""From when on nothing is known about a monitor, and what stays of a time when parts are taken."""

from datetime import timedelta

from sentinelmesh.domain.uptime.unknown import silences, silent_since
from sentinelmesh.domain.values.interval import Interval, subtract
from tests.support.builders import START, a_monitor

MONITOR = a_monitor(interval_seconds=60, timeout_ms=10_000)
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
LAST = START + MINUTE


def test_a_monitor_is_unknown_when_three_intervals_and_a_timeout_brought_nothing() -> None:
    limit = LAST + 3 * MINUTE + MONITOR.timeout
    assert silent_since(MONITOR, LAST, limit) is None
    assert silent_since(MONITOR, LAST, limit + MOMENT) == LAST


def test_only_slots_of_a_time_say_something_about_it() -> None:
    within = Interval(START, START + 10 * MINUTE)
    known = [START + count * MINUTE for count in range(4)]
    outside = [START - 2 * MINUTE, START + 10 * MINUTE, START + 12 * MINUTE]
    found = list(silences(MINUTE, [*known, *outside], within, on_its_way=timedelta()))
    assert found == [Interval(START + 4 * MINUTE, within.end)]


def test_what_is_taken_from_an_end_of_a_time_leaves_nothing_empty_behind() -> None:
    whole = Interval(START, START + 10 * MINUTE)
    begin, end = Interval(START, LAST), Interval(START + 9 * MINUTE, whole.end)
    assert subtract([whole], [begin, end]) == [Interval(LAST, START + 9 * MINUTE)]
    assert subtract([whole], [whole]) == []
