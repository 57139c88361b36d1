"""What a judgement of the regions costs at 10,000 monitors, all of which one region fails for.

Beside it, in the same run: as long as too few monitors are contradicted, for then they are not even
counted; and reading the monitors' items, which happens only where a region may be sick.
"""

import time
from collections.abc import Callable

from benchmarks.report import Bar, Report
from sentinelmesh.domain.probing.region_trust import WatchedMonitor, can_distrust, judge_regions
from sentinelmesh.storage.dynamodb.items import Item, to_item
from sentinelmesh.storage.monitors import watched_monitor

MONITORS = 10_000
ROUNDS = 20
MAX_MILLISECONDS = 10.0
REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-1")
SICK = REGIONS[1]


def cost_ms(work: Callable[[], object]) -> float:
    """Return the least CPU time of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best * 1000


def measure() -> Report:
    """Measure a judgement where one region fails for all, and where all is well."""
    names = [f"mon_{number:022d}" for number in range(MONITORS)]
    monitors = [WatchedMonitor(id=name, regions=REGIONS) for name in names]
    failing = dict.fromkeys(names, (SICK,))
    nobody: frozenset[str] = frozenset()
    assert judge_regions(monitors, failing, nobody) == {SICK}
    items: list[Item] = [
        to_item(each, monitor_id=each.id, policy={"quorum": each.quorum}) for each in monitors
    ]
    costs = {
        "one region fails for all monitors": cost_ms(
            lambda: can_distrust(failing, nobody) and judge_regions(monitors, failing, nobody)
        ),
        "all is well": cost_ms(lambda: can_distrust({}, nobody)),
        "reading the monitors, only where a region may be sick": cost_ms(
            lambda: [watched_monitor(item) for item in items]
        ),
    }
    worst, *_ = costs.values()
    return Report(
        name="region_trust",
        title=f"CPU of one judgement of the regions, {MONITORS} monitors in {len(REGIONS)} regions",
        columns=("what", "milliseconds"),
        rows=list(costs.items()),
        bars=[Bar(name="milliseconds of a judgement", figure=worst, most=MAX_MILLISECONDS)],
    )
