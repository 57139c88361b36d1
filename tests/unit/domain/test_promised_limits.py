"""Limits that users read about and rely on: whoever moves one changes a promise."""

from datetime import timedelta

from sentinelmesh.domain.alerts import alert_transitions, escalation
from sentinelmesh.domain.monitors import maintenance_window, monitor
from sentinelmesh.domain.probing import json_path
from sentinelmesh.domain.status_pages import status_page, subscription
from sentinelmesh.domain.uptime import uptime
from sentinelmesh.domain.verification import flapping

DAY = timedelta(days=1)


def test_what_a_monitor_may_have() -> None:
    minutes = [1, 2, 3, 5, 10, 15, 30]
    assert list(monitor.INTERVALS) == [
        *(10, 20, 30),
        *(each * 60 for each in minutes),
        *(each * 3600 for each in (1, 6, 12, 24)),
    ]
    assert monitor.MAX_TIMEOUT_MS == 30_000
    assert (monitor.MAX_REGIONS, monitor.MAX_CHANNELS, monitor.MAX_PARENTS) == (20, 40, 10)
    assert monitor.Monitor.__dataclass_fields__["grace_period_seconds"].default == 300
    assert json_path.MAX_STEPS == 30


def test_how_long_things_last() -> None:
    assert maintenance_window.MAX_DURATION == 31 * DAY
    assert (maintenance_window.MAX_AGE, maintenance_window.MAX_AHEAD) == (366 * DAY, 3653 * DAY)
    assert timedelta(minutes=30) == flapping.FLAP_WINDOW
    assert timedelta(minutes=15) == alert_transitions.MAX_PAUSE
    assert (status_page.WORTH_TELLING, subscription.PATIENCE) == (DAY, DAY)
    assert (escalation.MAX_STEPS, escalation.MAX_MINUTES) == (5, 24 * 60)


def test_over_which_times_uptime_is_told() -> None:
    hours = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}
    assert {name: each * 3600 for name, each in hours.items()} == uptime.WINDOWS
    assert uptime.MAX_BY_HOURS == 8 * DAY


def test_how_many_there_may_be() -> None:
    assert (status_page.MAX_PAGES, status_page.MAX_MONITORS) == (200, 50)
    assert (subscription.MAX_REQUESTS, alert_transitions.MAX_ANSWER) == (100, 500)
