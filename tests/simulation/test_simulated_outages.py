"""The benchmark of announcements measures what really arrived, and says when nothing did."""

import pytest

from benchmarks.notification_times import NotificationTimes
from benchmarks.outage_scenes import break_one
from benchmarks.simulated_outages import CASES, measure, measure_alone
from sentinelmesh.domain.alerts.alert import AlertKind

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


def test_an_outage_alone_is_measured_beside_the_hold() -> None:
    assert measure_alone in CASES
    report = measure([measure_alone])
    ((_, seconds, _, hold, ratio),) = report.rows
    (bar,) = report.bars
    assert 0 < seconds < hold, "an outage that stands alone does not wait for the hold"
    assert ratio == seconds / hold
    assert bar.verdict.startswith("kept")


def test_delays_are_those_of_the_slowest_channel_that_was_notified_of_the_beginning() -> None:
    times = NotificationTimes(break_one())
    (outage,) = times.outages.values()
    taken = times.story.providers.taken
    opened = [each for each in taken if each.notice.kind is AlertKind.OPENED]
    channels = {each.channel_id for each in opened}
    resolved = [
        each.at
        for each in taken
        if each.notice.kind is AlertKind.RESOLVED and each.channel_id in channels
    ]
    (trouble,) = times.troubles.values()
    assert len(channels) == 3
    assert times.since_broken == [
        (max(each.at for each in opened) - trouble.begins).total_seconds()
    ]
    assert times.since_repaired == [(max(resolved) - trouble.ends).total_seconds()]
    with pytest.raises(ValueError, match="never notified"):
        times.delays_since({"inc_unknown": outage.opened_at}, AlertKind.OPENED)
