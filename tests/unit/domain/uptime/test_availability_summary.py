"""Uptime from incidents alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.uptime.availability_summary import availability, gaps_until
from sentinelmesh.domain.uptime.gaps import OPEN_END
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import START, a_monitor, an_incident

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = START + 10 * HOUR
SINCE = START + 2 * HOUR
MONITOR = a_monitor(scheduled_since=SINCE)


def test_a_pause_lasts_until_now_and_ended_with_the_present_timetable() -> None:
    counted = [Interval(START, START + HOUR)]
    paused = a_monitor(paused=True, updated_at=START + 3 * HOUR)
    expected = [*counted, Interval(START + 3 * HOUR, NOW)]
    assert gaps_until(paused, counted, NOW - HOUR, NOW) == expected
    resumed = [*counted, Interval(START + HOUR, OPEN_END)]
    assert gaps_until(MONITOR, resumed, NOW, NOW) == [*counted, Interval(START + HOUR, SINCE)]


def test_nothing_is_known_since_the_last_result_of_the_present_timetable() -> None:
    last = NOW - HOUR
    assert gaps_until(MONITOR, [], last, NOW) == [Interval(last + MONITOR.interval, NOW)]
    assert gaps_until(MONITOR, [], None, NOW) == [Interval(SINCE, NOW)]
    assert gaps_until(MONITOR, [], SINCE - MINUTE, NOW) == [Interval(SINCE, NOW)]
    assert gaps_until(MONITOR, [], SINCE, NOW) == [Interval(SINCE + MONITOR.interval, NOW)]


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=90)))
def test_a_span_without_an_incident_is_a_hundred_percent_however_long(span: timedelta) -> None:
    assert availability([], START, START + span) == 100


def test_of_a_span_that_has_not_begun_nothing_is_said() -> None:
    assert availability([], START, START) is None


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 100))
def test_only_the_part_inside_the_span_counts(began: int, lasted: int, length: int) -> None:
    opened = START + timedelta(seconds=began - 100)
    outage = an_incident(opened_at=opened, resolved_at=opened + timedelta(seconds=lasted))
    seen = availability([outage], START, START + timedelta(seconds=length))
    down = sum(1 for second in range(length) if began <= second + 100 < began + lasted)
    assert seen == round(100 * (length - down) / length, 3)
