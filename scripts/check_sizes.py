"""Hold the size budgets of the style guide: 300 lines a file, 50 lines a function."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES_PER_FILE = 300
MOST_LINES_PER_FUNCTION = 50
FOLDERS = ("layers", "functions", "infra", "local", "benchmarks", "scripts", "tests")


def findings(path: Path) -> Iterator[str]:
    """Name what is too long in a file."""
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    if lines > MOST_LINES_PER_FILE:
        yield f"{path}: {lines} lines, at most {MOST_LINES_PER_FILE}: cut it in two"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_PER_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most 50"


def main() -> int:
    """Check all folders; 1 when anything is too long."""
    files = (each for folder in FOLDERS for each in sorted(Path(folder).rglob("*.py")))
    found = [finding for path in files for finding in findings(path)]
    print("\n".join(found) or "[sizes] all files and functions are within their budgets")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
