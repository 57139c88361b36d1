"""A name that loses its IPv4 address fails where it was reached over IPv4, and only there."""

import errno
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.prober.net.connection import Connection
from functions.prober.previous_results import IPV4_LOST
from functions.prober.probes.registry import PROBES
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.storage.results import ResultsRepository
from tests.integration.prober.batches import REGION, Bench, a_bench
from tests.integration.prober.probing import a_check, names
from tests.support.builders import START, a_monitor, a_result

V4, V6 = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"


async def without_ipv6(_address: str, _port: int) -> Connection:
    """Have no way out by IPv6; there is nothing else to call."""
    raise OSError(errno.ENETUNREACH, "no route")


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Have a prober without IPv6, and a name that has IPv6 addresses only."""
    parts: dict[str, Any] = {"resolver": names(shop=V6), "dial": without_ipv6}
    with a_bench(**parts, allow_private=False) as made:
        made.probes = PROBES
        yield made


def before(bench: Bench, **changes: Any) -> None:
    """Record what an earlier probe of the monitor met."""
    monitor = a_monitor(id=changes.pop("monitor_id", "mon_1"), revision=changes.pop("revision", 3))
    plain = {"region": "eu-west-1", "slot": START - timedelta(minutes=1)}
    ResultsRepository(bench.mesh.fresh_dynamodb(), bench.mesh.tables["results"]).put(
        a_result(monitor, **{**plain, **changes})
    )


def seen(bench: Bench, minute: int = 0) -> Result:
    """Probe the name, and give the result."""
    slot = START + timedelta(minutes=minute)
    bench.now = slot
    check = a_check(
        "https://shop.example/",
        region=REGION,
        slot=slot,
        scheduled_at=slot,
        expires_at=slot + timedelta(minutes=1),
    )
    assert bench.take(check) == []
    return next(each for each in bench.results if each.slot == slot and each.region == REGION)


def test_a_name_that_lost_its_ipv4_address_fails(bench: Bench) -> None:
    before(bench, remote_address=V4, region="eu-west-1")
    result = seen(bench)
    assert (result.outcome, result.error) == (Outcome.FAILURE, IPV4_LOST)
    assert "no IPv4 address any more" in (result.detail or "")
    assert result.evidence is not None
    assert "A record is gone" in (result.evidence.diagnosis or "")


def test_it_fails_for_as_long_as_that_lasts(bench: Bench) -> None:
    """Its own failures take the place of the success, which falls out of sight."""
    before(bench, outcome=Outcome.FAILURE, error=IPV4_LOST, remote_address=V6)
    assert [seen(bench, minute).error for minute in range(3)] == [IPV4_LOST] * 3


@pytest.mark.parametrize(
    "past",
    [
        {"remote_address": V6},
        {"remote_address": V4, "revision": 2},
        {"remote_address": V4, "monitor_id": "mon_2"},
        {"remote_address": V4, "outcome": Outcome.FAILURE, "error": "connect_timeout"},
        {"remote_address": None},
    ],
    ids=["by IPv6", "another revision", "another monitor", "tried in vain", "not connected"],
)
def test_a_name_that_was_never_reached_over_ipv4_is_no_failure(
    bench: Bench, past: dict[str, Any]
) -> None:
    before(bench, **past)
    result = seen(bench)
    assert (result.outcome, result.error) == (Outcome.UNKNOWN, "ipv6_unsupported")


def test_a_region_with_ipv6_that_gets_through_does_not_hide_the_loss(bench: Bench) -> None:
    before(bench, remote_address=V4, slot=START - timedelta(minutes=2))
    before(bench, remote_address=V6, region="ap-southeast-1")
    assert seen(bench).error == IPV4_LOST


def test_while_home_is_away_nobody_knows_and_nothing_is_claimed(bench: Bench) -> None:
    def strike(call: str, _body: str) -> None:
        if call == "Query":
            raise EndpointConnectionError(endpoint_url="https://home")

    before(bench, remote_address=V4)
    bench.before_call = strike
    result = seen(bench)
    assert (result.outcome, result.error) == (Outcome.UNKNOWN, "ipv6_unsupported")


def test_the_past_is_read_for_no_other_reason(bench: Bench) -> None:
    bench.probes = {"http": bench.succeeding}
    bench.take(a_check("https://shop.example/", region=REGION))
    assert bench.calls == ["PutItem"]


def test_reading_the_past_ends_in_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.prober.previous_results.READ_SECONDS", 0.0)
    before(bench, remote_address=V4)
    assert seen(bench).error == "ipv6_unsupported"
