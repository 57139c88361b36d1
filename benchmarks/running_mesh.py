"""What the running local mesh does: detection delay, and the checks per second that it sustains.

Start a mesh first (`make run FRESH=1`), then `make bench-mesh`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks import detecting
from tests.scenes.client import Mesh, until

STEPS = (250, 500, 1000, 1500, 2000, 2500)


def sustained(mesh: Mesh) -> list[dict[str, Any]]:
    """Add monitors at 10 s until a minute's slots are no longer all probed."""
    ids: list[str] = []
    steps = []
    for wanted in STEPS:
        with ThreadPoolExecutor(4) as lanes:
            more = range(len(ids), wanted)
            ids += lanes.map(
                lambda count: mesh.add_monitor(f"Load {count}", mesh.target("load")), more
            )
        time.sleep(20)
        step = _one_minute(mesh, ids)
        steps.append(step)
        print(json.dumps(step), flush=True)
        if step["coverage_percent"] < 99:
            break
    detecting.remove(mesh, ids)
    return steps


def _one_minute(mesh: Mesh, ids: list[str]) -> dict[str, Any]:
    """Watch a sample of the monitors for a minute."""
    sample = ids[:: max(1, len(ids) // 50)]
    start = datetime.now(UTC).replace(microsecond=0)
    time.sleep(60)
    end = start + timedelta(seconds=60)
    time.sleep(10)
    window = f"?from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
    results = [each for monitor_id in sample for each in mesh.results(monitor_id, window)]
    made = [each for each in results if each["outcome"] == "success"]
    late = [each["lateness_ms"] for each in made] or [0, 0]
    covered = len(made) / (6 * len(sample))
    return {
        "monitors": len(ids),
        "planned_per_second": len(ids) / 10,
        "results_per_second": round(covered * len(ids) / 10, 1),
        "coverage_percent": round(100 * covered, 1),
        "lateness_ms_p50": median(late),
        "lateness_ms_p95": quantiles(late, n=20)[-1],
    }


MEASURES: Mapping[str, Callable[[Mesh], Any]] = {**detecting.MEASURES, "sustained": sustained}


def main() -> int:
    """Run what was asked for and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default=".local/run.json", help="run.json of the running mesh")
    parser.add_argument("what", nargs="*", default=list(MEASURES))
    options = parser.parse_args()
    path = Path(options.run)
    if not path.exists():
        print("No mesh is running here: start one with `make run FRESH=1` in another terminal.")
        return 1
    mesh = Mesh(json.loads(path.read_text()))
    until(lambda: mesh.call("GET", "/health").status, lambda status: status == 200, "health", 60)
    figures = {}
    for name in options.what:
        figures[name] = MEASURES[name](mesh)
        print(f"{name}: {json.dumps(figures[name])}", flush=True)
    written = json.dumps(figures, indent=2)
    report = detecting.report_of(figures)
    report.save()
    print(report.text())
    out = Path("benchmarks/results/running_mesh.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
