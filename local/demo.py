"""DEMO=1: fills an empty mesh with channels and monitors, one of which breaks by itself."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from local.errors import StepFailed
from local.first_user import bearer
from local.targets.server import Targets

BREAKS_AFTER_SECONDS = 25.0
REPAIRED_AFTER_SECONDS = 120.0
BREAKING = "shop"
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


def monitors(base: str, black_hole: str, channel_ids: list[str]) -> list[dict[str, Any]]:
    """The monitors of the demonstration; the first goes down by itself, and people hear of it."""
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("Shop (breaks by itself)", f"{base}/switch/{BREAKING}", {"channels": channel_ids}),
        ("Front page", f"{base}/ok", {}),
        ("Slow search", f"{base}/slow?ms=800", {"degraded_after_ms": 500}),
        ("Fails in one region only", f"{base}/regional?regions=us-east-1", {}),
        ("Flapping", f"{base}/flapping?period=240", {}),
        ("Black hole", black_hole, {"timeout_ms": 3000, "channels": channel_ids}),
        ("Redirect loop", f"{base}/redirect-loop", {"interval_seconds": 60}),
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


async def fill(url: str, token: str, targets: Targets) -> bool:
    """Fill the mesh if it is empty; say whether that was done."""
    async with httpx.AsyncClient(
        base_url=url, headers=bearer(token), trust_env=False, timeout=40.0
    ) as client:
        if (await client.get("/v1/monitors?limit=1")).json()["items"]:
            return False
        receivers = f"{targets.addresses.base}/receivers"
        ids = [await _create(client, "/v1/channels", body) for body in channels(receivers)]
        for body in monitors(targets.addresses.base, targets.addresses.black_hole, ids):
            await _create(client, "/v1/monitors", body)
    return True


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
