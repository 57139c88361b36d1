"""What assertions say, when they hold, and how they tell that they do not."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.assertion import (
    OPERATORS,
    OPERATORS_BY_NAME,
    PATTERNS,
    WITH_PATH,
    Answer,
    problem_of,
    violation,
)

JSON: dict[str, list[Any]] = {
    "$.db": ["up"],
    "$.jobs[*]": ["up", "down", "up"],
    "$.ready": [True],
    "$.count": [3],
    "$.nothing": [None],
    "$.tags": [["a", "b"]],
}
ANSWER = Answer(
    status=200,
    latency_ms=120.5,
    headers={"content-type": "text/html"},
    body="all is well",
    phases={"dns_ms": 4.5, "tls_ms": None},
    certificate_days_left=12.5,
    records=("1.2.3.4", "5.6.7.8"),
    json_at=lambda path: JSON.get(path, []),
    matches=lambda pattern, text: re.search(pattern, text) is not None,
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
        (an("body", "matches", "^all .* well$"), None),
        (an("body", "matches", "^well"), "body should match '^well', but does not"),
        (an("body", "not_matches", "w.ll"), "body should not match 'w.ll', but does"),
        (an("dns_ms", "less_than", 5), None),
        (an("dns_ms", "less_than", 4), "dns_ms should be less than 4, but is 4.5"),
        (an("tls_ms", "less_than", 4), "tls_ms should be less than 4, but is missing"),
        (
            an("certificate_days_left", "greater_than", 14),
            "certificate_days_left should be greater than 14, but is 12.5",
        ),
        (an("records", "contains", "5.6.7.8"), None),
        (an("records", "not_contains", "9.9.9.9"), None),
        (an("records", "matches", r"^1\."), None),
        (
            an("records", "contains", "9.9.9.9"),
            "records should contain '9.9.9.9', but is '1.2.3.4', '5.6.7.8'",
        ),
        (an("json", "equals", "up", "$.db"), None),
        (an("json", "equals", "down", "$.db"), "json $.db should equal 'down', but is 'up'"),
        (an("json", "equals", 1, "$.ready"), "json $.ready should equal 1, but is true"),
        (an("json", "equals", True, "$.ready"), None),
        (an("json", "equals", 3.0, "$.count"), None),
        (an("json", "less_than", 3, "$.count"), "json $.count should be less than 3, but is 3"),
        (an("json", "less_than", 3, "$.db"), "json $.db should be less than 3, but is 'up'"),
        (an("json", "equals", None, "$.nothing"), None),
        (an("json", "equals", None, "$.db"), "json $.db should equal null, but is 'up'"),
        (an("json", "contains", "b", "$.tags"), None),
        (an("json", "contains", "c", "$.tags"), "json $.tags should contain 'c', but is 'a', 'b'"),
        (an("json", "matches", "^u", "$.db"), None),
        (an("json", "equals", "up", "$.none"), "json $.none should equal 'up', but is missing"),
        (an("json", "not_equals", "up", "$.none"), None),
        (
            an("json", "equals", "up", "$.jobs[*]"),
            "json $.jobs[*] should equal 'up', but is 'down'",
        ),
    ],
)
def test_what_does_not_hold_is_told_in_a_sentence(
    assertion: Assertion, sentence: str | None
) -> None:
    assert problem_of(assertion) is None
    assert violation(assertion, ANSWER) == sentence


ODD: dict[str, list[Any]] = {
    "$.text": ["5 of 7"],
    "$.number": [5],
    "$.flags": [[True, False]],
    "$.mixed": [[5, "five"]],
    "$.object": [{"a": 1}],
    "$.none": [[]],
}


@pytest.mark.parametrize(
    ("path", "operator", "value", "holds"),
    [
        ("$.text", "contains", 5, False),
        ("$.text", "contains", "5", True),
        ("$.number", "contains", 5, False),
        ("$.flags", "contains", 1, False),
        ("$.flags", "contains", True, True),
        ("$.object", "contains", "a", False),
        ("$.number", "matches", "5", False),
        ("$.mixed", "matches", "^five$", True),
        ("$.mixed", "matches", "^5$", False),
        ("$.text", "greater_than", 3, False),
        ("$.number", "greater_than", 3, True),
        ("$.flags", "greater_than", 0, False),
    ],
)
def test_kinds_of_json_are_never_taken_for_one_another(
    path: str, operator: str, value: Any, *, holds: bool
) -> None:
    answer = replace(ANSWER, json_at=lambda at: ODD.get(at, []))
    assert (violation(an("json", operator, value, path), answer) is None) is holds


def test_an_expectation_is_shown_up_to_eighty_characters() -> None:
    written = violation(an("body", "contains", "x" * 78), ANSWER)
    assert written is not None
    assert f"{'x' * 78!r}" in written, "quotes included"
    longer = violation(an("body", "contains", "x" * 79), ANSWER)
    assert longer is not None
    assert "…" in longer


def test_a_list_is_quoted_up_to_five_values_or_called_empty() -> None:
    answer = replace(ANSWER, records=tuple("abcdefg"), json_at=lambda at: ODD.get(at, []))
    told = violation(an("records", "contains", "z"), answer)
    assert told == "records should contain 'z', but is 'a', 'b', 'c', 'd', 'e'"
    empty = violation(an("json", "contains", "z", "$.none"), answer)
    assert empty == "json $.none should contain 'z', but is empty"


def test_an_answer_of_which_nothing_is_known_has_no_status_and_matches_nothing() -> None:
    nothing = Answer(latency_ms=1.0)
    assert nothing.status == 0
    assert not nothing.matches("", "")


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
        (an("colour", "equals", "red"), "source is one of status, latency_ms, dns_ms"),
        (
            an("latency_ms", "equals", 3),
            "latency_ms takes one of less_than, greater_than",
        ),
        (an("body", "equals", "x", "$.a"), "body takes no path"),
        (an("header", "equals", "x"), "path is needed: the name of the header"),
        (an("json", "equals", "x"), "path is needed: where to look"),
        (an("json", "equals", "x", "db"), "a path begins with $"),
        (an("json", "equals", "x", "$..db"), "'..db' is no step of a path"),
        (an("json", "matches", 3, "$.db"), "json is compared with text here"),
        (an("json", "less_than", "3", "$.db"), "json is compared with a number here"),
        (an("records", "equals", "x"), "records takes one of contains, not_contains"),
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
    paths = {"header": "x", "json": "$.x"}
    assert set(paths) == set(WITH_PATH)
    for source, operators in OPERATORS.items():
        for operator in operators:
            numbers = an(source, operator, 1, paths.get(source))
            texts = an(source, operator, "x", paths.get(source))
            usable = [each for each in (numbers, texts) if problem_of(each) is None]
            assert usable
            for each in usable:
                told = violation(each, Answer(status=1, latency_ms=1, headers={"x": "x"}))
                assert told is None or told.startswith(source)
    assert {each for operators in OPERATORS.values() for each in operators} == set(
        OPERATORS_BY_NAME
    )


OPPOSITES = [("equals", "not_equals"), ("contains", "not_contains"), PATTERNS]


@pytest.mark.parametrize("source", ["body", "header"])
@given(st.sampled_from(OPPOSITES), st.text(max_size=5), st.none() | st.text(max_size=8))
def test_of_an_assertion_and_its_opposite_exactly_one_holds(
    source: str, pair: tuple[str, str], wanted: str, came: str | None
) -> None:
    headers = {} if came is None else {"x": came}
    answer = Answer(
        status=200,
        latency_ms=1,
        headers=headers,
        body=came or "",
        matches=lambda pattern, text: pattern[:1] in text,
    )
    path = "X" if source == "header" else None
    held = [violation(an(source, each, wanted, path), answer) is None for each in pair]
    assert sorted(held) == [False, True]


def test_only_negations_hold_for_what_is_missing() -> None:
    assert {name for name, each in OPERATORS_BY_NAME.items() if each.opposite} == {
        "not_equals",
        "not_contains",
        "not_matches",
    }
