"""The size budgets of the style guide are held by a check that can find something."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_sizes.py"


@pytest.fixture(scope="module")
def check_sizes() -> ModuleType:
    described = importlib.util.spec_from_file_location("check_sizes", SCRIPT)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def a_file(folder: Path, lines: int) -> Path:
    path = folder / "some.py"
    path.write_text("x = 1\n" * lines, encoding="utf-8")
    return path


def a_function(folder: Path, lines: int, kind: str = "def") -> Path:
    path = folder / "some.py"
    path.write_text(f"{kind} long():\n" + "    x = 1\n" * (lines - 1), encoding="utf-8")
    return path


def test_a_file_may_have_three_hundred_lines_and_not_one_more(
    check_sizes: ModuleType, tmp_path: Path
) -> None:
    assert list(check_sizes.findings(a_file(tmp_path, 300))) == []
    (found,) = check_sizes.findings(a_file(tmp_path, 301))
    assert "301 lines" in found


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_function_may_have_fifty_lines_and_not_one_more(
    check_sizes: ModuleType, tmp_path: Path, kind: str
) -> None:
    assert list(check_sizes.findings(a_function(tmp_path, 50, kind))) == []
    (found,) = check_sizes.findings(a_function(tmp_path, 51, kind))
    assert "long has 51 lines" in found


def test_every_folder_with_code_is_looked_at(check_sizes: ModuleType) -> None:
    root = SCRIPT.parents[1]
    with_code = {
        path.relative_to(root).parts[0]
        for path in root.glob("*/**/*.py")
        if not path.relative_to(root).parts[0].startswith(".")
    }
    assert with_code - {"node_modules", "cdk.out"} <= set(check_sizes.FOLDERS) | {"cli"}


def test_a_folder_may_hold_twenty_five_modules_and_not_one_more(
    check_sizes: ModuleType, tmp_path: Path
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    for number in range(25):
        (room / f"module_{number}.py").touch()
    (room / "__init__.py").touch()
    assert list(check_sizes.crowded(tmp_path)) == []
    (room / "module_25.py").touch()
    (found,) = check_sizes.crowded(tmp_path)
    assert found.startswith(f"{room}: 26 modules")
