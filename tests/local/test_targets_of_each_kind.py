"""The local targets for the kinds that are not HTTP, as the mesh's own prober sees them."""

import asyncio
from typing import Any

import pytest

from functions.prober.attempt import attempt
from functions.prober.control_targets import ControlTargets
from functions.prober.observation import Observation
from functions.prober.probes.registry import PROBES
from local.targets.server import Targets
from tests.integration.prober.probing import a_check, a_context
from tests.local.serving import run

pytestmark = pytest.mark.enable_socket


def seen(targets: Targets, kind: str, target: str, **block: Any) -> Observation:
    broken: list[dict[str, Any]] = []

    async def serve() -> Observation:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, trouble: broken.append(trouble))
        await targets.start()
        try:
            with a_context() as context:
                check = a_check(target, kind=kind, probe=block, timeout_ms=5000)
                control = ControlTargets((), context.connector)
                return await attempt(check, PROBES, context, control)
        finally:
            await asyncio.sleep(0.05)  # for what a target makes of our hanging up
            targets.close()

    found = run(serve())
    assert broken == []
    return found


def test_the_door_is_open_to_tcp(targets: Targets) -> None:
    assert seen(targets, "tcp", targets.addresses.door.removeprefix("http://")).error is None


def test_a_certificate_that_ends_soon_is_a_warning_and_one_that_ended_is_an_outage(
    targets: Targets,
) -> None:
    soon, over = (
        url.removeprefix("https://")
        for url in (targets.addresses.ending, targets.addresses.expired)
    )
    ending = seen(targets, "tls", soon, verify_tls=False)
    assert (ending.error, ending.degraded) == (None, True)
    assert seen(targets, "tls", soon).error == "tls_untrusted"
    assert seen(targets, "tls", over).error in {"tls_expired", "tls_untrusted"}


@pytest.mark.parametrize(
    ("name", "record", "error"),
    [
        ("shop.example", "A", None),
        ("shop.example", "AAAA", None),
        ("shop.example", "MX", None),
        ("shop.example", "TXT", None),
        ("shop.example", "NS", None),
        ("shop.example", "CAA", None),
        ("shop.example", "SOA", None),
        ("www.shop.example", "CNAME", None),
        ("www.shop.example", "MX", "dns_no_records"),
        ("gone.example", "A", "dns_nxdomain"),
        ("broken.example", "A", "dns_error"),
        ("silent.example", "A", "dns_timeout"),
    ],
)
def test_the_name_server_answers_by_its_zone(
    name: str, record: str, error: str | None, targets: Targets
) -> None:
    server = targets.addresses.name_server
    assert seen(targets, "dns", name, resolver=server, record=record).error == error


def test_the_websocket_sends_back_what_it_is_told(targets: Targets) -> None:
    url = targets.addresses.websocket
    assert seen(targets, "websocket", url, send="hello", expect="hello").error is None
    assert seen(targets, "websocket", url).error is None
    other = seen(targets, "websocket", url + "/any", send="a" * 2000, expect="a" * 2000)
    assert other.error is None


def test_the_health_of_grpc_is_a_switch(targets: Targets) -> None:
    place = targets.addresses.grpc
    assert seen(targets, "grpc", place, tls=False).error is None
    targets.board.set("grpc", "down")
    assert seen(targets, "grpc", place, tls=False).error == "grpc_not_serving"
    assert seen(targets, "grpc", place, tls=False, service="shop.Cart").error is None
    targets.board.set("shop.Cart", "down", frozenset({"us-east-1"}))
    assert seen(targets, "grpc", place, tls=False, service="shop.Cart").error is None
