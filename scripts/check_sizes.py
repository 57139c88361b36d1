"""Hold the size budgets of the style guide: lines of files and functions, modules of folders."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_LINES_PER_FILE = 300
MAX_LINES_PER_FUNCTION = 50
MAX_MODULES_PER_FOLDER = 25
FOLDERS = ("layers", "functions", "infra", "local", "benchmarks", "scripts", "tests", "tools")
# Tests of one subject stand side by side, however many there are.
MODULES_IN = ("layers", "functions", "infra", "local", "benchmarks", "tools")


def findings(path: Path) -> Iterator[str]:
    """Return what is too long in a file."""
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    if lines > MAX_LINES_PER_FILE:
        yield f"{path}: {lines} lines, at most {MAX_LINES_PER_FILE}: cut it in two"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_LINES_PER_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most 50"


def crowded(folder: Path) -> Iterator[str]:
    """Return the folders below one that hold too many modules for a reader to see at a glance."""
    for each in sorted({path.parent for path in folder.rglob("*.py")}):
        count = sum(path.name != "__init__.py" for path in each.glob("*.py"))
        if count > MAX_MODULES_PER_FOLDER:
            yield f"{each}: {count} modules, at most {MAX_MODULES_PER_FOLDER}: make rooms in it"


def main() -> int:
    """Check all folders; 1 when anything is too long."""
    files = (each for folder in FOLDERS for each in sorted(Path(folder).rglob("*.py")))
    found = [finding for path in files for finding in findings(path)]
    found += [finding for folder in MODULES_IN for finding in crowded(Path(folder))]
    print("\n".join(found) or "[sizes] files, functions and folders are within their budgets")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
