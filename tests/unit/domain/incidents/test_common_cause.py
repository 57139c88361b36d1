"""What many incidents have in common is named, most specific first, and nothing else is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.common_cause import (
    NEARLY_ALL,
    CauseKind,
    Member,
    Parent,
    common_cause,
    host_of,
    zone_of,
)
from tests.support.builders import START

FINGERPRINT = "ab" * 32


def a_member(number: int, **changes: Any) -> Member:
    plain = Member(
        incident_id=f"inc_{number}",
        monitor_id=f"mon_{number}",
        monitor_name=f"Shop {number}",
        target=f"https://shop.example{number}.org/",
        opened_at=START,
        confirmed_at=START + timedelta(seconds=2),
        cause=f"cause_{number}",
    )
    return replace(plain, **changes)


def members(count: int = 5, **shared: Any) -> list[Member]:
    return [a_member(number, **shared) for number in range(count)]


SHARED: dict[CauseKind, tuple[dict[str, Any], str]] = {
    CauseKind.PARENT: ({"parents": (Parent(id="mon_p", name="Router"),)}, "Router"),
    CauseKind.CERTIFICATE: (
        {"certificates": (FINGERPRINT,), "cause": "tls_expired"},
        FINGERPRINT,
    ),
    CauseKind.HOST: ({"target": "https://one.example/x"}, "one.example"),
    CauseKind.ADDRESS: ({"addresses": ("192.0.2.7",)}, "192.0.2.7"),
    CauseKind.REGIONS: (
        {"failing_in": ("eu-west-1", "us-east-1"), "working_in": ("ap-southeast-1",)},
        "eu-west-1 and us-east-1",
    ),
    CauseKind.REASON: ({"cause": "connect_refused"}, "connect_refused"),
}


@pytest.mark.parametrize("kind", SHARED)
def test_what_all_share_is_the_cause(kind: CauseKind) -> None:
    shared, value = SHARED[kind]
    found = common_cause(members(**shared))
    assert found is not None
    assert (found.kind, found.value, found.shared_by, found.members) == (kind, value, 5, 5)
    assert value[:16] in found.place or kind is CauseKind.REASON
    assert value in found.sentence
    assert found.sentence.startswith("All 5 ")


def test_nothing_in_common_is_no_cause() -> None:
    assert common_cause(members()) is None
    assert common_cause([]) is None
    assert common_cause(members(1, cause="connect_refused")) is None


def test_one_zone_is_named_behind_what_explains_more() -> None:
    zone = [a_member(n, target=f"https://host-{n}.shop.example/") for n in range(5)]
    found = common_cause(zone)
    assert found is not None
    assert (found.kind, found.value) == (CauseKind.ZONE, "shop.example")
    at_once = common_cause([replace(each, addresses=("192.0.2.7",)) for each in zone])
    assert at_once is not None
    assert at_once.kind is CauseKind.ADDRESS


def test_names_that_are_not_resolved_are_their_zones_matter() -> None:
    zone = [
        a_member(n, target=f"https://host-{n}.shop.example/", cause="dns_servfail",
                 failing_in=("eu-west-1",), working_in=("us-east-1",))
        for n in range(5)
    ]  # fmt: skip
    found = common_cause(zone)
    assert found is not None
    assert found.kind is CauseKind.ZONE


def test_a_certificate_explains_only_what_fails_because_of_one() -> None:
    found = common_cause(members(certificates=(FINGERPRINT,), cause="http_status"))
    assert found is not None
    assert found.kind is CauseKind.REASON


def test_failing_in_every_region_is_no_cause() -> None:
    assert common_cause(members(failing_in=("eu-west-1", "us-east-1"))) is None


@pytest.mark.parametrize(("sharing", "wanted"), [(8, 8), (7, None)])
def test_nearly_all_are_enough(sharing: int, wanted: int | None) -> None:
    some = members(sharing, addresses=("192.0.2.7",))
    others = [a_member(100 + number) for number in range(10 - sharing)]
    found = common_cause([*some, *others])
    assert (found.shared_by if found else None) == wanted
    if found is not None:
        assert found.sentence == "8 of 10 are at the address 192.0.2.7."


@given(st.lists(st.sampled_from(("192.0.2.1", "192.0.2.2", "")), min_size=1, max_size=12))
def test_the_order_of_members_changes_nothing_and_the_count_is_true(where: list[str]) -> None:
    storm = [
        a_member(number, addresses=(address,) if address else ())
        for number, address in enumerate(where)
    ]
    found = common_cause(storm)
    assert found == common_cause(storm[::-1])
    if found is not None:
        assert found.shared_by == where.count(found.value)
        assert found.shared_by >= max(2, NEARLY_ALL * len(where))


@pytest.mark.parametrize(
    ("target", "host", "zone"),
    [
        ("https://www.shop.example/x", "www.shop.example", "shop.example"),
        ("https://a.b.shop.example:8443", "a.b.shop.example", "shop.example"),
        ("shop.example:53", "shop.example", "shop.example"),
        ("a.shop.co.uk", "a.shop.co.uk", "shop.co.uk"),
        ("shop.co.uk.", "shop.co.uk.", "shop.co.uk"),
        ("co.uk", "co.uk", "co.uk"),
        ("a.shop.uk", "a.shop.uk", "shop.uk"),
        ("a.co.example", "a.co.example", "co.example"),
        ("www..shop.example", "www..shop.example", "shop.example"),
        ("localhost:80", "localhost", ""),
        ("192.0.2.1:80", "192.0.2.1", ""),
        ("[2001:db8::1]:80", "2001:db8::1", ""),
        ("https://[half", "", ""),
        ("", "", ""),
    ],
)
def test_host_and_zone_of_a_target(target: str, host: str, zone: str) -> None:
    assert host_of(target) == host
    assert zone_of(host) == zone


def test_an_address_as_target_is_an_address_and_no_host() -> None:
    found = common_cause(members(target="https://192.0.2.7/"))
    assert found is not None
    assert (found.kind, found.value) == (CauseKind.ADDRESS, "192.0.2.7")
    assert common_cause(members(target="")) is None, "what has no host shares none"


def test_of_two_that_as_many_share_the_first_by_name_is_named_and_the_widest_wins() -> None:
    both = members(addresses=("192.0.2.9", "192.0.2.7"))
    found = common_cause(both)
    assert found is not None
    assert found.value == "192.0.2.7"
    most = common_cause([*both, a_member(9, addresses=("192.0.2.9",))])
    assert most is not None
    assert (most.value, most.shared_by) == ("192.0.2.9", 6)


def test_two_that_share_it_are_enough_and_one_is_not() -> None:
    assert common_cause(members(2, addresses=("192.0.2.7",))) is not None
    assert common_cause(members(1, addresses=("192.0.2.7",))) is None


def test_regions_explain_nothing_without_one_that_fails() -> None:
    assert common_cause(members(working_in=("eu-west-1",))) is None


@given(st.text(max_size=40))
def test_a_strange_target_has_a_host_and_a_zone_or_none(target: str) -> None:
    assert isinstance(zone_of(host_of(target)), str)
