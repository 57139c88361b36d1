"""All benchmarks that need no running mesh: `make bench`, or one of them by its name."""

import argparse
from collections.abc import Callable, Mapping

from benchmarks import (
    busy_granule,
    cold_start,
    probe_cost,
    probe_quota,
    recurring,
    region_away,
    region_trust,
    saturation,
    scheduling,
    simulated_outages,
)
from benchmarks.report import FOLDER, Report

BENCHMARKS: Mapping[str, Callable[[], Report]] = {
    "probe_cost": probe_cost.measure,
    "probe_quota": probe_quota.measure,
    "cold_start": cold_start.measure,
    "scheduling": scheduling.measure,
    "busy_granule": busy_granule.measure,
    "region_away": region_away.measure,
    "region_trust": region_trust.measure,
    "saturation": saturation.measure,
    "recurring": recurring.measure,
    "simulated_outages": simulated_outages.measure,
}


def main() -> None:
    """Measure, print and keep."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="all if left out")
    for name in arguments.parse_args().names or BENCHMARKS:
        report = BENCHMARKS[name]()
        report.save()
        print(report.text())
    print(f"kept in {FOLDER}")


if __name__ == "__main__":
    main()
