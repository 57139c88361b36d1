"""How long a function needs before its first event: import and wiring, in fresh interpreters.

Beside each other in the same run: `import boto3` with one client, which every function needs, and
each function twice: with the compiled files that a second start finds, and without any, as code is
that was deployed without them.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

from benchmarks.report import Bar, Report
from infra.handlers import module_of
from sentinelmesh.settings import (
    AlerterSettings,
    ApiSettings,
    ProberSettings,
    PublisherSettings,
    RollupSettings,
    SchedulerSettings,
    Settings,
    VerifierSettings,
)

Times = tuple[float, float]

ROOT = Path(__file__).parents[1]
ROUNDS = 7
ROUNDS_UNCOMPILED = 3
# Milliseconds over a bare interpreter.
BARS = {
    "scheduler": 450,
    "prober": 450,
    "verifier": 450,
    "alerter": 600,
    "publisher": 600,
    "rollup": 450,
    "api": 700,
}
SETTINGS: Mapping[str, type[Settings]] = {
    "scheduler": SchedulerSettings,
    "prober": ProberSettings,
    "verifier": VerifierSettings,
    "alerter": AlerterSettings,
    "publisher": PublisherSettings,
    "rollup": RollupSettings,
    "api": ApiSettings,
}
FLOOR = "boto3 and one client"
TIMED = """
from time import perf_counter, process_time
began, worked = perf_counter(), process_time()
{body}
print((perf_counter() - began) * 1000, (process_time() - worked) * 1000)
"""
BODIES = {
    FLOOR: "import boto3; boto3.Session().client('dynamodb', region_name='eu-west-1')",
    **{name: f"from {module_of(name)} import wire; wire()" for name in SETTINGS},
}
AWS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


def measure() -> Report:
    """Start everything in turn, again and again, and take the medians."""
    report = Report(
        name="cold_start",
        title=f"ms over a bare interpreter until wired, medians of {ROUNDS} starts",
        columns=("", "wall", "CPU", "over boto3", "CPU uncompiled", "over boto3"),
        remarks=[
            "The bars are about CPU ms: that is what the wall clock of an idle machine shows.",
            "Uncompiled: no __pycache__ anywhere, neither of ours nor of the packages.",
        ],
    )
    with TemporaryDirectory() as kept:
        _start_all(kept)  # compiles
        compiled = _medians(kept, ROUNDS)
        uncompiled = _medians(None, ROUNDS_UNCOMPILED)
    for name in BODIES:
        wall, warm = compiled[name]
        _, cold = uncompiled[name]
        over = (warm / compiled[FLOOR][1], cold / uncompiled[FLOOR][1])
        report.rows.append((name, wall, warm, over[0], cold, over[1]))
        if name in BARS:
            report.bars.append(Bar(name=f"{name}, ms", figure=warm, most=BARS[name]))
    return report


def _medians(compiled: str | None, rounds: int) -> dict[str, Times]:
    found = [_start_all(compiled) for _ in range(rounds)]
    return {
        name: (median(each[name][0] for each in found), median(each[name][1] for each in found))
        for name in BODIES
    }


def _start_all(compiled: str | None) -> dict[str, Times]:
    return {name: _start(name, compiled) for name in BODIES}


def _start(name: str, compiled: str | None) -> Times:
    """Start a fresh interpreter.

    Args:
        compiled: folder with compiled files; None means that there are none.

    Returns:
        Wall and CPU milliseconds.
    """
    prefix = compiled or "/nonexistent"
    writes = {} if compiled else {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(body=BODIES[name])],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
            "PYTHONPYCACHEPREFIX": prefix,
            **writes,
            **AWS,
            **_environment(SETTINGS.get(name)),
        },
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
    )
    wall, worked = done.stdout.splitlines()[-1].split()
    return float(wall), float(worked)


def _environment(settings: type[Settings] | None) -> dict[str, str]:
    """Set every variable of a function to something that it can read."""
    if settings is None:
        return {}
    hints = get_type_hints(settings)
    return dict(zip(settings.variables(), map(_some_value, hints.values()), strict=True)) | AWS


def _some_value(kind: Any) -> str:
    if kind is int:
        return "1"
    return "false" if kind is bool else ("eu-west-1" if kind is str else "")
