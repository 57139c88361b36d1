"""Bodies and queries: every mistake gets a pointer and a sentence."""

import base64
import json
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from functions.api.http.parsing import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    pointer,
    read_json,
    validate,
    validate_query,
)
from functions.api.http.problem import Problem
from functions.api.http.query import Query
from functions.api.schemas.base import Form, Strict
from tests.unit.api.refusing import status_of


class Inner(Strict):
    """Something inside."""

    size: int = Field(ge=1)
    either: str | int = "x"


class Outer(Strict):
    """Something with everything."""

    name: str
    inner: list[Inner] = Field(default_factory=list)
    words: dict[Annotated[str, Form("^[a-z]+$", "write small letters")], str] = Field(
        default_factory=dict
    )


class Page(Query):
    """A query with a number."""

    limit: int = Field(5, ge=1)


def read(body: str | None, *, encoded: bool = False, media: str = "application/json") -> Any:
    return read_json(body, encoded=encoded, content_type=media)


def status(body: str) -> int | None:
    return status_of(lambda: read(body))


def mistakes(value: object) -> dict[str, str]:
    with pytest.raises(Problem) as refused:
        validate(Outer, value)
    return {each["pointer"]: each["detail"] for each in refused.value.errors}


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_json_is_read_plain_or_in_base64(value: object) -> None:
    text = json.dumps(value)
    assert read(text) == value
    assert read(base64.b64encode(text.encode()).decode(), encoded=True) == value


@pytest.mark.parametrize("body", [None, ""])
def test_no_body_is_an_empty_object_of_any_kind(body: str | None) -> None:
    assert read(body, media="") == {}


@pytest.mark.parametrize(
    "media", ["application/json", "APPLICATION/JSON; charset=utf-8", "application/merge-patch+json"]
)
def test_json_has_two_names(media: str) -> None:
    assert read("{}", media=media) == {}


def test_a_body_is_measured_in_bytes() -> None:
    fits = json.dumps("ä" * ((MAX_BODY_BYTES - 2) // 2), ensure_ascii=False)
    assert len(read(fits)) == (MAX_BODY_BYTES - 2) // 2
    assert status(fits + " ") == 413


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 5_000, 30_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(depth: int, start: str, end: str) -> None:
    middle = "[]" if start == "[" else "{}"
    body = start * (depth - 1) + middle + end * (depth - 1)
    assert status(body) in ({400} if len(body) <= MAX_BODY_BYTES else {413})


@given(st.text())
@example("NaN")
@example("[1e999]")
@example("\ud800")
@example('"\\ud800"')
@example("9" * 5000)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert status_of(lambda: read(text)) in {None, 400, 413}
    assert status_of(lambda: read(text, encoded=True)) in {None, 400, 413}


def test_a_mistake_in_an_element_or_a_name_has_its_place() -> None:
    value = {
        "name": 5,
        "inner": [{"size": 1}, {"size": 0, "either": 1.5, "more": 1}, "text"],
        "words": {"a": "b", "C/~": "d"},
    }
    assert mistakes(value) == {
        "/name": "input should be a valid string",
        "/inner/1/size": "input should be greater than or equal to 1",
        "/inner/1/either": mistakes(value)["/inner/1/either"],
        "/inner/1/more": "there is no such field; check its spelling",
        "/inner/2": "a JSON object is needed here",
        "/words/C~1~0": "write small letters",
    }
    assert mistakes({}) == {"/name": "this field is needed"}
    assert mistakes([]) == {"": "a JSON object is needed here"}


def test_nothing_is_converted() -> None:
    for size in ("1", 1.0, True, None):
        assert "/inner/0/size" in mistakes({"name": "a", "inner": [{"size": size}]})


def test_a_query_is_text_and_its_mistakes_are_the_requests() -> None:
    assert validate_query(Page, {"limit": "7"}).limit == 7
    for query in ({"limit": "x"}, {"limit": "0"}, {"other": "1"}):
        with pytest.raises(Problem) as refused:
            validate_query(Page, query)
        assert refused.value.status == 400


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_a_pointer_leads_to_its_place(value: Any) -> None:
    """Follow a pointer step by step, as RFC 6901 says."""
    place, inner = [], value
    while isinstance(inner, dict) and inner:
        place.append(next(iter(inner)))
        inner = inner[place[-1]]
    found = value
    for step in pointer(value, place).split("/")[1:]:
        found = found[step.replace("~1", "/").replace("~0", "~")]
    assert found == inner
