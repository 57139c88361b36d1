"""What a look at an uptime costs, and a count: units, counted as DynamoDB counts them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Timings
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch
from sentinelmesh.domain.uptime.rollup_schedule import counted_until
from sentinelmesh.domain.uptime.uptime import uptime
from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.messages import RecountMessage
from tests.fake_aws import dynamodb
from tests.property.counting import Count
from tests.support.builders import REGIONS, START, a_monitor, a_result

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MAX_READ_UNITS = 10
UNIT_BYTES = 4096
EVENTUAL, STRONG = 0.5, 1
# See docs/decisions/0090.
READ_UNITS_OF_AN_HOUR, WRITE_UNITS_OF_AN_HOUR = 32, 4
MONITOR = a_monitor(created_at=START - 100 * DAY)
RANDOM = Random(7)


def size(value: Any) -> int:
    """Return the size of an attribute, or of an item. Source: DynamoDB's guide, item sizes."""
    if isinstance(value, Mapping):
        return sum(len(name) + size(each) for name, each in value.items())
    return len(value) if isinstance(value, bytes) else len(str(value))


def a_rollup(span: Interval) -> Rollup:
    """Build the rollup of a monitor at 60 s whose latencies spread as they do in the wild."""
    slots = int((span.end - span.start) / MINUTE)
    measured = [
        Histogram.of(RANDOM.lognormvariate(4.5 + place, 0.35) for _ in range(slots // 3))
        for place in range(3)
    ]
    counts = [RegionCount(each.total - 1, 1, 0, 0, each) for each in measured]
    lasted = int((span.end - span.start) / timedelta(milliseconds=1))
    return Rollup(
        stretch=Stretch(
            start=span.start, end=span.end, interval_seconds=60, began=MONITOR.created_at
        ),
        regions=dict(zip(REGIONS, counts, strict=True)),
        planned=slots,
        covered=slots,
        watched_ms=lasted,
        unknown_ms=120_000,
        down_ms=86_000,
        opened=1,
        revision=1,
    )


def see_minutes(count: Count, start: datetime, end: datetime) -> None:
    """Have results as they are in the wild: an HTTPS probe a minute, from each region in turn."""
    phases = Timings(dns_ms=1.23, connect_ms=12.34, tls_ms=34.56, ttfb_ms=78.9, total_ms=99.87)
    for place, slot in enumerate(planned_slots(MONITOR.id, 60, start, end)):
        count.results.put(
            a_result(
                MONITOR,
                slot,
                REGIONS[place % 3],
                latency_ms=RANDOM.lognormvariate(4.5, 0.35),
                timings=phases,
                status_code=200,
                tls_expires_at=START + 60 * DAY,
                remote_address="203.0.113.200",
                http_version="1.1",
                tls_fingerprint="ab" * 32,
            )
        )


class Meter:
    """Counts units as DynamoDB does."""

    def __init__(self, count: Count, per_read: float) -> None:
        self.read: list[float] = []
        self.written: list[int] = []
        self._per_read = per_read
        count.client.around = self._around

    def _around(self, name: str, call: Callable[[], Any]) -> Any:
        answer = call()
        if name == "PutItem":
            self.written.append(1)
        elif name == "GetItem":
            self.read.append(1)
        else:
            assert name == "Query"
            taken = ceil(sum(size(each) for each in answer["Items"]) / UNIT_BYTES)
            self.read.append(self._per_read * max(1, taken))
        return answer


@pytest.fixture(autouse=True)
def whole_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "PAGE", 1000)


def past(count: Count, until: datetime) -> None:
    """Have 91 days of rollups, the last one up to an hour."""
    midnight = until.replace(hour=0, minute=0)
    for back in range(1, 92):
        start = midnight - back * DAY
        count.rollups.put_day(MONITOR.id, a_rollup(Interval(start, start + DAY)))
    for hour in range(int((until - midnight) / HOUR)):
        start = midnight + hour * HOUR
        count.rollups.put_hour(MONITOR.id, a_rollup(Interval(start, start + HOUR)))
    count.rollups.put_day(MONITOR.id, a_rollup(Interval(midnight, until)))


def test_ninety_days_of_three_regions_take_at_most_ten_read_units() -> None:
    """Just before its next round, when most results are uncounted."""
    count = Count()
    past(count, START)
    now = START + 36 * MINUTE
    see_minutes(count, START - 10 * MINUTE, now)
    meter = Meter(count, EVENTUAL)
    window = Interval(now - 90 * DAY, now)
    seen = uptime(count.read(MONITOR, window, by_day=True), window.start, by_day=True)
    assert seen.watched_seconds >= 90 * 86_400
    # The monitor itself, and the maintenance windows that are read for what is counted.
    assert sum(meter.read) + 1 + 1 <= MAX_READ_UNITS, meter.read


def test_the_rounds_of_an_hour_cost_what_the_decision_record_says() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    past(count, START)
    see_minutes(count, START - 10 * MINUTE, START + 66 * MINUTE)
    meter = Meter(count, STRONG)
    for minute in (36, 66):
        count.now = START + minute * MINUTE
        order = RecountMessage(monitor_id=MONITOR.id, until=counted_until(count.now))
        count.recounter().carry_out(order)
        meter.read.append(1)  # maintenance windows
    # An hour and a day, twice.
    assert len(meter.written) == WRITE_UNITS_OF_AN_HOUR
    assert sum(meter.read) <= READ_UNITS_OF_AN_HOUR, meter.read
