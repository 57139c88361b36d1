"""What a benchmark found: rows for people, the same as JSON, and the bars it has to keep."""

import json
import platform
import time
from dataclasses import asdict, dataclass, field
from os import cpu_count
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A figure and the most that it may be."""

    name: str
    figure: float
    most: float

    @property
    def verdict(self) -> str:
        """One line that says whether it is kept."""
        said = "kept" if self.figure <= self.most else "MISSED"
        return f"{said}: {self.name}: {self.figure:.2f}, at most {self.most:g}"


@dataclass(kw_only=True)
class Report:
    """What one benchmark found.

    Args:
        columns: names of the columns; the first holds labels, the others numbers or None.
        remarks: what one has to know to read the figures.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Write it as people read it."""
        written = [[_cell(each) for each in row] for row in (self.columns, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*written, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in written
        ]
        verdicts = [bar.verdict for bar in self.bars]
        return "\n".join([self.title, "", *lines, "", *verdicts, *self.remarks, ""])

    def save(self) -> None:
        """Keep it beside those of other benchmarks."""
        FOLDER.mkdir(exist_ok=True)
        machine = {"python": platform.python_version(), "processors": cpu_count()}
        found = {"at": int(time.time()), "machine": machine, **asdict(self)}
        (FOLDER / f"{self.name}.json").write_text(json.dumps(found, indent=2) + "\n")
        (FOLDER / f"{self.name}.txt").write_text(self.text())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
