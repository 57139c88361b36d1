"""The TCP probe: does the port take a connection, and how fast."""

from functions.prober import stopwatch
from functions.prober.context import ProbeContext
from functions.prober.observation import Observation
from sentinelmesh.domain.assertion import Answer, violation
from sentinelmesh.domain.result import Outcome
from sentinelmesh.messages import CheckMessage


async def probe(check: CheckMessage, context: ProbeContext) -> Observation:
    """Connect to `host:port` and hang up.

    Raises:
        ProbeFailed: no connection.
    """
    host, _, port = check.target.rpartition(":")
    _, writer = await context.connector.connect(host.strip("[]"), int(port))
    writer.transport.abort()
    watch = stopwatch.current.get()
    timings = watch.timings()
    latency = timings.total_ms or 0.0
    answer = Answer(status=0, latency_ms=latency)
    violated = next((text for each in check.assertions if (text := violation(each, answer))), None)
    return Observation(
        outcome=Outcome.FAILURE if violated else Outcome.SUCCESS,
        degraded=check.degraded_after_ms is not None and latency > check.degraded_after_ms,
        error="assertion_failed" if violated else None,
        detail=violated,
        latency_ms=latency,
        timings=timings,
        remote_address=watch.remote_address,
    )
