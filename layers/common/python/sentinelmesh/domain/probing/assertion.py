"""Statements about an answer: which there are, and what each says when it does not hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import Repr
from typing import Any

from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.json_path import InvalidPath, parse

SHOWN = 80
# How many of several values a sentence quotes, and how many characters of them: far more than
# anybody gets to see, so that whoever blots out secrets sees them whole.
MAX_QUOTED, MAX_QUOTED_TEXT = 5, 16_384
QUOTES = Repr()
QUOTES.maxlevel, QUOTES.maxlist, QUOTES.maxdict = 4, MAX_QUOTED, MAX_QUOTED
QUOTES.maxstring = QUOTES.maxlong = QUOTES.maxother = MAX_QUOTED_TEXT


class UnreadableAnswer(ValueError):
    """An answer cannot be looked into; the error's text says why, and ends a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a target answered, as far as assertions look at it.

    Args:
        headers: names in lower case.
        body: decoded text, cut at the prober's cap.
        phases: milliseconds by name, such as "connect_ms"; None where a phase did not happen.
        certificate_days_left: None without a certificate.
        records: of a name server's answer, as text.
        json_at: gives the values that a path leads to in the body; none where it is not JSON.
            Raises UnreadableAnswer when it is too much of it.
        matches: says whether a regular expression is found in a text, in bounded time.
    """

    latency_ms: float
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    phases: Mapping[str, float | None] = field(default_factory=dict)
    certificate_days_left: float | None = None
    records: Sequence[str] = ()
    json_at: Callable[[str], Sequence[Any]] = lambda _path: ()
    matches: Callable[[str, str], bool] = lambda _pattern, _text: False


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare.

    Args:
        verb: as it stands in a sentence behind "should".
        holds: what must be true of the value that came, the wanted one and the answer.
        opposite: it is the negation of another, and so holds for what is not there.
    """

    verb: str
    holds: Callable[[Any, Any, Answer], bool]
    opposite: bool = False


def _is_equal(came: Any, wanted: Any, _answer: Answer) -> bool:
    """Compare as JSON does: true is not 1, but 1.0 is."""
    return isinstance(came, bool) == isinstance(wanted, bool) and bool(came == wanted)


def _contains(came: Any, wanted: Any, _answer: Answer) -> bool:
    if isinstance(came, str):
        return isinstance(wanted, str) and wanted in came
    return isinstance(came, Sequence) and any(_is_equal(each, wanted, _answer) for each in came)


def _matches(came: Any, pattern: Any, answer: Answer) -> bool:
    texts = [came] if isinstance(came, str) else came if isinstance(came, Sequence) else ()
    return any(isinstance(each, str) and answer.matches(pattern, each) for each in texts)


OPERATORS_BY_NAME: Mapping[str, Operator] = {
    "equals": Operator("equal", _is_equal),
    "not_equals": Operator("not equal", lambda *of: not _is_equal(*of), opposite=True),
    "contains": Operator("contain", _contains),
    "not_contains": Operator("not contain", lambda *of: not _contains(*of), opposite=True),
    "matches": Operator("match", _matches),
    "not_matches": Operator("not match", lambda *of: not _matches(*of), opposite=True),
    "less_than": Operator(
        "be less than", lambda came, wanted, _: _is_number(came) and bool(came < wanted)
    ),
    "greater_than": Operator(
        "be greater than", lambda came, wanted, _: _is_number(came) and bool(came > wanted)
    ),
}
PATTERNS = ("matches", "not_matches")
TEXT = ("equals", "not_equals", "contains", "not_contains", *PATTERNS)
NUMBER = ("equals", "not_equals", "less_than", "greater_than")
BOUND = ("less_than", "greater_than")
LIST = ("contains", "not_contains", *PATTERNS)
PHASES = ("dns_ms", "connect_ms", "tls_ms", "ttfb_ms", "total_ms")
# What each source takes: the one table that the API validates by and the prober evaluates by.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "status": NUMBER,
    "latency_ms": BOUND,
    **dict.fromkeys(PHASES, BOUND),
    "body": TEXT,
    "header": TEXT,
    "json": (*TEXT, *BOUND),
    "certificate_days_left": BOUND,
    "records": LIST,
}
WITH_PATH = {"header": "the name of the header", "json": "where to look, for example $.status"}


def problem_of(assertion: Assertion) -> str | None:
    """Return what is wrong with an assertion as it was written; None when it can be evaluated.

    >>> problem_of(Assertion(source="status", operator="contains", value="x"))
    'status takes one of equals, not_equals, less_than, greater_than'
    """
    operators = OPERATORS.get(assertion.source)
    if operators is None:
        return f"source is one of {', '.join(OPERATORS)}"
    if assertion.operator not in operators:
        return f"{assertion.source} takes one of {', '.join(operators)}"
    return _path_problem(assertion) or _value_problem(assertion)


def _path_problem(assertion: Assertion) -> str | None:
    wanted = WITH_PATH.get(assertion.source)
    if wanted is None:
        return None if assertion.path is None else f"{assertion.source} takes no path"
    if not assertion.path:
        return f"path is needed: {wanted}"
    if assertion.source == "json":
        try:
            parse(assertion.path)
        except InvalidPath as error:
            return str(error)
    return None


def _value_problem(assertion: Assertion) -> str | None:
    value, source = assertion.value, assertion.source
    if assertion.operator in BOUND or source == "status":
        return None if _is_number(value) else f"{source} is compared with a number here"
    if source == "json" and assertion.operator not in PATTERNS:
        return None
    return None if isinstance(value, str) else f"{source} is compared with text here"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def violation(assertion: Assertion, answer: Answer) -> str | None:
    """Return what was expected and what came; None when the assertion holds.

    Of several values that a path leads to, each must hold. What came is quoted at length: it may
    hold a secret, and whoever blots that out must see all of it.

    >>> violation(Assertion(source="status", operator="equals", value=200),
    ...           Answer(status=503, latency_ms=1))
    'status should equal 200, but is 503'
    """
    operator = OPERATORS_BY_NAME[assertion.operator]
    name = f"{assertion.source} {assertion.path}" if assertion.path else assertion.source
    expected = f"{name} should {operator.verb} {_format_shown(assertion.value)}"
    try:
        came = _values(assertion, answer)
    except UnreadableAnswer as why:
        return f"{expected}, but {why}"
    wrong = [each for each in came if not operator.holds(each, assertion.value, answer)]
    if not wrong and (came or operator.opposite):
        return None
    if not wrong:
        return f"{expected}, but is missing"
    if assertion.source == "body":
        return f"{expected}, but {'does' if operator.opposite else 'does not'}"
    quoted = ", ".join(_format_value(each) for each in wrong[:MAX_QUOTED])
    return f"{expected}, but is {quoted[:MAX_QUOTED_TEXT]}"


def _values(assertion: Assertion, answer: Answer) -> Sequence[Any]:
    """Return what came: one value, several at a path of JSON, none for what is missing."""
    source, path = assertion.source, assertion.path or ""
    if source == "json":
        return answer.json_at(path)
    came: Any
    if source == "header":
        came = answer.headers.get(path.lower())
    elif source in PHASES:
        came = answer.phases.get(source)
    else:
        came = getattr(answer, source)
    return () if came is None else (came,)


def _format_shown(value: object) -> str:
    written = _format_value(value)
    return written if len(written) <= SHOWN else written[:SHOWN] + "…"


def _format_value(value: object) -> str:
    """Write a value as a person reads it; constants as JSON has them."""
    constants = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return constants[value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(QUOTES.repr, value[:MAX_QUOTED])) or "empty"
    return QUOTES.repr(value)
