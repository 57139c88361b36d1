"""Statements about an answer: which there are, and what each says when it does not hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sentinelmesh.domain.monitor import Assertion

SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a target answered, as far as assertions look at it.

    Args:
        headers: names in lower case.
        body: decoded text, cut at the prober's cap.
    """

    status: int
    latency_ms: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


Comparison = Callable[[Any, Any], bool]

COMPARISONS: Mapping[str, Comparison] = {
    "equals": lambda actual, wanted: bool(actual == wanted),
    "not_equals": lambda actual, wanted: bool(actual != wanted),
    "contains": lambda actual, wanted: wanted in actual,
    "not_contains": lambda actual, wanted: wanted not in actual,
    "less_than": lambda actual, wanted: bool(actual < wanted),
    "greater_than": lambda actual, wanted: bool(actual > wanted),
}
# What is not there is neither equal to anything nor contains it.
HOLD_FOR_NOTHING = frozenset({"not_equals", "not_contains"})
TEXT_OPERATORS = ("equals", "not_equals", "contains", "not_contains")
NUMBER_OPERATORS = ("equals", "not_equals", "less_than", "greater_than")
# What each source takes: the one table that the API validates by and the prober evaluates by.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "status": NUMBER_OPERATORS,
    "latency_ms": ("less_than", "greater_than"),
    "body": TEXT_OPERATORS,
    "header": TEXT_OPERATORS,
}


def problem_of(assertion: Assertion) -> str | None:
    """Say what is wrong with an assertion as it was written; None when it can be evaluated.

    >>> problem_of(Assertion(source="body", operator="less_than", value="x"))
    'body takes one of equals, not_equals, contains, not_contains'
    """
    operators = OPERATORS.get(assertion.source)
    if operators is None:
        return f"source is one of {', '.join(OPERATORS)}"
    if assertion.operator not in operators:
        return f"{assertion.source} takes one of {', '.join(operators)}"
    if (assertion.path is not None) != (assertion.source == "header"):
        return "path names the header of a header assertion; other sources take none"
    if operators is TEXT_OPERATORS and not isinstance(assertion.value, str):
        return f"{assertion.source} is compared with text"
    if operators is not TEXT_OPERATORS and not _is_number(assertion.value):
        return f"{assertion.source} is compared with a number"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def violation(assertion: Assertion, answer: Answer) -> str | None:
    """Say what was expected and what came; None when the assertion holds.

    What came is quoted whole: it may hold a secret, and whoever blots that out must see all of it.

    >>> violation(Assertion(source="status", operator="equals", value=200),
    ...           Answer(status=503, latency_ms=1))
    'status should equal 200, but is 503'
    """
    actual = _actual(assertion, answer)
    if actual is None and assertion.operator in HOLD_FOR_NOTHING:
        return None
    if actual is not None and COMPARISONS[assertion.operator](actual, assertion.value):
        return None
    name = f"header {assertion.path}" if assertion.source == "header" else assertion.source
    if actual is None:
        return f"{name} should {_spoken(assertion)}, but is missing"
    negated = "does" if assertion.operator in HOLD_FOR_NOTHING else "does not"
    came = negated if assertion.source == "body" else f"is {_written(actual)}"
    return f"{name} should {_spoken(assertion)}, but {came}"


def _actual(assertion: Assertion, answer: Answer) -> Any:
    if assertion.source == "header":
        return answer.headers.get((assertion.path or "").lower())
    return {"status": answer.status, "latency_ms": answer.latency_ms, "body": answer.body}[
        assertion.source
    ]


def _spoken(assertion: Assertion) -> str:
    verbs = {
        "equals": "equal",
        "not_equals": "not equal",
        "contains": "contain",
        "not_contains": "not contain",
        "less_than": "be less than",
        "greater_than": "be greater than",
    }
    wanted = _written(assertion.value)
    shown = wanted if len(wanted) <= SHOWN else wanted[:SHOWN] + "…"
    return f"{verbs[assertion.operator]} {shown}"


def _written(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
