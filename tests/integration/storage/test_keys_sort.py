"""Keys sort as their descriptions say: DynamoDB compares them byte by byte."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import incident_id
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.storage.dynamodb.keys import after_slot, from_slot, slot_key
from sentinelmesh.storage.results import bounds

seconds = st.integers(0, 4_000_000_000).map(lambda each: datetime.fromtimestamp(each, UTC))
instants = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone itself)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000))
regions = st.sampled_from(["af-south-1", "eu-west-1", "us-gov-west-1", "z"])
purposes = st.sampled_from(Purpose)
revisions = st.integers(1, 10**6)


@given(seconds, seconds, regions, regions, purposes, purposes, revisions)
def test_results_sort_by_slot_whatever_else_their_keys_say(
    one: datetime,
    other: datetime,
    region: str,
    other_region: str,
    purpose: Purpose,
    other_purpose: Purpose,
    revision: int,
) -> None:
    first = slot_key(one, region, purpose, revision)
    second = slot_key(other, other_region, other_purpose, 1)
    if one != other:
        assert (first < second) == (one < other)
    assert from_slot(one) < first < after_slot(one)


@given(seconds, instants, instants, regions, purposes)
def test_a_span_of_slots_holds_exactly_the_slots_in_it(
    slot: datetime, start: datetime, end: datetime, region: str, purpose: Purpose
) -> None:
    low, high = bounds(start, end)
    assert (low <= slot_key(slot, region, purpose, 1) <= high) == (start <= slot < end)


@given(instants, instants, st.integers(1, 1000), st.text("mon_abc", min_size=1))
def test_incidents_sort_by_their_beginning(
    one: datetime, other: datetime, version: int, monitor: str
) -> None:
    if abs(one - other) >= timedelta(milliseconds=1):
        names = incident_id(monitor, one, version), incident_id("mon_z", other, 1)
        assert (names[0] < names[1]) == (one < other)
    assert incident_id(monitor, one, version) < "inc_~"
