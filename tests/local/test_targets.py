"""The misbehaving targets misbehave as they promise."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from local.targets.server import Targets
from local.targets.switchboard import Switchboard, UnknownStatus, region_of
from tests.local.serving import SOON_SILENT, run

pytestmark = pytest.mark.enable_socket
T = TypeVar("T")


def _talk(
    targets: Targets, talk: Callable[[httpx.AsyncClient], Awaitable[T]], **options: object
) -> T:
    async def serve() -> T:
        await targets.start()
        try:
            client = httpx.AsyncClient(
                base_url=targets.addresses.base,
                trust_env=False,
                timeout=60,
                **options,  # type: ignore[arg-type]
            )
            async with client:
                return await talk(client)
        finally:
            targets.close()

    return run(serve())


def _probe(region: str) -> dict[str, str]:
    return {"User-Agent": f"SentinelMesh/0.1.0 ({region}; +http://127.0.0.1:8080)"}


def test_one_request_breaks_a_target_and_one_repairs_it(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        seen = [(await client.get("/switch/shop")).status_code]
        for status in ("down", "up"):
            await client.post(f"/targets/switch/shop?status={status}")
            seen.append((await client.get("/switch/shop")).status_code)
        return [*seen, (await client.get("/switch/other")).status_code]

    assert _talk(targets, talk) == [200, 503, 200, 200]


def test_a_switch_can_be_limited_to_regions(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        await client.post("/targets/switch/shop?status=down&regions=us-east-1")
        regions = ("us-east-1", "eu-west-1")
        return [
            (await client.get("/switch/shop", headers=_probe(region))).status_code
            for region in regions
        ]

    assert _talk(targets, talk) == [503, 200]


def test_a_switch_can_refuse_and_hang(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await client.post("/targets/switch/shop?status=refuse")
        with pytest.raises(httpx.ReadError):
            await client.get("/switch/shop")
        await client.post("/targets/switch/shop?status=hang")
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/switch/shop", timeout=SOON_SILENT)

    _talk(targets, talk)


def test_a_wrong_status_is_explained(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/targets/switch/shop?status=broken")

    answer = _talk(targets, talk)
    assert answer.status_code == 400
    assert "up, down" in answer.json()["detail"]
    with pytest.raises(UnknownStatus):
        Switchboard().set("x", "broken")


def test_a_blip_fails_exactly_once(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        await client.post("/blip/one")
        return [(await client.get("/blip/one")).status_code for _ in range(3)]

    assert _talk(targets, talk) == [503, 200, 200]


def test_each_nth_request_can_fail(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        return [(await client.get("/blip/two?every=3")).status_code for _ in range(4)]

    assert _talk(targets, talk) == [200, 200, 503, 200]


def test_failing_by_region_reads_the_probes_user_agent(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        url = "/regional?regions=us-east-1,eu-west-1"
        regions = ("us-east-1", "ap-southeast-1")
        return [(await client.get(url, headers=_probe(each))).status_code for each in regions]

    assert _talk(targets, talk) == [503, 200]
    assert region_of("Mozilla/5.0 (us-east-1; x)") == ""


def test_flapping_is_down_for_the_second_half_of_its_period() -> None:
    moments = iter([0.0, 29.9, 30.0, 59.9, 60.0])
    board = Switchboard(clock=lambda: next(moments))
    assert [board.is_down_half(60) for _ in range(5)] == [False, False, True, True, False]


def test_a_redirect_loop_never_arrives(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.TooManyRedirects):
            await client.get("/redirect-loop", follow_redirects=True)

    _talk(targets, talk)


def test_a_big_body_is_big(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> int:
        return len((await client.get("/big?bytes=300001")).content)

    assert _talk(targets, talk) == 300_001


def test_the_certificates_are_wrong_in_their_own_ways(targets: Targets, tmp_path: Path) -> None:
    async def reason(url: str, context: ssl.SSLContext) -> str:
        port = int(url.rsplit(":", 1)[1])
        try:
            await asyncio.open_connection("127.0.0.1", port, ssl=context)
        except ssl.SSLCertVerificationError as failure:
            return failure.verify_message
        return "accepted"

    async def talk(_client: httpx.AsyncClient) -> list[str]:
        trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        strict = ssl.create_default_context()
        return [
            await reason(targets.addresses.expired, trusting),
            await reason(targets.addresses.self_signed, strict),
        ]

    assert _talk(targets, talk) == ["certificate has expired", "self-signed certificate"]


def test_the_door_really_refuses_while_it_is_closed(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        seen = [(await client.get(targets.addresses.door)).status_code]
        for _ in range(2):
            await client.post("/targets/door?status=closed")
            with pytest.raises(httpx.ConnectError):
                await client.get(targets.addresses.door)
            await client.post("/targets/door?status=open")
            seen.append((await client.get(targets.addresses.door)).status_code)
        return seen

    assert _talk(targets, talk) == [200, 200, 200]


def test_silence_and_the_black_hole_end_in_different_timeouts(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(targets.addresses.silent, timeout=SOON_SILENT)
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(targets.addresses.black_hole, timeout=0.3)

    _talk(targets, talk)


def test_receivers_keep_what_they_are_sent(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[list[dict[str, object]]]:
        signed = {"webhook-id": "msg_1", "webhook-signature": "v1,x"}
        await client.post("/receivers/webhook", json={"type": "t"}, headers=signed)
        refused = await client.post("/receivers/webhook?answer=503", content=b"not json")
        assert refused.status_code == 503
        taken = (await client.get("/receivers/webhook")).json()
        await client.delete("/receivers/webhook")
        return [taken, (await client.get("/receivers/webhook")).json()]

    (first, second), empty = _talk(targets, talk)
    assert first["body"] == {"type": "t"}
    assert first["raw"] == '{"type":"t"}'
    assert first["headers"]["webhook-signature"] == "v1,x"  # type: ignore[index]
    assert (second["body"], second["raw"], second["answered"]) == (None, "not json", 503)
    assert empty == []


def test_a_web_page_of_another_site_cannot_throw_switches(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[int]:
        foreign = {"Origin": "https://evil.example"}
        paths = ("/targets/switch/shop?status=down", "/receivers/slack", "/blip/x")
        return [(await client.post(path, headers=foreign)).status_code for path in paths]

    assert _talk(targets, talk) == [403, 403, 403]


def test_the_index_lists_every_target(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = (await client.get("/")).json()["targets"]
        return listed

    urls = [target["url"] for target in _talk(targets, talk)]
    assert f"{targets.addresses.base}/ok" in urls
    assert targets.addresses.black_hole in urls


def test_providers_answer_as_the_real_ones_do(targets: Targets) -> None:
    async def talk(client: httpx.AsyncClient) -> list[tuple[int, object]]:
        wanted: list[tuple[str, dict[str, object]]] = [
            ("events.pagerduty.com/v2/enqueue", {"routing_key": "k", "event_action": "trigger"}),
            ("events.pagerduty.com/v2/enqueue", {"routing_key": "k"}),
            ("api.eu.opsgenie.com/v2/alerts", {"message": "m"}),
            ("api.telegram.org/bot1:t/sendMessage", {"chat_id": "1", "text": "t"}),
            ("ntfy.sh/", {"topic": "t"}),
            ("slack.com/api/chat.postMessage", {"channel": "C1"}),
        ]
        answers = [await client.post(f"/receivers/{path}", json=body) for path, body in wanted]
        return [(each.status_code, each.json()) for each in answers]

    accepted, refused, opsgenie, telegram, ntfy, slack = _talk(targets, talk)
    assert accepted[0] == 202
    assert refused[0] == 400
    assert refused[1]["errors"] == ["'event_action' is missing or blank"]  # type: ignore[index]
    assert opsgenie[0] == 202
    assert telegram[1]["ok"] is True  # type: ignore[index]
    assert ntfy[1]["topic"] == "t"  # type: ignore[index]
    assert slack[1]["ok"] is True  # type: ignore[index]
