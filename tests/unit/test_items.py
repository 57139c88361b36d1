"""Domain objects as items and back: nothing is lost that DynamoDB can keep."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, Channel
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.verification.monitor_state import State, Transition
from sentinelmesh.storage.dynamodb.items import Item, attribute, from_item, plain_value, to_item
from tests.support.builders import START, a_channel, a_monitor

STORED = [Monitor, Result, State, Transition, Incident, Alert, Channel]

instants = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 (hypothesis adds the zone itself)
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000))
numbers = st.integers(-(2**62), 2**62)
texts = st.one_of(st.text(), st.sampled_from(["", "null", "true", "1", "2026-01-01T00:00:00Z"]))
fractions = st.floats(0.001, 1e9, allow_nan=False).map(lambda each: round(each, 3))
scalars = texts | numbers | fractions | st.booleans()
# What options and compared values may be: JSON, with a None only inside of a list.
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner | st.none()) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=8,
)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    datetime: instants,
    str: texts,
    int: numbers,
    float: fractions,
    bool: st.booleans(),
    NoneType: st.none(),
    Any: plain,
}


def strategy_of(kind: Any) -> st.SearchStrategy[Any]:
    """Draw values of a field's type."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: strategy_of(each) for name, each in hints.items()})
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is UnionType:
        return st.one_of(*map(strategy_of, inner))
    if origin is tuple:
        return st.lists(strategy_of(inner[0]), max_size=3).map(tuple)
    assert origin is Mapping, kind
    return st.dictionaries(st.text(min_size=1), strategy_of(inner[1]), max_size=3)


def as_dynamodb_keeps_it(typed: dict[str, Any]) -> dict[str, Any]:
    """Write numbers as DynamoDB gives them back: 35.0 comes back as 35."""
    ((kind, value),) = typed.items()
    if kind == "N":
        return {"N": format(Decimal(value).normalize(), "f")}
    if kind == "M":
        return {"M": {name: as_dynamodb_keeps_it(each) for name, each in value.items()}}
    if kind == "L":
        return {"L": [as_dynamodb_keeps_it(each) for each in value]}
    return typed


def through_dynamodb(item: Item) -> Item:
    return {name: as_dynamodb_keeps_it(each) for name, each in item.items()}


@pytest.mark.parametrize("kind", STORED, ids=lambda each: each.__name__)
def test_what_is_stored_is_what_is_read(kind: type) -> None:
    @given(strategy_of(kind))
    @settings(max_examples=60)
    def law(thing: object) -> None:
        assert from_item(through_dynamodb(to_item(thing)), kind) == thing

    law()


def test_attributes_that_only_the_table_knows_are_ignored_by_the_reader() -> None:
    item = to_item(a_monitor(), due="60#0#0", ttl=17, listing="monitor")
    assert (item["due"], item["ttl"]) == ({"S": "60#0#0"}, {"N": "17"})
    assert from_item(item, Monitor) == a_monitor()


def test_what_is_none_takes_no_place() -> None:
    item = to_item(a_monitor(channels=None), due=None)
    assert "channels" not in item
    assert "due" not in item
    assert from_item(item, Monitor).channels is None


def test_no_channels_are_something_else_than_no_choice() -> None:
    assert from_item(to_item(a_monitor(channels=())), Monitor).channels == ()


def test_a_none_among_options_is_as_good_as_absent() -> None:
    item = to_item(a_monitor(probe={"method": "POST", "body": None}))
    assert from_item(item, Monitor).probe == {"method": "POST"}


def test_an_item_of_older_code_is_read_with_the_defaults_of_newer_fields() -> None:
    item = to_item(a_channel())
    for newer in ("revision", "enabled", "reminder_minutes", "events"):
        item.pop(newer, None)
    read = from_item(item, Channel)
    assert (read.revision, read.enabled, read.reminder_minutes) == (1, True, None)
    assert read.events == (AlertKind.OPENED, AlertKind.RESOLVED)


def test_a_truth_value_is_no_number() -> None:
    assert attribute(True) == {"BOOL": True}
    assert attribute(1) == {"N": "1"}


def test_big_numbers_keep_their_digits() -> None:
    assert plain_value({"N": "9007199254740993"}) == 9_007_199_254_740_993


def test_an_instant_is_stored_as_text_that_sorts() -> None:
    assert attribute(START) == {"S": "2026-01-01T12:00:00Z"}


def test_what_dynamodb_cannot_keep_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot store a set"):
        attribute({1, 2})
