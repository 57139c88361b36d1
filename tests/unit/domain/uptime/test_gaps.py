"""Gaps are those of the days that were counted, whichever day is counted again."""

from datetime import datetime, timedelta

from sentinelmesh.domain.uptime.gaps import OPEN_END, Gaps, renew
from sentinelmesh.domain.uptime.rollup import Rollup, Stretch
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = START.replace(hour=0)


def an_hour(start: datetime, *silent: Interval, closed: bool = False) -> Rollup:
    stretch = Stretch(
        start=start, end=start + HOUR, interval_seconds=60, began=start, closed=closed
    )
    return Rollup(stretch=stretch, silent=silent)


def silence(start: datetime) -> Interval:
    return Interval(start, start + HOUR / 2)


def after(known: Gaps, day: datetime, *hours: Rollup) -> tuple[list[Interval], list[Interval]]:
    found = renew(known, day, hours)
    return list(found.silent), list(found.paused)


def test_silent_time_of_a_day_replaces_what_was_known_of_it() -> None:
    first = renew(Gaps(), MIDNIGHT, [an_hour(MIDNIGHT, silence(MIDNIGHT))])
    assert first == Gaps((silence(MIDNIGHT),))
    assert renew(first, MIDNIGHT, [an_hour(MIDNIGHT)]) == Gaps()


def test_silent_time_of_other_days_stays() -> None:
    known = tuple(silence(each) for each in (MIDNIGHT - DAY, MIDNIGHT + DAY))
    silent, _ = after(Gaps(known), MIDNIGHT, an_hour(MIDNIGHT, silence(MIDNIGHT)))
    assert silent == [known[0], silence(MIDNIGHT), known[1]]


def test_silence_over_midnight_is_one_gap_and_each_day_replaces_its_own_part() -> None:
    before, tomorrow = Interval(MIDNIGHT - HOUR, MIDNIGHT), MIDNIGHT
    both = Gaps((Interval(MIDNIGHT - HOUR, MIDNIGHT + HOUR / 2),))
    silent, _ = after(Gaps((before,)), tomorrow, an_hour(tomorrow, silence(tomorrow)))
    assert silent == list(both.silent)
    silent, _ = after(both, MIDNIGHT - DAY, an_hour(MIDNIGHT - 2 * HOUR))
    assert silent == [silence(MIDNIGHT)]


def test_a_pause_is_a_gap_until_the_monitor_is_resumed_days_later() -> None:
    paused = renew(Gaps(), MIDNIGHT, [an_hour(MIDNIGHT, closed=True)])
    assert paused.paused == (Interval(MIDNIGHT + HOUR, OPEN_END),)
    resumed_at = MIDNIGHT + 3 * DAY + 5 * HOUR
    resumed = renew(paused, MIDNIGHT + 3 * DAY, [an_hour(resumed_at)])
    assert resumed.paused == (Interval(MIDNIGHT + HOUR, resumed_at),)
    # A late result has the day of the pause counted again.
    assert renew(resumed, MIDNIGHT, [an_hour(MIDNIGHT, closed=True)]) == resumed


def test_a_pause_within_a_day_is_a_gap() -> None:
    hours = an_hour(MIDNIGHT, closed=True), an_hour(MIDNIGHT + 4 * HOUR)
    assert after(Gaps(), MIDNIGHT, *hours) == ([], [Interval(MIDNIGHT + HOUR, MIDNIGHT + 4 * HOUR)])


def test_gaps_of_long_ago_are_forgotten() -> None:
    known = (silence(MIDNIGHT - 93 * DAY), silence(MIDNIGHT - 91 * DAY))
    assert after(Gaps(known, known), MIDNIGHT, an_hour(MIDNIGHT)) == ([known[1]], [known[1]])
