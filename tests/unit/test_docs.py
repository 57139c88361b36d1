"""The documents tell the truth: what they name exists, and every decision is listed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("events/*.md"))
    if path.name != "LICENSE.md"
)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
CODE_PATH = re.compile(
    r"`((?:layers|functions|infra|local|tests|scripts|docs|events|benchmarks|dashboard|cli)/[\w./-]+)`"
)
TARGET = re.compile(r"`?make ([a-z-]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_points_to_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    missing += [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()]
    assert missing == []


def test_every_command_that_a_document_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        name
        for document in DOCUMENTS
        for fence in re.findall(r"`make [^`]+`|^make .*$", document.read_text(), re.MULTILINE)
        for name in TARGET.findall(fence)
    }
    assert named <= known
    assert {"run", "test", "deploy"} <= named


def test_every_test_that_a_document_names_is_there() -> None:
    named = {
        (place, name)
        for document in DOCUMENTS
        for place, name in re.findall(r"`(tests/[\w./]+\.py)::(\w+)", document.read_text())
    }
    missing = [each for each in named if f"def {each[1]}(" not in (ROOT / each[0]).read_text()]
    assert missing == []
    assert named


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


def test_every_decision_says_context_decision_and_consequences() -> None:
    for path in (ROOT / "docs" / "decisions").glob("0*.md"):
        headings = re.findall(r"^## (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name
