"""A seed is a whole life: it can be lived again, told, and made smaller."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.simulation.faults import CALM, WORST
from tests.simulation.lives import live, report
from tests.simulation.mesh import Plan, Simulation
from tests.simulation.shrinking import shrink

ROOT = Path(__file__).parents[2]
SMALL = Plan(seed=5, monitors=4, storm=timedelta(minutes=2), calm=timedelta(minutes=3))
TELL = """
import hashlib
from datetime import timedelta
from tests.simulation.lives import live
from tests.simulation.mesh import Plan
life = live(Plan(seed=5, monitors=4, storm=timedelta(minutes=2), calm=timedelta(minutes=3)))
print(hashlib.sha256(repr(life.simulation.story).encode()).hexdigest())
"""

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def told_with(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    environment["PYTHONPATH"] = f"{ROOT}:{ROOT / 'layers/common/python'}"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", TELL],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    """Whatever depends on the order of a set would tell another one."""
    assert told_with("1") == told_with("2")


def test_another_seed_tells_another_story() -> None:
    assert live(SMALL).simulation.story != live(replace(SMALL, seed=6)).simulation.story


def test_what_goes_wrong_is_made_as_small_as_it_can_be() -> None:
    plan = replace(SMALL, monitors=16, weather=WORST)
    least = shrink(plan, lambda tried: tried.monitors >= 2, tries=500)
    assert (least.monitors, least.whims, least.outages, least.weather) == (2, 0, False, CALM)


def test_a_report_says_how_to_replay_and_what_happened() -> None:
    life = live(SMALL)
    broken = replace(life, violations=["I8: made up about target-1"])
    told = report(broken)
    assert "make simulate SEED=5" in told
    assert "target-1" in told


def test_storms_meet_every_kind_of_fault() -> None:
    met: set[str] = set()
    for seed in range(1, 5):
        plan = Plan(seed=seed, monitors=8, weather=WORST, calm=timedelta(minutes=3))
        simulation = Simulation(plan)
        simulation.run(lambda _life: [])
        met |= set(simulation.fate.met)
    assert {name for name in WORST.__dataclass_fields__ if getattr(WORST, name)} == met
