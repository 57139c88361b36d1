"""Every reason code is explained to people, and nothing else is."""

import re
from pathlib import Path

from functions.prober.observation import ABSTAINING, REASONS

TEXT = (Path(__file__).parents[3] / "docs" / "reasons.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_every_code_that_a_result_may_carry_is_explained_and_no_other() -> None:
    assert sorted(code for code, *_ in ROW.findall(TEXT)) == sorted(REASONS)


def test_each_explanation_says_how_the_code_votes() -> None:
    for code, outcome, *_ in ROW.findall(TEXT):
        assert outcome == ("unknown" if code in ABSTAINING else "failure"), code


def test_each_explanation_has_a_cause_and_a_remedy() -> None:
    for code, _, cause, remedy in ROW.findall(TEXT):
        assert cause.strip()[0].isupper(), code
        assert cause.strip().endswith("."), code
        assert remedy.strip().endswith("."), code
