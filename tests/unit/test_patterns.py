"""Patterns: found as people expect, and never slow."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.patterns import InvalidPattern, compile_pattern, is_found

SIMPLE = st.text("ab.*+?|()[]^$", min_size=1, max_size=8)


@given(SIMPLE, st.text("abc", max_size=12))
def test_simple_patterns_mean_what_they_mean_everywhere(pattern: str, text: str) -> None:
    try:
        ours = is_found(pattern, text)
        theirs = re.search(pattern, text)
    except (InvalidPattern, re.error):
        return
    assert ours == bool(theirs)


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", r"(a)\1", "a{2000}", "\ud800", "*"])
def test_what_cannot_be_evaluated_in_time_is_refused_in_a_sentence(pattern: str) -> None:
    with pytest.raises(InvalidPattern, match="this is no pattern that ends in time: "):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+$b", "(.*){10}x", "(a+)+$b"])
def test_no_pattern_hangs_on_a_hostile_text(pattern: str) -> None:
    """An engine that goes back would take longer than the universe; this one returns."""
    assert not is_found(pattern, "a" * 1_000_000)


def test_half_a_character_in_a_text_hides_nothing() -> None:
    assert is_found("up", "\ud800 up")
    assert is_found("ü.", "\ud800 üx")


def test_groups_are_not_looked_for() -> None:
    """Finding them takes ten times as long, in which no other probe gets its turn."""
    assert compile_pattern("(a|aa)+$").search("baa").groups() == ()
