"""Judging an answer: the part that all kinds of probes share."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from functions.prober.diagnosis import diagnosis
from functions.prober.evidence import Findings
from functions.prober.http.json_body import json_of
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.probes.context import Assignment
from sentinelmesh.domain.probing.assertion import Answer, violation
from sentinelmesh.domain.probing.result import Certificate, Evidence, Outcome
from sentinelmesh.patterns import is_found

DAY_SECONDS = 86_400


def evaluate(
    assignment: Assignment,
    answer: Answer,
    failure: ProbeFailed | None = None,
    doubts: Sequence[str] = (),
    certificate: Certificate | None = None,
) -> Observation:
    """Compare an answer with what was expected of it.

    Args:
        failure: when the answer as such is not the expected one.
        doubts: sentences about what makes it degraded, whatever the assertions say.
        certificate: for kinds that are about it.
    """
    check, watch = assignment.check, assignment.watch
    failing, degrading = _violations(assignment, answer)
    limit = check.degraded_after_ms
    if limit is not None and answer.latency_ms > limit:
        degrading.insert(0, f"it took {answer.latency_ms:g} ms, expected at most {limit}")
    degrading.extend(doubts)
    if failure is None and failing:
        failure = ProbeFailed("assertion_failed", "; ".join(failing))
    degraded = "; ".join(degrading) or None
    return build_observation(
        watch,
        failure,
        degraded=degraded,
        status_code=answer.status or None,
        latency_ms=answer.latency_ms,
        body_sample=(answer.body or None) if failure else None,
        certificate=certificate,
    )


def build_observation(
    watch: Stopwatch, failure: ProbeFailed | None, *, degraded: str | None = None, **rest: Any
) -> Observation:
    """Put together what was found out.

    Args:
        degraded: why a success is only half of one.
        rest: of the observation's fields.
    """
    met, timings = watch.met, watch.timings()
    rest.setdefault("latency_ms", timings.total_ms)
    return Observation(
        outcome=Outcome.FAILURE if failure else Outcome.SUCCESS,
        degraded=degraded is not None,
        error=failure.code if failure else None,
        detail=failure.detail if failure else degraded,
        timings=timings,
        tls_expires_at=met.tls_expires_at,
        remote_address=met.remote_address,
        http_version=met.http_version,
        tls_fingerprint=met.tls_fingerprint,
        evidence=Evidence(
            diagnosis=diagnosis(failure.code, met, timings),
            addresses=tuple(met.addresses),
            redirects=tuple(met.redirects),
            headers=met.shown_headers,
            records=tuple(met.records),
        )
        if failure
        else None,
        **rest,
    )


def _violations(assignment: Assignment, answer: Answer) -> tuple[list[str], list[str]]:
    """Return the sentences about assertions that do not hold: failures, and what only degrades."""
    failing: list[str] = []
    degrading: list[str] = []
    if not assignment.check.assertions:
        return failing, degrading
    complete = _with_common_facts(answer, assignment.watch)
    for each in assignment.check.assertions:
        told = violation(each, complete)
        if told is not None:
            (degrading if each.severity == "degraded" else failing).append(told)
    return failing, degrading


def _with_common_facts(answer: Answer, watch: Stopwatch) -> Answer:
    """Add to an answer what all kinds have in common."""
    timings = watch.timings()
    return replace(
        answer,
        phases={
            "dns_ms": timings.dns_ms,
            "connect_ms": timings.connect_ms,
            "tls_ms": timings.tls_ms,
            "ttfb_ms": timings.ttfb_ms,
            "total_ms": timings.total_ms,
        },
        certificate_days_left=days_left(watch.met),
        json_at=json_of(answer.body),
        matches=is_found,
    )


def days_left(met: Findings) -> float | None:
    """Return for how many days the server's certificate is still good; negative once it is not."""
    expires_at = met.tls_expires_at
    if expires_at is None:
        return None
    return round((expires_at - datetime.now(UTC)).total_seconds() / DAY_SECONDS, 1)
