"""docs/faults.md tells the truth: every fault is there, and the tests that it names exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = range(1, 43)
ENTRY = re.compile(r"^\*\*(\d+)\. (.+?)\*\* (.+?)$(.*?)(?=^\*\*|^## |\Z)", re.MULTILINE | re.DOTALL)
PROOF = re.compile(r"^\* `([\w/]+\.py)::(\w+)`$", re.MULTILINE)


@cache
def entries() -> dict[int, tuple[str, frozenset[tuple[str, str]]]]:
    """Return what is said of each fault, and the tests that prove it."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    found = ENTRY.findall(text)
    listed = {int(each[0]): (each[2], frozenset(PROOF.findall(each[3]))) for each in found}
    assert len(listed) == len(found), "no fault stands there twice"
    return listed


@cache
def named_in(path: Path) -> frozenset[str]:
    """Return the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in tree.body if isinstance(each, kinds))


def test_every_fault_is_listed() -> None:
    assert sorted(entries()) == list(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_proven_or_said_to_come_with_a_feature(fault: int) -> None:
    said, proofs = entries()[fault]
    assert said.endswith(".")
    assert proofs or " comes with " in said, "neither proven nor announced"
    missing = [
        f"{path}::{name}"
        for path, name in proofs
        if not (ROOT / path).exists() or name not in named_in(ROOT / path)
    ]
    assert missing == []


def test_every_test_of_a_fault_stands_under_its_number() -> None:
    for path in (ROOT / "tests" / "faults").glob("test_*.py"):
        for name in named_in(path):
            number = re.match(r"test_fault_(\d\d)_", name)
            if number is not None:
                proof = (str(path.relative_to(ROOT)), name)
                assert proof in entries()[int(number.group(1))][1], name


def test_nothing_else_stands_in_the_list() -> None:
    """A line that is no proof as this file reads it would prove nothing."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("* ")]
    assert len(lines) == sum(len(proofs) for _, proofs in entries().values())
