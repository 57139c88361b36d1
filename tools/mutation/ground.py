"""What is changed, and which tests have to notice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.mutation.generating import mutants_of
from tools.mutation.mutant import Mutant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where mutants grow.

    Args:
        root: the folder that holds everything; pytest runs in it.
        sources: files and folders that are changed, below the root.
        tests: files and folders with the tests, below the root.
        left_out: files in these folders that are not run.
    """

    root: Path
    sources: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def files(self) -> list[Path]:
        """Return all source files that are changed."""
        return [path for each in self.sources for path in _python_files(self.root / each)]

    def leaned_on(self) -> list[Path]:
        """Return all files that tests share."""
        folders = sorted({Path(each).parts[0] for each in self.tests})
        files = (path for each in folders for path in _python_files(self.root / each))
        ours = Path(__file__).parent  # what we do changes nothing of what tests reach
        return [p for p in files if not p.name.startswith("test_") and p.parent != ours]

    def mutants(self, only: str = "") -> list[Mutant]:
        """Return all mutants whose name holds a text."""
        sources = [self.root / each for each in self.sources]
        made = (
            mutant
            for source in sources
            for path in _python_files(source)
            for mutant in mutants_of(path, source.parent)
        )
        return [mutant for mutant in made if only in mutant.name]


@dataclass(slots=True)
class Verdict:
    """What became of a mutant.

    Args:
        killer: the test that noticed, or what else ended it; None for a survivor.
        tests: those that may notice, in this order; none where no test reaches it.
        is_settled: whether they did look at it.
    """

    mutant: Mutant
    killer: str | None = None
    tests: list[str] = field(default_factory=list)
    is_settled: bool = False


def _python_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.rglob("*.py"))
    else:
        yield path
