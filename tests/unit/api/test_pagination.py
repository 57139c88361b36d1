"""Cursors: they come back whole and to their own list, or not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.http.pagination import decode, encode
from functions.api.http.problem import Problem

KEYS = st.text(max_size=80)


@given(st.text(max_size=30), KEYS)
def test_a_cursor_brings_its_key_back(address: str, key: str) -> None:
    cursor = encode(address, key)
    assert decode(address, cursor) == key
    assert cursor.isascii()
    assert set(cursor).isdisjoint("+/=&?# ")


@given(KEYS)
def test_a_cursor_of_another_list_is_refused(key: str) -> None:
    with pytest.raises(Problem, match="next_cursor"):
        decode("/v1/monitors/mon_2/results", encode("/v1/monitors/mon_1/results", key))


@given(KEYS, st.data())
def test_a_cursor_that_lost_or_changed_a_character_is_refused(
    key: str, data: st.DataObject
) -> None:
    cursor = encode("/v1/monitors", key)
    place = data.draw(st.integers(0, len(cursor) - 2))
    other = "A" if cursor[place] != "A" else "B"
    for broken in (cursor[: -place or None][:-1], cursor[:place] + other + cursor[place + 1 :]):
        with pytest.raises(Problem):
            decode("/v1/monitors", broken)


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
)
def test_what_somebody_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(Problem):
        decode("/v1/monitors", cursor)
