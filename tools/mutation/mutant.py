"""One small change of one source file, kept in memory; no file is ever touched."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of source, in bytes as `ast` counts them, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change that a test has to notice.

    Args:
        name: file, function and change; the same as long as the changed code is, wherever it moves.
        statement: line on which the statement begins that is changed.
        function: qualified name of the outermost function whose body is changed, and the line on
            which it begins; None where the change takes effect when the module is imported.
    """

    path: Path
    name: str
    edits: tuple[Edit, ...]
    statement: int
    function: tuple[str, int] | None

    def source(self) -> str:
        """Return the whole file with the change made."""
        made = self.path.read_bytes()
        for edit in sorted(self.edits, key=lambda each: -each.start):
            made = made[: edit.start] + edit.text.encode() + made[edit.end :]
        return made.decode()

    def diff(self) -> str:
        """Show the change as a person would read it."""
        before = self.path.read_text(encoding="utf-8").splitlines()
        lines = difflib.unified_diff(before, self.source().splitlines(), lineterm="", n=0)
        return "\n".join(line for line in list(lines)[2:])


def with_own_names(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """Number those that make the same change at several places of a function."""
    met: dict[str, int] = {}
    for mutant in mutants:
        met[mutant.name] = count = met.get(mutant.name, 0) + 1
        yield mutant if count == 1 else replace(mutant, name=f"{mutant.name} ({count})")
