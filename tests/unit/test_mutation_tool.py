"""The search for unnoticed changes: it kills what a test notices and shows what none does."""

import doctest
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.mutation import __main__ as program
from tools.mutation import expressions
from tools.mutation.accepted import accepted
from tools.mutation.generating import mutants_of
from tools.mutation.ground import Ground

ROOT = Path(__file__).parents[2]

LIMITS = """
MOST = 3

def is_over(count: int) -> bool:
    return count > MOST

def is_under(count: int) -> bool:
    return count < MOST
"""
CHECKS = """
from toy.limits import is_over, is_under

def test_over():
    assert not is_over(3)
    assert is_over(4)

def test_under_without_the_border():
    assert is_under(1)
    assert not is_under(5)
"""
STORE = """
def put(client, table, item, seen):
    client.put_item(
        TableName=table,
        Item=item,
        ConditionExpression="attribute_exists(pk) "
        "AND revision = :seen",
        ExpressionAttributeValues={":seen": seen},
    )

def page(client, before):
    return client.query(
        KeyConditionExpression="pk = :pk AND sk < :before",
        ExpressionAttributeValues={":pk": "a", ":before": before},
    )
"""


BORDER = """
from toy.limits import MOST, is_under

def test_the_border():
    assert not is_under(MOST)
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A small project whose tests forget one border."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "limits.py").write_text(LIMITS)
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_limits.py").write_text(CHECKS)
    return tmp_path


def mutate(toy: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.mutation", "--root", str(toy)]
    command += ["--sources", "toy", "--tests", "checks", *more]
    path = os.pathsep.join([str(ROOT), str(toy), str(ROOT / "layers/common/python")])
    return subprocess.run(  # noqa: S603 (our own program)
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


def became_of(toy: Path) -> Any:
    return json.loads((toy / ".build" / "mutation" / "verdicts.json").read_text())


def test_noticed_changes_die_and_a_forgotten_border_survives(toy: Path) -> None:
    before = (toy / "toy" / "limits.py").read_bytes()
    ran = mutate(toy)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    became = became_of(toy)
    survivors = [name for name, killer in became.items() if killer is None]
    assert len(survivors) == 1, ran.stdout
    assert survivors[0].startswith("toy/limits.py is_under: count < MOST -> (count <= MOST)")
    assert "+    return (count <= MOST)" in ran.stdout
    # A constant takes effect when its module is imported: another way than a function's code.
    assert {became[name] for name in became if " module: 3 -> " in name} == {
        "checks/test_limits.py::test_over"
    }
    assert (toy / "toy" / "limits.py").read_bytes() == before

    (toy / "checks" / "test_border.py").write_text(BORDER)
    again = mutate(toy, "--again")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "1 mutants: 1 killed" in again.stdout
    killer = "checks/test_border.py::test_the_border"
    assert became_of(toy) == {**became, survivors[0]: killer}


def test_each_clause_of_a_condition_is_left_out_and_turned_around(tmp_path: Path) -> None:
    source = tmp_path / "store.py"
    source.write_text(STORE)
    made = {mutant.name.split(" -> ")[-1]: mutant for mutant in mutants_of(source, tmp_path)}
    for expected in (
        "attribute_not_exists(pk) AND revision = :seen",
        "attribute_exists(pk) AND revision <> :seen",
        "(attribute_exists(pk) OR NOT attribute_exists(pk)) AND revision = :seen",
        "attribute_exists(pk) AND (revision = :seen OR NOT revision = :seen)",
        "attribute_exists(pk) OR revision = :seen",
        "pk = :pk AND sk <= :before",
        "pk = :pk",
    ):
        assert expected in made
    # A value that nothing names any more makes DynamoDB refuse the request for another reason.
    assert '":before"' not in made["pk = :pk"].source()
    assert '":pk": "a"' in made["pk = :pk"].source()


def test_an_example_in_a_docstring_holds() -> None:
    assert doctest.testmod(expressions).failed == 0
    assert doctest.testmod(expressions).attempted


@pytest.mark.parametrize("folder", program.SOURCES)
def test_every_mutant_of_the_real_code_can_be_compiled_and_has_a_name_of_its_own(
    folder: str,
) -> None:
    made = Ground(root=ROOT, sources=(folder,), tests=()).mutants()
    assert len(made) > 50
    assert len({mutant.name for mutant in made}) == len(made)
    for mutant in made[::10]:
        assert mutant.source() != mutant.path.read_text(encoding="utf-8")
        compile(mutant.source(), "mutant", "exec")


def test_what_is_accepted_still_exists() -> None:
    made = Ground(root=ROOT, sources=program.SOURCES, tests=()).mutants()
    assert accepted().keys() <= {mutant.name for mutant in made}
