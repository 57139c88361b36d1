"""One attempt: the probe of a check under one deadline, whatever the target does."""

import asyncio
from collections.abc import Mapping

from functions.prober import stopwatch
from functions.prober.context import ProbeContext
from functions.prober.control import ControlTargets
from functions.prober.observation import (
    ABSTAINING,
    CONNECTION_TROUBLE,
    Observation,
    ProbeFailed,
    abstention,
)
from functions.prober.probes import Probe
from sentinelmesh.domain.result import Outcome
from sentinelmesh.messages import CheckMessage
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretsUnavailable

# What a timeout means depends on what was going on.
TIMEOUT_CODES = {"dns": "dns_timeout", "connect": "connect_timeout", "tls": "tls_timeout"}
TIMEOUT_TEXTS = {
    "dns_timeout": "the name was not resolved within {ms} ms",
    "connect_timeout": "no connection within {ms} ms",
    "tls_timeout": "the TLS handshake did not end within {ms} ms",
    "read_timeout": "connected, but no complete answer within {ms} ms",
}


async def attempt(
    check: CheckMessage,
    probes: Mapping[str, Probe],
    context: ProbeContext,
    control: ControlTargets,
) -> Observation:
    """Make the probe of a check; every end is an observation, never an exception."""
    watch = stopwatch.Stopwatch()
    stopwatch.current.set(watch)
    seen = await _bounded(check, probes, context, watch)
    if seen.error in CONNECTION_TROUBLE and await control.all_unreachable():
        return abstention(
            "prober_offline", f"the prober reaches not even its control targets ({seen.detail})"
        )
    return seen


async def _bounded(
    check: CheckMessage,
    probes: Mapping[str, Probe],
    context: ProbeContext,
    watch: stopwatch.Stopwatch,
) -> Observation:
    probe = probes.get(check.kind)
    if probe is None:
        return abstention("unsupported_kind", f"this prober does not know the kind {check.kind}")
    try:
        async with asyncio.timeout(check.timeout_ms / 1000):
            return await probe(check, context)
    except TimeoutError:
        code = TIMEOUT_CODES.get(watch.phase, "read_timeout")
        return _ended(watch, code, TIMEOUT_TEXTS[code].format(ms=check.timeout_ms))
    except ProbeFailed as failed:
        return _ended(watch, failed.code, failed.detail)
    except SecretsUnavailable as trouble:
        return abstention("secrets_unavailable", str(trouble))
    except Exception as bug:  # noqa: BLE001 (our own fault must not become the target's)
        logger().exception("probe_broke", monitor_id=check.monitor_id)
        return abstention("internal_error", f"the prober failed: {type(bug).__name__}")


def _ended(watch: stopwatch.Stopwatch, code: str, detail: str) -> Observation:
    """Describe a probe without an answer, with the phases it got through."""
    outcome = Outcome.UNKNOWN if code in ABSTAINING else Outcome.FAILURE
    timings = watch.timings()
    return Observation(
        outcome=outcome,
        error=code,
        detail=detail,
        latency_ms=timings.total_ms,
        timings=timings,
        tls_expires_at=watch.tls_expires_at,
        remote_address=watch.remote_address,
    )
