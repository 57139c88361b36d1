"""Writes docs/conformance.md from the suite itself: `python -m tests.conformance.document`."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.deviations import DEVIATIONS

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs" / "conformance.md"
# What does not ask an AWS.
ABOUT_ITSELF = {"test_suite.py"}
HEAD = """\
# What AWS does, and what stands in for it

Nothing here runs on AWS before it is deployed. Three stand-ins take its place, and a promise that
was proven on one that behaves otherwise is worth nothing. So one suite, `tests/conformance`, states
how DynamoDB and SQS behave, as far as the code relies on it, from AWS's own documentation, and runs
on all three:

* **simulation**: AWS in memory, in which the whole mesh is simulated under every fault.
* **moto**: what the tests of functions and repositories run on.
* **emulator**: the embedded AWS of `make run`, as a process of its own.

A known deviation stands in `tests/conformance/deviations.py`, and its test has to fail: one that
vanishes makes the suite fail until its line is gone. What the code relies on is mended in the
simulation, and never listed for it.

This page is written by `python -m tests.conformance.document`; a test holds it to the suite.
"""
UNSEEN = """\
## What is not stated

What only Lambda sees of streams and queues: shards that split, records older than a day, who
removed an expired item, batches and their retries. `tests/local` and `tests/simulation` have their
own tests of these. Throttling, conflicts between transactions and stale reads do not come about by
asking: the simulation makes them from its seed.
"""


def topics() -> dict[str, list[str]]:
    """Return the names of the tests of each topic, by the first words of its file."""
    found: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        if path.name not in ABOUT_ITSELF:
            found[(ast.get_docstring(tree) or path.stem).splitlines()[0]] = names
    return found


def sentence(test: str) -> str:
    """Read the name of a test as a sentence.

    >>> sentence("test_an_expression_is_refused_for[a reserved word]")
    'An expression is refused for: a reserved word'
    """
    name, _, case = test.removesuffix("]").partition("[")
    words = name.removeprefix("test_").replace("_", " ").capitalize()
    return f"{words}: {case}" if case else words


def text() -> str:
    """Return the whole document."""
    return "\n".join([HEAD, *_deviations(), UNSEEN, *_statements()])


def _deviations() -> Iterator[str]:
    yield "## Known deviations\n"
    yield "| stand-in | what AWS does | what it does instead |"
    yield "|---|---|---|"
    for stand_in, known in DEVIATIONS.items():
        for test, instead in known.items():
            yield f"| {stand_in} | {sentence(test)} | {instead} |"
    yield ""


def _statements() -> Iterator[str]:
    yield "## What is stated\n"
    for topic, tests in topics().items():
        yield f"**{topic}**\n"
        yield from (f"* {sentence(test)}" for test in tests)
        yield ""


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
