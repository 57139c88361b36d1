"""What one probe region carries while some of its targets hang: `python -m benchmarks saturation`.

The real prober runs in simulated time, so the figures are those of its rules, not of this machine.
Beside each scene, in the same run: a lane that ends with its slowest check, as Lambda's batches do.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.report import Bar, Report
from tests.simulation.one_region import Load, OneRegion

SCENES = {
    "300 monitors, 60 hang, 20 lanes": Load(),
    "100 monitors, 20 hang, 4 lanes": Load(monitors=100, hanging=20, lanes=4),
}
ENDS_WITH_SLOWEST = "a lane ends with its slowest check"
TAKES_MORE = "a waiting lane takes more checks"
SHARES = (0.0, 0.1, 0.2, 0.5)
LANES, STEP, MAX_PER_LANE, SLOTS = 4, 5, 400, 4
MAX_LATENESS_MS = 2000
Row = tuple[Any, ...]


def measure() -> Report:
    """Measure the scenes, and how much a lane can carry at most."""
    logging.disable(logging.CRITICAL)
    scenes = list(_scenes())
    capacities = [f"{share:.0%} hang: {_capacity(share)}" for share in SHARES]
    logging.disable(logging.NOTSET)
    now = [row for row in scenes if row[0].endswith(TAKES_MORE)]
    return Report(
        name="saturation",
        title="Healthy checks of a region beside targets that hang for 9 s, every 10 s",
        columns=("scene", "expired %", "p50 late ms", "p95 late ms", "GB-s per 1,000", "requests"),
        rows=scenes,
        bars=[
            Bar(
                name="healthy checks that expire, in percent", figure=max(r[1] for r in now), most=0
            ),
            Bar(
                name="lateness of a healthy check in ms, p95",
                figure=max(row[3] for row in now),
                most=MAX_LATENESS_MS,
            ),
        ],
        remarks=[
            f"Checks of one moment that a lane takes with p95 below 2 s: {'; '.join(capacities)}.",
            "Requests: calls to the queue per 1,000 checks, beside Lambda's own.",
        ],
    )


def _scenes() -> Iterator[Row]:
    for name, load in SCENES.items():
        for is_receiving in (False, True):
            carried = OneRegion(replace(load, is_receiving=is_receiving)).carry()
            thousands = load.monitors * load.slots / 1000
            yield (
                f"{name}: {TAKES_MORE if is_receiving else ENDS_WITH_SLOWEST}",
                100 * carried.expired_share,
                carried.p50_lateness_ms,
                carried.p95_lateness_ms,
                carried.gb_seconds / thousands,
                len(carried.requests) / thousands,
            )


def _capacity(share: float) -> int:
    """Return how many checks due at one moment a lane takes in time, in steps of five."""
    fits, breaks = 0, MAX_PER_LANE // STEP
    while breaks - fits > 1:
        middle = (fits + breaks) // 2
        if _is_carried(middle * STEP, share):
            fits = middle
        else:
            breaks = middle
    return fits * STEP


def _is_carried(per_lane: int, share: float) -> bool:
    monitors = per_lane * LANES
    load = Load(monitors=monitors, hanging=int(monitors * share), lanes=LANES, slots=SLOTS)
    carried = OneRegion(load).carry()
    return carried.expired == 0 and carried.p95_lateness_ms < MAX_LATENESS_MS
