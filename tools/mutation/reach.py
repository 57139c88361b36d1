"""Which test reaches which statement: the only tests that can notice a change of it."""

import ast
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.mutation.forks import forked
from tools.mutation.ground import Ground
from tools.mutation.mutant import Mutant
from tools.mutation.suite import Suite
from tools.mutation.swapping import Functions, mark_statements

AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Reach:
    """What each test takes, and which tests reach a statement."""

    seconds: dict[str, float]
    tests: dict[tuple[str, int], list[str]]

    def of(self, mutant: Mutant, files: Iterable[Path]) -> list[str]:
        """Return the tests that reach a mutant: of its module, then others; quickest first.

        What runs when its module is imported is reached by all who use that module, or one that
        imports from it; and who only looks at a constant runs no statement at all.
        """
        if mutant.function is not None:
            found = set(self.tests.get((str(mutant.path), mutant.statement), ()))
        else:
            near = {str(mutant.path), *map(str, _importers(mutant.path, files))}
            found = {
                test for (path, _), tests in self.tests.items() if path in near for test in tests
            }
            found |= {test for test in self.seconds if _is_about(test.split("::")[0], mutant.path)}
        about = {test for test in found if _is_about(test.split("::")[0], mutant.path)}
        return sorted(found, key=lambda test: (test not in about, self.seconds[test], test))


@cache
def _is_about(file: str, path: Path) -> bool:
    """Whether a file of tests imports a module or from it: of all that reach it they know it best.

    By its text, which may claim too much: that moves a test forward and leaves none out.
    """
    text = Path(file).read_text(encoding="utf-8")
    return f"{path.parent.name}.{path.stem} import" in text or f"    {path.stem},\n" in text


def reach_of(ground: Ground, suite: Suite, kept: Path, say: Callable[[str], None]) -> Reach:
    """Run all tests once with notes in the code; what was found for the same text is kept."""
    found: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in suite.items:
        by_file[test.split("::")[0]].append(test)
    texts = {file: _fingerprint(ground, file) for file in by_file}
    # What is known of files that are not asked for today stays known.
    found = {
        file: each for file, each in found.items() if each["text"] == texts.get(file, each["text"])
    }
    for count, file in enumerate(sorted(by_file.keys() - found.keys()), start=1):
        if count % 20 == 1:
            say(f"looking what each test reaches: {len(found)} of {len(by_file)} files")
        answer = forked(_recorder(ground, suite, by_file[file]), AN_HOUR)
        if answer is None:
            raise SystemExit(f"[mutate] cannot run {file}: run it with pytest to see why")
        for test in answer["failed"]:
            say(f"left out, for it fails without any change: {test}")
        found[file] = {"text": texts[file], "tests": answer["passed"]}
        _keep(found, kept)
    return _joined({file: found[file] for file in by_file})


def _keep(found: dict[str, Any], kept: Path) -> None:
    """Write at once: it took a while to find out."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    half = kept.with_suffix(".half")
    half.write_text(json.dumps(found))
    half.replace(kept)


def _recorder(ground: Ground, suite: Suite, tests: list[str]) -> Callable[[Any], None]:
    return lambda tell: tell(_record(ground, suite, tests))


def _record(ground: Ground, suite: Suite, tests: list[str]) -> dict[str, Any]:
    """Run the tests of a file in this process, with marked code."""
    suite.be_silent()
    failures: set[str] = set()
    suite.failed = failures.add
    reached = mark_statements(ground.files(), Functions(ground.files()))
    found: dict[str, Any] = {}
    for test in tests:
        reached.clear()
        seconds = suite.times([test], reached.clear)[test]
        found[test] = {"seconds": seconds, "reached": sorted(reached)}
    return {
        "failed": sorted(failures),
        "passed": {each: found[each] for each in found.keys() - failures},
    }


def _joined(found: dict[str, Any]) -> Reach:
    seconds: dict[str, float] = {}
    tests: dict[tuple[str, int], list[str]] = defaultdict(list)
    for file in found.values():
        for test, each in file["tests"].items():
            seconds[test] = each["seconds"]
            for path, line in each["reached"]:
                tests[path, line].append(test)
    return Reach(seconds, tests)


def _fingerprint(ground: Ground, file: str) -> str:
    """Name everything that decides what the tests of a file reach."""
    files = (*ground.files(), *ground.leaned_on(), ground.root / file)
    return hashlib.sha256(b"\0".join(each.read_bytes() for each in files)).hexdigest()


def _importers(path: Path, files: Iterable[Path]) -> list[Path]:
    """Find the files that import a module by name."""
    return [
        other
        for other in files
        for node in ast.walk(ast.parse(other.read_bytes()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] == path.stem
    ]
