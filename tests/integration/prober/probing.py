"""Probing from a test: a prober whose names, secrets and trust are the test's own."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from functions.prober.attempt import attempt
from functions.prober.control_targets import ControlTargets
from functions.prober.dns.resolvers import Elsewhere
from functions.prober.net.connection import Connection
from functions.prober.net.connector import Connector, Dial, open_connection
from functions.prober.observation import Observation
from functions.prober.probes.context import ProbeContext
from functions.prober.probes.registry import PROBES, Probe
from functions.prober.tls.contexts import Trust, system_trust
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.messages import CheckMessage
from sentinelmesh.secrets import SecretStore, SecretsUnavailable
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.pings import PingsRepository
from sentinelmesh.target_guard import Resolver, TargetGuard, resolve
from tests.support.builders import START

HERE = "127.0.0.1"


_system_trust = cache(system_trust)


class KeptSecrets(SecretStore):
    """Secrets in memory, by owner; remembers what was asked for."""

    def __init__(self, kept: Mapping[str, dict[str, str]] | None = None) -> None:
        self.kept = kept
        self.asked: list[tuple[str, int | None]] = []

    def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
        """Return the secrets of an owner, as the real store does."""
        self.asked.append((owner_id, version))
        if self.kept is None:
            raise SecretsUnavailable(f"secrets of {owner_id}: EndpointConnectionError")
        return self.kept.get(owner_id, {})


def names(**addresses: str | Sequence[str]) -> Resolver:
    """Build a resolver that knows these names by their first label, and all others as here."""

    def look_up(host: str, _port: int) -> list[str]:
        found = addresses.get(host.split(".", maxsplit=1)[0], HERE)
        return [found] if isinstance(found, str) else list(found)

    return look_up


class LoopbackDial:
    """Connects to this machine whatever the address; remembers which ones were called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    async def __call__(self, address: str, port: int) -> Connection:
        self.called.append(address)
        return await open_connection(HERE, port)


def a_check(target: str, **changes: Any) -> CheckMessage:
    """Build a check that is due and good for a minute."""
    plain: dict[str, Any] = {
        "monitor_id": "mon_1",
        "monitor_name": "Shop",
        "revision": 3,
        "slot": START,
        "scheduled_at": START,
        "expires_at": START + timedelta(minutes=1),
        "region": "eu-west-1",
        "purpose": Purpose.SCHEDULED,
        "kind": "http",
        "target": target,
        "timeout_ms": 20_000,
    }
    return CheckMessage(**{**plain, **changes})


@contextmanager
def a_context(
    *,
    resolver: Resolver = resolve,
    allow_private: bool = True,
    secrets: SecretStore | None = None,
    trust: Trust | None = None,
    dial: Dial | None = None,
    elsewhere: Elsewhere | None = None,
    pings: PingsRepository | None = None,
    maintenance: MaintenanceRepository | None = None,
    most_threads: int = 20,
) -> Iterator[ProbeContext]:
    """Have the shared parts of a prober for a while."""
    guard = TargetGuard(allow_private=allow_private, resolver=resolver)
    with ThreadPoolExecutor(most_threads) as threads:
        yield ProbeContext(
            connector=Connector(guard, threads, dial),
            trust=trust or _system_trust(),
            secrets=secrets or KeptSecrets(),
            threads=threads,
            user_agent="SentinelMesh/test",
            elsewhere=elsewhere or Elsewhere(),
            pings=pings,
            maintenance=maintenance,
        )


def trusting(authority: Any) -> Trust:
    """Trust one authority of trustme's."""
    trust = system_trust()
    authority.configure_trust(trust.verifying)
    return trust


def probe(
    target: str,
    *,
    control: Sequence[str] = (),
    probes: Mapping[str, Probe] = PROBES,
    check: Mapping[str, Any] | None = None,
    afterwards: Callable[[], None] | None = None,
    **parts: Any,
) -> Observation:
    """Build one attempt and give what was seen; what it left open fails the test.

    Args:
        control: control targets.
        check: fields of the check that matter.
        afterwards: lets go what the probe left hanging.
        parts: of the context.
    """
    with a_context(**parts) as context:
        outside = ControlTargets(
            control, Connector(TargetGuard(allow_private=True), context.threads)
        )
        asked = a_check(target, **(check or {}))
        seen = asyncio.run(attempt(asked, probes, context, outside))
        if afterwards:
            afterwards()
    return seen


def get(target: str, *, options: Mapping[str, Any] | None = None, **rest: Any) -> Observation:
    """Probe by HTTP.

    Args:
        options: the `http` block of the monitor.
    """
    check = {"probe": options or {}, **rest.pop("check", {})}
    return probe(target, check=check, **rest)
