"""One attempt: the probe of a check under one deadline, whatever the target does."""

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from functions.prober.control_targets import ControlTargets
from functions.prober.evaluation import build_observation
from functions.prober.http.credentials import as_sent
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import (
    ABSTAINING,
    WITHOUT_ANSWER,
    Observation,
    ProbeFailed,
    abstention,
)
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.registry import Probe
from functions.prober.redaction import Redaction
from functions.prober.tls.certificate import describe
from sentinelmesh.domain.probing.result import Certificate, Evidence, Outcome
from sentinelmesh.messages import CheckMessage
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretsUnavailable

SECRETS_SECONDS = 5.0
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
    """Build the probe of a check; every end is an observation, never an exception."""
    probe = probes.get(check.kind)
    if probe is None:
        return abstention("unsupported_kind", f"this prober does not know the kind {check.kind}")
    redaction = None
    try:
        secrets = await _secrets(check, context)
        redaction = Redaction(as_sent(check.probe, secrets))
        watch = Stopwatch(seconds=check.timeout_ms / 1000)
        seen = await _probe_within_deadline(
            probe, Assignment(check=check, secrets=secrets, watch=watch), context
        )
        if seen.error in WITHOUT_ANSWER and await control.all_unreachable(since=watch.began):
            offline = f"the prober reaches not even its control targets ({seen.detail})"
            seen = abstention("prober_offline", offline)
        return _presentable(seen, redaction)
    except SecretsUnavailable as trouble:
        return abstention("secrets_unavailable", str(trouble))
    except Exception as bug:  # noqa: BLE001 (our own fault must not become the target's)
        _log_bug(check, bug, redaction)
        return internal_error(bug)


async def _secrets(check: CheckMessage, context: ProbeContext) -> Mapping[str, str]:
    """Fetch the secrets that a check names: before its time runs, for the store is not the target.

    Raises:
        SecretsUnavailable: the store does not answer, or has not got them.
    """
    if not check.secret_fields:
        return {}
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECRETS_SECONDS):
            known = await loop.run_in_executor(
                context.threads, context.secrets.get, check.monitor_id, check.secrets_version
            )
    except TimeoutError as error:
        raise SecretsUnavailable("the store of secrets did not answer in time") from error
    missing = set(check.secret_fields) - set(known)
    if missing:
        raise SecretsUnavailable(f"the store has no {', '.join(sorted(missing))}")
    return {name: known[name] for name in check.secret_fields}


async def _probe_within_deadline(
    probe: Probe, assignment: Assignment, context: ProbeContext
) -> Observation:
    watch = assignment.watch
    try:
        async with asyncio.timeout(watch.remaining()):
            return await _probe_and_diagnose(probe, assignment, context)
    except ProbeFailed as failed:
        past = context.past
        return _describe_failure(
            watch, failed if past is None else await past.judge(failed, assignment.check)
        )
    except TimeoutError:
        code = TIMEOUT_CODES.get(watch.phase, "read_timeout")
        text = TIMEOUT_TEXTS[code].format(ms=assignment.check.timeout_ms)
        return _describe_failure(watch, watch.verdict or ProbeFailed(code, text))


async def _probe_and_diagnose(
    probe: Probe, assignment: Assignment, context: ProbeContext
) -> Observation:
    """Build the probe, and use the time that is left of a failed one to find out more."""
    watch = assignment.watch
    try:
        return await probe(assignment, context)
    except ProbeFailed as failed:
        watch.conclude(failed)
        if watch.met.unresolved is not None:
            watch.met.elsewhere = await context.elsewhere.asked(*watch.met.unresolved)
        raise


def _describe_failure(watch: Stopwatch, failed: ProbeFailed) -> Observation:
    """Describe a probe without an answer, with the phases it got through."""
    is_about_certificate = failed.code.startswith("tls_")
    met = watch.met
    seen = build_observation(
        watch,
        failed,
        certificate=describe(met.certificate, met.protocol, met.chain)
        if is_about_certificate
        else None,
    )
    return replace(seen, outcome=Outcome.UNKNOWN) if failed.code in ABSTAINING else seen


def _presentable(seen: Observation, redaction: Redaction) -> Observation:
    """Take out what nobody may see: most observations have no words at all."""
    if seen.detail is None and seen.certificate is None:
        return seen
    sample, evidence = seen.body_sample, seen.evidence
    return replace(
        seen,
        detail=seen.detail and redaction.detail(seen.detail),
        body_sample=None if sample is None else redaction.sample(sample),
        certificate=_redact(seen.certificate, redaction),
        evidence=_redact(evidence, redaction),
    )


Words = TypeVar("Words", Evidence, Certificate)


def _redact(thing: Words | None, redaction: Redaction) -> Words | None:
    """Blot out secrets, and what could steer a terminal, in every text of a record."""
    if thing is None:
        return None
    clean = {each.name: _clean(getattr(thing, each.name), redaction) for each in fields(thing)}
    return replace(thing, **clean)


def _clean(value: Any, redaction: Redaction) -> Any:
    if isinstance(value, str):
        return redaction.detail(value)
    if isinstance(value, Mapping):
        return {name: redaction.detail(each) for name, each in value.items()}
    return value if value is None else tuple(redaction.detail(each) for each in value)


def internal_error(bug: Exception) -> Observation:
    """Return what a probe comes to that we broke ourselves; the log has the rest."""
    return abstention("internal_error", f"the prober failed: {type(bug).__name__}")


def _log_bug(check: CheckMessage, bug: Exception, redaction: Redaction | None) -> None:
    """Log where our own fault is; its words pass the redaction, for they may quote anything.

    Args:
        redaction: None while it is not known yet what is secret: no words are logged then.
    """
    logger().error(
        "probe_broke",
        monitor_id=check.monitor_id,
        exception_name=type(bug).__name__,
        exception=redaction.detail(str(bug)) if redaction else None,
        where=traceback.format_tb(bug.__traceback__)[-3:],
    )
