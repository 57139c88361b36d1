"""What a prober with little CPU reports: a target of 200 ms, probed ten at once under quotas.

Lambda gives a function CPU by its memory; a share that is too small falsifies what probes report.
The prober runs in a process of its own, which joins a control group of the kernel for it.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks.probe_contenders import check_of, wired
from benchmarks.probe_target import DELAY_MS, Target, running_target
from benchmarks.report import Bar, Report
from functions.prober.attempt import attempt
from functions.prober.probes.registry import PROBES

ROOT = Path(__file__).parents[1]
# Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_OF_ONE_CPU_MB = 1769
MEMORIES_MB = (128, 256, 512, 768, 1024, MEMORY_OF_ONE_CPU_MB)
# Source: measurements of Lambda's scheduler, which gives its share in such periods.
PERIOD_US = 20_000
AT_ONCE, BATCHES = 10, 8
MAX_RATIO = 1.15
GROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


def measure() -> Report:
    """Probe the slow target under each quota."""
    deployed = json.loads((ROOT / "cdk.json").read_text())["context"]["prober_memory_mb"]
    report = Report(
        name="probe_quota",
        title=f"ms that a true {DELAY_MS} ms is reported as, {AT_ONCE} at once, by memory's share",
        columns=("", "CPUs", "p50", "p95", "p50 / true"),
        remarks=[f"One CPU belongs to {MEMORY_OF_ONE_CPU_MB} MB; {deployed} MB is deployed."],
    )
    memories = sorted({*MEMORIES_MB, deployed})
    with running_target(delayed=True) as target:
        for scheme in ("http", "https"):
            _add(report, f"{scheme}, no quota", None, _reported(target, scheme, None))
            for memory in memories:
                share = memory / MEMORY_OF_ONE_CPU_MB
                with group_of(share) as group:
                    if group is None:
                        report.remarks.append("This machine lets us make no control group.")
                        return report
                    taken = _reported(target, scheme, group)
                _add(report, f"{scheme}, {memory} MB", share, taken)
                if memory == deployed:
                    name = f"{scheme}, p50 over the true time at {memory} MB"
                    ratio = median(taken) / DELAY_MS
                    report.bars.append(Bar(name=name, figure=ratio, most=MAX_RATIO))
    return report


def _add(report: Report, label: str, share: float | None, taken: list[float]) -> None:
    middle = median(taken)
    report.rows.append((label, share, middle, quantiles(taken, n=20)[-1], middle / DELAY_MS))


@contextmanager
def group_of(share: float) -> Iterator[Path | None]:
    """Have a control group with a share of one CPU for a while; None where that is not ours."""
    quota = str(int(share * PERIOD_US))
    for parent in GROUPS:
        group = parent / "sentinelmesh-benchmark"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / "cpu.max").exists():
                (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (group / "cpu.cfs_quota_us").write_text(quota)
            yield group
        finally:
            group.rmdir()
        return
    yield None


def _reported(target: Target, scheme: str, group: Path | None) -> list[float]:
    """Let a fresh process probe; give the milliseconds that it reports."""
    wanted = [target.url(scheme), str(target.authority), str(group or "")]
    command = [sys.executable, "-m", "benchmarks.probe_quota", *wanted]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    reported: list[float] = json.loads(done.stdout)
    return reported


async def _probe(url: str, authority: Path, group: str) -> list[float]:
    context, control = wired(authority)
    check = check_of(url)

    async def batch() -> list[float]:
        attempts = (attempt(check, PROBES, context, control) for _ in range(AT_ONCE))
        seen = await asyncio.gather(*attempts)
        if any(each.latency_ms is None or each.error for each in seen):
            raise RuntimeError(f"a probe failed: {seen}")
        return [each.latency_ms or 0.0 for each in seen]

    await batch()  # as after a cold start, which has a whole CPU on Lambda
    if group:
        (Path(group) / "cgroup.procs").write_text("0")  # this process
    return [each for _ in range(BATCHES) for each in await batch()]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_probe(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))))
