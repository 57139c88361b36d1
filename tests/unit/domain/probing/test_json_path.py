"""Paths into JSON: what they find, compared with a library that knows the standard."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath import JSONPathEnvironment

from sentinelmesh.domain.probing.json_path import MAX_STEPS, InvalidPath, parse, values_at

ENVIRONMENT = JSONPathEnvironment(strict=True)
NAMES = st.sampled_from(["a", "b", "up time", "it's", 'say "x"', "ü", "\\", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["up", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
STEPS = st.one_of(
    NAMES.map(lambda name: f"[{json.dumps(name)}]"),
    NAMES.filter(lambda name: name.isidentifier()).map(lambda name: f".{name}"),
    NAMES.map(lambda name: "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"),
    st.integers(-4, 4).map(lambda index: f"[{index}]"),
    st.sampled_from(["[*]", ".*"]),
)
PATHS = st.lists(STEPS, max_size=4).map(lambda steps: "$" + "".join(steps))


@given(PATHS, VALUES)
def test_a_path_finds_what_the_standard_says(path: str, value: Any) -> None:
    found = values_at(parse(path), value)
    assert found == ENVIRONMENT.findall(path, value)


@pytest.mark.parametrize(
    "path",
    ["", "db", "$..a", "$[?(@.a)]", "$[0:2]", "$[a]", "$.", "$.a b", "$[01]", "$['a]", "$ ", "$[]",
     "$" + ".a" * (MAX_STEPS + 1)],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_in_a_sentence(path: str) -> None:
    with pytest.raises(InvalidPath, match=r"path|name in quotes"):
        parse(path)


@given(st.text("$.[]'\"*\\0a-", max_size=12))
def test_no_text_breaks_reading_a_path(text: str) -> None:
    try:
        steps = parse("$" + text)
    except InvalidPath:
        return
    assert values_at(steps, {"a": [1]}) is not None
