"""What a look at a recurring maintenance window costs, beside a walk from its first day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

from dateutil.rrule import rrulestr

from benchmarks.report import Bar, Report
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.recurrence import occurrences

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WITHIN = Interval(NOW, NOW + timedelta(minutes=5))
LOOKS, MAX_LOOK_MS = 200, 2
RULES = ("FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "FREQ=YEARLY;BYDAY=MO,FR;BYSETPOS=-1")


def measure() -> Report:
    """Measure looks at windows that began a year and two thousand years ago."""
    report = Report(
        name="recurring",
        title="a look at a recurring window, in ms",
        columns=("rule", "first", "walk", "look", "walk / look"),
    )
    for rule in RULES:
        for year in (2025, 26):
            first = datetime(year, 1, 5, 22, tzinfo=UTC)
            walk, look = _walk_ms(rule, first), _look_ms(rule, first)
            report.rows.append((rule, str(year), walk, look, walk / look))
            report.bars.append(Bar(name=f"{rule} from {year}", figure=look, most=MAX_LOOK_MS))
    return report


def _walk_ms(rule: str, first: datetime) -> float:
    walk = rrulestr(rule, dtstart=first.replace(tzinfo=None))
    return _milliseconds(lambda: walk.after(NOW.replace(tzinfo=None)), 1)


def _look_ms(rule: str, first: datetime) -> float:
    window = MaintenanceWindow(
        id="mw_1",
        name="Nightly",
        starts_at=first,
        ends_at=first + timedelta(hours=2),
        created_at=NOW,
        updated_at=NOW,
        recurrence=rule,
        time_zone="Europe/Berlin",
        everything=True,
    )
    return _milliseconds(lambda: list(occurrences(window, WITHIN)), LOOKS)


def _milliseconds(work: Callable[[], object], times: int) -> float:
    start = process_time()
    for _ in range(times):
        work()
    return (process_time() - start) * 1000 / times
