"""What assertions say, when they hold, and how they tell that they do not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.assertion import (
    COMPARISONS,
    HOLD_FOR_NOTHING,
    OPERATORS,
    Answer,
    problem_of,
    violation,
)
from sentinelmesh.domain.monitor import Assertion

ANSWER = Answer(
    status=200, latency_ms=120.5, headers={"content-type": "text/html"}, body="all is well"
)


def an(source: str, operator: str, value: Any, path: str | None = None) -> Assertion:
    return Assertion(source=source, operator=operator, value=value, path=path)


@pytest.mark.parametrize(
    ("assertion", "sentence"),
    [
        (an("status", "equals", 200), None),
        (an("status", "equals", 201), "status should equal 201, but is 200"),
        (an("status", "not_equals", 200), "status should not equal 200, but is 200"),
        (an("status", "less_than", 300), None),
        (an("status", "less_than", 200), "status should be less than 200, but is 200"),
        (an("status", "greater_than", 200), "status should be greater than 200, but is 200"),
        (an("latency_ms", "less_than", 121), None),
        (
            an("latency_ms", "less_than", 120.5),
            "latency_ms should be less than 120.5, but is 120.5",
        ),
        (an("body", "contains", "well"), None),
        (an("body", "contains", "ill"), "body should contain 'ill', but does not"),
        (an("body", "not_contains", "ill"), None),
        (an("body", "not_contains", "well"), "body should not contain 'well', but does"),
        (an("body", "equals", "well"), "body should equal 'well', but does not"),
        (an("header", "contains", "html", "Content-Type"), None),
        (
            an("header", "equals", "json", "Content-Type"),
            "header Content-Type should equal 'json', but is 'text/html'",
        ),
        (an("header", "equals", "x", "Age"), "header Age should equal 'x', but is missing"),
        (an("header", "contains", "x", "Age"), "header Age should contain 'x', but is missing"),
        (an("header", "not_equals", "x", "Age"), None),
        (an("header", "not_contains", "x", "Age"), None),
    ],
)
def test_what_does_not_hold_is_told_in_a_sentence(
    assertion: Assertion, sentence: str | None
) -> None:
    assert problem_of(assertion) is None
    assert violation(assertion, ANSWER) == sentence


def test_a_long_expectation_is_cut_in_the_sentence() -> None:
    told = violation(an("body", "contains", "x" * 500), ANSWER)
    assert told is not None
    assert len(told) < 130
    assert told.endswith("…, but does not")


def test_what_came_is_quoted_whole_for_whoever_blots_out_secrets() -> None:
    answer = Answer(status=200, latency_ms=1, headers={"x": "y" * 500})
    told = violation(an("header", "equals", "z", "x"), answer)
    assert told == f"header x should equal 'z', but is '{'y' * 500}'"


@pytest.mark.parametrize(
    ("assertion", "problem"),
    [
        (an("colour", "equals", "red"), "source is one of status, latency_ms, body, header"),
        (
            an("latency_ms", "equals", 3),
            "latency_ms takes one of less_than, greater_than",
        ),
        (an("body", "equals", "x", "$.a"), "path names the header of a header assertion"),
        (an("header", "equals", "x"), "path names the header of a header assertion"),
        (an("status", "equals", "200"), "status is compared with a number"),
        (an("status", "equals", True), "status is compared with a number"),
        (an("body", "contains", 3), "body is compared with text"),
        (an("body", "contains", None), "body is compared with text"),
    ],
)
def test_what_cannot_be_evaluated_is_told_when_it_is_written(
    assertion: Assertion, problem: str
) -> None:
    told = problem_of(assertion)
    assert told is not None
    assert told.startswith(problem)


def test_every_source_and_operator_can_be_evaluated_and_told() -> None:
    for source, operators in OPERATORS.items():
        for operator in operators:
            value = "x" if source in {"body", "header"} else 1
            assertion = an(source, operator, value, "x" if source == "header" else None)
            assert problem_of(assertion) is None
            told = violation(assertion, Answer(status=1, latency_ms=1, headers={"x": "x"}))
            assert told is None or told.startswith(source)
    assert {each for operators in OPERATORS.values() for each in operators} == set(COMPARISONS)


OPPOSITES = [("equals", "not_equals"), ("contains", "not_contains")]


@pytest.mark.parametrize("source", ["body", "header"])
@given(st.sampled_from(OPPOSITES), st.text(max_size=5), st.none() | st.text(max_size=8))
def test_of_an_assertion_and_its_opposite_exactly_one_holds(
    source: str, pair: tuple[str, str], wanted: str, came: str | None
) -> None:
    headers = {} if came is None else {"x": came}
    answer = Answer(status=200, latency_ms=1, headers=headers, body=came or "")
    path = "X" if source == "header" else None
    held = [violation(an(source, each, wanted, path), answer) is None for each in pair]
    assert sorted(held) == [False, True]


def test_only_negations_hold_for_what_is_missing() -> None:
    assert {"not_equals", "not_contains"} == HOLD_FOR_NOTHING
