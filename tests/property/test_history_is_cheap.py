"""What a look at an uptime costs: read units, counted as DynamoDB counts them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.histogram import Histogram
from sentinelmesh.domain.result import Timings
from sentinelmesh.domain.rollup import RegionCount, Rollup, Stretch
from sentinelmesh.domain.schedule import planned_slots
from sentinelmesh.domain.span import Span
from sentinelmesh.domain.uptime import uptime
from tests.building import REGIONS, START, a_monitor, a_result
from tests.property.counting import Count
from tests.simulation import dynamodb

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MOST_READ_UNITS = 10
UNIT_BYTES = 4096
HALF = 0.5  # eventually consistent
MONITOR = a_monitor(created_at=START - 100 * DAY)
RANDOM = Random(7)


def size(value: Any) -> int:
    """Give the size of an attribute, or of an item. Source: DynamoDB's guide, item sizes."""
    if isinstance(value, Mapping):
        return sum(len(name) + size(each) for name, each in value.items())
    return len(str(value))


def a_rollup(span: Span) -> Rollup:
    """Make the rollup of a monitor at 60 s whose latencies spread as they do in the wild."""
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


def test_ninety_days_of_three_regions_take_at_most_ten_read_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = Count()
    now = START + 50 * MINUTE
    midnight = START - 12 * HOUR
    for back in range(1, 92):
        start = midnight - back * DAY
        count.rollups.put_day(MONITOR.id, a_rollup(Span(start, start + DAY)))
    newest = now - 28 * MINUTE
    count.rollups.put_hour(MONITOR.id, a_rollup(Span(START, newest)))
    count.rollups.put_day(MONITOR.id, a_rollup(Span(midnight, newest)))
    for slot in planned_slots(MONITOR.id, 60, START, now):
        phases = Timings(dns_ms=1.23, connect_ms=12.34, tls_ms=34.56, ttfb_ms=78.9, total_ms=99.87)
        count.results.put(
            a_result(
                MONITOR,
                slot,
                REGIONS[0],
                latency_ms=123.45,
                timings=phases,
                status_code=200,
                tls_expires_at=START + 60 * DAY,
                remote_address="203.0.113.200",
                http_version="1.1",
                tls_fingerprint="ab" * 32,
            )
        )
    units: list[float] = []
    monkeypatch.setattr(dynamodb, "PAGE", 1000)

    def measured(name: str, call: Callable[[], Any]) -> Any:
        answer = call()
        assert name == "Query"
        units.append(HALF * max(1, ceil(sum(size(each) for each in answer["Items"]) / UNIT_BYTES)))
        return answer

    count.client.around = measured
    window = Span(now - 90 * DAY, now)
    seen = uptime(count.read(MONITOR, window, by_day=True), window.start, by_day=True)
    assert seen.watched_seconds >= 90 * 86_400
    # The monitor itself, and the maintenance windows that are read for what is counted.
    assert sum(units) + 1 + 1 <= MOST_READ_UNITS, units
