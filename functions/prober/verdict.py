"""Judging an answer: the part that all kinds of probes share."""

from functions.prober.context import Assignment
from functions.prober.observation import Observation
from sentinelmesh.domain.assertion import Answer, violation
from sentinelmesh.domain.result import Outcome


def judged(assignment: Assignment, answer: Answer, mismatch: str | None = None) -> Observation:
    """Compare an answer with what was expected of it.

    Args:
        mismatch: a sentence when the status alone is not the expected one.
    """
    check, watch = assignment.check, assignment.watch
    violations = (violation(each, answer) for each in check.assertions)
    detail = mismatch or next(filter(None, violations), None)
    error = "status_mismatch" if mismatch else "assertion_failed"
    limit = check.degraded_after_ms
    return Observation(
        outcome=Outcome.FAILURE if detail else Outcome.SUCCESS,
        degraded=limit is not None and answer.latency_ms > limit,
        error=error if detail else None,
        detail=detail,
        status_code=answer.status or None,
        latency_ms=answer.latency_ms,
        timings=watch.timings(),
        tls_expires_at=watch.tls_expires_at,
        remote_address=watch.remote_address,
        body_sample=(answer.body or None) if detail else None,
    )
