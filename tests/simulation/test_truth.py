"""What is announced is the truth, also while two faults last, by an oracle of its own."""

import ast
from pathlib import Path

import pytest

from tests.simulation.lives import live, report
from tests.simulation.plans import draw_lasting

HERE = Path(__file__).parent
ORACLE = (
    "ground_truth",
    "conditions",
    "degradation",
    "downtime",
    "false_alarms",
    "missed_outages",
    "regional_costs",
    "truth_oracle",
)
SEEDS = (6, 20, 22)

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_two_lasting_faults_everything_announced_is_true(seed: int) -> None:
    life = live(draw_lasting(seed))
    assert not life.violations, report(life)


@pytest.mark.parametrize("name", ORACLE)
def test_the_oracle_of_truth_uses_no_code_of_the_mesh(name: str) -> None:
    tree = ast.parse((HERE / "oracle" / f"{name}.py").read_text(encoding="utf-8"))
    imported = {
        each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)
    } | {
        alias.name
        for each in ast.walk(tree)
        if isinstance(each, ast.Import)
        for alias in each.names
    }
    assert not [each for each in imported if each.split(".")[0] in {"sentinelmesh", "functions"}]
