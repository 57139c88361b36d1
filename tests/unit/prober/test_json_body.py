"""JSON that is looked into, and JSON that would fill the memory."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.http import json_body
from functions.prober.http.json_body import MAX_VALUES, MAX_WEIGHT, json_of, weight_of
from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.assertion import Answer, UnreadableAnswer, violation

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=60,
)


def taken_by(text: str) -> int:
    """Measure what reading a text takes beside it."""
    json.loads(text)
    tracemalloc.start()
    try:
        json.loads(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@given(value=anything, times=st.sampled_from([1, 300]), packed=st.booleans())
def test_the_weight_is_never_less_than_what_is_taken(
    value: object, times: int, *, packed: bool
) -> None:
    text = json.dumps([value] * times, ensure_ascii=packed, separators=(",", ":"))
    overhead_of_a_call = 2_000
    assert taken_by(text) <= weight_of(text) + overhead_of_a_call


def test_a_usual_body_is_looked_into() -> None:
    jobs = [{"name": f"job {each}", "state": "up", "since": each} for each in range(6_000)]
    body = json.dumps({"jobs": jobs})
    assert len(body) > 250_000
    assert json_of(body)("$.jobs[-1].state") == ["up"]


@pytest.mark.parametrize("operator", ["equals", "not_equals"])
def test_an_assertion_about_too_much_json_fails_and_says_so(operator: str) -> None:
    body = "[" + "[]," * 300_000 + "0]"
    assert weight_of(body) > MAX_WEIGHT
    with pytest.raises(UnreadableAnswer):
        json_of(body)("$.state")
    about = Assertion(source="json", operator=operator, path="$.state", value="up")
    told = violation(about, Answer(latency_ms=1.0, body=body, json_at=json_of(body)))
    assert told is not None
    assert told.endswith(", but the body is JSON of more values than are looked into")


@pytest.mark.parametrize(("beyond", "holds"), [(0, True), (1, False)])
def test_values_are_compared_up_to_a_thousand(beyond: int, *, holds: bool) -> None:
    body = json.dumps({"jobs": ["up"] * (MAX_VALUES + beyond)})
    about = Assertion(source="json", operator="equals", path="$.jobs[*]", value="up")
    told = violation(about, Answer(latency_ms=1.0, body=body, json_at=json_of(body)))
    expected = "json $.jobs[*] should equal 'up', but the path leads to more than 1000 values"
    assert told == (None if holds else expected)


def test_a_body_is_weighed_once_however_many_assertions_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weighed: list[str] = []

    def weigh(text: str) -> int:
        weighed.append(text)
        return MAX_WEIGHT + 1

    monkeypatch.setattr(json_body, "weight_of", weigh)
    values = json_of("{}")
    for _ in range(20):
        with pytest.raises(UnreadableAnswer):
            values("$.state")
    assert weighed == ["{}"]


def test_what_lies_as_deep_as_it_can_be_read_is_quoted() -> None:
    deep = "[" * 900 + "]" * 900
    about = Assertion(source="json", operator="equals", path="$", value="up")
    told = violation(about, Answer(latency_ms=1.0, json_at=json_of(deep)))
    assert told is not None
    assert told.startswith("json $ should equal 'up', but is [[[[")


def test_a_value_is_quoted_only_so_far() -> None:
    body = json.dumps(["x" * 500_000, {"y" * 300_000: 1}])
    about = Assertion(source="json", operator="equals", path="$[*]", value="up")
    told = violation(about, Answer(latency_ms=1.0, json_at=json_of(body)))
    assert told is not None
    assert "xxx" in told
    assert len(told) < 20_000
