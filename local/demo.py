"""DEMO=1: fills an empty mesh with channels and monitors, one of which breaks by itself."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from local.errors import StepFailed
from local.first_user import bearer
from local.targets.server import TargetAddresses, Targets

BREAKS_AFTER_SECONDS = 25.0
REPAIRED_AFTER_SECONDS = 120.0
BREAKING = "shop"
PINGING, PINGED_EVERY_SECONDS = "Job that runs each half minute", 30.0
WEBHOOK_SECRET = "whsec_bG9jYWwtbWVzaC1kZW1vLXNlY3JldA=="  # noqa: S105  # the demo's receiver is ours


def channels(receivers: str) -> list[dict[str, Any]]:
    """The channels of the demonstration."""
    return [
        {"name": "Team mail", "kind": "email", "email": {"to": ["ops@sentinelmesh.example"]}},
        {"name": "Slack", "kind": "slack", "slack": {"webhook_url": f"{receivers}/slack"}},
        {
            "name": "Webhook",
            "kind": "webhook",
            "webhook": {"url": f"{receivers}/webhook", "secret": WEBHOOK_SECRET},
        },
    ]


def monitors(addresses: TargetAddresses, channel_ids: list[str]) -> list[dict[str, Any]]:
    """The monitors of the demonstration; the first goes down by itself, and people hear of it."""
    base = addresses.base
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("Shop (breaks by itself)", f"{base}/switch/{BREAKING}", {"channels": channel_ids}),
        ("Front page", f"{base}/ok", {}),
        ("Slow search", f"{base}/slow?ms=800", {"degraded_after_ms": 500}),
        ("Fails in one region only", f"{base}/regional?regions=us-east-1", {}),
        ("Flapping", f"{base}/flapping?period=240", {}),
        ("Black hole", addresses.black_hole, {"timeout_ms": 3000, "channels": channel_ids}),
        ("Redirect loop", f"{base}/redirect-loop", {"interval_seconds": 60}),
        *_of_other_kinds(addresses),
    ]
    return [
        {
            "name": name,
            "kind": "http",
            "target": target,
            "interval_seconds": 10,
            "timeout_ms": 5000,
            "channels": [],
            "tags": ["demo"],
            **extra,
        }
        for name, target, extra in wanted
    ]


def _of_other_kinds(addresses: TargetAddresses) -> list[tuple[str, str, dict[str, Any]]]:
    """One monitor at least of each kind that is not HTTP."""
    minute = {"interval_seconds": 60}
    server = {"resolver": addresses.name_server}
    echo = {"send": "hello", "expect": "hello"}
    often = {"period_seconds": 60, "grace_seconds": 60}
    return [
        ("Door", _place(addresses.door), {"kind": "tcp"}),
        (
            "Certificate that ends soon",
            _place(addresses.ending),
            {"kind": "tls", "tls": {"verify_tls": False}, **minute},
        ),
        ("Certificate of its own", _place(addresses.self_signed), {"kind": "tls", **minute}),
        (
            "Name of the shop",
            "shop.example",
            {"kind": "dns", "dns": {**server, "expected": ["192.0.2.10"]}, **minute},
        ),
        ("Name that is gone", "gone.example", {"kind": "dns", "dns": server, **minute}),
        ("Live prices", addresses.websocket, {"kind": "websocket", "websocket": echo}),
        ("Orders", addresses.grpc, {"kind": "grpc", "grpc": {"tls": False}}),
        (PINGING, "a task beside the mesh", {"kind": "heartbeat", "heartbeat": often, **minute}),
        (
            "Job that nobody starts",
            "no task at all",
            {"kind": "heartbeat", "heartbeat": often, **minute},
        ),
    ]


def _place(url: str) -> str:
    """Return the host and port of an address."""
    return url.partition("://")[2]


async def fill(url: str, token: str, targets: Targets) -> bool:
    """Fill the mesh if it is empty; say whether that was done."""
    async with _client(url, token) as client:
        if (await client.get("/v1/monitors?limit=1")).json()["items"]:
            return False
        receivers = f"{targets.addresses.base}/receivers"
        ids = [await _create(client, "/v1/channels", body) for body in channels(receivers)]
        for body in monitors(targets.addresses, ids):
            await _create(client, "/v1/monitors", body)
    return True


def _client(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=bearer(token), trust_env=False, timeout=40.0)


async def _create(client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> str:
    answer = await client.post(path, json=body)
    if answer.status_code != httpx.codes.CREATED:
        raise StepFailed(f"The demonstration could not make {body['name']!r}: {answer.text[:300]}")
    return str(answer.json()["id"])


async def break_and_repair(targets: Targets) -> None:
    """Play the outage: down after a while, repaired later."""
    await asyncio.sleep(BREAKS_AFTER_SECONDS)
    targets.board.set(BREAKING, "down")
    await asyncio.sleep(REPAIRED_AFTER_SECONDS - BREAKS_AFTER_SECONDS)
    targets.board.set(BREAKING, "up")


async def run_job(url: str, token: str) -> None:
    """Play the job of the heartbeat: it tells that it begins and ends, again and again."""
    async with _client(url, token) as client:
        while True:
            with suppress(httpx.HTTPError):  # as with any job, a mesh that is away misses a ping
                for address in await _ping_addresses(client):
                    await client.post(f"{address}/start")
                    await asyncio.sleep(1)
                    await client.post(address, content=b"42 orders sent")
            await asyncio.sleep(PINGED_EVERY_SECONDS)


async def _ping_addresses(client: httpx.AsyncClient) -> list[str]:
    """Find where the job pings, for as long as its monitor is there."""
    answer = await client.get("/v1/monitors", params={"q": PINGING})
    return [each["ping_url"] for each in answer.raise_for_status().json()["items"]]
